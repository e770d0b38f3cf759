package intel

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of zips. JSON that repeats itself is packed 20 to 1, seldom 50 to 1.
const (
	maxDirectory = 64 << 20 // of the list of entries, in bytes
	maxRatio     = 200      // unpacked to packed
	ratioFrom    = 1 << 20  // below it anything may be packed well, in bytes
)

// ImportZip reads a zip of lists, such as OSV's file of all npm records. name
// is for errors. See ImportFile.
func ImportZip(name string, r io.ReaderAt, size int64, o Options) (*Import, error) {
	if size > maxFile {
		return nil, tooLarge(name, "%d bytes, more than %d", size, maxFile)
	}
	// The reader keeps every entry of the list in memory, however many the end
	// of the zip claims. It reads nothing else until an entry is opened.
	limited := &limitedReaderAt{r: r, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, fmt.Errorf("%q: %w", name, err)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are never opened
		return nil, fmt.Errorf("%q: not readable as a zip: %w", name, err)
	case len(z.File) > maxFiles:
		return nil, tooLarge(name, "%d entries, more than %d", len(z.File), maxFiles)
	}
	limited.left = -1
	im := &importer{options: o}
	total := int64(0)
	for _, f := range z.File {
		n, err := im.zipped(name+"/"+f.Name, f)
		if err != nil {
			return nil, err
		}
		total += n
		if total > maxTotal {
			return nil, tooLarge(name, "it unpacks to more than %d bytes", int64(maxTotal))
		}
		if total > ratioFrom && total/maxRatio > size {
			return nil, tooLarge(name, "it unpacks to more than %d times its size", maxRatio)
		}
	}
	return &im.Import, nil
}

// zipped reads one entry and returns how many bytes it unpacked to. What it
// claims is looked at before anything is unpacked, and not relied on after.
func (im *importer) zipped(name string, f *zip.File) (int64, error) {
	read, limit := im.reader(f.Name, nil)
	switch claimed := f.UncompressedSize64; {
	case read == nil:
		if !strings.HasSuffix(f.Name, "/") {
			im.Ignored++
		}
		return 0, nil
	case claimed > uint64(limit):
		return 0, tooLarge(name, "it claims to unpack to %d bytes, more than %d", claimed, limit)
	case claimed > ratioFrom && claimed/maxRatio > f.CompressedSize64:
		return 0, tooLarge(name, "it claims to unpack from %d bytes to %d", f.CompressedSize64, claimed)
	case f.Flags&1 != 0:
		im.problem(name, 0, errors.New("it is encrypted"))
		return 0, nil
	}
	entry, err := f.Open()
	if err != nil {
		im.problem(name, 0, err)
		return 0, nil
	}
	defer entry.Close()
	im.buffer.Reset()
	n, err := im.buffer.ReadFrom(io.LimitReader(entry, limit+1))
	switch {
	case n > limit:
		return n, tooLarge(name, "it unpacks to more than %d bytes", limit)
	case err != nil:
		im.problem(name, 0, err)
		return n, nil
	default:
		return n, read(name, im.buffer.Bytes())
	}
}

// limitedReaderAt ends with ErrTooLarge when more than left bytes are asked
// for. Below 0 it has no limit.
type limitedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (l *limitedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if l.left >= 0 {
		if l.left -= int64(len(p)); l.left < 0 {
			l.left = 0
			return 0, tooLarge("", "a list of entries of more than %d bytes", maxDirectory)
		}
	}
	return l.r.ReadAt(p, off)
}
