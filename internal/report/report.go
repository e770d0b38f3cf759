// Package report writes what an audit found: for people (Text, Markdown), for
// programs (JSON) and for code scanning (SARIF), one file a format. It also
// writes the lists of what would be audited.
//
// Everything that comes from a package, a lockfile or a registry is hostile:
// names, versions, paths, code, and messages, which quote all of these. It
// reaches a medium only through that medium's function in escape.go. The
// formats for programs carry it unchanged, in JSON strings.
//
// The writers do not change the report and give the same bytes for the same
// report. The errors they return are those of the io.Writer, if no other is
// documented.
package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
)

// The names of the outcomes, as detector.Verdict.Status gives them.
const (
	statusBlock        = "block"
	statusWarn         = "warn"
	statusInconclusive = "inconclusive"
	statusClean        = "clean"
)

// status names an outcome: what is incomplete and not worse is inconclusive.
func status(o detector.Outcome, complete bool) string {
	if o == detector.Clean && !complete {
		return statusInconclusive
	}
	return o.String()
}

// urgency orders the names of outcomes, the most urgent first.
func urgency(status string) int {
	return slices.Index([]string{statusBlock, statusWarn, statusInconclusive, statusClean}, status)
}

// sorted returns a copy of the report in the order of its Sort, with the
// findings of each verdict from the weightiest on.
func sorted(r *detector.Report) *detector.Report {
	c := *r
	c.Unread = slices.Clone(r.Unread)
	c.Projects = slices.Clone(r.Projects)
	for i := range c.Projects {
		c.Projects[i].Findings = detector.SortFindings(slices.Clone(c.Projects[i].Findings))
	}
	c.Versions = slices.Clone(r.Versions)
	for i := range c.Versions {
		c.Versions[i].Findings = detector.SortFindings(slices.Clone(c.Versions[i].Findings))
	}
	c.Sort()
	return &c
}

// byUrgency returns the verdicts from what is blocked to what is clean, within
// each outcome in the order of the report.
func byUrgency[V any](verdicts []V, status func(*V) string) []*V {
	out := make([]*V, len(verdicts))
	for i := range verdicts {
		out[i] = &verdicts[i]
	}
	slices.SortStableFunc(out, func(a, b *V) int { return cmp.Compare(urgency(status(a)), urgency(status(b))) })
	return out
}

func urgentVersions(r *detector.Report) []*detector.Verdict {
	return byUrgency(r.Versions, (*detector.Verdict).Status)
}

func urgentProjects(r *detector.Report) []*detector.ProjectVerdict {
	return byUrgency(r.Projects, projectStatus)
}

func projectStatus(p *detector.ProjectVerdict) string { return status(p.Outcome, p.Complete) }

// counts are numbers of verdicts by outcome.
type counts struct {
	Block        int `json:"block"`
	Warn         int `json:"warn"`
	Inconclusive int `json:"inconclusive"`
	Clean        int `json:"clean"`
}

func (c *counts) add(status string) {
	switch status {
	case statusBlock:
		c.Block++
	case statusWarn:
		c.Warn++
	case statusInconclusive:
		c.Inconclusive++
	default:
		c.Clean++
	}
}

func (c counts) total() int { return c.Block + c.Warn + c.Inconclusive + c.Clean }

func countVersions(r *detector.Report) counts {
	var c counts
	for i := range r.Versions {
		c.add(r.Versions[i].Status())
	}
	return c
}

func countProjects(r *detector.Report) counts {
	var c counts
	for i := range r.Projects {
		c.add(projectStatus(&r.Projects[i]))
	}
	return c
}

// tally says in a line how many versions, lockfiles and files had which
// outcome; lockfiles only where any is not clean.
func tally(r *detector.Report) string {
	v := countVersions(r)
	text := plural(v.total(), "version")
	if v.total() > 0 {
		text += fmt.Sprintf(": %d blocked, %d warned, %d inconclusive, %d clean", v.Block, v.Warn, v.Inconclusive, v.Clean)
	}
	text += "."
	if p := countProjects(r); p.Clean < p.total() {
		text += fmt.Sprintf(" %s: %d blocked, %d warned, %d inconclusive.", plural(p.total(), "lockfile"), p.Block, p.Warn, p.Inconclusive)
	}
	if n := len(r.Unread); n > 0 {
		text += " " + plural(n, "file") + " not read."
	}
	if n := countAccepted(r); n > 0 {
		text += " " + plural(n, "finding") + " accepted."
	}
	if n := countCleared(r); n > 0 {
		text += " " + plural(n, "finding") + " taken back."
	}
	return text
}

// countCleared counts the findings that were taken back.
func countCleared(r *detector.Report) int {
	n := 0
	for i := range r.Versions {
		n += len(clearedOf(r.Versions[i].Findings))
	}
	return n
}

// countAccepted counts the findings that the project accepts.
func countAccepted(r *detector.Report) int {
	n := 0
	for i := range r.Projects {
		n += len(acceptedOf(r.Projects[i].Findings))
	}
	for i := range r.Versions {
		n += len(acceptedOf(r.Versions[i].Findings))
	}
	return n
}

// acceptedOf returns the findings that are accepted, clearedOf those that were taken
// back, setAside both.
func acceptedOf(findings []detector.Finding) []detector.Finding {
	return those(findings, func(f *detector.Finding) bool { return f.Accepted != nil })
}

