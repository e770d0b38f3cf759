package audit

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/registry"
)

const emptyLock = `{"name": "p", "lockfileVersion": 3, "packages": {"": {}}}`

func stateOf(t *testing.T, files map[string]string) *State {
	t.Helper()
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := ReadState("test", fsys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func configOf(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := config.Parse([]byte(text))
	if err == nil {
		err = c.CheckRules(RuleIDs())
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func auditorOf(t *testing.T, text string) *Auditor {
	return &Auditor{Config: new(registry.Config), Detectors: Detectors, Project: configOf(t, text), Now: time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)}
}

// TestIgnore: what is ignored is not audited and is counted, and what only
// looks like it is audited.
func TestIgnore(t *testing.T) {
	broken := "<<<<<<<\n"
	s := stateOf(t, map[string]string{
		"package.json": "{}", "package-lock.json": emptyLock,
		"examples/one/package.json": "{}", "examples/one/package-lock.json": emptyLock,
		"examples/two/yarn.lock": broken, "examples/three/package.json": `{"dependencies": {"a": "1"}}`,
		"my/examples/yarn.lock": broken,
	})
	r, err := auditorOf(t, "ignore: ['examples/**']").Tree(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Projects) != 1 || r.Projects[0].Lockfile != "package-lock.json" || len(r.Unread) != 1 || r.Unread[0].Path != "my/examples/yarn.lock" {
		t.Errorf("%+v", r)
	}
	if got := strings.Join(r.Notices, "\n"); !strings.Contains(got, "2 lockfiles are not audited: .amalfi.yml ignores them.") {
		t.Errorf("notices %q", got)
	}
	if len(s.Lockfiles) != 2 || len(s.Unread) != 2 {
		t.Error("the state itself was changed")
	}
	// With everything ignored nothing was audited, and that is not clean.
	r, err = auditorOf(t, "ignore: [package-lock.json, examples, my]").Tree(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete() {
		t.Error("an audit of nothing is complete")
	}
}

// TestIgnoreDiff: a lockfile that moves to where lockfiles are ignored leaves
// its manifest without one.
func TestIgnoreDiff(t *testing.T) {
	manifest := `{"dependencies": {"a": "1"}}`
	base := stateOf(t, map[string]string{"package.json": manifest, "package-lock.json": emptyLock})
	head := stateOf(t, map[string]string{"package.json": manifest, "examples/package-lock.json": emptyLock})
	r, err := auditorOf(t, "ignore: [examples]").Diff(context.Background(), base, head)
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete() || len(r.Unread) != 1 || r.Unread[0].Path != "package.json" {
		t.Errorf("%+v", r.Unread)
	}
}

// TestRulesOff: a rule that is off is not looked for, and the report says so.
func TestRulesOff(t *testing.T) {
	base := stateOf(t, map[string]string{"package.json": "{}", "package-lock.json": emptyLock})
	head := stateOf(t, map[string]string{"package.json": "{}", "package-lock.json": emptyLock, ".npmrc": "registry=https://other.invalid/\n"})
	for text, want := range map[string]detector.Outcome{
		"":                               detector.Warn,
		"rules: {install-steering: off}": detector.Clean,
		"allow: [{path: .npmrc, rule: install-steering, reason: r}]":                      detector.Clean,
		"allow: [{path: .npmrc, rule: install-steering, reason: r, expires: 2026-06-14}]": detector.Warn,
		"allow: [{path: package-lock.json, rule: install-steering, reason: r}]":           detector.Warn,
	} {
		r, err := auditorOf(t, text).Diff(context.Background(), base, head)
		if err != nil {
			t.Fatal(err)
		}
		off := strings.Contains(text, "off")
		if r.Outcome() != want || (r.Rules["install-steering"] == nil) != off ||
			strings.Contains(strings.Join(r.Notices, "\n"), "switches rules off: install-steering") != off {
			t.Errorf("%q: %s, notices %q", text, r.Outcome(), r.Notices)
		}
	}
}

// TestConfigOfTheChange: the audit says when a change edits the configuration.
func TestConfigOfTheChange(t *testing.T) {
	files := map[string]string{"package.json": "{}", "package-lock.json": emptyLock, ".amalfi.yml": "fail-on: warn\n"}
	base := stateOf(t, files)
	files[".amalfi.yml"] = "fail-on: never\n"
	head := stateOf(t, files)
	for edited, s := range map[bool]*State{true: head, false: base} {
		r, err := auditorOf(t, "fail-on: warn").Diff(context.Background(), base, s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.Join(r.Notices, "\n"), ".amalfi.yml differs between the two states") != edited {
			t.Errorf("edited: %t, notices %q", edited, r.Notices)
		}
	}
}
