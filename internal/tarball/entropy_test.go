package tarball

import (
	"bytes"
	"testing"
)

func TestEntropy(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, test := range []struct {
		name    string
		content []byte
		want    float64
	}{
		{"empty", nil, 0},
		{"one byte", []byte("a"), 0},
		{"one value", bytes.Repeat([]byte("a"), 1001), 0},
		{"two values", bytes.Repeat([]byte("ab"), 501), 1},
		{"every value", bytes.Repeat(every, 3), 8},
		{"uneven", []byte("aaab"), 0.8113}, // -3/4 log2(3/4) - 1/4 log2(1/4)
		{"longer than a step", bytes.Repeat([]byte("abcd"), bufferSize), 2},
	} {
		tree, err := Unpack(bytes.NewReader(gzipOf(t, tarOf(manifestEntry(), file("package/f", string(test.content))))), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Lookup("f").Entropy; got != test.want {
			t.Errorf("%s: %v bits, want %v", test.name, got, test.want)
		}
	}
}
