// Package policy decides what a project's .amalfi.yml makes of an audit: which
// findings are accepted, what the audit says of that, and whether a job fails.
//
// It works on the report and the configuration alone. Whose configuration that
// is, is the caller's to decide: a change must not judge itself.
package policy

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
)

// needsName are the rules whose findings an entry accepts only where it names
// the rule: evidence that nobody accepts in passing.
var needsName = []string{"known-malware", "clone-of-known-malware", "integrity-mismatch"}

// maxNotices is how many entries are named by notices of one kind.
const maxNotices = 20

// Apply marks the findings of a report that the configuration accepts, decides
// the outcomes anew, and adds notices: the rules that are off, entries that
// have expired, entries that are too weak for what they name and, where full
// tells that the whole tree was audited, entries that matched nothing. The
// configuration is kept in the report.
//
// What makes a verdict incomplete stays as it is.
func Apply(r *detector.Report, c *config.Config, now time.Time, full bool) {
	r.Config = c
	a := newAcceptor(c, now)
	for i := range r.Projects {
		p := &r.Projects[i]
		for j := range p.Findings {
			f := &p.Findings[j]
			a.accept(f, a.byPath[cmp.Or(f.Location.Path, p.Lockfile)], func(e *config.Entry) match { return ofProject(e, p, f) })
		}
		p.Outcome = detector.Decide(r.Rules, p.Findings)
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		for j := range v.Findings {
			f := &v.Findings[j]
			a.accept(f, a.byPackage[v.Subject.Name], func(e *config.Entry) match { return ofVersion(e, v, f) })
		}
		v.Outcome = detector.Decide(r.Rules, v.Findings)
	}
	r.Notices = append(r.Notices, general(c)...)
	r.Notices = append(r.Notices, a.notices(full)...)
}

// match is what an entry says of a finding.
type match struct {
	// names tells that the entry is about the finding.
	names bool
	// weak is why it does not accept it all the same; "" where it does.
	weak string
}

// ofVersion compares an entry with a finding of a version.
//
// An error is accepted for the bytes that were looked at and no others, and so
// is anything that does not come from a registry: there a version is a word of
// the lockfile.
func ofVersion(e *config.Entry, v *detector.Verdict, f *detector.Finding) match {
	switch {
	case e.Package == "", e.Package != v.Subject.Name, !e.MatchesVersion(v.Subject.Version),
		len(e.Integrity) > 0 && !e.MatchesIntegrity(v.Integrity),
		e.Rule != "" && e.Rule != f.RuleID,
		e.Finding != "" && e.Finding != v.Fingerprint(f):
		return match{}
	case e.Rule == "" && slices.Contains(needsName, f.RuleID):
		return match{true, "it must name the rule " + f.RuleID}
	case len(e.Integrity) == 0 && f.Level == detector.Error:
		return match{true, "an error is accepted only by an entry with the integrity of the version"}
	case len(e.Integrity) == 0 && v.Kind != lockfile.KindRegistry && v.Kind != lockfile.KindBundled:
		return match{true, "what comes from no registry is accepted only by an entry with its integrity"}
	}
	return match{names: true}
}

// ofProject compares an entry with a finding of the project's own files.
func ofProject(e *config.Entry, p *detector.ProjectVerdict, f *detector.Finding) match {
	switch {
	case e.Path == "", e.Path != cmp.Or(f.Location.Path, p.Lockfile), e.Rule != f.RuleID,
		e.Finding != "" && e.Finding != p.Fingerprint(f):
		return match{}
	case e.Finding == "" && f.Level == detector.Error:
		return match{true, "an error of a file is accepted only by an entry with the fingerprint of the finding"}
	}
	return match{names: true}
}

// acceptor goes through the findings and keeps what came of each entry.
type acceptor struct {
	entries           []config.Entry
	byPackage, byPath map[string][]int // entries that have not expired
	expired           []int
	used              []bool
	weak              []string
}

func newAcceptor(c *config.Config, now time.Time) *acceptor {
	a := &acceptor{entries: c.Allow, byPackage: make(map[string][]int), byPath: make(map[string][]int),
		used: make([]bool, len(c.Allow)), weak: make([]string, len(c.Allow))}
	for i := range c.Allow {
		switch e := &c.Allow[i]; {
		case e.Expired(now):
			a.expired = append(a.expired, i)
		case e.Path != "":
			a.byPath[e.Path] = append(a.byPath[e.Path], i)
		default:
			a.byPackage[e.Package] = append(a.byPackage[e.Package], i)
		}
	}
	return a
}

