package treefs

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestFS(t *testing.T) {
	content := func(s string) func() ([]byte, error) { return func() ([]byte, error) { return []byte(s), nil } }
	fsys := New([]File{
		{Path: "package.json", Size: 2, Read: content("{}")},
		{Path: "packages/a/deep/yarn.lock", Size: 5, Read: content("# x\n\n")},
		{Path: "packages/b.txt", Size: 1, Read: content("b")},
		{Path: "../escape", Size: 1, Read: content("no")},
		{Path: "/abs", Size: 1, Read: content("no")},
	})
	if err := fstest.TestFS(fsys, "package.json", "packages/a/deep/yarn.lock", "packages/b.txt"); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(fsys, "abs"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absolute path got in: %v", err)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	fsys := New([]File{{Path: "a", Read: func() ([]byte, error) { return nil, broken }}})
	if _, err := fs.ReadFile(fsys, "a"); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}
