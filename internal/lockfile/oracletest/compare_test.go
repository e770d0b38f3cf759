package oracletest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// aspect is what two readings of one lockfile disagree about.
type aspect string

const (
	// missing: we have a registry package that the oracle does not list.
	missing aspect = "missing"
	// extra: the oracle lists a package that we do not have as one of a
	// registry.
	extra aspect = "extra"
	// These are about a package that both have.
	otherLine     aspect = "line"
	otherDev      aspect = "dev"
	otherResolved aspect = "resolved"
	otherCommit   aspect = "commit"
	// refused: the oracle gives an error for a lockfile that we read.
	refused aspect = "refused"
	// accepted: the oracle reads a lockfile that we refuse.
	accepted aspect = "accepted"
)

// A disagreement is one difference between our reading of a lockfile and an
// oracle's.
type disagreement struct {
	oracle string
	aspect aspect
	// pair is the package in question; zero for refused and accepted.
	pair npm.PackageVersion
	// theirs is the oracle's entry, nil for missing.
	theirs *entry
	// err is the oracle's error for refused, ours for accepted.
	err error
	// mine and reading are all that we and the oracle read.
	mine    *inventory
	reading []entry
}

func (d *disagreement) String() string {
	text := fmt.Sprintf("%s: %s", d.oracle, d.aspect)
	if d.err != nil {
		return text + ": " + d.err.Error()
	}
	text += fmt.Sprintf(" %q@%q", d.pair.Name, d.pair.Version)
	if d.theirs != nil {
		text += fmt.Sprintf(", theirs: lines %v dev %t resolved %q commit %q", d.theirs.lines, d.theirs.dev, d.theirs.resolved, d.theirs.commit)
	}
	for _, own := range d.mine.byPair[d.pair] {
		text += fmt.Sprintf(", ours: line %d %s dev %t resolved %q", own.Line, own.Kind, own.Dev, own.Resolved)
	}
	return text
}

// inventory is our reading of a lockfile.
type inventory struct {
	format lockfile.Format
	all    []lockfile.Dependency
	byPair map[npm.PackageVersion][]lockfile.Dependency
	text   []string // the file's lines
}

func newInventory(lock *lockfile.Lockfile, data []byte) *inventory {
	inv := &inventory{
		format: lock.Format,
		all:    lock.Dependencies,
		byPair: make(map[npm.PackageVersion][]lockfile.Dependency),
		text:   strings.Split(string(data), "\n"),
	}
	for _, d := range lock.Dependencies {
		inv.byPair[d.PackageVersion] = append(inv.byPair[d.PackageVersion], d)
	}
	return inv
}

// fromRegistry tells the entries that are compared: a registry's tarballs, and
// what ships inside them.
func fromRegistry(d *lockfile.Dependency) bool {
	return d.Kind == lockfile.KindRegistry || d.Kind == lockfile.KindBundled
}

// registry returns the distinct registry packages.
func (inv *inventory) registry() map[npm.PackageVersion]bool {
	pairs := make(map[npm.PackageVersion]bool, len(inv.byPair))
	for i := range inv.all {
		if fromRegistry(&inv.all[i]) {
			pairs[inv.all[i].PackageVersion] = true
		}
	}
	return pairs
}

// compare lists what an oracle's reading differs in, sorted. Where a package
// stands in a lockfile several times, oracles keep one of the entries: what
// they say of it must be true of one of ours.
func compare(inv *inventory, o oracle, reading []entry, err error) []disagreement {
	var out []disagreement
	say := func(what aspect, pair npm.PackageVersion, theirs *entry) {
		out = append(out, disagreement{oracle: o.name, aspect: what, pair: pair, theirs: theirs, mine: inv, reading: reading})
	}
	if err != nil {
		out = append(out, disagreement{oracle: o.name, aspect: refused, err: err, mine: inv, reading: reading})
		if len(reading) == 0 {
			return out
		}
	}
	ours := inv.registry()
	listed := make(map[npm.PackageVersion]bool, len(reading))
	tells := o.tells(inv.format)
	for i := range reading {
		e := &reading[i]
		pair := e.PackageVersion
		listed[pair] = true
		if !ours[pair] {
			say(extra, pair, e)
			continue
		}
		holds := func(f func(*lockfile.Dependency) bool) bool {
			return slices.ContainsFunc(inv.byPair[pair], func(d lockfile.Dependency) bool { return f(&d) })
		}
		if tells.lines {
			for _, line := range e.lines {
				if !holds(func(d *lockfile.Dependency) bool { return d.Line == line }) {
					say(otherLine, pair, e)
					break
				}
			}
		}
		// Of several entries go-dep-parser takes the flag of any one.
		if tells.dev && len(e.lines) < 2 && !holds(func(d *lockfile.Dependency) bool { return d.Dev == e.dev }) {
			say(otherDev, pair, e)
		}
		if tells.resolved && !holds(func(d *lockfile.Dependency) bool { return d.Resolved == e.resolved }) {
			say(otherResolved, pair, e)
		}
		if tells.commit && !holds(func(d *lockfile.Dependency) bool { return (d.Kind == lockfile.KindGit) == (e.commit != "") }) {
			say(otherCommit, pair, e)
		}
	}
	for pair := range ours {
		if !listed[pair] {
			say(missing, pair, nil)
		}
	}
	slices.SortStableFunc(out, func(a, b disagreement) int {
		return cmp.Or(strings.Compare(string(a.aspect), string(b.aspect)),
			strings.Compare(a.pair.Name, b.pair.Name), strings.Compare(a.pair.Version, b.pair.Version))
	})
	return out
}
