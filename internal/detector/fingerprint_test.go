package detector

import (
	"regexp"
	"testing"

	"github.com/amalfi-audit/audit/internal/npm"
)

func TestWithoutCounts(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"12 entries":                     "0 entries",
		"1 and 22 and 333":               "0 and 0 and 0",
		`3 from "host1.invalid", 4 more`: `0 from "host1.invalid", 0 more`,
		`from "10.0.0.1:80"`:             `from "10.0.0.1:80"`,
		`"a\"1" 1 "\\" 1 "2`:             `"a\"1" 0 "\\" 0 "2`,
		`"\`:                             `"\`,
		"v1.2":                           "v0.0",
	} {
		if got := withoutCounts(text); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
}

// TestFingerprint holds what a fingerprint covers: what an attacker could change
// under an acceptance is covered, what moves by itself is not.
func TestFingerprint(t *testing.T) {
	project := func(change func(*ProjectVerdict, *Finding)) string {
		p := &ProjectVerdict{Lockfile: "package-lock.json"}
		f := &Finding{RuleID: "resolved-host", Level: Warning, Message: `2 entries from "a1.invalid"`, Location: Location{Path: "package-lock.json", Line: 3}}
		change(p, f)
		return p.Fingerprint(f)
	}
	first := project(func(*ProjectVerdict, *Finding) {})
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(first) {
		t.Fatalf("fingerprint %q", first)
	}
	for name, test := range map[string]struct {
		change func(*ProjectVerdict, *Finding)
		same   bool
	}{
		"line":     {func(_ *ProjectVerdict, f *Finding) { f.Location.Line = 40 }, true},
		"count":    {func(_ *ProjectVerdict, f *Finding) { f.Message = `31 entries from "a1.invalid"` }, true},
		"host":     {func(_ *ProjectVerdict, f *Finding) { f.Message = `2 entries from "a2.invalid"` }, false},
		"rule":     {func(_ *ProjectVerdict, f *Finding) { f.RuleID = "x" }, false},
		"file":     {func(_ *ProjectVerdict, f *Finding) { f.Location.Path = ".npmrc" }, false},
		"lockfile": {func(p *ProjectVerdict, _ *Finding) { p.Lockfile = "web/package-lock.json" }, false},
	} {
		if got := project(test.change); (got == first) != test.same {
			t.Errorf("another %s: same fingerprint: %t", name, !test.same)
		}
	}

	v := &Verdict{Lockfile: "package-lock.json"}
	f := func(version, path string, line int) string {
		return v.Fingerprint(&Finding{RuleID: "r", Subject: npm.PackageVersion{Name: "a", Version: version}, Message: "m", Evidence: []Evidence{{Path: path, Line: line}}})
	}
	base := f("1.0.0", "a.js", 1)
	for _, other := range []string{f("1.0.1", "a.js", 1), f("1.0.0", "b.js", 1), f("1.0.0", "a.js", 2)} {
		if other == base {
			t.Error("two findings of versions with one fingerprint")
		}
	}
}

func TestAcceptedDecidesNothing(t *testing.T) {
	rules := map[string]*Rule{"s1": {ID: "s1", Tags: []string{TagSignal}}, "s2": {ID: "s2", Tags: []string{TagSignal}}}
	yes := &Acceptance{Reason: "r"}
	for name, test := range map[string]struct {
		findings []Finding
		want     Outcome
		deciding int
	}{
		"error":              {[]Finding{{Level: Error, Accepted: yes}}, Clean, 0},
		"error and warning":  {[]Finding{{Level: Error, Accepted: yes}, {Level: Warning}}, Warn, 1},
		"warning and error":  {[]Finding{{Level: Warning, Accepted: yes}, {Level: Error}}, Block, 1},
		"one of two signals": {[]Finding{{RuleID: "s1", Confidence: High, Accepted: yes}, {RuleID: "s2", Confidence: High}}, Clean, 0},
		"one of the errors":  {[]Finding{{Level: Error, Accepted: yes}, {Level: Error}}, Block, 1},
	} {
		outcome := Decide(rules, test.findings)
		if deciding := Deciding(rules, outcome, test.findings); outcome != test.want || len(deciding) != test.deciding {
			t.Errorf("%s: %s with %d findings", name, outcome, len(deciding))
		}
	}
}
