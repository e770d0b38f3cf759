package intel

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func simple(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"modified":"2025-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":%q},"versions":["1.0.0"]}]}`, id, name)
}

// problems are where an import found problems, and what, shortened.
func problems(im *Import) []string {
	var out []string
	for _, p := range im.Problems {
		text := p.Error()
		out = append(out, text[:min(len(text), 60)])
	}
	return out
}

func TestImportCSV(t *testing.T) {
	a, b, f := md5Of("a"), md5Of("b"), sha256Of("f")
	tests := []struct {
		name, text string
		want       []Hash
		counts     [3]int // not malicious, without a hash, failed
		problems   []string
	}{
		{
			name: "a table of the artifact",
			text: "\"package\",\"version\",\"hash\",\"analysis\"\r\n\"@a/b\",\"1.0.0\",\"" + a + "\",\"malicious\"\r\nc,2.0.0," + b + ",benign\n\nd,3.0.0," + b + ",not triaged\ne,4.0.0,,malicious\ng,5.0.0,,not triaged\n",
			want: []Hash{{PackageMD5, a, "", "@a/b", "1.0.0", "test", ""}}, counts: [3]int{3, 1, 0},
		},
		{
			name: "with a column that has no name",
			text: "\"package\",\"version\",\"hash\",\"analysis\",\"\"\nc,2.0.0," + a + ",malicious,\"\"\n",
			want: []Hash{{PackageMD5, a, "", "c", "2.0.0", "test", ""}},
		},
		{
			name: "hashes of every kind",
			text: "hash,family,source\n" + strings.ToUpper(a) + ",worm,team\n" + f + ",,\n" + scriptOf("a") + ",worm,\n",
			want: []Hash{{PackageMD5, a, "worm", "", "", "team", ""}, {FileSHA256, f, "", "", "", "test", ""}, {ScriptTLSH, scriptOf("a"), "worm", "", "", "test", ""}},
		},
		{
			name: "columns in any order, with more and less",
			text: "\ufeffNote, Family ,HASH,package,version\nx,worm," + f + ",c,1.0.0\ny,worm2," + a,
			want: []Hash{{FileSHA256, f, "worm", "c", "1.0.0", "test", ""}, {PackageMD5, a, "worm2", "", "", "test", ""}},
		},
		{
			name: "bad rows among good ones",
			text: "package,version,hash,analysis\nc,1.0.0," + a + ",malicious\nc,1.0.0,xyz,malicious\n\"c,1.0.0," + a + ",malicious\nc,1.0.0," + f + ",malicious\nc\xff,1," + a + ",malicious\nc\x1b,1," + a + ",malicious\n" + strings.Repeat("x", maxLine+1) + "\nd,1.0.0," + b + ",malicious\n",
			want: []Hash{{PackageMD5, a, "", "c", "1.0.0", "test", ""}, {PackageMD5, b, "", "d", "1.0.0", "test", ""}}, counts: [3]int{0, 0, 6},
			problems: []string{`line 3: hash "xyz": package-md5 is 32`, `line 4: extraneous or missing "`, `line 5: hash "`, `line 6: invalid UTF-8`, `line 7: hash `, `line 8: a line of 65537 bytes`},
		},
		{name: "a TLSH without the number of a form", text: "hash\n" + scriptOf("a")[2:] + "\n", counts: [3]int{0, 0, 1}, problems: []string{"is no MD5, no SHA-256 and no similarity hash"}},
		{name: "a hash of another length", text: "hash\nabcd\n", counts: [3]int{0, 0, 1}, problems: []string{`line 2: "abcd" is no MD5, no SHA-256 and no similarity hash`}},
		{name: "no hash column", text: "\nname,version\na,b\n", counts: [3]int{0, 0, 1}, problems: []string{`line 2: no column "hash" in "name,version"`}},
		{name: "an analysis of what", text: "hash,analysis\n" + a + ",malicious\n", counts: [3]int{0, 0, 1}, problems: []string{`line 1: a column "analysis" without`}},
		{name: "an empty file", text: "", counts: [3]int{0, 0, 1}, problems: []string{"no line that names the columns"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			im, err := ImportFile("lists/hashes.csv", []byte(test.text), Options{Source: "test"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, im.Data.Hashes); diff != "" {
				t.Error(diff)
			}
			if got := [3]int{im.NotMalicious, im.WithoutHash, im.Failed}; got != test.counts {
				t.Errorf("counts %v, not %v", got, test.counts)
			}
			if len(im.Problems) != len(test.problems) {
				t.Fatalf("problems %v", im.Problems)
			}
			for i, p := range im.Problems {
				if !strings.HasPrefix(p.Error(), `"lists/hashes.csv"`) || !strings.Contains(p.Error(), test.problems[i]) {
					t.Errorf("%v, not %q", p, test.problems[i])
				}
			}
		})
	}
}

func TestImportLines(t *testing.T) {
	text := simple("MAL-1", "one") + "\r\n\n  \n" + `{"kind":"file-sha256","hash":"` + sha256Of("a") + `","family":"worm","package":"one","version":"1.0.0","source":"team"}` + "\n" +
		`{"kind":"sha1","hash":"00"}` + "\n" + `{"id":` + "\n" + `[]` + "\n" + `{"kind":"package-md5","hash":"00"}` + "\n" + simple("MAL-2", "two")
	im, err := ImportFile("x.jsonl", []byte(text), Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(im.Data.Records); got != "MAL-1 MAL-2" {
		t.Errorf("records %s", got)
	}
	if diff := cmp.Diff([]Hash{{FileSHA256, sha256Of("a"), "worm", "one", "1.0.0", "team", ""}}, im.Data.Hashes); diff != "" {
		t.Error(diff)
	}
	want := []string{
		`"x.jsonl", line 5: "sha1" is not a kind of hash`,
		`"x.jsonl", line 6: unexpected end of JSON input`,
		`"x.jsonl", line 7: json: cannot unmarshal array into Go valu`,
		`"x.jsonl", line 8: hash "00": package-md5 is 32 hexadecimal `,
	}
	if diff := cmp.Diff(want, problems(im)); diff != "" {
		t.Error(diff)
	}
	if err := im.Err(); !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), "4 entries could not be read, the first: \"x.jsonl\", line 5") {
		t.Error(err)
	}
}

func TestImportFileKinds(t *testing.T) {
	for _, name := range []string{"x", "x.txt", "x.json.bak", "json", "x.tgz"} {
		if im, err := ImportFile(name, []byte(simple("MAL-1", "one")), Options{}); err == nil || im != nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A data file is known by what it is.
	im, err := ImportFile("x.json", smallFile(t), Options{Source: "test"})
	if err != nil || im.Err() != nil || len(im.Data.Records) != 3 || len(im.Data.Hashes) != 4 || im.Data.Records[0].Source != "osv" {
		t.Errorf("data file: %+v, %v", im, err)
	}
	if _, err := ImportFile("known.intel", smallFile(t)[:100], Options{}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `"known.intel"`) {
		t.Errorf("half a data file: %v", err)
	}
	if _, err := ImportFile("x.json", make([]byte, maxEntry+1), Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large record: %v", err)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	im, err := ImportFile("x.jsonl", bytes.Repeat([]byte("x\n"), 1000), Options{})
	if err != nil || im.Failed != 1000 || len(im.Problems) != maxShown {
		t.Errorf("%d of %d problems, %v", len(im.Problems), im.Failed, err)
	}
}

func TestImportDir(t *testing.T) {
	fsys := fstest.MapFS{
		"osv/malicious/npm/one/MAL-1.json":      {Data: []byte(simple("MAL-1", "one"))},
		"osv/malicious/npm/@a/two/MAL-2.json":   {Data: []byte(simple("MAL-2", "@a/two"))},
		"osv/malicious/pypi/one/MAL-3.json":     {Data: []byte(strings.Replace(simple("MAL-3", "one"), `"npm"`, `"PyPI"`, 1))},
		"osv/malicious/npm/bad/MAL-4.json":      {Data: []byte(`{"id"`)},
		"osv/malicious/npm/new/MAL-0000-x.json": {Data: []byte(simple("", "new"))},
		"osv/malicious/npm/vuln/GHSA-1.json":    {Data: []byte(simple("GHSA-1", "vuln"))},
		"osv/malicious/npm/large/MAL-5.json":    {Data: bytes.Repeat([]byte(" "), maxEntry+1)},
		"osv/malicious/npm/link/MAL-6.json":     {Data: []byte(simple("MAL-6", "link")), Mode: fs.ModeSymlink},
		".git/MAL-7.json":                       {Data: []byte(simple("MAL-7", "seven"))},
		"osv/.hidden.json":                      {Data: []byte(simple("MAL-8", "eight"))},
		"hashes/week.csv":                       {Data: []byte("hash\n" + md5Of("a"))},
		"own/lines.jsonl":                       {Data: []byte(simple("MAL-9", "nine") + "\n")},
		"own/older.intel":                       {Data: smallFile(t)},
		"README.md":                             {Data: []byte("# x")},
		"x":                                     {},
		"nested.zip":                            {Data: zipOf(t, "MAL-10.json", simple("MAL-10", "ten"))},
	}
	im, err := ImportDir(fsys, Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Merge(im.Data)
	if err != nil {
		t.Fatal(err)
	}
	// The data file's MAL-2 is younger, its MAL-1 as old as the other.
	if got := ids(d.Records); got != "MAL-0000-x MAL-9 MAL-1 MAL-1 MAL-2 MAL-3" {
		t.Errorf("records %s", got)
	}
	if len(d.Hashes) != 5 || im.OtherEcosystems != 1 || im.NotMalware != 1 || im.Ignored != 3 {
		t.Errorf("%d hashes, %d of other ecosystems, %d not malware, %d ignored", len(d.Hashes), im.OtherEcosystems, im.NotMalware, im.Ignored)
	}
	want := []string{
		`"osv/malicious/npm/bad/MAL-4.json": unexpected end of JSON i`,
		`"osv/malicious/npm/large/MAL-5.json": too large to import: m`,
	}
	if diff := cmp.Diff(want, problems(im)); diff != "" {
		t.Error(diff)
	}
}

func TestImportDirErrors(t *testing.T) {
	deep := strings.Repeat("a/", maxDepth+1) + "MAL-1.json"
	if _, err := ImportDir(fstest.MapFS{deep: {Data: []byte(simple("MAL-1", "one"))}}, Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a deep folder: %v", err)
	}
	if _, err := ImportDir(fstest.MapFS{deep[2*2:]: {Data: []byte(simple("MAL-1", "one"))}}, Options{}); err != nil {
		t.Errorf("a folder less deep: %v", err)
	}
	if _, err := ImportDir(fstest.MapFS{"x.intel": {Data: []byte(magic)}}, Options{}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `"x.intel"`) {
		t.Errorf("a damaged data file: %v", err)
	}
	if _, err := ImportDir(brokenFS{}, Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a folder that cannot be read: %v", err)
	}
}

type brokenFS struct{}

func (brokenFS) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestImportZip(t *testing.T) {
	data := zipOf(t,
		"MAL-1.json", simple("MAL-1", "one"),
		"a/b/", "",
		"a/b/../../c/MAL-2.json", simple("MAL-2", "two"), // a name is a name
		"/abs/MAL-3.json", simple("MAL-3", "three"),
		`back\slash\MAL-4.json`, simple("MAL-4", "four"),
		"a/MAL-5.json", "{",
		"a/PYSEC-1.json", strings.Replace(simple("PYSEC-1", "one"), `"npm"`, `"PyPI"`, 1),
		"a/hashes.csv", "hash\n"+md5Of("a"),
		"README.md", "# x",
		"inner.zip", "PK",
		"MAL-1.json", simple("MAL-1", "one"), // twice
	)
	im, err := ImportFile("all.zip", data, Options{Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(im.Data.Records); got != "MAL-1 MAL-2 MAL-3 MAL-4 MAL-1" {
		t.Errorf("records %s", got)
	}
	if len(im.Data.Hashes) != 1 || im.OtherEcosystems != 1 || im.Ignored != 2 {
		t.Errorf("%d hashes, %d of other ecosystems, %d ignored", len(im.Data.Hashes), im.OtherEcosystems, im.Ignored)
	}
	if diff := cmp.Diff([]string{`"all.zip/a/MAL-5.json": unexpected end of JSON input`}, problems(im)); diff != "" {
		t.Error(diff)
	}
}

// rawZip has one entry, of which the headers claim what they are told to.
func rawZip(t *testing.T, header zip.FileHeader, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&header)
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestImportZipErrors(t *testing.T) {
	good := zipOf(t, "MAL-1.json", simple("MAL-1", "one"))
	bomb := zeroZip(t, 3, 7<<20)
	// The list of entries says that each is as small as an honest one, so that
	// only what comes out can tell.
	liar := bytes.Clone(bomb)
	for at := bytes.Index(liar, []byte("PK\x01\x02")); at >= 0; {
		binary.LittleEndian.PutUint32(liar[at+24:], 1<<20)
		next := bytes.Index(liar[at+4:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		at += 4 + next
	}
	tests := []struct {
		name string
		data []byte
		is   error
		want string
	}{
		{"no zip", []byte("PK, but not really"), zip.ErrFormat, "not readable as a zip"},
		{"empty", nil, zip.ErrFormat, "not readable as a zip"},
		{"cut off", good[:len(good)-30], zip.ErrFormat, "not readable as a zip"},
		{"a claim of 10 GB", rawZip(t, zip.FileHeader{Name: "MAL-1.json", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 10 << 30}, []byte("\x03\x00\x00\x00")), ErrTooLarge, `"all.zip/MAL-1.json": too large to import: it claims to unpack to 10737418240 bytes`},
		{"a claim of 10 GB of lines", rawZip(t, zip.FileHeader{Name: "x.jsonl", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 10 << 30}, []byte("\x03\x00\x00\x00")), ErrTooLarge, "it claims to unpack to 10737418240 bytes"},
		{"a bomb", bomb, ErrTooLarge, `"all.zip/MAL-0.json": too large to import: it claims to unpack from`},
		{"a bomb of small pieces", zeroZip(t, 20, 1<<20), ErrTooLarge, "it unpacks to more than 200 times its size"},
		{"a list that goes on and on", manyEntries(t), ErrTooLarge, "a list of entries of more than"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			im, err := ImportFile("all.zip", test.data, Options{})
			if im != nil || !errors.Is(err, test.is) || !strings.Contains(err.Error(), `"all.zip`) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
		})
	}
	im, err := ImportFile("all.zip", liar, Options{})
	if err != nil || im.Failed != 3 || len(im.Data.Records) > 0 {
		t.Errorf("a bomb that lies about its size: %v, %v", err, im.Err())
	}
}

