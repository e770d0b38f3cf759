package report

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
)

// MarkdownOptions steer Markdown.
type MarkdownOptions struct {
	// MaxBytes is the largest size, at least MinMarkdownBytes; 0 stands for
	// MaxSummaryBytes. A comment on GitHub may have 65,536 characters.
	MaxBytes int
}

const (
	// MaxSummaryBytes is the size of the largest job summary that GitHub
	// takes: a larger one is not shown at all.
	MaxSummaryBytes = 1 << 20
	// MinMarkdownBytes is enough for the heading and the counts.
	MinMarkdownBytes = 4 << 10
)

// How long untrusted text may be, in characters.
const (
	maxCell = 200
	maxWhy  = 300
)

// Markdown writes the report as GitHub Flavored Markdown, for job summaries
// and comments: tables of what is not clean, what to do next, the evidence, that
// of the first blocked versions open and the rest folded, then the clean versions
// folded. What exceeds the size is left out, clean versions
// first, then evidence, then rows, each from the less urgent outcome on; the
// text says how much that is.
//
// A MaxBytes below MinMarkdownBytes is an error.
func Markdown(w io.Writer, r *detector.Report, opt MarkdownOptions) error {
	limit := cmp.Or(opt.MaxBytes, MaxSummaryBytes)
	if limit < MinMarkdownBytes {
		return fmt.Errorf("report: Markdown in %d bytes: at least %d are needed", limit, MinMarkdownBytes)
	}
	r = sorted(r)
	versions := urgentVersions(r)
	sections := []section{
		unreadSection(r.Unread),
		projectSection(r),
		versionSection(r.Rules, versions),
		nextSection(r, versions),
		acceptedSection(r, versions),
		clearedSection(versions),
		evidenceSection(r, versions),
		capabilitySection(versions),
		cleanSection(versions),
	}
	_, err := io.WriteString(w, assemble(markdownHeading(r), sections, limit))
	return err
}

// section is a part of the document whose items can be left out one by one,
// and which goes with the last of them.
type section struct {
	open, close string
	items       []item
	// noun names an item where it is left out.
	noun string
}

// item is a row of a table or the evidence of one verdict.
type item struct {
	text string
	// rank is how important it is: 0 comes first.
	rank int
}

// The ranks of items; urgency is added to each.
const (
	rankNext     = -1
	rankRow      = 0
	rankEvidence = 10
	rankChange   = 20
	rankClean    = 30
	rankLast     = rankClean
)

// leftOutReserve is kept free for the sentence about what is left out, in
// bytes.
const leftOutReserve = 512

// assemble puts as many items into the document as fit, the most important
// first.
func assemble(heading string, sections []section, limit int) string {
	type place struct{ section, item int }
	var places []place
	for s := range sections {
		for i := range sections[s].items {
			places = append(places, place{s, i})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Compare(sections[a.section].items[a.item].rank, sections[b.section].items[b.item].rank)
	})
	kept := make(map[place]bool, len(places))
	opened := make(map[int]bool, len(sections))
	free := limit - len(heading) - leftOutReserve
	last := rankLast
	for _, p := range places {
		s := &sections[p.section]
		size := len(s.items[p.item].text)
		if !opened[p.section] {
			size += len(s.open) + len(s.close)
		}
		switch {
		case s.items[p.item].rank > last:
		case size > free:
			last = s.items[p.item].rank // nothing less important goes in for it
		default:
			free -= size
			kept[p], opened[p.section] = true, true
		}
	}
	var b strings.Builder
	b.WriteString(heading)
	var leftOut []string
	for i := range sections {
		s := &sections[i]
		missing := 0
		if opened[i] {
			b.WriteString(s.open)
		}
		for j := range s.items {
			if kept[place{i, j}] {
				b.WriteString(s.items[j].text)
			} else {
				missing++
			}
		}
		if opened[i] {
			b.WriteString(s.close)
		}
		if missing > 0 {
			leftOut = append(leftOut, plural(missing, s.noun))
		}
	}
	if len(leftOut) > 0 {
		fmt.Fprintf(&b, "\n**Left out** to keep this text within %d bytes: %s. The JSON report has everything.\n",
			limit, strings.Join(leftOut, ", "))
	}
	return b.String()
}

