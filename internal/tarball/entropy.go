package tarball

import "math"

// histogram counts bytes. It has four counters for each, because the same
// counter twice in a row makes the processor wait.
type histogram [4][256]uint32

// add counts p, whose length with all before it must stay under 4 GiB
// (MaxFileSize does).
func (h *histogram) add(p []byte) {
	for len(p) >= 4 {
		h[0][p[0]]++
		h[1][p[1]]++
		h[2][p[2]]++
		h[3][p[3]]++
		p = p[4:]
	}
	for _, b := range p {
		h[0][b]++
	}
}

// entropy returns the Shannon entropy of the n bytes counted, in bits per byte,
// rounded to four digits, and starts anew. By log2(a/n) = log2(a) - log2(n) it
// needs no division for each byte.
func (h *histogram) entropy(n int64) float64 {
	if n == 0 {
		return 0
	}
	sum := 0.0
	for i := range h[0] {
		if c := h[0][i] + h[1][i] + h[2][i] + h[3][i]; c > 1 {
			sum += float64(c) * math.Log2(float64(c))
		}
	}
	*h = histogram{}
	return math.Round(max(0, math.Log2(float64(n))-sum/float64(n))*1e4) / 1e4
}
