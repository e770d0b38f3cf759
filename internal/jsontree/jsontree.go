// Package jsontree reads JSON into a tree whose every value knows where it
// stands, for the files whose entries a report points at: lockfiles and
// manifests. It is built on encoding/json's tokens.
//
// It is stricter than encoding/json where a parser that disagrees with npm's
// would let something hide: a key that is given twice, invalid UTF-8 and data
// after the value are errors. Input is bounded in size and depth.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest. npm's version 1 lockfiles
// take two levels for each level of node_modules.
const MaxDepth = 1000

// Kind is the type of a value.
type Kind uint8

// The JSON types.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}[k]
}

// Value is one value of a document.
type Value struct {
	Kind Kind
	// Text is a string's content, a number's literal, or "true" or "false".
	Text string
	// Items are an array's elements.
	Items []*Value
	// Members are an object's members in the order of the document.
	Members []Member
	// Offset is the byte offset of the value's first character.
	Offset int
	// End is the byte offset just behind the value.
	End int
}

// Member is one key of an object with its value.
type Member struct {
	Key    string
	Offset int // of the key
	Value  *Value
}

// SyntaxError is an error at a place of the document.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Get returns the value of an object's key, or nil. A nil v has no keys.
func (v *Value) Get(key string) *Value {
	if v == nil {
		return nil
	}
	for i := range v.Members {
		if v.Members[i].Key == key {
			return v.Members[i].Value
		}
	}
	return nil
}

// Str returns the content of a string and "" for everything else.
func (v *Value) Str() string {
	if v == nil || v.Kind != String {
		return ""
	}
	return v.Text
}

// True reports whether v is the literal true.
func (v *Value) True() bool { return v != nil && v.Kind == Bool && v.Text == "true" }

// Parse reads one JSON document, which may start with a byte order mark.
// Every error is a *SyntaxError.
func Parse(data []byte) (*Value, error) {
	return parse(data, data)
}

var bom = []byte("\ufeff")

// ParseLenient reads JSON with comments and trailing commas, as bun.lock has
// them.
func ParseLenient(data []byte) (*Value, error) {
	return parse(data, blank(data))
}

// parse reads data, which is source with some bytes blanked.
func parse(source, data []byte) (*Value, error) {
	if bytes.HasPrefix(data, bom) {
		// Blanked rather than cut, so that offsets stay those of the file.
		data = append([]byte("   "), data[len(bom):]...)
	}
	p := &parser{source: source, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.UseNumber()
	return p.document()
}

type parser struct {
	source []byte // as given, for positions
	data   []byte
	dec    *json.Decoder
}

func (p *parser) fail(offset int, format string, args ...any) error {
	line, column := Position(p.source, offset)
	return &SyntaxError{line, column, fmt.Sprintf(format, args...)}
}

func (p *parser) document() (*Value, error) {
	if i := invalidUTF8(p.source); i >= 0 {
		return nil, p.fail(i, "invalid UTF-8")
	}
	root, err := p.value(0)
	if err != nil {
		return nil, err
	}
	end := p.skip(root.End)
	if end < len(p.data) {
		return nil, p.fail(end, "unexpected %q after the document", rune(p.data[end]))
	}
	return root, nil
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// token returns the next token and the offset where it starts.
func (p *parser) token() (json.Token, int, error) {
	end := int(p.dec.InputOffset()) // of the token before
	start := p.skip(end)
	if end > 0 && p.data[end-1] != '[' && p.data[end-1] != '{' &&
		start < len(p.data) && (p.data[start] == ',' || p.data[start] == ':') {
		start = p.skip(start + 1)
	}
	t, err := p.dec.Token()
	if err == nil {
		return t, start, nil
	}
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, 0, p.fail(len(bytes.TrimRight(p.data, " \t\r\n")), "the document ends too early; is the file truncated?")
	case errors.As(err, &syntax):
		// The decoder's own offset counts from the last token on.
		return nil, 0, p.fail(start, "%v", syntax)
	}
	return nil, 0, p.fail(start, "%v", err)
}

// skip returns the offset of the first byte at or after i that is no white space.
func (p *parser) skip(i int) int {
	for i < len(p.data) && (p.data[i] == ' ' || p.data[i] == '\t' || p.data[i] == '\r' || p.data[i] == '\n') {
		i++
	}
	return i
}

func (p *parser) value(depth int) (*Value, error) {
	t, start, err := p.token()
	if err != nil {
		return nil, err
	}
	return p.rest(t, start, depth)
}

// rest reads the value whose first token is t.
func (p *parser) rest(t json.Token, start, depth int) (*Value, error) {
	v := &Value{Offset: start}
	switch t := t.(type) {
	case nil:
		v.Kind = Null
	case bool:
		v.Kind, v.Text = Bool, fmt.Sprint(t)
	case json.Number:
		v.Kind, v.Text = Number, t.String()
	case string:
		v.Kind, v.Text = String, t
	case json.Delim:
		if depth >= MaxDepth {
			return nil, p.fail(start, "nested more than %d levels deep", MaxDepth)
		}
		var err error
		if t == '[' {
			v.Kind = Array
			err = p.array(v, depth+1)
		} else {
			v.Kind = Object
			err = p.object(v, depth+1)
		}
		if err != nil {
			return nil, err
		}
	}
	v.End = int(p.dec.InputOffset())
	return v, nil
}

func (p *parser) array(v *Value, depth int) error {
	for p.dec.More() {
		item, err := p.value(depth)
		if err != nil {
			return err
		}
		v.Items = append(v.Items, item)
	}
	_, _, err := p.token()
	return err
}

// smallObject is the number of members up to which keys are compared one by
// one instead of in a map.
const smallObject = 16

func (p *parser) object(v *Value, depth int) error {
	var seen map[string]bool
	for p.dec.More() {
		t, start, err := p.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return p.fail(start, "a key must be a string")
		}
		duplicate := false
		if len(v.Members) < smallObject {
			duplicate = v.Get(key) != nil
		} else {
			if seen == nil {
				seen = make(map[string]bool, 2*smallObject)
				for _, m := range v.Members {
					seen[m.Key] = true
				}
			}
			duplicate = seen[key]
			seen[key] = true
		}
		if duplicate {
			return p.fail(start, "the key %.100q is given twice", key)
		}
		value, err := p.value(depth)
		if err != nil {
			return err
		}
		v.Members = append(v.Members, Member{key, start, value})
	}
	_, _, err := p.token()
	return err
}

