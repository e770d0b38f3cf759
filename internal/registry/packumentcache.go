package registry

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// The time for which a packument is used without asking the registry again:
// what Cache-Control says, defaultFreshness where it says nothing, never more
// than maxFreshness. An audit must see what was published or withdrawn lately.
const (
	defaultFreshness = 5 * time.Minute
	maxFreshness     = time.Hour
)

// A packument's file has the records of all versions one behind the other, the
// index in JSON, and this trailer: the magic number, the offset of the index
// (8 bytes) and its CRC-32C (4 bytes), both big-endian. So any record is read
// without the others, however many there are. The file's modification time is
// when the registry last said that this is its packument.
const (
	packumentMagic   = "AAP1"
	packumentTrailer = len(packumentMagic) + 8 + 4
)

// packumentHeader is the index as it is in the file.
type packumentHeader struct {
	URL    string `json:"url"`
	MaxAge int    `json:"maxAge"` // seconds
	validators
	packumentIndex
}

// packumentFile is an open file of the cache.
type packumentFile struct {
	*os.File
	header  packumentHeader
	checked time.Time
}

// Packument returns the packument of name with the records of those of the
// versions that it has. The decoded form of all releases takes about 100
// bytes each; ask for few records at a time.
//
// A Client asks the registry at most once for a name, so that all of an audit
// sees the same releases. A packument of the cache that lacks one of the
// versions is asked for anew, however fresh: it may have been published since.
// Offline that is an error that wraps ErrOffline.
func (c *Client) Packument(ctx context.Context, name string, versions ...string) (*npm.Packument, error) {
	address, err := c.config.packumentURL(name)
	if err != nil {
		return nil, err
	}
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	path := c.cache.path("packument", key(address))
	for range cacheTries {
		p, err := c.packument(ctx, u, path, name, versions)
		switch {
		case err != nil:
			return nil, err
		case p != nil && (c.isFetched(path) || hasRecords(p, versions)):
			c.set(c.validated, path)
			return p, nil
		case c.options.Offline:
			return nil, fmt.Errorf("packument of %s: %w", name, ErrOffline)
		}
		_, err = c.share(ctx, "packument "+address, func(ctx context.Context) (string, error) {
			return "", c.fetchPackument(ctx, u, path, name)
		})
		if err != nil {
			return nil, err
		}
		c.set(c.validated, path)
		c.set(c.fetched, path)
	}
	return nil, fmt.Errorf("packument of %s: %w", name, errVanished)
}

func (c *Client) set(names map[string]bool, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	names[path] = true
}

// isValidated reports whether the cached packument is the one that this Client
// goes by, isFetched whether this Client has brought it.
func (c *Client) isValidated(path string) bool { return c.isSet(c.validated, path) }
func (c *Client) isFetched(path string) bool   { return c.isSet(c.fetched, path) }

func (c *Client) isSet(names map[string]bool, path string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return names[path]
}

// hasRecords reports whether p has the records of all versions.
func hasRecords(p *npm.Packument, versions []string) bool {
	for _, v := range versions {
		if p.Records[v] == nil {
			return false
		}
	}
	return true
}

// packument reads the packument from the cache, nil where there is none that
// may be used.
func (c *Client) packument(ctx context.Context, u *url.URL, path, name string, versions []string) (*npm.Packument, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	f, err := openPackument(path, u, name)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	if !c.options.Offline && !c.isValidated(path) && !f.fresh(time.Now()) {
		return nil, nil
	}
	p, err := f.packument(versions)
	if errors.Is(err, errCorrupt) {
		return nil, remove(path)
	}
	return p, err
}

// fetchPackument brings the current packument into the cache.
func (c *Client) fetchPackument(ctx context.Context, u *url.URL, path, name string) error {
	header := http.Header{"Accept": {"application/json"}}
	old, err := openPackument(path, u, name)
	if err != nil {
		return err
	}
	if old != nil {
		defer old.Close()
		old.header.validators.set(header)
	}
	f, err := c.cache.temp()
	if err != nil {
		return err
	}
	defer discard(f)
	modified := true
	err = c.get(ctx, u, header, func(resp *http.Response) error {
		if modified = resp.StatusCode != http.StatusNotModified; !modified {
			return nil
		}
		if resp.ContentLength > MaxPackumentSize {
			return fmt.Errorf("packument of %s: %w: %d bytes, more than the %d that are read", name, ErrTooLarge, resp.ContentLength, int64(MaxPackumentSize))
		}
		if err := rewind(f); err != nil {
			return cacheError(err)
		}
		return writePackument(f, resp, u, name)
	})
	if err != nil {
		return err
	}
	if !modified {
		used(path)
		return nil
	}
	if old != nil {
		old.Close() // Windows does not replace an open file
	}
	return c.cache.commit(f, path)
}

