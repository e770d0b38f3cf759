package sandbox

import (
	"encoding/hex"
	"strings"
	"testing"
)

// counting is n bytes that count from 0.
func counting(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return string(b)
}

// asked calls a function of the host with bytes.
func asked(t *testing.T, name string, args ...string) answer {
	t.Helper()
	h, err := newHost(&World{}, noFiles)
	if err != nil {
		t.Fatal(err)
	}
	var list []argument
	for _, a := range args {
		list = append(list, argument{text: latin1([]byte(a))})
	}
	for _, f := range functions() {
		if f.name == name {
			return f.do(h, list)
		}
	}
	t.Fatalf("no function %s", name)
	return answer{}
}

func hexOf(s string) string { return hex.EncodeToString(argument{text: s}.bytes()) }

// The values are those of Node.js 20.
func TestCipher(t *testing.T) {
	const text = "The quick brown fox jumps"
	for _, test := range []struct {
		name    string
		key, iv int
		want    string
		tag     string
	}{
		{"aes-128-cbc", 16, 16, "d5f239401cf82914474428e33d8b1c9e8580bd31adeed71edfe313c9e39454d8", ""},
		{"AES-256-CBC", 32, 16, "4846f83aa211e239aa62a21f527f089e6c06bd657da9c67c57800ccb55e5ef9f", ""},
		{"aes-192-ctr", 24, 16, "5408dade37f622dbb17c9bd470854e8e4f981bc8cb00abcfd6", ""},
		{"aes-256-ecb", 32, 0, "bce46469e2f7ab6b7ea767bd3252529aaf69d76515a829aa2f181544fab65d8b", ""},
		{"aes-256-cfb", 32, 16, "0e066177798e18f59b0e374f6db4c8b2d56c27018b55045eaa", ""},
		{"des-ede3-cbc", 24, 8, "2116057c372e0e95dbe91fbfd148371b8e9974187b71e7c02b64e28f9f51efd7", ""},
		{"aes-256-gcm", 32, 12, "136ab33bb490ab78e661f5f9de9e164de5b9ff149a0e320c4b", "0a949a759fc542494511bbc638e78864"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sealed := asked(t, "cipher", test.name, "true", counting(test.key), counting(test.iv), text, "aad", "")
			if len(sealed.list) != 2 || hexOf(sealed.list[0]) != test.want || hexOf(sealed.list[1]) != test.tag {
				t.Fatalf("got %+v", sealed)
			}
			out, tag := string(argument{text: sealed.list[0]}.bytes()), string(argument{text: sealed.list[1]}.bytes())
			opened := asked(t, "cipher", test.name, "false", counting(test.key), counting(test.iv), out, "aad", tag)
			if len(opened.list) != 2 || opened.list[0] != text {
				t.Fatalf("got %+v", opened)
			}
		})
	}
}

func TestCipherProblems(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"name", []string{"aes", "true", "", "", "", "", ""}, unknownCipher},
		{"mode", []string{"aes-128-xyz", "true", counting(16), counting(16), "", "", ""}, unknownCipher},
		{"key", []string{"aes-128-cbc", "true", "k", counting(16), "", "", ""}, invalidKey},
		{"iv", []string{"aes-128-cbc", "true", counting(16), "", "", "", ""}, invalidIV},
		{"nonce", []string{"aes-128-gcm", "true", counting(16), "", "", "", ""}, invalidIV},
		{"gcm", []string{"des-gcm", "true", counting(8), counting(12), "", "", ""}, unknownCipher},
		{"length", []string{"aes-128-cbc", "false", counting(16), counting(16), "x", "", ""}, wrongLength},
		{"empty", []string{"aes-128-cbc", "false", counting(16), counting(16), "", "", ""}, wrongLength},
		{"padding", []string{"aes-128-cbc", "false", counting(16), counting(16), counting(16), "", ""}, badDecrypt},
		{"tag", []string{"aes-128-gcm", "false", counting(16), counting(12), "x", "", counting(16)}, notAuthentic},
		{"no tag", []string{"aes-128-gcm", "false", counting(16), counting(12), "x", "", ""}, notAuthentic},
		{"rc4", []string{"rc4", "true", "", "", "x", "", ""}, invalidKey},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := asked(t, "cipher", test.args...); got.kind != answerText || got.text != test.want {
				t.Errorf("got %+v, want %s", got, test.want)
			}
		})
	}
	if got := asked(t, "cipher", "aes-128-ecb", "false", counting(16), "", counting(16), "", "", "false"); len(got.list) != 2 || len(argument{text: got.list[0]}.bytes()) != 16 {
		t.Errorf("without padding: %+v", got)
	}
}

