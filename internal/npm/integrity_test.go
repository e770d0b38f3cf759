package npm

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The digests of the five bytes "hello".
const (
	hello = "hello"

	helloMD5    = "md5-XUFAKrxLKna5cZ2REBfFkg=="
	helloSHA1   = "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="
	helloSHA256 = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
	helloSHA384 = "sha384-WeF0h3dEjGnea4ANejO7+5/xtGPkQ1TDVTvNucZm+pASWjx5+QOXvfX2oT3oKGhP"
	helloSHA512 = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="
	emptySHA512 = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	emptySHA1   = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="
)

func mustIntegrity(t testing.TB, s string) Integrity {
	t.Helper()
	in, err := ParseIntegrity(s)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestParseIntegrity(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "", ""},
		{"white space", " \t\n", ""},
		{"one", helloSHA512, helloSHA512},
		{"the strongest first", helloMD5 + " " + helloSHA1 + "\n" + helloSHA512 + "\t" + helloSHA256 + "  " + helloSHA384,
			helloSHA512 + " " + helloSHA384 + " " + helloSHA256 + " " + helloSHA1 + " " + helloMD5},
		{"two of one algorithm, sorted", emptySHA512 + " " + helloSHA512, helloSHA512 + " " + emptySHA512},
		{"twice the same", helloSHA1 + " " + helloSHA1, helloSHA1},
		{"options", helloSHA1 + "?foo?bar", helloSHA1},
		{"upper case", "SHA1-" + strings.TrimPrefix(helloSHA1, "sha1-"), helloSHA1},
	}
	for _, test := range tests {
		in, err := ParseIntegrity(test.in)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got := in.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if test.want == "" && in != nil {
			t.Errorf("%s: %v instead of nil", test.name, in)
		}
	}
}

func TestParseIntegrityError(t *testing.T) {
	digest := strings.TrimPrefix(helloSHA1, "sha1-")
	for name, s := range map[string]string{
		"no algorithm":            digest,
		"an empty algorithm":      "-" + digest,
		"no digest":               "sha1",
		"an empty digest":         "sha1-",
		"an unknown algorithm":    "sha3-" + digest,
		"one unknown of two":      helloSHA512 + " crc32-AAAA",
		"a digest too short":      "sha512-AAAA",
		"a digest too long":       "sha1-" + base64.StdEncoding.EncodeToString(make([]byte, 21)),
		"a digest of another":     "sha1-" + strings.TrimPrefix(helloSHA256, "sha256-"),
		"no padding":              strings.TrimRight(helloSHA1, "="),
		"URL alphabet":            strings.ReplaceAll(strings.ReplaceAll(helloSHA512, "+", "-"), "/", "_"),
		"no base64":               "sha1-!!!!!!!!!!!!!!!!!!!!!!!!!!!=",
		"hexadecimal":             "sha1-aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
		"a comma between":         helloSHA1 + "," + helloSHA512,
		"longer than is read":     strings.Repeat(helloSHA1+" ", 200),
		"something behind digest": helloSHA1 + "x",
	} {
		in, err := ParseIntegrity(s)
		if !errors.Is(err, ErrIntegrity) || in != nil {
			t.Errorf("%s: %v with error %v", name, in, err)
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
}

func TestHexIntegrity(t *testing.T) {
	in, err := HexIntegrity("sha1", "AAF4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
	if err != nil || in.String() != helloSHA1 {
		t.Errorf("%v, %v", in, err)
	}
	if got, want := in[0].Hex(), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"; got != want {
		t.Errorf("Hex is %s, want %s", got, want)
	}
	for _, test := range [][2]string{{"sha1", ""}, {"sha1", "aa"}, {"sha1", strings.Repeat("g", 40)}, {"sha1", strings.Repeat("a", 39)},
		{"sha512", strings.Repeat("a", 40)}, {"sha3", strings.Repeat("a", 40)}} {
		if in, err := HexIntegrity(test[0], test[1]); !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s %q: %v with error %v", test[0], test[1], in, err)
		}
	}
}

func TestStrongest(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		helloSHA1:                     helloSHA1,
		helloSHA1 + " " + helloSHA512: helloSHA512,
		helloSHA512 + " " + emptySHA512 + " " + helloSHA1: helloSHA512 + " " + emptySHA512,
		helloMD5 + " " + helloSHA256:                      helloSHA256,
	} {
		if got := mustIntegrity(t, in).Strongest().String(); got != want {
			t.Errorf("of %q: %q, want %q", in, got, want)
		}
	}
}

func TestConflicts(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"nothing", "", "", false},
		{"one side nothing", helloSHA512, "", false},
		{"the same", helloSHA512, helloSHA512, false},
		{"different", helloSHA512, emptySHA512, true},
		{"no common algorithm", helloSHA512, emptySHA1, false},
		{"one shared of two", helloSHA512 + " " + emptySHA512, helloSHA512, false},
		{"the strongest common one decides", helloSHA512 + " " + helloSHA1, helloSHA512 + " " + emptySHA1, false},
		{"also against a weaker that agrees", helloSHA512 + " " + helloSHA1, emptySHA512 + " " + helloSHA1, true},
		{"a weaker one, where it is all that is common", helloSHA512 + " " + helloSHA1, helloSHA256 + " " + emptySHA1, true},
	}
	for _, test := range tests {
		a, b := mustIntegrity(t, test.a), mustIntegrity(t, test.b)
		if a.Conflicts(b) != test.want || b.Conflicts(a) != test.want {
			t.Errorf("%s: %v and back %v, want %v", test.name, a.Conflicts(b), b.Conflicts(a), test.want)
		}
	}
}

