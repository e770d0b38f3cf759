package detector

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/program"
)

// SourcePass is what a detector sees of a version whose source was looked for
// (docs/reproduce.md), with what it and the one before have in a Pass.
type SourcePass struct {
	// Before is nil where there is none to compare with; else it has a Program.
	After, Before *Version
	// Update is that of the Pass.
	Update bool
	// Findings are those of all detectors that look at versions alone, Rules the
	// rules of all.
	Findings []Finding
	Rules    map[string]*Rule
	// Found is what came of looking for the source, BeforeFound the same for the
	// version before; nil where nobody looked for that.
	Found, BeforeFound *reproduce.Found
	// Match is the comparison with the source, BeforeMatch that of the version
	// before; nil where there is none. Failed says why there is no Match although
	// there is a source.
	Match, BeforeMatch *reproduce.Result
	Failed             string

	findings []Finding
}

// Report adds a finding; its Subject is filled in.
func (p *SourcePass) Report(f Finding) {
	f.Subject = p.After.PackageVersion
	p.findings = append(p.findings, f)
}

// Changes are what the update changed or added, as the source explains it; nil
// where both versions are not known to be of one repository that has both commits.
func (p *SourcePass) Changes() []reproduce.Change {
	if p.Match == nil || p.BeforeMatch == nil || !p.Match.Source.Repository.Same(p.BeforeMatch.Source.Repository) ||
		p.Match.Source.Reach == reproduce.Unreachable || p.BeforeMatch.Source.Reach == reproduce.Unreachable {
		return nil
	}
	return reproduce.Diff(p.BeforeMatch, p.Match)
}

// ClaimedSource is where a version first of all claims its source.
func ClaimedSource(v *Version) (reproduce.Location, bool) {
	if v == nil || v.Program == nil || v.Program.Manifest == nil {
		return reproduce.Location{}, false
	}
	locations := reproduce.Locations(v.Program.Manifest)
	if len(locations) == 0 {
		return reproduce.Location{}, false
	}
	return locations[0], true
}

// Reversible reports whether a finding is taken back where the version is its
// source's: a warning or a signal that counts, of a rule with TagReversible.
func Reversible(rules map[string]*Rule, f *Finding) bool {
	r := rules[f.RuleID]
	return r != nil && slices.Contains(r.Tags, TagReversible) && f.Counts() && f.Level < Error && (f.Level == Warning || IsSignal(rules, f))
}

// Suspects reports whether a finding blocks together with a change that the
// source does not have: it is a classifier's or says what the code does or hides.
func Suspects(rules map[string]*Rule, f *Finding) bool {
	r := rules[f.RuleID]
	return r != nil && (slices.Contains(r.Tags, TagClassifier) || slices.Contains(r.Tags, TagCode))
}

// Settled reports whether the source accounts for all that the version has and that
// can run or is read, at a commit that a branch or tag leads to. There is no need to
// look for the source of the version before then.
func (p *SourcePass) Settled() bool {
	m := p.Match
	return m != nil && m.Source.Reach == reproduce.Reachable && (m.Verdict == reproduce.Reproduced || p.attested())
}

// foreignTriggers are events that have a repository's own build work on what
// strangers wrote (GitHub documentation, "Events that trigger workflows"; GitLab
// documentation, CI_PIPELINE_SOURCE).
var foreignTriggers = []string{"pull_request", "pull_request_target", "issue_comment", "issues", "discussion", "discussion_comment", "merge_request_event", "external_pull_request_event"}

// attested reports whether all that is not in the source is build output, and a verified
// attestation says that this tarball was built from the commit.
func (p *SourcePass) attested() bool {
	m := p.Match
	if p.After.Provenance == nil || p.After.Provenance.Build == nil {
		return false
	}
	b := p.After.Provenance.Build
	return m.Source.How == reproduce.FoundByProvenance && b.Commit == m.Source.ID && !slices.Contains(foreignTriggers, b.Trigger) && m.Built()
}

