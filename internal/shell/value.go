package shell

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unknown stands in a value's text for a part that only a run would tell.
const unknown = "\x00"

// taint is the set of origins that a value may have.
type taint uint8

const (
	fromDownload taint = 1 << iota // bytes from the network
	fromDecoder                    // output of a decoder
	fromSecrets                    // credentials or the environment
	fromIdentity                   // who and where the machine is
	fromProcess                    // output of any command
)

// value is what a word, a variable, a file or a pipe holds.
type value struct {
	text  string // with unknown parts
	taint taint
}

// opaque is a value of which nothing but its origin is known.
func opaque(t taint) value { return value{unknown, t} }

func (v value) known() bool { return !strings.Contains(v.text, unknown) }

// prefix returns the text before the first unknown part.
func (v value) prefix() string {
	p, _, _ := strings.Cut(v.text, unknown)
	return p
}

// word is a value as it stands in a command.
type word struct {
	value
	// raw is the source of the word.
	raw string
	// windows is the text as cmd.exe reads it where that differs: a backslash
	// outside quotes separates folders there.
	windows string
	// quoted tells that the whole word stands in quotes.
	quoted bool
	// names are the variables that the word expands.
	names []string
	// offset is where the word starts in its source.
	offset int
	// exact is the offset at which the text stands unchanged in the source,
	// -1 where it does not.
	exact int
}

func (w word) export() Word {
	return Word{Text: w.prefix(), Dynamic: !w.known()}
}

// path returns the word as a path with forward slashes.
func (w word) path() string {
	p := w.text
	if w.windows != "" {
		p = w.windows
	}
	p = strings.ReplaceAll(p, `\`, "/")
	if len(p) > 5 && strings.EqualFold(p[:5], "%cd%/") {
		return "." + p[4:]
	}
	return p
}

// literal is a word of known text.
func literal(text string, like word) word {
	like.text, like.windows, like.exact, like.quoted = text, "", -1, false
	like.names = nil
	return like
}

func texts(words []word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.text
	}
	return out
}

// joinWindows joins words for a program that reads backslashes as separators
// of folders.
func joinWindows(words []word) value {
	words = slices.Clone(words)
	for i, w := range words {
		if w.windows != "" {
			words[i].text = w.windows
		}
	}
	return joinWords(words)
}

func joinWords(words []word) value {
	var v value
	for _, w := range words {
		v.taint |= w.taint
	}
	v.text = strings.Join(texts(words), " ")
	return v
}

// unescapeC decodes the escapes of $'…', of printf and of echo -e: the C ones,
// octal, \xHH, \uHHHH and \UHHHHHHHH (bash manual, "ANSI-C Quoting").
func unescapeC(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'a':
			b.WriteByte('\a')
		case 'b':
			b.WriteByte('\b')
		case 'e', 'E':
			b.WriteByte(0x1b)
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'v':
			b.WriteByte('\v')
		case '\\', '\'', '"', '?':
			b.WriteByte(c)
		case 'x', 'u', 'U':
			most := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			n, width := digits(s[i+1:], 16, most)
			switch {
			case width == 0:
				b.WriteByte('\\')
				b.WriteByte(c)
			case c == 'x':
				writeByte(&b, byte(n))
			default:
				writeRune(&b, rune(n))
			}
			i += width
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n, width := digits(s[i:], 8, 3+btoi(c == '0'))
			writeByte(&b, byte(n))
			i += width - 1
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

// writeByte writes c unless it is the mark of the unknown.
func writeByte(b *strings.Builder, c byte) {
	if c != unknown[0] {
		b.WriteByte(c)
	}
}

// digits reads up to most digits and returns their value and number.
func digits(s string, base, most int) (n uint64, width int) {
	for width < most && width < len(s) {
		d, err := strconv.ParseUint(s[width:width+1], base, 8)
		if err != nil {
			break
		}
		n = n*uint64(base) + d
		width++
	}
	return n, width
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// decode64 decodes base64 as lenient decoders do: white space and other
// foreign characters skipped, padding optional.
func decode64(s string) (string, bool) {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '+', c == '/':
			return c
		case c == '-':
			return '+'
		case c == '_':
			return '/'
		}
		return -1
	}, s)
	raw, err := base64.RawStdEncoding.DecodeString(s)
	return string(raw), err == nil && len(raw) > 0
}

// decodeHex decodes hexadecimal digits as xxd -r -p does.
func decodeHex(s string) (string, bool) {
	raw, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	return string(raw), err == nil && len(raw) > 0
}

// decodeUTF16 converts PowerShell's encoded commands, which are UTF-16LE.
func decodeUTF16(s string) string {
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i]) | uint16(s[2*i+1])<<8
	}
	return string(utf16.Decode(units))
}

func withoutNUL(s string) string { return strings.ReplaceAll(s, unknown, "") }

func reverse(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if !utf8.ValidString(line) {
			continue
		}
		runes := []rune(line)
		slices.Reverse(runes)
		lines[i] = string(runes)
	}
	return strings.Join(lines, "\n")
}
