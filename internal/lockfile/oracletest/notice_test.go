package oracletest

import (
	"errors"
	"slices"
	"testing"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// TestErrorsAreNoticed checks that the known faults do not hide errors of
// ours: it falsifies our reading of one package at a time, and each oracle
// that lists the package and tells the fact in question has to disagree.
func TestErrorsAreNoticed(t *testing.T) {
	faults := knownFaults()
	falsifications := []struct {
		name    string
		tells   func(facts) bool
		falsify func(*lockfile.Dependency)
		want    []aspect
	}{
		{"name", always, func(d *lockfile.Dependency) { d.Name += "x" }, []aspect{missing, extra}},
		{"version", always, func(d *lockfile.Dependency) { d.Version += "1" }, []aspect{missing, extra}},
		{"line", func(f facts) bool { return f.lines }, func(d *lockfile.Dependency) { d.Line++ }, []aspect{otherLine}},
		{"dev", func(f facts) bool { return f.dev }, func(d *lockfile.Dependency) { d.Dev = !d.Dev }, []aspect{otherDev}},
		{"resolved", func(f facts) bool { return f.resolved }, func(d *lockfile.Dependency) { d.Resolved += "x" }, []aspect{otherResolved}},
		{"kind", func(f facts) bool { return f.commit }, func(d *lockfile.Dependency) { d.Kind = lockfile.KindGit }, []aspect{extra}},
	}
	checked := make(map[string]int)
	for _, f := range ownLockfiles(t) {
		lock, err := lockfile.Parse(f.base, f.data, f.project)
		if err != nil {
			continue // TestOracles compares that
		}
		inv := newInventory(lock, f.data)
		for _, o := range oracles() {
			reading, err := o.read(f.base, f.data)
			if errors.Is(err, errNoReader) || o.name == depParser && lock.Format.Manager == lockfile.PNPM && lock.Format.Version >= "7" {
				continue // of these go-dep-parser lists a package by accident only
			}
			differ := make(map[npm.PackageVersion]bool)
			for _, d := range compare(inv, o, reading, err) {
				differ[d.pair] = true
			}
			tells := o.tells(lock.Format)
			for pair := range inv.registry() {
				at := slices.IndexFunc(reading, func(e entry) bool { return e.PackageVersion == pair })
				if at < 0 || differ[pair] {
					continue // nothing to notice an error by
				}
				for _, c := range falsifications {
					if !c.tells(tells) || c.name == "dev" && len(reading[at].lines) > 1 {
						continue
					}
					wrong := *lock
					wrong.Dependencies = slices.Clone(lock.Dependencies)
					for i := range wrong.Dependencies {
						if wrong.Dependencies[i].PackageVersion == pair {
							c.falsify(&wrong.Dependencies[i])
						}
					}
					found := compare(newInventory(&wrong, f.data), o, reading, err)
					for _, want := range c.want {
						if !slices.ContainsFunc(found, func(d disagreement) bool { return d.aspect == want && explanation(faults, &d) == nil }) {
							t.Errorf("%s: %s with another %s of %s: nothing is %s", f.name, o.name, c.name, pair, want)
						}
					}
					checked[o.name+" "+c.name]++
				}
			}
		}
	}
	t.Logf("noticed: %v", checked)
	for _, o := range oracles() {
		for _, c := range falsifications {
			if checked[o.name+" "+c.name] == 0 && c.tells(o.tells(lockfile.Format{Manager: lockfile.NPM})) {
				t.Errorf("%s was never tried with another %s", o.name, c.name)
			}
		}
	}
}

func always(facts) bool { return true }
