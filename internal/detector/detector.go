// Package detector says what a rule, a finding and a verdict are, and holds
// the small detectors, one file each. Larger ones have folders of their own.
//
// A detector looks at plain data and reports findings; it fetches nothing.
package detector

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/amalfi-audit/audit/internal/chain"
	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/intel"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/provenance"
	"github.com/amalfi-audit/audit/internal/sandbox"
)

// Level is how much a finding weighs alone: an error blocks, a warning warns,
// a note is shown to whoever looks closer.
type Level int

// The levels, from the least to the most.
const (
	Note Level = iota
	Warning
	Error
)

// String returns the level's name, the one SARIF uses.
func (l Level) String() string { return [...]string{"note", "warning", "error"}[l] }

// MarshalText writes the name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// Confidence is how sure a finding is of what it says.
type Confidence int

// The degrees of confidence.
const (
	Low Confidence = iota
	Medium
	High
)

// String returns the degree's name.
func (c Confidence) String() string { return [...]string{"low", "medium", "high"}[c] }

// MarshalText writes the name.
func (c Confidence) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Rule is what is constant about the findings of a detector.
type Rule struct {
	// ID is stable, lower case with hyphens.
	ID string
	// Title says in a few words what is found.
	Title string
	// Help says in Markdown what it means, what legitimate packages do alike,
	// and what a reviewer should do.
	Help string
	// Level is the highest level of the rule's findings.
	Level Level
	Tags  []string
}

// Tags with a meaning.
const (
	// TagSignal marks rules whose findings count, two of different rules
	// together, as a warning: see IsSignal.
	TagSignal = "signal"
	// TagClassifier marks the classifiers, which look at the same numbers: their
	// signals count as one.
	TagClassifier = "classifier"
	// TagReversible marks rules whose warnings and signals are taken back where
	// the version is its source's: see Clear.
	TagReversible = "reversible"
	// TagCode marks rules about what the code does or hides.
	TagCode = "code"
)

var ruleID = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Validate reports what a rule lacks.
func (r *Rule) Validate() error {
	switch {
	case !ruleID.MatchString(r.ID):
		return fmt.Errorf("rule ID %q: lower-case words and hyphens", r.ID)
	case r.Title == "" || r.Help == "":
		return fmt.Errorf("rule %s: without a title or help", r.ID)
	case len(r.Tags) == 0:
		return fmt.Errorf("rule %s: without tags", r.ID)
	}
	return nil
}

// Detector is a rule with what finds it. Exactly one of Version, Source and Project
// is set. An error makes the verdict incomplete.
type Detector struct {
	Rule Rule
	// Version looks at one package version and what it is compared with.
	Version func(context.Context, *Pass) error
	// Source looks at a version whose source was looked for, after all others.
	Source func(context.Context, *SourcePass) error
	// Project looks at the lockfiles and the files that steer installs.
	Project func(context.Context, *ProjectPass) error
}

// Validate reports what a detector lacks.
func (d *Detector) Validate() error {
	n := 0
	for _, set := range []bool{d.Version != nil, d.Source != nil, d.Project != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return errors.New("detector " + d.Rule.ID + ": exactly one of Version, Source and Project must be set")
	}
	return d.Rule.Validate()
}

// Version is one package version with what is known of it.
type Version struct {
	npm.PackageVersion
	// Dependency is its entry in a lockfile; nil for what no lockfile has.
	Dependency *lockfile.Dependency
	// Record is the registry's; nil where no registry has the version or
	// where it could not be asked.
	Record *npm.VersionRecord
	// Packument is the registry's document of the name, with the record of this
	// version and its published predecessor alone; nil where Record is, and where
	// the name alone was found it has no Record of the version.
	Packument *npm.Packument
	// Public tells that the registry that serves the version is the public one,
	// as far as that is known.
	Public bool
	// URL is where the tarball came from.
	URL string
	// Integrity are the digests of the bytes received; nil without them.
	Integrity npm.Integrity
	// Mismatches are integrity values that the bytes received do not have.
	Mismatches []Mismatch
	// Refused is why the tarball was not unpacked, where the reason lies in how
	// it is made; else empty.
	Refused string
	// Malware is what records of malware say of the name and version, and Clones
	// what of its content is known malware; Similar are its scripts that are like
	// known ones.
	Malware []intel.Record
	Clones  []Match
	Similar []Match
	// Provenance is what its signatures and attestations are worth; nil where the
	// registry was not asked.
	Provenance *provenance.Result
	// Chains are the behaviour chains of its code.
	Chains []chain.Chain
	// Story is what its scripts did in the sandbox; nil where none were run.
	Story *sandbox.Story
	// Program and Features are nil where there is no tarball that could be
	// unpacked.
	Program  *program.Program
	Features *feature.Set
}

// Mismatch is an integrity that the bytes do not have.
type Mismatch struct {
	// Of names who gives it: the lockfile or the registry.
	Of   string
	Want npm.Integrity
	// Detail gives both digests.
	Detail string
}

