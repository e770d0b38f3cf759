package registry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// The sizes of the largest documents that are read, in bytes, after
// decompression. npm's have 1 KB and 20 KB.
const (
	MaxKeysSize         = 64 << 10
	MaxAttestationsSize = 2 << 20
)

// SigningKeys returns the document with the keys with which the registry of a
// name signs (npm documentation, "ECDSA registry signatures"), as the registry
// sends it. A registry that has none gives an error that wraps ErrNotFound.
//
// A Client goes by one answer to its end, and by its cache for as long as the
// registry allows, an hour at most.
func (c *Client) SigningKeys(ctx context.Context, name string) ([]byte, error) {
	registry, err := c.config.RegistryFor(name)
	if err != nil {
		return nil, fmt.Errorf("signing keys for %s: %w", name, err)
	}
	return c.document(ctx, "signing keys for "+name, registry+"-/npm/v1/keys", MaxKeysSize)
}

// Attestations returns the document with the attestations of a version, as the
// registry sends it, and an error that wraps ErrNotFound where the registry has
// none. It asks the configured registry at the place where npm's has them:
// what a packument names as dist.attestations.url is not followed.
func (c *Client) Attestations(ctx context.Context, v npm.PackageVersion) ([]byte, error) {
	what := "attestations of " + v.String()
	if err := npm.ValidateName(v.Name); err != nil {
		return nil, err
	}
	if !npm.ValidVersion(v.Version) {
		return nil, fmt.Errorf("%s: %w: no version to look for", what, ErrURL)
	}
	registry, err := c.config.RegistryFor(v.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	address := registry + "-/npm/v1/attestations/" + strings.Replace(v.Name, "/", "%2f", 1) + "@" + url.PathEscape(v.Version)
	return c.document(ctx, what, address, MaxAttestationsSize)
}

// documentHeader stands before a cached document, in JSON and behind its length
// (4 bytes, big-endian); the document's CRC-32C is in it. The file's modification
// time is when the registry last said so.
type documentHeader struct {
	URL      string `json:"url"`
	MaxAge   int    `json:"maxAge"` // seconds
	Checksum uint32 `json:"checksum"`
	// Absent tells that the registry has no such document.
	Absent bool `json:"absent,omitempty"`
	validators
}

type cachedDocument struct {
	documentHeader
	data    []byte
	checked time.Time
}

// maxDocumentHeader bounds the header of a cached document, in bytes.
const maxDocumentHeader = 64 << 10

// document returns a small document of a registry, through the cache.
func (c *Client) document(ctx context.Context, what, address string, limit int64) ([]byte, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	path := c.cache.path("document", key(u.String()))
	for range cacheTries {
		d, err := readDocument(path, u, limit)
		if err != nil {
			return nil, err
		}
		age := time.Duration(0)
		if d != nil {
			age = time.Since(d.checked)
		}
		switch {
		case d != nil && (c.options.Offline || c.isValidated(path) || age >= 0 && age < time.Duration(d.MaxAge)*time.Second):
			c.set(c.validated, path)
			if d.Absent {
				return nil, fmt.Errorf("%s: %w", what, ErrNotFound)
			}
			return d.data, nil
		case c.options.Offline:
			return nil, fmt.Errorf("%s: %w", what, ErrOffline)
		}
		_, err = c.share(ctx, "document "+u.String(), func(ctx context.Context) (string, error) {
			if c.isValidated(path) { // by a flight that has just ended
				if now, err := readDocument(path, u, limit); now != nil || err != nil {
					return "", err
				}
			}
			return "", c.fetchDocument(ctx, u, path, d, limit)
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		c.set(c.validated, path)
	}
	return nil, fmt.Errorf("%s: %w", what, errVanished)
}

// fetchDocument brings the current document into the cache, or that there is
// none.
func (c *Client) fetchDocument(ctx context.Context, u *url.URL, path string, old *cachedDocument, limit int64) error {
	header := http.Header{"Accept": {"application/json"}}
	if old != nil && !old.Absent {
		old.validators.set(header)
	}
	fresh := cachedDocument{documentHeader: documentHeader{URL: u.String()}}
	modified := true
	err := c.get(ctx, u, header, func(resp *http.Response) error {
		fresh.MaxAge = int(freshness(resp.Header) / time.Second)
		if modified = resp.StatusCode != http.StatusNotModified; !modified {
			return nil
		}
		fresh.validators = validatorsOf(resp.Header)
		data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
		if err != nil {
			return err
		}
		if int64(len(data)) > limit {
			return fmt.Errorf("%w: more than the %d bytes that are read", ErrTooLarge, limit)
		}
		fresh.data = data
		return nil
	})
	switch {
	case absent(err):
		fresh.Absent, fresh.MaxAge, fresh.data = true, int(defaultFreshness/time.Second), nil
	case err != nil:
		return err
	case !modified:
		used(path)
		return nil
	}
	fresh.Checksum = checksum(fresh.data)
	encoded, err := json.Marshal(fresh.documentHeader)
	if err != nil {
		return err
	}
	file := append(binary.BigEndian.AppendUint32(nil, uint32(len(encoded))), encoded...)
	return c.cache.put(path, append(file, fresh.data...))
}

// absent reports whether an error means that a registry does not have a
// document. Registries other than npm's answer in many ways where they know no
// such endpoint, and none of them hides what a 404 could not hide as well.
func absent(err error) bool {
	var status *HTTPError
	return errors.As(err, &status) && (status.Is(ErrNotFound) || slices.Contains([]int{http.StatusBadRequest, http.StatusMethodNotAllowed,
		http.StatusNotAcceptable, http.StatusNotImplemented}, status.Status))
}

// readDocument reads a document of the cache, nil where there is none. One that
// is damaged is removed.
func readDocument(path string, u *url.URL, limit int64) (*cachedDocument, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cacheError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cacheError(err)
	}
	data, err := io.ReadAll(io.LimitReader(f, 4+maxDocumentHeader+limit+1))
	if err != nil {
		return nil, cacheError(err)
	}
	d := &cachedDocument{checked: info.ModTime()}
	if !d.decode(data, limit) || d.URL != u.String() {
		f.Close() // Windows does not remove an open file
		return nil, remove(path)
	}
	return d, nil
}

// decode reads a file of the cache and reports whether it is as it was written.
func (d *cachedDocument) decode(data []byte, limit int64) bool {
	if len(data) < 4 {
		return false
	}
	n := int64(binary.BigEndian.Uint32(data))
	data = data[4:]
	if n > maxDocumentHeader || n > int64(len(data)) || json.Unmarshal(data[:n], &d.documentHeader) != nil {
		return false
	}
	d.data = data[n:]
	return int64(len(d.data)) <= limit && checksum(d.data) == d.Checksum
}
