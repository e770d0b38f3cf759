package leak

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// How a value is found in a text.
const (
	plain     = "plain"
	folded    = "case folded"
	separated = "separated"
	reversed  = "reversed"
	rot13     = "rot13"
)

// form is a view of a text in which values are searched.
type form int

const (
	// squeezed has the letters and digits only, in lower case.
	squeezed form = iota
	// raw has all bytes.
	raw
	// xored has the exclusive or of each byte with the next, which one key byte
	// for all does not change; added has the difference.
	xored
	added
	forms
)

// gram is how many bytes, one after the other, lead to a value. Of a part of
// MinPart bytes, or the MinPart-1 differences between them, one gram starts at a
// multiple of step.
const (
	gram = 6
	step = MinPart - 1 - gram + 1
)

// index leads from grams to values, for each form.
type index [forms]table

type table struct {
	needles []needle
	// filter has a bit for each gram's hash, heads the first ref.
	filter [1 << 10]uint64
	heads  map[uint64]int32
	refs   []ref
}

type ref struct{ needle, offset, next int32 }

// needle is a value in a form.
type needle struct {
	canary int
	text   []byte
	// need is how much of the text must be there.
	need int
	// distinct is how many different bytes that must have.
	distinct int
	how      string
	// value is the canary's, and at where the bytes of text stand in it.
	value string
	at    []int32
	// number says that digits around it make it another value.
	number bool
}

func newIndex(canaries []Canary) *index {
	x := new(index)
	for i := range x {
		x[i].heads = make(map[uint64]int32)
	}
	for i, c := range canaries {
		x.add(i, c)
	}
	return x
}

// squeeze maps letters and digits to themselves in lower case, all else to 0.
var squeeze = func() (t [256]byte) {
	for c := range t {
		switch {
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'z':
			t[c] = byte(c)
		case 'A' <= c && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}()

func (x *index) add(canary int, c Canary) {
	value := c.Value[:min(len(c.Value), MaxValue)]
	text, at := make([]byte, 0, len(value)), make([]int32, 0, len(value))
	letters, digits := 0, 0
	for i := range len(value) {
		if b := squeeze[value[i]]; b != 0 {
			text, at = append(text, b), append(at, int32(i))
			if b <= '9' {
				digits++
			} else {
				letters++
			}
		}
	}
	part, distinct := MinPart, 6
	if digits == 0 && letters > 0 {
		part *= 2
	}
	if !c.Secret {
		part, distinct = len(value), 0
	}
	if len(text)*3 >= len(value)*2 && letters > 0 {
		n := needle{canary: canary, text: text, need: min(part, len(text)), distinct: distinct, how: plain, value: value, at: at}
		x[squeezed].add(n)
		x[squeezed].add(n.as(reversed, backward(text)))
		x[squeezed].add(n.as(rot13, bytes.Map(rotate, text)))
	} else {
		n := needle{canary: canary, text: []byte(value), need: min(part, len(value)), distinct: distinct, how: plain, value: value, number: letters == 0 && digits > 0}
		x[raw].add(n)
		x[raw].add(n.as(reversed, backward(n.text)))
		if n.number {
			for _, sep := range []byte("-_:") {
				x[raw].add(n.as(separated, bytes.ReplaceAll(n.text, []byte("."), []byte{sep})))
			}
		}
	}
	if len(value) < gram+2 {
		return
	}
	n := needle{canary: canary, need: min(part, len(value)) - 1, distinct: 4, value: value, number: letters == 0 && digits > 0}
	n.text = appendDifferences(nil, []byte(value), xored)
	x[xored].add(n)
	n.text = appendDifferences(nil, []byte(value), added)
	x[added].add(n)
}

// as is the same value written in another way.
func (n needle) as(how string, text []byte) needle {
	if bytes.Equal(n.text, text) {
		return needle{}
	}
	n.how, n.text, n.at = how, text, nil
	return n
}

func backward(text []byte) []byte {
	text = slices.Clone(text)
	slices.Reverse(text)
	return text
}

func rotate(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case 'A' <= r && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

func appendDifferences(dst, text []byte, f form) []byte {
	for i := range len(text) - 1 {
		if f == xored {
			dst = append(dst, text[i]^text[i+1])
		} else {
			dst = append(dst, text[i+1]-text[i])
		}
	}
	return dst
}

func (t *table) add(n needle) {
	if len(n.text) < gram || n.need < gram || different(n.text) < n.distinct {
		return
	}
	id := int32(len(t.needles))
	t.needles = append(t.needles, n)
	last := len(n.text) - gram
	if n.need == len(n.text) {
		last = 0 // where the whole must be there, its start leads to it
	}
	padded := append(slices.Clone(n.text), make([]byte, 8)...)
	for offset := 0; offset <= last; offset += step {
		if n.distinct > 0 && different(n.text[offset:offset+gram]) < 3 {
			continue
		}
		key := load(padded[offset:])
		h := hash(key)
		t.filter[h>>6] |= 1 << (h & 63)
		next, ok := t.heads[key]
		if !ok {
			next = -1
		}
		t.heads[key] = int32(len(t.refs))
		t.refs = append(t.refs, ref{id, int32(offset), next})
	}
}

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) & (1<<(8*gram) - 1) }

func hash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 48 }

