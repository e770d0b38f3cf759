package similarity

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/glaslos/tlsh"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// tiny is the one payload that is too short for a hash.
const tiny = "beacon.js"

func hashOf(name string, src []byte) (Hash, bool) {
	return Of(javascript.Parse(name, src, javascript.Options{}))
}

// script is a payload or one of its variants.
type script struct {
	payload   string // the name of the payload's file
	transform string // empty for the payload itself
	hash      Hash
	hashed    bool
}

func (s script) String() string { return s.payload + " " + s.transform }

func read(t testing.TB, payload, transform string, file ...string) script {
	t.Helper()
	name := filepath.Join(append([]string{"testdata"}, file...)...)
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	h, ok := hashOf(name, src)
	return script{payload, transform, h, ok}
}

func list(t testing.TB, folder ...string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(append([]string{"testdata"}, folder...)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// fixtures returns the payloads, and the variants of each in the order of
// transforms.
func fixtures(t testing.TB) (payloads []script, variants map[string][]script, transforms []string) {
	t.Helper()
	transforms = list(t, "variants")
	variants = make(map[string][]script)
	for _, name := range list(t, "payloads") {
		payloads = append(payloads, read(t, name, "", "payloads", name))
		for _, transform := range transforms {
			file := name
			if strings.HasSuffix(name, ".ts") {
				file = strings.TrimSuffix(name, ".ts") + ".mjs"
			}
			variants[name] = append(variants[name], read(t, name, transform, "variants", transform, file))
		}
	}
	return payloads, variants, transforms
}

// TestVariants finds payloads after they were reformatted, renamed and minified.
func TestVariants(t *testing.T) {
	payloads, variants, transforms := fixtures(t)
	if len(payloads) < 25 || len(transforms) < 8 {
		t.Fatalf("%d payloads, %d transformations", len(payloads), len(transforms))
	}
	distances := make([][]int, len(transforms))
	for _, p := range payloads {
		if p.hashed != (p.payload != tiny) {
			t.Errorf("%s has a hash: %t", p, p.hashed)
		}
		if !p.hashed {
			continue
		}
		for i, v := range variants[p.payload] {
			d := math.MaxInt
			if v.hashed {
				d = Distance(p.hash, v.hash)
			}
			if d > Threshold {
				t.Logf("not found: %s, distance %d", v, d)
			}
			distances[i] = append(distances[i], d)
		}
	}
	all := 0
	for i, transform := range transforms {
		d := distances[i]
		slices.Sort(d)
		found, _ := slices.BinarySearch(d, Threshold+1)
		all += found
		t.Logf("%-16s found %d of %d, distance: median %d, nine in ten at most %d, largest %d", transform, found, len(d), d[len(d)/2], d[len(d)*9/10], d[len(d)-1])
		if found*10 < len(d)*9 {
			t.Errorf("%s: found %d of %d", transform, found, len(d))
		}
	}
	if total := len(transforms) * (len(payloads) - 1); all*100 < total*98 {
		t.Errorf("found %d of %d in all", all, total)
	}
}

// TestDifferent keeps all forms of one payload apart from all of another. Those
// of one payload are near to each other, whichever of them is known.
func TestDifferent(t *testing.T) {
	payloads, variants, _ := fixtures(t)
	var all []script
	for _, p := range payloads {
		if p.hashed {
			all = append(append(all, p), variants[p.payload]...)
		}
	}
	nearest, pairs, same := math.MaxInt, 0, 0
	for i, a := range all {
		for _, b := range all[:i] {
			d := Distance(a.hash, b.hash)
			switch {
			case a.payload == b.payload:
				pairs++
				if d <= Threshold {
					same++
				}
			case d <= Threshold:
				t.Errorf("%s and %s: distance %d", a, b, d)
			default:
				nearest = min(nearest, d)
			}
		}
	}
	t.Logf("nearest of two payloads: %d; %d of %d pairs of one payload found", nearest, same, pairs)
	if same*100 < pairs*95 {
		t.Errorf("%d of %d pairs of one payload found", same, pairs)
	}
}

// TestPinned fails when hashes change. They are kept by others, so Form must
// change too.
func TestPinned(t *testing.T) {
	payloads, _, _ := fixtures(t)
	var b strings.Builder
	for _, p := range payloads {
		if p.hashed {
			fmt.Fprintf(&b, "%s %s\n", p.hash, p.payload)
		}
	}
	name := filepath.Join("testdata", "hashes.txt")
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("hashes are not those of %s; if that is meant, count Form up:\n%s", name, b.String())
	}
}

func TestGuards(t *testing.T) {
	various := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "o.m%d\n", i)
		}
		return b.String()
	}
	for _, test := range []struct {
		name, file, src string
		want            bool
	}{
		{"empty", "a.js", "", false},
		{"comments", "a.js", strings.Repeat("// a line\n", 100), false},
		{"short", "a.js", various(minParts/2 - 1), false}, // two parts each
		{"long enough", "a.js", various(minParts / 2), true},
		{"a list of modules", "a.js", strings.Repeat("export * from './a'\n", 500), false},
		{"a list of other modules", "a.js", strings.Repeat("exports.a = require('./a'); module.exports.b = require('./b')\n", 500), false},
		{"the same again and again", "a.js", strings.Repeat(various(minDistinct-3), 100), false},
		{"more variety", "a.js", strings.Repeat(various(minDistinct-1), 100), true},
		{"an alphabet in a table", "a.js", "x = [" + strings.Repeat("'a', 1, 2, ", 1000) + "]", false},
		{"text", "a.js", strings.Repeat("MIT License. Permission is hereby granted\n", 100), false},
		{"too deep for a tree", "a.js", strings.Repeat("[", 1<<17) + various(100), false},
		{"types", "a.ts", strings.Repeat("export interface A extends B<C> { d: Date; e(f: Map<G, H>): Promise<I> }\n", 100), false},
	} {
		if h, ok := hashOf(test.file, []byte(test.src)); ok != test.want {
			t.Errorf("%s: %t (%s)", test.name, ok, h)
		}
	}
}

