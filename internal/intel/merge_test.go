package intel

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func record(id, source, name string, modified time.Time) Record {
	return Record{ID: id, Source: source, Name: name, Modified: modified, Ranges: everyVersion()}
}

func TestMerge(t *testing.T) {
	withdrawn := record("MAL-1", "b", "one", day(2))
	withdrawn.Withdrawn = day(2)
	tests := []struct {
		name  string
		parts []Data
		want  string // sources and names
	}{
		{"nothing", nil, ""},
		{"the same twice", []Data{{Records: []Record{record("MAL-1", "a", "one", day(1)), record("MAL-1", "a", "one", day(1))}}}, "a/one"},
		{"the later of one source", []Data{{Records: []Record{record("MAL-1", "a", "one", day(1))}}, {Records: []Record{record("MAL-1", "a", "two", day(2))}}}, "a/two"},
		{"the later of two sources", []Data{{Records: []Record{record("MAL-1", "a", "one", day(3))}}, {Records: []Record{record("MAL-1", "b", "one", day(2))}}}, "a/one"},
		{"what was withdrawn later", []Data{{Records: []Record{record("MAL-1", "a", "one", day(1))}}, {Records: []Record{withdrawn}}}, "b/one"},
		{"two sources that agree", []Data{{Records: []Record{record("MAL-1", "b", "one", day(1))}}, {Records: []Record{record("MAL-1", "a", "one", day(1))}}}, "a/one b/one"},
		{"an entry of two packages", []Data{{Records: []Record{record("MAL-1", "a", "two", day(1)), record("MAL-1", "a", "one", day(1))}}}, "a/one a/two"},
		{"a package that the entry no longer has", []Data{{Records: []Record{record("MAL-1", "a", "one", day(1)), record("MAL-1", "a", "two", day(1)), record("MAL-1", "a", "two", day(2))}}}, "a/two"},
		{"two entries of one package", []Data{{Records: []Record{record("MAL-2", "a", "one", day(1)), record("MAL-1", "b", "one", day(2))}}}, "b/one a/one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, err := Merge(test.parts...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range d.Records {
				got = append(got, r.Source+"/"+r.Name)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
		})
	}
}

func TestMergeHashes(t *testing.T) {
	a := Hash{PackageMD5, md5Of("a"), "worm", "one", "1.0.0", "list", ""}
	b := Hash{FileSHA256, sha256Of("b"), "", "", "", "list", ""}
	upper := a
	upper.Sum = strings.ToUpper(a.Sum)
	other := a
	other.Name = "a-copy"
	d, err := Merge(Data{Hashes: []Hash{b, a}}, Data{Hashes: []Hash{upper, other, b}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Hash{other, a, b}, d.Hashes); diff != "" {
		t.Error(diff)
	}
}

// TestMergeErrors has what only a caller can get wrong: imports check it.
func TestMergeErrors(t *testing.T) {
	bad := func(change func(*Record)) Data {
		r := record("MAL-1", "a", "one", day(1))
		change(&r)
		return Data{Records: []Record{r}}
	}
	tests := []struct {
		d    Data
		want string
	}{
		{bad(func(r *Record) { r.ID = "" }), `record "" of package "one": no id`},
		{bad(func(r *Record) { r.Name = "" }), "no package name"},
		{bad(func(r *Record) { r.Modified = time.Time{} }), "no time modified"},
		{bad(func(r *Record) { r.Source = "a\nb" }), "source"},
		{bad(func(r *Record) { r.Family = strings.Repeat("x", 300) }), "family of 300 bytes"},
		{bad(func(r *Record) { r.Aliases = []string{"\x01"} }), "alias"},
		{bad(func(r *Record) { r.Ranges = []Range{{{Limit + 1, "1.0.0"}}} }), "an event of kind 5"},
		{bad(func(r *Record) { r.Ranges = []Range{{{0, "1.0.0"}}} }), "an event of kind 0"},
		{bad(func(r *Record) { r.References = []Reference{{"WEB", "ftp://files.invalid/"}} }), "is not a link"},
		{bad(func(r *Record) { r.References = []Reference{{"W\x00B", "https://blog.invalid/"}} }), "type of a reference"},
		{bad(func(r *Record) { r.Modified = time.Unix(lastSecond+1, 0) }), "out of range"},
		{Data{Hashes: []Hash{{Kind: 9, Sum: "00"}}}, "its kind 9 is not known"},
		{Data{Hashes: []Hash{{Kind: PackageMD5, Sum: "00"}}}, "package-md5 is 32 hexadecimal digits"},
		{Data{Hashes: []Hash{{Kind: PackageMD5, Sum: strings.Repeat("x", 32)}}}, "package-md5 is 32 hexadecimal digits"},
		{Data{Hashes: []Hash{{Kind: PackageMD5, Sum: md5Of(""), Family: "\x7f"}}}, "family"},
	}
	for _, test := range tests {
		if _, err := Merge(test.d); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, not %q", err, test.want)
		}
		if _, err := Encode(test.d, time.Time{}); err == nil {
			t.Errorf("encoded, not %q", test.want)
		}
		if err := WriteLines(&bytes.Buffer{}, test.d); err == nil {
			t.Errorf("written, not %q", test.want)
		}
	}
}