// different counts the different bytes of a text.
func different(text []byte) int {
	var set [256]bool
	n := 0
	for _, b := range text {
		if !set[b] {
			set[b] = true
			n++
		}
	}
	return n
}

// scan reports the values in a text.
func (s *search) scan(l layer, report func(canary int, how string)) {
	text := l.text
	for f := range forms {
		t := &s.index[f]
		if len(t.needles) == 0 || l.exact && f >= xored {
			continue
		}
		view := s.view(text, f)
		t.search(view, s.seen, func(n *needle, at, offset, length int) {
			how, ok := n.explain(text, f, at, offset, length)
			if ok {
				s.seen[n.canary] = true
				report(n.canary, how)
			}
		})
	}
}

// view writes a form of the text into the scratch buffer, with room behind it
// for load.
func (s *search) view(text []byte, f form) []byte {
	s.scratch = slices.Grow(s.scratch[:0], len(text)+8)
	b := s.scratch
	switch f {
	case squeezed:
		b = b[:len(text)]
		n := 0
		for _, c := range text {
			b[n] = squeeze[c]
			if b[n] != 0 {
				n++
			}
		}
		b = b[:n]
	case raw:
		b = append(b, text...)
	default:
		b = appendDifferences(b, text, f)
	}
	clear(b[len(b) : len(b)+8])
	return b
}

// search calls hit for each value of which enough is in the view: length bytes
// from at on are those of the needle from offset on. It looks for no canary that
// was seen.
func (t *table) search(view []byte, seen []bool, hit func(n *needle, at, offset, length int)) {
	padded := view[:len(view)+8]
	for i := range len(view) - gram + 1 {
		key := load(padded[i:])
		h := hash(key)
		if t.filter[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		r, ok := t.heads[key]
		for ok && r >= 0 {
			n, offset := &t.needles[t.refs[r].needle], int(t.refs[r].offset)
			r = t.refs[r].next
			if seen[n.canary] {
				continue
			}
			back := 0
			for back < min(i, offset) && view[i-back-1] == n.text[offset-back-1] {
				back++
			}
			length := back + gram
			for i-back+length < len(view) && offset-back+length < len(n.text) && view[i-back+length] == n.text[offset-back+length] {
				length++
			}
			if length >= n.need && (n.distinct == 0 || different(n.text[offset-back:offset-back+length]) >= n.distinct) {
				hit(n, i-back, offset-back, length)
			}
		}
	}
}

// explain says how a needle that was found stands in the text.
func (n *needle) explain(text []byte, f form, at, offset, length int) (how string, ok bool) {
	switch f {
	case xored, added:
		was, is := n.value[offset], text[at]
		switch {
		case was == is:
			return plain, !n.number
		case f == xored:
			return fmt.Sprintf("xor 0x%02x", was^is), true
		}
		return fmt.Sprintf("add 0x%02x", is-was), true
	case raw:
		if n.number && (at > 0 && digit(text[at-1]) || at+length < len(text) && digit(text[at+length])) {
			return "", false
		}
	case squeezed:
		if n.at == nil {
			break
		}
		exact := []byte(n.value[n.at[offset] : n.at[offset+length-1]+1])
		switch {
		case bytes.Contains(text, exact):
			return plain, true
		case bytes.Contains(bytes.ToLower(text), bytes.ToLower(exact)):
			return folded, true
		case wide(text):
			return "UTF-16", true
		}
		return separated, true
	}
	return n.how, true
}

func digit(b byte) bool { return '0' <= b && b <= '9' }
