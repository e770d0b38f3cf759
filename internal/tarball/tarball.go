// Package tarball reads npm package tarballs into memory, under limits, and
// yields the files that npm would install from them.
//
// The reference is npm itself: pacote's extraction (strip 1, regular files
// only) on top of node-tar 7. A tarball is read more strictly than npm reads
// it, for two reasons. A package manager that is not npm may read the same
// bytes differently, so that no single tree describes what is installed. And
// content that npm installs but an audit does not see is the very thing an
// attacker wants.
//
// # Refused with ErrMalformed
//
// npm fails on these as well, or ignores the last part of a header.
//
//   - A gzip stream that is truncated, whose checksum or length is wrong, or
//     that other bytes than zeros or another gzip stream follow.
//   - A tar stream that ends inside a header, a file or its padding.
//   - A stream without any entry.
//
// # Refused with ErrAmbiguous
//
// npm installs something from these; what that is depends on the program.
//
//   - Compression by zstd, which npm reads where Node can.
//   - Zeros and then other bytes behind the gzip stream: what npm makes of
//     them depends on how the network cuts the bytes.
//   - A header whose checksum does not match, or is written so that a reader
//     of 8 bytes and one of 12 bytes (node-tar) see different numbers. npm
//     skips such a header and looks for the next one inside the content.
//   - A header with an empty name; a link name on something that is no link;
//     a link without a link name. npm skips these headers too.
//   - A number in any field in base-256 that node-tar cannot represent, since
//     it then skips the header; a size in base-256 or negative, with leading
//     spaces or with anything but octal digits.
//   - A size on a link, device or directory; a size on a name that ends in a
//     slash.
//   - A name prefix under a magic that not every reader takes for ustar.
//   - A name with a line break behind its terminating NUL.
//   - Extended headers (pax) that do not follow the grammar, that repeat a
//     path, link path or size, that give a size other than the header's, or
//     that hide one of these three in the value of another record; global
//     ones that set any of the three; sparse files in any form.
//   - More than one extended header or GNU long name for one entry, unless
//     they are of different kinds and agree; the obsolete types N and X.
//   - A backslash in a name: a folder on Windows, a character elsewhere. A
//     name that starts with the Windows device prefix //?/.
//
// # Refused with ErrTooLarge
//
// Everything beyond the constants of this package or the caller's Limits.
//
// # Read as npm does
//
// The first component of every name is removed, whatever it is. Links,
// devices and directories are left out; .gitignore becomes .npmignore.
// Absolute names and drive letters are made relative, entries with ".." are
// left out, and so are those that would make a file of a folder or the
// reverse. The last entry of a name wins. Entries behind the end-of-archive
// mark are not read. Whatever legitimate tarballs do not do is recorded in
// Tree.Oddities. Folder entries, folders not named "package", pax headers and
// GNU long names are common and are not.
//
// Names are compared byte by byte, and for case collisions also by simple
// Unicode case folding; Unicode normalisation forms are not folded.
package tarball

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// What Unpack's errors wrap. An error that wraps none of them is the reader's
// own.
var (
	// ErrTooLarge says that a limit was exceeded.
	ErrTooLarge = errors.New("tarball too large")
	// ErrMalformed says that the bytes are no tarball, or a damaged one.
	ErrMalformed = errors.New("malformed tarball")
	// ErrAmbiguous says that programs would install different files from the
	// same bytes. Legitimate tarballs are not ambiguous.
	ErrAmbiguous = errors.New("ambiguous tarball")
)

// The limits that a zero field of Limits stands for. The figures in brackets
// are the largest seen among popular packages.
const (
	// MaxUnpackedSize bounds the whole tar stream, in bytes (185 MB, googleapis).
	MaxUnpackedSize = 1 << 30
	// MaxFileSize bounds one file, in bytes (142 MB, a native compiler).
	MaxFileSize = 512 << 20
	// MaxFiles bounds the number of entries (43,000, an icon set).
	MaxFiles = 200_000
	// MaxKeptFirst is how much content is kept whatever it is, in bytes, before
	// the two other bounds decide.
	MaxKeptFirst = 16 << 20
	// MaxKeptCode bounds the kept content of files that an interpreter may
	// read, in bytes (72 MB, next).
	MaxKeptCode = 128 << 20
	// MaxKeptOther bounds the kept content of all other files, in bytes.
	MaxKeptOther = 8 << 20
)