// TestUngraded: the quartiles of some texts are equal. TLSH divides by the third
// one, which may be 0.
func TestUngraded(t *testing.T) {
	sum, err := tlsh.HashBytes(bytes.Repeat([]byte{7}, 1000))
	if err != nil {
		t.Fatal(err)
	}
	h := Hash{Form}
	copy(h[1:], sum.Binary())
	if h.graded() {
		t.Errorf("%s is graded", h)
	}
	h[bodyAt+20] = 0b_00_00_10_00
	if !h.graded() {
		t.Errorf("%s is not graded", h)
	}
}

// TestLongForm: what is behind maxParts is not looked at.
func TestLongForm(t *testing.T) {
	// A name that stands for a long path gives 13 parts wherever it is read.
	src := "const x = process" + strings.Repeat(".a.b.c", 4) + ";" + strings.Repeat("x;", maxParts/13+1)
	file := javascript.Parse("a.js", []byte(src), javascript.Options{})
	if form, _ := normal(file); len(form) != 2*maxParts {
		t.Errorf("%d bytes", len(form))
	}
}

func TestParse(t *testing.T) {
	h := random(rand.New(rand.NewPCG(1, 2)))
	if got, err := Parse(h.String()); err != nil || got != h {
		t.Errorf("%s, %v", got, err)
	}
	for _, s := range []string{"", "01", h.String()[1:], h.String() + "0", strings.Repeat("x", 2*Size)} {
		if got, err := Parse(s); err == nil || got != (Hash{}) {
			t.Errorf("%q: %s, %v", s, got, err)
		}
	}
}

func random(rng *rand.Rand) (h Hash) {
	for i := range h {
		h[i] = byte(rng.Uint32())
	}
	h[0] = Form
	h[lengthAt] &= 0xf7 // no length that a form can have is above 127
	return h
}

// TestDistance compares with TLSH's own distance, of hashes that have the same
// checksum and quartile ratios.
func TestDistance(t *testing.T) {
	other := func(h Hash) *tlsh.Tlsh {
		return tlsh.New(0, h[lengthAt]<<4|h[lengthAt]>>4, 0, 0, 0, [32]byte(h[bodyAt:]))
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		a, b := random(rng), random(rng)
		if got, want := Distance(a, b), other(a).Diff(other(b)); got != want {
			t.Fatalf("%s %s: %d, not %d", a, b, got, want)
		}
		if Distance(a, b) != Distance(b, a) || Distance(a, a) != 0 {
			t.Fatalf("%s %s: no distance", a, b)
		}
		b = a
		b[1], b[3] = 0xff, 0xff // checksum and quartile ratios
		if Distance(a, b) != 0 {
			t.Fatalf("%s %s: distance %d", a, b, Distance(a, b))
		}
		b[0]++
		if Distance(a, b) <= Threshold {
			t.Fatalf("%s %s: two forms match", a, b)
		}
	}
}

// TestBundle says what is not claimed: a large script that merely contains a
// payload is another script.
func TestBundle(t *testing.T) {
	var all []byte
	for _, name := range list(t, "payloads") {
		if filepath.Ext(name) != ".js" || name == "env-filter.js" { // which has imports
			continue
		}
		src, err := os.ReadFile(filepath.Join("testdata", "payloads", name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(append(all, "(function () {\n"...), bytes.TrimPrefix(src, []byte("#!/usr/bin/env node"))...), "\n})();\n"...)
	}
	h, ok := hashOf("bundle.js", all)
	if !ok {
		t.Fatal("no hash")
	}
	payloads, _, _ := fixtures(t)
	for _, p := range payloads {
		if p.hashed && Distance(h, p.hash) <= Threshold {
			t.Errorf("%s: distance %d", p, Distance(h, p.hash))
		}
	}
}

// FuzzOf hashes anything. A comment behind it changes nothing.
func FuzzOf(f *testing.F) {
	for _, name := range []string{"dns-labels.js", "workflow-writer.mjs", "clipboard-watch.ts"} {
		src, err := os.ReadFile(filepath.Join("testdata", "payloads", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, src)
	}
	f.Add("a.js", []byte(strings.Repeat("a.b(c['d'], {e: new F()})\n", 20)))
	f.Add("a.tsx", []byte("const x = <A b='c' {...d}>e{f}<></></A>; class G extends H { #i; static j() {} }"))
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		file := javascript.Parse(name, src, javascript.Options{})
		h, ok := Of(file)
		if !ok {
			if h != (Hash{}) {
				t.Fatalf("hash %s without being one", h)
			}
			return
		}
		if h[0] != Form || !h.graded() || Distance(h, h) != 0 {
			t.Fatalf("hash %s", h)
		}
		if again, _ := Of(file); again != h {
			t.Fatalf("%s, then %s", h, again)
		}
		if len(file.Errors) > 0 || file.Limits() != 0 || src[0] >= 0xfe { // UTF-16
			return
		}
		more := append(bytes.Clone(src), "\n/* a */ // b\n"...)
		if other, _ := hashOf(name, more); other != h {
			t.Fatalf("%s, with a comment %s", h, other)
		}
	})
}
