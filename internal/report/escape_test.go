package report

import (
	"fmt"
	"html"
	"maps"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"left-pad 1.3.0 → naïve 日本 😀", "left-pad 1.3.0 → naïve 日本 😀"},
		{"a\nb\rc\td", `a\nb\rc\td`},
		{"\x00\x1b[31m\x7f", `\x00\x1b[31m\x7f`},
		{"\u0085\u009b", `\u0085\u009b`},
		{"\u202eabc\u2066", `\u202eabc\u2066`},
		{"\u200b\ufeff\u00ad\u00a0\u3000", `\u200b\ufeff\u00ad\u00a0\u3000`},
		{"\U000e0041\ufe0f\U000e0100", `\u{e0041}\ufe0f\u{e0100}`},
		{"\u3164\u115f\u2800", `\u3164\u115f\u2800`},
		{"\u05d0\u0627\U0001e900", `\u05d0\u0627\u{1e900}`},
		{"\xff\xc3(", `\xff\xc3(`},
		{"\ufffd", "\ufffd"},
		{"e\u0301\u0302\u0303\u0304x\u0301", "e\u0301\u0302\\u0303\\u0304x\u0301"},
		{"\u0301a\n\u0301", `\u0301a\n\u0301`},
		{`\u202e`, `\u202e`},
	} {
		if got := visible(test.in); got != test.want {
			t.Errorf("visible(%+q) = %+q, want %+q", test.in, got, test.want)
		}
	}
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"a\n", 3, `a\n`}, {"ab\n", 3, "ab…"}, {"", 3, ""}, {"éèê", 3, "éèê"}, {"\xff\xff", 4, `\xf…`}} {
		if got := excerpt(test.in, test.n); got != test.want {
			t.Errorf("excerpt(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
	if got, want := visibleName("l\u043edash\n"), `l\u043edash\n`; got != want {
		t.Errorf("visibleName = %q, want %q", got, want)
	}
}

func TestEscape(t *testing.T) {
	escapers := map[string]func(string) string{
		"terminal": EscapeTerminal, "markdown": EscapeMarkdown, "code": MarkdownCode, "cell": MarkdownTableCode,
		"html": EscapeHTML, "htmlcode": HTMLCode, "sarif": escapeSARIF,
	}
	for _, test := range []struct{ escaper, in, want string }{
		{"terminal", "::error::x", `\x3a:error::x`},
		{"terminal", "  ::error::x", `  \x3a:error::x`},
		{"terminal", "a::b", "a::b"},
		{"terminal", "x ##[error] ####", `x #\x23[error] #\x23#\x23`},
		{"markdown", "The script runs node-gyp (v11): 100% of it; \"a/b.js\"?", `The script runs node-gyp (v11&#41;: 100% of it; "a/b.js"?`},
		{"markdown", "@octocat", "&#64;&#8203;octocat"},
		{"markdown", "#1 GH-1", "&#35;&#8203;1 GH&#45;&#8203;1"},
		{"markdown", "https://x", "https&#58;&#8203;//x"},
		{"markdown", "www.x.y", "www&#8203;&#46;x.y"},
		{"markdown", "**a** | `b` <c> [d](e) \\", "&#42;&#42;a&#42;&#42; &#124; &#96;b&#96; &#60;c&#62; &#91;d&#93;(e) &#92;"},
		{"markdown", "1. a", "1&#46; a"},
		{"markdown", "1) a", "1&#41; a"},
		{"markdown", "    a", "&#32;   a"},
		{"markdown", "- a", "&#45; a"},
		{"markdown", "$x$", "<span>&#36;</span>x<span>&#36;</span>"},
		{"markdown", "&amp;", "&#38;amp;"},
		{"code", "", ""},
		{"code", "a | b", "`a | b`"},
		{"code", "a`b", "``a`b``"},
		{"code", "`", "`` ` ``"},
		{"code", " a", "`  a `"},
		{"code", "<b>@x", "`<b>@x`"},
		{"cell", "a | b", "`a \\| b`"},
		{"cell", `a \| b`, "`a \\x5c\\| b`"},
		{"cell", `a \\| b`, "`a \\\\x5c\\| b`"},
		{"html", `<a href="x">'&`, "&lt;a href=&#34;x&#34;&gt;&#39;&amp;"},
		{"htmlcode", "</code>", "<code>&lt;/code&gt;</code>"},
		{"sarif", "[a](b) {0} {x}", "[a] (b) { 0} {x}"},
	} {
		if got := escapers[test.escaper](test.in); got != test.want {
			t.Errorf("%s(%q)\n got %s\nwant %s", test.escaper, test.in, got, test.want)
		}
	}
}

func TestWorkflowCommand(t *testing.T) {
	for _, test := range []struct {
		kind       string
		properties map[string]string
		message    string
		want       string
	}{
		{"error", nil, "x", "::error::x"},
		{"warning", map[string]string{"title": "A: b, c", "line": "3", "file": "a/b.json", "col": ""}, "one\ntwo",
			"::warning file=a/b.json,line=3,title=A%3A b%2C c::one%0Atwo"},
		{"error", map[string]string{"file": "a\n::error::b%"}, "100%\r\n::error::b, c: d", "::error file=a%0A%3A%3Aerror%3A%3Ab%25::100%25%0D%0A::error::b, c: d"},
		{"notice", map[string]string{"title": "\x1b[1m"}, "\u202ex\x00", `::notice title=\x1b[1m::\u202ex\x00`},
	} {
		if got := WorkflowCommand(test.kind, test.properties, test.message); got != test.want {
			t.Errorf("got  %q\nwant %q", got, test.want)
		}
	}
}

// checkLine reports what a line of a terminal or a log must not have.
func checkLine(line string) error {
	for _, r := range line {
		if !plain(r) && !isMark(r) || r == utf8.RuneError && strings.ContainsRune(line, 0xfffd) && !utf8.ValidString(line) {
			return fmt.Errorf("the character %U is raw", r)
		}
	}
	if strings.Contains(line, "##") || strings.HasPrefix(strings.TrimSpace(line), "::") {
		return fmt.Errorf("a runner would read a command")
	}
	return nil
}

func isMark(r rune) bool { return visible("x"+string(r)) == "x"+string(r) }

func FuzzEscapeTerminal(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := EscapeTerminal(s)
		if err := checkLine(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
		if again := EscapeTerminal(got); again != got {
			t.Errorf("%q changes to %q", got, again)
		}
		if name := escapeTerminalName(s); strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 || checkLine(name) != nil {
			t.Errorf("name %q", name)
		}
		for i, line := range wrap(got, 20) {
			if err := checkLine(line); err != nil || utf8.RuneCountInString(line) > 24 {
				t.Errorf("wrapped line %d %q: %v", i, line, err)
			}
		}
	})
}

// renderProse reads escaped Markdown prose back: character references, without
// what breaks words up.
func renderProse(s string) string {
	s = strings.ReplaceAll(s, "&#8203;", "")
	s = strings.ReplaceAll(s, "<span>&#36;</span>", "$")
	return html.UnescapeString(s)
}

var (
	rawMarkdown   = regexp.MustCompile("[<>@`*_~|\\\\!\\[\\]{}^+]|(?i)www\\.|://|^[- ]|[0-9][.)]|gh-[0-9]|\\$")
	reference     = regexp.MustCompile(`&#[0-9]+;`)
	brokenOnHub   = regexp.MustCompile(`(?i)@[a-z0-9]|#[0-9]|gh-[0-9]|:[a-z+]|://|www\.`)
	dollarElement = "<span>&#36;</span>"
)

// checkProse reports what escaped Markdown prose must not have.
func checkProse(s string) error {
	rest := strings.ReplaceAll(s, dollarElement, "·")
	raw := reference.ReplaceAllString(rest, "·")
	if found := rawMarkdown.FindString(raw); found != "" {
		return fmt.Errorf("%q is raw", found)
	}
	if strings.ContainsAny(raw, "&#") {
		return fmt.Errorf("& or # is raw")
	}
	if found := brokenOnHub.FindString(html.UnescapeString(rest)); found != "" {
		return fmt.Errorf("GitHub would find %q", found)
	}
	return nil
}

func FuzzEscapeMarkdown(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := EscapeMarkdown(s)
		if err := checkProse(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
		if back := renderProse(got); back != visible(s) {
			t.Errorf("renders as %q, want %q", back, visible(s))
		}
	})
}

