package shell

import (
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"io"
	"slices"
	"strconv"
	"strings"
)

// objectKind tells what is known of an object.
type objectKind uint8

const (
	objUnknown  objectKind = iota
	objText                // text, or one of several texts
	objBytes               // raw
	objNumber              // number
	objList                // items; also tuples and sets
	objDict                // items by keys
	objRef                 // something of a library or of the system, by ref
	objOwn                 // a function, class or block of the script, by own
	objInstance            // an object of a class of the script, by own
)

// object is a value of a script language under evaluation. The text of every
// object that is no constant is unknown; its taint is always valid.
type object struct {
	value
	kind   objectKind
	raw    string // the exact bytes, where a text cannot hold them
	number int64
	items  []object
	keys   []string
	// ref names what a library provides: "os.system", "requests.Session()".
	// Brackets stand for what a call returned.
	ref string
	// path is the file that the object stands for or was read from.
	path string
	// others are the texts that a text of several branches may be.
	others []string
	own    any
	// plain is 1 + the offset at which the text stands unchanged in the
	// source, or 0.
	plain int
}

// maxCalls is how deep calls of a script's own functions are followed.
const maxCalls = 8

// The bounds of objects.
const (
	// maxOthers is how many texts a value may have before it is unknown.
	maxOthers = 16
	// maxItems bounds the items of a list that is evaluated.
	maxItems = 16 << 10
	// maxRef bounds object.ref, in bytes.
	maxRef = 160
)

func textObject(text string, t taint) object {
	return object{kind: objText, value: value{text, t}}
}

func valueObject(v value) object {
	if v.known() {
		return object{kind: objText, value: v}
	}
	return object{value: v}
}

func opaqueObject(t taint) object { return object{value: opaque(t)} }

func refObject(ref string, t taint) object {
	if len(ref) > maxRef {
		return opaqueObject(t)
	}
	return object{kind: objRef, value: opaque(t), ref: ref}
}

func numberObject(n int64, t taint) object {
	return object{kind: objNumber, number: n, value: value{strconv.FormatInt(n, 10), t}}
}

func bytesObject(raw string, t taint) object {
	return object{kind: objBytes, raw: raw, value: value{withoutNUL(strings.ToValidUTF8(raw, "?")), t}}
}

func listObject(items []object) object {
	o := object{kind: objList, items: items, value: opaque(0)}
	for _, item := range items {
		o.taint |= item.taint
	}
	return o
}

// tainted returns the object with more origins.
func (o object) tainted(t taint) object {
	o.taint |= t
	return o
}

// texts returns all the texts that the object may be; unknown parts count.
func (o object) texts() []string {
	if len(o.others) > 0 {
		return o.others
	}
	return []string{o.text}
}

// isText reports whether the object is text of which all is known.
func (o object) isText() bool { return o.kind == objText && len(o.others) == 0 && o.known() }

// constant returns the bytes of a text, of bytes or of a number.
func (o object) constant() (string, bool) {
	switch {
	case o.kind == objBytes:
		return o.raw, true
	case o.isText(), o.kind == objNumber:
		return o.text, true
	}
	return "", false
}

// ofTexts makes an object of the texts that it may be.
func ofTexts(texts []string, t taint) object {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	texts = slices.Compact(texts)
	switch {
	case len(texts) == 1:
		return valueObject(value{texts[0], t})
	case len(texts) == 0 || len(texts) > maxOthers:
		return opaqueObject(t)
	}
	return object{kind: objText, value: opaque(t), others: texts}
}

// either returns what a variable holds that branches set to a or to b.
func either(a, b object) object {
	t := a.taint | b.taint
	switch {
	case b.kind == objRef || b.kind == objOwn || b.kind == objInstance:
		return b.tainted(t) // what the later text says it is
	case a.kind == objRef || a.kind == objOwn || a.kind == objInstance:
		return a.tainted(t)
	case a.kind == objText && b.kind == objText:
		if a.text == b.text && a.isText() {
			return a.tainted(t)
		}
		o := ofTexts(append(slices.Clone(a.texts()), b.texts()...), t)
		if a.path == b.path {
			o.path = a.path
		}
		return o
	case a.kind == b.kind && a.raw == b.raw && a.number == b.number && len(a.items)+len(b.items) == 0:
		return a.tainted(t)
	}
	return opaqueObject(t)
}

// join appends b to a.
func (r *reader) join(a, b object) object {
	t := a.taint | b.taint
	if a.kind == objBytes && b.kind == objBytes {
		if !r.spend(len(a.raw) + len(b.raw)) {
			return opaqueObject(t)
		}
		return bytesObject(a.raw+b.raw, t)
	}
	if len(a.others) == 0 && len(b.others) == 0 {
		if !r.spend(len(a.text) + len(b.text)) {
			return opaqueObject(t)
		}
		return object{kind: objText, value: value{squeeze(a.text + b.text), t}}
	}
	x, y := a.texts(), b.texts()
	if len(x)*len(y) > maxOthers {
		return opaqueObject(t)
	}
	var out []string
	for _, s := range x {
		for _, u := range y {
			if !r.spend(len(s) + len(u)) {
				return opaqueObject(t)
			}
			out = append(out, squeeze(s+u))
		}
	}
	return ofTexts(out, t)
}

