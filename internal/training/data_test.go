package training

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// corpusRows reads the corpus of the built-in model.
func corpusRows(t *testing.T) []Row {
	t.Helper()
	f, err := os.Open("data/corpus.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := Read(f)
	if err != nil {
		t.Fatalf("%v; the corpus and the model have to be made anew (data/README.md)", err)
	}
	return rows
}

// TestBuiltInModel holds that the built-in model is what the command of
// data/README.md makes of the corpus, byte for byte.
func TestBuiltInModel(t *testing.T) {
	rows := corpusRows(t)
	o := Options{Values: classifier.Booleans, FalseAlarms: 0.01, Handpicked: []string{"risky"}, MinLeaf: 6, Seed: 1}
	m, err := Train(rows, o, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	folds, err := KFold(rows, 10, o.Seed)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(rows, folds, o)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = m.WithMetrics(e.Metrics("10-fold cross-validation")); err != nil {
		t.Fatal(err)
	}
	made, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := classifier.Default()
	if err != nil {
		t.Fatal(err)
	}
	want, err := builtIn.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, want) {
		t.Error("the corpus makes another model than the built-in one: see data/README.md")
	}
}

// TestCalibration holds that few benign rows are flagged where few may be, by all
// classifiers together, and that neither the tree nor naive Bayes flags more with a
// bound than without.
func TestCalibration(t *testing.T) {
	rows := corpusRows(t)
	folds, err := KFold(rows, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, handpicked := range [][]string{nil, {"risky"}} {
		o := Options{Values: classifier.Booleans, FalseAlarms: 0.01, Handpicked: handpicked, MinLeaf: 6}
		bounded, err := Evaluate(rows, folds, o)
		if err != nil {
			t.Fatal(err)
		}
		o.FalseAlarms = 0
		natural, err := Evaluate(rows, folds, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []classifier.Classifier{classifier.DecisionTree, classifier.NaiveBayes} {
			b, n := bounded.Classifiers[c].Confusion, natural.Classifiers[c].Confusion
			if b.FalsePositives > n.FalsePositives || b.TruePositives > n.TruePositives {
				t.Errorf("%s flags more with a bound than without: %+v, %+v", c, b, n)
			}
		}
		flagged, all := 0, 0
		for _, s := range bounded.Sources {
			if !slices.Contains(handpicked, s.Name) {
				flagged, all = flagged+s.Any.FalsePositives, all+s.Any.FalsePositives+s.Any.TrueNegatives
			}
		}
		// Half as much again leaves room for packages unlike those trained on.
		if share := float64(flagged) / float64(all); share > 0.015 || share < 0.005 {
			t.Errorf("without %q, %d of %d benign rows are flagged", handpicked, flagged, all)
		}
	}
}

// TestGoal holds what the model is to do: found are at least 85 % of simulated
// malware of a family that was left out, and flagged at most 1 % of the benign steps
// that were chosen by chance.
func TestGoal(t *testing.T) {
	rows := corpusRows(t)
	families, err := LeaveOneFamilyOut(rows, 1)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(rows, families, Options{Values: classifier.Booleans, FalseAlarms: 0.01, Handpicked: []string{"risky"}, MinLeaf: 6, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	flagged, all := 0, 0
	for _, s := range e.Sources {
		if s.Name != "risky" {
			flagged, all = flagged+s.Any.FalsePositives, all+s.Any.FalsePositives+s.Any.TrueNegatives
		}
	}
	if share := float64(flagged) / float64(all); e.Any.Recall() < 0.85 || share > 0.01 || all < 4000 {
		t.Errorf("recall %.3f, %d of %d benign rows flagged", e.Any.Recall(), flagged, all)
	}
}