// blank returns data with comments and trailing commas replaced by spaces, so
// that every offset stays what it was. What is wrong otherwise, such as a comma
// with no value before it, is left for the parser to refuse.
func blank(data []byte) []byte {
	out := bytes.Clone(data)
	var last byte // that is neither space nor comment
	comma := 0    // the offset of last where that is a comma behind a value
	for i := 0; i < len(out); {
		switch c := out[i]; {
		case c == ' ', c == '\t', c == '\r', c == '\n':
			i++
			continue
		case c == '"':
			for i++; i < len(out) && out[i] != '"'; i++ {
				if out[i] == '\\' {
					i++
				}
			}
		case c == '/' && i+1 < len(out) && out[i+1] == '/':
			for i < len(out) && out[i] != '\n' {
				out[i] = ' '
				i++
			}
			continue
		case c == '/' && i+1 < len(out) && out[i+1] == '*':
			end := bytes.Index(out[i+2:], []byte("*/"))
			if end < 0 {
				return out // the slash is left for the parser to refuse
			}
			for end += i + 4; i < end; i++ {
				if out[i] != '\n' {
					out[i] = ' '
				}
			}
			continue
		case c == ',' && bytes.IndexByte([]byte("[{,:"), last) < 0:
			comma = i
		case (c == ']' || c == '}') && last == ',' && comma > 0:
			out[comma] = ' '
		case c == ',':
			comma = 0
		}
		last = data[min(i, len(data)-1)]
		i++
	}
	return out
}

// Position returns the line and the column of a byte offset, both from 1. The
// column counts UTF-16 code units, as SARIF and GitHub do.
func Position(data []byte, offset int) (line, column int) {
	offset = min(offset, len(data))
	line = 1 + bytes.Count(data[:offset], []byte("\n"))
	start := bytes.LastIndexByte(data[:offset], '\n') + 1
	return line, 1 + utf16Length(data[start:offset])
}

func utf16Length(b []byte) int {
	n := 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// Lines converts many offsets of one document to positions.
type Lines struct {
	data  []byte
	marks []mark
}

// mark is a place whose position is known: the start of a line, or one of
// several within a long line, so that counting never starts far away.
type mark struct{ offset, line, column int }

// markDistance is how far two marks within a line are apart at least, in bytes.
const markDistance = 256

// NewLines indexes data.
func NewLines(data []byte) *Lines {
	last := mark{line: 1, column: 1}
	l := &Lines{data: data, marks: make([]mark, 0, 2+bytes.Count(data, []byte("\n"))+len(data)/markDistance)}
	l.marks = append(l.marks, last)
	column := 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		i += size
		if r == '\n' {
			column = 1
			last = mark{i, last.line + 1, column}
			l.marks = append(l.marks, last)
			continue
		}
		column++
		if r > 0xffff {
			column++
		}
		if i-last.offset >= markDistance {
			last = mark{i, last.line, column}
			l.marks = append(l.marks, last)
		}
	}
	return l
}

// Position is the package's Position in logarithmic time.
func (l *Lines) Position(offset int) (line, column int) {
	offset = min(offset, len(l.data))
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].offset > offset })
	m := l.marks[i-1]
	return m.line, m.column + utf16Length(l.data[m.offset:offset])
}
