package intel

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Encode writes the data file that Open reads, of what Merge makes of d. built
// is when the data was put together, zero where only the records' own times are
// to count; seconds are kept. The same data and time give the same bytes.
//
// The file has a header, a table of sections and the sections one behind the
// other; all numbers are little-endian. The header has a SHA-256 of everything
// else. Strings that many records share are in two tables, and records have
// their numbers: versions, sources and types as they are; summaries and links
// as templates, in which control characters stand for the record's own ID,
// alias, name and version, so that one template serves thousands of records. A
// record's body is its name and ID, then numbers of variable length. Bodies are
// sorted by name, so that a table of where they begin is the index of names; a
// second table has their numbers in the order of IDs. Each kind of hash has a
// section of its own: the length of its digests, then the digests in their
// order, each with the numbers of its family, source, name, version and path.
func Encode(d Data, built time.Time) ([]byte, error) {
	d, err := Merge(d)
	if err != nil {
		return nil, err
	}
	texts, templates := make(interner), make(interner)
	for i := range d.Records {
		appendRecord(nil, &d.Records[i], texts.use, templates.use)
	}
	for _, h := range d.Hashes {
		appendHash(nil, h, texts.use)
	}
	sections := []section{
		{sectionStrings, texts.section()},
		{sectionTemplates, templates.section()},
	}
	sections = append(sections, recordSections(d.Records, texts, templates)...)
	sections = append(sections, hashSections(d.Hashes, texts)...)
	return assemble(sections, built)
}

type section struct {
	kind uint32
	data []byte
}

func assemble(sections []section, built time.Time) ([]byte, error) {
	start := headerSize + sectionSize*len(sections)
	size := start
	for _, s := range sections {
		if len(s.data) > math.MaxUint32 {
			return nil, fmt.Errorf("known-malware data: section %d has %d bytes, more than its offsets can name", s.kind, len(s.data))
		}
		size += len(s.data)
	}
	out := make([]byte, 0, size)
	out = append(out, magic...)
	out = binary.LittleEndian.AppendUint32(out, formatVersion)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(sections)))
	out = binary.LittleEndian.AppendUint64(out, uint64(size))
	out = binary.LittleEndian.AppendUint64(out, uint64(builtSecond(built)))
	out = append(out, make([]byte, sha256.Size)...)
	for _, s := range sections {
		out = binary.LittleEndian.AppendUint32(out, s.kind)
		out = binary.LittleEndian.AppendUint32(out, 0)
		out = binary.LittleEndian.AppendUint64(out, uint64(start))
		out = binary.LittleEndian.AppendUint64(out, uint64(len(s.data)))
		start += len(s.data)
	}
	for _, s := range sections {
		out = append(out, s.data...)
	}
	sum := digest(out)
	copy(out[digestOffset:], sum[:])
	return out, nil
}

func builtSecond(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// digest is the SHA-256 of a file without the place where it stands.
func digest(file []byte) [sha256.Size]byte {
	h := sha256.New()
	h.Write(file[:digestOffset])
	h.Write(file[headerSize:])
	return [sha256.Size]byte(h.Sum(nil))
}

func recordSections(records []Record, texts, templates interner) []section {
	var bodies []byte
	starts := make([]byte, 0, 4*len(records))
	for i := range records {
		starts = binary.LittleEndian.AppendUint32(starts, uint32(len(bodies)))
		bodies = appendRecord(bodies, &records[i], texts.number, templates.number)
	}
	order := make([]uint32, len(records))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(strings.Compare(records[a].ID, records[b].ID), cmp.Compare(a, b))
	})
	ids := make([]byte, 0, 4*len(records))
	for _, i := range order {
		ids = binary.LittleEndian.AppendUint32(ids, i)
	}
	return []section{{sectionRecords, bodies}, {sectionNames, starts}, {sectionIDs, ids}}
}

// appendRecord writes a record's body; text and templ number its strings.
func appendRecord(b []byte, r *Record, text, templ func(string) uint32) []byte {
	own := own(r)
	b = appendText(b, r.Name)
	b = appendText(b, r.ID)
	b = appendTimes(b, r)
	b = appendNumber(b, text(r.Source))
	b = appendNumber(b, text(r.Family))
	b = appendNumber(b, templ(template(r.Summary, own)))
	b = binary.AppendUvarint(b, uint64(len(r.Aliases)))
	for _, a := range r.Aliases {
		b = appendText(b, a)
	}
	b = binary.AppendUvarint(b, uint64(len(r.References)))
	for _, ref := range r.References {
		b = appendNumber(b, text(ref.Type))
		b = appendNumber(b, templ(template(ref.URL, own)))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Versions)))
	for _, v := range r.Versions {
		b = appendNumber(b, text(v))
	}
	b = binary.AppendUvarint(b, uint64(len(r.Ranges)))
	for _, x := range r.Ranges {
		b = binary.AppendUvarint(b, uint64(len(x)))
		for _, e := range x {
			b = append(b, byte(e.Kind))
			b = appendNumber(b, text(e.Version))
		}
	}
	return b
}

func appendTimes(b []byte, r *Record) []byte {
	at := len(b)
	b = appendTime(append(b, 0), r.Modified)
	if !r.Published.IsZero() {
		b[at] |= hasPublished
		b = appendTime(b, r.Published)
	}
	if !r.Withdrawn.IsZero() {
		b[at] |= hasWithdrawn
		b = appendTime(b, r.Withdrawn)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func appendNumber(b []byte, n uint32) []byte { return binary.AppendUvarint(b, uint64(n)) }

// hashSections groups hashes, which are sorted, by kind.
func hashSections(hashes []Hash, texts interner) []section {
	var sections []section
	for _, h := range hashes {
		if n := len(sections); n == 0 || sections[n-1].kind != sectionHashes+uint32(h.Kind) {
			size := binary.LittleEndian.AppendUint32(nil, uint32(h.Kind.size()))
			sections = append(sections, section{sectionHashes + uint32(h.Kind), size})
		}
		last := &sections[len(sections)-1]
		last.data = appendHash(last.data, h, texts.number)
	}
	return sections
}

func appendHash(b []byte, h Hash, text func(string) uint32) []byte {
	b, _ = hex.AppendDecode(b, []byte(h.Sum)) // Merge has checked the digits
	for _, s := range [...]string{h.Family, h.Source, h.Name, h.Version, h.Path} {
		b = binary.LittleEndian.AppendUint32(b, text(s))
	}
	return b
}

// interner numbers strings. First their uses are counted, so that the ones used
// most have the shortest numbers.
type interner map[string]uint32

func (in interner) use(s string) uint32 {
	in[s]++
	return 0
}

func (in interner) number(s string) uint32 { return in[s] }

// section writes the table of the strings and turns counts into numbers.
func (in interner) section() []byte {
	list := make([]string, 0, len(in))
	size := 0
	for s := range in {
		list = append(list, s)
		size += len(s)
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(in[b], in[a]), strings.Compare(a, b))
	})
	out := make([]byte, 0, 4*(len(list)+2)+size)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(list)))
	at := 0
	for i, s := range list {
		out = binary.LittleEndian.AppendUint32(out, uint32(at))
		at += len(s)
		in[s] = uint32(i)
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(at))
	for _, s := range list {
		out = append(out, s...)
	}
	return out
}