// cutCode takes the code span at the beginning of s off, as CommonMark reads
// it (section 6.1), and returns its content.
func cutCode(s string) (content, rest string, ok bool) {
	n := len(s) - len(strings.TrimLeft(s, "`"))
	for i := n; n > 0 && i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			content = s[n:i]
			if strings.Trim(content, " ") != "" && strings.HasPrefix(content, " ") && strings.HasSuffix(content, " ") {
				content = content[1 : len(content)-1]
			}
			return content, s[i+n:], true
		}
		i += run
	}
	return "", s, false
}

// cells splits a row of a table as GFM does (section 4.10). It fails where
// parsers would disagree.
func cells(row string) ([]string, error) {
	var out []string
	var cell strings.Builder
	for i := 0; i < len(row); i++ {
		switch {
		case row[i] == '\\' && i+1 < len(row) && row[i+1] == '|':
			if i > 0 && row[i-1] == '\\' {
				return nil, fmt.Errorf("several backslashes before a pipe")
			}
			cell.WriteByte('|')
			i++
		case row[i] == '|':
			out = append(out, strings.TrimSpace(cell.String()))
			cell.Reset()
		default:
			cell.WriteByte(row[i])
		}
	}
	return append(out, strings.TrimSpace(cell.String())), nil
}

func FuzzMarkdownCode(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := visible(s)
		got := MarkdownCode(s)
		if want == "" {
			if got != "" {
				t.Errorf("nothing becomes %q", got)
			}
			return
		}
		if content, rest, ok := cutCode(got); !ok || rest != "" || strings.TrimSpace(content) != strings.TrimSpace(want) {
			t.Errorf("%q reads as %q and %q, want %q", got, content, rest, want)
		}
		row, err := cells("| " + MarkdownTableCode(s) + " | x |")
		if err != nil || len(row) != 4 {
			t.Fatalf("%q in a table: %q, %v", s, row, err)
		}
		content, rest, ok := cutCode(row[1])
		if want := strings.ReplaceAll(want, `\|`, `\x5c|`); !ok || rest != "" || strings.TrimSpace(content) != strings.TrimSpace(want) {
			t.Errorf("in a table %q reads as %q and %q, want %q", row[1], content, rest, want)
		}
	})
}

