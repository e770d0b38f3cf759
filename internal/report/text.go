package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/detector"
)

// TextOptions steer Text.
type TextOptions struct {
	// Color marks the outcomes with colours (ECMA-48 SGR sequences).
	Color bool
	// Verbose lists clean versions one by one, with their notes, and all
	// evidence.
	Verbose bool
	// Width is that of the terminal in columns; lines are wrapped to it, but
	// not below 60. 0 stands for no limit.
	Width int
}

// The layout: a column for what it is, then the text.
const (
	labelWidth = 12
	textIndent = labelWidth + 2
	minWidth   = 60
)

// How much evidence of a finding is shown where not all of it is.
const (
	shownEvidence     = 5
	shownNoteEvidence = 1
)

// shownSnippet is how much of a snippet is shown where not all of it is, in
// characters.
const shownSnippet = 240

// Text writes the report for people: what could not be read and what was found
// in the project, then the versions from what is blocked to what is clean, each
// with what it newly does, then the counts and what they mean. Clean versions
// that do nothing new and have no findings that are accepted or taken back are counted
// only.
func Text(w io.Writer, r *detector.Report, opt TextOptions) error {
	r = sorted(r)
	if opt.Width > 0 {
		opt.Width = max(opt.Width, minWidth)
	}
	t := &textWriter{w: bufio.NewWriter(w), opt: opt}
	t.title(r)
	for _, u := range r.Unread {
		t.gap()
		t.label(styleIncomplete, "NOT READ", where(EscapeTerminal(u.Path), u.Line, 0))
		t.text(styleNone, EscapeTerminal(u.Reason))
	}
	for _, p := range urgentProjects(r) {
		shown := t.shown(projectStatus(p), p.Findings)
		if projectStatus(p) == statusClean && len(shown) == 0 {
			continue
		}
		t.gap()
		t.status(projectStatus(p), t.style(styleBold, EscapeTerminal(p.Lockfile))+"  "+EscapeTerminal(p.Format))
		t.reasons(p.Reasons)
		t.findings(shown, detector.Location{Path: p.Lockfile})
	}
	t.versions(urgentVersions(r))
	t.gap()
	t.line(t.style(styleDim, strings.Repeat("─", minWidth)))
	for i, line := range t.wrap(tally(r), textIndent) {
		if i == 0 {
			t.status(status(r.Outcome(), r.Complete()), line)
		} else {
			t.text(styleNone, line)
		}
	}
	t.text(styleNone, meaning(r))
	for _, n := range r.Notices {
		t.text(styleDim, EscapeTerminal(n))
	}
	return t.w.Flush()
}

// style is an SGR parameter.
type style string

const (
	styleNone       style = ""
	styleBold       style = "1"
	styleDim        style = "2"
	styleBlock      style = "1;97;41" // white on red
	styleError      style = "1;31"
	styleWarn       style = "1;33"
	styleIncomplete style = "1;35"
	styleClean      style = "32"
)

func statusStyle(status string) style {
	switch status {
	case statusBlock:
		return styleBlock
	case statusWarn:
		return styleWarn
	case statusInconclusive:
		return styleIncomplete
	}
	return styleClean
}

func levelStyle(l detector.Level) style {
	switch l {
	case detector.Error:
		return styleError
	case detector.Warning:
		return styleWarn
	}
	return styleDim
}

// textWriter writes the lines. What it is given is escaped already.
type textWriter struct {
	w   *bufio.Writer // keeps the first error
	opt TextOptions
	// spaced tells that the last line is empty.
	spaced bool
}

