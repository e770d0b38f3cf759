package provenance

import (
	"errors"
	"fmt"

	"github.com/amalfi-audit/audit/internal/jsontree"
)

// The limits of what is read. npm gives two keys, and two attestations of about
// 20 KB together for a version.
const (
	// MaxKeysSize bounds a keys document, in bytes.
	MaxKeysSize = 64 << 10
	// MaxAttestationsSize bounds an attestations document, in bytes.
	MaxAttestationsSize = 2 << 20
	// MaxKeys and MaxAttestations bound what a document holds.
	MaxKeys         = 64
	MaxAttestations = 16
	// maxSubjects bounds the subjects of a statement.
	maxSubjects = 16
	// maxDepth and maxValues bound the JSON of a document.
	maxDepth  = 32
	maxValues = 20_000
)

// ErrDocument is wrapped by the errors about documents that cannot be read.
var ErrDocument = errors.New("invalid document")

func documentError(what, format string, args ...any) error {
	return fmt.Errorf("%s: %w: %w", what, ErrDocument, fmt.Errorf(format, args...))
}

// parse reads a JSON object of bounded size, depth and number of values.
func parse(what string, data []byte, limit int) (*jsontree.Value, error) {
	if len(data) > limit {
		return nil, documentError(what, "it has %d bytes, more than the %d that are read", len(data), limit)
	}
	if err := shape(data); err != nil {
		return nil, documentError(what, "%w", err)
	}
	root, err := jsontree.Parse(data)
	if err != nil {
		return nil, documentError(what, "%w", err)
	}
	if root.Kind != jsontree.Object {
		return nil, documentError(what, "it is %s and no object", root.Kind)
	}
	return root, nil
}

// shape bounds depth and number of values before anything is built of them.
func shape(data []byte) error {
	depth, values, text := 0, 1, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("it nests deeper than %d", maxDepth)
			}
			values++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			if values++; values > maxValues {
				return fmt.Errorf("it has more than %d values", maxValues)
			}
		}
	}
	return nil
}
