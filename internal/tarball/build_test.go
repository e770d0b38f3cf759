package tarball

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"
)

// entry is one entry of a tarball under construction.
type entry struct {
	name string
	body string
	kind kind         // '0' when zero
	link string       // the link name of the header
	edit func(*block) // changes the header before its checksum is computed
	last func(*block) // changes it afterwards
}

// bytes returns the entry's blocks.
func (e entry) bytes() []byte {
	var b block
	copy(b.name(), e.name)
	copy(b.mode(), "0000644\x00")
	copy(b.uid(), "0000000\x00")
	copy(b.gid(), "0000000\x00")
	copy(b.size(), fmt.Sprintf("%011o\x00", len(e.body)))
	copy(b.mtime(), "00000000000\x00")
	b[156] = byte(kindFile)
	if e.kind != 0 {
		b[156] = byte(e.kind)
	}
	copy(b.link(), e.link)
	copy(b.magic(), "ustar\x0000")
	if e.edit != nil {
		e.edit(&b)
	}
	copy(b.checksum(), fmt.Sprintf("%06o\x00 ", b.sum()))
	if e.last != nil {
		e.last(&b)
	}
	out := append(b[:], e.body...)
	return append(out, make([]byte, padding(int64(len(e.body))))...)
}

// file is a regular file.
func file(name, body string) entry { return entry{name: name, body: body} }

// pax is an extended header of key=value records.
func pax(k kind, records ...string) entry {
	var body string
	for _, r := range records {
		length := len(r) + 2
		for length != len(r)+2+len(fmt.Sprint(length)) {
			length = len(r) + 2 + len(fmt.Sprint(length))
		}
		body += fmt.Sprintf("%d %s\n", length, r)
	}
	return entry{name: "PaxHeader/x", body: body, kind: k}
}

// stop is the end-of-archive mark.
const stop = "\x00"

// tarOf concatenates entries, and strings as they are; stop stands for two
// zero blocks.
func tarOf(parts ...any) []byte {
	var out []byte
	for _, p := range parts {
		switch p := p.(type) {
		case entry:
			out = append(out, p.bytes()...)
		case string:
			if p == stop {
				p = string(make([]byte, 2*blockSize))
			}
			out = append(out, p...)
		}
	}
	return out
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// manifestEntry is a root package.json.
func manifestEntry() entry { return file("package/package.json", "{}") }

// smuggled is a content that is itself a file's header and body.
func smuggled() string { return string(file("package/evil.js", "evil").bytes()) }
