package javascript

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what an editor does not show.
const (
	// minPush is the run of spaces or tabs that pushes code out of sight: an
	// editor shows 80 to 200 columns of a line.
	minPush = 200
	// minBlankLines is more than any editor shows at once.
	minBlankLines = 100
	// minHidden is the shortest run of invisible characters that is no slip of a
	// copied text: eight symbols hold a byte in the smallest alphabet.
	minHidden = 8
	// minTable is how many blocks of 256 characters beyond ASCII make a table,
	// within tableWindow bytes at either side. Writing has up to five: letters,
	// accented letters, punctuation, symbols, emoji.
	minTable    = 10
	tableWindow = 256
	// maxListed bounds the controls of one file that a table is looked for around.
	maxListed = 1000
	// minScattered is how many invisible characters, one by one, are no slips.
	minScattered = 64
)

// text is the pass over the whole text. Plain ASCII is skipped a machine word
// at a time, short lines are only measured.
func (s *signer) text() {
	s.lines()
	s.wide()
	s.numbers()
}

// lines walks over the lines for PushedRight and for the layout.
func (s *signer) lines() {
	text := s.file.Text
	places := cursor{file: s.file}
	blank := 0
	for start := 0; start < len(text); {
		end := len(text)
		if n := strings.IndexByte(text[start:], '\n'); n >= 0 {
			end = start + n
		}
		first := start
		for first < end && text[first] <= ' ' {
			first++
		}
		switch {
		case first == end:
			blank++
		default:
			if blank >= minBlankLines {
				s.pushed(&places, first-1, end, plural(blank, "blank line"))
			}
			blank = 0
			s.shape.line(text[start:end], first-start, start)
			if end-start > minPush {
				s.pushes(&places, start, first, end)
			}
		}
		start = end + 1
	}
}

