// Package intelfile keeps known-malware data in a file of the user's: it opens
// the file, replaces it as a whole or not at all, and updates it over HTTP.
package intelfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/amalfi-audit/audit/internal/intel"
)

// MaxSize is the largest data file that is read, in bytes. 210,000 records take
// about 20 MB.
const MaxSize = 512 << 20

// Open opens a data file. Errors wrap fs.ErrNotExist where there is none, and
// what intel.Open says.
func Open(path string) (*intel.Store, error) {
	data, err := read(path, MaxSize)
	if err != nil {
		return nil, fmt.Errorf("known-malware data: %w", err)
	}
	s, err := intel.Open(data)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return s, nil
}

func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%q: not a file of at most %d bytes", path, limit)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return data, nil
}

// Replace makes data, which intel.Encode wrote, the content of a file and
// returns it opened. The folder is made if it is missing. Data that cannot be
// opened is an error; after any error the file is what it was. Who reads at the
// same time sees the old or the new content, never a part.
func Replace(path string, data []byte) (*intel.Store, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("known-malware data: %d bytes, more than the %d of a file", len(data), MaxSize)
	}
	s, err := intel.Open(data)
	if err != nil {
		return nil, err
	}
	if err := write(path, data); err != nil {
		return nil, fmt.Errorf("known-malware data: %w", err)
	}
	return s, nil
}

// write writes beside and renames.
func write(path string, data []byte) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there once it is renamed
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
