package shell

import (
	"sort"
	"strings"
)

// source is a text under analysis: the whole script, or one inside it.
type source struct {
	text string
	// root is the text in which positions are counted, and base where this
	// text stands in it. Where it does not stand there unchanged (exact is
	// false) everything inside it has the position base.
	root  *positions
	base  int
	exact bool
	depth int
	via   []string
}

func newSource(text string) *source {
	return &source{text: text, root: newPositions(text), exact: true}
}

// inside returns the source of a text that word w hands to another shell.
func (s *source) inside(text string, w word, via string) *source {
	in := &source{text: text, root: s.root, base: s.base, depth: s.depth + 1}
	in.via = append(append([]string(nil), s.via...), via)
	if s.exact {
		in.base = s.base + w.offset
		if w.exact >= 0 && text == w.text {
			in.base, in.exact = s.base+w.exact, true
		}
	}
	return in
}

// position converts an offset of the source.
func (s *source) position(offset int) (line, column int) {
	if !s.exact {
		offset = 0
	}
	return s.root.at(s.base + offset)
}

// slice returns the text from start to end, both forced into range.
func (s *source) slice(start, end int) string {
	start = min(max(start, 0), len(s.text))
	end = min(max(end, start), len(s.text))
	return s.text[start:end]
}

// positions converts offsets of a text to lines and columns.
type positions struct {
	text   string
	starts []int // of the lines
	// units[i] is the number of UTF-16 code units in the first i*stride bytes.
	units []int
}

const stride = 256

func newPositions(text string) *positions {
	p := &positions{text: text, starts: []int{0}, units: make([]int, 0, len(text)/stride+1)}
	n := 0
	for i := range len(text) {
		if i%stride == 0 {
			p.units = append(p.units, n)
		}
		n += codeUnits(text[i])
		if text[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

func (p *positions) at(offset int) (line, column int) {
	offset = min(max(offset, 0), len(p.text))
	line = sort.SearchInts(p.starts, offset+1)
	return line, 1 + p.until(offset) - p.until(p.starts[line-1])
}

// until returns the number of code units in front of an offset.
func (p *positions) until(offset int) int {
	if len(p.units) == 0 {
		return 0
	}
	i := min(offset/stride, len(p.units)-1)
	n := p.units[i]
	for _, b := range []byte(p.text[i*stride : offset]) {
		n += codeUnits(b)
	}
	return n
}

// codeUnits returns how many UTF-16 code units a byte of UTF-8 stands for: the
// first byte of a character carries them all.
func codeUnits(b byte) int {
	switch {
	case b&0xc0 == 0x80:
		return 0
	case b >= 0xf0:
		return 2
	}
	return 1
}

// baseName is the last part of a path of either system.
func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
