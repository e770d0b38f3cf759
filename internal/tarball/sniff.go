package tarball

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/npm"
)

// sniffLength is how many of a file's first bytes sniff gets, in bytes. The
// headers of real Windows executables begin within the first 1,024.
const sniffLength = 4096

// sniff classifies a file by its first bytes.
func sniff(head []byte) npm.Content {
	starts := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case starts("\x7fELF"):
		return npm.ContentELF
	case starts("\xfe\xed\xfa\xce"), starts("\xfe\xed\xfa\xcf"), starts("\xce\xfa\xed\xfe"), starts("\xcf\xfa\xed\xfe"):
		return npm.ContentMachO
	case starts("\xca\xfe\xba\xbf"): // universal, 64-bit offsets
		return npm.ContentMachO
	case starts("\xca\xfe\xba\xbe") && len(head) >= 8:
		// Either a universal binary with its number of architectures, or a
		// Java class with its version, which began at 45 (JVM specification,
		// 4.1).
		if n := binary.BigEndian.Uint32(head[4:]); n > 0 && n < 45 {
			return npm.ContentMachO
		}
		return npm.ContentJava
	case isPE(head):
		return npm.ContentPE
	case starts("\x00asm"):
		return npm.ContentWasm
	case starts("\x1f\x8b\x08"):
		return npm.ContentGzip
	case starts("PK\x03\x04"), starts("PK\x05\x06"), starts("PK\x07\x08"):
		return npm.ContentZip
	case isTar(head):
		return npm.ContentTar
	case isText(head):
		return npm.ContentText
	}
	return npm.ContentBinary
}

// isPE reports whether head begins a Windows executable: the DOS magic, and
// at the offset that its header gives the PE signature (Microsoft PE format,
// "MS-DOS Stub"). An offset beyond head is believed of what is not text.
func isPE(head []byte) bool {
	const offsetField = 0x3c
	if !bytes.HasPrefix(head, []byte("MZ")) || len(head) < offsetField+4 {
		return false
	}
	offset := int64(binary.LittleEndian.Uint32(head[offsetField:]))
	if offset+4 <= int64(len(head)) {
		return string(head[offset:offset+4]) == "PE\x00\x00"
	}
	return !isText(head)
}

// isTar reports whether head begins with the header of a tar entry.
func isTar(head []byte) bool {
	if len(head) < blockSize {
		return false
	}
	b := block(head[:blockSize])
	return bytes.HasPrefix(b.magic(), []byte("ustar")) && b.valid()
}

// isText reports whether head looks like text: UTF-16 by its byte order mark,
// else bytes without NUL of which nine in ten are UTF-8. The rest allows for
// old eight-bit encodings.
func isText(head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return true
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	if utf8.Valid(head) {
		return true
	}
	wrong := 0
	for rest := head; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(rest) {
			wrong++
		}
		rest = rest[n:]
	}
	return wrong*10 <= len(head)
}