func clearedOf(findings []detector.Finding) []detector.Finding {
	return those(findings, func(f *detector.Finding) bool { return f.Cleared != "" })
}

func setAside(findings []detector.Finding) []detector.Finding {
	return those(findings, func(f *detector.Finding) bool { return !f.Counts() })
}

func those(findings []detector.Finding, wanted func(*detector.Finding) bool) []detector.Finding {
	var out []detector.Finding
	for i := range findings {
		if wanted(&findings[i]) {
			out = append(out, findings[i])
		}
	}
	return out
}

// aside says why a finding does not count, "" where it does; what it says is not
// escaped.
func aside(f *detector.Finding) string {
	var parts []string
	if f.Cleared != "" {
		parts = append(parts, "cleared: "+f.Cleared)
	}
	if f.Accepted != nil {
		parts = append(parts, acceptance(f.Accepted))
	}
	return strings.Join(parts, "; ")
}

// acceptance says that a finding is accepted, and why; the reason is not
// escaped.
func acceptance(a *detector.Acceptance) string {
	text := "accepted"
	if a.Expires != "" {
		text += " until " + a.Expires
	}
	return text + ": " + a.Reason
}

// meaning says what the outcome of the whole report asks of a reviewer.
func meaning(r *detector.Report) string {
	const incomplete = "incomplete. What could not be looked at is not known to be clean."
	var text string
	switch r.Outcome() {
	case detector.Block:
		text = "Do not install or merge: there is evidence of malicious code or of tampering."
	case detector.Warn:
		text = "Look at the warnings before merging: each is a reason to look, not a proof."
	}
	switch {
	case text == "" && !r.Complete():
		return "The audit is " + incomplete
	case !r.Complete():
		return text + " The audit is also " + incomplete
	case text == "" && len(r.Versions) == 0:
		return "There was no package version to audit."
	case text == "" && countAccepted(r) > 0:
		return "Nothing was found that blocks or warns, but for what the project accepts."
	case text == "" && countCleared(r) > 0:
		return "Nothing was found that blocks or warns, but for what the packages' sources explain."
	case text == "":
		return "Nothing was found that blocks or warns."
	}
	return text
}

// plural gives a number with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// place returns where in the project a finding of a verdict shows: its own
// place, or else that of the verdict.
func place(f *detector.Finding, path string, at detector.Location) detector.Location {
	switch {
	case f.Location.Path != "":
		return f.Location
	case at.Path != "":
		return at
	}
	return detector.Location{Path: path, Line: at.Line, Column: at.Column}
}

// entry returns where in the project a version stands.
func entry(v *detector.Verdict) detector.Location {
	return place(&detector.Finding{}, v.Lockfile, v.Location)
}

// changeNote says in brackets what "from → to" does not: what else than the
// version changed, and what kind of entry it is outside the registry.
func changeNote(v *detector.Verdict) string {
	var notes []string
	switch v.Change {
	case lockfile.Added:
		notes = append(notes, "new")
	case lockfile.IntegrityChanged, lockfile.HostChanged, lockfile.SourceChanged:
		notes = append(notes, string(v.Change)+" changed")
	}
	if v.Kind != lockfile.KindRegistry && v.Kind != "" {
		notes = append(notes, string(v.Kind))
	}
	if len(notes) == 0 {
		return ""
	}
	return "(" + strings.Join(notes, ", ") + ")"
}

// fromTo gives the versions before and the one after; from is nil where the
// version itself did not change.
func fromTo(v *detector.Verdict) (from []string, to string) {
	if v.Change == lockfile.Updated || v.Change == lockfile.SourceChanged {
		from = v.From
	}
	return from, v.Subject.Version
}

// gap stands for what is left out.
const gap = "…"

// shortChain leaves out the middle of a long chain.
func shortChain(chain []string) []string {
	if len(chain) <= 3 {
		return chain
	}
	return []string{chain[0], gap, chain[len(chain)-1]}
}

// mergePlaces joins the notes of evidence for the same line with the same
// snippet, at the first of them. What has neither path nor snippet stays.
func mergePlaces(evidence []detector.Evidence) []detector.Evidence {
	out := make([]detector.Evidence, 0, len(evidence))
	var notes [][]string // of each in out
	for _, e := range evidence {
		i := slices.IndexFunc(out, func(o detector.Evidence) bool {
			return o.Path == e.Path && o.Line == e.Line && o.Snippet == e.Snippet && e.Path != "" && e.Snippet != ""
		})
		switch {
		case i < 0:
			out, notes = append(out, e), append(notes, filled(e.Note))
		case e.Note != "" && !slices.Contains(notes[i], e.Note):
			notes[i] = append(notes[i], e.Note)
			out[i].Note = strings.Join(notes[i], "; ")
		}
	}
	return out
}

// where formats a place as editors and terminals know it.
func where(path string, line, column int) string {
	switch {
	case line == 0:
		return path
	case column == 0:
		return fmt.Sprintf("%s:%d", path, line)
	}
	return fmt.Sprintf("%s:%d:%d", path, line, column)
}

// clip shortens s to at most n characters, the last of them "…" then.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if chars := []rune(s); len(chars) > n {
		return string(chars[:n-1]) + gap
	}
	return s
}
