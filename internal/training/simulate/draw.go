package simulate

import (
	"math/rand/v2"
	"strings"
)

const (
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hexes   = "0123456789abcdef"
)

// weighted is a value and how often it is drawn.
type weighted[T any] struct {
	value  T
	weight float64
}

// pick draws one value by weight.
func pick[T any](g *generator, list []weighted[T]) T {
	var sum float64
	for _, w := range list {
		sum += w.weight
	}
	at := g.Float64() * sum
	for _, w := range list {
		if at -= w.weight; at < 0 {
			return w.value
		}
	}
	return list[len(list)-1].value
}

type dice struct{ *rand.Rand }

func newDice(seed uint64, stream string) dice {
	// The second word keeps malicious and benign changes of one seed apart.
	var second uint64 = 14695981039346656037
	for _, c := range []byte(stream) {
		second = (second ^ uint64(c)) * 1099511628211
	}
	return dice{rand.New(rand.NewPCG(seed, second))}
}

func (d dice) one(list ...string) string { return list[d.IntN(len(list))] }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// text draws n characters of an alphabet.
func (d dice) text(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[d.IntN(len(alphabet))])
	}
	return b.String()
}

// bytes draws n bytes.
func (d dice) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.IntN(256))
	}
	return b
}

// some draws n of a list, in drawn order.
func some[T any](d dice, list []T, n int) []T {
	order := d.Perm(len(list))
	out := make([]T, 0, n)
	for _, i := range order[:min(n, len(list))] {
		out = append(out, list[i])
	}
	return out
}
