package packagehash

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays may nest. Python stops at 1,000 calls
// within one another, of which 7 are the artifact's and the json module's own.
const maxDepth = 993

var byteOrderMark = []byte("\ufeff")

// anonymous returns a package.json with its name and version emptied, as Python
// writes it.
func anonymous(data []byte) ([]byte, error) {
	switch {
	case len(data) > MaxManifestSize:
		return nil, fmt.Errorf("%w: %d bytes, more than the %d that are read", ErrTooLarge, len(data), MaxManifestSize)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrNoHash)
	case bytes.HasPrefix(data, byteOrderMark):
		return nil, fmt.Errorf("%w: it starts with a byte order mark", ErrNoHash)
	}
	d := &document{in: string(data)}
	if err := d.parse(); err != nil {
		return nil, fmt.Errorf("%w: byte %d: %w", ErrNoHash, d.pos, err)
	}
	d.empty("name")
	d.empty("version")
	return d.write(), nil
}

// document is a JSON text that is read into values already written as Python
// writes them. Only objects have to wait, because their members are sorted: an
// object's place in the text is known, and its members' values are spans of
// the text, in which further objects have their places.
type document struct {
	in  string
	pos int // in bytes

	text    []byte
	objects []object // in the order in which they open; the first is the whole
	open    []container
	scratch []byte // the string read last
}

// object is an object whose members' values lie in text[from:to].
type object struct {
	members  []member
	from, to int32
	after    int32 // the next object that does not lie in this one
}

// member is one member of an object. Its value is text[from:to], with
// objects[first:after] in their places.
type member struct {
	key          string // as UTF-8 in which a lone surrogate has three bytes
	from, to     int32
	first, after int32
}

// container is an array or object that has not ended yet.
type container struct {
	object int32 // its index, or array
	member member
}

const array = -1

var errUnexpected = errors.New("unexpected character or end")

// parse reads the document, which must be one object.
func (d *document) parse() error {
	if d.space(); d.peek() != '{' {
		return errors.New("not an object")
	}
	for value := true; ; {
		var err error
		if value {
			value, err = d.value()
		} else {
			value, err = d.next()
		}
		if err != nil {
			return err
		}
		if len(d.open) > 0 {
			continue
		}
		if d.space(); d.pos < len(d.in) {
			return errors.New("data behind the object")
		}
		return nil
	}
}

// value reads a scalar, or the start of an array or object. It reports whether
// a value is to follow.
func (d *document) value() (bool, error) {
	switch c := d.peek(); c {
	case '{', '[':
		if len(d.open) == maxDepth {
			return false, fmt.Errorf("nested more than %d levels deep", maxDepth)
		}
		d.pos++
		d.space()
		if c == '{' {
			return d.startObject()
		}
		return d.startArray(), nil
	case '"':
		if err := d.str(); err != nil {
			return false, err
		}
		d.text = appendQuoted(d.text, string(d.scratch))
		return false, nil
	}
	if rest := d.in[d.pos:]; rest != "" && !isDigit(rest[0]) {
		for _, word := range [...]string{"true", "false", "null", "NaN", "Infinity", "-Infinity"} {
			if strings.HasPrefix(rest, word) {
				d.text = append(d.text, word...)
				d.pos += len(word)
				return false, nil
			}
		}
	}
	return false, d.number()
}

func (d *document) startArray() bool {
	d.text = append(d.text, '[')
	d.open = append(d.open, container{object: array})
	if d.peek() == ']' {
		d.close()
		return false
	}
	return true
}

func (d *document) startObject() (bool, error) {
	if d.peek() == '}' && len(d.open) > 0 {
		d.pos++
		d.text = append(d.text, "{}"...)
		return false, nil
	}
	d.open = append(d.open, container{object: d.count()})
	d.objects = append(d.objects, object{from: d.end()})
	if d.peek() == '}' {
		d.close()
		return false, nil
	}
	return true, d.key()
}

