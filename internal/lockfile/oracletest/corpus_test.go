package oracletest

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// file is a lockfile to compare the readings of.
type file struct {
	name    string // for people
	base    string // the base name, which decides the format
	data    []byte
	project fs.FS // the folder it lies in; nil where there is none
}

// ownLockfiles returns the lockfiles of package lockfile's tests, and those
// that show faults which nothing else there does.
func ownLockfiles(t *testing.T) []file {
	t.Helper()
	return slices.Concat(
		seeds(t, filepath.Join("..", "testdata", "seeds")),
		archives(t, filepath.Join("..", "testdata", "good")),
		archives(t, filepath.Join("testdata", "faults")),
	)
}

// sharedLockfiles returns the real lockfiles of the shared data, none where
// it is not there.
func sharedLockfiles(t *testing.T) []file {
	t.Helper()
	shared := os.Getenv("AMALFI_DATA")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	var files []file
	for _, folder := range []string{"lockfiles", "bumps"} {
		dir := filepath.Join(shared, folder)
		if _, err := os.Stat(dir); err != nil {
			t.Logf("no shared data at %s: it is not compared", dir)
			continue
		}
		files = append(files, tree(t, dir)...)
	}
	return files
}

// seeds returns the fuzzing seeds of the readers, which are called like a
// lockfile with a suffix.
func seeds(t *testing.T, dir string) []file {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []file
	for _, e := range entries {
		base := e.Name()
		for !lockfile.IsName(base) {
			suffix := path.Ext(base)
			if suffix == "" {
				t.Fatalf("the seed %s is not called like a lockfile", e.Name())
			}
			base = strings.TrimSuffix(base, suffix)
		}
		files = append(files, file{name: "seeds/" + e.Name(), base: base, data: read(t, filepath.Join(dir, e.Name()))})
	}
	return files
}

// archives returns the lockfiles in the txtar archives of a folder.
func archives(t *testing.T, dir string) []file {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var files []file
	for _, name := range names {
		content, err := txtar.FS(txtar.Parse(read(t, name)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found, err := lockfile.Discover(content)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, inside := range found.Lockfiles {
			data, err := fs.ReadFile(content, inside)
			if err != nil {
				t.Fatal(err)
			}
			project, err := fs.Sub(content, path.Dir(inside))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file{
				name: path.Join(filepath.Base(dir), filepath.Base(name), inside),
				base: path.Base(inside), data: data, project: project,
			})
		}
	}
	return files
}

// tree returns the lockfiles below a folder.
func tree(t *testing.T, dir string) []file {
	t.Helper()
	found, err := lockfile.Discover(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	var files []file
	for _, name := range found.Lockfiles {
		full := filepath.Join(dir, filepath.FromSlash(name))
		files = append(files, file{
			name: path.Join(filepath.Base(dir), name), base: path.Base(name),
			data: read(t, full), project: os.DirFS(filepath.Dir(full)),
		})
	}
	if len(files) == 0 {
		t.Fatalf("no lockfiles below %s", dir)
	}
	return files
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