// Clear takes findings back where the source accounts for all of the version: the
// repository, and the folder in it, that the version and the one that it replaces
// claim first. An attacker owns their own repository, chooses the predecessor of what is
// newly added, and finds samples in other folders.
func (p *SourcePass) Clear(findings []Finding) {
	if !p.Update || !p.Settled() {
		return
	}
	mine, ok := ClaimedSource(p.After)
	theirs, ok2 := ClaimedSource(p.Before)
	m := p.Match
	if !ok || !ok2 || !mine.Same(theirs.Repository) || mine.Directory != theirs.Directory ||
		!mine.Same(m.Source.Repository) || !packageFolder(mine.Directory, m.Source.Directory) {
		return
	}
	why := fmt.Sprintf("%d of %d runnable files are in %s", m.RunnableInSource, m.Runnable, m.Source.String())
	if m.Verdict != reproduce.Reproduced {
		rest := "the rest is"
		switch n := m.Runnable - m.RunnableInSource; {
		case n == 1:
			rest = "the other one is"
		case n > 1:
			rest = fmt.Sprintf("the other %d are", n)
		}
		why += fmt.Sprintf("; %s build output, and a verified attestation binds the tarball to this commit", rest)
	}
	for i := range findings {
		if f := &findings[i]; Reversible(p.Rules, f) {
			f.Cleared = why
		}
	}
}

// sampleFolders are what projects call folders with packages that are not theirs to
// publish.
var sampleFolders = []string{"__fixtures__", "__mocks__", "__tests__", "demo", "demos", "e2e", "example", "examples", "fixture", "fixtures", "mock", "mocks",
	"sample", "samples", "sandbox", "spec", "template", "templates", "test", "testdata", "tests", "vendor"}

// packageFolder reports whether a folder of a repository is the package's: the claimed
// one or, where none is claimed, one that does not lie among samples.
func packageFolder(claimed, found string) bool {
	if claimed != "" {
		return found == claimed
	}
	return !slices.ContainsFunc(strings.Split(strings.ToLower(found), "/"), func(part string) bool { return slices.Contains(sampleFolders, part) })
}

// SourceSummary is what came of looking for a version's source, as plain data. Its
// texts are untrusted.
type SourceSummary struct {
	// Verdict is that of package reproduce, or SourceNotCompared.
	Verdict string
	// Repository, Commit and Directory say where the source is, How and Tag how
	// the commit was found, Reach whether a branch or tag leads to it; "" where there
	// is none.
	Repository, Commit, Directory, How, Tag, Reach string
	// Runnable counts the files that can run, RunnableInSource those of them that are
	// in the source; Score is the quotient.
	Runnable, RunnableInSource int
	Score                      float64
	// Changed counts the files that can run and that the compared version did not
	// have so, Explained those of them that are in the source; Unexplained are
	// others, at most MaxEvidence.
	Changed, Explained int
	Unexplained        []SourceChange
	// Reasons say why what was claimed is not the source.
	Reasons []string
}

// SourceChange is a changed file and how the change relates to the source's
// (reproduce.ChangeKind, or reproduce.Class where the version before was not
// compared).
type SourceChange struct{ Path, Change string }

// SourceNotCompared is the verdict where there is a source and the comparison
// failed.
const SourceNotCompared = "not-compared"

// maxReasons bounds the reasons of a summary.
const maxReasons = 10

// Summary says what came of it.
func (p *SourcePass) Summary() *SourceSummary {
	s := &SourceSummary{Verdict: string(p.Found.Verdict)}
	for _, reason := range p.Found.Reasons[:min(len(p.Found.Reasons), maxReasons)] {
		s.Reasons = append(s.Reasons, shorten(reason))
	}
	if c := p.Found.Commit; c != nil {
		s.Verdict = SourceNotCompared
		s.Repository, s.Commit, s.Directory = c.Repository.String(), c.ID, c.Directory
		s.How, s.Tag, s.Reach = string(c.How), c.Tag, string(c.Reach)
	}
	if p.Failed != "" {
		s.Reasons = append(s.Reasons, shorten(p.Failed))
	}
	if p.Match == nil {
		return s
	}
	s.Verdict, s.Runnable, s.RunnableInSource, s.Score = string(p.Match.Verdict), p.Match.Runnable, p.Match.RunnableInSource, p.Match.Score
	for _, fault := range p.Match.ManifestFaults[:min(len(p.Match.ManifestFaults), maxReasons)] {
		s.Reasons = append(s.Reasons, shorten("package.json: "+fault))
	}
	kinds := make(map[string]string)
	for _, c := range p.Changes() {
		kinds[c.Path] = string(c.Kind)
	}
	for i := range p.Match.Files {
		f := &p.Match.Files[i]
		if f.Kind != reproduce.Code || p.Before == nil || program.SameFile(p.After.Program, p.Before.Program, f.Path) {
			continue
		}
		s.Changed++
		switch kind, ok := kinds[f.Path]; {
		case f.Class == reproduce.InSource, f.Class == reproduce.Allowed:
			s.Explained++
		case len(s.Unexplained) == MaxEvidence:
		case ok:
			s.Unexplained = append(s.Unexplained, SourceChange{f.Path, kind})
		default:
			s.Unexplained = append(s.Unexplained, SourceChange{f.Path, string(f.Class)})
		}
	}
	return s
}

