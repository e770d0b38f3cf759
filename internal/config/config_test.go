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
		"privat: []":                    `.amalfi.yml:1: unknown key "privat"; did you mean "private"?`,
		"\nalow: []":                    `.amalfi.yml:2: unknown key "alow"; did you mean "allow"?`,
		"zzzzzzzzzz: []":                `:1: unknown key "zzzzzzzzzz"; known are allow, fail-on, ignore, intel-max-age, minimum-release-age, private, registries, rules`,
		"1: []":                         `:1: unknown key "1"`,
		"fail-on: error":                `:1: fail-on: "error" is none of block, warn, never`,
		"fail-on: off":                  `"off" is none of`,
		"fail-on: [warn]":               "is none of",
		"rules:\n  a: warn\n  b: on":    `:3: rules: "on" is none of off, never, warn, block`,
		"rules:\n  a: warn\n  a: off":   `:3: rules: a is there twice`,
		"rules: [a]":                    "rules with values are wanted",
		"rules: {A b: off}":             `"A b" is not the ID of a rule`,
		"rules: &r {a: off}\nallow: *r": "allow: a list of entries is wanted",
		"registries:\n  default: http://r.invalid/":            `:2: registries: "http://r.invalid/" is no address`,
		"registries: {'@acme': 'https://u:secret@r.invalid/'}": "must not have credentials",
		"registries: {'@acme': 'https://r.invalid/?a'}":        "is no address",
		"registries: {'@acme': 'https://r.invalid/a/../b'}":    ". or .. in its path",
		"registries: {acme: 'https://r.invalid/'}":             `"acme" is neither default nor a scope`,
		"registries: {'@acme/x': 'https://r.invalid/'}":        "is neither default nor a scope",
		"registries: {default: 1}":                             "is no address",
		"ignore: examples":                                     "a list of paths is wanted",
		"ignore:\n- a\n- ../b":                                 `:3: ignore: "../b" is no path below the project`,
		"ignore: [/a]":                                         "is no path below the project",
		"ignore: ['']":                                         "is no path below the project",
		"ignore: ['{a,b}']":                                    "have no meaning here",
		"ignore: ['!a']":                                       "have no meaning here",
		"ignore: ['a**']":                                      "has ** beside other characters",
		"ignore: ['**']":                                       "leaves out the whole project",
		"ignore: ['**/*']":                                     "leaves out the whole project",
		"ignore: ['*']":                                        "leaves out the whole project",
		"\nprivate: acme":                                      ":2: private: a list of names is wanted",
		"private: [[a]]":                                       "a list of names is wanted",
		"private:\n- ok\n- '*'":                                `"*" is neither a package name nor a scope`,
		"private: ['@acme*']":                                  `"@acme*" is neither`,
		"private: ['acme-*']":                                  `"acme-*" is neither`,
		"private: ['a/*']":                                     `"a/*" is neither`,
		"minimum-release-age: soon":                            `"soon" is no age`,
		"minimum-release-age: -3d":                             `"-3d" is no age`,
		"minimum-release-age: 99999d":                          `"99999d" is no age`,
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
	for _, seed := range []string{"private: ['@acme/*', b]", "minimum-release-age: 3d\nintel-max-age: 0", "&a [*a, *a]", "a: &x {b: *x}", "? [a]\n: b",
		"fail-on: warn\nrules: {a: off, b: never}\nregistries: {default: 'https://r.invalid/', '@acme': 'https://r.invalid/a'}",
		"ignore: ['examples/**', 'a/*/package-lock.json', '**/x?y']",
		"allow:\n- {package: a, version: ^1.0.0, reason: r, expires: 2030-12-31, rule: x}\n- {path: .npmrc, rule: x, reason: r, finding: 00000000000000000000000000000000}",
		"allow:\n- package: a\n  integrity: sha512-" + strings.Repeat("A", 86) + "==\n  reason: r",
	} {
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
		c.Ignored("examples/a/package-lock.json")
		for i := range c.Allow {
			e := &c.Allow[i]
			if e.Reason == "" || (e.Package == "") == (e.Path == "") || e.Package != "" && e.Version == "" && e.Integrity == nil {
				t.Fatalf("%+v", e)
			}
			if e.Expired(time.Time{}) && e.Expires == "" {
				t.Fatalf("%+v has expired", e)
			}
			e.MatchesVersion("1.2.3")
		}
		for _, address := range c.Registries() {
			if !strings.HasPrefix(address, "https://") || strings.Contains(address, "@") {
				t.Fatal(address)
			}
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
