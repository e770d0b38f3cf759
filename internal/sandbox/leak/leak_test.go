package leak

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	token  = "npm_q7w2k9zt4hx8v1mc6rd3Jb5Pn0Ls"
	user   = "mhalloran83"
	host   = "ci-runner-7c4e91"
	phrase = "garden velvet summit orphan clutch museum ticket lizard harbor copper anchor dinner"
	public = "203.0.113.77"
	mac    = "3c:22:fb:5a:91:0e"
)

var canaries = []Canary{
	{"token", token, true},
	{"user", user, false},
	{"host", host, false},
	{"phrase", phrase, true},
	{"public", public, false},
	{"mac", mac, false},
	{"cipher", "\x8f\x02\xd1\x77\x00\xfa\x93\x1c\x5e\x44\xb8\xe7\x29\x60\xcd\x15", true},
}

type coder func(string) string

func b64(s string) string    { return base64.StdEncoding.EncodeToString([]byte(s)) }
func b64url(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
func b32(s string) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(s)))
}
func b32hex(s string) string { return base32.HexEncoding.EncodeToString([]byte(s)) }
func hexed(s string) string  { return hex.EncodeToString([]byte(s)) }
func upperHex(s string) string {
	return strings.ToUpper(hexed(s))
}
func reverse(s string) string { return string(backward([]byte(s))) }
func rot(s string) string     { return strings.Map(rotate, s) }
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func perByte(format, sep string) coder {
	return func(s string) string {
		var parts []string
		for _, c := range []byte(s) {
			parts = append(parts, fmt.Sprintf(format, c))
		}
		return strings.Join(parts, sep)
	}
}

func mapped(f func(byte) byte) coder {
	return func(s string) string {
		out := []byte(s)
		for i := range out {
			out[i] = f(out[i])
		}
		return string(out)
	}
}

func compressed(open func(io.Writer) io.WriteCloser) coder {
	return func(s string) string {
		var b bytes.Buffer
		w := open(&b)
		if _, err := w.Write([]byte(s)); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.String()
	}
}