// key reads a member's key and colon.
func (d *document) key() error {
	if d.peek() != '"' {
		return errUnexpected
	}
	if err := d.str(); err != nil {
		return err
	}
	if d.space(); d.peek() != ':' {
		return errUnexpected
	}
	d.pos++
	d.space()
	d.open[len(d.open)-1].member = member{key: string(d.scratch), from: d.end(), first: d.count()}
	return nil
}

// next reads what stands behind a value. It reports whether a value is to
// follow.
func (d *document) next() (bool, error) {
	d.space()
	c := &d.open[len(d.open)-1]
	closing := byte(']')
	if c.object != array {
		closing = '}'
		c.member.to, c.member.after = d.end(), d.count()
	}
	switch d.peek() {
	case closing:
		if c.object != array {
			d.add(c)
		}
		d.close()
		return false, nil
	case ',':
		d.pos++
		d.space()
		if c.object == array {
			d.text = append(d.text, ", "...)
			return true, nil
		}
		d.add(c)
		return true, d.key()
	}
	return false, errUnexpected
}

// add adds the member that was read to its object.
func (d *document) add(c *container) {
	o := &d.objects[c.object]
	o.members = append(o.members, c.member)
}

// close ends the array or object that was opened last.
func (d *document) close() {
	d.pos++
	c := d.open[len(d.open)-1]
	d.open = d.open[:len(d.open)-1]
	if c.object == array {
		d.text = append(d.text, ']')
		return
	}
	o := &d.objects[c.object]
	o.to, o.after = d.end(), d.count()
	o.sort()
}

// sort puts the members in Python's order. Of those with the same key the last
// stays.
func (o *object) sort() {
	slices.SortFunc(o.members, func(a, b member) int {
		return cmp.Or(strings.Compare(a.key, b.key), cmp.Compare(a.from, b.from))
	})
	last := o.members[:0]
	for _, m := range o.members {
		if n := len(last); n > 0 && last[n-1].key == m.key {
			last[n-1] = m
		} else {
			last = append(last, m)
		}
	}
	o.members = last
}

// empty sets a member of the document to the empty string.
func (d *document) empty(key string) {
	from := d.end()
	d.text = append(d.text, `""`...)
	o := &d.objects[0]
	o.members = append(o.members, member{key: key, from: from, to: d.end(), first: o.after, after: o.after})
	o.sort()
}

// end and count return where the text and the objects end. What MaxManifestSize
// allows becomes six times as long at most.
func (d *document) end() int32   { return int32(len(d.text)) }
func (d *document) count() int32 { return int32(len(d.objects)) }

// space skips white space.
func (d *document) space() {
	for d.pos < len(d.in) && strings.IndexByte(" \t\n\r", d.in[d.pos]) >= 0 {
		d.pos++
	}
}

// peek returns the next byte, and NUL at the end.
func (d *document) peek() byte {
	if d.pos < len(d.in) {
		return d.in[d.pos]
	}
	return 0
}

// writer is an object on its way into the output.
type writer struct {
	object *object
	member int
	pos    int32 // in text, of what is still to be written of the member
	next   int32 // the next object in that
}

// write returns the document as Python writes it.
func (d *document) write() []byte {
	out := append(make([]byte, 0, len(d.text)+len(d.text)/2), '{')
	open := []writer{{object: &d.objects[0], member: -1}}
	for len(open) > 0 {
		w := &open[len(open)-1]
		if w.member >= 0 {
			m := &w.object.members[w.member]
			if w.next < m.after {
				inner := &d.objects[w.next]
				out = append(out, d.text[w.pos:inner.from]...)
				out = append(out, '{')
				w.pos, w.next = inner.to, inner.after
				open = append(open, writer{object: inner, member: -1})
				continue
			}
			out = append(out, d.text[w.pos:m.to]...)
		}
		if w.member++; w.member == len(w.object.members) {
			out = append(out, '}')
			open = open[:len(open)-1]
			continue
		}
		if w.member > 0 {
			out = append(out, ", "...)
		}
		m := &w.object.members[w.member]
		out = appendQuoted(out, m.key)
		out = append(out, ": "...)
		w.pos, w.next = m.from, m.first
	}
	return out
}
