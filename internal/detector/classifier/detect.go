package classifier

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
)

// rules are those of the classifiers, by Classifier.
var rules = [numClassifiers]detector.Rule{
	DecisionTree: {
		ID: "decision-tree", Title: "The decision tree flags the change", Level: detector.Note, Tags: []string{detector.TagClassifier, detector.TagSignal, detector.TagReversible},
		Help: `The step from the compared version to this one, as [features](features.md), comes to a leaf of the decision tree
to which more malicious than benign steps of the training corpus came (Amalfi's first classifier). The message has the way
through the tree, the evidence the places that count for it.

A classifier has seen examples and understands nothing: its flag is one signal, and a second one of another kind makes a
warning of it. The flags of several classifiers count as one.`,
	},
	NaiveBayes: {
		ID: "naive-bayes", Title: "Naive Bayes flags the change", Level: detector.Note, Tags: []string{detector.TagClassifier, detector.TagSignal, detector.TagReversible},
		Help: `What is new in this version is, feature by feature, more often new in malicious than in benign steps of the
training corpus (Amalfi's second classifier: Bernoulli naive Bayes). The message has the features that weigh most. See
[decision-tree](#decision-tree) for what a classifier's flag is worth.`,
	},
	OneClassSVM: {
		ID: "one-class-svm", Title: "The one-class SVM flags the change", Level: detector.Note, Tags: []string{detector.TagClassifier, detector.TagSignal, detector.TagReversible},
		Help: `The step is unlike nearly all benign ones of the training corpus (Amalfi's third classifier: a linear one-class
support vector machine, which has seen benign steps alone). The message has the features that weigh most; large releases
and bundles are unusual too. See [decision-tree](#decision-tree) for what a classifier's flag is worth.`,
	},
}

// Rule returns the rule of a classifier's flags.
func (c Classifier) Rule() *detector.Rule { return &rules[c] }

// Detectors are the three classifiers as detectors, with the model that load
// returns. Its error makes every verdict incomplete.
func Detectors(load func() (*Model, error)) []*detector.Detector {
	var out []*detector.Detector
	for _, c := range Classifiers() {
		out = append(out, &detector.Detector{Rule: rules[c], Version: func(_ context.Context, p *detector.Pass) error {
			m, err := load()
			if err != nil {
				return err
			}
			return m.judge(c, p)
		}})
	}
	return out
}

// judge reports what one classifier says of a pass.
func (m *Model) judge(c Classifier, p *detector.Pass) error {
	v := p.Vector()
	if v == nil {
		return nil
	}
	said, err := m.Predict(v)
	if err != nil || !said[c].Flagged {
		return err
	}
	e, err := m.Explain(v)
	if err != nil {
		return err
	}
	text, names := e.words(c)
	var old *feature.Set
	if p.Before != nil {
		old = p.Before.Features
	}
	p.Report(detector.Finding{Level: detector.Note, Confidence: detector.Medium, Message: text, Evidence: evidence(names, old, p.After.Features)})
	return nil
}

// maxNamed is how many features a message and the evidence name.
const maxNamed = 4

// words says why a classifier flags, and which features it goes by, the most
// telling first.
func (e *Explanation) words(c Classifier) (text string, names []string) {
	if c == DecisionTree {
		var steps []string
		for _, s := range e.Path {
			sign := "≤"
			if s.High {
				sign = ">"
				names = append(names, s.Feature)
			}
			steps = append(steps, fmt.Sprintf("%s %s %s", s.Feature, sign, number(s.Threshold)))
		}
		slices.Reverse(names) // the last split decides
		way := strings.Join(steps, ", ")
		if e.Values == Booleans {
			way = e.sides()
		}
		return fmt.Sprintf("the decision tree flags the change: %s; of the corpus %d malicious and %d benign steps went this way",
			way, e.Malicious, e.Benign), names
	}
	terms, who := e.Bayes, "naive Bayes"
	if c == OneClassSVM {
		terms, who = e.SVM, "the one-class SVM"
	}
	var parts []string
	for _, t := range terms {
		if t.Amount <= 0 || len(parts) == maxNamed {
			break
		}
		usual := ""
		if c == OneClassSVM {
			usual = ", in benign steps " + number(t.Usual)
		}
		parts = append(parts, fmt.Sprintf("%s (%s%s)", t.Feature, number(t.Value), usual))
		names = append(names, t.Feature)
	}
	if len(parts) == 0 {
		return who + " flags the change", nil
	}
	return who + " flags the change, above all by " + strings.Join(parts, ", "), names
}

// sides says which features of the way through a tree of booleans are new and which
// are not, in the order of the way.
func (e *Explanation) sides() string {
	var added, not []string
	for _, s := range e.Path {
		if s.Feature == feature.Table[updateType].Name {
			continue // everybody sees whether it is an update
		}
		if s.High {
			added = append(added, s.Feature)
		} else {
			not = append(not, s.Feature)
		}
	}
	var parts []string
	if len(added) > 0 {
		parts = append(parts, "it adds "+strings.Join(added, ", "))
	}
	if len(not) > 0 {
		parts = append(parts, "not "+strings.Join(not, ", "))
	}
	return strings.Join(parts, " and ")
}

// Texts are the reasons of the classifiers that flag.
func (e *Explanation) Texts() []string {
	var out []string
	for _, c := range Classifiers() {
		if e.Prediction[c].Flagged {
			text, _ := e.words(c)
			out = append(out, text)
		}
	}
	return out
}

// number writes a value in few characters.
func number(x float64) string {
	if math.IsNaN(x) {
		return "unknown"
	}
	return strconv.FormatFloat(x, 'g', 4, 64)
}

// perFeature is how many places of a feature are shown.
const perFeature = 3

// evidence are places that count for features: those whose file or detail the
// version before did not have, where there are any.
func evidence(names []string, old, set *feature.Set) []detector.Evidence {
	var out []detector.Evidence
	seen := make(map[string]bool)
	for _, name := range names {
		if seen[name] || len(seen) == maxNamed {
			continue
		}
		seen[name] = true
		had := make(map[string]bool)
		for f, o := range old.Occurrences(name) {
			had[f.Path+"\x00"+o.Detail] = true
		}
		n := 0
		for f, o := range set.Occurrences(name) {
			if had[f.Path+"\x00"+o.Detail] {
				continue
			}
			out = append(out, detector.Evidence{Path: f.Path, Line: o.Line, Column: o.Column, Snippet: o.Detail, Note: name})
			if n++; n == perFeature {
				break
			}
		}
	}
	if len(out) == 0 { // what is less than before has no place
		out = append(out, detector.Evidence{Path: "package.json", Note: "what counts is what the version before had and this one has not"})
	}
	return out
}
