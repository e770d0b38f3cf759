package detector

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/config"
)

// Report is the result of an audit.
type Report struct {
	// Base and Head name the two states compared, for people; Base is empty in
	// an audit of a whole tree.
	Base, Head string
	// Projects has one verdict for each lockfile, Versions one for each
	// version audited in each of them; both sorted.
	Projects []ProjectVerdict
	Versions []Verdict
	// Unread are lockfiles that could not be read and manifests without a
	// lockfile, with the reason: the audit is incomplete where there are any.
	Unread []Unread
	// Notices are sentences about the audit as a whole that its reader should
	// know, such as that the known-malware data is old.
	Notices []string
	// Rules are those of all detectors that ran, by ID.
	Rules map[string]*Rule
	// Config is what the project says, by which Findings are accepted and fail a
	// job; nil stands for config.Default.
	Config *config.Config
}

// Unread is a file of the project that could not be audited, and why.
type Unread struct {
	Path   string
	Line   int // 0 for the whole file
	Reason string
}

// String returns path:line: reason.
func (u Unread) String() string {
	if u.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", u.Path, u.Line, u.Reason)
	}
	return u.Path + ": " + u.Reason
}

// Outcome is the worst outcome of all verdicts.
func (r *Report) Outcome() Outcome {
	worst := Clean
	for i := range r.Projects {
		worst = max(worst, r.Projects[i].Outcome)
	}
	for i := range r.Versions {
		worst = max(worst, r.Versions[i].Outcome)
	}
	return worst
}

// Complete reports whether everything could be looked at.
func (r *Report) Complete() bool {
	return len(r.Unread) == 0 &&
		!slices.ContainsFunc(r.Projects, func(p ProjectVerdict) bool { return !p.Complete }) &&
		!slices.ContainsFunc(r.Versions, func(v Verdict) bool { return !v.Complete })
}

// Sort puts the verdicts into the order of the report.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Projects, func(a, b ProjectVerdict) int { return strings.Compare(a.Lockfile, b.Lockfile) })
	slices.SortStableFunc(r.Versions, func(a, b Verdict) int {
		return cmp.Or(strings.Compare(a.Lockfile, b.Lockfile), a.Subject.Compare(b.Subject),
			strings.Compare(string(a.Change), string(b.Change)), cmp.Compare(a.Location.Line, b.Location.Line))
	})
	slices.SortStableFunc(r.Unread, func(a, b Unread) int { return strings.Compare(a.Path, b.Path) })
}
