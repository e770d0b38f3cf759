package intel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStore(t *testing.T) {
	d := someData(t, rand.New(rand.NewPCG(1, 1)), 50)
	merged, err := Merge(d)
	if err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, d)
	if s.Len() != len(merged.Records) {
		t.Errorf("%d records of %d", s.Len(), len(merged.Records))
	}
	for _, r := range merged.Records {
		if !slices.ContainsFunc(s.ByName(r.Name), func(x Record) bool { return cmp.Equal(x, r) }) {
			t.Errorf("%s is not found by its name", r.ID)
		}
		if !slices.ContainsFunc(s.ByID(r.ID), func(x Record) bool { return cmp.Equal(x, r) }) {
			t.Errorf("%s is not found by its ID", r.ID)
		}
	}
	if got := len(s.ByID("TEAM-1")); got != 2 {
		t.Errorf("%d records of TEAM-1", got)
	}
	for _, h := range merged.Hashes {
		if !slices.Contains(s.Hashes(h.Kind, h.Sum), h) {
			t.Errorf("%v is not found", h)
		}
	}
	if got := len(s.Hashes(PackageMD5, md5Of("\x00"))); got != 5 {
		t.Errorf("%d packages with one hash", got)
	}
	for _, absent := range []string{"", "\x00", "zzz", "amber", "ümläut"} {
		if len(s.ByName(absent))+len(s.ByID(absent))+len(s.Lookup(absent, "1.0.0")) > 0 {
			t.Errorf("%q is found", absent)
		}
	}
	for _, sum := range []string{"", "0", "zz", md5Of("absent"), strings.Repeat("0", 32), strings.Repeat("f", 32), sha256Of("\x00")} {
		if got := s.Hashes(PackageMD5, sum); len(got) > 0 {
			t.Errorf("%q is found: %v", sum, got)
		}
	}
	if len(s.Hashes(Kind(9), "00")) > 0 {
		t.Error("a kind that is not known is found")
	}
}

func TestEmptyStore(t *testing.T) {
	s := mustOpen(t, Data{})
	if s.Len() != 0 || len(s.Lookup("a", "1.0.0"))+len(s.ByID("a"))+len(s.Hashes(PackageMD5, md5Of("a"))) > 0 {
		t.Error("nothing is something")
	}
	if !s.Made().IsZero() || !s.Stale(day(1), 1000*time.Hour) {
		t.Error("data of no age is young")
	}
}

func TestAge(t *testing.T) {
	d := Data{Records: []Record{record("MAL-1", "a", "1", day(3)), record("MAL-2", "a", "2", day(5)), record("MAL-3", "a", "3", day(1))}}
	for _, test := range []struct{ built, want time.Time }{{time.Time{}, day(5)}, {day(2), day(2)}, {day(9).Add(time.Nanosecond), day(9)}} {
		s, err := Open(mustEncode(t, d, test.built))
		if err != nil {
			t.Fatal(err)
		}
		if !s.Made().Equal(test.want) {
			t.Errorf("made %v, not %v", s.Made(), test.want)
		}
		const max = 48 * time.Hour
		if s.Stale(test.want.Add(max), max) || !s.Stale(test.want.Add(max+1), max) || s.Stale(test.want.Add(-max), max) {
			t.Errorf("built %v: age is counted wrongly", test.built)
		}
	}
}

func TestStores(t *testing.T) {
	gone := record("MAL-1", "osv", "one", day(9))
	gone.Withdrawn = day(9)
	fixed := record("MAL-2", "osv", "two", day(9))
	fixed.Ranges = []Range{{{Introduced, "0"}, {Fixed, "2.0.0"}}}
	old := mustOpen(t, Data{
		Records: []Record{record("MAL-1", "osv", "one", day(1)), record("MAL-2", "osv", "two", day(1)), record("MAL-3", "osv", "three", day(1)), record("MAL-5", "osv", "one", day(1))},
		Hashes:  []Hash{{PackageMD5, md5Of("a"), "", "b", "", "osv", ""}, {PackageMD5, md5Of("a"), "", "c", "", "osv", ""}},
	})
	young := mustOpen(t, Data{
		Records: []Record{gone, fixed, record("MAL-3", "team", "three", day(1)), record("MAL-4", "team", "three", day(2))},
		Hashes:  []Hash{{PackageMD5, md5Of("a"), "", "a", "", "team", ""}, {PackageMD5, md5Of("a"), "", "c", "", "osv", ""}},
	})
	for _, stores := range []Stores{{old, young}, {young, old}} {
		for _, test := range []struct{ name, version, want string }{
			{"one", "1.0.0", "MAL-5"},
			{"two", "1.0.0", "MAL-2"},
			{"two", "2.0.0", ""},
			{"three", "1.0.0", "MAL-3 MAL-4"},
			{"four", "1.0.0", ""},
		} {
			if got := ids(stores.Lookup(test.name, test.version)); got != test.want {
				t.Errorf("%s %s: %q, not %q", test.name, test.version, got, test.want)
			}
		}
		if got := stores.Lookup("three", "1.0.0")[0].Source; got != "osv" {
			t.Errorf("of two equal records that of %s", got)
		}
		var names []string
		for _, h := range stores.Hashes(PackageMD5, md5Of("a")) {
			names = append(names, h.Name)
		}
		if got := strings.Join(names, ""); got != "abc" {
			t.Errorf("hashes of %q", got)
		}
		if !stores.Made().Equal(day(9)) || stores.Stale(day(10), 24*time.Hour) || !stores.Stale(day(11), 24*time.Hour) {
			t.Error("age is not that of the youngest")
		}
	}
	if none := Stores(nil); !none.Made().IsZero() || !none.Stale(day(1), time.Hour) || none.Lookup("a", "1.0.0") != nil {
		t.Error("no stores are young")
	}
}