var (
	gzipped = compressed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	named   = compressed(func(w io.Writer) io.WriteCloser {
		z := gzip.NewWriter(w)
		z.Name = "env.txt"
		z.Extra = []byte("ab")
		return z
	})
	zlibbed  = compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
	deflated = compressed(func(w io.Writer) io.WriteCloser {
		z, err := flate.NewWriter(w, 9)
		if err != nil {
			panic(err)
		}
		return z
	})
	xor5a  = mapped(func(b byte) byte { return b ^ 0x5a })
	plus3  = mapped(func(b byte) byte { return b + 3 })
	utf16  = perByte("%c\x00", "")
	asUTF8 = func(s string) string {
		var out []rune
		for _, b := range []byte(s) {
			out = append(out, rune(b))
		}
		return string(out)
	}
	jsonString = func(s string) string {
		b, err := json.Marshal(map[string]string{"data": s})
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	mime = func(s string) string {
		s = b64(s)
		var b strings.Builder
		for len(s) > 76 {
			b.WriteString(s[:76] + "\r\n")
			s = s[76:]
		}
		return b.String() + s
	}
)

func TestEncodings(t *testing.T) {
	tests := []struct {
		want   string
		coders []coder // the first first
	}{
		{"plain", nil},
		{"plain", []coder{url.QueryEscape}},
		{"case folded", []coder{strings.ToUpper}},
		{"separated", []coder{func(s string) string { return strings.Join(strings.Split(s, ""), ".") }}},
		{"reversed", []coder{reverse}},
		{"rot13", []coder{rot}},
		{"hex", []coder{hexed}},
		{"hex", []coder{upperHex}},
		{"hex", []coder{perByte("%02x", ":")}},
		{"hex", []coder{perByte("0x%02x", ", ")}},
		{"hex", []coder{func(s string) string { return "a" + hexed(s) }}},
		{"hex+reversed", []coder{hexed, reverse}},
		{"base64", []coder{b64}},
		{"base64", []coder{b64url}},
		{"base64", []coder{mime}},
		{"base64", []coder{b64, func(s string) string { return "up" + s }}},
		{"base64+reversed", []coder{b64url, reverse}},
		{"base64+rot13", []coder{b64, rot}},
		{"reversed+base64", []coder{reverse, b64}},
		{"base32", []coder{b32}},
		{"base32hex", []coder{b32hex}},
		{"URL", []coder{percent}},
		{"URL+URL", []coder{percent, percent}},
		{"JavaScript escapes", []coder{perByte(`\u00%02x`, "")}},
		{"JavaScript escapes", []coder{perByte(`\u{%x}`, "")}},
		{"JavaScript escapes", []coder{perByte(`\x%02X`, "")}},
		{"JavaScript escapes", []coder{perByte(`\%03o`, "")}},
		{"HTML entities", []coder{perByte("&#%d;", "")}},
		{"HTML entities", []coder{perByte("&#x%x;", "")}},
		{"character codes", []coder{perByte("%d", ",")}},
		{"character codes", []coder{perByte("%d", " ")}},
		{"UTF-16+base64", []coder{utf16, b64}},
		{"xor 0x5a", []coder{xor5a}},
		{"add 0x03", []coder{plus3}},
		{"xor 0x5a+base64", []coder{xor5a, b64}},
		{"xor 0x5a+hex", []coder{xor5a, hexed}},
		{"xor 0xda+UTF-8", []coder{mapped(func(b byte) byte { return b ^ 0xda }), asUTF8}},
		{"gzip", []coder{gzipped}},
		{"gzip", []coder{named}},
		{"zlib", []coder{zlibbed}},
		{"gzip+base64", []coder{gzipped, b64}},
		{"zlib+base64", []coder{zlibbed, b64}},
		{"deflate+base64", []coder{deflated, b64}},
		{"gzip+hex", []coder{gzipped, hexed}},
		{"base64+gzip", []coder{b64, gzipped}},
		{"base64+base64", []coder{b64, b64}},
		{"base64+base64+base64", []coder{b64, b64, b64}},
		{"base64+hex", []coder{b64, hexed}},
		{"hex+base64", []coder{hexed, b64}},
		{"hex+base64+URL", []coder{hexed, b64, percent}},
		{"base64", []coder{jsonString, b64}},
		{"base64+UTF-16+base64", []coder{b64, utf16, b64}},
	}
	lead, tail := `{"v":2,"name":"build","data":"`, `","ok":true}`
	for i, test := range tests {
		for _, c := range []Canary{canaries[0], canaries[2], canaries[3]} {
			var names []string
			text := "the value is " + c.Value + " and that is it, as far as it goes"
			if len(test.coders) == 1 && !strings.Contains(test.want, "z") && !strings.Contains(test.want, "base") {
				text = c.Value
			}
			for _, code := range test.coders {
				text = code(text)
				names = append(names, test.want)
			}
			if test.want == "case folded" && c.Name == "mac" {
				continue
			}
			got := Find([]Canary{c}, []Sent{{"collect.invalid", []byte("no data")}, {"collect.invalid:8443", []byte(lead + text + tail)}})
			want := []Leak{{c.Name, test.want, 1, 1}}
			if test.want == "plain" && c.Name == "phrase" && len(names) > 0 {
				want[0].Encoding = "separated"
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%d %s of %s: %v", i, test.want, c.Name, got)
			}
		}
	}
}

// pad is what a text is cut into, each in a frame.
func cut(s string, size int, frame func(i int, piece string) Sent) []Sent {
	var out []Sent
	for i := 0; len(s) > 0; i++ {
		n := min(size, len(s))
		out = append(out, frame(i, s[:n]))
		s = s[n:]
	}
	return out
}

func TestPieces(t *testing.T) {
	whole := token + " " + user
	tests := []struct {
		name, want string
		sent       []Sent
	}{
		{"labels", "dns labels", []Sent{{To: "npm_q7w2k9zt4h.x8v1mc6rd3Jb5Pn0Ls.oastify.com"}}},
		{"hex labels", "dns labels, hex", []Sent{{To: hexed(token)[:30] + "." + hexed(token)[30:] + ".x1.oastify.com.invalid"}}},
		{"base32 labels", "dns labels, base32", []Sent{{To: b32(token)[:25] + "." + b32(token)[25:] + ".oastify.com"}}},
		{"names", "dns names, hex", cut(hexed(whole), 12, func(i int, p string) Sent {
			return Sent{To: p + ".q1.dnslog.cn.invalid"}
		})},
		{"names in pairs", "dns names, hex", slices.Concat(cut(hexed(whole), 12, func(i int, p string) Sent {
			return Sent{To: p + ".dnslog.cn"}
		}), []Sent{{To: "other.example.invalid"}})},
		{"names with counters", "dns names, hex", cut(hexed(whole), 10, func(i int, p string) Sent {
			return Sent{To: fmt.Sprintf("%d.%s.s9f.interact.sh", i, p)}
		})},
		{"names with prefixes", "dns names, hex", cut(hexed(whole), 10, func(i int, p string) Sent {
			return Sent{To: fmt.Sprintf("p%d-%s.interact.sh", i, p)}
		})},
		{"names in another order", "dns names, hex", func() []Sent {
			s := cut(hexed(whole), 10, func(i int, p string) Sent { return Sent{To: fmt.Sprintf("%s.%d.interact.sh", p, i)} })
			slices.Reverse(s)
			return s
		}()},
		{"names encoded one by one", "dns names, base64", cut(whole, 5, func(i int, p string) Sent {
			return Sent{To: b64url(p) + ".interact.sh"}
		})},
		{"plain names", "dns names", cut(token, 4, func(i int, p string) Sent { return Sent{To: p + ".interact.sh"} })},
		{"names with other items between", "dns names, hex", cut(hexed(whole), 10, func(i int, p string) Sent {
			if i == 2 {
				return Sent{To: "registry.npmjs.invalid", Data: []byte("GET https://registry.npmjs.invalid/left-pad")}
			}
			if i > 2 {
				i--
			}
			return Sent{To: hexed(whole)[i*10:min(len(hexed(whole)), i*10+10)] + ".interact.sh"}
		})},
		{"parameters of one request", "fields", []Sent{{"c.invalid", []byte("GET https://c.invalid/p?a=" + token[:8] + "&b=" + token[8:16] + "&c=" + token[16:24] + "&d=" + token[24:])}}},
		{"numbered parameters", "fields, base64", []Sent{{"c.invalid", []byte("GET https://c.invalid/p?p1=" + b64(token)[:11] + "&id=77&p2=" + b64(token)[11:22] + "&id=78&p3=" + b64(token)[22:33])}}},
		{"headers", "fields", []Sent{{"c.invalid", []byte("GET https://c.invalid/\nX-Part-1: " + token[:9] + "\nAccept: text/html\nX-Part-2: " + token[9:18] + "\nUser-Agent: node\nX-Part-3: " + token[18:27])}}},
		{"an array of base64", "fields, base64", []Sent{{"c.invalid", []byte(`{"t":1,"d":["` + b64(token)[:11] + `", "` + b64(token)[11:22] + `", "` + b64(token)[22:33] + `"],"n":3}`)}}},
		{"an array", "separated", []Sent{{"c.invalid", []byte(`{"d":["` + token[:9] + `","` + token[9:18] + `","` + token[18:] + `"],"n":3}`)}}},
		{"a parameter of requests", "requests, hex", cut(hexed(whole), 8, func(i int, p string) Sent {
			return Sent{"c.collect.invalid:443", fmt.Appendf(nil, "GET https://c.collect.invalid/p?i=%d&d=%s&v=2\nAccept: */*", i, p)}
		})},
		{"a parameter of requests, encoded one by one", "requests, base64", cut(whole, 4, func(i int, p string) Sent {
			return Sent{"c.collect.invalid", fmt.Appendf(nil, "GET https://c.collect.invalid/p?i=%d&d=%s&v=2\nAccept: */*", i, b64(p))}
		})},
		{"a path of requests", "requests, base64", cut(b64url(whole), 7, func(i int, p string) Sent {
			return Sent{"c.collect.invalid", fmt.Appendf(nil, "GET https://c.collect.invalid/px/%s/z.gif", p)}
		})},
		{"bodies to hosts of one domain", "requests, base64", cut(b64(whole), 7, func(i int, p string) Sent {
			return Sent{fmt.Sprintf("n%d.collect.invalid", i), []byte(p)}
		})},
		{"bodies", "requests, base64", cut(b64(whole), 7, func(i int, p string) Sent {
			return Sent{"c.collect.invalid", []byte(p)}
		})},
		{"bodies in JSON", "requests", cut(token, 7, func(i int, p string) Sent {
			return Sent{"c.collect.invalid", fmt.Appendf(nil, `{"seq":%d,"chunk":"%s","last":false}`, i, p)}
		})},
		{"bodies of unknown form", "requests", cut(token, 7, func(i int, p string) Sent {
			return Sent{"c.collect.invalid", fmt.Appendf(nil, "~part~%s~end~", p)}
		})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Find(canaries[:1], test.sent)
			if len(got) != 1 || got[0].Canary != "token" || got[0].Encoding != test.want {
				t.Fatalf("%v, want %s", got, test.want)
			}
			if several := len(test.sent) > 1; several && got[0].From == got[0].To {
				t.Errorf("in one item: %v", got)
			}
		})
	}
}

