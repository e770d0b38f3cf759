package tarball

import (
	"bytes"
	"fmt"
)

// blockSize is the unit of a tar stream, in bytes (POSIX, pax, "ustar
// Interchange Format").
const blockSize = 512

// block is one header block. Its methods return the fields looked at.
type block [blockSize]byte

func (b *block) name() []byte     { return b[0:100] }
func (b *block) mode() []byte     { return b[100:108] }
func (b *block) uid() []byte      { return b[108:116] }
func (b *block) gid() []byte      { return b[116:124] }
func (b *block) size() []byte     { return b[124:136] }
func (b *block) mtime() []byte    { return b[136:148] }
func (b *block) checksum() []byte { return b[148:156] }
func (b *block) kind() kind       { return kind(b[156]) }
func (b *block) link() []byte     { return b[157:257] }
func (b *block) magic() []byte    { return b[257:265] } // with the version
func (b *block) major() []byte    { return b[329:337] }
func (b *block) minor() []byte    { return b[337:345] }
func (b *block) prefix() []byte   { return b[345:500] }

// Star and node-tar keep two times in the end of the prefix; node-tar reads
// them where the byte before is zero.
func (b *block) atime() []byte { return b[476:488] }
func (b *block) ctime() []byte { return b[488:500] }
func (b *block) times() bool   { return b.ustar() && b[475] == 0 }
func (b *block) star() bool    { return string(b[508:512]) == "tar\x00" }

func (b *block) ustar() bool { return string(b.magic()) == "ustar\x0000" }

// representable reports whether node-tar can read the fields that it reads as
// numbers, besides size and checksum.
func (b *block) representable() bool {
	return representable(b.mode()) && representable(b.uid()) && representable(b.gid()) && representable(b.mtime()) &&
		(!b.ustar() || representable(b.major()) && representable(b.minor())) &&
		(!b.times() || representable(b.atime()) && representable(b.ctime()))
}

// sum adds up all bytes, those of the checksum taken as spaces.
func (b *block) sum() int64 {
	sum := int64(len(b.checksum())) * ' '
	for _, c := range b {
		sum += int64(c)
	}
	for _, c := range b.checksum() {
		sum -= int64(c)
	}
	return sum
}

// valid reports whether the checksum is right. It must end in a NUL or a
// space, since node-tar reads on into the type flag otherwise.
func (b *block) valid() bool {
	sum, ok := octal(b.checksum())
	last := b.checksum()[7]
	return ok && sum == b.sum() && (last == 0 || last == ' ')
}

// kind is an entry's type flag.
type kind byte

// The type flags that mean something here.
const (
	kindOldFile     kind = 0 // read as kindFile
	kindFile        kind = '0'
	kindLink        kind = '1'
	kindSymlink     kind = '2'
	kindCharDevice  kind = '3'
	kindBlockDevice kind = '4'
	kindDirectory   kind = '5'
	kindFIFO        kind = '6'
	kindContiguous  kind = '7'
	kindGlobal      kind = 'g' // pax, about all entries that follow
	kindExtended    kind = 'x' // pax, about the next entry
	kindLongLink    kind = 'K' // GNU, the link name of the next entry
	kindLongName    kind = 'L' // GNU, the name of the next entry
	kindOldLongName kind = 'N' // GNU
	kindSparse      kind = 'S' // GNU, more header blocks may follow it
	kindOldExtended kind = 'X' // Solaris
)

// header is what a header block says of its entry.
type header struct {
	name       string // with the prefix; not yet validated
	link       string
	kind       kind
	size       int64 // of the content that follows, in bytes
	executable bool
}

// extends reports whether the entry describes the next one.
func (h *header) extends() bool {
	switch h.kind {
	case kindGlobal, kindExtended, kindLongLink, kindLongName:
		return true
	}
	return false
}

// isLink reports whether the entry is a hard or symbolic link.
func (h *header) isLink() bool { return h.kind == kindLink || h.kind == kindSymlink }