// zeroZip has n entries of nothing but zeros.
func zeroZip(t *testing.T, n int, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		f, err := w.Create(fmt.Sprintf("MAL-%d.json", i))
		if err == nil {
			_, err = io.CopyN(f, zeros{}, size)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// manyEntries is a zip with a list of entries that is longer than is read.
func manyEntries(t *testing.T) []byte {
	t.Helper()
	entry := make([]byte, 46+60000)
	copy(entry, "PK\x01\x02")
	binary.LittleEndian.PutUint16(entry[28:], 60000)
	var b bytes.Buffer
	n := maxDirectory/len(entry) + 1
	for range n {
		b.Write(entry)
	}
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], uint16(n))
	binary.LittleEndian.PutUint16(end[10:], uint16(n))
	binary.LittleEndian.PutUint32(end[12:], uint32(b.Len()))
	b.Write(end)
	return b.Bytes()
}

// TestImportLargeZip has more in its entries than their list may take.
func TestImportLargeZip(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	text := bytes.Repeat([]byte(" "), maxEntry)
	copy(text, simple("MAL-1", "one"))
	const n = maxDirectory/maxEntry + 1
	for i := range n {
		f, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("MAL-%d.json", i), Method: zip.Store})
		if err == nil {
			_, err = f.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	im, err := ImportFile("all.zip", b.Bytes(), Options{})
	if err != nil || im.Err() != nil || len(im.Data.Records) != n {
		t.Errorf("%v, %v", err, im.Err())
	}
}

