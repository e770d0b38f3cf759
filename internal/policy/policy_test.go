package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// digest is a SHA-512 that depends on a letter alone.
func digest(letter string) string { return "sha512-" + strings.Repeat(letter, 85) + "A==" }

func integrity(t *testing.T, text string) npm.Integrity {
	t.Helper()
	in, err := npm.ParseIntegrity(text)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func testRules() map[string]*detector.Rule {
	rules := make(map[string]*detector.Rule)
	for _, id := range []string{"behavior-chain", "install-script", "known-malware", "clone-of-known-malware", "integrity-mismatch", "install-steering"} {
		rules[id] = &detector.Rule{ID: id, Level: detector.Error}
	}
	for _, id := range []string{"signal-one", "signal-two", "signal-three"} {
		rules[id] = &detector.Rule{ID: id, Level: detector.Warning, Tags: []string{detector.TagSignal}}
	}
	return rules
}

// one is a report of one version, a@1.0.0 with the digest B, and its findings.
func one(t *testing.T, findings ...detector.Finding) *detector.Report {
	t.Helper()
	v := detector.Verdict{Lockfile: "package-lock.json", Kind: lockfile.KindRegistry, Complete: true,
		Subject: npm.PackageVersion{Name: "a", Version: "1.0.0"}, Integrity: integrity(t, digest("B")), Findings: findings}
	for i := range v.Findings {
		v.Findings[i].Subject = v.Subject
	}
	r := &detector.Report{Rules: testRules(), Versions: []detector.Verdict{v}}
	r.Versions[0].Outcome = detector.Decide(r.Rules, findings)
	return r
}

func found(rule string, level detector.Level) detector.Finding {
	return detector.Finding{RuleID: rule, Level: level, Confidence: detector.High, Message: rule + " says so",
		Evidence: []detector.Evidence{{Path: "index.js", Line: 3}}}
}

// TestAcceptVersion holds what an entry accepts of a version, and above all
// what it does not.
func TestAcceptVersion(t *testing.T) {
	fails := found("behavior-chain", detector.Error)
	warns := found("install-script", detector.Warning)
	for name, test := range map[string]struct {
		entry   string
		finding detector.Finding
		change  func(*detector.Verdict)
		want    bool
		notice  string // part of the notice of an entry that is too weak
	}{
		"warning by version":                 {entry: "version: 1.0.0", finding: warns, want: true},
		"warning by range":                   {entry: "version: ^1.0.0", finding: warns, want: true},
		"warning by integrity":               {entry: "integrity: " + digest("B"), finding: warns, want: true},
		"warning by rule":                    {entry: "version: 1.0.0, rule: install-script", finding: warns, want: true},
		"another rule":                       {entry: "version: 1.0.0, rule: behavior-chain", finding: warns},
		"another version":                    {entry: "version: 1.0.1", finding: warns},
		"another name":                       {entry: "version: 1.0.0", finding: warns, change: rename("b")},
		"another scope":                      {entry: "version: 1.0.0", finding: warns, change: rename("@x/a")},
		"beyond the range":                   {entry: "version: ^2.0.0", finding: warns},
		"error by version":                   {entry: "version: 1.0.0", finding: fails, notice: "only by an entry with the integrity"},
		"error by version and rule":          {entry: "version: 1.0.0, rule: behavior-chain", finding: fails, notice: "only by an entry with the integrity"},
		"error by integrity":                 {entry: "integrity: " + digest("B"), finding: fails, want: true},
		"error by integrity and version":     {entry: "version: 1.0.0, integrity: " + digest("B"), finding: fails, want: true},
		"error with one of two digests":      {entry: "integrity: '" + digest("C") + " " + digest("B") + "'", finding: fails, want: true},
		"error with other bytes":             {entry: "version: 1.0.0, integrity: " + digest("C"), finding: fails},
		"warning with other bytes":           {entry: "version: 1.0.0, integrity: " + digest("C"), finding: warns},
		"right bytes under another version":  {entry: "version: 1.0.1, integrity: " + digest("B"), finding: fails},
		"nothing was received":               {entry: "version: 1.0.0, integrity: " + digest("B"), finding: fails, change: noBytes},
		"nothing was received, for warnings": {entry: "version: 1.0.0, integrity: " + digest("B"), finding: warns, change: noBytes},
		"malware without its rule": {entry: "integrity: " + digest("B"), finding: found("known-malware", detector.Error),
			notice: "must name the rule known-malware"},
		"malware with its rule":        {entry: "rule: known-malware, integrity: " + digest("B"), finding: found("known-malware", detector.Error), want: true},
		"malware by version":           {entry: "rule: known-malware, version: 1.0.0", finding: found("known-malware", detector.Error), notice: "only by an entry with the integrity"},
		"a warning of malware":         {entry: "version: 1.0.0", finding: found("known-malware", detector.Warning), notice: "must name the rule"},
		"a clone without its rule":     {entry: "integrity: " + digest("B"), finding: found("clone-of-known-malware", detector.Error), notice: "must name the rule"},
		"a mismatch without its rule":  {entry: "integrity: " + digest("B"), finding: found("integrity-mismatch", detector.Error), notice: "must name the rule integrity-mismatch"},
		"a mismatch with its rule":     {entry: "rule: integrity-mismatch, integrity: " + digest("B"), finding: found("integrity-mismatch", detector.Error), want: true},
		"a mismatch, nothing received": {entry: "rule: integrity-mismatch, integrity: " + digest("B"), finding: found("integrity-mismatch", detector.Error), change: noBytes},
		"the name and version from git": {entry: "version: 1.0.0", finding: warns, change: func(v *detector.Verdict) { v.Kind = lockfile.KindGit },
			notice: "comes from no registry"},
		"the name and version from an address": {entry: "version: 1.0.0", finding: warns, change: func(v *detector.Verdict) { v.Kind = lockfile.KindURL },
			notice: "comes from no registry"},
		"the bytes from git": {entry: "integrity: " + digest("B"), finding: fails, change: func(v *detector.Verdict) { v.Kind = lockfile.KindGit }, want: true},
		"expired":            {entry: "version: 1.0.0, expires: 2026-06-14", finding: warns, notice: "expired on 2026-06-14"},
		"the last day":       {entry: "version: 1.0.0, expires: 2026-06-15", finding: warns, want: true},
		"another finding":    {entry: "version: 1.0.0, finding: " + strings.Repeat("a", 32), finding: warns},
	} {
		t.Run(name, func(t *testing.T) {
			r := one(t, test.finding)
			if test.change != nil {
				test.change(&r.Versions[0])
			}
			before := r.Versions[0].Outcome
			Apply(r, parse(t, "allow: [{package: a, reason: because, "+test.entry+"}]"), now, false)
			f := r.Versions[0].Findings[0]
			if (f.Accepted != nil) != test.want {
				t.Fatalf("accepted: %t", !test.want)
			}
			want := before
			if test.want {
				want = detector.Clean
				if f.Accepted.Reason != "because" {
					t.Errorf("reason %q", f.Accepted.Reason)
				}
			}
			if r.Versions[0].Outcome != want || r.Outcome() != want {
				t.Errorf("outcome %s, want %s", r.Outcome(), want)
			}
			notices := strings.Join(r.Notices, "\n")
			if test.notice == "" && notices != "" || !strings.Contains(notices, test.notice) {
				t.Errorf("notices %q, want %q", notices, test.notice)
			}
		})
	}
}

func rename(name string) func(*detector.Verdict) {
	return func(v *detector.Verdict) { v.Subject.Name = name }
}

func noBytes(v *detector.Verdict) { v.Integrity, v.Complete = nil, false }

// TestAcceptOneFinding: an entry with a fingerprint accepts that finding and not
// the next one of the same rule.
func TestAcceptOneFinding(t *testing.T) {
	other := found("install-script", detector.Warning)
	other.Evidence = []detector.Evidence{{Path: "other.js", Line: 1}}
	r := one(t, found("install-script", detector.Warning), other)
	print := r.Versions[0].Fingerprint(&r.Versions[0].Findings[0])
	Apply(r, parse(t, "allow: [{package: a, version: 1.0.0, reason: r, finding: "+print+"}]"), now, false)
	v := &r.Versions[0]
	if v.Findings[0].Accepted == nil || v.Findings[1].Accepted != nil || v.Outcome != detector.Warn {
		t.Errorf("%+v", v)
	}
}

// TestAcceptProject does the same for the project's own files.
func TestAcceptProject(t *testing.T) {
	steering := detector.Finding{RuleID: "install-steering", Level: detector.Warning, Confidence: detector.High,
		Location: detector.Location{Path: ".npmrc", Line: 2}, Message: `"registry" of .npmrc changes: to "one9.invalid"`}
	print := (&detector.ProjectVerdict{Lockfile: "package-lock.json"}).Fingerprint(&steering)
	for name, test := range map[string]struct {
		entry  string
		level  detector.Level
		change func(*detector.Finding)
		want   bool
	}{
		"by path and rule":               {entry: "path: .npmrc, rule: install-steering", level: detector.Warning, want: true},
		"another path":                   {entry: "path: web/.npmrc, rule: install-steering", level: detector.Warning},
		"the lockfile's path":            {entry: "path: package-lock.json, rule: install-steering", level: detector.Warning},
		"another rule":                   {entry: "path: .npmrc, rule: resolved-host", level: detector.Warning},
		"an error by path":               {entry: "path: .npmrc, rule: install-steering", level: detector.Error},
		"an error by fingerprint":        {entry: "path: .npmrc, rule: install-steering, finding: " + print, level: detector.Error, want: true},
		"an error of another message":    {entry: "path: .npmrc, rule: install-steering, finding: " + print, level: detector.Error, change: say(`"registry" of .npmrc changes: to "two9.invalid"`)},
		"an error of another number":     {entry: "path: .npmrc, rule: install-steering, finding: " + print, level: detector.Error, change: say(`"registry" of .npmrc changes: to "one8.invalid"`)},
		"a warning of another message":   {entry: "path: .npmrc, rule: install-steering, finding: " + print, level: detector.Warning, change: say("other")},
		"a package that has the name":    {entry: "package: npmrc, version: 1.0.0, rule: install-steering", level: detector.Warning},
		"an error on another line":       {entry: "path: .npmrc, rule: install-steering, finding: " + print, level: detector.Error, change: func(f *detector.Finding) { f.Location.Line = 9 }, want: true},
		"no location: the lockfile":      {entry: "path: package-lock.json, rule: install-steering", level: detector.Warning, change: func(f *detector.Finding) { f.Location = detector.Location{} }, want: true},
		"fingerprint of another verdict": {entry: "path: .npmrc, rule: install-steering, finding: " + strings.Repeat("a", 32), level: detector.Warning},
	} {
		f := steering
		f.Level = test.level
		if test.change != nil {
			test.change(&f)
		}
		r := &detector.Report{Rules: testRules(), Projects: []detector.ProjectVerdict{{Lockfile: "package-lock.json", Complete: true, Findings: []detector.Finding{f}}}}
		Apply(r, parse(t, "allow: [{reason: r, "+test.entry+"}]"), now, false)
		p := &r.Projects[0]
		if accepted := p.Findings[0].Accepted != nil; accepted != test.want || (p.Outcome == detector.Clean) != test.want {
			t.Errorf("%s: accepted: %t, outcome %s", name, accepted, p.Outcome)
		}
	}
}

func say(message string) func(*detector.Finding) {
	return func(f *detector.Finding) { f.Message = message }
}

// TestIncompleteStays: what could not be looked at is not accepted.
func TestIncompleteStays(t *testing.T) {
	r := one(t, found("install-script", detector.Warning))
	r.Versions[0].Complete, r.Versions[0].Reasons = false, []string{"a script could not be read"}
	Apply(r, parse(t, "allow: [{package: a, version: 1.0.0, reason: r}]"), now, false)
	if v := &r.Versions[0]; v.Status() != "inconclusive" || r.Complete() {
		t.Errorf("%s, complete: %t", v.Status(), r.Complete())
	}
}

// TestSignals: two signals warn; with one accepted the other is alone.
func TestSignals(t *testing.T) {
	two := func() *detector.Report {
		return one(t, found("signal-one", detector.Note), found("signal-two", detector.Note))
	}
	r := two()
	if Apply(r, config.Default(), now, true); r.Outcome() != detector.Warn || len(r.Notices) > 0 {
		t.Fatalf("%s, %q", r.Outcome(), r.Notices)
	}
	r = two()
	if Apply(r, parse(t, "allow: [{package: a, version: 1.0.0, reason: r, rule: signal-one}]"), now, true); r.Outcome() != detector.Clean {
		t.Error(r.Outcome())
	}
	// What is accepted does not hide what comes later.
	r = one(t, found("signal-one", detector.Note), found("signal-two", detector.Note), found("signal-three", detector.Note))
	if Apply(r, parse(t, "allow: [{package: a, version: 1.0.0, reason: r, rule: signal-one}]"), now, true); r.Outcome() != detector.Warn {
		t.Error(r.Outcome())
	}
}

func TestNotices(t *testing.T) {
	text := `fail-on: never
rules: {signal-one: off, signal-two: never}
allow:
  - {package: a, version: 1.0.0, reason: r}
  - {package: gone, version: 1.0.0, reason: r}
  - {path: yarn.lock, rule: install-steering, reason: r}
  - {path: web/.npmrc, rule: install-steering, reason: r}
  - {package: old, version: 1.0.0, reason: r, expires: 2026-01-31}
`
	whole := []string{
		".amalfi.yml switches rules off: signal-one.",
		"By .amalfi.yml the findings of these rules fail no job: signal-two.",
		"By .amalfi.yml findings fail no job where nothing else is asked for (fail-on: never).",
		`.amalfi.yml:8: the entry for "old@1.0.0" expired on 2026-01-31 and accepts nothing.`,
		`.amalfi.yml:5: the entry for "gone@1.0.0" matched nothing in this tree.`,
		`.amalfi.yml:6: the entry for "yarn.lock" matched nothing in this tree.`,
	}
	for full, want := range map[bool][]string{true: whole, false: whole[:4]} {
		r := one(t, found("install-script", detector.Warning))
		r.Notices = []string{"there before"}
		Apply(r, parse(t, text), now, full)
		if diff := cmp.Diff(append([]string{"there before"}, want...), r.Notices); diff != "" {
			t.Errorf("full: %t (-want +got):\n%s", full, diff)
		}
	}
	var many strings.Builder
	many.WriteString("allow:\n")
	for i := range 50 {
		fmt.Fprintf(&many, "  - {package: p%d, version: 1.0.0, reason: r}\n", i)
	}
	r := one(t)
	Apply(r, parse(t, many.String()), now, true)
	if len(r.Notices) != maxNotices+1 || r.Notices[maxNotices] != ".amalfi.yml: the same holds for 30 more entries." {
		t.Errorf("%d notices, the last %q", len(r.Notices), r.Notices[len(r.Notices)-1])
	}
}

func TestFails(t *testing.T) {
	warning, failure := found("install-script", detector.Warning), found("behavior-chain", detector.Error)
	note := found("install-script", detector.Note)
	one_, two_ := found("signal-one", detector.Note), found("signal-two", detector.Note)
	accepted := failure
	accepted.Accepted = &detector.Acceptance{Reason: "r"}
	cleared := warning
	cleared.Cleared = "it is in the source"
	type findings = []detector.Finding
	for name, test := range map[string]struct {
		findings findings
		config   string
		asked    config.Threshold
		want     bool
	}{
		"a warning by default":                             {findings{warning}, "", "", false},
		"an error by default":                              {findings{failure}, "", "", true},
		"a note":                                           {findings{note}, "", config.Warn, false},
		"a warning, warn asked for":                        {findings{warning}, "", config.Warn, true},
		"an error, never asked for":                        {findings{failure}, "", config.Never, false},
		"a warning, warn in the file":                      {findings{warning}, "fail-on: warn", "", true},
		"an error, never in the file":                      {findings{failure}, "fail-on: never", "", false},
		"what is asked for goes before the file":           {findings{warning}, "fail-on: warn", config.Block, false},
		"the same the other way round":                     {findings{failure}, "fail-on: never", config.Block, true},
		"a rule that never fails":                          {findings{failure}, "rules: {behavior-chain: never}", config.Warn, false},
		"a rule that never fails beside one that does":     {findings{failure, warning}, "rules: {behavior-chain: never}", config.Warn, true},
		"a rule that fails from a warning on":              {findings{warning}, "rules: {install-script: warn}", config.Never, true},
		"a rule that fails from an error on":               {findings{warning}, "rules: {install-script: block}", config.Warn, false},
		"a rule that fails on its error":                   {findings{failure}, "rules: {behavior-chain: block}", config.Never, true},
		"two signals":                                      {findings{one_, two_}, "", config.Warn, true},
		"two signals, one of which never fails":            {findings{one_, two_}, "rules: {signal-one: never}", config.Warn, false},
		"two signals of rules that fail from a warning on": {findings{one_, two_}, "rules: {signal-one: warn, signal-two: warn}", "", true},
		"accepted":   {findings{accepted}, "", config.Warn, false},
		"taken back": {findings{cleared}, "", config.Warn, false},
	} {
		r := one(t, test.findings...)
		r.Config = parse(t, test.config)
		if Fails(r, test.asked) != test.want {
			t.Errorf("%s: fails: %t", name, !test.want)
		}
		p := &detector.Report{Rules: r.Rules, Config: r.Config, Projects: []detector.ProjectVerdict{{Findings: test.findings}}}
		if Fails(p, test.asked) != test.want {
			t.Errorf("%s, in a project: fails: %t", name, !test.want)
		}
	}
	if !Fails(one(t, failure), "") {
		t.Error("a report without a configuration does not fail")
	}
}
