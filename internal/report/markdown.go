package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
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
// and comments: tables of what is not clean, its evidence folded, then the
// clean versions folded. What exceeds the size is left out, clean versions
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
		acceptedSection(r, versions),
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
	return [...]string{"⛔ **block**", "⚠️ **warn**", "❔ **inconclusive**", "✅ clean"}[urgency(status)]
}

func sign(status string) string {
	return [...]string{"⛔", "⚠️", "❔", "✅"}[urgency(status)]
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
	s := section{open: "\n### Lockfiles\n\n| Lockfile | Outcome | Why |\n| --- | --- | --- |\n", noun: "lockfile"}
	for _, p := range urgentProjects(r) {
		outcome := projectStatus(p)
		if outcome == statusClean {
			continue
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s | %s | %s |\n", cellCode(p.Lockfile), badge(outcome), why(r.Rules, p.Outcome, p.Findings, p.Reasons)),
			rank: rankRow + urgency(outcome),
		})
	}
	return s
}

func versionSection(rules map[string]*detector.Rule, versions []*detector.Verdict) section {
	s := section{
		open: "\n### Versions\n\n| Package | From → to | Brought in by | Outcome | Why |\n| --- | --- | --- | --- | --- |\n",
		noun: "version",
	}
	for _, v := range versions {
		outcome := v.Status()
		if outcome == statusClean {
			continue
		}
		subject := cellName(v.Subject.Name)
		if at := entry(v); at.Path != "" {
			subject += "<br><sub>" + cellCode(where(at.Path, at.Line, 0)) + "</sub>"
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("| %s | %s | %s | %s | %s |\n", subject, markdownChange(v), markdownOrigin(v),
				badge(outcome), why(rules, v.Outcome, v.Findings, v.Reasons)),
			rank: rankRow + urgency(outcome),
		})
	}
	return s
}

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

// evidenceSection has a folded block for each verdict that is not clean.
func evidenceSection(r *detector.Report, versions []*detector.Verdict) section {
	s := section{open: "\n### Evidence\n", noun: "evidence block"}
	add := func(title, outcome, change string, reasons []string, findings []detector.Finding) {
		if len(reasons)+len(findings) == 0 {
			return
		}
		if change != "" {
			change = EscapeMarkdown(excerpt(change, maxMessage)) + "\n\n"
		}
		s.items = append(s.items, item{
			text: fmt.Sprintf("\n<details><summary>%s %s</summary>\n\n%s%s\n</details>\n", sign(outcome), title, change, evidenceList(reasons, findings)),
			rank: rankEvidence + urgency(outcome),
		})
	}
	for _, p := range urgentProjects(r) {
		if outcome := projectStatus(p); outcome != statusClean {
			add(HTMLCode(excerpt(p.Lockfile, maxCell)), outcome, "", p.Reasons, p.Findings)
		}
	}
	for _, v := range versions {
		if outcome := v.Status(); outcome != statusClean {
			title := HTMLCode(excerptName(v.Subject.String(), maxCell))
			if at := entry(v); at.Path != "" {
				title += " in " + HTMLCode(excerpt(where(at.Path, at.Line, 0), maxCell))
			}
			add(title, outcome, capabilitySentence(v), v.Reasons, v.Findings)
		}
	}
	return s
}

// evidenceList has an item for each reason and finding, with an item within it
// for each place.
func evidenceList(reasons []string, findings []detector.Finding) string {
	var b strings.Builder
	for _, reason := range reasons {
		fmt.Fprintf(&b, "- **incomplete** %s\n", EscapeMarkdown(excerpt(reason, maxMessage)))
	}
	for i := range findings {
		f := &findings[i]
		fmt.Fprintf(&b, "- **%s** %s (%s, %s confidence)\n", f.Level, EscapeMarkdown(excerpt(f.Message, maxMessage)), MarkdownCode(f.RuleID), f.Confidence)
		if f.Accepted != nil {
			fmt.Fprintf(&b, "  - %s\n", EscapeMarkdown(excerpt(acceptance(f.Accepted), maxWhy)))
		}
		for j, e := range f.Evidence {
			if j == shownEvidence {
				b.WriteString("  - and more\n")
				break
			}
			parts := filled(MarkdownCode(where(excerpt(e.Path, maxCell), e.Line, e.Column)), EscapeMarkdown(excerpt(e.Note, maxWhy)),
				MarkdownCode(excerpt(strings.TrimSpace(e.Snippet), shownSnippet)))
			if len(parts) > 0 {
				b.WriteString("  - " + strings.Join(parts, " ") + "\n")
			}
		}
	}
	return b.String()
}