// pushes looks for code behind runs of blanks on one line. A run of minPush
// bytes holds one of every minPush-th byte.
func (s *signer) pushes(places *cursor, start, first, end int) {
	text := s.file.Text
	for i := start + minPush - 1; i < end; i += minPush {
		if text[i] != ' ' && text[i] != '\t' {
			continue
		}
		left, right := i, i+1
		for left > start && isBlank(text[left-1]) {
			left--
		}
		for right < end && isBlank(text[right]) {
			right++
		}
		if right-left >= minPush && left > first && right < end {
			s.pushed(places, left, end, plural(right-left, "blank"))
		}
		i = right
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// pushed notes the code that follows the blanks at left on the line that ends
// at end. Blanks within strings, templates and comments push nothing.
func (s *signer) pushed(places *cursor, left, end int, what string) {
	at, next := places.at(left)
	if at == between && next < end {
		s.add(PushedRight, next, end, what+" before "+s.file.Text[next:min(end, next+MaxDetail)])
	}
}

// wide looks at the characters that are not ASCII.
func (s *signer) wide() {
	text := s.file.Text
	w := hidden{signer: s, places: cursor{file: s.file}, tables: cursor{file: s.file}, first: -1}
	for i := skipASCII(text, 0); i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			i = skipASCII(text, i)
			continue
		}
		if n := ordinary[c]; n != 0 {
			i = min(i+int(n), len(text))
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if class := hides(r); class != shown {
			n = w.run(i, class)
		}
		i += n
	}
	w.end()
}

// skipASCII returns the offset of the first byte at or behind i that is not ASCII.
func skipASCII(text string, i int) int {
	for ; i+8 <= len(text); i += 8 {
		w := uint64(text[i]) | uint64(text[i+1])<<8 | uint64(text[i+2])<<16 | uint64(text[i+3])<<24 |
			uint64(text[i+4])<<32 | uint64(text[i+5])<<40 | uint64(text[i+6])<<48 | uint64(text[i+7])<<56
		if w&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// ordinary holds, for the first bytes of encoded characters of which none is
// invisible, their length.
var ordinary = func() (table [256]uint8) {
	for c := 0x80; c < 0x100; c++ {
		switch {
		case c == 0xe1, c == 0xe2, c == 0xe3, c == 0xef, c == 0xf3:
		case c < 0xc2:
			table[c] = 1
		case c < 0xe0:
			table[c] = 2
		case c < 0xf0:
			table[c] = 3
		case c < 0xf5:
			table[c] = 4
		default:
			table[c] = 1
		}
	}
	return table
}()

// hiding is what an invisible character is.
type hiding uint8

const (
	shown     hiding = iota
	zeroWidth        // joiners, spaces without width, format characters
	filler           // a letter that shows nothing
	selector         // a variation selector
	tag              // a tag character
	control          // a bidirectional control
)

// hides classes the characters that show nothing (Unicode 16, general category
// Cf, Default_Ignorable_Code_Point).
func hides(r rune) hiding {
	switch {
	case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
		return control
	case 0x200b <= r && r <= 0x200d, 0x2060 <= r && r <= 0x2064, 0x206a <= r && r <= 0x206f, r == 0xfeff, r == 0x180e:
		return zeroWidth
	case 0xfe00 <= r && r <= 0xfe0f, 0xe0100 <= r && r <= 0xe01ef:
		return selector
	case 0xe0000 <= r && r <= 0xe007f:
		return tag
	case r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0:
		return filler
	}
	return shown
}

// hidden judges runs of invisible characters.
type hidden struct {
	signer *signer
	places cursor
	// scattered counts characters outside of runs, the first of which stands at
	// first.
	scattered, first int
	// judged is the end of the last line with bidirectional controls, and tables
	// tells where those stand.
	judged int
	tables cursor
	// asked counts the controls that a table was looked for around.
	asked int
}

// run judges the run that starts at i and returns its length in bytes.
func (h *hidden) run(i int, class hiding) int {
	text := h.signer.file.Text
	if class == control {
		return h.control(i)
	}
	count, distinct, end := 0, 0, i
	var runes []rune
	var last rune
	selectors := true
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		c := hides(r)
		if c == shown || c == control {
			break
		}
		selectors = selectors && c == selector
		if len(runes) < shownCodes {
			runes = append(runes, r)
		}
		if r != last {
			last = r
			distinct++
		}
		count++
		end += n
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[end:])
	switch {
	case count >= minHidden && (distinct > 1 || count >= minScattered):
		// A run of one character holds no more than its length.
		h.signer.add(InvisibleUnicode, i, end, fmt.Sprintf("%d characters: %s", count, codes(runes)))
	case selectors && count == 1 || flag(before, text[i:end]) || joins(before) || joins(after) || pictograph(before) && (selectors || pictograph(after)):
	case h.named(i):
		h.signer.add(InvisibleUnicode, i, end, "within a name: "+codes(runes))
	default:
		if h.first < 0 {
			h.first = i
		}
		h.scattered += count
	}
	return end - i
}

// named reports whether the character at i stands within a name.
func (h *hidden) named(i int) bool {
	at, _ := h.places.at(i)
	return at == inToken && h.places.current.kind == word
}

// end notes the characters that no run holds.
func (h *hidden) end() {
	if h.scattered >= minScattered {
		h.signer.add(InvisibleUnicode, h.first, h.first, plural(h.scattered, "invisible character")+" spread over the file")
	}
}

// control judges the bidirectional controls of a line at the first of them.
func (h *hidden) control(i int) int {
	text := h.signer.file.Text
	_, size := utf8.DecodeRuneInString(text[i:])
	if i < h.judged {
		return size
	}
	start := strings.LastIndexByte(text[:i], '\n') + 1
	h.judged = len(text)
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		h.judged = i + n
	}
	var controls []rune
	embeddings, isolates, end := 0, 0, i
	balanced, listed := true, true
	for k, r := range text[i:h.judged] {
		if hides(r) != control {
			continue
		}
		end = i + k + utf8.RuneLen(r)
		if len(controls) < shownCodes {
			controls = append(controls, r)
		}
		switch r {
		case 0x202c:
			embeddings--
		case 0x2069:
			isolates--
		case 0x2066, 0x2067, 0x2068:
			isolates++
		default:
			embeddings++
		}
		balanced = balanced && embeddings >= 0 && isolates >= 0
		listed = listed && h.listed(i+k)
	}
	if listed {
		return size
	}
	if !balanced || embeddings != 0 || isolates != 0 || !strings.ContainsFunc(text[start:h.judged], rightToLeft) {
		h.signer.add(BidiUnicode, i, end, codes(controls)+" in "+strings.TrimSpace(text[start:h.judged]))
	}
	return size
}

// listed reports whether the control at an offset stands in a table: a literal
// among characters of at least minTable blocks, or a range within a class of a
// regular expression. There it is a value like the others.
func (h *hidden) listed(at int) bool {
	if h.asked++; h.asked > maxListed {
		return false
	}
	if where, _ := h.tables.at(at); where != inToken {
		return false
	}
	text, token := h.signer.file.Text, h.tables.current
	_, size := utf8.DecodeRuneInString(text[at:])
	before, after := text[max(token.start, at-tableWindow):at], text[at+size:min(token.end, at+size+tableWindow)]
	switch token.kind {
	case regexpLiteral:
		left, _ := utf8.DecodeLastRuneInString(before)
		right, _ := utf8.DecodeRuneInString(after)
		return strings.LastIndexByte(before, '[') > strings.LastIndexByte(before, ']') && strings.IndexByte(after, ']') >= 0 && (left == '-' || right == '-')
	case stringLiteral, templatePiece:
		seen := make(map[rune]bool)
		blocks(before, seen)
		blocks(after, seen)
		return len(seen) >= minTable
	}
	return false
}

// blocks notes the blocks of 256 characters beyond ASCII that a text has
// characters of. The ideographs and syllables of East Asia are one.
func blocks(text string, seen map[rune]bool) {
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf, r == utf8.RuneError:
		case 0x2e80 <= r && r < 0xd7b0, 0x20000 <= r && r < 0x40000:
			seen['\u4e00'] = true
		default:
			seen[r&^0xff] = true
		}
	}
}

