package sandbox

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func engines(t *testing.T, f func(t *testing.T, engine Engine)) {
	t.Helper()
	for _, engine := range []Engine{Goja, QuickJS} {
		t.Run(string(engine), func(t *testing.T) { f(t, engine) })
	}
}

func noFiles(string) ([]byte, bool) { return nil, false }

// ran runs a prelude of one file.
func ran(t *testing.T, engine Engine, limits Limits, source string) *Trace {
	t.Helper()
	if limits.Time == 0 {
		limits.Time = time.Minute // only what is to run out of time may
	}
	world := &World{Identity: Identity{Name: "test"}, Package: Package{Files: []string{"index.js"}}}
	trace, err := run(context.Background(), world, noFiles, engine, limits, newPrelude(preludeSource{"10-test.js", source}))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// said returns the targets of the events.
func said(trace *Trace) (targets []string) {
	for _, e := range trace.Events {
		targets = append(targets, e.Target)
	}
	return targets
}

const (
	// say records a text.
	say = `const say = (text) => __host.record("ask", "say", String(text), "", "", "", "run");` + "\n"
	// once makes a prelude of what follows, with one step.
	once = say + "let n = 0;\nconst compile = (text) => __host.compile(text, 'index.js', 'module')({}, {}, {}, '', '', null, null);\nglobalThis.say = say;\nreturn { step() { if (n++) return false;\n"
	end  = "\nreturn true; } };"
)

func TestSteps(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := ran(t, engine, Limits{}, say+`
			let n = 0;
			return { step() {
				n++;
				say("step " + n);
				const m = n;
				Promise.resolve().then(() => say("job " + m)).then(() => say("next " + m));
				if (n === 2) throw new Error("boo");
				if (n === 3) throw new Error("later");
				return n < 4;
			} };`)
		want := strings.Split("step 1,job 1,next 1,step 2,job 2,next 2,step 3,job 3,next 3,step 4,job 4,next 4", ",")
		if diff := cmp.Diff(want, said(trace)); diff != "" {
			t.Error(diff)
		}
		if want := (Ending{Reason: Done, Message: "Error: boo"}); trace.Ending != want {
			t.Errorf("got %+v", trace.Ending)
		}
		if trace.Engine != engine || trace.World != "test" {
			t.Errorf("got %s, %s", trace.Engine, trace.World)
		}
	})
}

func TestExit(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := ran(t, engine, Limits{}, say+`
			let n = 0;
			return { step() {
				n++;
				if (n > 1) { say("exit handlers"); return false; }
				for (;;) { try { [1].forEach(() => __host.exit()); say("on") } catch { say("caught") } finally { say("finally") } }
			} };`)
		if got := said(trace); !slices.Equal(got, []string{"exit handlers"}) || trace.Ending != (Ending{Reason: Exit}) {
			t.Errorf("got %v, %+v", got, trace.Ending)
		}
		trace = ran(t, engine, Limits{}, "return { step() { return 'exit' } }")
		if trace.Ending != (Ending{Reason: Exit}) {
			t.Errorf("got %+v", trace.Ending)
		}
	})
}

func TestRejection(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		for text, want := range map[string]string{
			"Promise.reject(new TypeError('no'))":                                     "TypeError: no",
			"Promise.reject(new TypeError('no')).catch(() => {})":                     "",
			"const p = Promise.reject(1); Promise.resolve().then(() => p.catch(say))": "",
			"(async () => { throw 5 })()":                                             "5",
			"Promise.reject({toString() { for (;;) { throw 1 } }})":                   "an exception without text",
		} {
			if got := ran(t, engine, Limits{}, once+text+end).Ending; got.Message != want || got.Reason != Done {
				t.Errorf("%s: got %+v", text, got)
			}
		}
	})
}

