package config

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	c, err := Parse([]byte("# ours\nprivate:\n  - '@acme/*'\n  - acme-tools\n  - '@other/one'\nminimum-release-age: 3 days\nintel-max-age: 12h\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.MinimumReleaseAge != 72*time.Hour || c.IntelMaxAge != 12*time.Hour {
		t.Errorf("ages %v and %v", c.MinimumReleaseAge, c.IntelMaxAge)
	}
	for name, want := range map[string]bool{
		"@acme/ui": true, "acme-tools": true, "@other/one": true,
		"@acme": false, "@acmeco/ui": false, "acme-tools-2": false, "@other/two": false, "": false,
	} {
		if c.Private(name) != want {
			t.Errorf("%q is private: %t", name, !want)
		}
	}
}

func TestParseEmpty(t *testing.T) {
	for _, text := range []string{"", "\n# nothing\n", "---\n", "null\n", "{}"} {
		c, err := Parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if c.IntelMaxAge != DefaultIntelMaxAge || c.MinimumReleaseAge != 0 || c.Private("a") {
			t.Errorf("%q gives %+v", text, c)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"privat: []":                  `:1: unknown key "privat"; known are intel-max-age, minimum-release-age, private`,
		"\nprivate: acme":             ":2: private: a list of names is wanted",
		"private: [[a]]":              "a list of names is wanted",
		"private:\n- ok\n- '*'":       `"*" is neither a package name nor a scope`,
		"private: ['@acme*']":         `"@acme*" is neither`,
		"private: ['acme-*']":         `"acme-*" is neither`,
		"private: ['a/*']":            `"a/*" is neither`,
		"minimum-release-age: soon":   `"soon" is no age`,
		"minimum-release-age: -3d":    `"-3d" is no age`,
		"minimum-release-age: 99999d": `"99999d" is no age`,
		"minimum-release-age: 3d\nprivate: []\nminimum-release-age: 4d": ":3: minimum-release-age is there twice",
		"- a":                          "keys and values are wanted",
		"a: b\n---\nc: d":              "more than one document",
		"{":                            "the configuration cannot be used",
		strings.Repeat("#", MaxSize+1): "more than 1048576 bytes",
	} {
		_, err := Parse([]byte(text))
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"private: ['@acme/*', b]", "minimum-release-age: 3d\nintel-max-age: 0", "&a [*a, *a]", "a: &x {b: *x}", "? [a]\n: b"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Fatal(err)
			}
			return
		}
		if c.MinimumReleaseAge < 0 || c.IntelMaxAge < 0 {
			t.Fatalf("%+v", c)
		}
		for _, name := range c.private {
			if !c.Private(strings.ReplaceAll(name, "*", "x")) {
				t.Fatalf("%q is not private", name)
			}
		}
	})
}
