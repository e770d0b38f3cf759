package intel

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/amalfi-audit/audit/internal/similarity"
)

func script(t testing.TB, sum string) similarity.Hash {
	t.Helper()
	h, err := similarity.Parse(sum)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// randomScripts makes n digests of form 1.
func randomScripts(rng *rand.Rand, n int) []Hash {
	var out []Hash
	for range n {
		sum := make([]byte, scriptSize)
		for i := range sum {
			sum[i] = byte(rng.Uint32())
		}
		sum[0] = 1
		out = append(out, Hash{Kind: ScriptTLSH, Sum: hex.EncodeToString(sum), Family: words[rng.IntN(len(words))], Source: "test"})
	}
	return out
}

// flip changes n buckets of a digest by one grade.
func flip(sum string, n int) string {
	b, _ := hex.DecodeString(sum)
	for i := range n {
		b[len(b)-1-i] ^= 1
	}
	return hex.EncodeToString(b)
}

// TestNearest asks for digests near to known ones and compares with a search
// through everything.
func TestNearest(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	all := randomScripts(rng, 300)
	stores := Stores{mustOpen(t, Data{Hashes: all[:200]}), mustOpen(t, Data{}), mustOpen(t, Data{Hashes: all[150:]})}
	for i := range all {
		sum := flip(all[i].Sum, i%32)
		h := script(t, sum)
		want := 1 << 30
		for _, other := range all {
			want = min(want, similarity.Distance(h, script(t, other.Sum)))
		}
		got, d, ok := Nearest(stores, h, similarity.Distance)
		if !ok || d != want || d != i%32 || got != all[i] {
			t.Fatalf("%d: %v at %d, not %v at %d", i, got, d, all[i], want)
		}
	}
}

// TestNearestOfEqual: which store is asked first does not matter.
func TestNearestOfEqual(t *testing.T) {
	sum := scriptOf("a")
	a := Hash{ScriptTLSH, sum, "worm", "a", "1.0.0", "x", ""}
	b := Hash{ScriptTLSH, sum, "worm", "b", "1.0.0", "x", ""}
	c := Hash{ScriptTLSH, flip(sum, 1), "other", "0", "", "x", ""}
	one, two := mustOpen(t, Data{Hashes: []Hash{b, c}}), mustOpen(t, Data{Hashes: []Hash{c, a}})
	for _, stores := range []Stores{{one, two}, {two, one}} {
		if got, d, ok := Nearest(stores, script(t, sum), similarity.Distance); !ok || d != 0 || got != a {
			t.Errorf("%v at %d", got, d)
		}
	}
	// As far from both: the smaller digest counts.
	least := min(sum, flip(sum, 2))
	stores := Stores{mustOpen(t, Data{Hashes: []Hash{a, {Kind: ScriptTLSH, Sum: flip(sum, 2)}}})}
	if got, d, _ := Nearest(stores, script(t, flip(sum, 1)), similarity.Distance); d != 1 || got.Sum != least {
		t.Errorf("%v at %d", got, d)
	}
}

// TestNearestOfOtherForm: what was made for another form is not there, even
// with a distance that does not look at forms.
func TestNearestOfOtherForm(t *testing.T) {
	blind := func(a, b similarity.Hash) int { a[0], b[0] = 0, 0; return similarity.Distance(a, b) }
	sum := scriptOf("a")
	for _, form := range []string{"00", "02", "ff"} {
		other := Hash{Kind: ScriptTLSH, Sum: form + sum[2:]}
		s := mustOpen(t, Data{Hashes: []Hash{other}})
		if got, _, ok := Nearest(Stores{s}, script(t, sum), blind); ok {
			t.Errorf("form %s: %v", form, got)
		}
		far := Hash{Kind: ScriptTLSH, Sum: flip(sum, 30)}
		s = mustOpen(t, Data{Hashes: []Hash{other, far}})
		if got, d, ok := Nearest(Stores{s}, script(t, sum), blind); !ok || got != far || d != 30 {
			t.Errorf("form %s: %v at %d", form, got, d)
		}
	}
	if got, d, ok := Nearest(Stores{mustOpen(t, Data{})}, script(t, sum), similarity.Distance); ok || got != (Hash{}) || d != 0 {
		t.Errorf("without any: %v at %d", got, d)
	}
}

// TestScriptLines writes similarity hashes as lines and reads them again.
func TestScriptLines(t *testing.T) {
	want := Hash{ScriptTLSH, scriptOf("a"), "worm", "one", "1.0.0", "team", ""}
	var b bytes.Buffer
	if err := WriteLines(&b, Data{Hashes: []Hash{want}}); err != nil {
		t.Fatal(err)
	}
	if line := fmt.Sprintf(`{"kind":"script-tlsh","hash":%q,"family":"worm","package":"one","version":"1.0.0","source":"team"}`+"\n", want.Sum); b.String() != line {
		t.Errorf("%s, not %s", b.String(), line)
	}
	if d := mustImport(t, "x.jsonl", b.String()); len(d.Hashes) != 1 || d.Hashes[0] != want {
		t.Errorf("%v", d.Hashes)
	}
}

func BenchmarkNearest(b *testing.B) {
	rng := rand.New(rand.NewPCG(8, 9))
	all := randomScripts(rng, 20_000)
	stores := Stores{mustOpen(b, Data{Hashes: all})}
	h := script(b, flip(all[len(all)/2].Sum, 9))
	for b.Loop() {
		if _, d, ok := Nearest(stores, h, similarity.Distance); !ok || d != 9 {
			b.Fatal(d)
		}
	}
}