// rightToLeft tells the letters of scripts written from right to left.
func rightToLeft(r rune) bool {
	return r >= 0x590 && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
}

// joins tells the letters of scripts whose writing needs joiners or spaces
// without width.
func joins(r rune) bool {
	return r >= 0x590 && unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Nko, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil,
		unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Thai, unicode.Lao,
		unicode.Tibetan, unicode.Myanmar, unicode.Khmer)
}

// pictograph tells what emoji sequences are made of (Unicode Technical Standard
// 51), in whole blocks.
func pictograph(r rune) bool {
	switch {
	case 0x2190 <= r && r <= 0x2bff, 0x1f000 <= r && r <= 0x1faff:
		return true
	}
	return strings.ContainsRune("0123456789#*©®‼⁉™ℹ〰〽㊗㊙", r)
}

// flag tells the emoji of a country's part: a black flag, letters and digits as
// tags, and the tag that ends them.
func flag(before rune, run string) bool {
	const longest, size = 7, 4 // characters, bytes each
	return before == 0x1f3f4 && len(run) <= longest*size && strings.HasSuffix(run, "\U000e007f")
}

// shownCodes bounds the characters that a detail names.
const shownCodes = 8

// codes names characters by their numbers.
func codes(runes []rune) string {
	var b strings.Builder
	for i, r := range runes {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "U+%04X", r)
	}
	return b.String()
}

// plural counts things.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// place tells where an offset lies.
type place uint8

const (
	between place = iota // white space between tokens
	inComment
	inToken
)

// cursor tells where offsets lie, in rising order. It reads the file by tokens
// up to the offset that it is asked for.
type cursor struct {
	file *File
	scan *scanner
	// current is the token at or behind the last offset, trivia the offset up to
	// which what stands before it has been read, and comment the end of the last
	// comment there.
	current         token
	trivia, comment int
}

// at returns where an offset lies and where the token at or behind it starts.
func (c *cursor) at(pos int) (place, int) {
	if c.scan == nil {
		c.scan = newScanner(c.file.Text, languageOf(c.file.Name).jsx)
		c.current = c.scan.next()
	}
	for c.current.end <= pos && c.current.kind != endOfText {
		c.trivia = c.current.end
		c.current = c.scan.next()
	}
	next := c.current.start
	if pos >= next && c.current.kind != endOfText {
		return inToken, next
	}
	for text := c.file.Text; c.trivia <= pos && c.trivia < next; {
		size := 1
		switch rest := text[c.trivia:next]; {
		case strings.HasPrefix(rest, "//"), c.trivia == 0 && strings.HasPrefix(rest, "#!"):
			if size = strings.IndexAny(rest, "\n\r\u2028\u2029"); size < 0 {
				size = len(rest)
			}
		case strings.HasPrefix(rest, "/*"):
			if size = strings.Index(rest[2:], "*/") + 4; size < 4 {
				size = len(rest)
			}
		default:
			c.trivia++
			continue
		}
		c.trivia += size
		c.comment = c.trivia
	}
	if pos < c.comment {
		return inComment, next
	}
	return between, next
}