// TestMergeLeavesInput merges records that share what lies behind their slices.
func TestMergeLeavesInput(t *testing.T) {
	r := record("MAL-1", "a", "one", day(1))
	r.Versions = []string{"2.0.0", "1.0.0", "2.0.0"}
	r.Aliases = []string{"Z", "A"}
	r.Ranges = []Range{{{Fixed, "2.0.0"}, {Introduced, "1.0.0"}}}
	r.References = []Reference{{"WEB", "https://b.invalid/"}, {"WEB", "https://b.invalid/"}, {"WEB", "https://a.invalid/"}}
	before := Data{Records: []Record{record("MAL-2", "a", "two", day(1)), r}}
	want := Data{Records: []Record{record("MAL-2", "a", "two", day(1)), {
		ID: "MAL-1", Source: "a", Name: "one", Modified: day(1), Versions: []string{"2.0.0", "1.0.0", "2.0.0"}, Aliases: []string{"Z", "A"},
		Ranges:     []Range{{{Fixed, "2.0.0"}, {Introduced, "1.0.0"}}},
		References: []Reference{{"WEB", "https://b.invalid/"}, {"WEB", "https://b.invalid/"}, {"WEB", "https://a.invalid/"}},
	}}}
	if _, err := Merge(before); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, before); diff != "" {
		t.Error(diff)
	}
}

// someData is data of every shape, in the order that rng gives it.
func someData(t testing.TB, rng *rand.Rand, n int) Data {
	t.Helper()
	var d Data
	gen := rand.New(rand.NewPCG(1, 2)) // the same data whatever the order
	for i := range n {
		name, text := synthetic(gen, i)
		d.Records = append(d.Records, mustImport(t, name, text).Records...)
	}
	rich := record("TEAM-1", "team", "ümläut/名前", day(4).Add(5))
	rich.Family, rich.Summary, rich.Withdrawn, rich.Published = "a worm", "TEAM-1 of ümläut/名前", day(5), day(3).Add(1)
	rich.Aliases = []string{"A-1", "B-2"}
	rich.Versions = []string{"1.0.0", "1.0.0-rc.1+x"}
	rich.Ranges = []Range{{{Introduced, "0"}, {Fixed, "1.0.0"}, {Introduced, "2.0.0"}}, {{Introduced, "3.0.0"}, {LastAffected, "4.0.0"}, {Limit, "5.0.0"}, {Limit, "*"}}}
	rich.References = []Reference{{"", "https://x.invalid/A-1/TEAM-1/1.0.0/A-1?q=ümläut/名前"}, {"WEB", "http://x.invalid"}}
	bare := Record{ID: "x", Name: "y", Modified: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC)}
	d.Records = append(d.Records, rich, bare, record("TEAM-1", "another", "ümläut/名前", rich.Modified))
	for i := range n {
		d.Hashes = append(d.Hashes,
			Hash{PackageMD5, md5Of(string(rune(i % 7))), "", words[i%5], "1.0.0", "table", ""},
			Hash{FileSHA256, sha256Of(string(rune(i))), words[i%3], "", "", "list", ""},
			Hash{ScriptTLSH, scriptOf(string(rune(i % 9))), words[i%4], words[i%6], "", "list", ""})
	}
	rng.Shuffle(len(d.Records), func(i, j int) { d.Records[i], d.Records[j] = d.Records[j], d.Records[i] })
	rng.Shuffle(len(d.Hashes), func(i, j int) { d.Hashes[i], d.Hashes[j] = d.Hashes[j], d.Hashes[i] })
	return d
}

// TestOrderDoesNotMatter encodes and writes the same data in many orders.
func TestOrderDoesNotMatter(t *testing.T) {
	var first, lines []byte
	for seed := range uint64(5) {
		d := someData(t, rand.New(rand.NewPCG(seed, 1)), 60)
		data := mustEncode(t, d, day(9))
		var b bytes.Buffer
		if err := WriteLines(&b, d); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first, lines = data, b.Bytes()
		}
		if !bytes.Equal(data, first) || !bytes.Equal(b.Bytes(), lines) {
			t.Fatal("another order gives other bytes")
		}
	}
	if bytes.Equal(first, mustEncode(t, someData(t, rand.New(rand.NewPCG(0, 1)), 61), day(9))) {
		t.Fatal("other data gives the same bytes")
	}
}

// TestRoundTrips brings data through the file and through the lines.
func TestRoundTrips(t *testing.T) {
	want, err := Merge(someData(t, rand.New(rand.NewPCG(3, 1)), 80))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(want.Records); n != 83 {
		t.Fatalf("%d records", n)
	}
	if diff := cmp.Diff(want, mustOpen(t, want).Data()); diff != "" {
		t.Errorf("file: %s", diff)
	}
	var lines bytes.Buffer
	if err := WriteLines(&lines, want); err != nil {
		t.Fatal(err)
	}
	im, err := ImportFile("export.jsonl", lines.Bytes(), Options{})
	if err != nil || im.Err() != nil {
		t.Fatal(err, im.Err())
	}
	got, err := Merge(im.Data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines: %s", diff)
	}
}

func TestWriteText(t *testing.T) {
	r := record("MAL-1", "osv", "one", day(1))
	r.Summary = "Malicious code in one"
	gone := record("MAL-2", "osv", "another", day(1))
	gone.Withdrawn = day(2)
	var b strings.Builder
	if err := WriteText(&b, Data{Records: []Record{r, gone}, Hashes: []Hash{{PackageMD5, md5Of("a"), "worm", "one", "1.0.0", "table", ""}}}); err != nil {
		t.Fatal(err)
	}
	want := "another\tevery version\tMAL-2\tosv\twithdrawn 2025-01-02\t\n" +
		"one\tevery version\tMAL-1\tosv\t\tMalicious code in one\n" +
		"one\t1.0.0\t" + md5Of("a") + "\ttable\tpackage-md5\tworm\t\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}
