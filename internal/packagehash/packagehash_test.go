package packagehash

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tree lists files in the order of the walk. It and its hash are those that
// Python's os.walk gave on a disk that held these files.
var tree = []File{
	{".npmignore", []byte("*")},
	{"B.js", []byte("B\n")},
	{"a.js", []byte("a\n")},
	{"b.js", []byte("b\n")},
	{`back\slash`, []byte("6")},
	{"empty", nil},
	{"package.json", []byte(`{"version":"1.0.0","name":"x","main":"b.js"}` + "\n")},
	{"package.json.bak", []byte("{")},
	{"é", []byte("e")},
	{"\uffff", []byte("1")},
	{"\U0001f600", []byte("2")},
	{"a/b.js", []byte("ab\r\n")},
	{"a/package.json", []byte(`{"é":1e3}`)},
	{"a/a/x", []byte("x")},
	{"a b/c", []byte("5")},
	{"a-b/c", []byte("c")},
	{"a.b/c", []byte("c")},
	{"lib/Package.json", []byte("not a manifest")},
	{"lib/package.json/index.js", []byte("folder")},
	{"\uffffd/f", []byte("4")},
	{"\U0001f600d/\uffff/f", []byte("3")},
}

const treeHash = "f1fa7d54b29360babea0dbc6468a4e8b"

func TestSum(t *testing.T) {
	files := slices.Clone(tree)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		given := slices.Clone(files)
		if got, err := Sum(files); err != nil || got != treeHash {
			t.Fatalf("Sum = %q, %v; want %q", got, err, treeHash)
		}
		if !reflect.DeepEqual(files, given) {
			t.Fatal("Sum changed what it was given")
		}
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	}
}

func TestWalk(t *testing.T) {
	files := slices.Clone(tree)
	slices.Reverse(files)
	list, err := walk(files)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range list {
		if f.Path != tree[i].Path {
			t.Errorf("file %d is %q, want %q", i, f.Path, tree[i].Path)
		}
	}
}

// What is hashed, written out.
func TestSumBytes(t *testing.T) {
	want := md5.Sum([]byte("index.js\nA\r\n\xff\x00" +
		`package.json` + "\n" + `{"name": "", "version": ""}` +
		"lib/index.js\nB"))
	got, err := Sum([]File{
		{"lib/index.js", []byte("B")},
		{"package.json", []byte("{}")},
		{"index.js", []byte("A\r\n\xff\x00")},
	})
	if err != nil || got != hex.EncodeToString(want[:]) {
		t.Errorf("Sum = %q, %v; want %x", got, err, want)
	}
}

// TestSumSame and TestSumDiffers check what makes two versions clones.
func TestSumSame(t *testing.T) {
	base := mustSum(t, `{"name":"a","version":"1.0.0","main":"x","scripts":{"install":"y"}}`)
	for _, manifest := range []string{
		`{"name":"b","version":"2.0.0","main":"x","scripts":{"install":"y"}}`,
		`{"scripts":{"install":"y"},"main":"x"}`,
		"{\n\t\"main\": \"\\u0078\",\n\t\"scripts\": {\"install\": \"y\"}\n}\n",
	} {
		if got := mustSum(t, manifest); got != base {
			t.Errorf("%s has another hash", manifest)
		}
	}
}

func TestSumDiffers(t *testing.T) {
	base := mustSum(t, `{"main":"x"}`)
	for _, manifest := range []string{`{}`, `{"main":"y"}`, `{"main":["x"]}`, `{"main":"x","Name":""}`, `{"main":"x","a":{"name":"b"}}`} {
		if got := mustSum(t, manifest); got == base {
			t.Errorf("%s has the same hash", manifest)
		}
	}
}

