package detector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/sandbox"
)

// Outcome is what the findings amount to.
type Outcome int

// The outcomes, from the least to the most.
const (
	Clean Outcome = iota
	Warn
	Block
)

// String returns the outcome's name.
func (o Outcome) String() string { return [...]string{"clean", "warn", "block"}[o] }

// MarshalText writes the name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Verdict is the result for one changed version in one lockfile.
type Verdict struct {
	// Lockfile is its path; Location the entry's place in it.
	Lockfile string
	Location Location
	// Change is how the lockfile changed; empty in an audit of a whole tree.
	Change lockfile.ChangeType
	Kind   lockfile.Kind
	// Subject is the version judged; From are the versions it replaces, and
	// Compared is the one it was compared with, "" for nothing.
	Subject  npm.PackageVersion
	From     []string
	Compared string
	// Integrity are the digests of the bytes that were looked at; nil where there
	// were none.
	Integrity npm.Integrity
	// Direct, Chain and Dev are the entry's in the lockfile.
	Direct bool
	Chain  []string
	Dev    bool

	Outcome Outcome
	// Complete tells whether everything could be looked at. Where it could
	// not, Reasons says why, and the version is not clean but inconclusive.
	Complete bool
	Reasons  []string
	Findings []Finding
	// Capabilities is what the version does and the one it is compared with
	// did not; compared with nothing, all that it does.
	Capabilities []feature.Capability
	// Story is what its scripts did in the sandbox, nil where none were run.
	Story *sandbox.Story
	// Source is what came of looking for its source, nil where nobody looked.
	Source *SourceSummary
}

// Status names the outcome for people: an incomplete version of which nothing
// worse is known is inconclusive, never clean.
func (v *Verdict) Status() string {
	if v.Outcome == Clean && !v.Complete {
		return "inconclusive"
	}
	return v.Outcome.String()
}

// ProjectVerdict is the result for one lockfile and, with the first lockfile
// of a project, for the files that steer installs.
type ProjectVerdict struct {
	Lockfile string
	Format   string
	Outcome  Outcome
	Complete bool
	Reasons  []string
	Findings []Finding
}

// Decide tells what findings amount to (docs/architecture.md, "Verdict"): an
// error blocks; a warning warns; so do signals of two rules, where the
// classifiers count as one. What is accepted or taken back does not count.
func Decide(rules map[string]*Rule, findings []Finding) Outcome {
	outcome := Clean
	signals := make(map[string]bool)
	for i := range findings {
		f := &findings[i]
		if !f.Counts() {
			continue
		}
		switch f.Level {
		case Error:
			return Block
		case Warning:
			outcome = Warn
		}
		if IsSignal(rules, f) {
			signal := f.RuleID
			if slices.Contains(rules[f.RuleID].Tags, TagClassifier) {
				signal = TagClassifier
			}
			signals[signal] = true
		}
	}
	if len(signals) >= 2 {
		outcome = Warn
	}
	return outcome
}

// IsSignal reports whether a finding counts, together with another rule's, as
// a warning: its rule is tagged so and the finding is neither of low confidence nor
// taken back.
func IsSignal(rules map[string]*Rule, f *Finding) bool {
	r := rules[f.RuleID]
	return r != nil && f.Cleared == "" && f.Confidence > Low && slices.Contains(r.Tags, TagSignal)
}

// Deciding returns the findings that make an outcome what it is, in their
// order: the errors of what is blocked; the warnings of what is warned or,
// where there are none, the signals that warn together.
func Deciding(rules map[string]*Rule, outcome Outcome, findings []Finding) []Finding {
	pick := func(keep func(*Finding) bool) []Finding {
		var out []Finding
		for i := range findings {
			if findings[i].Counts() && keep(&findings[i]) {
				out = append(out, findings[i])
			}
		}
		return out
	}
	switch outcome {
	case Block:
		return pick(func(f *Finding) bool { return f.Level == Error })
	case Warn:
		if out := pick(func(f *Finding) bool { return f.Level == Warning }); len(out) > 0 {
			return out
		}
		return pick(func(f *Finding) bool { return IsSignal(rules, f) })
	}
	return nil
}

// Run runs the version detectors on a pass and returns what they found, sorted
// and labelled. A detector that fails is named in the error; the others still
// run.
func Run(ctx context.Context, detectors []*Detector, p *Pass) ([]Finding, error) {
	return run(ctx, detectors, p, &p.findings, func(d *Detector) func(context.Context, *Pass) error { return d.Version })
}

// RunProject is Run for the detectors of a project.
func RunProject(ctx context.Context, detectors []*Detector, p *ProjectPass) ([]Finding, error) {
	return run(ctx, detectors, p, &p.findings, func(d *Detector) func(context.Context, *ProjectPass) error { return d.Project })
}

// RunSource is Run for the detectors of sources.
func RunSource(ctx context.Context, detectors []*Detector, p *SourcePass) ([]Finding, error) {
	return run(ctx, detectors, p, &p.findings, func(d *Detector) func(context.Context, *SourcePass) error { return d.Source })
}

// run runs the detectors of a kind on a pass, which keeps what one reports in
// findings.
func run[P any](ctx context.Context, detectors []*Detector, pass P, findings *[]Finding, of func(*Detector) func(context.Context, P) error) ([]Finding, error) {
	var all []Finding
	var errs []error
	for _, d := range detectors {
		detect := of(d)
		if detect == nil {
			continue
		}
		*findings = nil
		if err := detect(ctx, pass); err != nil {
			errs = append(errs, fmt.Errorf("detector %s: %w", d.Rule.ID, err))
		}
		all = append(all, label(&d.Rule, *findings)...)
	}
	return SortFindings(all), errors.Join(errs...)
}

// label writes the rule's ID on its findings and keeps their level within the
// rule's.
func label(r *Rule, findings []Finding) []Finding {
	for i := range findings {
		findings[i].RuleID = r.ID
		findings[i].Level = min(findings[i].Level, r.Level)
		findings[i].Evidence = Bound(findings[i].Evidence)
	}
	return findings
}

// SortFindings orders findings in place by weight and confidence, then by what
// they are about, and returns them.
func SortFindings(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.RuleID, b.RuleID),
			strings.Compare(a.Location.Path, b.Location.Path), cmp.Compare(a.Location.Line, b.Location.Line),
			strings.Compare(a.Message, b.Message))
	})
	return findings
}