// Each ends that run alone, with its reason.
func TestLimits(t *testing.T) {
	for _, test := range []struct {
		name, text string
		limits     Limits
		want       map[Engine]Reason
	}{
		{"loop", "compile('for (;;) {}')", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"catching loop", "compile('for (;;) { try { for (;;) {} } catch {} finally { continue } }')", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"jobs", "compile('(function f() { Promise.resolve().then(f) })()')", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"text of an exception", "throw {toString() { for (;;) {} }}", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"text of a rejection", "Promise.reject({toString() { for (;;) {} }})", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"proxy", "new Proxy({}, {get() { for (;;) {} }}).x", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"sort", "compile('[1, 2, 3].sort(() => { for (;;) {} })')", Limits{Time: 100 * time.Millisecond}, both(OutOfTime)},
		{"steps", "n = 0", Limits{Steps: 100}, both(OutOfSteps)},
		{"stack", "compile('(function f() { f() })()')", Limits{}, both(OutOfStack)},
		{"stack of getters", "compile('const o = {get x() { return this.x }}; o.x')", Limits{}, both(OutOfStack)},
		{"stack of proxies", "compile('let p = {}; for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); p.x')", Limits{}, map[Engine]Reason{QuickJS: OutOfStack}},
		{"caught stack", "compile('try { (function f() { f() })() } catch { say(1) }')", Limits{}, map[Engine]Reason{Goja: OutOfStack, QuickJS: Done}},
		{"memory", "compile('const a = []; for (;;) a.push(\"x\".repeat(1e6) + a.length)')", Limits{Memory: 32 << 20}, map[Engine]Reason{QuickJS: OutOfMemory}},
		{"a doubled text", "compile('let s = \"x\"; for (;;) s += s + s.slice(1)')", Limits{Memory: 32 << 20}, map[Engine]Reason{QuickJS: OutOfMemory}},
		{"the parser's panic", "try { compile('\"\\\\u{10ffff}\"') } catch { }", Limits{}, map[Engine]Reason{Goja: Unsupported, QuickJS: Done}},
		{"buffer", "compile('const a = []; for (;;) a.push(new Uint8Array(1e6))')", Limits{Memory: 32 << 20}, map[Engine]Reason{QuickJS: OutOfMemory}},
		{"expression", "compile('/(a+)+$/.test(\"a\".repeat(40) + \"b\")')", Limits{Time: 100 * time.Millisecond}, map[Engine]Reason{QuickJS: OutOfTime}},
		{"syntax", "try { compile('for await (const x of y) {}; await 1; export {}') } catch { }", Limits{}, map[Engine]Reason{Goja: Unsupported, QuickJS: Done}},
		{"wrong syntax", "try { compile('}{') } catch { }", Limits{}, both(Done)},
		{"too deep", "try { compile('['.repeat(9000) + ']'.repeat(9000)) } catch { }", Limits{}, both(Unsupported)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for engine, want := range test.want {
				trace := ran(t, engine, test.limits, once+test.text+end)
				if trace.Ending.Reason != want {
					t.Errorf("%s: got %+v", engine, trace.Ending)
				}
			}
		})
	}
}

func both(r Reason) map[Engine]Reason { return map[Engine]Reason{Goja: r, QuickJS: r} }

func TestCancelled(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p := newPrelude(preludeSource{"10.js", "return { step() { for (;;) {} } }"})
		trace, err := run(ctx, &World{}, noFiles, engine, Limits{Time: time.Minute}, p)
		if err != nil || trace.Ending.Reason != OutOfTime {
			t.Errorf("got %+v, %v", trace, err)
		}
	})
}

func TestFlood(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := ran(t, engine, Limits{}, once+"let kept = 0; for (let i = 0; i < 2500; i++) if (say(i)) kept++; say('x'); if (kept !== 2000) throw kept;"+end)
		if len(trace.Events) != MaxEvents || trace.Ending != (Ending{Reason: Done, Dropped: 501}) {
			t.Errorf("got %d, %+v", len(trace.Events), trace.Ending)
		}
		trace = ran(t, engine, Limits{}, once+`
			const big = "\u00ff".repeat(1 << 20);
			for (let i = 0; i < 20; i++) __host.record("send", big, big, "\u20ac".repeat(1 << 20), big, big, "run");`+end)
		total := 0
		for _, e := range trace.Events {
			total += len(e.Data)
			if len(e.API) > MaxText || len(e.Target) > MaxText || len(e.Detail) > MaxText || len(e.Detail) < MaxText-3 || len(e.Data) > MaxData {
				t.Errorf("%d, %d, %d, %d", len(e.API), len(e.Target), len(e.Detail), len(e.Data))
			}
		}
		if len(trace.Events) != 20 || total != MaxAllData || trace.Events[0].Data[MaxData-1] != 0xff {
			t.Errorf("%d events with %d bytes", len(trace.Events), total)
		}
	})
}

