package javascript

import "strings"

// The thresholds of Minified. On the scripts of 100 popular packages minified
// lines have white space that the language does not need at up to 1 % of their
// tokens, lines written by people at 20 to 50 %.
const (
	// longLine is where a line is longer than people and formatters write.
	longLine = 200
	// minLineCode is the part of a long line that is no literal, in bytes.
	minLineCode = longLine / 2
	// maxLoose is the share of tokens behind white space that nothing needs, in
	// percent.
	maxLoose = 3
	// minMarks is how many ( ) ; and = code has at least, and minMarkShare their
	// share in thousandths of the tokens. Minified grammars and lists have 4, tables
	// none.
	minMarks     = 10
	minMarkShare = 3
	// enoughLayout is how many tokens settle the answer, and maxLayout bounds the
	// text that is read for it, in bytes.
	enoughLayout = 10_000
	maxLayout    = 1 << 20
)

// layout measures how a text is laid out.
type layout struct {
	// total counts the bytes of lines that are no comments, and long those of the
	// long ones among them, of which the first starts and ends as first says.
	total, long int
	lines       int
	first       [2]int
}

// line measures the line that starts at an offset. Its first bytes are white
// space as indent says.
func (l *layout) line(line string, indent, start int) {
	if isComment(line[indent:]) {
		return
	}
	l.total += len(line)
	if len(line) >= longLine {
		if l.lines == 0 {
			l.first = [2]int{start, start + len(line)}
		}
		l.long += len(line)
		l.lines++
	}
}

// isComment reports whether a line holds a comment alone, as it seems from
// where it starts.
func isComment(line string) bool {
	switch {
	case strings.HasPrefix(line, "//"):
		return true
	case line[0] == '*', strings.HasPrefix(line, "/*"):
		end := strings.Index(line, "*/")
		return end < 0 || strings.TrimSpace(line[end+2:]) == ""
	}
	return false
}

// layout notes a minified layout: most of the text stands on long lines, and
// what stands there is code.
func (s *signer) layout() {
	if l := &s.shape; l.lines > 0 && 2*l.long >= l.total && s.file.packed() {
		s.add(Minified, l.first[0], l.first[1], plural(l.lines, "long line"))
	}
}

// counted counts the tokens of a line or of many, and the bytes of those that
// are no literals.
type counted struct{ tokens, loose, marks, code int }

func (c *counted) add(d counted) {
	c.tokens += d.tokens
	c.loose += d.loose
	c.code += d.code
	c.marks += d.marks
}

// packed reads the text by tokens and tells whether most of them stand on long
// lines that are minified code.
func (f *File) packed() bool {
	scan := newScanner(f.Text, languageOf(f.Name).jsx)
	var long, line counted
	all, start := 0, 0
	endLine := func(end int) {
		all += line.tokens
		if end-start >= longLine && line.code >= minLineCode {
			long.add(line)
		}
		start, line = end, counted{}
	}
	var before token
	for t := scan.next(); t.kind != endOfText && t.start < maxLayout; t = scan.next() {
		if t.newline {
			endLine(t.start)
			if long.tokens >= enoughLayout && 2*long.tokens >= all {
				break
			}
		} else if t.start > before.end && isBlank(f.Text[before.end]) && !(joint(before.kind) && joint(t.kind)) {
			line.loose++
		}
		line.tokens++
		switch t.kind {
		case word:
			line.code += t.end - t.start
		case punctuator:
			line.code += t.end - t.start
			switch f.Text[t.start] {
			case '(', ')', ';', '=':
				line.marks++
			}
		}
		before = t
	}
	endLine(before.end)
	n := long.tokens
	return 2*n >= all && 100*long.loose <= maxLoose*n && long.marks >= minMarks && 1000*long.marks >= minMarkShare*n
}

// joint tells the tokens that would run together without white space.
func joint(kind tokenKind) bool { return kind == word || kind == number }
