package npm

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
)

// Hash is one expression of a Subresource Integrity string: an algorithm and
// the digest it gives.
type Hash struct {
	Algorithm string // sha512, sha384, sha256, sha1, md5
	Digest    string // the raw bytes, not their encoding
}

// String returns algorithm-base64, as lockfiles write it.
func (h Hash) String() string {
	return h.Algorithm + "-" + base64.StdEncoding.EncodeToString([]byte(h.Digest))
}

// Hex returns the digest in lower-case hexadecimal.
func (h Hash) Hex() string { return hex.EncodeToString([]byte(h.Digest)) }

// Integrity is the set of digests that a lockfile entry or a packument gives
// for one tarball (W3C Subresource Integrity, as npm's ssri reads it), the
// strongest algorithm first. Nil means that none is given.
type Integrity []Hash

// ErrIntegrity is wrapped by errors about integrity strings and by the error
// of a Verifier whose bytes do not match.
var ErrIntegrity = errors.New("integrity")

// algorithms in falling strength; ssri knows the same ones.
var algorithms = []struct {
	name string
	size int
	new  func() hash.Hash
}{
	{"sha512", sha512.Size, sha512.New},
	{"sha384", sha512.Size384, sha512.New384},
	{"sha256", sha256.Size, sha256.New},
	{"sha1", sha1.Size, sha1.New},
	{"md5", md5.Size, md5.New},
}

func strength(algorithm string) int {
	for i, a := range algorithms {
		if a.name == algorithm {
			return len(algorithms) - i
		}
	}
	return 0
}

// maxIntegrityLength bounds what ParseIntegrity looks at, in bytes.
const maxIntegrityLength = 4096

// ParseIntegrity reads an integrity string: one or more algorithm-base64
// expressions separated by white space, options after "?" ignored. An empty
// string gives nil. Anything that is not understood is an error, never a
// silently shorter set.
func ParseIntegrity(s string) (Integrity, error) {
	if len(s) > maxIntegrityLength {
		return nil, fmt.Errorf("%w: the string is %d bytes long", ErrIntegrity, len(s))
	}
	var in Integrity
	for _, field := range strings.Fields(s) {
		expr, _, _ := strings.Cut(field, "?")
		algorithm, encoded, ok := strings.Cut(expr, "-")
		algorithm = strings.ToLower(algorithm)
		if !ok || strength(algorithm) == 0 {
			return nil, fmt.Errorf("%w %.100q: not an algorithm-digest expression of sha512, sha384, sha256, sha1 or md5", ErrIntegrity, field)
		}
		digest, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("%w %.100q: not base64", ErrIntegrity, field)
		}
		if err := in.add(algorithm, digest); err != nil {
			return nil, fmt.Errorf("%w %.100q: %v", ErrIntegrity, field, err)
		}
	}
	in.sort()
	return in, nil
}

// HexIntegrity makes an Integrity of one digest in hexadecimal, the form of
// dist.shasum and of the fragment of yarn's resolved URLs.
func HexIntegrity(algorithm, digest string) (Integrity, error) {
	raw, err := hex.DecodeString(digest)
	if err != nil {
		return nil, fmt.Errorf("%w: %.100q is not hexadecimal", ErrIntegrity, digest)
	}
	var in Integrity
	if err := in.add(algorithm, raw); err != nil {
		return nil, fmt.Errorf("%w %.100q: %v", ErrIntegrity, digest, err)
	}
	return in, nil
}

func (in *Integrity) add(algorithm string, digest []byte) error {
	for _, a := range algorithms {
		if a.name != algorithm {
			continue
		}
		if len(digest) != a.size {
			return fmt.Errorf("%s digest of %d bytes", algorithm, len(digest))
		}
		h := Hash{algorithm, string(digest)}
		if !slices.Contains(*in, h) {
			*in = append(*in, h)
		}
		return nil
	}
	return fmt.Errorf("unknown algorithm %q", algorithm)
}