// badge shows an outcome by sign and name.
func badge(status string) string {
	return [...]string{"⛔ **block**", "⚠️ **warn**", "❓ **inconclusive**", "✅ clean"}[urgency(status)]
}

func sign(status string) string {
	return [...]string{"⛔", "⚠️", "❓", "✅"}[urgency(status)]
}

func markdownHeading(r *detector.Report) string {
	outcome := status(r.Outcome(), r.Complete())
	text := fmt.Sprintf("## %s Amalfi Audit: %s\n\n%s\n\n%s\n", sign(outcome), outcome, meaning(r), tally(r))
	base, head := excerpt(r.Base, maxCell), excerpt(r.Head, maxCell)
	switch {
	case base != "" && head != "":
		text += fmt.Sprintf("\nCompared %s with %s.\n", MarkdownCode(base), MarkdownCode(head))
	case head != "":
		text += fmt.Sprintf("\nAudited %s.\n", MarkdownCode(head))
	}
	for _, n := range r.Notices {
		text += fmt.Sprintf("\n> ℹ️ %s\n", EscapeMarkdown(excerpt(n, maxWhy)))
	}
	return text
}

// cellCode and cellName return a code span for a cell.
func cellCode(s string) string { return MarkdownTableCode(excerpt(s, maxCell)) }
func cellName(s string) string { return MarkdownTableCode(excerptName(s, maxCell)) }

func unreadSection(unread []detector.Unread) section {
	s := section{open: "\n### Not read\n\n| File | Why |\n| --- | --- |\n", noun: "unread file"}
	for _, u := range unread {
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s | %s |\n", cellCode(where(u.Path, u.Line, 0)), EscapeMarkdown(excerpt(u.Reason, maxWhy))),
			rank: rankRow,
		})
	}
	return s
}

func projectSection(r *detector.Report) section {
	s := section{open: "\n### Lockfiles\n\n| Lockfile | Why |\n| --- | --- |\n", noun: "lockfile"}
	for _, p := range urgentProjects(r) {
		outcome := projectStatus(p)
		if outcome == statusClean {
			continue
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s<br>%s | %s |\n", badge(outcome), cellCode(p.Lockfile), why(r.Rules, p.Outcome, p.Findings, p.Reasons)),
			rank: rankRow + urgency(outcome),
		})
	}
	return s
}

// versionSection has a row for each version that is not clean, in two columns:
// more do not fit on a narrow screen.
func versionSection(rules map[string]*detector.Rule, versions []*detector.Verdict) section {
	s := section{
		open: "\n### Versions\n\n| Version | Why |\n| --- | --- |\n",
		noun: "version",
	}
	for _, v := range versions {
		outcome := v.Status()
		if outcome == statusClean {
			continue
		}
		subject := strings.Join(filled(cellName(v.Subject.Name), markdownChange(v)), "<br>")
		place := ""
		if at := entry(v); at.Path != "" {
			place = cellCode(where(at.Path, at.Line, 0))
		}
		if small := strings.Join(filled(markdownBy(v), place), ", "); small != "" {
			subject += "<br><sub>" + small + "</sub>"
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s<br>%s | %s |\n", badge(outcome), subject, why(rules, v.Outcome, v.Findings, v.Reasons)),
			rank: rankRow + urgency(outcome),
		})
	}
	return s
}