func TestMerge(t *testing.T) {
	a, b := mustIntegrity(t, helloSHA1), mustIntegrity(t, helloSHA512+" "+helloSHA1)
	if got, want := a.Merge(b).String(), helloSHA512+" "+helloSHA1; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := a.String(); got != helloSHA1 {
		t.Errorf("Merge changed its receiver to %s", got)
	}
	if !a.Merge(nil).Equal(a) || !Integrity(nil).Merge(a).Equal(a) || Integrity(nil).Merge(nil) != nil {
		t.Error("nothing is not neutral")
	}
	if a.Equal(b) || !b.Equal(mustIntegrity(t, helloSHA1+" "+helloSHA512)) {
		t.Error("Equal depends on more or less than the digests")
	}
}

func TestIntegrityJSON(t *testing.T) {
	type entry struct {
		Integrity Integrity `json:"integrity,omitempty"`
	}
	data, err := json.Marshal(entry{mustIntegrity(t, helloSHA1+" "+helloSHA512)})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"integrity":"` + helloSHA512 + " " + helloSHA1 + `"}`; string(data) != want {
		t.Errorf("%s, want %s", data, want)
	}
	var back entry
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mustIntegrity(t, helloSHA1+" "+helloSHA512), back.Integrity); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"integrity":"sha512-AAAA"}`), &back); !errors.Is(err, ErrIntegrity) {
		t.Errorf("a short digest: error %v", err)
	}
	if data, err := json.Marshal(entry{}); err != nil || string(data) != "{}" {
		t.Errorf("nothing: %s, %v", data, err)
	}
}

func TestVerifier(t *testing.T) {
	for name, want := range map[string]string{
		"none": "", "md5": helloMD5, "sha1": helloSHA1, "sha256": helloSHA256, "sha384": helloSHA384, "sha512": helloSHA512,
		"one of two":                             emptySHA512 + " " + helloSHA512,
		"the weaker is wrong and does not count": helloSHA512 + " " + emptySHA1,
	} {
		v := NewVerifier(mustIntegrity(t, want))
		for _, part := range []string{"he", "", "llo"} {
			if n, err := v.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatalf("Write(%q) = %d, %v", part, n, err)
			}
		}
		if err := v.Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := v.Sum().String(); got != helloSHA512 {
			t.Errorf("%s: the sum is %s", name, got)
		}
	}
	for name, want := range map[string]string{
		"sha1": emptySHA1, "sha512": emptySHA512, "the weaker is right and does not count": emptySHA512 + " " + helloSHA1,
	} {
		v := NewVerifier(mustIntegrity(t, want))
		if _, err := io.Copy(v, strings.NewReader(hello)); err != nil {
			t.Fatal(err)
		}
		err := v.Verify()
		if !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		strongest := mustIntegrity(t, want).Strongest().String()
		if text := err.Error(); !strings.Contains(text, strongest) || !strings.Contains(text, "5 bytes") {
			t.Errorf("%s: %q does not name %s and the 5 bytes", name, text, strongest)
		}
	}
	v := NewVerifier(mustIntegrity(t, emptySHA512))
	if err := v.Verify(); err != nil {
		t.Errorf("no bytes: %v", err)
	}
	if err := NewVerifier(mustIntegrity(t, helloSHA512)).Verify(); !errors.Is(err, ErrIntegrity) {
		t.Errorf("no bytes instead of five: %v", err)
	}
}

func FuzzParseIntegrity(f *testing.F) {
	for _, seed := range []string{"", helloSHA512, helloSHA1 + " " + helloMD5, helloSHA1 + "?x", "SHA256-" + helloSHA256[7:], "sha512-AAAA", "-", "sha1-"} {
		f.Add(seed, []byte(hello))
	}
	f.Fuzz(func(t *testing.T, s string, content []byte) {
		in, err := ParseIntegrity(s)
		if err != nil {
			if in != nil || !errors.Is(err, ErrIntegrity) {
				t.Fatalf("%v with error %v", in, err)
			}
			return
		}
		again, err := ParseIntegrity(in.String())
		if err != nil || !again.Equal(in) {
			t.Fatalf("%s is read as %s, %v", in, again, err)
		}
		for i, h := range in {
			if i > 0 && strength(in[i-1].Algorithm) < strength(h.Algorithm) {
				t.Fatalf("%s is not sorted", in)
			}
		}
		if in.Conflicts(in) {
			t.Fatalf("%s contradicts itself", in)
		}
		if (in == nil) != (strings.TrimSpace(s) == "") && len(strings.Fields(s)) > 0 {
			t.Fatalf("%q gives %v", s, in)
		}
		sum := sha512.Sum512(content)
		v := NewVerifier(in)
		if _, err := io.Copy(v, bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if v.Sum()[0].Digest != string(sum[:]) {
			t.Fatal("the sum is not SHA-512")
		}
		if err := NewVerifier(v.Sum()).Verify(); (err == nil) != (len(content) == 0) {
			t.Fatalf("no bytes against the sum of %d: %v", len(content), err)
		}
	})
}