// smallFile is a data file with every section.
func smallFile(t testing.TB) []byte {
	t.Helper()
	r := record("MAL-1", "osv", "one", day(1))
	r.Aliases, r.Summary, r.Versions = []string{"GHSA-1"}, "Malicious code in one", []string{"1.0.0"}
	r.References = []Reference{{"ADVISORY", "https://advisories.invalid/GHSA-1"}}
	r.Published, r.Withdrawn = day(1), day(2)
	return mustEncode(t, Data{
		Records: []Record{r, record("MAL-2", "osv", "two", day(2)), record("MAL-3", "osv", "zwei", day(2))},
		Hashes:  []Hash{{PackageMD5, md5Of("a"), "worm", "one", "1.0.0", "table", ""}, {PackageMD5, md5Of("b"), "", "", "", "table", ""}, {FileSHA256, sha256Of("a"), "", "", "", "list", ""}, {ScriptTLSH, scriptOf("a"), "worm", "", "", "list", ""}},
	}, day(3))
}

// TestOpenDamaged flips every bit and cuts at every byte.
func TestOpenDamaged(t *testing.T) {
	data := smallFile(t)
	if _, err := Open(data); err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			if _, err := Open(bad); !errors.Is(err, ErrFormat) && !errors.Is(err, ErrNewer) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
		if _, err := Open(data[:i]); !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: %v", i, err)
		}
	}
	if _, err := Open(append(bytes.Clone(data), 0)); !errors.Is(err, ErrFormat) {
		t.Errorf("a byte more: %v", err)
	}
}

// reseal makes size and digest fit again, so that what was changed is reached.
func reseal(data []byte) []byte {
	binary.LittleEndian.PutUint64(data[16:], uint64(len(data)))
	sum := digest(data)
	copy(data[digestOffset:], sum[:])
	return data
}

// change is a part of a file to be overwritten.
type change func(data []byte) []byte

// inSection returns the section and where its entry in the table is.
func inSection(data []byte, kind uint32) (section, entry []byte) {
	for i := range int(binary.LittleEndian.Uint32(data[12:])) {
		entry := data[headerSize+sectionSize*i:][:sectionSize]
		if binary.LittleEndian.Uint32(entry) == kind {
			offset := binary.LittleEndian.Uint64(entry[8:])
			return data[offset:][:binary.LittleEndian.Uint64(entry[16:])], entry
		}
	}
	panic("no such section")
}

