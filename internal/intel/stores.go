package intel

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Stores are several stores that answer as one, such as the one that a binary
// carries and the user's own. Of the records with one ID those that were modified
// last count, whichever store they are in, so that what a newer list withdraws
// is no longer found in an older one.
type Stores []*Store

// Lookup returns the records that say that this version of the package is
// malicious, one of each ID, ordered by ID.
func (s Stores) Lookup(name, version string) []Record {
	var out []Record
	for _, store := range s {
		for _, r := range store.Lookup(name, version) {
			if !s.modifiedAfter(r) {
				out = append(out, r)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Source, b.Source))
	})
	return slices.CompactFunc(out, func(a, b Record) bool { return a.ID == b.ID })
}

// modifiedAfter reports whether a store has a later state of r's entry.
func (s Stores) modifiedAfter(r Record) bool {
	for _, store := range s {
		if slices.ContainsFunc(store.ByID(r.ID), func(other Record) bool { return other.Modified.After(r.Modified) }) {
			return true
		}
	}
	return false
}

// Hashes returns what is known of a digest (hexadecimal, lower case).
func (s Stores) Hashes(kind Kind, sum string) []Hash {
	var out []Hash
	for _, store := range s {
		out = append(out, store.Hashes(kind, sum)...)
	}
	slices.SortFunc(out, compareHashes)
	return slices.Compact(out)
}

// Made is when the youngest of the stores was made.
func (s Stores) Made() time.Time {
	var made time.Time
	for _, store := range s {
		if m := store.Made(); m.After(made) {
			made = m
		}
	}
	return made
}

// Stale reports whether all of the data is older than limit, or of unknown age.
func (s Stores) Stale(now time.Time, limit time.Duration) bool {
	return !slices.ContainsFunc(s, func(store *Store) bool { return !store.Stale(now, limit) })
}
