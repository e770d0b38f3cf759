package evaluate

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const header = "package,version,hash,analysis\n"

// hash returns a hash of one digit.
func hash(digit string) string { return strings.Repeat(digit, 32) }

// week is a small week. In the order of the files' names 1 August comes first,
// and clones would be found that are none.
func week() fstest.MapFS {
	file := func(rows ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(header + strings.Join(rows, "\n") + "\n")}
	}
	return fstest.MapFS{
		"basic-corpus.csv": file(
			"known,1.0.0,"+hash("a")+",malicious",
			"good,1.0.0,"+hash("b")+",benign",
			"broken,1.0.0,,malicious",
		),
		"july-30.csv": file(
			"first,1.0.0,"+hash("1")+",malicious",
			"first,1.0.1,"+hash("1")+",malicious", // not known before triage
			"good,1.0.1,"+hash("b")+",not triaged",
			"broken,1.0.1,,not triaged",
			"later,1.0.0,"+hash("2")+",not triaged", // found malicious on 1 August only
			"seen,1.0.0,"+hash("3")+",benign",
		),
		"july-31.csv": {Data: []byte(`"package","version","hash","analysis",""` + "\r\n" +
			`"copy","1.0.0","` + hash("1") + `","malicious",""` + "\r\n" +
			`"copy","1.0.1","` + hash("1") + `","not triaged",""` + "\r\n" +
			`"copy","1.0.2","` + hash("a") + `","benign",""` + "\r\n" +
			`"seen","1.0.1","` + hash("3") + `","not triaged",""` + "\r\n")},
		"august-1.csv": file(
			"later,1.0.1,"+hash("2")+",malicious",
			"copy,1.0.3,"+hash("1")+",malicious",
			"copy,1.0.4,"+hash("a")+",malicious",
		),
		"august-10.csv": file(
			"later,1.0.2," + hash("2") + ",malicious",
		),
		"august-2.csv":  file(),
		"notes.csv":     file("not,a,day,"),
		"july-29.txt":   file(),
		"old/may-1.csv": file("not,here,,"),
	}
}

const weekTable = `        day  versions  known  clones  confirmed  false  not triaged
    30 July         6      1       0          0      0            0
    31 July         4      2       3          1      1            1
   1 August         3      2       2          2      0            0
   2 August         0      3       0          0      0            0
  10 August         1      3       1          1      0            0
        sum        14              6          4      1            1

Versions without a hash, which match nothing: 1
`

func TestClones(t *testing.T) {
	var out bytes.Buffer
	if err := Clones(week(), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != weekTable {
		t.Errorf("got\n%swant\n%s", got, weekTable)
	}
}

func TestClonesErrors(t *testing.T) {
	tests := map[string]struct {
		table, content string
		want           string
	}{
		"empty file":       {"basic-corpus.csv", "", "invalid table: basic-corpus.csv: EOF"},
		"other columns":    {"july-30.csv", "name,version,hash,analysis\n", "invalid table: july-30.csv: the first columns are not package, version, hash, analysis"},
		"few columns":      {"july-30.csv", "package,version,hash\n", "invalid table: july-30.csv: the first columns are not package, version, hash, analysis"},
		"row of few":       {"july-31.csv", header + "a,1\n", "invalid table: july-31.csv: record on line 2: wrong number of fields"},
		"row of many":      {"july-31.csv", header + "a,1,,benign,x\n", "invalid table: july-31.csv: record on line 2: wrong number of fields"},
		"short hash":       {"august-1.csv", header + "a,1,,benign\na,1,abc,benign\n", `invalid table: august-1.csv: line 3: "abc" is no package hash`},
		"upper-case hash":  {"august-1.csv", header + "a,1," + hash("A") + ",benign\n", `invalid table: august-1.csv: line 2: "` + hash("A") + `" is no package hash`},
		"unknown analysis": {"basic-corpus.csv", header + "a,1,,\x1b[31m\n", `invalid table: basic-corpus.csv: line 2: "\x1b[31m" is no analysis`},
		"quote":            {"basic-corpus.csv", header + "a,1,\",benign\n", `invalid table: basic-corpus.csv: parse error on line 2, column 14: extraneous or missing " in quoted-field`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := week()
			dir[test.table] = &fstest.MapFile{Data: []byte(test.content)}
			err := Clones(dir, io.Discard)
			if !errors.Is(err, ErrTable) || err.Error() != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	t.Run("no corpus", func(t *testing.T) {
		dir := week()
		delete(dir, corpus)
		if err := Clones(dir, io.Discard); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), corpus) {
			t.Errorf("error %v, want fs.ErrNotExist", err)
		}
	})
	t.Run("no days", func(t *testing.T) {
		dir := fstest.MapFS{corpus: week()[corpus]}
		if err := Clones(dir, io.Discard); err == nil || !strings.Contains(err.Error(), "july-29.csv") {
			t.Errorf("error %v, want one that shows a table's name", err)
		}
	})
	t.Run("writer", func(t *testing.T) {
		if err := Clones(week(), broken{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("error %v, want the writer's", err)
		}
	})
}

// broken is a writer that cannot write.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// amalfi returns the folder of the paper's tables, or skips.
func amalfi(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("AMALFI_DATA"), filepath.Join("..", "..", "..", "shared", "data")), "amalfi")
	if _, err := os.Stat(filepath.Join(dir, corpus)); err != nil {
		t.Skipf("no tables: %v", err)
	}
	return dir
}

const paperTable = `       day  versions  known  clones  confirmed  false  not triaged
   29 July     23452    643       0          0      0            0
   30 July     13849    654       0          0      0            0
   31 July      7042    656       0          0      0            0
  1 August      6050    659       0          0      0            0
  2 August     13562    660       1          1      0            0
  3 August     15269    663       0          0      0            0
  4 August     17063    669      17         17      0            0
       sum     96287             18         18      0            0

Versions without a hash, which match nothing: 48
`

func TestPaper(t *testing.T) {
	var out bytes.Buffer
	if err := Clones(os.DirFS(amalfi(t)), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != paperTable {
		t.Errorf("got\n%swant\n%s", got, paperTable)
	}
}

// The paper's own clone detector found as many on each day.
func TestPaperResults(t *testing.T) {
	dir := amalfi(t)
	days, err := replay(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		name := strings.ToLower(d.date.Format("January-2")) + ".csv"
		file, err := os.Open(filepath.Join(dir, "results", "slide-window", name))
		if err != nil {
			t.Skip(err)
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, row := range rows {
			if row[9] == "Yes" {
				found++
			}
		}
		if rows[0][9] != "hash_classifier" || found != d.clones {
			t.Errorf("%s: %d clones, the paper's %s has %d", name, d.clones, rows[0][9], found)
		}
	}
}

// FuzzClones checks that any table of a day is read or refused, and that the
// counts fit together.
func FuzzClones(f *testing.F) {
	for _, file := range week() {
		f.Add(file.Data)
	}
	f.Add([]byte(header + "a,1," + hash("a") + ",malicious\n\na,1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := fstest.MapFS{corpus: week()[corpus], "july-29.csv": {Data: data}}
		days, err := replay(dir)
		if err != nil {
			if !errors.Is(err, ErrTable) {
				t.Fatalf("an error that is not documented: %v", err)
			}
			return
		}
		if d := days[0]; d.known != 1 || d.clones > d.versions-d.unhashed || d.confirmed+d.false > d.clones {
			t.Fatalf("%+v", d)
		}
	})
}

func BenchmarkClones(b *testing.B) {
	dir := os.DirFS(amalfi(b))
	for b.Loop() {
		if err := Clones(dir, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