// squeeze makes one of several unknown parts in a row.
func squeeze(s string) string {
	for strings.Contains(s, unknown+unknown) {
		s = strings.ReplaceAll(s, unknown+unknown, unknown)
	}
	return s
}

// each applies a function to the texts that an object may be.
func (r *reader) each(o object, f func(string) string) object {
	if o.kind != objText && o.kind != objNumber && o.text == unknown {
		return opaqueObject(o.taint)
	}
	var out []string
	for _, s := range o.texts() {
		if s = f(s); !r.spend(len(s)) {
			return opaqueObject(o.taint)
		}
		out = append(out, s)
	}
	x := ofTexts(out, o.taint)
	if x.kind == objUnknown && x.text != unknown {
		x.kind = objText
	}
	x.path = o.path
	return x
}

// word makes a word of a command of an object. Of several texts the word has
// what is common to them: a program's name, or nothing.
func (o object) word(src *source, start, end int) word {
	w := word{value: o.value, raw: src.slice(start, end), offset: start, exact: -1}
	if len(o.others) > 0 {
		w.text = common(o.others)
	}
	if o.plain > 0 {
		w.exact = o.plain - 1
	}
	if raw := rawText(w.text); raw != "" {
		w.raw = raw
	}
	return w
}

// rawText stands for the source of a computed word, so that words of the same
// known parts name the same file. It is empty where nothing unknown is in the
// text, or nothing else.
func rawText(text string) string {
	if known := strings.ReplaceAll(text, unknown, ""); known == text || strings.Trim(known, `/\. `) == "" {
		return ""
	}
	return strings.ReplaceAll(text, unknown, "$?")
}

// common returns the program that all texts name, in unknown folders where
// these differ; it is unknown where there is none.
func common(texts []string) string {
	name := commandName(texts[0])
	if strings.Contains(name, unknown) || name == "" {
		return unknown
	}
	for _, t := range texts[1:] {
		if commandName(t) != name {
			return unknown
		}
	}
	for _, t := range texts {
		if !strings.ContainsAny(t, `/\`) {
			return name // the one that the system finds is among them
		}
	}
	return unknown + "/" + name
}

// at returns an item of a list, counted from its end where i is negative.
func (o object) at(i int64) (object, bool) {
	if i < 0 {
		i += int64(len(o.items))
	}
	if i < 0 || i >= int64(len(o.items)) {
		return object{}, false
	}
	return o.items[i], true
}

// decoder turns encoded bytes into what they stand for.
type decoder func(string) (string, bool)

// unpack applies a decoder, which marks the result.
func (r *reader) unpack(o object, decode decoder) object {
	t := o.taint | fromDecoder
	raw, ok := o.constant()
	if !ok || decode == nil {
		return opaqueObject(t)
	}
	out, ok := decode(raw)
	if !ok || !r.spend(len(raw)+len(out)) {
		return opaqueObject(t)
	}
	return bytesObject(out, t)
}

func decode32(s string) (string, bool) {
	s = strings.TrimRight(strings.ToUpper(strings.TrimSpace(s)), "=")
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	return string(raw), err == nil
}

// decode85 decodes what Python calls base85 (RFC 1924's alphabet).
func decode85(s string) (string, bool) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
	var out []byte
	for len(s) > 0 {
		n := min(5, len(s))
		var v uint64
		for i := range 5 {
			d := 84
			if i < n {
				if d = strings.IndexByte(alphabet, s[i]); d < 0 {
					return "", false
				}
			}
			v = v*85 + uint64(d)
		}
		if v > 1<<32-1 {
			return "", false
		}
		group := []byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
		out = append(out, group[:n-1]...)
		s = s[n:]
	}
	return string(out), true
}

func rot13(s string) (string, bool) {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a' + (c-'a'+13)%26
		case c >= 'A' && c <= 'Z':
			return 'A' + (c-'A'+13)%26
		}
		return c
	}, s), true
}

// inflate unpacks compressed data, up to maxWork bytes of it.
func inflate(open func(io.Reader) (io.Reader, error)) decoder {
	return func(s string) (string, bool) {
		in, err := open(strings.NewReader(s))
		if err != nil {
			return "", false
		}
		var out bytes.Buffer
		if _, err := io.Copy(&out, io.LimitReader(in, maxWork)); err != nil {
			return "", false
		}
		return out.String(), true
	}
}

func openZlib(in io.Reader) (io.Reader, error)  { return zlib.NewReader(in) }
func openGzip(in io.Reader) (io.Reader, error)  { return gzip.NewReader(in) }
func openBzip2(in io.Reader) (io.Reader, error) { return bzip2.NewReader(in), nil }

// backwards reverses a text by characters.
func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}
