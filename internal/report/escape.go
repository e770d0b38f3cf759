package report

import (
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file is the only way of untrusted text into a medium. First visible
// turns what cannot be seen, or moves what can, into escapes such as \u202e;
// then each medium's own characters are dealt with. Text that happens to
// contain such an escape already looks the same: these forms are for people,
// and the exact text is in the JSON report.

// plain reports whether r shows as itself: it is printable, not blank, runs
// from left to right, and changes nothing around it.
//
// Not plain are control, format, private and unassigned characters, all spaces
// but U+0020, variation selectors and other default-ignorable characters
// (Unicode, PropList.txt), letters that are blank, and the blocks of
// right-to-left scripts (DerivedBidiClass.txt): a single Hebrew letter is
// enough to swap the two versions in "1.0.0 → 2.0.0" on a screen.
func plain(r rune) bool {
	switch {
	case r < 0x80:
		return r >= ' ' && r != 0x7f
	case r >= 0x0590 && r <= 0x08ff, r >= 0xfb1d && r <= 0xfdff, r >= 0xfe70 && r <= 0xfeff,
		r >= 0x10800 && r <= 0x10fff, r >= 0x1e800 && r <= 0x1efff:
		return false // right to left
	case r == 0x2800, r == 0xfffc, r == 0x1d159:
		return false // blank: Braille pattern, replaced object, null notehead
	}
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// maxMarks is how many combining marks in a row are shown on one character;
// more of them paint over the lines around.
const maxMarks = 2

// visible escapes every character that is not plain, every byte that is not
// UTF-8, and combining marks at the beginning or beyond maxMarks. Nothing that
// it returns spans lines. It leaves its own output as it is.
func visible(s string) string { return escapeRunes(s, plain) }

// visibleName is visible for names and versions of packages, which are ASCII:
// letters that look like other letters are escaped as well.
func visibleName(s string) string {
	return escapeRunes(s, func(r rune) bool { return r < 0x80 && plain(r) })
}

func escapeRunes(s string, keep func(rune) bool) string {
	var b strings.Builder
	b.Grow(len(s))
	marks := maxMarks
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		invalid := r == utf8.RuneError && size == 1
		if r >= 0x80 && unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		if invalid || !keep(r) || marks > maxMarks {
			writeEscape(&b, s[i:i+size], r, invalid)
			marks = maxMarks // a mark would sit on the escape
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// writeEscape writes a character as JavaScript's escape of it, the notation
// that readers of npm packages know.
func writeEscape(b *strings.Builder, raw string, r rune, invalid bool) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case invalid, r < 0x80:
		fmt.Fprintf(b, `\x%02x`, raw[0])
	case r <= 0xffff:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\u{%x}`, r)
	}
}

// excerpt is visible for at most n characters of its result, the last of them
// "…" where there is more.
func excerpt(s string, n int) string { return clip(visible(prefix(s, n+1)), n) }

// excerptName is excerpt for names and versions of packages.
func excerptName(s string, n int) string { return clip(visibleName(prefix(s, n+1)), n) }

// prefix returns the first n characters of s; a byte that is not UTF-8 is one.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// EscapeTerminal makes untrusted text safe for one line of a terminal or a
// log: no control character is left, so no escape sequence is, and nothing
// that a runner of GitHub Actions or another CI system reads as a command
// ("::" at the beginning of a line, "##[" anywhere in it).
func EscapeTerminal(s string) string { return guardLog(visible(s)) }

// escapeTerminalName is EscapeTerminal for names and versions of packages.
func escapeTerminalName(s string) string { return guardLog(visibleName(s)) }

func guardLog(s string) string {
	return guardLine(strings.ReplaceAll(s, "##", `#\x23`))
}

// guardLine keeps a line from beginning with "::".
func guardLine(s string) string {
	if text := strings.TrimLeft(s, " "); strings.HasPrefix(text, "::") {
		return s[:len(s)-len(text)] + `\x3a` + text[1:]
	}
	return s
}

// EscapeMarkdown makes untrusted text safe within a paragraph, a list item or
// a table cell of GitHub Flavored Markdown: it shows as text and nothing else.
// Punctuation that could mean something where it stands becomes a character
// reference, which Markdown never reads as its own. That leaves what GitHub
// looks for in the rendered text: @mentions, #1 and GH-1, :emoji:, bare URLs
// and addresses, $math$. A zero-width space, or for the dollar sign an element,
// breaks those up.
func EscapeMarkdown(s string) string {
	const zeroWidthSpace = "&#8203;"
	s = visible(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		var previous, next byte
		if i > 0 {
			previous = s[i-1]
		}
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case c >= 0x80, isLetter(c), isDigit(c), strings.IndexByte(`,;'"/(%?=`, c) >= 0,
			c == ' ' && i > 0, // four at the beginning are a block of code
			c == '.' && !isDigit(previous) && previous|0x20 != 'w',
			c == ')' && !isDigit(previous),
			c == ':' && next == ' ',
			c == '-' && isLetter(previous) && previous|0x20 != 'h':
			b.WriteByte(c)
		case c == '$':
			b.WriteString("<span>&#36;</span>")
		default:
			if c == '.' && previous|0x20 == 'w' {
				b.WriteString(zeroWidthSpace)
			}
			fmt.Fprintf(&b, "&#%d;", c)
			if c == '@' || c == '#' || c == ':' || c == '-' && previous|0x20 == 'h' {
				b.WriteString(zeroWidthSpace)
			}
		}
	}
	return b.String()
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// MarkdownCode returns untrusted text as a code span of GitHub Flavored
// Markdown, for a paragraph or a list item; "" for none. GitHub looks for
// neither mentions nor links in code.
func MarkdownCode(s string) string {
	s = visible(s)
	if s == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(s, '`')+1)
	edge := func(c byte) bool { return c == '`' || c == ' ' }
	if edge(s[0]) || edge(s[len(s)-1]) {
		s = " " + s + " " // a code span loses one space on either side
	}
	return fence + s + fence
}

// MarkdownTableCode is MarkdownCode for a cell of a table, where a pipe ends
// the cell even in code unless a backslash precedes it. Parsers differ about
// several backslashes, so that exactly one ever does.
func MarkdownTableCode(s string) string {
	s = strings.ReplaceAll(s, `\|`, `\x5c|`)
	return strings.ReplaceAll(MarkdownCode(s), "|", `\|`)
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] != c {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// EscapeHTML makes untrusted text safe within an HTML element or a quoted
// attribute.
func EscapeHTML(s string) string { return html.EscapeString(visible(s)) }

// HTMLCode returns untrusted text as a code element. Its context must be HTML,
// such as the line of a summary element: within a paragraph of Markdown use
// MarkdownCode.
func HTMLCode(s string) string { return "<code>" + EscapeHTML(s) + "</code>" }

// escapeSARIF makes untrusted text safe in a plain text message of SARIF,
// which knows embedded links and placeholders (SARIF 2.1.0, sections 3.11.5
// and 3.11.6): both are broken up with a space, since viewers differ about
// the escapes that the standard gives.
func escapeSARIF(s string) string {
	s = strings.ReplaceAll(visible(s), "](", "] (")
	for d := '0'; d <= '9'; d++ {
		s = strings.ReplaceAll(s, "{"+string(d), "{ "+string(d))
	}
	return s
}

// WorkflowCommand returns the line of a workflow command of GitHub Actions,
// such as
//
//	::error file=package-lock.json,line=12,title=Amalfi Audit::message
//
// without its end of line. kind is the command's own name. Properties are
// sorted by name, empty ones are left out; their names must be the command's
// own. The message may span lines. Both may be untrusted: what GitHub's
// toolkit escapes in each is escaped, and other control characters are made
// visible.
func WorkflowCommand(kind string, properties map[string]string, message string) string {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	keep := func(r rune) bool { return plain(r) || r == '\n' || r == '\r' }
	var b strings.Builder
	b.WriteString("::" + kind)
	separator := " "
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if value := properties[name]; value != "" {
			b.WriteString(separator + name + "=" + property.Replace(escapeRunes(value, keep)))
			separator = ","
		}
	}
	b.WriteString("::" + data.Replace(escapeRunes(message, keep)))
	return b.String()
}
