package npm

import (
	"errors"
	"strings"
	"testing"
)

func TestValidateName(t *testing.T) {
	good := []string{
		"a", "some-package", "example.com", "under_score", "period.js", "123numeric", "@npm/thingy", "@npm-zors/money!time.js", "crazy!", "~a", "(a)", "a*b", "a'b",
		"CAPITAL", "JSONStream", "@Scope/Name", "http", "-", "_", "__proto__", "constructor", "0", "1.0.0", "a..b", "a.", "@a/-b", "@_/x",
		strings.Repeat("a", MaxNameLength), "@" + strings.Repeat("s", 100) + "/" + strings.Repeat("a", 100),
	}
	for _, name := range good {
		if err := ValidateName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	bad := []string{
		"", " ", " a", "a ", "a b", "a\n", "a\tb", "a\x00", ".", "..", ".a", "../a", "a/b", "a/../b", "/a", "a/", `a\b`, `..\a`, "a:b", "a@b", "a@1.0.0", "a#b", "a?b", "a%2fb", "a,b", "a|b", "a<b", `a"b`, "a&b", "a;b", "a$b", "a`b",
		"@", "@a", "@/a", "@a/", "@a/b/c", "@a/.b", "@.a/b", "@a/..", "@../a", "@a b/c", "@a/b c", "@@a/b", "@a@b/c", "a@b/c",
		"node_modules", "Node_Modules", "favicon.ico", "FAVICON.ICO", "@a/node_modules", "@a/Node_Modules",
		"é", "пакет", "pаckage", "a\u200b", "a\u202e", "a\ufeff", "\xff", strings.Repeat("a", MaxNameLength+1),
	}
	for _, name := range bad {
		err := ValidateName(name)
		if !errors.Is(err, ErrName) {
			t.Errorf("%q: error %v", name, err)
		} else if text := err.Error(); len(text) > 400 || strings.ContainsAny(text, "\n\x00\u202e\u200b") {
			t.Errorf("%q: the error %q is not safe to print", name, text)
		}
	}
}

func TestBaseName(t *testing.T) {
	for name, want := range map[string]string{"a": "a", "@s/a": "a", "": "", "@s": "@s", "a/b": "a/b", "@s/a/b": "a/b"} {
		if got := BaseName(name); got != want {
			t.Errorf("BaseName(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestPURL follows the purl specification, "Rules for each purl component":
// all but letters, digits, .-_~ and the colon is percent-encoded.
func TestPURL(t *testing.T) {
	for v, want := range map[PackageVersion]string{
		{"foobar", "12.3.1"}:             "pkg:npm/foobar@12.3.1",
		{"@angular/animation", "12.3.1"}: "pkg:npm/%40angular/animation@12.3.1",
		{"mypackage", ""}:                "pkg:npm/mypackage",
		{"a", "1.0.0-rc.1+build.5"}:      "pkg:npm/a@1.0.0-rc.1%2Bbuild.5",
		{"JSONStream", "1.0.0"}:          "pkg:npm/JSONStream@1.0.0",
		{"crazy!", "1.0.0"}:              "pkg:npm/crazy%21@1.0.0",
		{"a", "file:../x y?z#1"}:         "pkg:npm/a@file:..%2Fx%20y%3Fz%231",
		{"@s/a~b.c-d_e", "1.0.0"}:        "pkg:npm/%40s/a~b.c-d_e@1.0.0",
		{"not/scoped", "1"}:              "pkg:npm/not%2Fscoped@1",
		{"é", "1"}:                       "pkg:npm/%C3%A9@1",
		{"a@b", "1"}:                     "pkg:npm/a%40b@1",
		{"a", "1.0.0\n::error::"}:        "pkg:npm/a@1.0.0%0A::error::",
	} {
		if got := v.PURL(); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