func FuzzEscapeHTML(f *testing.F) {
	for _, s := range corpus {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := EscapeHTML(s)
		if strings.ContainsAny(got, `<>"'`) || strings.ContainsRune(got, '\n') {
			t.Errorf("%q", got)
		}
		if back := html.UnescapeString(got); back != visible(s) {
			t.Errorf("reads as %q, want %q", back, visible(s))
		}
		if text := escapeSARIF(s); strings.Contains(text, "](") || regexp.MustCompile(`\{[0-9]`).MatchString(text) {
			t.Errorf("SARIF message %q", text)
		}
	})
}

// parseCommand reads a workflow command as the runner does.
func parseCommand(line string) (kind string, properties map[string]string, message string, ok bool) {
	head, message, ok := strings.Cut(strings.TrimPrefix(line, "::"), "::")
	if !ok || !strings.HasPrefix(line, "::") {
		return "", nil, "", false
	}
	kind, list, _ := strings.Cut(head, " ")
	properties = make(map[string]string)
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	for _, pair := range strings.Split(list, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			properties[name] = unescape.Replace(value)
		}
	}
	return kind, properties, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(message), true
}

func FuzzWorkflowCommand(f *testing.F) {
	for _, s := range corpus {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, property, message string) {
		line := WorkflowCommand("error", map[string]string{"file": property, "line": "1"}, message)
		for _, r := range line {
			if r < ' ' || r == 0x7f {
				t.Fatalf("%q has the control character %U", line, r)
			}
		}
		lines := func(s string) string {
			return escapeRunes(s, func(r rune) bool { return plain(r) || r == '\n' || r == '\r' })
		}
		want := map[string]string{"line": "1"}
		if property != "" {
			want["file"] = lines(property)
		}
		kind, properties, text, ok := parseCommand(line)
		if !ok || kind != "error" || text != lines(message) || !maps.Equal(properties, want) {
			t.Errorf("%q reads as %s %q %q\n%s", line, kind, properties, text, cmp.Diff(want, properties))
		}
	})
}