// TestOpenHostile has files whose digest fits what is wrong in them.
func TestOpenHostile(t *testing.T) {
	put32 := func(kind uint32, at int, v uint32) change {
		return func(data []byte) []byte {
			section, _ := inSection(data, kind)
			binary.LittleEndian.PutUint32(section[at:], v)
			return data
		}
	}
	putByte := func(kind uint32, find string, at int, v byte) change {
		return func(data []byte) []byte {
			section, _ := inSection(data, kind)
			section[bytes.Index(section, []byte(find))+at] = v
			return data
		}
	}
	table := func(kind uint32, at int, v uint64) change {
		return func(data []byte) []byte {
			_, entry := inSection(data, kind)
			binary.LittleEndian.PutUint64(entry[at:], v)
			return data
		}
	}
	// put writes a number that is worked out from what was there.
	put := func(kind uint32, at func(section []byte) int, v func(was uint32, section []byte) uint32) change {
		return func(data []byte) []byte {
			section, _ := inSection(data, kind)
			place := section[at(section):]
			binary.LittleEndian.PutUint32(place, v(binary.LittleEndian.Uint32(place), section))
			return data
		}
	}
	at := func(n int) func([]byte) int { return func([]byte) int { return n } }
	lastOffset := func(section []byte) int { return 4 + 4*int(binary.LittleEndian.Uint32(section)) }
	add := func(n int32) func(uint32, []byte) uint32 {
		return func(was uint32, _ []byte) uint32 { return uint32(int32(was) + n) }
	}
	toLast := func(_ uint32, section []byte) uint32 {
		return binary.LittleEndian.Uint32(section[lastOffset(section):])
	}
	header := func(at int, v uint32) change {
		return func(data []byte) []byte { binary.LittleEndian.PutUint32(data[at:], v); return data }
	}
	tests := []struct {
		name   string
		change change
		is     error
		want   string
	}{
		{"a newer form", header(8, 2), ErrNewer, "form 2, this program reads 1"},
		{"form 0", header(8, 0), ErrFormat, "form 0"},
		{"many sections", header(12, 1<<31), ErrFormat, "2147483648 sections"},
		{"65 sections", header(12, 65), ErrFormat, "65 sections"},
		{"no sections", header(12, 0), ErrFormat, "behind the sections"},
		{"a build time beyond all years", header(28, 1<<30), ErrFormat, "build time"},
		{"a section that overlaps the one before", table(sectionRecords, 8, headerSize), ErrFormat, "section 3 is at 64"},
		{"a section behind the end", table(sectionHashes+2, 16, 1<<40), ErrFormat, "section 258 is at"},
		{"a section that ends early", table(sectionHashes+3, 16, 4), ErrFormat, "behind the sections"},
		{"two sections of one kind", func(data []byte) []byte {
			_, entry := inSection(data, sectionTemplates)
			binary.LittleEndian.PutUint32(entry, sectionStrings)
			return data
		}, ErrFormat, "section 1 behind section 1"},
		{"a billion strings", put32(sectionStrings, 0, 1<<30), ErrFormat, "a table of 1073741824 strings"},
		{"more strings than 32 bits count", put32(sectionStrings, 0, 1<<32-1), ErrFormat, "a table of 4294967295 strings"},
		{"a string that ends behind the end", put32(sectionStrings, 8, 1<<31), ErrFormat, "entry 1 of the table of strings begins at 2147483648"},
		{"a string that ends before it begins", put(sectionStrings, at(8), toLast), ErrFormat, "entry 2 of the table of strings begins at"},
		{"strings that end early", put(sectionStrings, lastOffset, add(-1)), ErrFormat, "bytes behind the table of strings"},
		{"strings that do not begin at the first byte", put32(sectionStrings, 4, 1), ErrFormat, "begins at 1"},
		{"a string with an escape", putByte(sectionStrings, "worm", 0, 0x1b), ErrFormat, "of strings is not text"},
		{"a string with a template's characters", putByte(sectionStrings, "worm", 0, forID), ErrFormat, "of strings is not text"},
		{"a string that is no UTF-8", putByte(sectionStrings, "worm", 0, 0xff), ErrFormat, "of strings is not text"},
		{"a template with an escape", putByte(sectionTemplates, "Malicious", 0, 0x1b), ErrFormat, "of templates is not text"},
		{"a name with an escape", putByte(sectionRecords, "one", 0, 0x1b), ErrFormat, "record 0 is not readable"},
		{"an ID with an escape", putByte(sectionRecords, "MAL-1", 1, 0x1b), ErrFormat, "record 0 is not readable"},
		{"an alias with an escape", putByte(sectionRecords, "GHSA-1", 1, 0x1b), ErrFormat, "record 0 is not readable"},
		{"a long name", putByte(sectionRecords, "one", -1, 0x7f), ErrFormat, "record 0 is not readable"},
		{"no name", putByte(sectionRecords, "one", -1, 0), ErrFormat, "record 0 is not readable"},
		{"flags that are not known", putByte(sectionRecords, "MAL-1", 5, 0x7f), ErrFormat, "record 0 is not readable"},
		{"records out of order", putByte(sectionRecords, "two", 0, 'a'), ErrFormat, "record 1 is not in its order"},
		{"a record twice", func(data []byte) []byte {
			section, _ := inSection(data, sectionRecords)
			copy(section[bytes.Index(section, []byte("two")):], "one\x05MAL-1")
			return data
		}, ErrFormat, "record 1 is not in its order"},
		{"a record behind the end", put32(sectionNames, 4, 1<<20), ErrFormat, "record 0 begins at"},
		{"a record that ends before it begins", put32(sectionNames, 8, 0), ErrFormat, "record 1 begins at"},
		{"a record that ends late", put(sectionNames, at(4), add(1)), ErrFormat, "record 0 is not readable"},
		{"a record that ends early", put(sectionNames, at(4), add(-1)), ErrFormat, "record 0 is not readable"},
		{"a record that does not begin at the first byte", put32(sectionNames, 0, 1), ErrFormat, "record 0 begins at 1"},
		{"a number of no record", put32(sectionIDs, 4, 3), ErrFormat, "entry 1 of the index of IDs is 3"},
		{"digests of another length", put32(sectionHashes+1, 0, 20), ErrFormat, "do not have their length"},
		{"a hash that names no string", put32(sectionHashes+1, 4+16, 1<<20), ErrFormat, "names no string"},
		{"hashes out of order", put32(sectionHashes+1, 4, 1<<32-1), ErrFormat, "is not in its order"},
		{"records without an index", cutSection(sectionNames, 12), ErrFormat, "indexes of 0 and 12 bytes"},
		{"records without both indexes", func(data []byte) []byte { return cutSection(sectionIDs, 12)(cutSection(sectionNames, 12)(data)) }, ErrFormat, "records without an index"},
		{"half an index", cutSection(sectionNames, 2), ErrFormat, "indexes of 10 and 12 bytes"},
		{"half a hash", cutSection(sectionHashes+2, 1), ErrFormat, "file-sha256 in 51 bytes"},
		{"a similarity hash without its form", put32(sectionHashes+3, 0, 35), ErrFormat, "the digests of script-tlsh do not have their length"},
		{"half a similarity hash", cutSection(sectionHashes+3, 1), ErrFormat, "script-tlsh in 55 bytes"},
		{"a table without a length", cutSection(sectionStrings, 1<<20), ErrFormat, "the table of strings has no length"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bad := reseal(test.change(smallFile(t)))
			before := allocated()
			_, err := Open(bad)
			if used := allocated() - before; used > 1<<20 {
				t.Errorf("%d bytes were taken", used)
			}
			if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// cutSection takes up to n bytes off the end of a section.
func cutSection(kind uint32, n int) change {
	return func(data []byte) []byte {
		section, entry := inSection(data, kind)
		n := min(n, len(section))
		offset := int(binary.LittleEndian.Uint64(entry[8:]))
		end := offset + len(section)
		binary.LittleEndian.PutUint64(entry[16:], uint64(len(section)-n))
		for i := range int(binary.LittleEndian.Uint32(data[12:])) {
			other := data[headerSize+sectionSize*i:]
			if at := binary.LittleEndian.Uint64(other[8:]); at >= uint64(end) {
				binary.LittleEndian.PutUint64(other[8:], at-uint64(n))
			}
		}
		return slices.Delete(bytes.Clone(data), end-n, end)
	}
}

// TestUnknownSection reads a file that has more than this program knows.
func TestUnknownSection(t *testing.T) {
	sections := []section{
		{sectionStrings, interner{}.section()}, {sectionTemplates, interner{}.section()}, {sectionRecords, nil}, {sectionNames, nil}, {sectionIDs, nil},
		{77, []byte("of later")}, {sectionHashes + 99, []byte("of later too")},
	}
	data, err := assemble(sections, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(data); err != nil {
		t.Error(err)
	}
}

// TestFrequentStringsAreShort demands that what is used most has the numbers of
// one byte.
func TestFrequentStringsAreShort(t *testing.T) {
	in := make(interner)
	for i := range 300 {
		in.use(fmt.Sprint(i))
	}
	for range 2 {
		in.use("zzz")
	}
	in.section()
	if in.number("zzz") != 0 || in.number("0") != 1 {
		t.Errorf("numbers %d and %d", in.number("zzz"), in.number("0"))
	}
}

// TestTemplates takes texts apart and puts them together again.
func TestTemplates(t *testing.T) {
	values := [4]string{"MAL-1", "A", "made-up", "1.0.0"}
	for _, s := range []string{
		"", "Malicious code in made-up (npm)", "https://x.invalid/MAL-1/A/made-up/v/1.0.0", "MAL-1MAL-1", "mMAL-1ade-up", "AAAA", "MAL-made-up-1", "no own text",
	} {
		x := template(s, values)
		if got := expand(x, values); got != s {
			t.Errorf("%q became %q and then %q", s, x, got)
		}
	}
	if got := template("Malicious code in made-up", values); got != "Malicious code in \x03" {
		t.Errorf("template %q", got)
	}
	long := [4]string{"", "", strings.Repeat("x", maxName), ""}
	if got := expand(strings.Repeat("\x03", maxText), long); len(got) > maxText+maxName {
		t.Errorf("a template of %d bytes became %d", maxText, len(got))
	}
}
