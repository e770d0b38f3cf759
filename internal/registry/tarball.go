package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"

	"github.com/amalfi-audit/audit/internal/npm"
)

// MaxTarballSize is the largest tarball that is downloaded, in bytes.
const MaxTarballSize = 512 << 20

// Blob is the content of a tarball. It holds a file open until it is closed,
// so keep few at a time. It stays readable when the file is removed from the
// cache meanwhile.
type Blob struct {
	// Integrity is the SHA-512 of the content.
	Integrity npm.Integrity
	// Size is the number of bytes.
	Size int64

	file *os.File
}

// Reader returns a new reader of the content from its start, independent of
// all others. In place of io.EOF it returns an error that wraps
// npm.ErrIntegrity when the file has been changed since it was checked.
func (b *Blob) Reader() io.Reader {
	return &verifyingReader{io.NewSectionReader(b.file, 0, b.Size), npm.NewVerifier(b.Integrity)}
}

// Close releases the file.
func (b *Blob) Close() error { return b.file.Close() }

type verifyingReader struct {
	r        io.Reader
	verifier *npm.Verifier
}

func (r *verifyingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.verifier.Write(p[:n])
	if err == io.EOF {
		if mismatch := r.verifier.Verify(); mismatch != nil {
			err = fmt.Errorf("cached tarball: %w", mismatch)
		}
	}
	return n, err
}

// Tarball returns the tarball at address, from the cache where it has bytes
// that match want and else downloaded. Bytes that do not match are an error
// that wraps npm.ErrIntegrity and are not kept.
//
// Without an integrity the registry is asked whether the tarball is still what
// it was, since nothing else ties an address to its bytes. Of several digests
// the strongest algorithm counts, as for npm.
func (c *Client) Tarball(ctx context.Context, address string, want npm.Integrity) (*Blob, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	want = want.Strongest()
	flight := "tarball " + want.String() + " " + u.String()
	// Another process may remove a file between its writing and its opening.
	for range cacheTries {
		for _, digest := range c.cached(u, want) {
			blob, err := c.cache.open(digest, want)
			if blob != nil || err != nil {
				return blob, err
			}
		}
		if c.options.Offline {
			return nil, fmt.Errorf("%s: %w", redacted(u), ErrOffline)
		}
		digest, err := c.share(ctx, flight, func(ctx context.Context) (string, error) {
			return c.download(ctx, u, want)
		})
		if err != nil {
			return nil, err
		}
		blob, err := c.cache.open(digest, want)
		if blob != nil || err != nil {
			return blob, err
		}
	}
	return nil, fmt.Errorf("%s: %w", redacted(u), errVanished)
}

// cached returns the SHA-512 digests (raw) of content that may be used without
// a request.
func (c *Client) cached(u *url.URL, want npm.Integrity) []string {
	switch {
	case len(want) > 0:
		return c.cache.digests(want)
	case c.options.Offline:
		return c.cache.recordOf(u).digests()
	}
	return nil
}