// nextSection says what to do about what blocks or warns, with the first such
// version as the example. It is never left out.
func nextSection(r *detector.Report, versions []*detector.Verdict) section {
	if r.Outcome() == detector.Clean {
		return section{}
	}
	var lines []string
	if len(versions) > 0 && versions[0].Outcome != detector.Clean {
		v := versions[0]
		example, against := "NAME@VERSION", "FROM"
		from, _ := fromTo(v)
		if v.Kind == lockfile.KindRegistry && typeable(v.Subject.String()) {
			example = v.Subject.String()
			if len(from) > 0 && typeable(from[0]) {
				against = from[0]
			}
		}
		text := "Look closer with " + MarkdownCode("audit package "+example+" --against "+against) + "."
		switch {
		case v.Outcome != detector.Block:
		case len(from) > 0:
			text = "Stay at the version before each that is blocked, here " + MarkdownCode(excerptName(from[0], maxCell)) + " of " +
				MarkdownCode(excerptName(v.Subject.Name, maxCell)) + ". " + text
		default:
			text = "Do without what is blocked. " + text
		}
		lines = append(lines, text)
	}
	lines = append(lines, "To accept a finding that you have read, name it under `allow` in `.amalfi.yml` (docs/configuration.md of Amalfi Audit).")
	return section{noun: "note", items: []item{{text: "\n### Next\n\n- " + strings.Join(lines, "\n- ") + "\n", rank: rankNext}}}
}

// typeable reports whether a name with a version, or a version, means nothing
// else to a shell: somebody may copy the command.
func typeable(s string) bool { return len(s) <= maxCell && plainSpec.MatchString(s) }

var plainSpec = regexp.MustCompile(`^(@[A-Za-z0-9][A-Za-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9.+-]*)?$`)

// acceptedSection has a row for each finding that the project accepts.
func acceptedSection(r *detector.Report, versions []*detector.Verdict) section {
	s := section{open: "\n### Accepted\n\n| What | Finding | Accepted because |\n| --- | --- | --- |\n", noun: "accepted finding"}
	add := func(what string, findings []detector.Finding) {
		for _, f := range acceptedOf(findings) {
			because := EscapeMarkdown(excerpt(f.Accepted.Reason, maxWhy))
			if f.Accepted.Expires != "" {
				because += "<br><sub>until " + EscapeMarkdown(excerpt(f.Accepted.Expires, maxCell)) + "</sub>"
			}
			s.items = append(s.items, item{
				text: fmt.Sprintf("| %s | **%s** %s (%s) | %s |\n", what, f.Level, EscapeMarkdown(excerpt(f.Message, maxWhy)), cellCode(f.RuleID), because),
				rank: rankRow + urgency(statusClean),
			})
		}
	}
	for _, p := range urgentProjects(r) {
		add(cellCode(p.Lockfile), p.Findings)
	}
	for _, v := range versions {
		add(cellName(v.Subject.String()), v.Findings)
	}
	return s
}

// clearedSection has a row for each finding that the source took back.
func clearedSection(versions []*detector.Verdict) section {
	s := section{open: "\n### Cleared by the source\n\n| What | Finding | Cleared |\n| --- | --- | --- |\n", noun: "cleared finding"}
	for _, v := range versions {
		for _, f := range clearedOf(v.Findings) {
			s.items = append(s.items, item{
				text: fmt.Sprintf("| %s | **%s** %s (%s) | %s |\n", cellName(v.Subject.String()), f.Level, EscapeMarkdown(excerpt(f.Message, maxWhy)),
					cellCode(f.RuleID), EscapeMarkdown(excerpt(f.Cleared, maxWhy))),
				rank: rankRow + urgency(statusClean),
			})
		}
	}
	return s
}

func cleanSection(versions []*detector.Verdict) section {
	s := section{noun: "clean version"}
	for _, v := range versions {
		if v.Status() != statusClean {
			continue
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s | %s | %s |\n", cellName(v.Subject.Name), markdownChange(v), markdownOrigin(v)),
			rank: rankClean,
		})
	}
	s.open = fmt.Sprintf("\n<details><summary>%s %s</summary>\n\n| Package | From → to | Brought in by |\n| --- | --- | --- |\n",
		sign(statusClean), plural(len(s.items), "clean version"))
	s.close = "\n</details>\n"
	return s
}

