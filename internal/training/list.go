package training

import (
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
)

// Step is a row before it has a vector: which version is compared with which
// other one, and what is known of it.
type Step struct {
	Package, Version, Before string
	Label                    Label
	Family, Source           string
}

// listColumns are the columns of a list of steps.
var listColumns = []string{"package", "version", "before", "label", "family", "source"}

// WriteList writes steps as CSV, in their order.
func WriteList(w io.Writer, steps []Step) error {
	out := csv.NewWriter(w)
	out.Write(listColumns)
	for _, s := range steps {
		out.Write([]string{s.Package, s.Version, s.Before, string(s.Label), s.Family, s.Source})
	}
	out.Flush() // keeps the first error
	return out.Error()
}

// ReadList reads what WriteList writes. Errors wrap ErrCorpus.
func ReadList(r io.Reader) ([]Step, error) {
	in := csv.NewReader(io.LimitReader(r, MaxSize))
	in.FieldsPerRecord = len(listColumns)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: the header of the list: %w", ErrCorpus, err)
	}
	if !slices.Equal(header, listColumns) {
		return nil, fmt.Errorf("%w: a list has the columns %s", ErrCorpus, strings.Join(listColumns, ","))
	}
	var out []Step
	for {
		f, err := in.Read()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCorpus, err)
		}
		s := Step{f[0], f[1], f[2], Label(f[3]), f[4], f[5]}
		line, _ := in.FieldPos(0)
		switch {
		case npm.ValidateName(s.Package) != nil || !npm.ValidVersion(s.Version) || s.Before != "" && !npm.ValidVersion(s.Before):
			return nil, fmt.Errorf("%w: line %d: %q is no version of a package", ErrCorpus, line, shorten(s.Package+"@"+s.Version))
		case s.Label != Benign && s.Label != Malicious:
			return nil, fmt.Errorf("%w: line %d: %q is no label", ErrCorpus, line, shorten(string(s.Label)))
		case len(out) == MaxRows:
			return nil, fmt.Errorf("%w: more than %d rows", ErrCorpus, MaxRows)
		}
		out = append(out, s)
	}
}

// Choose picks steps of one package for a corpus, at most seven, the same ones
// from the same packument: the latest update, one major, one minor and one patch
// update from the predecessor; one update that skips versions, as bumps do; and
// the latest version and of every other package the first one compared with
// nothing, as added dependencies are. Prereleases are left out, and versions that
// a registry put in the place of one that it took down.
func Choose(p *npm.Packument, label Label, source string) []Step {
	var versions []string
	for _, r := range p.Releases {
		if npm.ValidVersion(r.Version) && !npm.IsPrerelease(r.Version) && !strings.Contains(r.Version, "security") {
			versions = append(versions, r.Version)
		}
	}
	slices.SortFunc(versions, npm.CompareVersions)
	if len(versions) == 0 {
		return nil
	}
	var out []Step
	add := func(version, before string) {
		s := Step{Package: p.Name, Version: version, Before: before, Label: label, Source: source}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	pick := func(n int, what string) int {
		sum := hashOf(0, p.Name, what)
		return int(binary.BigEndian.Uint32(sum[:]) % uint32(n))
	}
	if pick(2, "added") == 0 {
		add(versions[0], "")
	}
	add(versions[len(versions)-1], "")
	kinds := make(map[int][]int) // the places of updates by what they are
	var updated []int
	for i := 1; i < len(versions); i++ {
		k := updateKind(versions[i-1], versions[i])
		kinds[k] = append(kinds[k], i)
	}
	for k := range 3 {
		if places := kinds[k]; len(places) > 0 {
			i := places[pick(len(places), fmt.Sprint("update ", k))]
			add(versions[i], versions[i-1])
			updated = append(updated, i)
		}
	}
	if n := len(versions); n > 1 {
		add(versions[n-1], versions[n-2])
	}
	if n := len(updated); n > 1 {
		slices.Sort(updated)
		// Of versions that are looked at anyway.
		if from, to := updated[n-2], updated[n-1]; from < to-1 {
			add(versions[to], versions[from])
		}
	}
	slices.SortFunc(out, func(a, b Step) int {
		return cmp.Or(npm.CompareVersions(a.Version, b.Version), strings.Compare(a.Before, b.Before))
	})
	return out
}

// updateKind tells major (0), minor (1) and other updates (2) apart.
func updateKind(before, after string) int {
	switch feature.UpdateType(before, after) {
	case feature.MajorUpdate:
		return 0
	case feature.MinorUpdate:
		return 1
	}
	return 2
}
