package npm

import (
	"cmp"
	"slices"
	"strings"
)

// Tree is the content of one tarball as npm would lay it out, without the
// leading folder, sorted by path.
type Tree struct {
	Files []File `json:"files"`
	// Oddities is what the tarball has that npm pack never writes, in the
	// order in which it stands in the tarball.
	Oddities []Oddity `json:"oddities,omitempty"`
}

// File is one regular file of a Tree.
type File struct {
	// Path is relative to the package's folder, with forward slashes.
	Path string `json:"path"`
	Size int64  `json:"size"`
	// Executable tells whether the tarball sets any execute bit.
	Executable bool `json:"executable,omitempty"`
	// SHA256 is the digest of the content, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Entropy is the Shannon entropy of the content, in bits per byte, rounded
	// to four digits; 0 for an empty file.
	Entropy float64 `json:"entropy,omitempty"`
	// Content is what the file's first bytes say it is.
	Content Content `json:"content,omitempty"`
	// Renamed marks a .npmignore that the tarball has as .gitignore: npm
	// renames it, other package managers do not.
	Renamed bool `json:"renamed,omitempty"`
	// GitBlob is git's SHA-1 id of the content, in hexadecimal. It is there for
	// the package's manifest and for content that was not kept.
	GitBlob string `json:"gitBlob,omitempty"`
	// Data is the content. It stays in the process that unpacked it, and is
	// nil where unpacking did not keep it.
	Data []byte `json:"-"`
}

// Content classifies a file by its bytes, never by its name.
type Content string

// The kinds of content that are told apart.
const (
	ContentText   Content = ""       // anything else that looks like text
	ContentBinary Content = "binary" // anything else that does not
	ContentELF    Content = "elf"
	ContentMachO  Content = "mach-o"
	ContentPE     Content = "pe"
	ContentWasm   Content = "wasm"
	ContentGzip   Content = "gzip"
	ContentZip    Content = "zip"
	ContentTar    Content = "tar"
	ContentJava   Content = "java-class"
)

// Native reports whether the content is machine code for an operating system.
func (c Content) Native() bool {
	return c == ContentELF || c == ContentMachO || c == ContentPE
}

// Oddity is something about a tarball that legitimate packages do not do.
type Oddity struct {
	Kind OddityKind `json:"kind"`
	// Path is the entry's name as the tarball writes it; untrusted.
	Path   string `json:"path,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// OddityKind names what is odd about a tarball.
type OddityKind string

// The oddities that unpacking records.
const (
	OddAbsolutePath      OddityKind = "absolute-path"
	OddTraversal         OddityKind = "path-traversal"
	OddLink              OddityKind = "link"
	OddDevice            OddityKind = "device"
	OddDuplicate         OddityKind = "duplicate-file"
	OddDuplicateManifest OddityKind = "duplicate-manifest"
	OddCaseCollision     OddityKind = "case-collision"
	OddNoManifest        OddityKind = "no-manifest"
	OddTrailingData      OddityKind = "trailing-data"
	OddGzipMembers       OddityKind = "gzip-members"
	OddSecondRoot        OddityKind = "second-root"
	OddControlCharacter  OddityKind = "control-character"
	OddUncompressed      OddityKind = "uncompressed"
	OddNoFolder          OddityKind = "no-folder"
	OddEntryType         OddityKind = "entry-type"
	OddShortName         OddityKind = "short-name"
)

// Sort orders the files by path, bytewise.
func (t *Tree) Sort() {
	slices.SortFunc(t.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
}

// Lookup returns the file at path, or nil. The tree must be sorted; a nil
// tree has no files.
func (t *Tree) Lookup(path string) *File {
	if t == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(t.Files, path, func(f File, p string) int {
		return strings.Compare(f.Path, p)
	})
	if !ok {
		return nil
	}
	return &t.Files[i]
}

// hasGyp reports whether the root has a file that publishing takes for a
// native build: *.gyp, of which installing runs binding.gyp alone.
func (t *Tree) hasGyp() bool {
	return t != nil && slices.ContainsFunc(t.Files, func(f File) bool {
		return strings.HasSuffix(f.Path, ".gyp") && !strings.HasPrefix(f.Path, ".") && !strings.Contains(f.Path, "/")
	})
}

// Size is the sum of the files' sizes, in bytes.
func (t *Tree) Size() int64 {
	var n int64
	for i := range t.Files {
		n += t.Files[i].Size
	}
	return n
}