// ambiguous makes an error about the entry called name.
func ambiguous(name, why string) error {
	return fmt.Errorf("%w: entry %.100q: %s", ErrAmbiguous, name, why)
}

// parseHeader reads a block that is not zero. It refuses what would make
// node-tar skip the header and what other readers understand differently; the
// package comment lists it.
func parseHeader(b *block) (*header, error) {
	name, prefix, link := cutNUL(b.name()), cutNUL(b.prefix()), cutNUL(b.link())
	size, sizeOK := octal(b.size())
	mode, _ := octal(b.mode())
	h := &header{
		name:       string(name),
		link:       string(link),
		kind:       b.kind(),
		size:       size,
		executable: mode&0o111 != 0,
	}
	if h.kind == kindOldFile {
		h.kind = kindFile
	}
	why := ""
	switch {
	case !b.valid():
		why = "its header has a wrong checksum"
	case h.name == "":
		why = "an empty name"
	case len(prefix) > 0 && !b.ustar():
		why = fmt.Sprintf("a prefix under the magic %q", b.magic())
	case len(prefix) > 0 && b.star() && !b.times():
		why = "a prefix that runs into star's times"
	case lineBreak(b.name()[len(name):]), lineBreak(b.link()[len(link):]),
		b.ustar() && lineBreak(b.prefix()[len(prefix):]):
		why = "a line break behind the end of a name"
	case h.isLink() && h.link == "":
		why = "a link without a link name"
	case h.link != "" && !h.isLink() && h.kind != kindExtended && h.kind != kindGlobal:
		why = "a link name on something that is no link"
	case !sizeOK:
		why = "a size that is not plain octal"
	case h.size != 0 && '1' <= h.kind && h.kind <= '6':
		why = "a size on something without content"
	case h.kind == kindOldLongName, h.kind == kindOldExtended, h.kind == kindSparse:
		why = fmt.Sprintf("the obsolete type %q", rune(h.kind))
	case !b.representable():
		why = "a number that JavaScript cannot represent"
	}
	if why != "" {
		return nil, ambiguous(h.name, why)
	}
	if len(prefix) > 0 {
		h.name = string(prefix) + "/" + h.name
	}
	return h, nil
}

// octal reads digits that a NUL, a space or the field's end terminates. Of
// digits that something else follows it returns the value and false. An empty
// field is 0.
func octal(f []byte) (n int64, ok bool) {
	i := 0
	for i < len(f) && '0' <= f[i] && f[i] <= '7' {
		n = n<<3 | int64(f[i]-'0')
		i++
	}
	for i < len(f) && (f[i] == 0 || f[i] == ' ') {
		i++
	}
	return n, i == len(f)
}

// maxSafeInteger is JavaScript's Number.MAX_SAFE_INTEGER.
const maxSafeInteger = 1<<53 - 1

// representable reports whether node-tar can read the number. In base-256 the
// first byte is 0x80 for positive numbers and 0xff for negative ones, in two's
// complement. Everything else is octal, of which it takes what it can.
func representable(f []byte) bool {
	if f[0] < 0x80 {
		return true
	}
	var flip byte
	switch f[0] {
	case 0x80:
	case 0xff:
		flip = 0xff
	default:
		return false
	}
	var n uint64 // the number; for a negative one the magnitude less one
	for _, c := range f[1:] {
		if n > maxSafeInteger>>8 {
			return false
		}
		n = n<<8 | uint64(c^flip)
	}
	return n < maxSafeInteger
}

// cutNUL returns what stands before the first NUL.
func cutNUL(f []byte) []byte {
	if i := bytes.IndexByte(f, 0); i >= 0 {
		return f[:i]
	}
	return f
}

// lineBreak reports whether f holds a line terminator of JavaScript. Node-tar
// cuts a name from its NUL to the next of these, not to the field's end.
func lineBreak(f []byte) bool {
	return !allZero(f) && bytes.ContainsAny(f, "\n\r\u2028\u2029")
}
