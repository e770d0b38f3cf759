package javascript

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The thresholds of literals.
const (
	// minEscapes is the letters and digits written as escapes that make a sign. A
	// file's magic number has up to four and is written so by hand.
	minEscapes = 5
	// minEntropyText is the length of a literal that may hold a payload, in bytes:
	// longer than keys, hashes, signatures and tokens, which have up to 176.
	minEntropyText = 200
	// minBase64Entropy and minHexEntropy are in bits a character. Random data of
	// 200 characters has 5.7 of 6 bits and 3.9 of 4; English in one word and
	// tables stay below 4.9 and 3.4.
	minBase64Entropy = 5.0
	minHexEntropy    = 3.6
	// minDenseEntropy is more than 64 characters can have: data in 85 or 91
	// characters has 6.2 to 6.5, code and prose stay below 5.5.
	minDenseEntropy = 6.1
	// maxForeign is the share of characters outside of the alphabet, one in so
	// many.
	maxForeign = 64
	// minCodes is the length of a list of numbers that is looked at.
	minCodes = 256
)

// escapes notes a literal whose letters are written as escapes.
func (s *signer) escapes(start, end int) {
	raw := s.file.Text[start:end]
	if !strings.Contains(raw, `\x`) && !strings.Contains(raw, `\u`) {
		return
	}
	escaped, all := 0, 0
	var shown strings.Builder
	for i := 1; i+1 < len(raw); all++ {
		n, c := 1, raw[i]
		if c == '\\' {
			n, c = escape(raw[i:])
			if isWord(c) {
				escaped++
			}
		}
		if shown.Len() < MaxDetail {
			shown.WriteByte(c)
		}
		i += n
	}
	if escaped >= minEscapes && 2*escaped >= all {
		s.add(EscapedStrings, start, end, fmt.Sprintf("%d of %d characters: %s", escaped, all, shown.String()))
	}
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// escape reads the escape at the start of text. It returns its length and the
// ASCII character that it stands for by number, 0 for another.
func escape(text string) (int, byte) {
	digits := func(from, n int) (int, byte) {
		if len(text) < from+n {
			return 2, 0
		}
		code, err := strconv.ParseUint(text[from:from+n], 16, 32)
		if err != nil {
			return 2, 0
		}
		if code >= utf8.RuneSelf {
			code = 0
		}
		return from + n, byte(code)
	}
	switch {
	case strings.HasPrefix(text, `\x`):
		return digits(2, 2)
	case strings.HasPrefix(text, `\u{`):
		if n := strings.IndexByte(text[:min(len(text), 12)], '}'); n > 3 {
			_, c := digits(3, n-3)
			return n + 1, c
		}
	case strings.HasPrefix(text, `\u`):
		return digits(2, 4)
	}
	return min(2, len(text)), 0
}

// alphabet sorts the characters of encoded data.
type alphabet uint8

const (
	foreign alphabet = iota
	lineBreak
	hexLetter // a to f in either case
	digit
	letter
	symbol // of base64
)

var alphabets = func() (table [256]alphabet) {
	for c := range table {
		switch b := byte(c); {
		case b == '\n', b == '\r':
			table[c] = lineBreak
		case '0' <= b && b <= '9':
			table[c] = digit
		case isHex(b):
			table[c] = hexLetter
		case isWord(b):
			table[c] = letter
		case strings.IndexByte("+/-_=", b) >= 0:
			table[c] = symbol
		}
	}
	return table
}()

// entropy looks for encoded data.
func (s *signer) entropy(text string, start, end int) {
	if len(text) < minEntropyText || innocent(text) {
		return
	}
	body := strings.TrimSpace(text)
	if head := body[:min(len(body), MaxDetail)]; strings.Contains(head, "data:") {
		body = body[strings.IndexByte(head, ',')+1:]
	}
	var histogram [256]int
	for i := range len(body) {
		histogram[body[i]]++
	}
	var classes [symbol + 1]int
	for c, n := range histogram {
		classes[alphabets[c]] += n
	}
	data := len(body) - classes[foreign] - classes[lineBreak]
	if data < minEntropyText || maxForeign*classes[foreign] > len(body) {
		if bits := entropyOf(&histogram, len(body)); bits >= minDenseEntropy && dense(&histogram, len(body)) {
			s.highEntropy(body, bits, start, end)
		}
		return
	}
	histogram['\n'], histogram['\r'] = 0, 0
	bits := entropyOf(&histogram, data)
	var decoded []byte
	if classes[letter]+classes[symbol] == 0 {
		if decoded, _ = hex.DecodeString(body[:len(body)&^1]); bits < minHexEntropy && !readable(decoded) || isPrime(body) || isRamp(decoded) {
			return
		}
	} else {
		decoded, _ = decodeBase64(body)
		if bits < minBase64Entropy && !readable(decoded) {
			return
		}
	}
	if known(decoded) {
		return
	}
	s.highEntropy(text, bits, start, end)
}

func (s *signer) highEntropy(text string, bits float64, start, end int) {
	s.add(HighEntropyLiteral, start, end, fmt.Sprintf("%d bytes, %.2f bits each: %s", len(text), bits, text[:min(len(text), MaxDetail)]))
}

// dense tells printable ASCII with next to no white space.
func dense(histogram *[256]int, all int) bool {
	odd := 0
	for c, n := range histogram {
		if c <= ' ' || c >= 0x7f {
			odd += n
		}
	}
	return maxForeign*odd <= all
}

// entropyOf returns the Shannon entropy of a text's bytes, in bits each.
func entropyOf(histogram *[256]int, all int) float64 {
	bits := 0.0
	for _, n := range histogram {
		if n > 0 {
			p := float64(n) / float64(all)
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// innocent tells by its head what is no payload.
func innocent(text string) bool {
	for _, prefix := range []string{
		"sha256-", "sha384-", "sha512-",
		"-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY", "-----BEGIN RSA PUBLIC KEY", "-----BEGIN X509", "-----BEGIN PGP PUBLIC",
	} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return strings.Contains(text, "sourceMappingURL=data:")
}

// isPrime tells the primes of the standard Diffie-Hellman groups (RFC 2409, RFC
// 3526, RFC 7919) by how they start and end.
func isPrime(digits string) bool {
	const ones = "FFFFFFFFFFFFFFFF"
	digits = strings.ToUpper(digits)
	return (strings.HasPrefix(digits, ones+"C90FDAA2") || strings.HasPrefix(digits, ones+"ADF85458")) && strings.HasSuffix(digits, ones)
}

// isRamp tells a table of colours that change little by little: each differs
// from the one before by less than maxStep a byte.
func isRamp(colours []byte) bool {
	const colour, maxStep = 3, 8
	if len(colours) < 32*colour || len(colours)%colour != 0 {
		return false
	}
	sum := 0
	for i := colour; i < len(colours); i++ {
		sum += max(int(colours[i])-int(colours[i-colour]), int(colours[i-colour])-int(colours[i]))
	}
	return sum < maxStep*len(colours)
}

// readable reports whether data is text.
func readable(data []byte) bool {
	if len(data) < minEntropyText/2 {
		return false
	}
	odd := 0
	for _, c := range data {
		if (c < ' ' || c >= 0x7f) && c != '\n' && c != '\r' && c != '\t' {
			odd++
		}
	}
	return 20*odd < len(data)
}

// known reports whether data is as a whole what its head says: an image, a
// font, a sound, a WebAssembly module, a source map, a certificate or key. Data
// that goes on behind its end is none.
func known(data []byte) bool {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	ends := func(suffix string) bool { return bytes.HasSuffix(data, []byte(suffix)) }
	length := func(at int, order binary.ByteOrder) bool {
		return len(data) >= at+4 && int64(order.Uint32(data[at:])) == int64(len(data))
	}
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		return ends("IEND\xaeB`\x82")
	case has("GIF8"):
		return ends(";")
	case has("\xff\xd8\xff"):
		return ends("\xff\xd9")
	case has("wOFF"), has("wOF2"):
		return length(8, binary.BigEndian)
	case has("RIFF"):
		return len(data) >= 8 && int64(binary.LittleEndian.Uint32(data[4:]))+8 == int64(len(data))
	case has("\x00\x00\x01\x00"), has("\x00\x01\x00\x00"), has("OTTO"), has("true\x00"), has("OggS"), has("ID3"),
		has("\xff\xfb"), has("\xff\xf3"), has("\x1aE\xdf\xa3"), len(data) > 8 && string(data[4:8]) == "ftyp":
		// Icons, TrueType fonts, sounds and films do not say where they end.
		return !readable(data)
	case has("\x00asm\x01\x00\x00\x00"):
		return sections(data[8:])
	case has("\x30\x82"):
		return len(data) >= 4 && int(data[2])<<8+int(data[3])+4 == len(data)
	case has("<svg"), has("<?xml"), has(`{"version":3`):
		return true
	}
	return false
}

// sections reports whether data is the sections of a WebAssembly module, whole.
func sections(data []byte) bool {
	for len(data) > 0 {
		size, n := binary.Uvarint(data[1:])
		if n <= 0 || size > uint64(len(data)-1-n) {
			return false
		}
		data = data[1+n+int(size):]
	}
	return true
}

// inNumbers marks what a list of numbers is made of.
var inNumbers = func() (table [256]bool) {
	for _, c := range []byte("0123456789abcdefABCDEFxX, \t\r\n") {
		table[c] = true
	}
	return table
}()

// numbers looks for lists of numbers. A list of minCodes numbers is at least
// twice as long in bytes and holds one of every minCodes-th byte, and the one
// next to it.
func (s *signer) numbers() {
	text := s.file.Text
	for i := minCodes - 1; i < len(text); i += minCodes {
		if !inNumbers[text[i]] || !inNumbers[text[i-minCodes/2]] && (i+minCodes/2 >= len(text) || !inNumbers[text[i+minCodes/2]]) {
			continue
		}
		start, end := i, i+1
		for start > 0 && inNumbers[text[start-1]] {
			start--
		}
		for end < len(text) && inNumbers[text[end]] {
			end++
		}
		if end-start >= 2*minCodes {
			s.codes(start, end)
		}
		i = max(i, end-minCodes)
	}
}

// codes judges a list of numbers.
func (s *signer) codes(start, end int) {
	text := s.file.Text
	var shown strings.Builder
	count, letters, printable := 0, 0, 0
	var seen [utf8.RuneSelf]bool
	distinct := 0
	for rest := text[start:end]; rest != ""; {
		field := rest
		if n := strings.IndexByte(rest, ','); n >= 0 {
			field, rest = rest[:n], rest[n+1:]
		} else {
			rest = ""
		}
		field = strings.Trim(field, " \t\r\n")
		if field == "" {
			continue
		}
		code, err := strconv.ParseUint(field, 0, 32)
		if err != nil {
			return
		}
		count++
		if code >= utf8.RuneSelf {
			continue
		}
		c := byte(code)
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			printable++
		}
		if isWord(c) {
			letters++
		}
		if shown.Len() < MaxDetail {
			shown.WriteByte(c)
		}
	}
	if count >= minCodes && distinct >= 16 && 20*printable >= 19*count && 2*letters >= count {
		s.add(ManyNumbers, start, end, fmt.Sprintf("%d characters: %s", count, shown.String()))
	}
}
