package training

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// Limits of a corpus.
const (
	MaxRows = 1 << 20
	// MaxSize is the size of a file in bytes.
	MaxSize = 512 << 20
)

// columns come before those of the features, which are feature.Header's.
// "features" is feature.Digest of the program that made the row, so that rows
// of programs that count in another way are not mixed up.
var columns = []string{"package", "version", "before", "label", "family", "source", "published", "features"}

// Header returns the names of the columns of a corpus file.
func Header() []string { return append(slices.Clone(columns), feature.Header()...) }

// Write writes rows as CSV in their canonical form: sorted by package, version
// and before, lines that end in \n, times as RFC 3339 in UTC, unknown values
// empty. Errors are the writer's or wrap ErrCorpus.
func Write(w io.Writer, rows []Row) error {
	sorted, err := canonical(rows)
	if err != nil {
		return err
	}
	return write(w, sorted)
}

func write(w io.Writer, sorted []*Row) error {
	buffer := bufio.NewWriter(w)
	out := csv.NewWriter(buffer)
	if err := out.Write(Header()); err != nil {
		return err
	}
	digest := feature.Digest()
	for _, r := range sorted {
		published := ""
		if !r.Published.IsZero() {
			published = r.Published.UTC().Format(time.RFC3339Nano)
		}
		record := []string{r.Package, r.Version, r.Before, string(r.Label), r.Family, r.Source, published, digest}
		if err := out.Write(append(record, r.Vector.Record()...)); err != nil {
			return err
		}
	}
	if out.Flush(); out.Error() != nil {
		return out.Error()
	}
	return buffer.Flush()
}

// Digest returns the SHA-256, in hex, of the canonical form of a corpus. Errors
// wrap ErrCorpus.
func Digest(rows []Row) (string, error) {
	sorted, err := canonical(rows)
	if err != nil {
		return "", err
	}
	return digest(sorted)
}

func digest(sorted []*Row) (string, error) {
	h := sha256.New()
	if err := write(h, sorted); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Read reads the rows of a CSV file, in its order. Errors are the reader's or
// wrap ErrCorpus, and classifier.ErrFeatures where the rows are of other
// features; they name the line.
func Read(r io.Reader) ([]Row, error) {
	limited := &io.LimitedReader{R: r, N: MaxSize + 1}
	in := csv.NewReader(limited)
	in.ReuseRecord = true
	header, err := in.Read()
	if err == io.EOF {
		return nil, fmt.Errorf("%w: the file is empty", ErrCorpus)
	}
	if err != nil {
		return nil, parseError(err)
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	p := rowReader{digest: feature.Digest()}
	var rows []Row
	for {
		record, err := in.Read()
		switch {
		case limited.N <= 0:
			return nil, fmt.Errorf("%w: more than %d bytes", ErrCorpus, MaxSize)
		case err == io.EOF:
			return rows, nil
		case err != nil:
			return nil, parseError(err)
		case len(rows) == MaxRows:
			return nil, fmt.Errorf("%w: more than %d rows", ErrCorpus, MaxRows)
		}
		row, err := p.row(record)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("%w: line %d: %w", ErrCorpus, line, err)
		}
		rows = append(rows, row)
	}
}

// parseError tells what is wrong with the file from what is with the reader.
func parseError(err error) error {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return fmt.Errorf("%w: %w", ErrCorpus, err)
	}
	return err
}

// checkHeader names what is missing and what is unknown.
func checkHeader(header []string) error {
	if slices.Equal(header, Header()) {
		return nil
	}
	has := func(list []string) map[string]bool {
		set := make(map[string]bool, len(list))
		for _, name := range list {
			set[name] = true
		}
		return set
	}
	given, fixed, features := has(header), has(columns), has(feature.Header())
	var missing, missingFeatures, unknown []string
	for _, name := range columns {
		if !given[name] {
			missing = append(missing, name)
		}
	}
	for _, name := range feature.Header() {
		if !given[name] {
			missingFeatures = append(missingFeatures, name)
		}
	}
	for _, name := range header {
		if !fixed[name] && !features[name] && len(unknown) < len(features) {
			unknown = append(unknown, strconv.Quote(shorten(name)))
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("%w: no column %s", ErrCorpus, strings.Join(missing, ", "))
	case len(missingFeatures) > 0 && len(unknown) > 0:
		return fmt.Errorf("%w: %w: no column %s, but %s", ErrCorpus, classifier.ErrFeatures, strings.Join(missingFeatures, ", "), strings.Join(unknown, ", "))
	case len(missingFeatures) > 0:
		return fmt.Errorf("%w: %w: no column %s", ErrCorpus, classifier.ErrFeatures, strings.Join(missingFeatures, ", "))
	case len(unknown) > 0:
		return fmt.Errorf("%w: %w: the column %s is not known", ErrCorpus, classifier.ErrFeatures, strings.Join(unknown, ", "))
	}
	return fmt.Errorf("%w: the columns are in another order or given twice", ErrCorpus)
}

// rowReader makes rows of records.
type rowReader struct {
	digest string
	// texts holds families and sources, which repeat.
	texts map[string]string
}

func (p *rowReader) row(record []string) (Row, error) {
	r := Row{
		Package: strings.Clone(record[0]), Version: strings.Clone(record[1]), Before: strings.Clone(record[2]),
		Label: Label(p.intern(record[3])), Family: p.intern(record[4]), Source: p.intern(record[5]),
	}
	if published := record[6]; published != "" {
		t, err := time.Parse(time.RFC3339Nano, published)
		if err != nil {
			return Row{}, fmt.Errorf("%q is no time as RFC 3339 has it", shorten(published))
		}
		r.Published = t.UTC()
	}
	if record[7] != p.digest {
		return Row{}, fmt.Errorf("%w: the row's are %q, this program's %q", classifier.ErrFeatures, shorten(record[7]), p.digest)
	}
	values := record[len(columns):]
	r.Vector = make(feature.Vector, len(values))
	for i, text := range values {
		x, err := number(text)
		if err != nil {
			return Row{}, fmt.Errorf("%s: %q is no number", feature.Table[i].Name, shorten(text))
		}
		r.Vector[i] = x
	}
	return r, r.check()
}

// intern returns a copy of a text, the same for the same text.
func (p *rowReader) intern(text string) string {
	if kept, ok := p.texts[text]; ok {
		return kept
	}
	text = strings.Clone(text)
	if len(p.texts) < 1<<16 {
		if p.texts == nil {
			p.texts = make(map[string]string)
		}
		p.texts[text] = text
	}
	return text
}

var errNumber = errors.New("no number")

// number reads a decimal number; empty is unknown.
func number(text string) (float64, error) {
	if text == "" {
		return math.NaN(), nil
	}
	if len(text) > 40 || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, errNumber
	}
	x, err := strconv.ParseFloat(text, 64)
	return x + 0, err // + 0 makes -0 into 0
}