// Limits that are the same for every caller.
const (
	// maxPathLength bounds one name, in bytes. macOS allows 1,024 for a whole
	// path; real names stay under 150.
	maxPathLength = 1024
	// maxPathBytes bounds the sum of all names, in bytes, so that a tree fits
	// into memory and into a worker's answer.
	maxPathBytes = 32 << 20
	// maxExtendedHeader bounds a pax header or GNU long name, in bytes.
	// node-tar ignores those over 1 MiB; real ones take a few hundred bytes.
	maxExtendedHeader = 64 << 10
	// maxRatio is how many times larger than the bytes read the unpacked
	// stream may be, once it exceeds ratioFloor bytes. Real tarballs over that
	// size reach 13; DEFLATE ends at 1,032.
	maxRatio   = 200
	ratioFloor = 32 << 20
	// maxOddities bounds the oddities recorded, of each kind.
	maxOddities = 100
)

// Limits bounds one Unpack. A zero field stands for the constant of its name.
type Limits struct {
	UnpackedSize int64 // MaxUnpackedSize
	FileSize     int64 // MaxFileSize
	Files        int   // MaxFiles
	KeptFirst    int64 // MaxKeptFirst
	KeptCode     int64 // MaxKeptCode
	KeptOther    int64 // MaxKeptOther
}

func (l Limits) withDefaults() Limits {
	set := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.UnpackedSize, MaxUnpackedSize)
	set(&l.FileSize, MaxFileSize)
	set(&l.KeptFirst, MaxKeptFirst)
	set(&l.KeptCode, MaxKeptCode)
	set(&l.KeptOther, MaxKeptOther)
	if l.Files == 0 {
		l.Files = MaxFiles
	}
	return l
}

// Unpack reads a tarball to its end and returns the files that npm would
// install, sorted by path. Every file has its size, digest and kind of content;
// which files also have their Data is said at keeper, which a GitBlob at npm.File.
//
// Its errors wrap ErrTooLarge, ErrMalformed, ErrAmbiguous or r's own error.
func Unpack(r io.Reader, limits Limits) (*npm.Tree, error) {
	limits = limits.withDefaults()
	s, err := newStream(r, limits.UnpackedSize)
	if err != nil {
		return nil, err
	}
	u := &unpacker{
		stream: s,
		limits: limits,
		keeper: keeper{first: limits.KeptFirst, code: limits.KeptCode, other: limits.KeptOther},
		tree:   new(npm.Tree),
		index:  make(map[string]int),
		folded: make(map[string]string),
		dirs:   make(map[string]bool),
		odd:    make(map[npm.OddityKind]int),
		digest: sha256.New(),
		buf:    make([]byte, bufferSize),
	}
	if err := u.entries(); err != nil {
		return nil, err
	}
	u.tree.Sort()
	return u.tree, nil
}

// manifest is the path of the package's own manifest.
const manifest = "package.json"

// bufferSize is the step in which content is read and hashed, in bytes.
const bufferSize = 32 << 10

// unpacker is the state of one Unpack.
type unpacker struct {
	stream *stream
	limits Limits
	keeper keeper
	tree   *npm.Tree

	index     map[string]int    // path to its place in tree.Files
	folded    map[string]string // case-folded path to the first path of that form
	dirs      map[string]bool   // every folder of a path in index
	ignores   map[string]bool   // .npmignore entries seen, by their full names
	odd       map[npm.OddityKind]int
	root      string // first component of the first file
	count     int    // entries seen
	pathBytes int

	digest hash.Hash
	blob   hash.Hash // git's id, while content is read that gets one
	bytes  histogram
	buf    []byte
}

// oddity records what legitimate tarballs do not do.
func (u *unpacker) oddity(kind npm.OddityKind, path, detail string) {
	if u.odd[kind]++; u.odd[kind] <= maxOddities {
		u.tree.Oddities = append(u.tree.Oddities, npm.Oddity{Kind: kind, Path: validUTF8(path), Detail: detail})
	}
}