// capabilitySection has a row for each clean version that does something that
// the one it replaces did not; the others have it with their evidence.
func capabilitySection(versions []*detector.Verdict) section {
	s := section{noun: "changed version"}
	for _, v := range versions {
		if v.Status() == statusClean && changesCapabilities(v) {
			s.items = append(s.items, item{
				text: fmt.Sprintf("| %s | %s | %s |\n", cellName(v.Subject.Name), markdownChange(v),
					EscapeMarkdown(excerpt(strings.Join(capabilityTexts(v.Capabilities), "; "), maxMessage))),
				rank: rankChange,
			})
		}
	}
	s.open = fmt.Sprintf("\n<details><summary>%s that newly %s something</summary>\n\n| Package | From → to | Newly |\n| --- | --- | --- |\n",
		plural(len(s.items), "clean version"), doOrDoes(len(s.items)))
	s.close = "\n</details>\n"
	return s
}

func doOrDoes(n int) string {
	if n == 1 {
		return "does"
	}
	return "do"
}

// markdownChange gives the versions before and after in a cell.
func markdownChange(v *detector.Verdict) string {
	from, to := fromTo(v)
	text := cellName(to)
	if len(from) > 0 {
		text = cellName(strings.Join(from, ", ")) + " → " + text
	}
	if note := changeNote(v); note != "" {
		text += " " + EscapeMarkdown(note)
	}
	return strings.TrimLeft(text, " ")
}

// markdownBy is markdownOrigin with a word that needs no heading.
func markdownBy(v *detector.Verdict) string {
	origin := markdownOrigin(v)
	if !v.Direct && len(v.Chain) > 0 {
		origin = "by " + origin
	}
	return origin
}

// markdownOrigin says in a cell who brings a version in.
func markdownOrigin(v *detector.Verdict) string {
	text := ""
	if v.Direct {
		text = "direct"
	} else {
		var links []string
		for _, link := range shortChain(v.Chain) {
			if link != gap {
				link = cellName(link)
			}
			links = append(links, link)
		}
		text = strings.Join(links, " › ")
	}
	if v.Dev {
		text += " (dev)"
	}
	return strings.TrimLeft(text, " ")
}

// why gives, in a cell, the first finding that decided, or why the verdict is
// not complete.
func why(rules map[string]*detector.Rule, o detector.Outcome, findings []detector.Finding, reasons []string) string {
	var all []string
	for _, f := range detector.Deciding(rules, o, findings) {
		all = append(all, f.Message)
	}
	if all = append(all, reasons...); len(all) == 0 {
		return ""
	}
	text := EscapeMarkdown(excerpt(all[0], maxWhy))
	if more := len(all) - 1; more > 0 {
		text += fmt.Sprintf(" *and %d more*", more)
	}
	return text
}

// openEvidence is how many blocked verdicts have their evidence open. It stands
// outside of details elements, not in open ones: the document has no attributes,
// so that any that it had would not be ours.
const openEvidence = 3

