package registry

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// cacheVersion is the folder of the current layout, so that another version
// of this program never misreads it:
//
//	content/sha512/ab/cd/…  tarballs, named by the hexadecimal SHA-512
//	digest/sha1/ab…         for a digest that is not SHA-512, the SHA-512
//	url/ab…                 for an address without an integrity, the same
//	packument/ab…           packuments, see packumentcache.go
//	derived/ab…             what was worked out from tarballs, see derived.go
//	tmp/                    files that are being written
const cacheVersion = "v1"

// abandonedAfter is the age of a file in tmp whose writer must have died.
const abandonedAfter = 24 * time.Hour

// cacheTries is how often something is fetched again that another process
// removes before it can be opened.
const cacheTries = 3

var errVanished = errors.New("registry cache: what is written vanishes at once; is the size limit too small?")

func cacheError(err error) error { return fmt.Errorf("registry cache: %w", err) }

// cache is a folder of files that are written beside and renamed, so that
// processes can share it without locks: a file is there as a whole or not at
// all, and one that is open stays readable when another process removes it.
// Tarballs are not trusted: they are checked whenever they are read.
type cache struct {
	dir       string
	limit     int64
	temporary string // the folder to remove on close, if any

	mu   sync.Mutex
	size int64 // estimate of the files' sizes; -1 before the first count
}

func openCache(dir string, limit int64) (*cache, error) {
	c := &cache{limit: limit, size: -1}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "amalfi-audit-"); err != nil {
			return nil, cacheError(err)
		}
		c.temporary = dir
	}
	c.dir = filepath.Join(dir, cacheVersion)
	if err := os.MkdirAll(c.path("tmp"), 0o700); err != nil {
		return nil, cacheError(err)
	}
	return c, nil
}

func (c *cache) close() error {
	if c.temporary == "" {
		return nil
	}
	return os.RemoveAll(c.temporary)
}

func (c *cache) path(elem ...string) string {
	return filepath.Join(append([]string{c.dir}, elem...)...)
}

// contentPath is where the bytes with this SHA-512 (raw) are.
func (c *cache) contentPath(digest string) string {
	name := hex.EncodeToString([]byte(digest))
	return c.path("content", "sha512", name[:2], name[2:4], name[4:])
}

// key turns any text into a file's name.
func key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// temp creates a file to be committed or discarded.
func (c *cache) temp() (*os.File, error) {
	f, err := os.CreateTemp(c.path("tmp"), "")
	if err != nil {
		return nil, cacheError(err)
	}
	return f, nil
}

// discard closes and removes a file that temp created; after commit it does
// nothing.
func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

// commit closes f and moves it to path. When the folder has become too large
// it then removes what was unused for longest.
func (c *cache) commit(f *os.File, path string) error {
	info, err := f.Stat()
	if err != nil {
		return cacheError(err)
	}
	if err := f.Close(); err != nil {
		return cacheError(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return cacheError(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return cacheError(err)
	}
	return c.grown(info.Size())
}

// put writes a small file.
func (c *cache) put(path string, data []byte) error {
	f, err := c.temp()
	if err != nil {
		return err
	}
	defer discard(f)
	if _, err := f.Write(data); err != nil {
		return cacheError(err)
	}
	return c.commit(f, path)
}

// used marks a file as recently used. That it cannot be is no reason to fail.
func used(path string) {
	now := time.Now()
	_ = os.Chtimes(path, now, now)
}

// grown accounts for n more bytes and prunes when there are too many.
func (c *cache) grown(n int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.size >= 0 {
		c.size += n
	}
	if c.size >= 0 && c.size <= c.limit {
		return nil
	}
	if err := c.prune(time.Now()); err != nil {
		return cacheError(err)
	}
	return nil
}

// prune counts the files and, above the limit, removes the least recently
// used ones down to nine tenths of it.
func (c *cache) prune(now time.Time) error {
	type file struct {
		path string
		size int64
		time time.Time
	}
	var files []file
	tmp := c.path("tmp") + string(filepath.Separator)
	c.size = 0
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another process was faster
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.HasPrefix(path, tmp) {
			if now.Sub(info.ModTime()) > abandonedAfter {
				os.Remove(path)
			}
			return nil
		}
		files = append(files, file{path, info.Size(), info.ModTime()})
		c.size += info.Size()
		return nil
	})
	if err != nil || c.size <= c.limit {
		return err
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(a.time.Compare(b.time), strings.Compare(a.path, b.path))
	})
	for _, f := range files {
		if c.size <= c.limit/10*9 {
			break
		}
		// On Windows a file that is open stays.
		if err := os.Remove(f.path); err == nil || errors.Is(err, fs.ErrNotExist) {
			c.size -= f.size
		}
	}
	return nil
}
