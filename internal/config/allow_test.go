package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

func parse(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// digest is the SHA-512 of nothing in particular.
func digest(letter string) string { return "sha512-" + strings.Repeat(letter, 85) + "A==" }

func TestAllow(t *testing.T) {
	c := parse(t, `allow:
  - package: "@acme/a"
    version: ^1.2.0
    rule: install-script
    reason: "  we wrote it  "
    expires: 2030-12-31
  - package: b
    integrity: `+digest("B")+" "+digest("C")+`
    reason: read
  - path: web/.npmrc
    rule: install-steering
    finding: 0123456789abcdef0123456789abcdef
    reason: our mirror
`)
	a, b, p := &c.Allow[0], &c.Allow[1], &c.Allow[2]
	if a.Package != "@acme/a" || a.Rule != "install-script" || a.Reason != "we wrote it" || a.Line != 2 || a.Subject() != "@acme/a@^1.2.0" {
		t.Errorf("%+v", a)
	}
	for version, want := range map[string]bool{"1.2.0": true, "1.9.9": true, "1.1.9": false, "2.0.0": false, "1.3.0-rc.1": false, "": false, "latest": false, "^1.2.0": false} {
		if a.MatchesVersion(version) != want {
			t.Errorf("^1.2.0 matches %q: %t", version, !want)
		}
	}
	in := func(text string) npm.Integrity {
		parsed, err := npm.ParseIntegrity(text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	if !b.MatchesIntegrity(in(digest("B"))) || !b.MatchesIntegrity(in(digest("C"))) || b.MatchesIntegrity(in(digest("D"))) ||
		b.MatchesIntegrity(nil) || a.MatchesIntegrity(in(digest("B"))) || a.MatchesIntegrity(nil) {
		t.Error("integrity")
	}
	if !b.MatchesVersion("7.0.0") {
		t.Error("an entry with integrity alone is about all versions that have it")
	}
	if p.Path != "web/.npmrc" || p.Finding != "0123456789abcdef0123456789abcdef" || p.Subject() != "web/.npmrc" {
		t.Errorf("%+v", p)
	}
	exact := parse(t, "allow: [{package: a, version: 1.0.0, reason: r}]").Allow[0]
	if !exact.MatchesVersion("1.0.0") || exact.MatchesVersion("1.0.0+b") || exact.MatchesVersion("1.0.1") {
		t.Error("an exact version is that version")
	}
}

// TestExpires: an entry holds through its last day, in UTC.
func TestExpires(t *testing.T) {
	e := parse(t, "allow: [{package: a, version: 1.0.0, reason: r, expires: 2026-02-28}]").Allow[0]
	for moment, want := range map[string]bool{
		"2026-02-28T23:59:59Z": false, "2026-03-01T00:00:00Z": true, "2026-01-01T00:00:00Z": false,
		"2026-03-01T01:30:00+02:00": false, "2026-02-28T23:00:00-05:00": true,
	} {
		now, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if e.Expired(now) != want {
			t.Errorf("expired at %s: %t", moment, !want)
		}
	}
	if forever := parse(t, "allow: [{package: a, version: 1.0.0, reason: r}]").Allow[0]; forever.Expired(time.Now()) {
		t.Error("an entry without end has expired")
	}
}

func TestAllowErrors(t *testing.T) {
	for text, want := range map[string]string{
		"allow: {a: b}": "a list of entries is wanted",
		"allow: [a]":    "keys with values are wanted",
		"allow:\n- package: a\n  version: 1.0.0\n  reson: r":                              `:4: allow: unknown key "reson"; did you mean "reason"?`,
		"allow: [{package: a, version: 1.0.0}]":                                           "an entry has a reason",
		"allow: [{package: a, version: 1.0.0, reason: ' '}]":                              "reason: a text of 1 to",
		"allow: [{package: a, version: 1.0.0, reason: ''}]":                               "reason: a text of 1 to",
		"allow: [{reason: r, version: 1.0.0}]":                                            "either package or path",
		"allow: [{package: a, path: b, version: 1.0.0, reason: r}]":                       "either package or path",
		"allow:\n- package: ok\n  version: 1.0.0\n  reason: r\n- package: a\n  reason: r": ":5: allow: an entry with a package has a version, an integrity or both",
		"allow: [{package: a, reason: r, version: '', rule: x}]":                          "is neither a version nor a range",
		"allow: [{package: a, reason: r, integrity: ''}]":                                 "a digest such as",
		"allow: [{package: a, reason: r, integrity: sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=}]":  "only sha512 digests",
		"allow: [{package: a, reason: r, integrity: sha512-AAAA}]":                        "integrity",
		"allow: [{package: a, reason: r, version: latest}]":                               "is neither a version nor a range",
		"allow: [{package: a, reason: r, version: 1.0}]":                                  "a number needs quotes",
		"allow: [{package: 'a*', reason: r, version: 1.0.0}]":                             "is no package name",
		"allow: [{package: a, reason: r, version: [1.0.0]}]":                              "version: a text is wanted",
		"allow: [{path: .npmrc, reason: r}]":                                              "names the rule",
		"allow: [{path: /etc/npmrc, reason: r, rule: x}]":                                 "is no path relative to the project",
		"allow: [{path: .npmrc, reason: r, rule: x, version: 1.0.0}]":                     "belong to a package",
		"allow: [{path: .npmrc, reason: r, rule: x, finding: abc}]":                       "is no fingerprint",
		"allow: [{package: a, version: 1.0.0, reason: r, rule: 'A b'}]":                   "is not the ID of a rule",
		"allow: [{package: a, version: 1.0.0, reason: r, expires: soon}]":                 "is no day such as",
		"allow: [{package: a, version: 1.0.0, reason: r, expires: 2026-02-30}]":           "is no day such as",
		"allow: [{package: a, version: 1.0.0, reason: r, reason: s}]":                     "reason is there twice",
		"allow: [&a {package: a, version: 1.0.0, reason: r}, *a]":                         "keys with values are wanted",
	} {
		_, err := Parse([]byte(text))
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestRules(t *testing.T) {
	c := parse(t, "fail-on: warn\nrules:\n  install-script: 'off'\n  recent-release: never\n  native-binary: off\n  unpublished: block\n")
	if c.FailOn != Warn || !c.Off("install-script") || !c.Off("native-binary") || c.Off("recent-release") || c.Off("unknown") {
		t.Errorf("%+v", c)
	}
	for id, want := range map[string]Threshold{"install-script": "", "recent-release": Never, "unpublished": Block, "unknown": ""} {
		if got := c.RuleFailOn(id); got != want {
			t.Errorf("%s fails on %q, want %q", id, got, want)
		}
	}
	if got := c.RulesOff(); !slices.Equal(got, []string{"install-script", "native-binary"}) {
		t.Error(got)
	}
	if got := c.RulesNever(); !slices.Equal(got, []string{"recent-release"}) {
		t.Error(got)
	}
}

func TestCheckRules(t *testing.T) {
	known := []string{"install-script", "known-malware", "unpublished"}
	for text, want := range map[string]string{
		"rules: {install-script: off}\nallow: [{package: a, version: 1.0.0, reason: r, rule: unpublished}, {package: a, version: 1.0.0, reason: r}]": "",
		"rules:\n  unpublished: warn\n  instal-script: off":                           `.amalfi.yml:3: unknown rule "instal-script"; did you mean "install-script"?`,
		"rules: {nothing-like-it: off}":                                               `:1: unknown rule "nothing-like-it"; known are install-script, known-malware, unpublished`,
		"allow:\n- package: a\n  version: 1.0.0\n  reason: r\n  rule: known-malwares": `:5: unknown rule "known-malwares"; did you mean "known-malware"?`,
	} {
		err := parse(t, text).CheckRules(known)
		switch {
		case want == "" && err != nil, want != "" && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestIgnored(t *testing.T) {
	for text, cases := range map[string]map[string]bool{
		"examples/**":                  {"examples": true, "examples/package-lock.json": true, "examples/a/b/yarn.lock": true, "package-lock.json": false, "my/examples/yarn.lock": false, "examples2/yarn.lock": false},
		"examples":                     {"examples": true, "examples/a/yarn.lock": true, "a/examples": false},
		"examples/":                    {"examples/a/yarn.lock": true, "example/yarn.lock": false},
		"fixtures/*/package-lock.json": {"fixtures/a/package-lock.json": true, "fixtures/a/b/package-lock.json": false, "fixtures/package-lock.json": false, "fixtures/a/yarn.lock": false},
		"**/testdata":                  {"testdata/yarn.lock": true, "a/b/testdata/yarn.lock": true, "a/testdata2/yarn.lock": false, "a/b": false},
		"a/**/b/*.lock":                {"a/b/x.lock": true, "a/1/2/b/x.lock": true, "a/1/b/2/x.lock": false, "b/x.lock": false},
		"**/a/**/b/**":                 {"a/b": true, "x/a/y/b/z": true, "x/b/a": false},
		"p?ckage-*.json":               {"package-lock.json": true, "pckage-lock.json": false, "x/package-lock.json": false},
		"*a*a*a*a*a*a*a*a*a*a*":        {strings.Repeat("a", 250): true, strings.Repeat("b", 250): false},
		"package-lock.json":            {"package-lock.json": true, "web/package-lock.json": false},
	} {
		c := parse(t, "ignore: ['"+text+"']")
		for path, want := range cases {
			if c.Ignored(path) != want {
				t.Errorf("%s covers %s: %t", text, path, !want)
			}
		}
	}
	if Default().Ignored("a") {
		t.Error("something is ignored by default")
	}
}

func TestRegistries(t *testing.T) {
	got := parse(t, "registries:\n  default: https://r.invalid\n  '@acme': https://r.invalid:8443/npm/acme/\n").Registries()
	if len(got) != 2 || got["default"] != "https://r.invalid/" || got["@acme"] != "https://r.invalid:8443/npm/acme/" {
		t.Error(got)
	}
	_, err := Parse([]byte("registries: {'@acme': 'https://user:hunter2@r.invalid/'}"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v repeats the password", err)
	}
}
