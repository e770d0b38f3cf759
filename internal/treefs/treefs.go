// Package treefs presents a listing of files whose content is fetched on
// demand, such as the tree of a git commit, as an fs.FS.
package treefs

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// File is one file of the listing.
type File struct {
	Path string
	Size int64
	Read func() ([]byte, error)
}

// New returns a file system with the given regular files. Paths that
// fs.ValidPath refuses are left out.
func New(files []File) fs.FS {
	t := &tree{files: make(map[string]*File, len(files)), dirs: map[string][]fs.DirEntry{".": nil}}
	for i := range files {
		f := &files[i]
		if !fs.ValidPath(f.Path) || f.Path == "." {
			continue
		}
		t.files[f.Path] = f
		t.enter(f.Path, entry{name: path.Base(f.Path), size: f.Size})
	}
	for _, entries := range t.dirs {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return t
}

type tree struct {
	files map[string]*File
	dirs  map[string][]fs.DirEntry
}

// enter adds an entry to its folder, and the folder to those above it.
func (t *tree) enter(name string, e entry) {
	dir := path.Dir(name)
	_, known := t.dirs[dir]
	t.dirs[dir] = append(t.dirs[dir], e)
	if !known {
		t.enter(dir, entry{name: path.Base(dir), dir: true})
	}
}

// Open implements fs.FS.
func (t *tree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := t.files[name]; ok {
		data, err := f.Read()
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		}
		return &file{Reader: bytes.NewReader(data), entry: entry{name: path.Base(name), size: int64(len(data))}}, nil
	}
	if entries, ok := t.dirs[name]; ok {
		return &dir{entry: entry{name: path.Base(name), dir: true}, entries: entries}, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// Stat implements fs.StatFS; it reads nothing, so the size is the listing's.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	if f, ok := t.files[name]; ok {
		return entry{name: path.Base(name), size: f.Size}, nil
	}
	if _, ok := t.dirs[name]; ok {
		return entry{name: path.Base(name), dir: true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

// entry is a name of a folder; it is its own fs.FileInfo.
type entry struct {
	name string
	size int64
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Type() fs.FileMode          { return e.Mode().Type() }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type file struct {
	*bytes.Reader
	entry entry
}

func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }
func (f *file) Close() error               { return nil }

type dir struct {
	entry   entry
	entries []fs.DirEntry
}

func (d *dir) Stat() (fs.FileInfo, error) { return d.entry, nil }
func (d *dir) Close() error               { return nil }

func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.entry.name, Err: fs.ErrInvalid}
}

func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		all := slices.Clone(d.entries)
		d.entries = nil
		return all, nil
	}
	if len(d.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.entries))
	some := slices.Clone(d.entries[:n])
	d.entries = d.entries[n:]
	return some, nil
}
