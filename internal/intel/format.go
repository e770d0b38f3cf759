package intel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Extension is what the names of data files end with.
const Extension = ".intel"

// What Open's errors wrap.
var (
	// ErrFormat says that the bytes are no data file, or a damaged one.
	ErrFormat = errors.New("no valid known-malware data")
	// ErrNewer says that the file's form is of a later version of this program.
	ErrNewer = errors.New("known-malware data of a newer version of audit")
)

// The header: magic (8 bytes), version (4), number of sections (4), size of the
// file (8), build time in seconds since 1970 or 0 (8), and the SHA-256 of
// everything but itself (32). Then the table of sections, one entry each: kind
// (4), zero (4), offset (8), length (8).
const (
	magic         = "AMALFIKM"
	formatVersion = 1
	digestOffset  = 32
	headerSize    = 64
	sectionSize   = 24
	maxSections   = 64
)

// The kinds of sections. One that is not known is skipped, so that a file may
// hold more than this program reads.
const (
	sectionStrings   = 1
	sectionTemplates = 2
	sectionRecords   = 3
	sectionNames     = 4 // where each record begins
	sectionIDs       = 5 // the numbers of the records, ordered by ID
	sectionHashes    = 256
)

// hashRefs is what follows each digest: the numbers of five strings.
const hashRefs = 5 * 4

// The flags of a record: which times it has besides that of its modification.
const (
	hasPublished = 1 << iota
	hasWithdrawn
	allFlags = hasPublished | hasWithdrawn
)

// The control characters that stand in a template for what is the record's own:
// its ID, first alias, name and first version, in the order of own.
const (
	forID      = '\x01'
	forVersion = '\x04'
)

// own returns the texts that templates leave out, in the order of what stands
// for them.
func own(r *Record) [4]string {
	o := [4]string{r.ID, "", r.Name, ""}
	if len(r.Aliases) > 0 {
		o[1] = r.Aliases[0]
	}
	if len(r.Versions) > 0 {
		o[3] = r.Versions[0]
	}
	return o
}

// template takes out of a text what expand puts back.
func template(s string, own [4]string) string {
	for i, text := range own {
		if text != "" {
			s = strings.ReplaceAll(s, text, string(rune(forID+i)))
		}
	}
	return s
}

// expand puts the record's own texts into a template. No text that Encode took
// is longer than maxText, so what goes beyond is not read.
func expand(template string, own [4]string) string {
	if strings.IndexFunc(template, isMacro) < 0 {
		return template
	}
	var b strings.Builder
	for i := range len(template) {
		if b.Len() > maxText {
			break
		}
		if c := template[i]; isMacro(rune(c)) {
			b.WriteString(own[c-forID])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isMacro(r rune) bool { return forID <= r && r <= forVersion }

// appendTime writes seconds since 1970 and nanoseconds.
func appendTime(b []byte, t time.Time) []byte {
	b = binary.AppendVarint(b, t.Unix())
	return binary.AppendUvarint(b, uint64(t.Nanosecond()))
}

// cursor reads a record's body. Once something is wrong it stays bad.
type cursor struct {
	b   []byte
	at  int
	bad bool
}

func (c *cursor) uvarint() uint64 {
	if c.at < len(c.b) && c.b[c.at] < 0x80 { // nearly all of them
		c.at++
		return uint64(c.b[c.at-1])
	}
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.at += n
	return v
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.b[c.at:])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.at += n
	return v
}

func (c *cursor) fail() { c.bad, c.at = true, len(c.b) }

// count reads the length of a list whose items have at least one byte each.
func (c *cursor) count(limit int) int {
	n := c.uvarint()
	if n > uint64(min(limit, len(c.b)-c.at)) {
		c.fail()
		return 0
	}
	return int(n)
}

// ref reads the number of one of n strings.
func (c *cursor) ref(n int) uint32 {
	v := c.uvarint()
	if v >= uint64(n) || v > math.MaxUint32 {
		c.bad = true
		return 0
	}
	return uint32(v)
}

func (c *cursor) text(limit int) []byte {
	n := c.count(limit)
	c.at += n
	return c.b[c.at-n : c.at]
}

func (c *cursor) time() time.Time {
	s, ns := c.varint(), c.uvarint()
	if !validSecond(s) || ns >= 1e9 {
		c.bad = true
		return time.Time{}
	}
	return time.Unix(s, int64(ns)).UTC()
}

// table is a section of strings: their number, where each begins and the last
// ends, and their bytes.
type table struct {
	len     int
	offsets []byte
	bytes   []byte
}

func (t table) get(i uint32) []byte {
	at := t.offsets[4*int(i):]
	return t.bytes[binary.LittleEndian.Uint32(at):binary.LittleEndian.Uint32(at[4:])]
}

// openTable reads a section of strings of which each is acceptable.
func openTable(what string, data []byte, acceptable func([]byte) bool) (table, error) {
	if len(data) < 4 {
		return table{}, fmt.Errorf("%w: the table of %s has no length", ErrFormat, what)
	}
	n := uint64(binary.LittleEndian.Uint32(data))
	if n+1 > uint64(len(data)-4)/4 {
		return table{}, fmt.Errorf("%w: a table of %d %s in %d bytes", ErrFormat, n, what, len(data))
	}
	t := table{int(n), data[4 : 4+4*(n+1)], data[4+4*(n+1):]}
	last := uint32(0)
	for i := range int(n) + 1 {
		at := binary.LittleEndian.Uint32(t.offsets[4*i:])
		if at < last || uint64(at) > uint64(len(t.bytes)) || i == 0 && at != 0 {
			return table{}, fmt.Errorf("%w: entry %d of the table of %s begins at %d", ErrFormat, i, what, at)
		}
		if i > 0 && !acceptable(t.bytes[last:at]) {
			return table{}, fmt.Errorf("%w: entry %d of the table of %s is not text", ErrFormat, i-1, what)
		}
		last = at
	}
	if int(last) != len(t.bytes) {
		return table{}, fmt.Errorf("%w: bytes behind the table of %s", ErrFormat, what)
	}
	return t, nil
}

// plainTemplate reports whether a template has no other control characters than
// the four.
func plainTemplate(s []byte) bool {
	if len(s) > maxText {
		return false
	}
	start := 0
	for i, c := range s {
		if !isMacro(rune(c)) {
			continue
		}
		if !plain(s[start:i]) {
			return false
		}
		start = i + 1
	}
	return plain(s[start:])
}