func (in Integrity) sort() {
	slices.SortFunc(in, func(a, b Hash) int {
		if d := strength(b.Algorithm) - strength(a.Algorithm); d != 0 {
			return d
		}
		return strings.Compare(a.Digest, b.Digest)
	})
}

// Merge returns the union of both sets, sorted.
func (in Integrity) Merge(other Integrity) Integrity {
	out := slices.Clone(in)
	for _, h := range other {
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	out.sort()
	return out
}

// String returns the expressions separated by spaces, "" for none.
func (in Integrity) String() string {
	parts := make([]string, len(in))
	for i, h := range in {
		parts[i] = h.String()
	}
	return strings.Join(parts, " ")
}

// MarshalText writes the string form.
func (in Integrity) MarshalText() ([]byte, error) { return []byte(in.String()), nil }

// UnmarshalText reads the string form.
func (in *Integrity) UnmarshalText(text []byte) error {
	parsed, err := ParseIntegrity(string(text))
	if err != nil {
		return err
	}
	*in = parsed
	return nil
}

// Strongest returns the digests of the strongest algorithm present, the ones
// that count (SRI, "get the strongest metadata from set").
func (in Integrity) Strongest() Integrity {
	for i, h := range in {
		if h.Algorithm != in[0].Algorithm {
			return in[:i]
		}
	}
	return in
}

// Equal reports whether both hold the same digests.
func (in Integrity) Equal(other Integrity) bool { return slices.Equal(in, other) }

// Conflicts reports whether both give digests of a common algorithm and, for
// the strongest such algorithm, share none: then they cannot describe the same
// bytes. Sets without a common algorithm do not conflict; only a look at the
// bytes can tell.
func (in Integrity) Conflicts(other Integrity) bool {
	for _, a := range algorithms {
		mine, theirs := in.of(a.name), other.of(a.name)
		if len(mine) == 0 || len(theirs) == 0 {
			continue
		}
		for _, h := range mine {
			if slices.Contains(theirs, h) {
				return false
			}
		}
		return true
	}
	return false
}

func (in Integrity) of(algorithm string) Integrity {
	var out Integrity
	for _, h := range in {
		if h.Algorithm == algorithm {
			out = append(out, h)
		}
	}
	return out
}

// A Verifier is an io.Writer that checks the bytes written to it against an
// Integrity. Besides the algorithm that decides it always computes SHA-512,
// which names the bytes in the cache.
type Verifier struct {
	want   Integrity
	hash   hash.Hash
	sha512 hash.Hash
	n      int64
	w      io.Writer
}

// NewVerifier returns a Verifier for want, of which the strongest algorithm
// decides; with an empty want every sequence of bytes is accepted.
func NewVerifier(want Integrity) *Verifier {
	v := &Verifier{want: want.Strongest(), sha512: sha512.New()}
	v.hash = v.sha512
	if len(v.want) > 0 {
		for _, a := range algorithms {
			if a.name == v.want[0].Algorithm && a.name != "sha512" {
				v.hash = a.new()
			}
		}
	}
	v.w = v.sha512
	if v.hash != v.sha512 {
		v.w = io.MultiWriter(v.sha512, v.hash)
	}
	return v
}

// Write never fails.
func (v *Verifier) Write(p []byte) (int, error) {
	v.n += int64(len(p))
	return v.w.Write(p)
}

// Sum returns the SHA-512 of what was written, as an Integrity of one digest.
func (v *Verifier) Sum() Integrity {
	return Integrity{{"sha512", string(v.sha512.Sum(nil))}}
}

// Verify returns nil when the bytes written match, else an error that wraps
// ErrIntegrity and gives both digests.
func (v *Verifier) Verify() error {
	if len(v.want) == 0 {
		return nil
	}
	got := Hash{v.want[0].Algorithm, string(v.hash.Sum(nil))}
	if slices.Contains(v.want, got) {
		return nil
	}
	return fmt.Errorf("%w mismatch: want %s, the %d bytes received are %s", ErrIntegrity, v.want, v.n, got)
}
