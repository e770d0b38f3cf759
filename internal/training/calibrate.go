package training

import (
	"cmp"
	"slices"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// calibrationFolds is how many parts the rows are divided into to find
// thresholds.
const calibrationFolds = 5

// calibrate finds the scores above which classifiers flag (Options.FalseAlarms),
// from the scores that models of the other parts give to the rows.
func calibrate(p *classifier.Parameters, used []*Row, o Options) error {
	share := o.FalseAlarms
	o.FalseAlarms, o.Balance, o.LeaveOutFamilies, o.LeaveOutPackages = 0, false, nil, nil // used already
	rows := make([]Row, len(used))
	for i, r := range used {
		rows[i] = *r
	}
	splits, err := KFold(rows, calibrationFolds, o.Seed)
	if err != nil {
		return err
	}
	t, err := predictSplits(rows, splits, o)
	if err != nil {
		return err
	}
	var updates, added []classifier.Prediction
	for i, r := range t.rows {
		switch {
		case r.Label != Benign || slices.Contains(o.Handpicked, r.Source):
		case r.added() && p.Added != nil:
			added = append(added, t.scores[i])
		default:
			updates = append(updates, t.scores[i])
		}
	}
	p.Update.Thresholds = thresholds(updates, share)
	if p.Added != nil {
		p.Added.Thresholds = thresholds(added, share)
	}
	return nil
}

// thresholds returns the lowest scores, those of the same rank for each
// classifier, that at most a share of benign rows exceeds in one of them. The
// tree and naive Bayes flag nothing that they take for benign.
func thresholds(benign []classifier.Prediction, share float64) *classifier.Thresholds {
	best := classifier.Natural
	n := len(benign)
	if n == 0 {
		return &best
	}
	var scores [3][]float64
	for _, c := range classifier.Classifiers() {
		for _, p := range benign {
			scores[c] = append(scores[c], p[c].Value)
		}
		slices.SortFunc(scores[c], func(a, b float64) int { return cmp.Compare(b, a) })
	}
	for k := range n {
		at := classifier.Thresholds{
			Tree:  max(classifier.Natural.Tree, scores[classifier.DecisionTree][k]),
			Bayes: round(max(classifier.Natural.Bayes, scores[classifier.NaiveBayes][k])),
			SVM:   round(scores[classifier.OneClassSVM][k]),
		}
		flagged := 0
		for _, p := range benign {
			if p[classifier.DecisionTree].Value > at.Tree || p[classifier.NaiveBayes].Value > at.Bayes || p[classifier.OneClassSVM].Value > at.SVM {
				flagged++
			}
		}
		if float64(flagged) > share*float64(n) && k > 0 {
			break
		}
		best = at
	}
	return &best
}
