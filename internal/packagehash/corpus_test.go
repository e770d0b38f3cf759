package packagehash

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusVariable names the folder that testdata/fetch.sh made.
const corpusVariable = "AMALFI_CORPUS_HASH"

// different are versions whose tarballs give another hash than the tables have.
// All four have the same files, but for the name in package.json, and so the
// same hash here, which the tables have for mariadb 1.0.1 and 1.0.2, opencv.js
// 1.0.2 and openssl.js 1.0.2. What the tables have for these four differs from
// one to the other: the copies that were hashed held the name somewhere else
// as well.
var different = []string{"ffmepg@1.0.2", "mongose@1.0.2", "node-sqlite@1.0.2", "sqlite.js@1.0.2"}

const sameFiles = "23b2681c734fc05f20e4aacc1cd2f1f8"

// TestCorpus compares hashes of tarballs from the registry with those that were
// published with the paper.
func TestCorpus(t *testing.T) {
	folder := os.Getenv(corpusVariable)
	if folder == "" {
		t.Skipf("%s names no folder made by testdata/fetch.sh", corpusVariable)
	}
	published := tables(t)
	list, err := os.ReadFile(filepath.Join("testdata", "versions.txt"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	var matched, none, missing, bytes int
	for _, version := range strings.Fields(string(list)) {
		want, ok := published[version]
		if !ok {
			t.Errorf("%s is in no table", version)
			continue
		}
		files, err := unpack(filepath.Join(folder, tarballName(version)))
		if errors.Is(err, os.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", version, err)
			continue
		}
		for _, f := range files {
			bytes += len(f.Data)
		}
		got, err := Sum(files)
		switch {
		case errors.Is(err, ErrNoHash) && want == "":
			none++
			t.Logf("%s: %v", version, err)
		case err != nil:
			t.Errorf("%s: %v, want %s", version, err, want)
		case slices.Contains(different, version):
			if got != sameFiles {
				t.Errorf("%s: %s, want %s, not %s", version, got, sameFiles, want)
			}
		case got != want:
			t.Errorf("%s: %s, want %q", version, got, want)
		default:
			matched++
			names[version[:strings.LastIndex(version, "@")]] = true
		}
	}
	t.Logf("%d versions of %d packages match, %d have no hash, %d of %d are not there; %d MB",
		matched, len(names), none, missing, len(strings.Fields(string(list))), bytes>>20)
	if matched < 150 {
		t.Errorf("%d versions match, want at least 150", matched)
	}
}

// tables returns the published hashes by name@version.
func tables(t *testing.T) map[string]string {
	t.Helper()
	data := cmp.Or(os.Getenv("AMALFI_DATA"), filepath.Join("..", "..", "..", "shared", "data"))
	found, err := filepath.Glob(filepath.Join(data, "amalfi", "*.csv"))
	if err != nil || len(found) == 0 {
		t.Skipf("no tables in %s", data)
	}
	hashes := make(map[string]string)
	for _, name := range found {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			hashes[row[0]+"@"+row[1]] = row[2]
		}
	}
	return hashes
}

// tarballName returns how npm pack calls a version's tarball.
func tarballName(version string) string {
	name, number, _ := strings.Cut(strings.TrimPrefix(version, "@"), "@")
	return strings.ReplaceAll(name, "/", "-") + "-" + number + ".tgz"
}

// unpack returns the files of a tarball as npm lays them out.
func unpack(name string) ([]File, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	stream, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	tree := map[string][]byte{}
	for r := tar.NewReader(stream); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		_, p, ok := strings.Cut(path.Clean(h.Name), "/")
		if h.Typeflag != tar.TypeReg || !ok {
			continue
		}
		if path.Base(p) == ".gitignore" {
			p = path.Join(path.Dir(p), ".npmignore")
		}
		if tree[p], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	var files []File
	for _, p := range slices.Sorted(maps.Keys(tree)) {
		files = append(files, File{p, tree[p]})
	}
	return files, nil
}
