package github

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/report"
)

// AnnotationLevel is how prominent an annotation is.
type AnnotationLevel string

// The levels that are used.
const (
	ErrorAnnotation   AnnotationLevel = "error"
	WarningAnnotation AnnotationLevel = "warning"
)

// Annotation is a remark on a line of a file of the repository. Its texts
// carry what packages say and are untrusted.
type Annotation struct {
	Level   AnnotationLevel
	Path    string // "" for the whole repository
	Line    int    // from 1; 0 for the whole file
	Title   string
	Message string // may span lines
	Details string // the evidence, a line each; "" for none
}

const (
	// maxAnnotations is how many annotations of a level GitHub keeps of one
	// step (GitHub documentation, "Usage limits" of annotations).
	maxAnnotations = 10
	// maxMessage bounds an annotation's message, in bytes: the runner cuts
	// longer ones.
	maxMessage = 4000
	// maxDetails bounds an annotation's details, in bytes. A check run takes 64
	// KB of each annotation.
	maxDetails = 16 << 10
)

// Annotations makes an annotation of every verdict that blocks or warns, of
// every one that is incomplete and of every file that was not read: errors
// first, then by place.
func Annotations(r *detector.Report) []Annotation {
	var out []Annotation
	for _, u := range r.Unread {
		a := Annotation{Level: WarningAnnotation, Path: u.Path, Line: u.Line, Title: "Amalfi Audit: not read", Message: u.Reason}
		if a.Path == "." {
			a.Path = ""
		}
		out = append(out, a)
	}
	for i := range r.Projects {
		out = append(out, projectAnnotations(r.Rules, &r.Projects[i])...)
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		if a, ok := annotation(v.Outcome, detector.Deciding(r.Rules, v.Outcome, v.Findings), v.Reasons); ok {
			a.Path, a.Line = cmp.Or(v.Location.Path, v.Lockfile), v.Location.Line
			a.Title = fmt.Sprintf("Amalfi Audit: %s %s", v.Status(), v.Subject)
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Annotation) int {
		return cmp.Or(strings.Compare(string(a.Level), string(b.Level)), // "error" before "warning"
			strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), strings.Compare(a.Title, b.Title))
	})
	return out
}

// projectAnnotations makes one annotation for each place that the findings of
// a project verdict show at which block or warn and are not accepted: lockfiles
// and the files that steer installs.
func projectAnnotations(rules map[string]*detector.Rule, p *detector.ProjectVerdict) []Annotation {
	findings := slices.DeleteFunc(slices.Clone(p.Findings), func(f detector.Finding) bool { return f.Level < detector.Warning || !f.Counts() })
	if len(findings) == 0 {
		findings = detector.Deciding(rules, p.Outcome, p.Findings)
	}
	byPlace := make(map[detector.Location][]detector.Finding)
	var places []detector.Location
	for _, f := range findings {
		at := detector.Location{Path: cmp.Or(f.Location.Path, p.Lockfile), Line: f.Location.Line}
		if byPlace[at] == nil {
			places = append(places, at)
		}
		byPlace[at] = append(byPlace[at], f)
	}
	var out []Annotation
	for _, at := range places {
		outcome := detector.Warn
		if slices.ContainsFunc(byPlace[at], func(f detector.Finding) bool { return f.Level == detector.Error }) {
			outcome = detector.Block
		}
		a, _ := annotation(outcome, byPlace[at], nil)
		a.Path, a.Line, a.Title = at.Path, at.Line, "Amalfi Audit: "+outcome.String()
		out = append(out, a)
	}
	if a, ok := annotation(detector.Clean, nil, p.Reasons); ok {
		a.Path, a.Title = p.Lockfile, "Amalfi Audit: inconclusive"
		out = append(out, a)
	}
	return out
}

// annotation makes an annotation of the findings that decide an outcome,
// without its place and title; not ok where there is nothing to remark. reasons
// say why a verdict is incomplete.
func annotation(outcome detector.Outcome, deciding []detector.Finding, reasons []string) (Annotation, bool) {
	a := Annotation{Level: WarningAnnotation}
	if outcome == detector.Block {
		a.Level = ErrorAnnotation
	}
	var lines []string
	for _, f := range deciding {
		lines = append(lines, f.Message+" ["+f.RuleID+"]")
	}
	for _, reason := range reasons {
		lines = append(lines, "Not looked at completely: "+reason)
	}
	a.Message = clip(strings.Join(lines, "\n"), maxMessage)
	a.Details = clip(details(deciding), maxDetails)
	return a, len(lines) > 0
}

// details lists the evidence of findings.
func details(findings []detector.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		for _, e := range f.Evidence {
			at := e.Path
			if at != "" && e.Line > 0 {
				at = fmt.Sprintf("%s:%d:%d", e.Path, e.Line, e.Column)
			}
			parts := slices.DeleteFunc([]string{"[" + f.RuleID + "]", oneLine(at), oneLine(e.Note), oneLine(strings.TrimSpace(e.Snippet))},
				func(part string) bool { return part == "" })
			b.WriteString(strings.Join(parts, " ") + "\n")
			if b.Len() > maxDetails {
				return b.String()
			}
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// oneLine makes the ends of lines visible: each piece of evidence has one line.
func oneLine(s string) string { return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(s) }

// clip shortens s to n bytes and says so.
func clip(s string, n int) string {
	const more = " …"
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-len(more)], "") + more
}

// WriteAnnotations writes annotations as workflow commands, no more than GitHub
// keeps of each level, and says in one line how many are left out.
func WriteAnnotations(w io.Writer, annotations []Annotation) error {
	written := make(map[AnnotationLevel]int)
	for _, a := range annotations {
		if written[a.Level]++; written[a.Level] > maxAnnotations {
			continue
		}
		properties := map[string]string{"file": a.Path, "title": a.Title}
		if a.Line > 0 {
			properties["line"] = fmt.Sprint(a.Line)
		}
		if _, err := fmt.Fprintln(w, report.WorkflowCommand(string(a.Level), properties, a.Message)); err != nil {
			return err
		}
	}
	var left []string
	for _, level := range []AnnotationLevel{ErrorAnnotation, WarningAnnotation} {
		if n := written[level] - maxAnnotations; n > 0 {
			left = append(left, fmt.Sprintf("%d of level %s", n, level))
		}
	}
	if len(left) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, report.WorkflowCommand("notice", map[string]string{"title": "Amalfi Audit"},
		"More annotations than GitHub keeps of one step: "+strings.Join(left, " and ")+" are in the job summary alone."))
	return err
}