// TestImportZipEntries has entries that are lost alone.
func TestImportZipEntries(t *testing.T) {
	text := simple("MAL-1", "one")
	wrongSum := zipOf(t, "MAL-1.json", text)
	at := bytes.Index(wrongSum, []byte("PK\x01\x02"))
	wrongSum[at+16] ^= 1
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"a wrong checksum", wrongSum, "checksum"},
		{"encrypted", rawZip(t, zip.FileHeader{Name: "MAL-1.json", Flags: 1, UncompressedSize64: uint64(len(text)), CompressedSize64: uint64(len(text))}, []byte(text)), "encrypted"},
		{"packed in another way", rawZip(t, zip.FileHeader{Name: "MAL-1.json", Method: 12, UncompressedSize64: uint64(len(text)), CompressedSize64: uint64(len(text))}, []byte(text)), "unsupported"},
		{"no deflate", rawZip(t, zip.FileHeader{Name: "MAL-1.json", Method: zip.Deflate, UncompressedSize64: 100, CompressedSize64: 4}, []byte("\xff\xff\xff\xff")), "corrupt"},
	}
	for _, test := range tests {
		im, err := ImportFile("all.zip", test.data, Options{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if err := im.Err(); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), `"all.zip/MAL-1.json"`) || len(im.Data.Records) > 0 {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestImportMemoryIsBounded reads more than is kept.
func TestImportMemoryIsBounded(t *testing.T) {
	im := &importer{memory: maxMemory - 2*recordCost}
	lines := simple("MAL-1", "one") + "\n" + simple("MAL-2", "two") + "\n" + simple("MAL-3", "three")
	if err := im.lines("x.jsonl", []byte(lines)); !errors.Is(err, ErrTooLarge) || len(im.Data.Records) != 2 {
		t.Errorf("%d records, %v", len(im.Data.Records), err)
	}
	im = &importer{memory: maxMemory}
	if err := im.csv("x.csv", []byte("hash\n"+md5Of("a"))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// TestSyntheticRecords keeps the benchmarks' records what they say they are.
func TestSyntheticRecords(t *testing.T) {
	im, err := ImportFile("all.zip", syntheticZip(t, 500), Options{Source: "test"})
	if err != nil || im.Err() != nil || len(im.Data.Records) != 500 {
		t.Fatalf("%d records, %v, %v", len(im.Data.Records), err, im.Err())
	}
	listed, linked := 0, 0
	for _, r := range im.Data.Records {
		if len(r.Versions) > 0 {
			listed++
		}
		if len(r.References) > 0 {
			linked++
		}
	}
	if listed < 50 || linked < 100 {
		t.Errorf("%d with a list of versions, %d with links", listed, linked)
	}
	_, text := synthetic(rand.New(rand.NewPCG(1, 1)), 1)
	if len(text) < 1000 {
		t.Errorf("%d bytes", len(text))
	}
}

func TestDefault(t *testing.T) {
	s, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() == 0 || s.Made().IsZero() {
		t.Errorf("%d records made %v", s.Len(), s.Made())
	}
	for _, r := range s.Data().Records {
		if r.Source == embeddedSource {
			t.Errorf("%s does not say where it is from", r.ID)
		}
	}
}

func TestOpenFolder(t *testing.T) {
	list := &fstest.MapFile{Data: []byte(simple("MAL-9", "listed"))}
	tests := []struct {
		name   string
		folder fstest.MapFS
		want   string // the records, or an error
	}{
		{"lists", fstest.MapFS{"a.json": list, "README.md": {}}, "MAL-9"},
		{"a data file", fstest.MapFS{"a.intel": {Data: smallFile(t)}, "a.json": list}, "MAL-1 MAL-2 MAL-3"},
		{"two data files", fstest.MapFS{"a.intel": {Data: smallFile(t)}, "b.intel": {Data: mustEncode(t, Data{Records: []Record{record("X-1", "x", "x", day(1))}}, time.Time{})}}, "MAL-1 MAL-2 X-1 MAL-3"},
		{"nothing", fstest.MapFS{"README.md": {}}, ""},
		{"a damaged data file", fstest.MapFS{"a.intel": {Data: smallFile(t)[:99]}}, ErrFormat.Error()},
		{"a bad list", fstest.MapFS{"a.json": list, "b.json": {Data: []byte("{")}}, ErrIncomplete.Error()},
	}
	for _, test := range tests {
		s, err := openFolder(test.folder)
		got := fmt.Sprint(err)
		if err == nil {
			got = ids(s.Data().Records)
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %s, not %s", test.name, got, test.want)
		}
	}
}