// What a host function is given runs nothing and breaks nothing.
func TestArguments(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := ran(t, engine, Limits{}, once+`
			const trap = () => { say("a script's code ran"); return "x" };
			const odd = [
				{}, [], () => {}, Symbol("s"), Symbol.iterator, new Proxy({}, { get: trap }), new Proxy(function () {}, { apply: trap }),
				{ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }, new String("s"), /x/, new Date(0), new Error("e"), globalThis, Promise.resolve(),
			];
			for (const name of Object.keys(__host)) {
				if (name === "exit" || name === "world") continue;
				for (const value of odd) for (let at = 0; at < 8; at++) {
					const list = Array(8).fill("1");
					list[at] = value;
					try {
						__host[name](...list);
						if (at < __host[name].length && __host[name].length > 0) say(name + " took it at " + at);
					} catch (e) { if (!(e instanceof TypeError) && !(e instanceof SyntaxError)) say(name + ": " + e) }
				}
				for (const value of [undefined, null, NaN, Infinity, -0, 1e300, -1, true, "", "\0", "\ud800", "\udbff\udfff", "\n", "__proto__", "x".repeat(1e5)])
					for (let count = 0; count < 10; count++)
						try { __host[name](...Array(count).fill(value)) } catch (e) { if (!(e instanceof TypeError) && !(e instanceof SyntaxError)) say(name + ": " + e) }
			}
			say("end");`+end)
		got := slices.DeleteFunc(said(trace), func(s string) bool { return s == "end" })
		if len(got) != 0 || len(trace.Events) != 1 || trace.Ending.Reason != Done || trace.Ending.Message != "" {
			t.Errorf("got %q, %+v", got, trace.Ending)
		}
	})
}

// A script that changes what everything inherits changes nothing in the host.
func TestPollution(t *testing.T) {
	const pollute = `
		const bad = () => { throw "reached" };
		const own = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Error.prototype, SyntaxError.prototype, TypeError.prototype];
		const keys = ["0", "1", "length", "step", "stack", "message", "name", "then", "get", "set", "value", "done", "toJSON", "call", "apply", "toString", "valueOf"];
		const globals = ["SyntaxError", "TypeError", "Error", "Array", "Function", "String", "Promise", "eval"];
		const define = Object.defineProperty;
		for (let i = 0; i < 7; i++) for (let j = 0; j < 17; j++)
			try { define(own[i], keys[j], { __proto__: null, get: bad, set: bad, configurable: true }) } catch {}
		for (let i = 0; i < 8; i++) define(globalThis, globals[i], { __proto__: null, value: bad });
`
	engines(t, func(t *testing.T, engine Engine) {
		for _, when := range []string{"const String = globalThis.String;" + pollute + once, "const String = globalThis.String;" + once + pollute} {
			trace := ran(t, engine, Limits{}, when+`
				say("a");
				const list = __host.cipher("rc4", "true", "key", "", "data", "", "");
				say(list[0].length);
				try { compile("}{") } catch (e) { say("b") }
				compile("say('c')");
				try { __host.record() } catch (e) { say("d") }`+end)
			want := []Position{{}, {}, {}, {File: "index.js", Line: 1, Column: 4}, {}}
			for i, e := range trace.Events {
				if i < len(want) && e.At != want[i] {
					t.Errorf("%s at %+v", e.Target, e.At)
				}
			}
			if got := said(trace); !slices.Equal(got, []string{"a", "4", "b", "c", "d"}) || trace.Ending != (Ending{Reason: Done}) {
				t.Errorf("got %q, %+v", got, trace.Ending)
			}
		}
	})
}