// String says it in one line.
func (s *SourceSummary) String() string {
	at := s.Repository
	if s.Commit != "" {
		at += fmt.Sprintf("@%.12s", s.Commit)
	}
	if s.Directory != "" {
		at += ":" + s.Directory
	}
	switch {
	case s.Tag != "":
		at += " (tag " + s.Tag + ")"
	case s.How != "":
		at += " (" + s.How + ")"
	}
	files := fmt.Sprintf("%d of %d runnable files", s.RunnableInSource, s.Runnable)
	if s.Changed > 0 {
		files += fmt.Sprintf(", %d of %d that changed%s", s.Explained, s.Changed, s.rest())
	}
	why := ""
	if len(s.Reasons) > 0 {
		why = ": " + strings.Join(s.Reasons, "; ")
	}
	switch reproduce.Verdict(s.Verdict) {
	case reproduce.Reproduced:
		return at + ": " + files
	case reproduce.Partly, reproduce.NotReproduced:
		text := strings.ReplaceAll(s.Verdict, "-", " ")
		if s.Verdict == string(reproduce.Partly) {
			text = "partly reproduced"
		}
		text += ": " + at + ": " + files
		switch reproduce.Reach(s.Reach) {
		case reproduce.Unreachable:
			text += "; no branch or tag of the repository leads to the commit"
		case reproduce.Unproven:
			text += "; not all branches and tags were looked at"
		}
		return text + strings.Replace(why, ": ", "; ", 1)
	case reproduce.NoSource:
		return "none was found" + why
	case reproduce.SourceUnreachable:
		return "could not be asked" + why
	}
	return at + ": not compared" + why
}

// rest names the first changes that the source does not have.
func (s *SourceSummary) rest() string {
	const most = 3
	n := s.Changed - s.Explained
	if n == 0 || len(s.Unexplained) == 0 {
		return ""
	}
	var names []string
	for _, c := range s.Unexplained[:min(len(s.Unexplained), most)] {
		names = append(names, fmt.Sprintf("%q: %s", shorten(c.Path), c.Change))
	}
	if more := n - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return " (without " + strings.Join(names, ", ") + ")"
}

// ForeignChange reports code that the tarball changed and the source did not.
var ForeignChange = &Detector{
	Rule: Rule{
		ID:    "foreign-change",
		Title: "The tarball changed code and the source did not",
		Level: Error,
		Tags:  []string{"source"},
		Help: `Files of the version that can run differ from those of the version before, which were the source
repository's, while the repository has the same files at the commits of both versions. That is what a release
looks like that somebody published past the repository, with a stolen token: one of the strongest signs of a taken-over
package. A script in package.json that the source's manifest does not have counts alike. New files that can run and are not
in the source warn, where all of the version before was in it.

It blocks together with any finding of a classifier, of obfuscated or concealed code or of a behaviour chain, of low
confidence only where that stands in one of these files. It warns otherwise: a release step that newly writes
into files does it too. Compare the files with the tag in the repository, and ask the maintainers.

The source is looked for with ` + "`--reproduce`" + ` and in the Action, where there is reason to (docs/reproduce.md).`,
	},
	Source: func(_ context.Context, p *SourcePass) error {
		evidence, proof := foreign(p)
		if len(evidence) == 0 {
			return nil
		}
		f := Finding{Level: Warning, Confidence: Medium, Evidence: evidence,
			Message: fmt.Sprintf("the tarball brings %s that can run and that %s does not have", plural(len(evidence), "new file"), p.Match.Source.Repository)}
		if proof {
			f.Confidence = High
			f.Message = fmt.Sprintf("the tarball changed %s that can run, and the source %s did not", plural(len(evidence), "file"), p.Match.Source.Repository)
			if rules := accomplices(p, evidence); len(rules) > 0 {
				f.Level = Error
				f.Message += ", together with " + strings.Join(rules, ", ")
			}
		}
		p.Report(f)
		return nil
	},
}

