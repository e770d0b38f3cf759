// Package leak finds invented secrets, and marks of an invented machine, in what
// a script sent away, however they were encoded or cut into pieces.
package leak

import (
	"cmp"
	"slices"
	"strings"
)

// Canary is a value that exists only in the machine a script was shown.
type Canary struct {
	Name  string
	Value string
	// Secret says that the value is a credential, a key or the content of a file,
	// and not a mark of the machine such as its host name. Of a secret a part of
	// MinPart characters is a leak, of a mark only the whole.
	Secret bool
}

// Sent is one thing that left: a request, a header, a body, a looked-up name, a
// command.
type Sent struct {
	// To is the host it went to, with or without a port, or a program's name.
	// A name that was looked up stands here and needs no Data.
	To string
	// Data is the rest: "GET https://…", "Name: value" lines, a body.
	Data []byte
}

// Leak is a canary that was found in what was sent.
type Leak struct {
	// Canary is its Name.
	Canary string
	// Encoding says how it was encoded, in the sender's order: "plain",
	// "gzip+base64", "dns labels, hex".
	Encoding string
	// From and To are the first and the last of the things sent in which it lies;
	// they differ where it was cut into pieces.
	From, To int
}

// Limits of Find.
const (
	// MinPart is how many characters of a secret, one after the other, are a leak.
	// A secret without digits, as a phrase of words, needs twice as many.
	MinPart = 12
	// MinValue is the length below which a value is not looked for: it would be
	// found by chance. Letters and digits count, where a value has mostly those.
	MinValue = 6
	// MaxValue is how many bytes of a canary's value are looked for.
	MaxValue = 8 << 10
	// MaxSent is how many bytes of what was sent are looked at. Each item has an
	// equal share, and what one leaves goes to the next.
	MaxSent = 8 << 20
	// MaxDecoded is how many bytes are made by decoding, and as many by putting
	// pieces together, shared in the same way.
	MaxDecoded = 16 << 20
	// MaxDepth is how many encodings lie inside each other.
	MaxDepth = 3
)

// Find returns the canaries that were sent: for each item those found in it, by
// the simplest encoding, and then those that are found only when pieces are put
// together. They come in the order of the items and of the canaries.
//
// Understood are letters of another case, separators put in, hexadecimal, base64
// and base32 in their usual alphabets, percent and JavaScript escapes, HTML
// entities, character codes, reversal, ROT13, one key byte (exclusive or, or
// added), UTF-16, gzip, zlib and deflate, and these inside each other. Pieces
// may lie in the labels of a name, in the fields of a request, and in successive
// names or requests under one registrable domain, in the order they were sent or
// by a number in the name.
func Find(canaries []Canary, sent []Sent) []Leak {
	if len(canaries) == 0 || len(sent) == 0 {
		return nil
	}
	s := &search{index: newIndex(canaries), canaries: canaries, left: MaxDecoded}
	anywhere := make([]bool, len(canaries))
	var leaks []found
	space := MaxSent
	items := make([]Sent, len(sent))
	for i, item := range sent {
		space -= len(cutTo(&item, space/(len(sent)-i))) + len(item.To)
		items[i] = item
		s.start((len(sent) - i) * 2)
		report := func(canary int, encoding string) {
			anywhere[canary] = true
			leaks = append(leaks, found{canary, encoding, i, i})
		}
		s.walk(layer{text: []byte(item.To)}, func(canary int, encoding string) {
			switch encoding {
			case plain, folded:
			case separated:
				encoding = "dns labels"
			default:
				encoding = "dns labels, " + strings.TrimPrefix(encoding, separated+"+")
			}
			report(canary, encoding)
		})
		if string(item.Data) != item.To {
			s.walk(layer{text: item.Data}, report)
		}
	}
	joined := join(items)
	for i, j := range joined {
		s.start(len(joined) - i)
		copy(s.seen, anywhere)
		s.walk(layer{text: j.text, how: j.encoding}, func(canary int, encoding string) {
			anywhere[canary] = true
			how := j.how
			if encoding != plain && encoding != separated {
				how += ", " + strings.TrimPrefix(encoding, separated+"+")
			}
			leaks = append(leaks, found{canary, how, j.from, j.to})
		})
	}
	return s.sorted(leaks)
}

// cutTo shortens an item to a number of bytes and returns its data.
func cutTo(item *Sent, size int) []byte {
	item.To = item.To[:min(len(item.To), size, maxName)]
	item.Data = item.Data[:min(len(item.Data), size-len(item.To))]
	return item.Data
}

// maxName bounds the length of a host or program name; names of DNS end at 253.
const maxName = 4 << 10

type found struct {
	canary   int
	encoding string
	from, to int
}

func (s *search) sorted(leaks []found) []Leak {
	slices.SortStableFunc(leaks, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.canary, b.canary))
	})
	out := make([]Leak, len(leaks))
	for i, l := range leaks {
		out[i] = Leak{Canary: s.canaries[l.canary].Name, Encoding: l.encoding, From: l.from, To: l.to}
	}
	return out
}

// search is the state of one Find.
type search struct {
	*index
	canaries []Canary
	// left is what may still be decoded, share what of it by the item at hand.
	left, share int
	// seen are the canaries found in the item at hand.
	seen     []bool
	inflater inflater
	scratch  []byte
}

// start begins an item of which there are so many more, with this one.
func (s *search) start(items int) {
	s.share = s.left / items
	s.seen = make([]bool, len(s.canaries))
}

// spend takes from the budget and says whether there was enough.
func (s *search) spend(n int) bool {
	if n > s.share {
		s.share = 0
		return false
	}
	s.share -= n
	s.left -= n
	return true
}

// layer is a text that was sent, or one that was decoded from it.
type layer struct {
	text []byte
	// how are the encodings around it, the outermost last.
	how   string
	depth int
	// scanned says that it was searched already, closed that it holds no further
	// encoding.
	scanned, closed bool
	// exact says that it cannot be under a key byte: the decoding was a guess.
	exact bool
}

// walk searches a text and what it decodes to, the simplest first.
func (s *search) walk(top layer, report func(canary int, encoding string)) {
	queue := []layer{top}
	for len(queue) > 0 {
		l := queue[0]
		queue = queue[1:]
		if !l.scanned {
			s.scan(l, func(canary int, how string) {
				if how == plain && l.how != "" {
					how = l.how
				} else {
					how = around(how, l.how)
				}
				report(canary, how)
			})
		}
		if l.depth < MaxDepth && !l.closed && len(l.text) >= MinValue {
			queue = append(queue, s.decode(l)...)
		}
	}
}

// around puts an encoding inside those that are known.
func around(inner, outer string) string {
	return strings.TrimSuffix(inner+"+"+outer, "+")
}
