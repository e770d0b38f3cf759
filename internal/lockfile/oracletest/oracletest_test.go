package oracletest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// result is what comparing one lockfile gave.
type result struct {
	packages  string            // of a registry in our reading, or that we refuse it
	confirmed int               // packages that at least one oracle lists too
	listed    map[string]string // by oracle: the entries it lists, of every source
	explained map[string]int    // by oracle: disagreements that come from known faults
	faults    map[string]int    // the same by fault
}

// TestOracles compares every lockfile with every oracle. It fails for each
// disagreement that no known fault explains, and for each known fault that
// explains nothing, so that the table of faults stays true.
func TestOracles(t *testing.T) {
	files := slices.Concat(ownLockfiles(t), sharedLockfiles(t))
	faults := knownFaults()
	results := make([]result, len(files))
	t.Run("lockfiles", func(t *testing.T) {
		for i, f := range files {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel()
				results[i] = compareFile(t, f, faults)
			})
		}
	})

	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "file\tours\tconfirmed")
	for _, o := range oracles() {
		fmt.Fprintf(w, "\t%s\texplained", o.name)
	}
	fmt.Fprintln(w)
	total := make(map[string]int)
	for i, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%d", files[i].name, r.packages, r.confirmed)
		for _, o := range oracles() {
			fmt.Fprintf(w, "\t%s\t%d", r.listed[o.name], r.explained[o.name])
		}
		fmt.Fprintln(w)
		for name, n := range r.faults {
			total[name] += n
		}
	}
	w.Flush()
	fmt.Fprintln(w, "\nfault\tdisagreements\twhy")
	for _, f := range faults {
		fmt.Fprintf(w, "%s\t%d\t%s\n", f.id(), total[f.id()], f.why)
		if total[f.id()] == 0 {
			t.Errorf("the known fault %q occurs nowhere any more: remove it from the table", f.id())
		}
	}
	w.Flush()
	t.Logf("\n%s", &table)
}

// compareFile compares the readings of one lockfile and reports what no known
// fault explains.
func compareFile(t *testing.T, f file, faults []fault) result {
	r := result{packages: "refused", listed: make(map[string]string), explained: make(map[string]int), faults: make(map[string]int)}
	lock, parseErr := lockfile.Parse(f.base, f.data, f.project)
	inv := new(inventory)
	if parseErr == nil {
		inv = newInventory(lock, f.data)
		r.packages = fmt.Sprint(len(inv.registry()))
	}
	confirmed := make(map[npm.PackageVersion]bool)
	for _, o := range oracles() {
		reading, err := o.read(f.base, f.data)
		if errors.Is(err, errNoReader) {
			r.listed[o.name] = "–"
			continue
		}
		r.listed[o.name] = fmt.Sprint(len(reading))
		var found []disagreement
		switch {
		case parseErr == nil:
			found = compare(inv, o, reading, err)
		case err == nil:
			found = []disagreement{{oracle: o.name, aspect: accepted, err: parseErr, mine: inv, reading: reading}}
		default:
			r.listed[o.name] = "refused"
		}
		for i := range found {
			if known := explanation(faults, &found[i]); known != nil {
				r.explained[o.name]++
				r.faults[known.id()]++
			} else {
				t.Error(&found[i])
			}
		}
		for _, e := range reading {
			if slices.ContainsFunc(inv.byPair[e.PackageVersion], func(d lockfile.Dependency) bool { return fromRegistry(&d) }) {
				confirmed[e.PackageVersion] = true
			}
		}
	}
	r.confirmed = len(confirmed)
	return r
}