func (t *textWriter) style(s style, text string) string {
	if !t.opt.Color || s == styleNone || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func (t *textWriter) line(text string) {
	fmt.Fprintln(t.w, text)
	t.spaced = text == ""
}

// gap writes an empty line unless there is one.
func (t *textWriter) gap() {
	if !t.spaced {
		t.line("")
	}
}

// label writes a line with a label in the first column.
func (t *textWriter) label(s style, label, text string) {
	fill := strings.Repeat(" ", max(0, textIndent-utf8.RuneCountInString(label)))
	t.line(t.style(s, label) + fill + text)
}

// status is label for an outcome; all but clean are in capitals.
func (t *textWriter) status(status, text string) {
	label := status
	if status != statusClean {
		label = strings.ToUpper(status)
	}
	t.label(statusStyle(status), label, text)
}

// text writes a paragraph in the second column.
func (t *textWriter) text(s style, text string) {
	if text == "" {
		return
	}
	for _, line := range t.wrap(text, textIndent) {
		t.line(strings.Repeat(" ", textIndent) + t.style(s, line))
	}
}

// labelled writes a paragraph in the second column with a label in the first.
func (t *textWriter) labelled(s style, label, text string) {
	for i, line := range t.wrap(text, textIndent) {
		if i == 0 {
			t.label(s, "  "+label, line)
		} else {
			t.line(strings.Repeat(" ", textIndent) + line)
		}
	}
}

// wrap breaks a text into lines that fit beside an indent.
func (t *textWriter) wrap(text string, indent int) []string {
	if t.opt.Width == 0 {
		return []string{text}
	}
	return wrap(text, t.opt.Width-indent)
}

// wrap breaks a text into lines of at most width characters, at spaces where
// there are any. No line begins with what a runner reads as a command.
func wrap(text string, width int) []string {
	var lines []string
	for utf8.RuneCountInString(text) > width {
		chars := []rune(text)
		cut := width
		for cut > 0 && chars[cut] != ' ' {
			cut--
		}
		if cut == 0 { // one long word
			cut = width
		}
		lines = append(lines, strings.TrimRight(string(chars[:cut]), " "))
		text = guardLine(strings.TrimLeft(string(chars[cut:]), " "))
	}
	return append(lines, text)
}

func (t *textWriter) title(r *detector.Report) {
	text := t.style(styleBold, "Amalfi Audit")
	switch base, head := EscapeTerminal(r.Base), EscapeTerminal(r.Head); {
	case base != "":
		text += "  " + base + " → " + head
	case head != "":
		text += "  " + head
	}
	t.line(text)
}

// versions writes the versions, those that are not clean each with a gap.
func (t *textWriter) versions(versions []*detector.Verdict) {
	var rows []versionRow
	for _, v := range versions {
		if v.Status() != statusClean || t.opt.Verbose || changesCapabilities(v) || len(setAside(v.Findings)) > 0 {
			rows = append(rows, newVersionRow(v, t.opt.Verbose))
		}
	}
	// Long names and lists of versions stay whole and out of line.
	const maxName, maxChange = 36, 24
	var nameWidth, changeWidth int
	for i := range rows {
		if n := utf8.RuneCountInString(rows[i].name); n <= maxName {
			nameWidth = max(nameWidth, n)
		}
		if n := utf8.RuneCountInString(rows[i].change); n <= maxChange {
			changeWidth = max(changeWidth, n)
		}
	}
	for i := range rows {
		row := &rows[i]
		if row.v.Status() != statusClean || i == 0 || rows[i-1].v.Status() != statusClean {
			t.gap()
		}
		t.row(row, nameWidth, changeWidth)
		t.reasons(row.v.Reasons)
		if s := row.v.Source; s != nil {
			t.labelled(styleDim, "source", EscapeTerminal(s.String()))
		}
		t.text(styleNone, EscapeTerminal(capabilitySentence(row.v)))
		t.findings(t.shown(row.v.Status(), row.v.Findings), entry(row.v))
	}
}

// versionRow is the line of a version, its parts escaped.
type versionRow struct {
	v                           *detector.Verdict
	name, change, place, origin string
}

func newVersionRow(v *detector.Verdict, verbose bool) versionRow {
	from, to := fromTo(v)
	change := escapeTerminalName(to)
	if len(from) > 0 {
		change = escapeTerminalName(strings.Join(from, ", ")) + " → " + change
	}
	if note := changeNote(v); note != "" {
		change = strings.TrimLeft(change+" "+EscapeTerminal(note), " ")
	}
	at := entry(v)
	return versionRow{
		v:      v,
		name:   escapeTerminalName(v.Subject.Name),
		change: change,
		place:  where(EscapeTerminal(at.Path), at.Line, 0),
		origin: origin(v, verbose),
	}
}

// origin says who brings a version in.
func origin(v *detector.Verdict, whole bool) string {
	var parts []string
	switch chain := v.Chain; {
	case v.Direct:
		parts = append(parts, "direct")
	case len(chain) > 0:
		if !whole {
			chain = shortChain(chain)
		}
		names := make([]string, len(chain))
		for i, name := range chain {
			names[i] = name
			if name != gap {
				names[i] = escapeTerminalName(name)
			}
		}
		parts = append(parts, "via "+strings.Join(names, " › "))
	}
	if v.Dev {
		parts = append(parts, "dev")
	}
	return strings.Join(parts, ", ")
}

// row writes the line of a version, on two lines where it does not fit.
func (t *textWriter) row(row *versionRow, nameWidth, changeWidth int) {
	pad := func(s string, width int) string {
		return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	}
	first := pad(row.name, nameWidth) + "  "
	second := pad(row.change, changeWidth)
	rest := strings.Join(filled(row.place, row.origin), "  ")
	width := textIndent + utf8.RuneCountInString(row.name+first+row.change+second) + 2 + utf8.RuneCountInString(rest)
	main := t.style(styleBold, row.name) + first + row.change
	if t.opt.Width == 0 || width <= t.opt.Width {
		t.status(row.v.Status(), main+second+"  "+t.style(styleDim, rest))
		return
	}
	t.status(row.v.Status(), main)
	t.text(styleDim, rest)
}

func (t *textWriter) reasons(reasons []string) {
	for _, reason := range reasons {
		t.labelled(styleIncomplete, "incomplete", EscapeTerminal(reason))
	}
}

// findings writes findings with their evidence. at is where the verdict
// stands: a finding that shows elsewhere says so.
func (t *textWriter) findings(findings []detector.Finding, at detector.Location) {
	for i := range findings {
		f := &findings[i]
		tag := f.RuleID
		if f.Confidence < detector.High {
			tag += ", " + f.Confidence.String() + " confidence"
		}
		t.labelled(levelStyle(f.Level), f.Level.String(), EscapeTerminal(f.Message)+" ["+tag+"]")
		t.text(styleClean, EscapeTerminal(aside(f)))
		if shown := place(f, "", at); shown != at && !evidenceAt(f, shown) {
			t.text(styleDim, where(EscapeTerminal(shown.Path), shown.Line, shown.Column))
		}
		t.evidence(f)
	}
}

// shown are the findings of a verdict that are written: of a clean one those
// that are accepted or taken back, unless Verbose wants all.
func (t *textWriter) shown(status string, findings []detector.Finding) []detector.Finding {
	if status != statusClean || t.opt.Verbose {
		return findings
	}
	return setAside(findings)
}

// evidenceAt reports whether the evidence of a finding begins at a place.
func evidenceAt(f *detector.Finding, at detector.Location) bool {
	if len(f.Evidence) == 0 {
		return false
	}
	e := &f.Evidence[0]
	return at == detector.Location{Path: e.Path, Line: e.Line, Column: e.Column}
}

func (t *textWriter) evidence(f *detector.Finding) {
	limit := shownEvidence
	if f.Level == detector.Note {
		limit = shownNoteEvidence
	}
	evidence := mergePlaces(f.Evidence)
	if t.opt.Verbose {
		limit = len(evidence)
	}
	for i, e := range evidence {
		if i == limit {
			t.text(styleDim, "… and more, shown with --verbose")
			return
		}
		at := where(EscapeTerminal(e.Path), e.Line, e.Column)
		t.text(styleDim, strings.TrimSpace(at+"  "+EscapeTerminal(e.Note)))
		snippet := EscapeTerminal(strings.TrimSpace(e.Snippet))
		if !t.opt.Verbose {
			snippet = clip(snippet, shownSnippet)
		}
		if snippet == "" {
			continue
		}
		for _, line := range t.wrap(snippet, textIndent+2) {
			t.line(strings.Repeat(" ", textIndent) + t.style(styleDim, "│ ") + line)
		}
	}
}
