package registry

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
)

// maxDerived bounds what Derived returns, in bytes.
const maxDerived = 256 << 20

// Derived returns what KeepDerived stored under a key, nil where there is
// nothing whole. Unlike tarballs it cannot be checked against anything: who can
// write to the cache's folder decides what it says.
func (c *Client) Derived(name string) []byte {
	path := c.cache.path("derived", key(name))
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(z, maxDerived)) // gzip has a checksum
	if err != nil || len(data) == maxDerived {
		return nil
	}
	used(path)
	return data
}

// KeepDerived stores data that was worked out from a tarball and can be worked
// out again.
func (c *Client) KeepDerived(name string, data []byte) error {
	path := c.cache.path("derived", key(name))
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return c.cache.put(path, b.Bytes())
}
