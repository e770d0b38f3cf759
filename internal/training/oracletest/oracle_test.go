package oracletest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/sjwhitworth/golearn/base"
	"github.com/sjwhitworth/golearn/filters"
	"github.com/sjwhitworth/golearn/naive"
	"github.com/sjwhitworth/golearn/trees"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/training"
)

var names = []string{"install-scripts", "network", "pii", "file-system"}

// sample makes rows that an install script together with a use of the network
// tells apart, with room between the classes. Numbers hardly ever repeat:
// golearn takes what is half way between two equal ones for a threshold, too,
// and then counts them on one side and predicts them on the other.
func sample(n int, seed uint64, booleans bool) []training.Row {
	r := rand.New(rand.NewPCG(seed, 1))
	var rows []training.Row
	for i := range n {
		row := training.Row{Package: fmt.Sprint("package-", i), Version: "1.0.0", Label: training.Benign, Vector: make(feature.Vector, len(feature.Table))}
		for _, name := range names {
			row.Vector[feature.Index(name)] = math.Round(r.Float64()*8e4) / 1e4
			if booleans {
				row.Vector[feature.Index(name)] = float64(r.IntN(2))
			}
		}
		install, network := &row.Vector[feature.Index("install-scripts")], &row.Vector[feature.Index("network")]
		if i%3 == 0 {
			row.Label = training.Malicious
			*install = max(1, *install)
			if !booleans {
				*install, *network = *install+12, *network+15
			}
		} else if booleans && *network == 1 {
			*install = 0
		}
		rows = append(rows, row)
	}
	return rows
}

// instances makes golearn's form of rows.
func instances(t *testing.T, rows []training.Row, like *base.DenseInstances) *base.DenseInstances {
	t.Helper()
	var text strings.Builder
	fmt.Fprintln(&text, strings.Join(names, ",")+",label")
	for _, r := range rows {
		for _, name := range names {
			fmt.Fprintf(&text, "%.4f,", r.Vector[feature.Index(name)])
		}
		fmt.Fprintln(&text, r.Label)
	}
	in := strings.NewReader(text.String())
	read := func() (*base.DenseInstances, error) { return base.ParseCSVToInstancesFromReader(in, true) }
	if like != nil {
		read = func() (*base.DenseInstances, error) {
			return base.ParseCSVToTemplatedInstancesFromReader(in, true, like)
		}
	}
	out, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func binary(t *testing.T, in base.FixedDataGrid) base.FixedDataGrid {
	t.Helper()
	b := filters.NewBinaryConvertFilter()
	for _, a := range base.NonClassAttributes(in) {
		b.AddAttribute(a)
	}
	if err := b.Train(); err != nil {
		t.Fatal(err)
	}
	return base.NewLazilyFilteredInstances(in, b)
}

// compare counts how often a classifier and predictions of golearn agree.
func compare(t *testing.T, c classifier.Classifier, m *classifier.Model, rows []training.Row, theirs base.FixedDataGrid) {
	t.Helper()
	differ, malicious := 0, 0
	for i, r := range rows {
		p, err := m.Predict(r.Vector)
		if err != nil {
			t.Fatal(err)
		}
		flagged := base.GetClass(theirs, i) == string(training.Malicious)
		if p[c].Flagged != flagged {
			differ++
		}
		if flagged {
			malicious++
		}
	}
	if differ > 0 || malicious == 0 || malicious == len(rows) {
		t.Errorf("%v: %d of %d predictions differ; golearn flags %d", c, differ, len(rows), malicious)
	}
}

func train(t *testing.T, rows []training.Row) *classifier.Model {
	t.Helper()
	var exclude []string
	for _, name := range feature.Header() {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") {
			exclude = append(exclude, name)
		}
	}
	m, err := training.Train(rows, training.Options{Exclude: exclude}, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTree(t *testing.T) {
	for seed := range uint64(5) {
		rows, other := sample(300, seed, false), sample(200, seed+100, false)
		known := instances(t, rows, nil)
		tree := trees.NewID3DecisionTree(0)
		if err := tree.Fit(known); err != nil {
			t.Fatal(err)
		}
		theirs, err := tree.Predict(instances(t, other, known))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, classifier.DecisionTree, train(t, rows), other, theirs)
	}
}

func TestBayes(t *testing.T) {
	for seed := range uint64(5) {
		rows, other := sample(3000, seed, true), sample(500, seed+100, true)
		known := instances(t, rows, nil)
		bayes := naive.NewBernoulliNBClassifier()
		if err := bayes.Fit(binary(t, known)); err != nil {
			t.Fatal(err)
		}
		theirs, err := bayes.Predict(binary(t, instances(t, other, known)))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, classifier.NaiveBayes, train(t, rows), other, theirs)
	}
}
