package simulate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/adler32"
	"strconv"
	"strings"
)

// encoding is how strings are kept out of sight.
type encoding uint8

const (
	plain encoding = iota
	base64Coded
	hexCoded
	charCodes
	reversed
	splitUp
	xored
	encrypted
	deflated
)

// drawEncoding draws one; obfuscation in a fifth of versions is what reports say.
func (g *generator) drawEncoding() encoding {
	if g.chance(0.62) {
		return plain
	}
	return g.coded()
}

func (g *generator) coded() encoding {
	return pick(g, []weighted[encoding]{
		{base64Coded, 30}, {hexCoded, 15}, {charCodes, 10}, {reversed, 8}, {splitUp, 15}, {xored, 10}, {encrypted, 6}, {deflated, 6},
	})
}

// secret gives an expression, in template form, whose value is s.
func (u *unit) secret(s string) string {
	e := u.g.encoding
	if u.g.browser && (e == encrypted || e == deflated) {
		e = base64Coded
	}
	switch e {
	case base64Coded:
		return u.unbase64(base64.StdEncoding.EncodeToString([]byte(s)))
	case hexCoded:
		return u.unhex(hex.EncodeToString([]byte(s)))
	case charCodes:
		return u.codes(s)
	case reversed:
		return quote(reverse(s)) + `.split("").reverse().join("")`
	case splitUp:
		return u.split(s)
	case xored:
		return u.xor(s)
	case encrypted:
		return u.decrypt(s)
	case deflated:
		return "#zlib.inflateSync(Buffer.from(" + quote(base64.StdEncoding.EncodeToString(deflate([]byte(s)))) + `, "base64")).toString()`
	}
	return quote(s)
}

func (u *unit) unbase64(s string) string {
	if u.g.browser {
		return "atob(" + quote(s) + ")"
	}
	if u.g.decoder {
		u.declare(decoder64)
		return "$decode(" + quote(s) + ")"
	}
	return "Buffer.from(" + quote(s) + `, "base64").toString()`
}

const (
	decoder64 = `function $decode($text) {
  return Buffer.from($text, "base64").toString("utf8");
}
`
	decoderHexBrowser = `function $unhex($text) {
  let $out = "";
  for (let $i = 0; $i < $text.length; $i += 2) {
    $out += String.fromCharCode(parseInt($text.substr($i, 2), 16));
  }
  return $out;
}
`
	decoderHex = `const $unhex = ($text) => Buffer.from($text, "hex").toString("utf8");
`
	decoderXor = `function $mask($list, $key) {
  return $list.map(($c, $i) => String.fromCharCode($c ^ $key.charCodeAt($i % $key.length))).join("");
}
`
	decoderShift = `const $shift = ($list, $by) => $list.map(($c) => String.fromCharCode($c - $by)).join("");
`
	decoderCipher = `function $open($text, $key, $iv) {
  const $cipher = #crypto.createDecipheriv("aes-256-cbc", Buffer.from($key, "hex"), Buffer.from($iv, "hex"));
  return $cipher.update($text, "hex", "utf8") + $cipher.final("utf8");
}
`
)

func (u *unit) unhex(s string) string {
	switch {
	case u.g.browser:
		u.declare(decoderHexBrowser)
	case u.g.decoder:
		u.declare(decoderHex)
	default:
		return "Buffer.from(" + quote(s) + `, "hex").toString()`
	}
	return "$unhex(" + quote(s) + ")"
}

func (u *unit) codes(s string) string {
	by := 0
	if u.g.decoder {
		by = 1 + u.g.IntN(20)
	}
	list := make([]string, len(s))
	for i := range len(s) {
		list[i] = strconv.Itoa(int(s[i]) + by)
	}
	if by == 0 {
		return "String.fromCharCode(" + strings.Join(list, ", ") + ")"
	}
	u.declare(decoderShift)
	return fmt.Sprintf("$shift([%s], %d)", strings.Join(list, ", "), by)
}

func (u *unit) split(s string) string {
	var parts []string
	for len(s) > 0 {
		n := min(len(s), 1+u.g.IntN(6))
		parts = append(parts, quote(s[:n]))
		s = s[n:]
	}
	if u.g.decoder {
		return "[" + strings.Join(parts, ", ") + `].join("")`
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

func (u *unit) xor(s string) string {
	u.declare(decoderXor)
	key := u.g.text(letters, 4+u.g.IntN(8))
	list := make([]string, len(s))
	for i := range len(s) {
		list[i] = strconv.Itoa(int(s[i] ^ key[i%len(key)]))
	}
	return fmt.Sprintf("$mask([%s], %s)", strings.Join(list, ", "), quote(key))
}

func (u *unit) decrypt(s string) string {
	u.declare(decoderCipher)
	key, iv := u.g.bytes(32), u.g.bytes(aes.BlockSize)
	return fmt.Sprintf("$open(%s, %s, %s)", quote(hex.EncodeToString(encrypt([]byte(s), key, iv))), quote(hex.EncodeToString(key)), quote(hex.EncodeToString(iv)))
}

// encrypt is AES in CBC mode with PKCS #7 padding.
func encrypt(data, key, iv []byte) []byte {
	pad := aes.BlockSize - len(data)%aes.BlockSize
	padded := append(bytes.Clone(data), bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		// The key has 32 bytes.
		panic(err)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	return padded
}

// deflate is a zlib stream of literals in fixed Huffman codes (RFC 1950, 1951).
// compress/zlib is not used since its output may change with Go's release.
func deflate(data []byte) []byte {
	out := []byte{0x78, 0x9c}
	var hold uint64
	var count uint
	put := func(value uint32, n uint) {
		hold |= uint64(value) << count
		for count += n; count >= 8; count -= 8 {
			out = append(out, byte(hold))
			hold >>= 8
		}
	}
	put(0b011, 3) // last block, fixed codes
	for _, c := range data {
		if c < 144 {
			put(flip(0x30+uint32(c), 8), 8)
		} else {
			put(flip(0x190+uint32(c)-144, 9), 9)
		}
	}
	put(0, 7) // end of block
	if count > 0 {
		out = append(out, byte(hold))
	}
	sum := adler32.Checksum(data)
	return append(out, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}

// flip reverses the order of the low n bits: Huffman codes begin with the highest.
func flip(v uint32, n uint) uint32 {
	var out uint32
	for range n {
		out = out<<1 | v&1
		v >>= 1
	}
	return out
}

func reverse(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// quote writes a JavaScript string literal in double quotes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < 0x20:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