// evidenceSection has a block for each verdict that is not clean, the most
// urgent first.
func evidenceSection(r *detector.Report, versions []*detector.Verdict) section {
	s := section{open: "\n### Evidence\n", noun: "evidence block"}
	type block struct {
		outcome, subject, place, body string
	}
	var blocks []block
	for _, p := range urgentProjects(r) {
		if outcome := projectStatus(p); outcome != statusClean && len(p.Reasons)+len(p.Findings) > 0 {
			blocks = append(blocks, block{outcome, excerpt(p.Lockfile, maxCell), "", evidenceList(p.Reasons, p.Findings)})
		}
	}
	for _, v := range versions {
		if outcome := v.Status(); outcome != statusClean && len(v.Reasons)+len(v.Findings) > 0 {
			place := ""
			if at := entry(v); at.Path != "" {
				place = excerpt(where(at.Path, at.Line, 0), maxCell)
			}
			blocks = append(blocks, block{outcome, excerptName(v.Subject.String(), maxCell), place, evidenceList(v.Reasons, v.Findings) + sourceItem(v) + capabilityList(v)})
		}
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return cmp.Compare(urgency(a.outcome), urgency(b.outcome)) })
	for i, b := range blocks {
		text := fmt.Sprintf("\n<details><summary>%s %s</summary>\n\n%s\n</details>\n", sign(b.outcome), inPlace(HTMLCode, b.subject, b.place), b.body)
		if b.outcome == statusBlock && i < openEvidence {
			text = fmt.Sprintf("\n%s %s\n\n%s", sign(b.outcome), inPlace(MarkdownCode, b.subject, b.place), b.body)
		}
		s.items = append(s.items, item{text: text, rank: rankEvidence + urgency(b.outcome)})
	}
	return s
}

// inPlace names a subject and where it stands, if anywhere, as code.
func inPlace(code func(string) string, subject, place string) string {
	text := code(subject)
	if place != "" {
		text += " in " + code(place)
	}
	return text
}

// sourceItem says what came of looking for the source of a version.
func sourceItem(v *detector.Verdict) string {
	if v.Source == nil {
		return ""
	}
	return fmt.Sprintf("- **source** %s\n", EscapeMarkdown(excerpt(v.Source.String(), maxMessage)))
}

// capabilityList says what is new of a version, an item for each.
func capabilityList(v *detector.Verdict) string {
	const most = 12
	if len(v.Capabilities) == 0 {
		return ""
	}
	var b strings.Builder
	lead := "This version"
	if v.Compared != "" {
		lead = "Newly since " + MarkdownCode(excerptName(v.Compared, maxCell))
	}
	fmt.Fprintf(&b, "\n%s:\n\n", lead)
	for i, text := range capabilityTexts(v.Capabilities) {
		if i == most {
			fmt.Fprintf(&b, "- and %d more\n", len(v.Capabilities)-most)
			break
		}
		fmt.Fprintf(&b, "- %s\n", EscapeMarkdown(excerpt(text, maxWhy)))
	}
	return b.String()
}

// evidenceList has an item for each reason and finding, with an item within it
// for each place. What stands at a place is shown once.
func evidenceList(reasons []string, findings []detector.Finding) string {
	type spot struct {
		path    string
		line    int
		snippet string
	}
	shown := make(map[spot]bool)
	var b strings.Builder
	for _, reason := range reasons {
		fmt.Fprintf(&b, "- **incomplete** %s\n", EscapeMarkdown(excerpt(reason, maxMessage)))
	}
	for i := range findings {
		f := &findings[i]
		fmt.Fprintf(&b, "- **%s** %s (%s, %s confidence)\n", f.Level, EscapeMarkdown(excerpt(f.Message, maxMessage)), MarkdownCode(f.RuleID), f.Confidence)
		if text := aside(f); text != "" {
			fmt.Fprintf(&b, "  - %s\n", EscapeMarkdown(excerpt(text, maxWhy)))
		}
		for j, e := range mergePlaces(f.Evidence) {
			if j == shownEvidence {
				b.WriteString("  - and more\n")
				break
			}
			snippet := MarkdownCode(excerpt(strings.TrimSpace(e.Snippet), shownSnippet))
			if at := (spot{e.Path, e.Line, e.Snippet}); snippet != "" && e.Path != "" {
				if shown[at] {
					snippet = "(shown above)"
				}
				shown[at] = true
			}
			parts := filled(MarkdownCode(where(excerpt(e.Path, maxCell), e.Line, e.Column)), EscapeMarkdown(excerpt(e.Note, maxWhy)), snippet)
			if len(parts) > 0 {
				b.WriteString("  - " + strings.Join(parts, " ") + "\n")
			}
		}
	}
	return b.String()
}
