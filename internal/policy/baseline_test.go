package policy

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// mixed is a report with all that a baseline has to do with.
func mixed(t *testing.T) *detector.Report {
	t.Helper()
	r := one(t, found("install-script", detector.Warning), found("behavior-chain", detector.Error), found("known-malware", detector.Error),
		found("signal-one", detector.Note))
	twice := r.Versions[0]
	twice.Lockfile = "web/package-lock.json"
	twice.Findings = slices.Clone(twice.Findings)
	signals := one(t, found("signal-one", detector.Note), found("signal-two", detector.Note)).Versions[0]
	signals.Subject = npm.PackageVersion{Name: "@acme/signals", Version: "0.1.0"}
	clean := one(t, found("signal-one", detector.Note)).Versions[0]
	clean.Subject.Name = "clean"
	absent := one(t, found("install-script", detector.Warning)).Versions[0]
	absent.Subject.Name, absent.Integrity = "absent", nil
	url := one(t, found("install-script", detector.Warning)).Versions[0]
	url.Subject, url.Kind = npm.PackageVersion{Name: "url"}, lockfile.KindURL
	odd := one(t, found("install-script", detector.Warning)).Versions[0]
	odd.Subject.Name = "o\nallow: [] # \u202e##[x]"
	odd.Findings[0].Message = "says \"1\n2\" \u202e ##[error]x"
	r.Versions = append(r.Versions, twice, signals, clean, absent, url, odd)
	r.Projects = []detector.ProjectVerdict{{Lockfile: "package-lock.json", Complete: true, Findings: []detector.Finding{
		{RuleID: "install-steering", Level: detector.Warning, Message: "m \"a\nb\"", Location: detector.Location{Path: "a \"b\n: c/.npmrc"}}}}}
	for i := range r.Versions {
		r.Versions[i].Outcome = detector.Decide(r.Rules, r.Versions[i].Findings)
	}
	return r
}

func write(t *testing.T, b *Baseline) string {
	t.Helper()
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestBaseline: with the baseline everything that can be bound is accepted, and
// nothing else.
func TestBaseline(t *testing.T) {
	r := mixed(t)
	Apply(r, config.Default(), now, true)
	b := NewBaseline(r, BaselineOptions{Reason: "as \"found\"\n# x", Expires: "2026-12-31"})
	if b.Errors() != 2 {
		t.Errorf("%d errors", b.Errors())
	}
	text := write(t, b)
	for _, c := range text {
		if c >= 0x7f || c < ' ' && c != '\n' {
			t.Fatalf("%q in the text", c)
		}
	}
	if strings.Contains(text, "##[") {
		t.Error("a line is a command for a CI system")
	}
	c := parse(t, "minimum-release-age: 0\n"+text)
	for _, e := range c.Allow {
		if e.Rule == "" || len(e.Integrity) == 0 && e.Finding == "" || e.Reason != "as \"found\"\n# x" || e.Expires != "2026-12-31" {
			t.Errorf("%+v", e)
		}
	}
	again := mixed(t)
	Apply(again, c, now, true)
	for _, v := range again.Versions {
		bound := v.Subject.Name != "absent" && !strings.HasPrefix(v.Subject.Name, "o")
		if (v.Outcome == detector.Clean) != bound {
			t.Errorf("%s is %s", v.Subject, v.Outcome)
		}
	}
	if again.Projects[0].Outcome != detector.Clean || len(again.Notices) > 0 {
		t.Errorf("project %s, notices %q", again.Projects[0].Outcome, again.Notices)
	}
	if !strings.Contains(text, "#   absent@1.0.0, warning: install-script says so [install-script]: there is no tarball that it could be bound to") {
		t.Error(text)
	}

	// Deterministic, in whatever order the verdicts come.
	reversed := mixed(t)
	slices.Reverse(reversed.Versions)
	Apply(reversed, config.Default(), now, true)
	if diff := cmp.Diff(text, write(t, NewBaseline(reversed, b.opt))); diff != "" {
		t.Errorf("another order (-want +got):\n%s", diff)
	}

	// What is accepted already is not proposed again.
	rest := write(t, NewBaseline(again, b.opt))
	if !strings.Contains(rest, "# Baseline: 0 entries") || strings.Contains(rest, "allow:\n") {
		t.Error(rest)
	}

	// Other bytes are not accepted.
	changed := mixed(t)
	for i := range changed.Versions {
		if changed.Versions[i].Integrity != nil {
			changed.Versions[i].Integrity = integrity(t, digest("Z"))
		}
	}
	Apply(changed, c, now, true)
	for _, v := range changed.Versions {
		if v.Subject.Name != "clean" && v.Outcome == detector.Clean {
			t.Errorf("%s is clean with other bytes", v.Subject)
		}
	}
}

// TestBaselineAppend: where the file has entries, further ones are items alone.
func TestBaselineAppend(t *testing.T) {
	const own = "allow:\n  - {package: b, version: 1.0.0, reason: r}\n"
	r := mixed(t)
	Apply(r, parse(t, own), now, true)
	text := write(t, NewBaseline(r, BaselineOptions{Reason: "r"}))
	if c := parse(t, own+text); len(c.Allow) < 5 || c.Allow[0].Package != "b" {
		t.Errorf("%+v", c.Allow)
	}
}