// Pass is what a detector sees of one version. Before is nil where the version
// is compared with nothing; its Program is nil where the version before could not
// be seen.
type Pass struct {
	After, Before *Version
	// Location is the entry's place in the lockfile.
	Location Location
	// Unpublished tells that the registry answered and does not have the
	// version.
	Unpublished bool
	// Config is what the project says; never nil.
	Config *config.Config
	// Now is the time of the audit.
	Now time.Time

	findings []Finding
	vector   feature.Vector
}

// Vector is the step from the compared version to this one, nil where it is not
// known. The time is left out: not every registry's can be gone by, and the
// corpus of the classifiers has none.
func (p *Pass) Vector() feature.Vector {
	if p.vector != nil || p.After.Features == nil || p.Before != nil && p.Before.Features == nil {
		return p.vector
	}
	side := func(v *Version) *feature.Side {
		serious, _ := ManifestMismatches(v)
		return &feature.Side{Set: v.Features, Version: v.Version, Mismatches: len(serious)}
	}
	var before *feature.Side
	if p.Before != nil {
		before = side(p.Before)
	}
	p.vector = feature.Difference(before, side(p.After))
	return p.vector
}

// Update reports whether the version replaces another one in the lockfile.
// What the version before had too lowers a finding then, and only then: an
// attacker chooses the predecessor of a dependency that is newly added.
func (p *Pass) Update() bool {
	return p.Before != nil && p.Before.Dependency != nil
}

// Report adds a finding; its Subject and, where it has none, its Location are
// filled in.
func (p *Pass) Report(f Finding) {
	f.Subject = p.After.PackageVersion
	if f.Location == (Location{}) {
		f.Location = p.Location
	}
	p.findings = append(p.findings, f)
}

// ProjectPass is what a detector sees of a project.
type ProjectPass struct {
	// Pair is the lockfile before and after. In an audit of a whole tree
	// Pair.Base is nil and Changes is empty.
	Pair    lockfile.Pair
	Changes []lockfile.Change
	// Files are the files that steer installs, as they were and as they are.
	// They are given once, with the first lockfile of a project.
	Files []SteeringFile
	// Outsiders are the manifests with dependencies that the change touched and
	// that no lockfile covers, though one lies in a folder above. They are given
	// once, like Files.
	Outsiders []string
	// RegistryOrigins are where the configured registries are: the host, with
	// "http://" in front of one that is not encrypted.
	RegistryOrigins []string

	findings []Finding
}

// Full reports whether the whole tree is audited instead of a change.
func (p *ProjectPass) Full() bool { return p.Pair.Base == nil && len(p.Changes) == 0 }

// SteeringFile is a file that steers what is installed and from where, nil
// where it does not exist.
type SteeringFile struct {
	Path          string
	Before, After []byte
}

// Report adds a finding.
func (p *ProjectPass) Report(f Finding) { p.findings = append(p.findings, f) }

// Finding is one thing that a detector saw.
type Finding struct {
	RuleID string `json:"rule"`
	// Level and Confidence are this finding's own; Level is at most the rule's.
	Level      Level      `json:"level"`
	Confidence Confidence `json:"confidence"`
	// Subject is the version it is about; empty for the project's own files.
	Subject npm.PackageVersion `json:"subject,omitzero"`
	// Location is where in the project it shows: the lockfile's line.
	Location Location `json:"location"`
	// Message is one sentence. What it takes from packages is quoted, and
	// still untrusted: whoever prints it escapes it for the medium.
	Message string `json:"message"`
	// Evidence are the places within the package, or further ones in the
	// project.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Accepted tells that the project's owners accept the finding: it is shown
	// and decides nothing. It is nil where they do not.
	Accepted *Acceptance `json:"accepted,omitempty"`
	// Cleared says what took the finding back: it is shown and decides nothing. It
	// is "" where nothing did, and untrusted.
	Cleared string `json:"cleared,omitempty"`
}

// Counts reports whether the finding has part in the outcome: it is neither
// accepted nor taken back.
func (f *Finding) Counts() bool { return f.Accepted == nil && f.Cleared == "" }

// Acceptance is what the project's owners say of a finding that they accept.
type Acceptance struct {
	Reason string `json:"reason"`
	// Expires is the last day on which it holds, YYYY-MM-DD; "" for no end.
	Expires string `json:"expires,omitempty"`
}

// Location is a place in the project.
type Location struct {
	Path string `json:"path"`
	// Line and Column count from 1; 0 stands for the whole file.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// Evidence is a place with the text that stands there.
type Evidence struct {
	// Path is a file of the package, or of the project where Subject is empty.
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Snippet is a bounded piece of the text, untrusted.
	Snippet string `json:"snippet,omitempty"`
	// Note says what the place shows.
	Note string `json:"note,omitempty"`
}

// MaxEvidence bounds the evidence of one finding; what exceeds it is counted
// in the message.
const MaxEvidence = 20

// Bound cuts evidence to MaxEvidence and says in the last one how much was cut.
func Bound(evidence []Evidence) []Evidence {
	if len(evidence) <= MaxEvidence {
		return evidence
	}
	more := len(evidence) - MaxEvidence + 1
	cut := append([]Evidence(nil), evidence[:MaxEvidence-1]...)
	return append(cut, Evidence{Note: fmt.Sprintf("and %d more", more)})
}
