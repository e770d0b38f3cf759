// Package feature counts what a package version does: Amalfi's features
// (Sejfia and Schäfer, "Practical Automated Detection of Malicious npm
// Packages", ICSE 2022) and an extended set. Table declares all of them once;
// extraction, documentation, the header of CSV files and the check of a model
// come from it.
//
// A Set holds the counts of one version with the places they come from. Diff
// compares two: the difference as a Vector, which is what classifiers see, and
// the change of capabilities, which is what people read.
package feature

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/shell"
)

// Kind is what the value of a feature is.
type Kind uint8

// The kinds of features.
const (
	// Counted is a number of places; a Vector has the difference.
	Counted Kind = iota
	// Listed is a number of different things; a Vector has how many are new.
	Listed
	// Measured is a measure of the whole version; a Vector has the difference.
	Measured
	// Updated says something of the step between two versions; a Set has none.
	Updated
)

func (k Kind) String() string { return [...]string{"count", "list", "measure", "update"}[k] }

// Feature is one line of the table.
type Feature struct {
	// Name is stable, lower case with hyphens.
	Name string
	// Group is what it belongs to; Paper tells whether it is of Amalfi's set.
	Group string
	Paper bool
	Kind  Kind
	// Meaning says what it stands for, Counts what adds to it.
	Meaning string
	Counts  string
	// Does says of a version that has it what it does, to follow "this
	// package": "starts programs". Empty where that says nothing to a reader.
	Does string
	// names tells that the details are part of what it does: which variables,
	// which hosts.
	names bool

	// What adds to it, see reader.
	uses    []string
	when    func(*javascript.Use) bool
	writes  bool // uses that write count, and no others
	member  func(name string) bool
	methods map[string]func(*javascript.Use) bool
	text    func(text string) string
	hosts   []string
	signs   []javascript.SignKind
	acts    []shell.Kind
}

// Revision is raised when extraction changes without the table saying so, so
// that sets of an older program are not taken for this one's.
const Revision = 3

// Digest identifies the table and how it is extracted: sets, models and caches
// of another one do not fit.
func Digest() string {
	h := sha256.New()
	fmt.Fprintln(h, "amalfi-audit features, revision", Revision)
	for i := range Table {
		f := &Table[i]
		fmt.Fprintf(h, "%q %q %v %v %q %q %q %q\n", f.Name, f.Group, f.Paper, f.Kind, f.Counts, f.uses, f.hosts, f.acts)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Index returns the place of a feature in Table, -1 where there is none of
// that name.
func Index(name string) int {
	return slices.IndexFunc(Table, func(f Feature) bool { return f.Name == name })
}

// Lookup returns the feature of a name, or nil.
func Lookup(name string) *Feature {
	if i := Index(name); i >= 0 {
		return &Table[i]
	}
	return nil
}
