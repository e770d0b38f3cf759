package training

import (
	"bytes"
	"os"
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
	o := Options{Values: classifier.Positive, FalseAlarms: 0.003, MinLeaf: 4, Seed: 1}
	m, err := Train(rows, o, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
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

// TestCalibration holds that few benign rows are flagged where few may be, and
// that thresholds are never below the natural ones.
func TestCalibration(t *testing.T) {
	rows := corpusRows(t)
	folds, err := KFold(rows, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	bounded, err := Evaluate(rows, folds, Options{FalseAlarms: 0.003, MinLeaf: 4})
	if err != nil {
		t.Fatal(err)
	}
	natural, err := Evaluate(rows, folds, Options{MinLeaf: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range classifier.Classifiers() {
		b, n := bounded.Classifiers[c].Confusion, natural.Classifiers[c].Confusion
		if b.FalsePositives > n.FalsePositives || b.TruePositives > n.TruePositives {
			t.Errorf("%s flags more with a bound than without: %+v, %+v", c, b, n)
		}
		// Three times the bound leaves room for packages unlike those trained on.
		if share := float64(b.FalsePositives) / float64(b.FalsePositives+b.TrueNegatives); share > 0.009 {
			t.Errorf("%s flags %.4f of the benign rows", c, share)
		}
	}
}