// foreign lists the files that can run and that the update changed and the source
// did not. proof tells that there are others than files that are new.
func foreign(p *SourcePass) (evidence []Evidence, proof bool) {
	for _, c := range p.Changes() {
		if c.File != reproduce.Code {
			continue
		}
		switch {
		case c.Kind == reproduce.Foreign:
			evidence = append(evidence, Evidence{Path: c.Path, Note: fmt.Sprintf("the source has the same %q at %.12s and %.12s", shorten(c.Source), p.BeforeMatch.Source.ID, p.Match.Source.ID)})
			proof = true
		case c.Kind == reproduce.Diverged && c.Path == "package.json":
			for _, fault := range p.Match.ManifestFaults {
				if strings.HasPrefix(fault, "script ") {
					evidence = append(evidence, Evidence{Path: c.Path, Note: shorten(fault)})
					proof = true
					break
				}
			}
		case c.Kind == reproduce.Added && p.BeforeMatch.Verdict == reproduce.Reproduced:
			evidence = append(evidence, Evidence{Path: c.Path, Note: fmt.Sprintf("it is new and not in the source, which had all of %s", p.Before.Version)})
		}
	}
	return evidence, proof
}

// accomplices are the rules whose findings make an error of a foreign change.
func accomplices(p *SourcePass, changed []Evidence) []string {
	files := make(map[string]bool)
	for _, e := range changed {
		files[e.Path] = true
	}
	var rules []string
	for i := range p.Findings {
		f := &p.Findings[i]
		if Suspects(p.Rules, f) && !slices.Contains(rules, f.RuleID) &&
			(f.Confidence > Low || slices.ContainsFunc(f.Evidence, func(e Evidence) bool { return files[e.Path] })) {
			rules = append(rules, f.RuleID)
		}
	}
	slices.Sort(rules)
	return rules
}

// ImpostorCommit reports commits that the claimed repository does not have.
var ImpostorCommit = &Detector{
	Rule: Rule{
		ID:    "impostor-commit",
		Title: "Made from a commit that its repository does not have",
		Level: Warning,
		Tags:  []string{"source"},
		Help: `The commit that the version was made from, by its own word, is served under the name of the repository that it
claims, and no branch or tag of that repository leads to it. Hosts serve commits of forks like that: anybody can make one
and have it look like the project's own.

It also happens where a release is made from a branch that was deleted or written anew afterwards; where the version
that is replaced was made so too, it is a note. Look for the commit in the history of the repository.

The source is looked for with ` + "`--reproduce`" + ` and in the Action, where there is reason to (docs/reproduce.md).`,
	},
	Source: func(_ context.Context, p *SourcePass) error {
		c := p.Found.Commit
		if c == nil || c.Reach != reproduce.Unreachable {
			return nil
		}
		f := Finding{Level: Warning, Confidence: High,
			Message:  fmt.Sprintf("no branch or tag of %s leads to the commit that it was made from", c.Repository),
			Evidence: []Evidence{{Snippet: c.ID, Note: fmt.Sprintf("the commit, by its %s", c.How)}}}
		if b := p.BeforeFound; p.Update && b != nil && b.Commit != nil && b.Commit.Reach == reproduce.Unreachable {
			f.Level, f.Confidence = Note, Low
			f.Message += fmt.Sprintf("; nor does one to that of %s", p.Before.Version)
		}
		p.Report(f)
		return nil
	},
}