func mustSum(t *testing.T, manifest string) string {
	t.Helper()
	sum, err := Sum([]File{{"package.json", []byte(manifest)}, {"index.js", nil}})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestSumErrors(t *testing.T) {
	ok := File{"package.json", []byte("{}")}
	tests := map[string][]File{
		"no files":             nil,
		"same path twice":      {ok, {"a", nil}, ok},
		"no path":              {ok, {"", nil}},
		"folder itself":        {ok, {".", nil}},
		"absolute":             {ok, {"/a", nil}},
		"parent":               {ok, {"../a", nil}},
		"parent inside":        {ok, {"a/../b", nil}},
		"dot inside":           {ok, {"a/./b", nil}},
		"two slashes":          {ok, {"a//b", nil}},
		"slash at the end":     {ok, {"a/", nil}},
		"NUL":                  {ok, {"a\x00b", nil}},
		"invalid UTF-8":        {ok, {"a\xff", nil}},
		"surrogate in UTF-8":   {ok, {"a\xed\xa0\x80", nil}},
		"broken manifest":      {{"package.json", []byte("{")}},
		"manifest is a list":   {{"package.json", []byte("[]")}},
		"broken one in depth":  {ok, {"test/a/package.json", []byte("{{name}}")}},
		"empty one in a depth": {ok, {"template/package.json", nil}},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := Sum(files); !errors.Is(err, ErrNoHash) || got != "" {
				t.Errorf("Sum = %q, %v; want ErrNoHash", got, err)
			}
		})
	}
	_, err := Sum([]File{ok, {"a/package.json", make([]byte, MaxManifestSize+1)}})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v, want ErrTooLarge", err)
	}
	_, err = Sum([]File{ok, {"\x1b[31m/package.json", []byte(`{"a":}`)}})
	if want := `"\x1b[31m/package.json": no package hash: byte 5: no value`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// FuzzSum checks the walk's order on any paths: the order does not depend on the
// order given, and is that of a walk through folders.
func FuzzSum(f *testing.F) {
	var paths []string
	for _, file := range tree {
		paths = append(paths, file.Path)
	}
	f.Add(strings.Join(paths, "\n"), []byte(`{"name":"x"}`))
	f.Add("a\na/b\na/b/c\nb", []byte("{}"))
	f.Add("package.json\na/package.json\n\xff", []byte("[]"))
	f.Add("a-b/c\na/c\na.b/c\na b/c\na/-/c\na//c", []byte(`{"a":1`))
	f.Fuzz(func(t *testing.T, lines string, data []byte) {
		var files []File
		for _, p := range strings.Split(lines, "\n") {
			files = append(files, File{p, data})
		}
		got, err := Sum(files)
		slices.Reverse(files)
		again, errAgain := Sum(files)
		if got != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("%q, %v; reversed %q, %v", got, err, again, errAgain)
		}
		if err != nil {
			if !errors.Is(err, ErrNoHash) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("an error that is not documented: %v", err)
			}
			return
		}
		list, err := walk(files)
		if err != nil {
			t.Fatal(err)
		}
		var walked []string
		for _, file := range list {
			if !fs.ValidPath(file.Path) {
				t.Fatalf("%q was taken", file.Path)
			}
			walked = append(walked, file.Path)
		}
		if want := walkOf(walked, ""); !slices.Equal(walked, want) {
			t.Fatalf("walked %q, want %q", walked, want)
		}
	})
}

// walkOf is the walk as it is written down: folder by folder.
func walkOf(paths []string, folder string) []string {
	var files, folders []string
	for _, p := range paths {
		rest, ok := strings.CutPrefix(p, folder)
		if !ok {
			continue
		}
		if name, _, deeper := strings.Cut(rest, "/"); deeper {
			folders = append(folders, name)
		} else {
			files = append(files, path.Join(folder, name))
		}
	}
	byRune := func(a, b string) int { return slices.Compare([]rune(a), []rune(b)) }
	slices.SortFunc(files, byRune)
	slices.SortFunc(folders, byRune)
	for _, name := range slices.Compact(folders) {
		files = append(files, walkOf(paths, folder+name+"/")...)
	}
	return files
}
