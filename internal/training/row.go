// Package training makes the models of package classifier from labelled rows,
// reads and writes such rows, and measures how well models do on rows that they
// were not trained on.
//
// Everything is determined by the rows, whatever their order, the options and
// the seed.
package training

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// Errors that others wrap.
var (
	// ErrCorpus stands for rows that are broken or contradict each other.
	ErrCorpus = errors.New("invalid corpus")
	// ErrTooFew stands for rows that a classifier cannot be trained on, or that
	// cannot be split as asked.
	ErrTooFew = errors.New("not enough rows")
)

// Label is what is known of a version.
type Label string

// The labels.
const (
	Benign    Label = "benign"
	Malicious Label = "malicious"
)

// Row is one step between two versions of a package with its label.
type Row struct {
	Package string
	Version string
	// Before is the version it is compared with, empty for none. Package,
	// Version and Before together are unique in a corpus.
	Before string
	Label  Label
	// Family is what groups malware of one origin; empty where unknown and for
	// benign rows.
	Family string
	// Source says where the label comes from.
	Source string
	// Published is when the version was, zero where unknown.
	Published time.Time
	Vector    feature.Vector
}

// maxText bounds the texts of a row in bytes.
const maxText = 256

// check says what is wrong with a row.
func (r *Row) check() error {
	for _, field := range []struct {
		name, text string
		needed     bool
	}{{"package", r.Package, true}, {"version", r.Version, true}, {"before", r.Before, false}, {"family", r.Family, false}, {"source", r.Source, false}} {
		switch {
		case field.text == "" && field.needed:
			return fmt.Errorf("no %s", field.name)
		case len(field.text) > maxText:
			return fmt.Errorf("a %s of more than %d bytes", field.name, maxText)
		case !utf8.ValidString(field.text) || strings.ContainsFunc(field.text, func(r rune) bool { return !unicode.IsPrint(r) }):
			return fmt.Errorf("the %s %q has what cannot be printed", field.name, field.text)
		}
	}
	switch {
	case r.Label != Benign && r.Label != Malicious:
		return fmt.Errorf("%q is no label: it is %s or %s", shorten(string(r.Label)), Benign, Malicious)
	case r.Label == Benign && r.Family != "":
		return fmt.Errorf("a benign row of the family %q", r.Family)
	case !r.Published.IsZero() && (r.Published.Year() < 1970 || r.Published.Year() > 9999):
		return fmt.Errorf("published in the year %d", r.Published.Year())
	case len(r.Vector) != len(feature.Table):
		return fmt.Errorf("%w: %d values for %d features", classifier.ErrFeatures, len(r.Vector), len(feature.Table))
	}
	for i, x := range r.Vector {
		if math.IsInf(x, 0) || math.Abs(x) > classifier.MaxValue {
			return fmt.Errorf("%s is %v", feature.Table[i].Name, x)
		}
	}
	return nil
}

func shorten(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// String names the step.
func (r *Row) String() string {
	if r.Before == "" {
		return r.Package + "@" + r.Version
	}
	return r.Package + "@" + r.Version + " after " + r.Before
}

// compareRows orders rows; rows of a corpus are never equal.
func compareRows(a, b *Row) int {
	return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Before, b.Before))
}

// hash mixes the row's key with a seed.
func (r *Row) hash(seed uint64) [sha256.Size]byte {
	return hashOf(seed, r.Package, r.Version, r.Before)
}

func hashOf(seed uint64, texts ...string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d %q", seed, texts))
}

// canonical checks rows and returns them in their order. Errors wrap ErrCorpus.
func canonical(rows []Row) ([]*Row, error) {
	out := make([]*Row, len(rows))
	for i := range rows {
		if err := rows[i].check(); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCorpus, strconv.Quote(shorten(rows[i].String())), err)
		}
		out[i] = &rows[i]
	}
	slices.SortFunc(out, compareRows)
	for i := 1; i < len(out); i++ {
		if compareRows(out[i-1], out[i]) == 0 {
			return nil, fmt.Errorf("%w: %q is there twice", ErrCorpus, shorten(out[i].String()))
		}
	}
	return out, nil
}

// Merge adds rows to a corpus, such as what triage found. They replace those of
// the same step.
func Merge(corpus, feedback []Row) []Row {
	type key struct{ name, version, before string }
	at := make(map[key]int, len(corpus)+len(feedback))
	var out []Row
	for _, rows := range [][]Row{corpus, feedback} {
		for _, r := range rows {
			k := key{r.Package, r.Version, r.Before}
			if i, ok := at[k]; ok {
				out[i] = r
				continue
			}
			at[k] = len(out)
			out = append(out, r)
		}
	}
	return out
}

// added tells that the row is of a version that is compared with nothing.
func (r *Row) added() bool { return r.Vector[updateType] == feature.FirstVersion }

var updateType = feature.Index("update-type")