// download brings the tarball at u into the cache and returns its SHA-512
// digest (raw).
func (c *Client) download(ctx context.Context, u *url.URL, want npm.Integrity) (string, error) {
	f, err := c.cache.temp()
	if err != nil {
		return "", err
	}
	defer discard(f)

	// What is hashed are the bytes of the file, so no coding on top of them.
	header := http.Header{"Accept-Encoding": {"identity"}}
	var known []string
	if len(want) == 0 {
		if r := c.cache.recordOf(u); c.cache.has(r.digests()) {
			known = r.digests()
			r.validators.set(header)
		}
	}
	var sum npm.Integrity
	var fresh validators
	err = c.get(ctx, u, header, func(resp *http.Response) error {
		if resp.StatusCode == http.StatusNotModified {
			return nil
		}
		sum = nil
		tooLarge := fmt.Errorf("tarball: %w: more than the %d bytes that are read", ErrTooLarge, c.tarballLimit)
		if resp.ContentLength > c.tarballLimit {
			return tooLarge
		}
		if err := rewind(f); err != nil {
			return cacheError(err)
		}
		verifier := npm.NewVerifier(want)
		n, err := io.Copy(io.MultiWriter(f, verifier), io.LimitReader(resp.Body, c.tarballLimit+1))
		if err != nil {
			return err
		}
		if n > c.tarballLimit {
			return tooLarge
		}
		sum, fresh = verifier.Sum(), validatorsOf(resp.Header)
		return verifier.Verify()
	})
	if err != nil {
		return "", err
	}
	if sum == nil {
		return known[0], nil // not modified
	}
	digest := sum[0].Digest
	if err := c.cache.commit(f, c.cache.contentPath(digest)); err != nil && !c.cache.has([]string{digest}) {
		// Windows refuses to replace a file that is open. One of the same
		// name has the same content.
		return "", err
	}
	switch {
	case len(want) == 0:
		err = c.cache.putRecord(u, urlRecord{Integrity: sum, validators: fresh})
	case len(want) == 1 && want[0].Algorithm != "sha512":
		err = c.cache.put(c.cache.digestPath(want[0]), []byte(sum.String()))
	}
	return digest, err
}

// rewind empties f for another attempt.
func rewind(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}

// digests returns the SHA-512 digests (raw) under which the content for want
// may be in the cache.
func (c *cache) digests(want npm.Integrity) []string {
	var out []string
	for _, h := range want {
		if h.Algorithm == "sha512" {
			out = append(out, h.Digest)
			continue
		}
		data, err := os.ReadFile(c.digestPath(h))
		if err != nil {
			continue
		}
		used(c.digestPath(h))
		if sum, err := npm.ParseIntegrity(string(data)); err == nil && len(sum) == 1 && sum[0].Algorithm == "sha512" {
			out = append(out, sum[0].Digest)
		}
	}
	return out
}

func (c *cache) digestPath(h npm.Hash) string {
	return c.path("digest", h.Algorithm, h.Hex())
}

func (c *cache) has(digests []string) bool {
	for _, digest := range digests {
		if _, err := os.Stat(c.contentPath(digest)); err == nil {
			return true
		}
	}
	return false
}

// open returns the content with this SHA-512 after checking that and want. It
// returns nil where there is no such content. A file with other content than
// its name says is removed.
func (c *cache) open(digest string, want npm.Integrity) (*Blob, error) {
	path := c.contentPath(digest)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cacheError(err)
	}
	sum := npm.Integrity{{Algorithm: "sha512", Digest: digest}}
	content, asked := npm.NewVerifier(sum), npm.NewVerifier(want)
	var w io.Writer = content
	if len(want) > 0 && want[0].Algorithm != "sha512" {
		w = io.MultiWriter(content, asked)
	}
	size, err := io.Copy(w, f)
	switch {
	case err != nil:
		f.Close()
		return nil, cacheError(err)
	case content.Verify() != nil:
		f.Close()
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, cacheError(err)
		}
		return nil, nil
	case w != content && asked.Verify() != nil:
		f.Close() // the entry that led here was wrong
		return nil, nil
	}
	used(path)
	return &Blob{Integrity: sum, Size: size, file: f}, nil
}

// urlRecord is what is known of an address that was fetched without an
// integrity.
type urlRecord struct {
	Integrity npm.Integrity `json:"integrity"`
	validators
}

func (r urlRecord) digests() []string {
	if len(r.Integrity) != 1 || r.Integrity[0].Algorithm != "sha512" {
		return nil
	}
	return []string{r.Integrity[0].Digest}
}

// recordOf returns the record for u, the zero one where there is none.
func (c *cache) recordOf(u *url.URL) urlRecord {
	var r urlRecord
	path := c.path("url", key(u.String()))
	if data, err := os.ReadFile(path); err != nil || json.Unmarshal(data, &r) != nil {
		return urlRecord{}
	}
	used(path)
	return r
}

func (c *cache) putRecord(u *url.URL, r urlRecord) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return c.put(c.path("url", key(u.String())), data)
}