func TestRegistrable(t *testing.T) {
	for to, want := range map[string]string{
		"a.b.example.com":                      "example.com",
		"https://u:p@a.example.com:8443/p?q#f": "example.com",
		"a.shop.co.uk.":                        "shop.co.uk",
		"a.b.webhook.site.invalid":             "webhook.site.invalid",
		"a.collect.invalid:80":                 "collect.invalid",
		"203.0.113.9:80":                       "203.0.113.9",
		"::1":                                  "::1",
		"curl":                                 "curl",
		"":                                     "",
	} {
		if got := registrable(hostOf(to)); got != want {
			t.Errorf("%s: %s, want %s", to, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	for text, want := range map[string]string{
		"http://203.0.113.77/":       "public plain",
		"ip=203-0-113-77.":           "public separated",
		"77.311.0.302":               "public reversed",
		hexed("a " + public):         "public hex",
		"mac 3C:22:FB:5A:91:0E":      "mac case folded",
		"mac 3c22fb5a910e":           "mac separated",
		`{"u":"` + user + `"}`:       "user plain",
		"C:\\Users\\" + user + "\\x": "user plain",
		b64("user:" + user):          "user base64",
		b64(canaries[6].Value):       "cipher base64",
		hexed(canaries[6].Value):     "cipher hex",
		"data " + canaries[6].Value:  "cipher plain",
		asUTF8(canaries[6].Value):    "cipher UTF-8",
		token[4:16]:                  "token plain",
		b64("xx" + token[8:20]):      "token base64",
		phrase[:40]:                  "phrase plain",
	} {
		got := Find(canaries, []Sent{{"h.invalid", []byte(text)}})
		if len(got) != 1 || got[0].Canary+" "+got[0].Encoding != want {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
}

// TestNothing holds what is no leak.
func TestNothing(t *testing.T) {
	for _, text := range []string{
		"", "npm_", "npm_q7w2k9z", token[:11], token[10:21], token[:6] + "------" + token[12:18],
		"mhalloran", "mhalloran84", user[1:], host[:len(host)-1], "ci-runner-",
		phrase[:23], "garden velvet", "velvet garden orphan summit",
		"1203.0.113.77", "203.0.113.771", "203.0.113", "113.77",
		"3c:22:fb:5a:91", b64(token[:8]), hexed(token[4:13]),
		strings.Repeat("a", 5000), strings.Repeat("\x00", 5000), strings.Repeat("%", 300), strings.Repeat(`\u`, 300), strings.Repeat("&#", 300),
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\x03\xff\xff\x00", gzipped("nothing here but text"),
		`{"name":"left-pad","version":"1.3.0","dist":{"shasum":"5b8a3a7765dfe001261dde915589e782f8c94d1e","integrity":"sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="}}`,
	} {
		for _, sent := range [][]Sent{{{"h.invalid", []byte(text)}}, {{text, nil}}, {{"a.h.invalid", []byte(text)}, {"b.h.invalid", []byte("x")}, {"b.h.invalid", []byte("x")}}} {
			if got := Find(canaries, sent); len(got) > 0 {
				t.Errorf("%.80q: %v", text, got)
			}
		}
	}
	if got := Find(nil, []Sent{{"h", []byte(token)}}); len(got) > 0 {
		t.Error(got)
	}
	if got := Find([]Canary{{"short", "ab12c", true}, {"short mark", "bob", false}, {"none", "", true}, {"signs", "!!!!!!!!", true}}, []Sent{{"h", []byte("ab12c bob !!!!!!!!")}}); len(got) > 0 {
		t.Error(got)
	}
}

// TestLimits: junk hides nothing behind it, and a bomb ends.
func TestLimits(t *testing.T) {
	bomb := b64(gzipped(strings.Repeat("A", MaxDecoded+1)))
	junk := strings.Repeat("deadbeef ", MaxSent/9)
	var hosts []Sent
	for i := range 1500 {
		hosts = append(hosts, Sent{fmt.Sprintf("%x.%x.h%d.invalid", i*7919, i*104729, i/2), []byte("GET https://h/?a=%41bcdef&b=ghij&c=klmnop")})
	}
	for name, sent := range map[string][]Sent{
		"a bomb":             {{"h.invalid", []byte(bomb)}, {"h.invalid", []byte(hexed(token))}},
		"much before":        {{"h.invalid", []byte(junk)}, {"h.invalid", []byte(hexed(token))}},
		"much before in To":  {{junk, nil}, {"h.invalid", []byte(hexed(token))}},
		"many fields before": {{"h.invalid", []byte(strings.Repeat("a1=b&b2=c&", 20000))}, {"a.invalid", []byte("p1=" + token[:8] + "&q=7&p2=" + token[8:16] + "&q=8&p3=" + token[16:])}},
		"many hosts before":  append(hosts, cut(hexed(token), 12, func(_ int, p string) Sent { return Sent{To: p + ".x.dnslog.cn"} })...),
		"many before":        append(slices.Repeat([]Sent{{"h.invalid", []byte("deadbeef")}}, 2000), Sent{"h.invalid", []byte(b64(b64(token)))}),
	} {
		t.Run(name, func(t *testing.T) {
			if got := Find(canaries[:1], sent); len(got) != 1 || got[0].To != len(sent)-1 {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestOrder: by item, then by canary; each canary once for an item, by the
// simplest encoding.
func TestOrder(t *testing.T) {
	sent := []Sent{
		{"a.invalid", []byte("nothing")},
		{host + ".a.invalid", []byte(b64(token) + " " + user + " " + token)},
		{"a.invalid", []byte(hexed(user))},
	}
	want := []Leak{
		{"token", "plain", 1, 1}, {"user", "plain", 1, 1}, {"host", "plain", 1, 1},
		{"user", "hex", 2, 2},
	}
	if got := Find(canaries, sent); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("h.invalid", []byte(`{"a":"`+hexed(token)+`"}`))
	f.Add(hexed(token)[:30]+".x.invalid", []byte("GET https://h/?a=1&b=2\nX: y\n\n"+gzipped(token)))
	f.Add("\x1f", []byte("%25%32 \\u{1} \\u{110000} \\7 &#x41; 1,2,3,4,5,6,7 x\x9c"+zlibbed("a")))
	f.Add("a.b.c:1", []byte("\x1f\x8b\x08\x1f\x00\x00\x00\x00\x00\x03\x05\x00"))
	f.Fuzz(func(t *testing.T, to string, data []byte) {
		for _, l := range Find(canaries, []Sent{{to, data}, {"1." + to, data}, {to, nil}}) {
			if l.From < 0 || l.To > 2 || l.From > l.To || l.Encoding == "" {
				t.Fatal(l)
			}
		}
		// What is sent besides hides no leak.
		if to != "" && len(data) < 1000 {
			if got := Find(canaries[:1], []Sent{{to, append(data, "\n"+token...)}}); len(got) == 0 {
				t.Fatal("not found")
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	var many []Canary
	for i := range 60 {
		many = append(many, Canary{fmt.Sprint(i), fmt.Sprintf("%s%x", hexed(fmt.Sprint(i*7919)), bytes.Repeat([]byte{byte(i*37 + 11), byte(i)}, 10)), i%3 > 0})
	}
	key := strings.Repeat("q8Zt3w", 60)
	many = append(many, Canary{"key", key, true})
	for _, dense := range []bool{false, true} {
		var sent []Sent
		for i := range 20 {
			text := fmt.Sprintf("POST https://h%d.collect.invalid/api/v1?d=%s\nUser-Agent: node\nContent-Type: application/json\n\n", i, hexed(fmt.Sprint(i)))
			for len(text) < 3500 {
				text += `{"name":"value of a field","count":12345,"path":"/home/user/project/index.js"},`
				if dense || len(text) < 500 {
					text += `"blob":"` + b64(text[len(text)/2:len(text)/2+40]) + `"},`
				}
			}
			sent = append(sent, Sent{fmt.Sprintf("h%d.collect.invalid", i), []byte(text)})
		}
		b.Run(fmt.Sprintf("dense=%t", dense), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := Find(many, sent); len(got) > 0 {
					b.Fatal(got)
				}
			}
		})
	}
}
