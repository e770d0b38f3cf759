package intel

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Limits of one record, in bytes and in numbers. Names of packages have at most
// 214 characters today, versions 256.
const (
	maxName    = 512
	maxWord    = 256  // identifiers, versions, sources, families, types
	maxText    = 2048 // links
	maxSummary = 500  // longer ones are cut
	maxItems   = 1 << 16
	maxEvents  = 1000 // of one range
)

// Merge puts several lists together. Of the records with one ID those that were
// modified last are kept, whatever list they are from: that is the entry's
// state (https://ossf.github.io/osv-schema/#id-modified-fields), and may be that
// it was withdrawn. Lists that agree on the time are all kept. Hashes are united.
//
// The result is sorted and the same for any order of its parts. Errors name the
// record or hash that is not valid.
func Merge(parts ...Data) (Data, error) {
	var d Data
	for _, part := range parts {
		for _, r := range part.Records {
			r, err := normal(r)
			if err != nil {
				return Data{}, err
			}
			d.Records = append(d.Records, r)
		}
		for _, h := range part.Hashes {
			h, err := normalHash(h)
			if err != nil {
				return Data{}, err
			}
			d.Hashes = append(d.Hashes, h)
		}
	}
	d.Records = newest(d.Records)
	slices.SortFunc(d.Hashes, compareHashes)
	d.Hashes = slices.Compact(d.Hashes)
	return d, nil
}

// newest keeps the records of each ID that were modified last, one for a
// package and source, and sorts them.
func newest(records []Record) []Record {
	modified := make(map[string]time.Time)
	for _, r := range records {
		if last, ok := modified[r.ID]; !ok || r.Modified.After(last) {
			modified[r.ID] = r.Modified
		}
	}
	records = slices.DeleteFunc(records, func(r Record) bool { return r.Modified.Before(modified[r.ID]) })
	slices.SortFunc(records, compareRecords)
	return slices.CompactFunc(records, func(a, b Record) bool {
		return a.Name == b.Name && a.ID == b.ID && a.Source == b.Source
	})
}

// normal checks a record and brings what has no order into one, so that equal
// records have equal fields. It shares nothing with r that it changes.
func normal(r Record) (Record, error) {
	if err := check(r); err != nil {
		return Record{}, fmt.Errorf("record %.80q of package %.80q: %w", r.ID, r.Name, err)
	}
	r.Summary = oneLine(r.Summary)
	r.Aliases = slices.DeleteFunc(sorted(r.Aliases), func(a string) bool { return a == r.ID })
	r.Versions = sorted(r.Versions)
	r.References = unique(r.References)
	if len(r.Ranges) == 0 {
		r.Ranges = nil
	}
	r.Ranges = slices.Clone(r.Ranges)
	for i, x := range r.Ranges {
		if !slices.IsSortedFunc(x, compareOnTimeLine) {
			x = slices.Clone(x)
			slices.SortStableFunc(x, compareOnTimeLine)
			r.Ranges[i] = x
		}
	}
	for _, t := range []*time.Time{&r.Modified, &r.Published, &r.Withdrawn} {
		*t = t.UTC().Round(0)
	}
	return r, nil
}

// compareOnTimeLine orders events by version. Those of one version stay as they
// are given, because what was fixed may be introduced again.
func compareOnTimeLine(a, b Event) int {
	if x, y := a.rank(), b.rank(); x != 0 || y != 0 {
		return x - y
	}
	return compareVersions(a.Version, b.Version)
}

// rank is below 0 for what is below every version and above 0 for infinity.
func (e Event) rank() int {
	switch {
	case e.Kind == Introduced && e.Version == firstVersion:
		return -1
	case e.Kind == Limit && e.Version == noLimit:
		return 1
	}
	return 0
}

