package reproduce

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"

	"github.com/amalfi-audit/audit/internal/npm"
)

// BlobID returns git's id of a file's content (git documentation, "gitformat
// object": the digest of the type, the size and the content). digits tells the
// repository's object format: 40 for SHA-1, 64 for SHA-256; any other number
// gives "".
func BlobID(digits int, content ...[]byte) string {
	var h hash.Hash
	switch digits {
	case hex.EncodedLen(sha1.Size):
		h = sha1.New()
	case hex.EncodedLen(sha256.Size):
		h = sha256.New()
	default:
		return ""
	}
	size := 0
	for _, part := range content {
		size += len(part)
	}
	h.Write(strconv.AppendInt([]byte("blob "), int64(size), 10))
	h.Write([]byte{0})
	for _, part := range content {
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Difference is a difference between a tarball's file and the source's that
// changes nothing that runs.
type Difference string

// The differences that are allowed for.
const (
	LineEndings Difference = "line-endings"    // CRLF on one side, LF on the other
	ByteOrder   Difference = "byte-order-mark" // on one side alone
	LargeFile   Difference = "lfs"             // the source has a pointer of Git LFS to the content
	Case        Difference = "case"            // the name of a document differs in case
	RootCopy    Difference = "root-copy"       // a document of the repository's root
	Renamed     Difference = "renamed"         // .gitignore for .npmignore, as npm renames it
	Published   Difference = "publish-fields"  // fields of package.json that publishing rewrites
	Folder      Difference = "publish-folder"  // below publishConfig.directory
)

// allDifferences are all of them.
var allDifferences = []Difference{LineEndings, ByteOrder, LargeFile, Case, RootCopy, Renamed, Published, Folder}

var (
	bom  = []byte("\ufeff")
	crlf = []byte("\r\n")
	lf   = []byte("\n")
)

// content is a tarball's file with the ids that were worked out for it.
type content struct {
	file *npm.File
	ids  map[int]string // exact ids by digits
}

// exact returns the file's blob id, "" where the content is not there.
func (c *content) exact(digits int) string {
	if id, ok := c.ids[digits]; ok {
		return id
	}
	id := ""
	switch {
	case c.file.Data != nil || c.file.Size == 0:
		id = BlobID(digits, c.file.Data)
	case len(c.file.GitBlob) == digits:
		id = c.file.GitBlob
	}
	if c.ids == nil {
		c.ids = make(map[int]string, 1)
	}
	c.ids[digits] = id
	return id
}

// same reports whether a source's file is the same but for allowed differences,
// which it names. Only variants of the source's size are worked out.
func (c *content) same(e Entry) ([]Difference, bool) {
	digits := len(e.ID)
	if e.Size < 0 || e.Size == c.file.Size {
		if id := c.exact(digits); id != "" && id == e.ID {
			return nil, true
		}
	}
	if c.pointer(e) {
		return []Difference{LargeFile}, true
	}
	data := c.file.Data
	if data == nil || bytes.IndexByte(data, 0) >= 0 {
		return nil, false
	}
	text, hasBOM := bytes.CutPrefix(data, bom)
	unix := text
	pairs := bytes.Count(text, crlf)
	if pairs > 0 {
		unix = bytes.ReplaceAll(text, crlf, lf)
	}
	try := func(mark bool, size int, body func() []byte) bool {
		var prefix []byte
		if mark {
			prefix = bom
		}
		return (e.Size < 0 || e.Size == int64(len(prefix)+size)) && BlobID(digits, prefix, body()) == e.ID
	}
	for _, mark := range []bool{hasBOM, !hasBOM} {
		var found []Difference
		if mark != hasBOM {
			found = []Difference{ByteOrder}
			if try(mark, len(text), func() []byte { return text }) {
				return found, true
			}
		}
		if pairs > 0 && try(mark, len(unix), func() []byte { return unix }) {
			return append(found, LineEndings), true
		}
		if lines := bytes.Count(unix, lf); lines > pairs && try(mark, len(unix)+lines, func() []byte { return bytes.ReplaceAll(unix, lf, crlf) }) {
			return append(found, LineEndings), true
		}
	}
	return nil, false
}

// The sizes between which pointers of Git LFS lie, in bytes.
const minPointer, maxPointer = 100, 200

// pointer reports whether the source's file is a Git LFS pointer to the content
// (Git LFS specification, "The Pointer": version, oid and size, each on a line).
func (c *content) pointer(e Entry) bool {
	if e.Size >= 0 && (e.Size < minPointer || e.Size > maxPointer) || c.file.SHA256 == "" {
		return false
	}
	text := fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n", c.file.SHA256, c.file.Size)
	return BlobID(len(e.ID), []byte(text)) == e.ID
}
