package sandbox

import (
	"math"
	"testing"
)

func same(line, column int) (int, int) { return line, column }

func TestPosition(t *testing.T) {
	h, err := newHost(&World{Package: Package{Files: []string{"lib/a b.js", "(odd):1:2.js"}}}, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	spaced, odd := h.name("lib/a b.js", same), h.name("(odd):1:2.js", same)
	h.name("vm", nil)
	if got := h.name("lib/a b.js", nil); got == spaced {
		t.Errorf("evaluated code is %s", got)
	}
	for _, test := range []struct {
		stack string
		want  Position
	}{
		{"Error\n\tat f (" + spaced + ":3:4(17))\n\tat node:internal/main:1:2(3)\n", Position{"lib/a b.js", 3, 4}},
		{"\tat " + odd + ":3:4(17)", Position{"(odd):1:2.js", 3, 4}},
		{"    at f (" + odd + ":3:4)\n", Position{"(odd):1:2.js", 3, 4}},
		{"    at <anonymous> (node:internal/main:9:9)\n    at map (native)\n    at <eval> (vm:5:6)\n    at x (" + spaced + ":1:1)", Position{"", 5, 6}},
		{"    at (lib/b.js:1:1) (" + spaced + ":3:4)", Position{"lib/a b.js", 3, 4}},
		{"at native:1:2", Position{}},
		{"at x", Position{}},
		{"", Position{}},
		{"at " + spaced + ":99999999999999999999:1", Position{"lib/a b.js", math.MaxInt, 1}},
	} {
		if got := h.position(test.stack); got != test.want {
			t.Errorf("%q: got %+v", test.stack, got)
		}
	}
}

func FuzzPosition(f *testing.F) {
	f.Add("Error\n\tat f (a.js:3:4(17))\n\tat node:internal/main:1:2(3)\n", "a.js")
	f.Add("    at f (a.js:3:4)\n    at map (native)", "")
	f.Add("at (((:1:1", "(:1:1\x00\n")
	f.Fuzz(func(t *testing.T, stack, file string) {
		h, err := newHost(&World{Package: Package{Files: []string{file}}}, noFiles)
		if err != nil {
			t.Fatal(err)
		}
		name := h.name(file, same)
		p := h.position(stack)
		if p.Line < 0 || p.Column < 0 || p.File != "" && p.File != file {
			t.Fatalf("got %+v", p)
		}
		if p := h.position("at f (" + name + ":2:3)"); file != "" && p != (Position{file, 2, 3}) {
			t.Fatalf("got %+v of %q", p, name)
		}
	})
}
