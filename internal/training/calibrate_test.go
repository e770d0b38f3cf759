package training

import (
	"fmt"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// TestThresholds looks at the scores above which few benign rows are.
func TestThresholds(t *testing.T) {
	// Row i has the score i in the SVM, and a high one of the tree or of naive Bayes
	// where it is one of two.
	var benign []classifier.Prediction
	for i := range 100 {
		p := classifier.Prediction{{Value: 0.1}, {Value: -3}, {Value: float64(i)}}
		switch i {
		case 10:
			p[classifier.DecisionTree].Value = 0.9
		case 20:
			p[classifier.NaiveBayes].Value = 7
		}
		benign = append(benign, p)
	}
	for _, test := range []struct {
		share float64
		want  classifier.Thresholds
	}{
		// The highest scores: none is above.
		{0, classifier.Thresholds{Tree: 0.9, Bayes: 7, SVM: 99}},
		// The second highest, in each: three rows are above.
		{0.029, classifier.Thresholds{Tree: 0.9, Bayes: 7, SVM: 99}},
		{0.03, classifier.Thresholds{Tree: 0.5, Bayes: 0, SVM: 98}},
		// Neither the tree nor naive Bayes goes below what it takes for malware.
		{0.05, classifier.Thresholds{Tree: 0.5, Bayes: 0, SVM: 96}},
	} {
		got := thresholds(benign, test.share)
		flagged := 0
		for _, p := range benign {
			if p[0].Value > got.Tree || p[1].Value > got.Bayes || p[2].Value > got.SVM {
				flagged++
			}
		}
		if *got != test.want || float64(flagged) > 100*test.share {
			t.Errorf("a share of %v: %+v, which flags %d; want %+v", test.share, *got, flagged, test.want)
		}
	}
	if got := thresholds(nil, 0.1); *got != classifier.Natural {
		t.Errorf("of nothing: %+v", *got)
	}
}

// TestAddedPart holds that what is compared with nothing has classifiers of its own
// where there are enough rows, and none where there are not.
func TestAddedPart(t *testing.T) {
	var rows []Row
	for i := range 2 * minAdded {
		for _, update := range []float64{0, 3} {
			r := row(fmt.Sprint("package-", i), Benign, values{"update-type": update, "network": float64(i % 3)})
			if i%2 == 0 {
				r = row(r.Package, Malicious, values{"update-type": update, "pii": 1})
			}
			if update > 0 {
				r.Before = "0.9.0"
			}
			rows = append(rows, r)
		}
	}
	m := mustTrain(t, rows, Options{})
	p := m.Parameters()
	if p.Added == nil || p.Added.Benign != minAdded || p.Added.Malicious != minAdded || p.Update.Benign != 2*minAdded {
		t.Fatalf("the parts are %+v and %+v", p.Update.Benign, p.Added)
	}
	if few := mustTrain(t, rows[2:], Options{}).Parameters(); few.Added != nil {
		t.Errorf("%d and %d rows are enough", few.Added.Benign, few.Added.Malicious)
	}
}