func TestThrown(t *testing.T) {
	for text, want := range map[string]string{
		"undefined": "undefined", "null": "null", "1n": "1", "''": "", "Symbol('s')": "a symbol",
		"Object.create(null)":                      "an exception without text",
		"({toString() { throw this }})":            "an exception without text",
		"new Proxy({}, {get() { throw 1 }})":       "an exception without text",
		"({toString: () => ({})})":                 "an exception without text",
		"({toString: () => 'text'})":               "text",
		"'x'.repeat(1e6)":                          strings.Repeat("x", MaxText),
		"Object.assign(new Error, {message: 'm'})": "Error: m",
	} {
		t.Run(text, func(t *testing.T) {
			engines(t, func(t *testing.T, engine Engine) {
				trace := ran(t, engine, Limits{}, once+"compile('throw "+strings.ReplaceAll(text, "'", `\'`)+"');"+end)
				if trace.Ending != (Ending{Reason: Done, Message: want}) {
					t.Errorf("got %+v", trace.Ending)
				}
			})
		})
	}
}

// goja fails where a proxy is thrown that was revoked. That ends the run alone.
func TestThrownRevoked(t *testing.T) {
	for engine, want := range both(Failed) {
		if engine == QuickJS {
			want = Done
		}
		trace := ran(t, engine, Limits{}, once+"compile('const {proxy, revoke} = Proxy.revocable({}, {}); revoke(); throw proxy')"+end)
		if trace.Ending.Reason != want || trace.Ending.Message == "" {
			t.Errorf("%s: got %+v", engine, trace.Ending)
		}
	}
}

func TestScripts(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		trace := ran(t, engine, Limits{}, once+`
			const script = __host.compile("var q = (globalThis.q || 0) + 1; q", "a", "script");
			say(script()); say(script()); say(typeof globalThis.q);
			const f = (f) => __host.compile(JSON.stringify(f), "b", "function");
			say(f({params: ["a", "b = 2"], body: "return a + b", kind: "function"})(1));
			say(f({params: [], body: "// c", kind: "function"}).toString());
			say([...f({params: ["x"], body: "yield x", kind: "generator"})(7)]);
			f({params: [], body: "return await 8", kind: "async"})().then(say);
			for (const bad of ["{", "{}", "null", "[]", '{"kind":"class"}', '{"kind":"function","params":1}'])
				try { __host.compile(bad, "", "function"); say(bad) } catch (e) { if (!(e instanceof TypeError)) say(e) }
			try { __host.compile("throw 9", "", "script")() } catch (e) { say(e) }
			try { __host.compile("1", "", "json") } catch (e) { say(e instanceof TypeError) }
			try { __host.compile("}); say('out'); ({", "x.js", "module") } catch (e) { say(e instanceof SyntaxError) }`+end)
		want := []string{"1", "2", "number", "3", "function anonymous(\n) {\n// c\n}", "7", "9", "true", "out", "true", "8"}
		if diff := cmp.Diff(want, said(trace)); diff != "" || trace.Ending != (Ending{Reason: Done}) {
			t.Error(diff, trace.Ending)
		}
	})
}

