package intelfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/amalfi-audit/audit/internal/intel"
)

// Limits of what a server may send, in bytes; that of the data is MaxSize.
const (
	maxDigestFile = 4 << 10
	maxState      = 16 << 10
	maxETag       = 1 << 10
)

// ErrDigest says that what a server sent does not have the digest that it should.
var ErrDigest = errors.New("wrong digest")

// Client sends requests, as *http.Client does.
type Client interface {
	Do(*http.Request) (*http.Response, error)
}

// Request says what Update fetches.
type Request struct {
	// URL is the data file's address, https and without a user.
	URL string
	// SHA256 is the digest of the file (hexadecimal). Without one, it is the
	// first word of what lies at the URL with ".sha256" behind its path, as
	// sha256sum writes it.
	SHA256 string
}

// state is what Update remembers beside the file. It counts only for the data
// that it was written for.
type state struct {
	URL  string `json:"url"` // a digest: addresses may carry tokens
	ETag string `json:"etag"`
	Data string `json:"data"` // intel.Store.Digest
}

// Update fetches a data file, unless the server says that it is the one that is
// there already, and replaces path by it. The store is the one that path has
// then; changed says whether it is a new one. After an error the file is what
// it was.
func Update(ctx context.Context, c Client, path string, r Request) (s *intel.Store, changed bool, err error) {
	defer func() {
		if err != nil {
			s, changed, err = nil, false, fmt.Errorf("update of known-malware data: %w", err)
		}
	}()
	u, err := address(r.URL)
	if err != nil {
		return nil, false, err
	}
	old, _ := Open(path) // a damaged file is no reason not to replace it
	etag := ""
	if old != nil {
		etag = remembered(path, key(r.URL), old)
	}
	fetched, err := get(ctx, c, u, etag, MaxSize)
	if err != nil {
		return nil, false, err
	}
	if fetched.unchanged {
		return old, false, nil
	}
	if err := checkDigest(ctx, c, u, r.SHA256, fetched.body); err != nil {
		return nil, false, err
	}
	s, err = Replace(path, fetched.body)
	if err != nil {
		return nil, false, err
	}
	remember(path, state{key(r.URL), fetched.etag, s.Digest()})
	return s, old == nil || old.Digest() != s.Digest(), nil
}

func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not an address") // url.Error repeats the text, which may have a password
	case u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("%q: only https is taken", shown(u))
	case u.User != nil:
		return nil, fmt.Errorf("%q: an address with a user is not taken", shown(u))
	}
	return u, nil
}

// shown is an address for messages, without what may be secret in it.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

type response struct {
	unchanged bool
	etag      string
	body      []byte
}

// get fetches an address. With an ETag it may be unchanged.
func get(ctx context.Context, c Client, u *url.URL, etag string, limit int64) (*response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "amalfi-audit")
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := c.Do(req)
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // without the address
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", shown(u), err)
	}
	defer resp.Body.Close()
	switch {
	case resp.Request != nil && resp.Request.URL.Scheme != "https":
		return nil, fmt.Errorf("%q: led to an address without https", shown(u))
	case resp.StatusCode == http.StatusNotModified && etag != "":
		return &response{unchanged: true}, nil
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%q: the server answered with status %d", shown(u), resp.StatusCode)
	case resp.ContentLength > limit:
		return nil, fmt.Errorf("%q: %d bytes, more than %d", shown(u), resp.ContentLength, limit)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", shown(u), err)
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%q: more than %d bytes", shown(u), limit)
	}
	out := &response{etag: resp.Header.Get("ETag"), body: body}
	if len(out.etag) > maxETag {
		out.etag = ""
	}
	return out, nil
}

// checkDigest compares data with the digest that is wanted or, where that is
// empty, with the one that lies beside it.
func checkDigest(ctx context.Context, c Client, u *url.URL, want string, data []byte) error {
	if want == "" {
		beside := *u
		beside.Path += ".sha256"
		beside.RawPath = ""
		fetched, err := get(ctx, c, &beside, "", maxDigestFile)
		if err != nil {
			return fmt.Errorf("the digest: %w", err)
		}
		want, _, _ = strings.Cut(strings.TrimSpace(string(fetched.body)), " ")
	}
	sum, err := hex.DecodeString(want)
	if err != nil || len(sum) != sha256.Size {
		return fmt.Errorf("%w: %.80q is no SHA-256", ErrDigest, want)
	}
	if got := sha256.Sum256(data); got != [sha256.Size]byte(sum) {
		return fmt.Errorf("%w: %q has the SHA-256 %x, not %x", ErrDigest, shown(u), got, sum)
	}
	return nil
}

func statePath(path string) string { return path + ".state" }

// remembered returns the ETag with which the data in path was fetched from an
// address, "" where it was not.
func remembered(path, address string, s *intel.Store) string {
	data, err := read(statePath(path), maxState)
	if err != nil {
		return ""
	}
	var st state
	if json.Unmarshal(data, &st) != nil || st.URL != address || st.Data != s.Digest() || len(st.ETag) > maxETag {
		return ""
	}
	return st.ETag
}

// remember writes what remembered reads. Without it the next update fetches
// everything, so that an error is no matter.
func remember(path string, st state) {
	if data, err := json.Marshal(st); err == nil {
		_ = write(statePath(path), data)
	}
}

func key(address string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(address))) }
