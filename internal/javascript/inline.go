package javascript

import (
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxInline bounds the inline scripts of one page. Those behind are dropped.
const MaxInline = 1000

// InlineScript is JavaScript that stands in a page.
type InlineScript struct {
	// Text is the script, and Pos its offset in the page. In attributes,
	// character references and percent escapes are undone in Text, so that
	// offsets behind them differ.
	Text string
	Pos  int
	// TypeScript tells that the page says so (lang="ts").
	TypeScript bool
}

// Text returns a file of which nothing is read: its text, decoded as Parse does,
// and with it Position. Inline scripts are found in such a text.
func Text(name string, src []byte) *File {
	f := &File{Name: name, Skipped: "not read as a script"}
	if len(src) <= MaxText {
		f.Text = decode(src)
	}
	return f
}

// InlineScripts returns the JavaScript in the text of a page, in order: HTML, SVG,
// Svelte or Vue by the suffix of its name. It finds the script elements that hold
// JavaScript or TypeScript themselves, the handlers of events and javascript:
// URLs. It reads tags, comments and raw text as the HTML standard has them
// (section 13.2.5), once from begin to end; a script element that is not closed
// reaches to the end of the page.
func InlineScripts(name, text string) []InlineScript {
	p := &page{text: text}
	switch strings.ToLower(path.Ext(name)) {
	case ".svg", ".xml", ".xhtml":
		p.foreign, p.closes = true, true
	case ".svelte":
		p.braces, p.closes = true, true
	case ".vue":
		p.closes = true
	}
	for p.pos < len(text) && len(p.scripts) < MaxInline {
		p.markup()
	}
	return p.scripts[:min(len(p.scripts), MaxInline)]
}

// page reads the markup of a page.
type page struct {
	text    string
	pos     int
	scripts []InlineScript
	// braces tells that values of attributes may be expressions in braces, and
	// closes that <script/> has no content.
	braces, closes bool
	// foreign tells that there may be SVG or MathML, in which elements like title
	// hold markup.
	foreign bool
}

// attribute is an attribute of a tag.
type attribute struct {
	name, value string
	pos         int // of the value
	braces      bool
}

// markup reads up to the end of the next tag or comment, and the content of an
// element that holds no markup.
func (p *page) markup() {
	n := strings.IndexByte(p.text[p.pos:], '<')
	if n < 0 || p.pos+n+1 >= len(p.text) {
		p.pos = len(p.text)
		return
	}
	p.pos += n + 1
	switch c := p.text[p.pos]; {
	case isLetter(c):
		p.element()
	case c == '!' || c == '?' || c == '/':
		p.declaration()
	}
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// declaration skips a comment, a declaration or an end tag.
func (p *page) declaration() {
	rest := p.text[p.pos:]
	switch {
	case strings.HasPrefix(rest, "!-->"), strings.HasPrefix(rest, "!--->"):
		p.skip(">")
	case strings.HasPrefix(rest, "!--"):
		p.pos += 3
		p.comment()
	case p.foreign && strings.HasPrefix(rest, "![CDATA["):
		p.skip("]]>")
	case rest[0] == '/' && len(rest) > 1 && isLetter(rest[1]):
		p.pos++
		p.tag()
	default:
		p.skip(">")
	}
}

// comment skips the rest of a comment, which --!> ends as well.
func (p *page) comment() {
	for {
		p.skip("--")
		if p.pos >= len(p.text) || p.text[p.pos] == '>' {
			break
		}
		if strings.HasPrefix(p.text[p.pos:], "!>") {
			p.pos++
			break
		}
		p.pos-- // a third dash may belong to the end
	}
	p.pos = min(p.pos+1, len(p.text))
}

// skip goes behind the next occurrence of what ends something, or to the end.
func (p *page) skip(end string) {
	if n := strings.Index(p.text[p.pos:], end); n >= 0 {
		p.pos += n + len(end)
	} else {
		p.pos = len(p.text)
	}
}

// element reads a start tag and, where that is no markup, what it holds.
func (p *page) element() {
	name, attributes, closed, complete := p.tag()
	if !complete {
		return
	}
	for i := range attributes {
		p.handler(&attributes[i])
	}
	switch name {
	case "svg", "math":
		p.foreign = true
	case "script":
		if !closed || !p.closes {
			p.script(attributes)
		}
	case "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript":
		if !p.foreign && !closed {
			p.raw(name)
		}
	case "plaintext":
		if !p.foreign {
			p.pos = len(p.text)
		}
	}
}

// maxAttributes bounds the attributes that are kept of a tag.
const maxAttributes = 200

// tag reads a tag from its name on. A tag that the page ends in is not complete.
func (p *page) tag() (name string, attributes []attribute, closed, complete bool) {
	start := p.pos
	for p.pos < len(p.text) && !isSpace(p.text[p.pos]) && p.text[p.pos] != '/' && p.text[p.pos] != '>' {
		p.pos++
	}
	if p.pos-start <= len("noscript") {
		name = strings.ToLower(p.text[start:p.pos])
	}
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '>':
			p.pos++
			return name, attributes, closed, true
		case c == '/' || isSpace(c):
			closed = c == '/' || closed && isSpace(c)
			p.pos++
		default:
			closed = false
			a, ok := p.attribute()
			if !ok {
				return name, nil, false, false
			}
			if len(attributes) < maxAttributes && (a.value != "" || a.name == "src") {
				attributes = append(attributes, a)
			}
		}
	}
	return name, nil, false, false
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

// attribute reads an attribute. It returns false where the page ends within.
func (p *page) attribute() (a attribute, ok bool) {
	start := p.pos
	if p.braces && p.text[p.pos] == '{' {
		ok = p.expression()
		return a, ok
	}
	p.pos++ // a = at the start belongs to the name
	for p.pos < len(p.text) && strings.IndexByte("=/> \t\n\f\r", p.text[p.pos]) < 0 {
		p.pos++
	}
	a.name = p.text[start:p.pos]
	end := p.pos
	p.space()
	if p.pos >= len(p.text) || p.text[p.pos] != '=' {
		p.pos = end
		return a, true
	}
	p.pos++
	p.space()
	if p.pos >= len(p.text) {
		return a, false
	}
	a.pos = p.pos
	switch c := p.text[p.pos]; {
	case c == '"' || c == '\'':
		a.pos++
		n := strings.IndexByte(p.text[a.pos:], c)
		if n < 0 {
			p.pos = len(p.text)
			return a, false
		}
		a.value = p.text[a.pos : a.pos+n]
		p.pos = a.pos + n + 1
	case c == '{' && p.braces:
		ok = p.expression()
		a.pos++
		a.value, a.braces = p.text[a.pos:max(a.pos, p.pos-1)], true
		return a, ok
	default:
		for p.pos < len(p.text) && !isSpace(p.text[p.pos]) && p.text[p.pos] != '>' {
			p.pos++
		}
		a.value = p.text[a.pos:p.pos]
	}
	return a, true
}

func (p *page) space() {
	for p.pos < len(p.text) && isSpace(p.text[p.pos]) {
		p.pos++
	}
}

// expression skips an expression in braces. It returns false where the page ends
// within.
func (p *page) expression() bool {
	s := newScanner(p.text[p.pos:], false)
	for t := s.next(); t.kind != endOfText; t = s.next() {
		if len(s.levels) == 1 {
			p.pos += t.end
			return true
		}
	}
	p.pos = len(p.text)
	return false
}

// raw skips the content of an element that holds no markup, and its end tag.
func (p *page) raw(name string) {
	for p.pos < len(p.text) {
		n := strings.Index(p.text[p.pos:], "</")
		if n < 0 {
			break
		}
		p.pos += n + 2
		if p.ends(p.pos, name) {
			p.tag()
			return
		}
	}
	p.pos = len(p.text)
}

// ends reports whether a tag's name stands at an offset, in any case.
func (p *page) ends(pos int, name string) bool {
	end := pos + len(name)
	if end >= len(p.text) || !strings.EqualFold(p.text[pos:end], name) {
		return false
	}
	c := p.text[end]
	return isSpace(c) || c == '/' || c == '>'
}

// script reads the content of a script element.
func (p *page) script(attributes []attribute) {
	start := p.pos
	end := p.scriptEnd()
	javascript, typed := scriptLanguage(attributes)
	if !javascript {
		return
	}
	for start < end && isSpace(p.text[start]) {
		start++
	}
	text := strings.TrimRight(p.text[start:end], " \t\n\f\r")
	if rest, ok := strings.CutPrefix(text, "<![CDATA["); ok {
		start += len(text) - len(rest)
		text = strings.TrimSuffix(rest, "]]>")
	}
	if text != "" {
		p.scripts = append(p.scripts, InlineScript{Text: text, Pos: start, TypeScript: typed})
	}
}

// scriptEnd goes behind the end of a script element and returns where its content
// ends. Behind <!-- a <script needs an end of its own.
func (p *page) scriptEnd() (end int) {
	escaped, inner := false, false
	for p.pos < len(p.text) {
		if !escaped {
			n := strings.IndexByte(p.text[p.pos:], '<')
			if n < 0 {
				break
			}
			p.pos += n
		}
		rest := p.text[p.pos:]
		switch {
		case escaped && strings.HasPrefix(rest, "-->"):
			escaped, inner = false, false
			p.pos += 3
			continue
		case !escaped && strings.HasPrefix(rest, "<!--"):
			escaped = true
			p.pos += 2 // the dashes may belong to the end
			continue
		case escaped && !inner && rest[0] == '<' && p.ends(p.pos+1, "script"):
			inner = true
		case strings.HasPrefix(rest, "</") && p.ends(p.pos+2, "script"):
			if !inner {
				end = p.pos
				p.pos += 2
				p.tag()
				return end
			}
			inner = false
		}
		p.pos++
	}
	p.pos = len(p.text)
	return len(p.text)
}

// scriptLanguage tells whether a script element holds JavaScript, and whether that
// is TypeScript.
func scriptLanguage(attributes []attribute) (javascript, typed bool) {
	javascript = true
	seen := make(map[string]bool, len(attributes))
	for _, a := range attributes {
		name := strings.ToLower(a.name)
		if seen[name] {
			continue // the first one counts
		}
		seen[name] = true
		value := strings.ToLower(strings.TrimSpace(references(a.value)))
		switch name {
		case "src":
			return false, false
		case "lang":
			typed = typed || value == "ts" || value == "typescript" || value == "tsx"
		case "type":
			value, _, _ = strings.Cut(value, ";")
			switch strings.TrimSpace(value) {
			case "module", "text/babel", "text/jsx", "application/babel", "jsx":
			case "text/typescript", "application/typescript", "ts", "tsx":
				typed = true
			default:
				javascript = isJavaScriptType(strings.TrimSpace(value))
			}
		}
	}
	return javascript, typed
}

// isJavaScriptType tells the JavaScript MIME types (WHATWG MIME Sniffing, section
// 4.6).
func isJavaScriptType(value string) bool {
	kind, subtype, _ := strings.Cut(value, "/")
	subtype = strings.TrimPrefix(subtype, "x-")
	switch kind {
	case "application":
		return subtype == "javascript" || subtype == "ecmascript"
	case "text":
		return subtype == "ecmascript" || subtype == "jscript" || subtype == "livescript" || subtype == "javascript" ||
			len(subtype) == len("javascript1.x") && strings.HasPrefix(subtype, "javascript1.")
	}
	return false
}

// handler takes the script of an attribute.
func (p *page) handler(a *attribute) {
	if len(p.scripts) >= MaxInline {
		return
	}
	text, isURL := a.value, false
	if !a.braces {
		text = references(text)
	}
	if !isHandler(a.name) {
		if text, isURL = cutScheme(text); !isURL {
			return
		}
		if decoded, ok := percentDecode(text); ok {
			text = decoded
		}
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	pos := a.pos
	if isURL {
		if n := strings.IndexByte(a.value, ':'); n >= 0 {
			pos += n + 1
		}
	}
	p.scripts = append(p.scripts, InlineScript{Text: text, Pos: pos})
}

// isHandler tells the attributes that hold code: onclick, and on:click, @click
// and v-on:click of templates.
func isHandler(name string) bool {
	if len(name) > 64 {
		return false
	}
	name = strings.ToLower(name)
	return strings.HasPrefix(name, "on") && len(name) > 4 || strings.HasPrefix(name, "@") && len(name) > 1 || strings.HasPrefix(name, "v-on:")
}

// cutScheme returns what stands behind javascript: in a URL. Browsers skip white
// space and control characters before and line breaks within the scheme.
func cutScheme(url string) (rest string, ok bool) {
	const scheme = "javascript:"
	n := 0
	for i := range len(url) {
		c := url[i]
		switch {
		case n == 0 && c <= ' ', c == '\n', c == '\r', c == '\t':
		case c < utf8.RuneSelf && c|0x20 == scheme[n]|0x20:
			if n++; n == len(scheme) {
				return url[i+1:], true
			}
		default:
			return "", false
		}
	}
	return "", false
}

// references undoes the character references that code in attributes is written
// with.
func references(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var b strings.Builder
	for {
		n := strings.IndexByte(s, '&')
		if n < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:n])
		s = s[n:]
		r, size := reference(s)
		if size == 0 {
			r, size = "&", 1
		}
		b.WriteString(r)
		s = s[size:]
	}
}