// writePackument writes the file for a response.
func writePackument(f *os.File, resp *http.Response, u *url.URL, name string) error {
	w := bufio.NewWriterSize(f, 1<<16)
	index, err := decodePackument(resp.Body, name, w)
	if err != nil {
		return err
	}
	var offset int64
	for _, r := range index.Releases {
		offset += r.Length
	}
	data, err := json.Marshal(packumentHeader{
		URL:            u.String(),
		MaxAge:         int(freshness(resp.Header) / time.Second),
		validators:     validatorsOf(resp.Header),
		packumentIndex: *index,
	})
	if err != nil {
		return err
	}
	sum := checksum(data)
	data = append(data, packumentMagic...)
	data = binary.BigEndian.AppendUint64(data, uint64(offset))
	data = binary.BigEndian.AppendUint32(data, sum)
	if _, err := w.Write(data); err != nil {
		return cacheError(err)
	}
	if err := w.Flush(); err != nil {
		return cacheError(err)
	}
	return nil
}

// errCorrupt means that a file is not as it was written.
var errCorrupt = errors.New("the file is damaged")

// openPackument opens a file of the cache, nil where there is none. One that is
// damaged is removed.
func openPackument(path string, u *url.URL, name string) (*packumentFile, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cacheError(err)
	}
	p := &packumentFile{File: f}
	if err := p.readHeader(); err != nil || p.header.URL != u.String() || p.header.Name != name {
		f.Close()
		if err == nil || errors.Is(err, errCorrupt) {
			return nil, remove(path)
		}
		return nil, cacheError(err)
	}
	return p, nil
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cacheError(err)
	}
	return nil
}

func (p *packumentFile) readHeader() error {
	info, err := p.Stat()
	if err != nil {
		return err
	}
	p.checked = info.ModTime()
	end := info.Size() - int64(packumentTrailer)
	if end < 0 {
		return errCorrupt
	}
	trailer := make([]byte, packumentTrailer)
	if _, err := p.ReadAt(trailer, end); err != nil {
		return err
	}
	rest := trailer[len(packumentMagic):]
	offset := int64(binary.BigEndian.Uint64(rest))
	if string(trailer[:len(packumentMagic)]) != packumentMagic || offset < 0 || offset > end || end-offset > MaxPackumentSize {
		return errCorrupt
	}
	data := make([]byte, end-offset)
	if _, err := p.ReadAt(data, offset); err != nil {
		return err
	}
	if checksum(data) != binary.BigEndian.Uint32(rest[8:]) || json.Unmarshal(data, &p.header) != nil {
		return errCorrupt
	}
	for _, r := range p.header.Releases {
		if r.Offset < 0 || r.Length < 0 || r.Length > offset || r.Offset > offset-r.Length {
			return errCorrupt
		}
	}
	return nil
}

// fresh reports whether the registry need not be asked at the time now.
func (p *packumentFile) fresh(now time.Time) bool {
	age := now.Sub(p.checked)
	return age >= 0 && age < time.Duration(p.header.MaxAge)*time.Second
}

// packument returns the packument with the records of versions.
func (p *packumentFile) packument(versions []string) (*npm.Packument, error) {
	out := &npm.Packument{
		Name:        p.header.Name,
		DistTags:    p.header.DistTags,
		Releases:    make([]npm.Release, len(p.header.Releases)),
		Unpublished: p.header.Unpublished,
	}
	wanted := make(map[string]bool, len(versions))
	for _, v := range versions {
		wanted[v] = true
	}
	for i, r := range p.header.Releases {
		out.Releases[i] = r.Release
		if !wanted[r.Version] {
			continue
		}
		record, err := p.record(r)
		if err != nil {
			return nil, err
		}
		if out.Records == nil {
			out.Records = make(map[string]*npm.VersionRecord, len(versions))
		}
		out.Records[r.Version] = record
	}
	return out, nil
}

func (p *packumentFile) record(r releaseIndex) (*npm.VersionRecord, error) {
	data := make([]byte, r.Length)
	if _, err := p.ReadAt(data, r.Offset); err != nil {
		return nil, cacheError(err)
	}
	if checksum(data) != r.Checksum {
		return nil, errCorrupt
	}
	record, err := decodeRecord(data)
	if err != nil {
		return nil, fmt.Errorf("%w of %s: version %q: %w", ErrPackument, p.header.Name, r.Version, err)
	}
	record.Published = r.Published
	return record, nil
}

// freshness reads Cache-Control and Age (RFC 9111, sections 5.1 and 5.2.2).
func freshness(h http.Header) time.Duration {
	fresh := defaultFreshness
	for directive := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31)
			if err != nil {
				return 0
			}
			fresh = min(time.Duration(seconds)*time.Second, maxFreshness)
		}
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil {
		fresh -= time.Duration(age) * time.Second
	}
	return max(fresh, 0)
}
