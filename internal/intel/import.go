package intel

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Limits of an import, in bytes and numbers. The largest public list has
// 250,000 entries of 3,500 bytes on average.
const (
	maxEntry   = 8 << 20 // of one record, unpacked
	maxFile    = 1 << 30 // of a list: lines, CSV, a data file, a zip
	maxTotal   = 4 << 30 // of a folder or zip, unpacked
	maxFiles   = 1 << 20 // of a folder or zip
	maxMemory  = 1 << 30 // of what is kept, about
	maxDepth   = 32      // of folders
	maxShown   = 100     // of problems that are kept
	recordCost = 500     // memory of a record without its strings
	stringCost = 16
	eventCost  = 24
)

// What the errors of an import wrap.
var (
	// ErrTooLarge says that an import was given up at a limit.
	ErrTooLarge = errors.New("too large to import")
	// ErrIncomplete says that entries could not be read. The others were.
	ErrIncomplete = errors.New("import incomplete")
)

// Options say how lists are read.
type Options struct {
	// Source names the list in every record and hash that does not say itself
	// where it is from.
	Source string
	// AllMalware takes every OSV record for one of malware, as in a list of
	// one's own. Without it, records that do not say so are left out, because
	// the public lists have vulnerabilities as well (see ImportFile).
	AllMalware bool
}

// Import is what was read.
type Import struct {
	// Data is what the lists have, not yet merged.
	Data Data
	// OtherEcosystems counts OSV records without an npm package.
	OtherEcosystems int
	// NotMalware counts OSV records that do not say that they are of malware.
	NotMalware int
	// NotMalicious counts rows of hashes that are not marked malicious.
	NotMalicious int
	// WithoutHash counts malicious rows whose hash is empty.
	WithoutHash int
	// Ignored counts files of a folder or zip that are no list.
	Ignored int
	// Problems are the entries that could not be read, the first 100 of them.
	Problems []Problem
	// Failed counts all of them.
	Failed int
}

// Problem is an entry that could not be read.
type Problem struct {
	File string
	Line int // 0 for the whole file
	Err  error
}

func (p Problem) Error() string {
	if p.Line > 0 {
		return fmt.Sprintf("%q, line %d: %v", p.File, p.Line, p.Err)
	}
	return fmt.Sprintf("%q: %v", p.File, p.Err)
}

// Unwrap returns what is wrong with the entry.
func (p Problem) Unwrap() error { return p.Err }

// Err is nil where every entry was read. Otherwise it wraps ErrIncomplete and
// the first Problem.
func (im *Import) Err() error {
	switch {
	case im.Failed == 0:
		return nil
	case im.Failed == 1:
		return fmt.Errorf("%w: 1 entry could not be read: %w", ErrIncomplete, im.Problems[0])
	}
	return fmt.Errorf("%w: %d entries could not be read, the first: %w", ErrIncomplete, im.Failed, im.Problems[0])
}

// ImportFile reads one list. What it is shows in its name:
//
//   - .json: one OSV record (https://ossf.github.io/osv-schema). Its npm
//     packages count, if it is of malware: its ID or an alias begins with MAL-,
//     or its database names CWE-506, embedded malicious code, or a kind of it. A
//     record without an ID has its file's name for one, if that begins with
//     MAL-: so the public collection keeps records that are new.
//   - .jsonl: lines of OSV records and hashes, as WriteLines writes them.
//   - .csv: hashes, see importer.csv.
//   - .zip: a zip of such files, in any folders.
//
// A data file that Encode wrote is known by its first bytes.
//
// Entries that are not valid are Problems of the Import. An error means that
// nothing was read: the file is of none of these kinds, or not readable, or
// beyond a limit (ErrTooLarge).
func ImportFile(name string, data []byte, o Options) (*Import, error) {
	if path.Ext(name) == ".zip" {
		return ImportZip(name, bytes.NewReader(data), int64(len(data)), o)
	}
	im := &importer{options: o}
	read, limit := im.reader(name, data)
	switch {
	case read == nil:
		return nil, fmt.Errorf("%q: not a list that can be imported: .json, .jsonl, .csv and .zip are", name)
	case int64(len(data)) > limit:
		return nil, tooLarge(name, "%d bytes, more than %d", len(data), limit)
	}
	if err := read(name, data); err != nil {
		return nil, err
	}
	return &im.Import, nil
}

