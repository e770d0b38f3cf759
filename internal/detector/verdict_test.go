package detector

import (
	"context"
	"errors"
	"testing"
)

func TestDecide(t *testing.T) {
	rules := map[string]*Rule{
		"s1": {ID: "s1", Tags: []string{TagSignal}}, "s2": {ID: "s2", Tags: []string{TagSignal}}, "n": {ID: "n", Tags: []string{"x"}},
		"c1": {ID: "c1", Tags: []string{TagSignal, TagClassifier}}, "c2": {ID: "c2", Tags: []string{TagSignal, TagClassifier}},
	}
	finding := func(rule string, level Level, c Confidence) Finding {
		return Finding{RuleID: rule, Level: level, Confidence: c}
	}
	cleared := func(f Finding) Finding { f.Cleared = "in the source"; return f }
	tests := []struct {
		name     string
		findings []Finding
		want     Outcome
		deciding int
	}{
		{"nothing", nil, Clean, 0},
		{"a note", []Finding{finding("n", Note, High)}, Clean, 0},
		{"one signal", []Finding{finding("s1", Note, High)}, Clean, 0},
		{"one signal twice", []Finding{finding("s1", Note, High), finding("s1", Note, High)}, Clean, 0},
		{"two signals", []Finding{finding("s1", Note, High), finding("n", Note, High), finding("s2", Note, Medium)}, Warn, 2},
		{"two classifiers", []Finding{finding("c1", Note, High), finding("c2", Note, High)}, Clean, 0},
		{"a classifier and another signal", []Finding{finding("c1", Note, High), finding("s1", Note, High)}, Warn, 2},
		{"a signal of low confidence", []Finding{finding("s1", Note, High), finding("s2", Note, Low)}, Clean, 0},
		{"a warning", []Finding{finding("n", Warning, High), finding("s1", Note, High)}, Warn, 1},
		{"a warning taken back", []Finding{cleared(finding("n", Warning, High))}, Clean, 0},
		{"a signal taken back", []Finding{cleared(finding("s1", Note, High)), finding("s2", Note, High)}, Clean, 0},
		{"a warning besides", []Finding{cleared(finding("n", Warning, High)), finding("s1", Warning, High)}, Warn, 1},
		{"an error among all", []Finding{finding("n", Warning, High), finding("n", Error, Low)}, Block, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Decide(rules, test.findings)
			if got != test.want {
				t.Errorf("outcome %s, want %s", got, test.want)
			}
			if n := len(Deciding(rules, got, test.findings)); n != test.deciding {
				t.Errorf("%d deciding findings, want %d", n, test.deciding)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		v    Verdict
		want string
	}{
		{Verdict{Outcome: Clean, Complete: true}, "clean"},
		{Verdict{Outcome: Clean}, "inconclusive"},
		{Verdict{Outcome: Warn}, "warn"},
		{Verdict{Outcome: Block}, "block"},
	} {
		if got := test.v.Status(); got != test.want {
			t.Errorf("status %s, want %s", got, test.want)
		}
	}
}

// TestRun: a detector that fails is named and does not stop the others, and a
// finding does not exceed its rule's level.
func TestRun(t *testing.T) {
	broken := errors.New("broken")
	detectors := []*Detector{
		{Rule: Rule{ID: "fails", Level: Error}, Version: func(context.Context, *Pass) error { return broken }},
		{Rule: Rule{ID: "reports", Level: Note}, Version: func(_ context.Context, p *Pass) error {
			p.Report(Finding{Level: Error, Message: "b"})
			p.Report(Finding{Level: Note, Message: "a", Evidence: make([]Evidence, 3*MaxEvidence)})
			return nil
		}},
		{Rule: Rule{ID: "source"}, Source: func(context.Context, *SourcePass) error { panic("not a version's") }},
		{Rule: Rule{ID: "project"}, Project: func(context.Context, *ProjectPass) error { panic("not a version's") }},
	}
	findings, err := Run(context.Background(), detectors, &Pass{After: &Version{}})
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if len(findings) != 2 || findings[0].Message != "a" || findings[1].Level != Note || findings[0].RuleID != "reports" {
		t.Errorf("findings %+v", findings)
	}
	if n := len(findings[0].Evidence); n != MaxEvidence {
		t.Errorf("%d pieces of evidence", n)
	}
}

func TestValidate(t *testing.T) {
	run := func(context.Context, *Pass) error { return nil }
	good := Detector{Rule: Rule{ID: "a-rule", Title: "t", Help: "h", Tags: []string{"x"}}, Version: run}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*Detector){
		"ID":       func(d *Detector) { d.Rule.ID = "A rule" },
		"title":    func(d *Detector) { d.Rule.Title = "" },
		"help":     func(d *Detector) { d.Rule.Help = "" },
		"tags":     func(d *Detector) { d.Rule.Tags = nil },
		"function": func(d *Detector) { d.Version = nil },
		"source":   func(d *Detector) { d.Source = func(context.Context, *SourcePass) error { return nil } },
		"both":     func(d *Detector) { d.Project = func(context.Context, *ProjectPass) error { return nil } },
	} {
		d := good
		change(&d)
		if d.Validate() == nil {
			t.Errorf("a detector without a proper %s is valid", name)
		}
	}
}