// entries reads the stream to its end.
func (u *unpacker) entries() error {
	if u.stream.gzip == nil {
		u.oddity(npm.OddUncompressed, "", "")
	}
	var (
		b     block
		ext   extension
		zeros int // zero blocks just seen; two end the archive
	)
	for zeros < 2 {
		err := u.stream.next(b[:])
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if b == (block{}) {
			zeros++
			continue
		}
		h, err := parseHeader(&b)
		if err != nil {
			return err
		}
		if zeros > 0 {
			u.oddity(npm.OddTrailingData, h.name, "an entry behind a zero block")
			zeros = 0
		}
		if h.extends() {
			err = u.extend(&ext, h)
		} else {
			if err = ext.apply(h); err == nil {
				err = u.entry(h)
			}
			ext = extension{}
		}
		if err != nil {
			return err
		}
	}
	if err := u.drain(); err != nil {
		return err
	}
	if u.stream.members > 1 {
		u.oddity(npm.OddGzipMembers, "", fmt.Sprintf("%d gzip streams in a row", u.stream.members))
	}
	if u.count == 0 {
		return fmt.Errorf("%w: it has no entries", ErrMalformed)
	}
	if _, ok := u.index[manifest]; !ok {
		u.oddity(npm.OddNoManifest, "", "")
	}
	return nil
}

