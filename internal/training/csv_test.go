package training

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// corpus are rows with everything that a row can have.
func corpus() []Row {
	a := row("@scope/a", Malicious, values{"network": 2, "entropy-average": -0.1234, "time": math.NaN(), "pii": 1e15})
	a.Before, a.Family, a.Source, a.Published = "0.9.0", `fam "1"`, "a, b", day(3).Add(123456789)
	b := row("b", Benign, values{"time": 86400.5})
	b.Published = day(2)
	c := row("b", Benign, nil)
	c.Before = "0.1.0"
	return []Row{a, b, c}
}

func TestCSV(t *testing.T) {
	rows := corpus()
	var first bytes.Buffer
	if err := Write(&first, rows); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	slices.Reverse(got)
	var second bytes.Buffer
	if err := Write(&second, got); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("other bytes in another order (%v):\n%s", err, second.Bytes())
	}
	if a, b := must(Digest(rows)), must(Digest(got)); a != b {
		t.Errorf("the digests %s and %s", a, b)
	}
	lines := strings.Split(first.String(), "\n")
	if want := "package,version,before,label,family,source,published,features,pii,file-system,"; !strings.HasPrefix(lines[0], want) {
		t.Errorf("the header is %s", lines[0])
	}
	if want := `@scope/a,1.0.0,0.9.0,malicious,"fam ""1""","a, b",2026-03-03T12:00:00.123456789Z,` + feature.Digest() + ",1000000000000000,0,"; !strings.HasPrefix(lines[1], want) {
		t.Errorf("the first row is %s", lines[1])
	}
	// Corpora of other tools have other line ends and write numbers in other ways.
	other := strings.ReplaceAll(strings.ReplaceAll(first.String(), "\n", "\r\n"), "86400.5", "+8.64005E4")
	if rows, err := Read(strings.NewReader(other)); err != nil || must(Digest(rows)) != must(Digest(got)) {
		t.Errorf("%v", err)
	}
}

// brokenCSV has what is replaced in the file of corpus, and what the error says.
var brokenCSV = []struct {
	name, old, new string
	is             error
	want           string
}{
	{"no column", "package,version,before,label", "package,version,label,x", ErrCorpus, "no column before"},
	{"no feature", ",pii,file-system,", ",pii,", classifier.ErrFeatures, "no column file-system"},
	{"other feature", ",pii,file-system,", ",pii,files,", classifier.ErrFeatures, `no column file-system, but "files"`},
	{"more", ",pii,file-system,", ",pii,file-system,colour,", classifier.ErrFeatures, `the column "colour" is not known`},
	{"order", ",pii,file-system,", ",file-system,pii,", ErrCorpus, "another order"},
	{"twice", ",pii,file-system,", ",pii,file-system,pii,", ErrCorpus, "given twice"},
	{"other digest", feature.Digest() + ",1000000000000000,", strings.Repeat("0", 32) + ",1000000000000000,", classifier.ErrFeatures, `line 2: made for other features: the row's are "00000`},
	{"label", ",malicious,", ",Malicious,", ErrCorpus, `line 2: "Malicious" is no label`},
	{"no label", ",malicious,", ",,", ErrCorpus, `line 2: "" is no label`},
	{"benign of a family", ",malicious,", ",benign,", ErrCorpus, "line 2: a benign row of the family"},
	{"no package", "@scope/a,", ",", ErrCorpus, "line 2: no package"},
	{"no version", "@scope/a,1.0.0,", "@scope/a,,", ErrCorpus, "line 2: no version"},
	{"control character", "@scope/a,", "\x1b[31m,", ErrCorpus, "cannot be printed"},
	{"line break", "@scope/a,", "\"a\nb\",", ErrCorpus, "line 2: the package"},
	{"invalid UTF-8", "@scope/a,", "\xff,", ErrCorpus, "cannot be printed"},
	{"long", "@scope/a,", strings.Repeat("a", 300) + ",", ErrCorpus, "a package of more than 256 bytes"},
	{"time", "2026-03-02T12:00:00Z", "2026-03-02", ErrCorpus, `line 3: "2026-03-02" is no time`},
	{"early", "2026-03-02T12:00:00Z", "0001-01-01T00:00:01Z", ErrCorpus, "line 3: published in the year 1"},
	{"NaN", "86400.5", "NaN", ErrCorpus, `line 3: time: "NaN" is no number`},
	{"Inf", "86400.5", "inf", ErrCorpus, `line 3: time: "inf" is no number`},
	{"hex", "86400.5", "0x1p4", ErrCorpus, "is no number"},
	{"huge", "86400.5", "1e16", ErrCorpus, "line 3: time is 1e+16"},
	{"overflow", "86400.5", "1e400", ErrCorpus, "is no number"},
	{"text", "86400.5", "soon", ErrCorpus, "is no number"},
	{"long number", "86400.5", strings.Repeat("1", 50), ErrCorpus, "is no number"},
	{"quote", "@scope/a,", `"@scope/a,`, ErrCorpus, "parse error"},
	{"few fields", "@scope/a,", "", ErrCorpus, "wrong number of fields"},
}

func TestBrokenCSV(t *testing.T) {
	var good bytes.Buffer
	if err := Write(&good, corpus()); err != nil {
		t.Fatal(err)
	}
	for _, test := range brokenCSV {
		if strings.Count(good.String(), test.old) != 1 {
			t.Errorf("%s: %q is not there once", test.name, test.old)
		}
		_, err := Read(strings.NewReader(strings.Replace(good.String(), test.old, test.new, 1)))
		if !errors.Is(err, test.is) || !errors.Is(err, ErrCorpus) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := Read(strings.NewReader("")); !errors.Is(err, ErrCorpus) || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file: %v", err)
	}
	header := strings.Join(Header(), ",")
	if rows, err := Read(strings.NewReader(header)); err != nil || len(rows) != 0 {
		t.Errorf("a header alone: %v %v", rows, err)
	}
	if _, err := Read(failing{}); !errors.Is(err, fs.ErrClosed) || errors.Is(err, ErrCorpus) {
		t.Errorf("a reader that fails: %v", err)
	}
	rows := corpus()
	rows[1].Label = ""
	if err := Write(new(bytes.Buffer), rows); !errors.Is(err, ErrCorpus) {
		t.Errorf("writing what cannot be read: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, fs.ErrClosed }

// FuzzRead reads a corpus. What is read and can be written is the same when it
// is read again.
func FuzzRead(f *testing.F) {
	var good bytes.Buffer
	if err := Write(&good, corpus()); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	for _, test := range brokenCSV {
		f.Add(bytes.Replace(good.Bytes(), []byte(test.old), []byte(test.new), 1))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, ErrCorpus) {
				t.Errorf("%v", err)
			}
			return
		}
		var written bytes.Buffer
		if err := Write(&written, rows); err != nil {
			if !strings.Contains(err.Error(), "is there twice") {
				t.Errorf("what was read cannot be written: %v", err)
			}
			return
		}
		again, err := Read(bytes.NewReader(written.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(rows, func(a, b Row) int { return compareRows(&a, &b) })
		if diff := cmp.Diff(rows, again, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}
