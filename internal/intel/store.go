package intel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sort"
	"time"
)

// Store answers from a data file. It decodes what is asked for alone and may be
// used by several goroutines.
type Store struct {
	digest    [sha256.Size]byte
	built     time.Time
	newest    time.Time
	strings   table
	templates table
	records   []byte
	starts    []byte
	ids       []byte
	hashes    map[Kind]hashTable
}

// hashTable is a section of hashes: digests of size bytes, sorted, with the
// numbers of four strings each.
type hashTable struct {
	size    int
	entries []byte
}

func (t hashTable) len() int           { return len(t.entries) / (t.size + hashRefs) }
func (t hashTable) entry(i int) []byte { return t.entries[i*(t.size+hashRefs):][:t.size+hashRefs] }

// Open reads a data file that Encode wrote. The store keeps data, which must not
// change. Everything is checked, so that nothing that is asked later can fail.
// Errors wrap ErrFormat or ErrNewer.
func Open(data []byte) (*Store, error) {
	s := &Store{hashes: make(map[Kind]hashTable)}
	sections, err := s.header(data)
	if err != nil {
		return nil, err
	}
	if s.strings, err = openTable("strings", sections[sectionStrings], plain[[]byte]); err != nil {
		return nil, err
	}
	if s.templates, err = openTable("templates", sections[sectionTemplates], plainTemplate); err != nil {
		return nil, err
	}
	s.records, s.starts, s.ids = sections[sectionRecords], sections[sectionNames], sections[sectionIDs]
	if err := s.checkRecords(); err != nil {
		return nil, err
	}
	for _, kind := range Kinds() {
		if section, ok := sections[sectionHashes+uint32(kind)]; ok {
			if err := s.openHashes(kind, section); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// header reads what is in front of the sections, checks the digest, and returns
// the sections.
func (s *Store) header(data []byte) (map[uint32][]byte, error) {
	if len(data) < headerSize || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin like such a file", ErrFormat)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v > formatVersion {
		return nil, fmt.Errorf("%w: form %d, this program reads %d; update audit, or import the data anew", ErrNewer, v, formatVersion)
	} else if v != formatVersion {
		return nil, fmt.Errorf("%w: form %d", ErrFormat, v)
	}
	if size := binary.LittleEndian.Uint64(data[16:]); size != uint64(len(data)) {
		return nil, fmt.Errorf("%w: %d bytes of %d; was it cut off?", ErrFormat, len(data), size)
	}
	s.digest = digest(data)
	if !bytes.Equal(s.digest[:], data[digestOffset:headerSize]) {
		return nil, fmt.Errorf("%w: its digest does not fit, so it was damaged or changed", ErrFormat)
	}
	if built := int64(binary.LittleEndian.Uint64(data[24:])); built != 0 {
		if !validSecond(built) {
			return nil, fmt.Errorf("%w: its build time %d is out of range", ErrFormat, built)
		}
		s.built = time.Unix(built, 0).UTC()
	}
	return sectionTable(data, binary.LittleEndian.Uint32(data[12:]))
}

// sectionTable returns the sections, which must fill the file in the order of
// their kinds.
func sectionTable(data []byte, n uint32) (map[uint32][]byte, error) {
	if n > maxSections || headerSize+sectionSize*int(n) > len(data) {
		return nil, fmt.Errorf("%w: %d sections", ErrFormat, n)
	}
	sections := make(map[uint32][]byte, n)
	end := uint64(headerSize + sectionSize*int(n))
	last := uint32(0)
	for i := range int(n) {
		entry := data[headerSize+sectionSize*i:]
		kind := binary.LittleEndian.Uint32(entry)
		offset, length := binary.LittleEndian.Uint64(entry[8:]), binary.LittleEndian.Uint64(entry[16:])
		switch {
		case kind <= last:
			return nil, fmt.Errorf("%w: section %d behind section %d", ErrFormat, kind, last)
		case offset != end || length > uint64(len(data))-end:
			return nil, fmt.Errorf("%w: section %d is at %d with %d bytes, between %d and %d", ErrFormat, kind, offset, length, end, len(data))
		}
		end += length
		sections[kind] = data[offset:end:end]
		last = kind
	}
	if end != uint64(len(data)) {
		return nil, fmt.Errorf("%w: %d bytes behind the sections", ErrFormat, uint64(len(data))-end)
	}
	return sections, nil
}

// checkRecords decodes every record and looks at both indexes.
func (s *Store) checkRecords() error {
	n := s.Len()
	if len(s.starts) != 4*n || len(s.ids) != len(s.starts) {
		return fmt.Errorf("%w: indexes of %d and %d bytes", ErrFormat, len(s.starts), len(s.ids))
	}
	if n == 0 && len(s.records) > 0 {
		return fmt.Errorf("%w: records without an index", ErrFormat)
	}
	var this, last body
	for i := range n {
		from, to := s.start(i), s.start(i+1)
		if from > to || to > len(s.records) || i == 0 && from != 0 {
			return fmt.Errorf("%w: record %d begins at %d", ErrFormat, i, from)
		}
		if !this.decode(s.records[from:to], s) {
			return fmt.Errorf("%w: record %d is not readable", ErrFormat, i)
		}
		if i > 0 && !s.inOrder(&last, &this) {
			return fmt.Errorf("%w: record %d is not in its order", ErrFormat, i)
		}
		if id := binary.LittleEndian.Uint32(s.ids[4*i:]); uint64(id) >= uint64(n) {
			return fmt.Errorf("%w: entry %d of the index of IDs is %d", ErrFormat, i, id)
		}
		if this.modified.After(s.newest) {
			s.newest = this.modified
		}
		this, last = last, this
	}
	return nil
}

// inOrder reports whether one body comes before another.
func (s *Store) inOrder(a, b *body) bool {
	if c := bytes.Compare(a.name, b.name); c != 0 {
		return c < 0
	}
	if c := bytes.Compare(a.id, b.id); c != 0 {
		return c < 0
	}
	return bytes.Compare(s.strings.get(a.source), s.strings.get(b.source)) < 0
}

func (s *Store) openHashes(kind Kind, section []byte) error {
	if len(section) < 4 || binary.LittleEndian.Uint32(section) != uint32(kind.size()) {
		return fmt.Errorf("%w: the digests of %s do not have their length", ErrFormat, kind)
	}
	t := hashTable{kind.size(), section[4:]}
	if len(t.entries)%(t.size+hashRefs) != 0 {
		return fmt.Errorf("%w: %s in %d bytes", ErrFormat, kind, len(t.entries))
	}
	for i := range t.len() {
		e := t.entry(i)
		if i > 0 && bytes.Compare(t.entry(i - 1)[:t.size], e[:t.size]) > 0 {
			return fmt.Errorf("%w: entry %d of %s is not in its order", ErrFormat, i, kind)
		}
		for at := t.size; at < len(e); at += 4 {
			if binary.LittleEndian.Uint32(e[at:]) >= uint32(s.strings.len) {
				return fmt.Errorf("%w: entry %d of %s names no string", ErrFormat, i, kind)
			}
		}
	}
	s.hashes[kind] = t
	return nil
}

// Len returns the number of records.
func (s *Store) Len() int { return len(s.starts) / 4 }

// HashLen returns the number of hashes, of all kinds.
func (s *Store) HashLen() int {
	n := 0
	for _, kind := range Kinds() {
		if t := s.hashes[kind]; t.size != 0 {
			n += t.len()
		}
	}
	return n
}

// start is where a record begins, for Len where the last one ends.
func (s *Store) start(i int) int {
	if i == s.Len() {
		return len(s.records)
	}
	return int(binary.LittleEndian.Uint32(s.starts[4*i:]))
}

// name reads no more of a record than its name, id its ID.
func (s *Store) name(i int) []byte {
	c := cursor{b: s.records[s.start(i):]}
	return c.text(maxName)
}

func (s *Store) id(i int) []byte {
	c := cursor{b: s.records[s.start(i):]}
	c.text(maxName)
	return c.text(maxWord)
}

// Digest identifies the data: equal data has equal digests (hexadecimal).
func (s *Store) Digest() string { return hex.EncodeToString(s.digest[:]) }

// Made is when the data was put together or, where that is not said, when the
// record that was modified last was. It is zero without either.
func (s *Store) Made() time.Time {
	if !s.built.IsZero() {
		return s.built
	}
	return s.newest
}

// Stale reports whether the data is older than limit, or of unknown age.
func (s *Store) Stale(now time.Time, limit time.Duration) bool {
	return s.Made().IsZero() || now.Sub(s.Made()) > limit
}

// Lookup returns the records that say that this version of the package is
// malicious, ordered by ID and source.
func (s *Store) Lookup(name, version string) []Record {
	var out []Record
	for _, r := range s.ByName(name) {
		if r.Affects(version) {
			out = append(out, r)
		}
	}
	return out
}

// ByName returns every record of a package, those that were withdrawn as well.
func (s *Store) ByName(name string) []Record {
	first := sort.Search(s.Len(), func(i int) bool { return string(s.name(i)) >= name })
	var out []Record
	for i := first; i < s.Len() && string(s.name(i)) == name; i++ {
		out = append(out, s.record(i))
	}
	return out
}

// ByID returns the records of an entry, one for each package and source.
func (s *Store) ByID(id string) []Record {
	number := func(i int) int { return int(binary.LittleEndian.Uint32(s.ids[4*i:])) }
	first := sort.Search(s.Len(), func(i int) bool { return string(s.id(number(i))) >= id })
	var out []Record
	for i := first; i < s.Len() && string(s.id(number(i))) == id; i++ {
		out = append(out, s.record(number(i)))
	}
	return out
}

// Hashes returns what is known of a digest (hexadecimal, lower case).
func (s *Store) Hashes(kind Kind, sum string) []Hash {
	t := s.hashes[kind]
	want, err := hex.DecodeString(sum)
	if err != nil || t.size == 0 || len(want) != t.size {
		return nil
	}
	first := sort.Search(t.len(), func(i int) bool { return bytes.Compare(t.entry(i)[:t.size], want) >= 0 })
	var out []Hash
	for i := first; i < t.len() && bytes.Equal(t.entry(i)[:t.size], want); i++ {
		out = append(out, s.hash(kind, t.entry(i)))
	}
	return out
}

func (s *Store) hash(kind Kind, entry []byte) Hash {
	size := kind.size()
	text := func(i int) string {
		return string(s.strings.get(binary.LittleEndian.Uint32(entry[size+4*i:])))
	}
	return Hash{kind, hex.EncodeToString(entry[:size]), text(0), text(2), text(3), text(1), text(4)}
}

// Data decodes everything, to be merged with more. It takes about 500 bytes for
// a record.
func (s *Store) Data() Data {
	var d Data
	for i := range s.Len() {
		d.Records = append(d.Records, s.record(i))
	}
	for _, kind := range Kinds() {
		t := s.hashes[kind]
		if t.size == 0 {
			continue
		}
		for i := range t.len() {
			d.Hashes = append(d.Hashes, s.hash(kind, t.entry(i)))
		}
	}
	return d
}

func (s *Store) record(i int) Record {
	var b body
	b.decode(s.records[s.start(i):s.start(i+1)], s) // Open has checked it
	return b.record(s)
}

// body is a record as it is in the file, with the numbers of its strings. Its
// slices are used again by the next decode.
type body struct {
	name, id       []byte
	modified       time.Time
	published      time.Time
	withdrawn      time.Time
	source, family uint32
	summary        uint32 // a template
	aliases        [][]byte
	references     [][2]uint32 // type, template
	versions       []uint32
	ranges         []int // how many of the events are of each range
	events         []bodyEvent
}

type bodyEvent struct {
	kind    EventKind
	version uint32
}

// decode reads a record and reports whether it is one.
func (b *body) decode(data []byte, s *Store) bool {
	c := &cursor{b: data}
	b.name, b.id = c.text(maxName), c.text(maxWord)
	if len(b.name) == 0 || len(b.id) == 0 || !plain(b.name) || !plain(b.id) {
		return false
	}
	b.decodeTimes(c)
	b.source, b.family = c.ref(s.strings.len), c.ref(s.strings.len)
	b.summary = c.ref(s.templates.len)
	b.aliases = b.aliases[:0]
	for range c.count(maxItems) {
		alias := c.text(maxWord)
		c.bad = c.bad || !plain(alias)
		b.aliases = append(b.aliases, alias)
	}
	b.references = b.references[:0]
	for range c.count(maxItems) {
		b.references = append(b.references, [2]uint32{c.ref(s.strings.len), c.ref(s.templates.len)})
	}
	b.versions = b.versions[:0]
	for range c.count(maxItems) {
		b.versions = append(b.versions, c.ref(s.strings.len))
	}
	b.decodeRanges(c, s.strings.len)
	return !c.bad && c.at == len(c.b)
}

func (b *body) decodeTimes(c *cursor) {
	flags := c.uvarint()
	c.bad = c.bad || flags&^allFlags != 0
	b.modified, b.published, b.withdrawn = c.time(), time.Time{}, time.Time{}
	if flags&hasPublished != 0 {
		b.published = c.time()
	}
	if flags&hasWithdrawn != 0 {
		b.withdrawn = c.time()
	}
}

func (b *body) decodeRanges(c *cursor, known int) {
	b.ranges, b.events = b.ranges[:0], b.events[:0]
	for range c.count(maxItems) {
		n := c.count(maxEvents)
		b.ranges = append(b.ranges, n)
		for range n {
			kind := c.uvarint()
			c.bad = c.bad || kind < uint64(Introduced) || kind > uint64(Limit)
			b.events = append(b.events, bodyEvent{EventKind(kind), c.ref(known)})
		}
	}
}

// record looks the strings up.
func (b *body) record(s *Store) Record {
	text := func(n uint32) string { return string(s.strings.get(n)) }
	r := Record{
		ID: string(b.id), Name: string(b.name), Source: text(b.source), Family: text(b.family),
		Modified: b.modified, Published: b.published, Withdrawn: b.withdrawn,
	}
	for _, a := range b.aliases {
		r.Aliases = append(r.Aliases, string(a))
	}
	for _, v := range b.versions {
		r.Versions = append(r.Versions, text(v))
	}
	events := b.events
	for _, n := range b.ranges {
		x := make(Range, n)
		for i, e := range events[:n] {
			x[i] = Event{e.kind, text(e.version)}
		}
		r.Ranges = append(r.Ranges, x)
		events = events[n:]
	}
	own := own(&r)
	templ := func(n uint32) string { return expand(string(s.templates.get(n)), own) }
	r.Summary = templ(b.summary)
	for _, ref := range b.references {
		r.References = append(r.References, Reference{text(ref[0]), templ(ref[1])})
	}
	return r
}