func TestDeterministic(t *testing.T) {
	const text = `
		say(__host.random("16")); say(__host.world());
		for (const k of Object.getOwnPropertyNames(globalThis)) say(k);
		const m = new Map([[{}, 1], ["a", 2]]); for (const [k, v] of m) say(v);
		Promise.reject(new Error("x"));
		compile("(function f(n) { say(n); if (n) f(n - 1) })(5)");`
	engines(t, func(t *testing.T, engine Engine) {
		first := ran(t, engine, Limits{}, once+text+end)
		for range 3 {
			if diff := cmp.Diff(first, ran(t, engine, Limits{}, once+text+end)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestHostPanics(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		p := newPrelude(preludeSource{"10.js", "return { step() { for (;;) try { __host.read('x') } catch {} finally {} } }"})
		read := func(string) ([]byte, bool) { panic("no disk") }
		trace, err := run(context.Background(), &World{}, read, engine, Limits{Time: time.Minute}, p)
		if err != nil || trace.Ending != (Ending{Reason: Failed, Message: "the engine failed: no disk"}) {
			t.Errorf("got %+v, %v", trace, err)
		}
	})
}

// broken is an engine that fails.
type broken struct{ at string }

func (b broken) start() error { return nil }
func (b broken) step() (progress, error) {
	switch b.at {
	case "panic":
		panic("index out of range")
	case "error":
		return 0, errors.New("odd")
	}
	return finished, nil
}
func (b broken) interrupt() {}
func (b broken) close()     {}

func TestEngineFails(t *testing.T) {
	for at, want := range map[string]ended{
		"panic": {reason: Failed, message: "the engine failed: index out of range"},
		"error": {reason: Failed, message: "odd"},
		"":      {reason: Done},
	} {
		h, err := newHost(&World{}, noFiles)
		if err != nil {
			t.Fatal(err)
		}
		if got := drive(context.Background(), broken{at}, h, 10); got != want {
			t.Errorf("%s: got %+v", at, got)
		}
	}
}

// stuck is an engine that does not stop before it is released.
type stuck struct {
	broken
	host    *host
	release chan struct{}
}

func (s stuck) step() (progress, error) {
	s.say("before")
	<-s.release
	s.say("behind")
	return finished, nil
}

func (s stuck) close() { close(s.release) }

func (s stuck) say(text string) {
	s.host.record([]argument{{text: "ask"}, {}, {text: text}, {}, {}, {}, {text: "run"}})
}

func TestStuck(t *testing.T) {
	h, err := newHost(&World{}, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	s := stuck{host: h, release: make(chan struct{})}
	end, err := supervise(context.Background(), s, h, Limits{Time: 20 * time.Millisecond, Steps: 1})
	if err != nil {
		t.Fatal(err)
	}
	trace := h.trace(Goja, end)
	s.release <- struct{}{}
	<-s.release // closed
	if want := (Ending{Reason: OutOfTime, Stuck: true}); trace.Ending != want || !slices.Equal(said(trace), []string{"before"}) || len(h.events) != 1 || h.dropped != 1 {
		t.Errorf("got %+v, %v, %d", trace.Ending, said(trace), len(h.events))
	}
}

func TestPreludeFails(t *testing.T) {
	engines(t, func(t *testing.T, engine Engine) {
		for text, want := range map[string]string{
			"return 1":                             "step",
			"return { step: 1 }":                   "step",
			"\nthrow new Error('mine')":            "20-b.js:2",
			"const f = () => { x.y() }\n\n\n f();": "20-b.js:1",
			"\n\n}{":                               "20-b.js:3",
		} {
			p := newPrelude(preludeSource{"10-a.js", "const a = 1;\n"}, preludeSource{"20-b.js", text})
			_, err := run(context.Background(), &World{}, noFiles, engine, Limits{Time: time.Minute}, p)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v", text, err)
			}
		}
		p := newPrelude(preludeSource{"10.js", "for (;;) {}"})
		trace, err := run(context.Background(), &World{}, noFiles, engine, Limits{Time: 50 * time.Millisecond}, p)
		if err != nil || trace.Ending.Reason != OutOfTime {
			t.Errorf("got %+v, %v", trace, err)
		}
	})
	if _, err := run(context.Background(), &World{}, noFiles, "v8", Limits{}, builtin()); err == nil {
		t.Error("an engine that is not there")
	}
}

// Whatever way a run ends, it leaves no goroutine behind.
func TestGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	engines(t, func(t *testing.T, engine Engine) {
		inside := runtime.NumGoroutine()
		for _, text := range []string{"", "for (;;) {}", "throw 1", "compile('(function f() { f() })()')", "__host.exit()", "new Promise(() => {}); (async () => { await new Promise(() => {}) })()"} {
			for range 3 {
				ran(t, engine, Limits{Time: 50 * time.Millisecond}, once+text+end)
			}
		}
		if after := settled(inside); after > inside {
			t.Errorf("%d goroutines, %d before", after, inside)
		}
	})
	if after := settled(before); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// settled waits for goroutines that have nothing left to do but end.
func settled(want int) int {
	for range 1000 {
		if runtime.NumGoroutine() <= want {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return runtime.NumGoroutine()
}

func BenchmarkRun(b *testing.B) {
	world := &World{Package: Package{Files: []string{"index.js"}}, Entry: Entry{File: "index.js"}}
	read := func(string) ([]byte, bool) { return []byte("module.exports = require('fs')"), true }
	for _, engine := range []Engine{Goja, QuickJS} {
		b.Run(string(engine), func(b *testing.B) {
			for b.Loop() {
				if _, err := Run(context.Background(), world, read, engine, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(engine)+"/empty", func(b *testing.B) {
			p := newPrelude(preludeSource{"10.js", "return { step() { return false } }"})
			for b.Loop() {
				if _, err := run(context.Background(), world, read, engine, Limits{}, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