// accept marks a finding with the first entry that accepts it.
func (a *acceptor) accept(f *detector.Finding, candidates []int, compare func(*config.Entry) match) {
	f.Accepted = nil
	for _, i := range candidates {
		e := &a.entries[i]
		m := compare(e)
		switch {
		case !m.names:
			continue
		case m.weak != "":
			a.weak[i] = cmp.Or(a.weak[i], m.weak)
		case f.Accepted == nil:
			f.Accepted = &detector.Acceptance{Reason: e.Reason, Expires: e.Expires}
		}
		a.used[i] = true
	}
}

// notices says what became of the entries.
func (a *acceptor) notices(full bool) []string {
	var out []string
	say := func(entries []int, text func(i int) string) {
		for n, i := range entries {
			if n == maxNotices {
				out = append(out, fmt.Sprintf("%s: the same holds for %d more entries.", config.Name, len(entries)-n))
				break
			}
			e := &a.entries[i]
			out = append(out, fmt.Sprintf("%s:%d: the entry for %q %s.", config.Name, e.Line, e.Subject(), text(i)))
		}
	}
	var weak, unused []int
	expired := make(map[int]bool)
	for _, i := range a.expired {
		expired[i] = true
	}
	for i := range a.entries {
		switch {
		case a.weak[i] != "":
			weak = append(weak, i)
		case !a.used[i] && !expired[i] && !ofChanges(&a.entries[i]):
			unused = append(unused, i)
		}
	}
	say(a.expired, func(i int) string { return "expired on " + a.entries[i].Expires + " and accepts nothing" })
	say(weak, func(i int) string { return "does not accept all that it names: " + a.weak[i] })
	if full {
		say(unused, func(int) string { return "matched nothing in this tree" })
	}
	return out
}

// ofChanges reports whether an entry is about a file of which only changes are
// looked at.
func ofChanges(e *config.Entry) bool {
	return e.Path != "" && slices.Contains(detector.SteeringNames, path.Base(e.Path))
}

// general says what the configuration leaves out of every audit.
func general(c *config.Config) []string {
	var out []string
	if ids := c.RulesOff(); len(ids) > 0 {
		out = append(out, fmt.Sprintf("%s switches rules off: %s.", config.Name, strings.Join(ids, ", ")))
	}
	if ids := c.RulesNever(); len(ids) > 0 {
		out = append(out, fmt.Sprintf("By %s the findings of these rules fail no job: %s.", config.Name, strings.Join(ids, ", ")))
	}
	if c.FailOn == config.Never {
		out = append(out, fmt.Sprintf("By %s findings fail no job where nothing else is asked for (fail-on: never).", config.Name))
	}
	return out
}

// Fails reports whether a report fails a job. failOn is what was asked for, ""
// for what the report's configuration says or, where that says nothing, Block.
// What the configuration says of a rule goes before both.
//
// Each finding that is not accepted counts by the threshold of its rule: an
// error fails where that is Block or Warn, a warning where it is Warn. Signals
// that warn together fail where two rules with the threshold Warn have them.
func Fails(r *detector.Report, failOn config.Threshold) bool {
	c := r.Config
	if c == nil {
		c = config.Default()
	}
	failOn = cmp.Or(failOn, c.FailOn, config.Block)
	fails := func(findings []detector.Finding) bool {
		var onWarn, onBlock []detector.Finding
		for _, f := range findings {
			switch cmp.Or(c.RuleFailOn(f.RuleID), failOn) {
			case config.Warn:
				onWarn = append(onWarn, f)
			case config.Block:
				onBlock = append(onBlock, f)
			}
		}
		return detector.Decide(r.Rules, onWarn) >= detector.Warn || detector.Decide(r.Rules, onBlock) >= detector.Block
	}
	return slices.ContainsFunc(r.Projects, func(p detector.ProjectVerdict) bool { return fails(p.Findings) }) ||
		slices.ContainsFunc(r.Versions, func(v detector.Verdict) bool { return fails(v.Findings) })
}
