package github

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/npm"
)

func version(name string, line int, outcome detector.Outcome, reasons []string, findings ...detector.Finding) detector.Verdict {
	return detector.Verdict{
		Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: line, Column: 5},
		Subject: npm.PackageVersion{Name: name, Version: "1.0.0"},
		Outcome: outcome, Complete: reasons == nil, Reasons: reasons, Findings: findings,
	}
}

func finding(rule string, level detector.Level, message string) detector.Finding {
	return detector.Finding{RuleID: rule, Level: level, Confidence: detector.High, Message: message}
}

// signals are rules whose findings warn together.
var signals = map[string]*detector.Rule{
	"a": {ID: "a", Tags: []string{detector.TagSignal}},
	"b": {ID: "b", Tags: []string{detector.TagSignal}},
}

func TestAnnotations(t *testing.T) {
	steering := finding("install-steering", detector.Warning, `"registry" of .npmrc changes`)
	steering.Location = detector.Location{Path: ".npmrc", Line: 3}
	note := finding("integrity-missing", detector.Note, "no integrity")
	note.Location = detector.Location{Path: "package-lock.json", Line: 9}
	r := &detector.Report{
		Rules:  signals,
		Unread: []detector.Unread{{Path: "a/yarn.lock", Line: 7, Reason: "a merge conflict is not resolved here"}, {Path: ".", Reason: "no lockfile was found"}},
		Projects: []detector.ProjectVerdict{
			{Lockfile: "package-lock.json", Outcome: detector.Warn, Complete: true, Findings: []detector.Finding{steering, note}},
			{Lockfile: "b/package-lock.json", Outcome: detector.Clean, Reasons: []string{"detector x: broken"}},
		},
		Versions: []detector.Verdict{
			version("clean", 10, detector.Clean, nil, finding("install-script", detector.Note, "has an install script")),
			version("warned", 30, detector.Warn, nil, finding("a", detector.Note, "first signal"), finding("b", detector.Note, "second signal")),
			version("unknown", 20, detector.Clean, []string{"the tarball: 503"}),
			version("blocked", 40, detector.Block, []string{"file.js: not parsed"},
				finding("install-command", detector.Error, "downloads and runs"), finding("native-binary", detector.Note, "has a binary")),
		},
	}
	want := []Annotation{
		{ErrorAnnotation, "package-lock.json", 40, "Amalfi Audit: block blocked@1.0.0", "downloads and runs [install-command]\nNot looked at completely: file.js: not parsed", ""},
		{WarningAnnotation, "", 0, "Amalfi Audit: not read", "no lockfile was found", ""},
		{WarningAnnotation, ".npmrc", 3, "Amalfi Audit: warn", `"registry" of .npmrc changes [install-steering]`, ""},
		{WarningAnnotation, "a/yarn.lock", 7, "Amalfi Audit: not read", "a merge conflict is not resolved here", ""},
		{WarningAnnotation, "b/package-lock.json", 0, "Amalfi Audit: inconclusive", "Not looked at completely: detector x: broken", ""},
		{WarningAnnotation, "package-lock.json", 20, "Amalfi Audit: inconclusive unknown@1.0.0", "Not looked at completely: the tarball: 503", ""},
		{WarningAnnotation, "package-lock.json", 30, "Amalfi Audit: warn warned@1.0.0", "first signal [a]\nsecond signal [b]", ""},
	}
	if diff := cmp.Diff(want, Annotations(r)); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// TestAnnotationsOfAccepted has findings that the project's owners accept, which
// are no remarks.
func TestAnnotationsOfAccepted(t *testing.T) {
	accepted := finding("a", detector.Warning, "accepted")
	accepted.Accepted = new(detector.Acceptance)
	r := &detector.Report{Rules: signals,
		Projects: []detector.ProjectVerdict{{Lockfile: "yarn.lock", Outcome: detector.Clean, Complete: true, Findings: []detector.Finding{accepted}}},
		Versions: []detector.Verdict{version("a", 3, detector.Warn, nil, accepted, finding("b", detector.Warning, "other"))}}
	want := []Annotation{{WarningAnnotation, "package-lock.json", 3, "Amalfi Audit: warn a@1.0.0", "other [b]", ""}}
	if diff := cmp.Diff(want, Annotations(r)); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// TestAnnotationsOfSignals has notes on a project that warn together.
func TestAnnotationsOfSignals(t *testing.T) {
	r := &detector.Report{Rules: signals, Projects: []detector.ProjectVerdict{{Lockfile: "yarn.lock", Outcome: detector.Warn, Complete: true,
		Findings: []detector.Finding{finding("a", detector.Note, "first"), finding("b", detector.Note, "second")}}}}
	want := []Annotation{{WarningAnnotation, "yarn.lock", 0, "Amalfi Audit: warn", "first [a]\nsecond [b]", ""}}
	if diff := cmp.Diff(want, Annotations(r)); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestWriteAnnotationsLimit(t *testing.T) {
	var all []Annotation
	for i := range 25 {
		level := ErrorAnnotation
		if i >= 13 {
			level = WarningAnnotation
		}
		all = append(all, Annotation{Level: level, Path: "package-lock.json", Line: i + 1, Title: "title", Message: fmt.Sprint("message ", i)})
	}
	var b bytes.Buffer
	if err := WriteAnnotations(&b, all); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	count := func(prefix string) (n int) {
		for _, l := range lines {
			if strings.HasPrefix(l, prefix) {
				n++
			}
		}
		return n
	}
	if count("::error ") != 10 || count("::warning ") != 10 || count("::notice ") != 1 || len(lines) != 21 {
		t.Errorf("lines:\n%s", b.String())
	}
	if last := lines[20]; !strings.Contains(last, "3 of level error and 2 of level warning") {
		t.Errorf("the last line is %q", last)
	}
	if want := "::error file=package-lock.json,line=1,title=title::message 0"; lines[0] != want {
		t.Errorf("the first line is %q, want %q", lines[0], want)
	}
}

// TestAnnotationsInjection has packages whose names and files try to be more
// than text in a workflow command.
func TestAnnotationsInjection(t *testing.T) {
	for _, text := range []string{
		"a\n::set-output name=outcome::clean", "a\r::error::x", "a::b", "a,line=1,title=b", "%0A::error::x", "%3A%3A", "a\u2028::error::b",
		"\x1b[2K\x1b[1A", "a\x00b", "\u202egpj.exe", "::stop-commands::x", "##[error]x", "a\xff\n::warning::b",
	} {
		v := version(text, 3, detector.Block, []string{text}, finding("rule", detector.Error, text))
		v.Location.Path = text
		var b bytes.Buffer
		if err := WriteAnnotations(&b, Annotations(&detector.Report{Versions: []detector.Verdict{v}})); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		if strings.Count(got, "\n") != 1 || strings.Contains(got, "\r") || !strings.HasPrefix(got, "::error file=") {
			t.Errorf("%q: not one command: %q", text, got)
		}
		// What the runner reads: properties up to the next "::", then the message.
		properties, message, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(got), "::error "), "::")
		if !ok || strings.Count(properties, "=") != 3+2*strings.Count(text, "=") || strings.Count(properties, ",") != 2 {
			t.Errorf("%q: properties %q", text, properties)
		}
		for _, c := range []string{"\x1b", "\x00", "\u202e", "\u2028", "\xff"} {
			if strings.Contains(properties+message, c) {
				t.Errorf("%q: %q is left in %q", text, c, got)
			}
		}
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{
		"short":          "short",
		"exactly10!":     "exactly10!",
		"more than that": "more t …",
		"äöüäöüä":        "äöü …",
	} {
		if got := clip(text, 10); got != want {
			t.Errorf("clip(%q) = %q, want %q", text, got, want)
		}
	}
}