func TestDigest(t *testing.T) {
	for name, want := range map[string]string{
		"md5":        "900150983cd24fb0d6963f7d28e17f72",
		"SHA1":       "a9993e364706816aba3e25717850c26c9cd0d89d",
		"sha-1":      "a9993e364706816aba3e25717850c26c9cd0d89d",
		"sha224":     "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
		"sha384":     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		"sha512-256": "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
		"sha3-256":   "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
	} {
		if got := asked(t, "hash", name, "abc"); hexOf(got.text) != want {
			t.Errorf("%s: got %s", name, hexOf(got.text))
		}
	}
	if got := asked(t, "hmac", "sha256", "k", "abc"); hexOf(got.text) != "342e519ce0ad6c03a36b98eeb3f1d130db4813b9df4d1160eda488d712dc78ee" {
		t.Errorf("hmac: got %s", hexOf(got.text))
	}
	if got := asked(t, "hash", "whirl", "abc"); got.kind != answerNull {
		t.Errorf("unknown: got %+v", got)
	}
}

func TestDerive(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"scrypt", "password", "salt", "16384", "8", "1", "32"}, "745731af4484f323968969eda289aeee005b5903ac561e64a5aca121797bf773"},
		{[]string{"scrypt", "p", "s", "16", "1", "3", "70"}, "83d8bd0fe424f0cfb61f4201a44c41c15cc56573c4bd19ed44857d5ba25eaafc4d196ae4bb9083f38852337d6782897d7174bc123265184a10b7f7e9ff4fd5032a7f811bbf81"},
		{[]string{"pbkdf2", "password", "salt", "1000", "40", "sha512"}, "afe6c5530785b6cc6b1c6453384731bd5ee432ee549fd42fb6695779ad8a1c5bf59de69c48f774ef"},
		{[]string{"pbkdf2", "password", "salt", "99999999", "40", "sha512"}, ""},
		{[]string{"pbkdf2", "password", "salt", "1000000", "65536", "sha512"}, ""},
		{[]string{"pbkdf2", "password", "salt", "-1", "40", "sha512"}, ""},
		{[]string{"pbkdf2", "password", "salt", "1", "9999999", "sha512"}, ""},
		{[]string{"scrypt", "p", "s", "1048576", "8", "1", "32"}, ""},
		{[]string{"scrypt", "p", "s", "16384", "8", "1048576", "32"}, ""},
		{[]string{"scrypt", "p", "s", "3", "1", "1", "32"}, ""},
		{[]string{"scrypt", "p", "s", "x", "1", "1", "32"}, ""},
	} {
		if got := asked(t, "derive", test.args...); hexOf(got.text) != test.want {
			t.Errorf("%v: got %s", test.args, hexOf(got.text))
		}
	}
}

func TestCompression(t *testing.T) {
	text := strings.Repeat("\x00\xff secret ", 1000)
	for _, kind := range []string{"gzip", "zlib", "raw"} {
		small := asked(t, "deflate", kind, text)
		if n := len(argument{text: small.text}.bytes()); n == 0 || n > len(text)/10 {
			t.Errorf("%s: %d bytes", kind, n)
		}
		back := asked(t, "inflate", kind, string(argument{text: small.text}.bytes()))
		if string(argument{text: back.text}.bytes()) != text {
			t.Errorf("%s: not the same", kind)
		}
		if got := asked(t, "inflate", kind, "no such data"); got.kind != answerNull {
			t.Errorf("%s: got %+v", kind, got)
		}
		bomb := asked(t, "deflate", kind, strings.Repeat("a", maxInflated+1))
		if got := asked(t, "inflate", kind, string(argument{text: bomb.text}.bytes())); got.kind != answerNull {
			t.Errorf("%s: a bomb of %d bytes", kind, len(got.text))
		}
	}
	if got := asked(t, "inflate", "lzma", ""); got.kind != answerThrow {
		t.Errorf("got %+v", got)
	}
}

func TestRandom(t *testing.T) {
	if a, b := asked(t, "random", "32"), asked(t, "random", "32"); a.text != b.text || len(argument{text: a.text}.bytes()) != 32 {
		t.Errorf("%q and %q", a.text, b.text)
	}
	for _, n := range []string{"-1", "1e9", "99999999", ""} {
		if got := asked(t, "random", n); got.kind != answerThrow {
			t.Errorf("%s: got %+v", n, got)
		}
	}
}
