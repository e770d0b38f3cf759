// Package packagehash computes the package hash of the Amalfi paper's artifact
// (code/clone-detector in its repository): two versions with the same hash have
// the same files, but for the name and version in their manifests. A table of
// hashes that were published with the paper is matched as it stands.
//
// The hash is the MD5 of a walk through the package's folder. A folder's files
// come before its folders, both in order of their names by code point. A file
// adds its path, relative to the package's folder, a line feed, and its
// content. A file whose name is package.json, in any folder, adds instead what
// Python's json.dumps(value, sort_keys=True) makes of it after its members
// "name" and "version" are set to "" (and added where they are missing).
//
// The artifact is a Python program, which ends with an exception where it
// cannot read a package.json. Such a version has no hash (ErrNoHash), and its
// row in the published tables has an empty one.
//
// # What follows for who uses it
//
// The files are those that npm lays out: without the first component of the
// tarball's names, without links, and with .npmignore where the tarball has
// .gitignore. All of them count, whatever they hold.
//
// Paths and contents follow one another without lengths, so that different
// files can give the same bytes, and MD5 collisions can be made on purpose. Both
// help only whoever wants to be taken for known malware. A changed byte changes
// the hash: what is not found is not thereby unknown.
package packagehash

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// MaxManifestSize is the largest package.json that is hashed, in bytes. The
// artifact has no limit; of the popular packages looked at none exceeds 32 kB.
// While one is rewritten, it takes up to 30 times its size in memory.
const MaxManifestSize = 4 << 20

// What Sum's errors wrap.
var (
	// ErrNoHash says that the artifact has no hash for these files: a
	// package.json is not what Python's json.load takes for an object, or a
	// path is none that a file can have. No files have no hash either, although
	// the artifact has one for a folder that is not there.
	ErrNoHash = errors.New("no package hash")
	// ErrTooLarge says that a package.json exceeds MaxManifestSize.
	ErrTooLarge = errors.New("package.json too large to hash")
)

// File is one regular file of a package.
type File struct {
	// Path is relative to the package's folder, with forward slashes.
	Path string
	// Data is the whole content.
	Data []byte
}

// Sum returns the package hash, 32 lower-case hexadecimal digits, of a version
// with these files, in whatever order they are given. All files must be there
// with all their content. Errors wrap ErrNoHash or ErrTooLarge.
func Sum(files []File) (string, error) {
	walk, err := walk(files)
	if err != nil {
		return "", err
	}
	sum := md5.New()
	for _, f := range walk {
		data := f.Data
		if path.Base(f.Path) == "package.json" {
			if data, err = anonymous(data); err != nil {
				return "", fmt.Errorf("%q: %w", f.Path, err)
			}
		}
		io.WriteString(sum, f.Path)
		io.WriteString(sum, "\n")
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// walk returns the files in the order of the artifact's walk.
func walk(files []File) ([]*File, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: no files", ErrNoHash)
	}
	list := make([]*File, len(files))
	for i := range files {
		if p := files[i].Path; !fs.ValidPath(p) || p == "." || strings.ContainsRune(p, 0) {
			return nil, fmt.Errorf("%w: %q is no path of a file", ErrNoHash, p)
		}
		list[i] = &files[i]
	}
	slices.SortFunc(list, func(a, b *File) int { return compare(a.Path, b.Path) })
	for i := range list[1:] {
		if list[i].Path == list[i+1].Path {
			return nil, fmt.Errorf("%w: %q is given twice", ErrNoHash, list[i].Path)
		}
	}
	return list, nil
}

// compare orders two paths as the walk visits them. In UTF-8 the order of bytes
// is that of code points, in which Python sorts.
func compare(a, b string) int {
	folder := 0 // where the first component starts that differs
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			folder = i + 1
		}
	}
	nameA, _, deeperA := strings.Cut(a[folder:], "/")
	nameB, _, deeperB := strings.Cut(b[folder:], "/")
	if deeperA != deeperB {
		if deeperB {
			return -1
		}
		return 1
	}
	return cmp.Compare(nameA, nameB)
}