// reference reads a character reference: a number, whose semicolon may be
// missing, or a name of what code needs.
func reference(s string) (text string, size int) {
	if strings.HasPrefix(s, "&#") {
		return numeric(s)
	}
	end := strings.IndexByte(s[:min(len(s), len("&NewLine;"))], ';')
	if end < 0 {
		return "", 0
	}
	switch s[1:end] {
	case "quot":
		return `"`, end + 1
	case "apos":
		return "'", end + 1
	case "amp":
		return "&", end + 1
	case "lt":
		return "<", end + 1
	case "gt":
		return ">", end + 1
	case "nbsp":
		return "\u00a0", end + 1
	case "colon":
		return ":", end + 1
	case "lpar":
		return "(", end + 1
	case "rpar":
		return ")", end + 1
	case "Tab":
		return "\t", end + 1
	case "NewLine":
		return "\n", end + 1
	}
	return "", 0
}

// numeric reads a numeric character reference. Leading zeros do not count.
func numeric(s string) (text string, size int) {
	base, pos := 10, 2
	if pos < len(s) && s[pos]|0x20 == 'x' {
		base, pos = 16, 3
	}
	start := pos
	for pos < len(s) && (base == 16 && isHex(s[pos]) || '0' <= s[pos] && s[pos] <= '9') {
		pos++
	}
	r, err := strconv.ParseUint(strings.TrimLeft(s[start:max(start, pos-1)], "0")+s[max(start, pos-1):pos], base, 32)
	if err != nil || r > utf8.MaxRune {
		return "", 0
	}
	if pos < len(s) && s[pos] == ';' {
		pos++
	}
	return string(rune(r)), pos
}
