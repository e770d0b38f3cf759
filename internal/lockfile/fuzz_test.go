package lockfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// seeds are small lockfiles of every format, one for each shape of entry.
func seeds(f *testing.F, name string) {
	files, err := filepath.Glob(filepath.Join("testdata", "seeds", name+"*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds for %s: %v", name, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
}

func fuzz(f *testing.F, name string) {
	seeds(f, name)
	f.Fuzz(func(t *testing.T, data []byte) {
		lock, err := Parse(name, data, nil)
		if err != nil {
			var own *Error
			if !errors.As(err, &own) || lock != nil {
				t.Fatalf("error %v of type %T with lockfile %v", err, err, lock)
			}
			return
		}
		for _, d := range lock.Dependencies {
			if d.Line < 1 || d.Column < 1 || d.Kind == "" {
				t.Errorf("entry without place or kind: %+v", d)
			}
		}
		if changes := Diff(lock, lock); len(changes) != 0 {
			t.Errorf("a lockfile differs from itself: %+v", changes)
		}
		Diff(nil, lock)
		Diff(lock, nil)
	})
}

func FuzzNPM(f *testing.F)  { fuzz(f, "package-lock.json") }
func FuzzYarn(f *testing.F) { fuzz(f, "yarn.lock") }
func FuzzPNPM(f *testing.F) { fuzz(f, "pnpm-lock.yaml") }
func FuzzBun(f *testing.F)  { fuzz(f, "bun.lock") }
