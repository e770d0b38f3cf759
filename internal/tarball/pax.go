package tarball

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// extension collects what extended headers say of the next entry.
type extension struct {
	pax  map[string]string // the records of a kindExtended that count
	seen map[kind]bool
	name string // of a kindLongName
	link string // of a kindLongLink
}

// npmKey reports whether the key of a pax record decides what npm installs
// (node-tar, Pax).
func npmKey(key string) bool { return key == "path" || key == "linkpath" || key == "size" }

// add takes in the content of one extended header.
func (e *extension) add(k kind, body []byte) error {
	if e.seen[k] || k == kindGlobal && len(e.seen) > 0 {
		return ambiguous("", "several extended headers for one entry")
	}
	switch k {
	case kindGlobal:
		pax, err := parsePax(body)
		if err == nil && len(pax) > 0 {
			err = ambiguous("", "a global pax header that names or sizes files")
		}
		return err
	case kindExtended:
		pax, err := parsePax(body)
		if err != nil {
			return err
		}
		e.pax = pax
	default:
		name := cutNUL(body)
		if len(name) == 0 || !allZero(body[len(name):]) {
			return ambiguous(string(name), "a GNU long name with data behind its end")
		}
		if k == kindLongName {
			e.name = string(name)
		} else {
			e.link = string(name)
		}
	}
	if e.seen == nil {
		e.seen = make(map[kind]bool)
	}
	e.seen[k] = true
	return nil
}

// apply completes the header of the entry that the extension is about.
func (e *extension) apply(h *header) error {
	if size, ok := e.pax["size"]; ok && size != strconv.FormatInt(h.size, 10) {
		return ambiguous(h.name, fmt.Sprintf("a header of size %d and a pax header of size %.20q", h.size, size))
	}
	name, long := e.pax["path"]
	switch {
	case long && e.name != "" && e.name != name:
		return ambiguous(h.name, "a GNU long name and another pax path")
	case long:
		h.name = name
	case e.name != "":
		h.name = e.name
	}
	link, long := e.pax["linkpath"]
	if !long {
		link = e.link
	}
	if link != "" && !h.isLink() {
		return ambiguous(h.name, "a link path on something that is no link")
	}
	if link != "" {
		h.link = link
	}
	// Old programs mark a folder by a slash.
	if h.kind == kindFile && strings.HasSuffix(h.name, "/") {
		if h.size != 0 {
			return ambiguous(h.name, "a folder with content")
		}
		h.kind = kindDirectory
	}
	return nil
}

// parsePax returns the records of body whose keys decide what npm installs.
//
// A record is "length key=value\n", its length in decimal, itself included
// (POSIX, pax, "pax Extended Header"). Node-tar reads lines instead: it takes
// the number a line begins with, compares it with the line's length and cuts
// that many digits and one character. For a record that is one line this is
// the same; a line inside the value of a record must not look like a record.
func parsePax(body []byte) (map[string]string, error) {
	bad := func(why string) (map[string]string, error) {
		return nil, ambiguous("", "a pax header with "+why)
	}
	records := make(map[string]string)
	for len(body) > 0 {
		digits, _, _ := bytes.Cut(body[:min(maxDigits+1, len(body))], []byte(" "))
		length, err := strconv.Atoi(string(digits))
		if err != nil || strconv.Itoa(length) != string(digits) || length <= len(digits)+1 || length > len(body) {
			return bad("a record of a wrong length")
		}
		record, last := body[len(digits)+1:length-1], body[length-1]
		body = body[length:]
		key, value, ok := bytes.Cut(record, []byte("="))
		if !ok || len(key) == 0 || last != '\n' {
			return bad("a record that is not key=value")
		}
		if bytes.ContainsAny(key, "\x00\n") {
			return bad(fmt.Sprintf("the key %.100q", key))
		}
		switch k := string(key); {
		case strings.HasPrefix(k, "GNU.sparse."), k == "SCHILY.realsize":
			return bad("a sparse file")
		case npmKey(k):
			if _, ok := records[k]; ok {
				return bad("two values of " + k)
			}
			if len(value) == 0 || !utf8.Valid(value) || bytes.ContainsAny(value, "\x00\n") {
				return bad(fmt.Sprintf("%s=%.100q", k, value))
			}
			records[k] = string(value)
		default:
			_, lines, _ := bytes.Cut(value, []byte("\n"))
			for line := range bytes.SplitSeq(lines, []byte("\n")) {
				if likeRecord(line) {
					return bad("a record inside another")
				}
			}
		}
	}
	return records, nil
}

// maxDigits is how many digits the length of a record can have.
const maxDigits = 6

// likeRecord reports whether node-tar might take a line for a record whose key
// decides something. It is wider than that.
func likeRecord(line []byte) bool {
	key, _, ok := bytes.Cut(line, []byte("="))
	return ok && bytes.ContainsAny(key, "0123456789") &&
		(bytes.HasSuffix(key, []byte("path")) || bytes.HasSuffix(key, []byte("size")))
}