func sorted(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func unique(list []Reference) []Reference {
	var out []Reference
	seen := make(map[Reference]bool, len(list))
	for _, ref := range list {
		if !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	return out
}

// oneLine makes one short line of a text.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if len(s) <= maxSummary {
		return s
	}
	end := maxSummary - len("…")
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// check says what is wrong with a record.
func check(r Record) error {
	if err := checkWords(r); err != nil {
		return err
	}
	for _, ref := range r.References {
		if err := checkWord("type of a reference", ref.Type, maxWord); err != nil {
			return err
		}
		if !linkable(ref.URL) {
			return fmt.Errorf("reference %.80q is not a link", ref.URL)
		}
	}
	for i, x := range r.Ranges {
		if err := x.check(); err != nil {
			return fmt.Errorf("range %d: %w", i, err)
		}
	}
	for _, t := range []time.Time{r.Modified, r.Published, r.Withdrawn} {
		if !t.IsZero() && !validSecond(t.Unix()) {
			return fmt.Errorf("time %d is out of range", t.Unix())
		}
	}
	if n := max(len(r.Aliases), len(r.Versions), len(r.Ranges), len(r.References)); n > maxItems {
		return fmt.Errorf("a list of %d, more than %d", n, maxItems)
	}
	return nil
}

func checkWords(r Record) error {
	if r.ID == "" {
		return errors.New("no id")
	}
	if r.Name == "" {
		return errors.New("no package name")
	}
	if r.Modified.IsZero() {
		return errors.New("no time modified")
	}
	err := errors.Join(
		checkWord("id", r.ID, maxWord),
		checkWord("package name", r.Name, maxName),
		checkWord("source", r.Source, maxWord),
		checkWord("family", r.Family, maxWord),
	)
	for _, a := range r.Aliases {
		err = errors.Join(err, checkWord("alias", a, maxWord))
	}
	for _, v := range r.Versions {
		if v == "" {
			return errors.New("an empty version")
		}
		err = errors.Join(err, checkWord("version", v, maxWord))
	}
	return err
}

func (x Range) check() error {
	if len(x) > maxEvents {
		return fmt.Errorf("%d events, more than %d", len(x), maxEvents)
	}
	var seen [Limit + 1]bool
	for _, e := range x {
		if e.Kind < Introduced || e.Kind > Limit {
			return fmt.Errorf("an event of kind %d", e.Kind)
		}
		seen[e.Kind] = true
		if e.rank() == 0 && !npm.ValidVersion(e.Version) {
			return fmt.Errorf("%.80q is not a version", e.Version)
		}
	}
	switch {
	case !seen[Introduced]:
		return errors.New("no introduced event")
	case seen[Fixed] && seen[LastAffected]:
		return errors.New("fixed and last_affected events in one range")
	}
	return nil
}

func checkWord(what, s string, limit int) error {
	switch {
	case len(s) > limit:
		return fmt.Errorf("%s of %d bytes, more than %d", what, len(s), limit)
	case !plain(s):
		return fmt.Errorf("%s %.80q has control characters or invalid UTF-8", what, s)
	}
	return nil
}

// plain reports whether s is UTF-8 without control characters.
func plain[T string | []byte](s T) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		if r == utf8.RuneError && n <= 1 || unicode.IsControl(r) {
			return false
		}
		i += n
	}
	return true
}

// linkable reports whether s is a link that may be shown.
func linkable(s string) bool {
	if len(s) > maxText || !plain(s) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// The seconds of the years that RFC 3339 can write, 0001 to 9999.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

func validSecond(s int64) bool { return firstSecond <= s && s <= lastSecond }

func normalHash(h Hash) (Hash, error) {
	h.Sum = strings.ToLower(h.Sum)
	size := h.Kind.size()
	sum, err := hex.DecodeString(h.Sum)
	switch {
	case size == 0:
		return Hash{}, fmt.Errorf("hash %.80q: its kind %d is not known", h.Sum, h.Kind)
	case err != nil || len(sum) != size:
		return Hash{}, fmt.Errorf("hash %.80q: %s is %d hexadecimal digits", h.Sum, h.Kind, 2*size)
	}
	if err := errors.Join(
		checkWord("family", h.Family, maxWord),
		checkWord("package name", h.Name, maxName),
		checkWord("version", h.Version, maxWord),
		checkWord("source", h.Source, maxWord),
		checkWord("path", h.Path, maxText),
	); err != nil {
		return Hash{}, fmt.Errorf("hash %s: %w", h.Sum, err)
	}
	return h, nil
}