// drain reads what stands behind the end-of-archive mark, usually zeros.
func (u *unpacker) drain() error {
	seen := false
	for {
		n, err := u.stream.Read(u.buf)
		if !seen && !allZero(u.buf[:n]) {
			seen = true
			u.oddity(npm.OddTrailingData, "", "data behind the end of the archive")
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// extend reads the content of a header that describes the next one.
func (u *unpacker) extend(ext *extension, h *header) error {
	if h.size > maxExtendedHeader {
		return fmt.Errorf("%w: an extended header of %d bytes; %d are read", ErrTooLarge, h.size, maxExtendedHeader)
	}
	body := make([]byte, h.size)
	if err := u.stream.readFull(body, "extended header"); err != nil {
		return err
	}
	if err := u.stream.skip(padding(h.size)); err != nil {
		return err
	}
	return ext.add(h.kind, body)
}

// entry reads one entry that is no extension.
func (u *unpacker) entry(h *header) error {
	if u.count++; u.count > u.limits.Files {
		return fmt.Errorf("%w: more than %d entries", ErrTooLarge, u.limits.Files)
	}
	if len(h.name) > maxPathLength {
		return fmt.Errorf("%w: a name of %d bytes; %d are read", ErrTooLarge, len(h.name), maxPathLength)
	}
	if u.pathBytes += len(h.name); u.pathBytes > maxPathBytes {
		return fmt.Errorf("%w: names of more than %d bytes together", ErrTooLarge, maxPathBytes)
	}
	if h.size > u.limits.FileSize {
		return fmt.Errorf("%w: %.100q has %d bytes; %d are read", ErrTooLarge, h.name, h.size, u.limits.FileSize)
	}
	switch h.kind {
	case kindFile:
		return u.file(h)
	case kindContiguous:
		u.oddity(npm.OddEntryType, h.name, "a contiguous file; npm installs it")
		return u.file(h)
	case kindDirectory:
	case kindLink, kindSymlink:
		u.oddity(npm.OddLink, h.name, fmt.Sprintf("a link to %.200q", h.link))
	case kindCharDevice, kindBlockDevice, kindFIFO:
		u.oddity(npm.OddDevice, h.name, "")
	default:
		u.oddity(npm.OddEntryType, h.name, fmt.Sprintf("type %q; npm does not install it", rune(h.kind)))
	}
	return u.stream.skip(h.size + padding(h.size))
}

// file reads a regular file and gives it its place in the tree, if npm would.
func (u *unpacker) file(h *header) error {
	p, err := u.place(h.name)
	if err != nil {
		return err
	}
	if p.path == "" {
		return u.stream.skip(h.size + padding(h.size))
	}
	if !printable(h.name) {
		u.oddity(npm.OddControlCharacter, h.name, "")
	}
	if hasShortName(p.path) {
		u.oddity(npm.OddShortName, h.name, "Windows may take it for a file with a longer name")
	}
	f := npm.File{Path: p.path, Size: h.size, Executable: h.executable, Renamed: p.renamed}
	if err := u.content(&f); err != nil {
		return err
	}
	if err := u.stream.skip(padding(h.size)); err != nil {
		return err
	}
	if i, ok := u.index[f.Path]; ok {
		u.replace(i, f, h.name)
		return nil
	}
	if u.blocked(f.Path) {
		u.keeper.release(&f)
		u.oddity(npm.OddDuplicate, h.name, "a file and a folder of one name; npm keeps the first")
		return nil
	}
	folded := fold(f.Path)
	if first, ok := u.folded[folded]; ok {
		u.oddity(npm.OddCaseCollision, h.name, fmt.Sprintf("differs from %.200q in case alone", first))
	} else {
		u.folded[folded] = f.Path
	}
	u.index[f.Path] = len(u.tree.Files)
	u.tree.Files = append(u.tree.Files, f)
	return nil
}

// replace lets a later entry win over the file at place i, as on disk, where
// the mode of the first stays.
func (u *unpacker) replace(i int, f npm.File, name string) {
	old := &u.tree.Files[i]
	kind := npm.OddDuplicate
	if f.Path == manifest {
		kind = npm.OddDuplicateManifest
	}
	// The same bytes twice change nothing, and a .npmignore beside a
	// .gitignore is no trick.
	if old.SHA256 != f.SHA256 && !old.Renamed {
		u.oddity(kind, name, "not the same content as before; npm keeps the last")
	}
	u.keeper.release(old)
	f.Executable = old.Executable
	*old = f
}

// blocked reports whether path cannot be created because one of its folders
// is a file, or it is itself a folder. Otherwise its folders are noted.
func (u *unpacker) blocked(path string) bool {
	if u.dirs[path] {
		return true
	}
	var fresh []string
	for dir := path; ; {
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			break
		}
		dir = dir[:i]
		if u.dirs[dir] {
			break
		}
		if _, ok := u.index[dir]; ok {
			return true
		}
		fresh = append(fresh, dir)
	}
	for _, dir := range fresh {
		u.dirs[dir] = true
	}
	return false
}

// content reads f.Size bytes into f: digest, kind and, where kept, data.
func (u *unpacker) content(f *npm.File) error {
	u.digest.Reset()
	head := u.buf[:min(f.Size, sniffLength)]
	if err := u.body(head, f.Path); err != nil {
		return err
	}
	f.Content = sniff(head)
	kept := u.keeper.keep(f)
	if kept {
		f.Data = append(make([]byte, 0, min(f.Size, firstAllocation)), head...)
	}
	if u.blob = nil; !kept || f.Path == manifest {
		u.blob = sha1.New()
		fmt.Fprintf(u.blob, "blob %d\x00", f.Size)
		u.blob.Write(head)
	}
	for rest := f.Size - int64(len(head)); rest > 0; {
		step := u.buf[:min(rest, bufferSize)]
		if f.Data != nil {
			f.Data = grow(f.Data, f.Size)
			free := f.Data[len(f.Data):cap(f.Data)]
			step = free[:min(len(free), bufferSize)]
			f.Data = f.Data[:len(f.Data)+len(step)]
		}
		if err := u.body(step, f.Path); err != nil {
			return err
		}
		rest -= int64(len(step))
	}
	f.SHA256 = hex.EncodeToString(u.digest.Sum(u.buf[:0]))
	f.Entropy = u.bytes.entropy(f.Size)
	if u.blob != nil {
		f.GitBlob = hex.EncodeToString(u.blob.Sum(u.buf[:0]))
		u.blob = nil
	}
	return nil
}

// body fills p with content and adds it to the digest.
func (u *unpacker) body(p []byte, path string) error {
	if err := u.stream.readFull(p, path); err != nil {
		return err
	}
	u.digest.Write(p)
	if u.blob != nil {
		u.blob.Write(p)
	}
	u.bytes.add(p)
	return nil
}

// firstAllocation is what is allocated for a kept file before any of its bytes
// have arrived, in bytes: a header that lies about a size costs no more.
const firstAllocation = 1 << 20

// grow returns data with room for at least one more byte of size in all. Its
// last growth makes the capacity exactly size.
func grow(data []byte, size int64) []byte {
	if len(data) < cap(data) {
		return data
	}
	grown := make([]byte, len(data), min(size, 2*int64(cap(data))))
	copy(grown, data)
	return grown
}

// padding is the number of bytes that fill the last block of a content of n.
func padding(n int64) int64 { return -n & (blockSize - 1) }

func allZero(p []byte) bool {
	for _, c := range p {
		if c != 0 {
			return false
		}
	}
	return true
}
