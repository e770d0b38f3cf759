package packagehash

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// FuzzManifest checks that what is written is ASCII, JSON but for Python's
// numbers, and stays as it is when it is read again.
func FuzzManifest(f *testing.F) {
	for _, test := range rewritten {
		f.Add([]byte(test.in))
	}
	for _, test := range numbers {
		f.Add([]byte(`{"a":{"b":[` + test.in + `]}}`))
	}
	for _, test := range broken {
		f.Add([]byte(test.in))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := anonymous(data)
		special := bytes.Contains(data, []byte("NaN")) || bytes.Contains(data, []byte("Infinity"))
		if err != nil {
			if !errors.Is(err, ErrNoHash) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("an error that is not documented: %v", err)
			}
			var object map[string]json.RawMessage
			if json.Unmarshal(data, &object) == nil && object != nil && bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) <= maxDepth && !invalid(data) {
				t.Fatalf("%q is refused: %v", data, err)
			}
			return
		}
		if !special && !json.Valid(data) {
			t.Fatalf("%q is taken", data)
		}
		for _, c := range got {
			if c < ' ' || c > '~' {
				t.Fatalf("byte %#x in %q", c, got)
			}
		}
		if !bytes.Contains(got, []byte("Infinity")) && !special && !json.Valid(got) {
			t.Fatalf("%q becomes %q, which is no JSON", data, got)
		}
		again, err := anonymous(got)
		if err != nil || !bytes.Equal(again, got) {
			t.Fatalf("%q becomes %q, %v", got, again, err)
		}
	})
}

// invalid reports what encoding/json takes and Python does not.
func invalid(data []byte) bool {
	return !bytes.Equal(bytes.ToValidUTF8(data, nil), data)
}