// ImportDir reads every list in a folder and the folders in it, but for hidden
// ones and links. Other files are ignored, zips among them. See ImportFile.
func ImportDir(fsys fs.FS, o Options) (*Import, error) {
	im := &importer{options: o}
	files, total := 0, 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() && strings.Count(name, "/") >= maxDepth:
			return tooLarge(name, "folders nested more than %d deep", maxDepth)
		case !d.Type().IsRegular():
			return nil
		}
		if files++; files > maxFiles {
			return tooLarge(name, "more than %d files", maxFiles)
		}
		n, err := im.dirFile(fsys, name)
		if total += n; total > maxTotal {
			return tooLarge(name, "more than %d bytes in all", int64(maxTotal))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &im.Import, nil
}

// dirFile reads one file of a folder and returns how many bytes it had.
func (im *importer) dirFile(fsys fs.FS, name string) (int, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	head, err := r.Peek(len(magic))
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	read, limit := im.reader(name, head)
	if read == nil {
		im.Ignored++
		return 0, nil
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return 0, err
	}
	if int64(len(data)) > limit {
		im.problem(name, 0, tooLarge("", "more than %d bytes", limit))
		return len(data), nil
	}
	return len(data), read(name, data)
}

func tooLarge(name, format string, args ...any) error {
	err := fmt.Errorf("%w: %s", ErrTooLarge, fmt.Sprintf(format, args...))
	if name == "" {
		return err
	}
	return fmt.Errorf("%q: %w", name, err)
}

// importer reads lists into an Import.
type importer struct {
	Import
	options Options
	memory  int
	buffer  bytes.Buffer // the entry of a zip that is read
}

// reader returns what reads a file of this name that begins like this, nil if
// nothing does, and how many bytes it may have. Its errors end the import.
func (im *importer) reader(name string, head []byte) (read func(name string, data []byte) error, limit int64) {
	if isStore(head) {
		return im.store, maxFile
	}
	switch path.Ext(name) {
	case ".json":
		return im.json, maxEntry
	case ".jsonl":
		return im.lines, maxFile
	case ".csv":
		return im.csv, maxFile
	}
	return nil, 0
}

func (im *importer) problem(file string, line int, err error) {
	im.Failed++
	if len(im.Problems) < maxShown {
		im.Problems = append(im.Problems, Problem{file, line, err})
	}
}

// record keeps a record, or says what is wrong with it.
func (im *importer) record(file string, line int, r Record) error {
	if r.Source == "" {
		r.Source = im.options.Source
	}
	r, err := normal(r)
	if err != nil {
		im.problem(file, line, err)
		return nil
	}
	im.Data.Records = append(im.Data.Records, r)
	cost := recordCost + len(r.ID) + len(r.Name) + len(r.Summary)
	for _, list := range [][]string{r.Aliases, r.Versions} {
		for _, s := range list {
			cost += stringCost + len(s)
		}
	}
	for _, ref := range r.References {
		cost += 2*stringCost + len(ref.Type) + len(ref.URL)
	}
	for _, x := range r.Ranges {
		cost += eventCost * (1 + len(x))
	}
	return im.spend(file, cost)
}

// hash keeps a hash, or says what is wrong with it.
func (im *importer) hash(file string, line int, h Hash) error {
	if h.Source == "" {
		h.Source = im.options.Source
	}
	h, err := normalHash(h)
	if err != nil {
		im.problem(file, line, err)
		return nil
	}
	im.Data.Hashes = append(im.Data.Hashes, h)
	return im.spend(file, 6*stringCost+len(h.Sum)+len(h.Family)+len(h.Name)+len(h.Version)+len(h.Source))
}

func (im *importer) spend(file string, cost int) error {
	if im.memory += cost; im.memory > maxMemory {
		return tooLarge(file, "what is read takes more than %d bytes of memory", maxMemory)
	}
	return nil
}

func isStore(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }

// store reads a data file.
func (im *importer) store(name string, data []byte) error {
	s, err := Open(data)
	if err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	d := s.Data()
	for _, r := range d.Records {
		if err := im.record(name, 0, r); err != nil {
			return err
		}
	}
	for _, h := range d.Hashes {
		if err := im.hash(name, 0, h); err != nil {
			return err
		}
	}
	return nil
}
