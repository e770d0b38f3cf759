package training

import (
	"slices"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// calibrationFolds is how many parts the rows are divided into to find
// thresholds.
const calibrationFolds = 5

// calibrate finds the scores above which classifiers flag (Options.FalseAlarms),
// from the scores that models of the other parts give to benign rows.
func calibrate(used []*Row, o Options) (*classifier.Thresholds, error) {
	share := o.FalseAlarms
	o.FalseAlarms, o.Balance, o.LeaveOutFamilies, o.LeaveOutPackages = 0, false, nil, nil // used already
	rows := make([]Row, len(used))
	for i, r := range used {
		rows[i] = *r
	}
	splits, err := KFold(rows, calibrationFolds, o.Seed)
	if err != nil {
		return nil, err
	}
	t, err := predictSplits(rows, splits, o)
	if err != nil {
		return nil, err
	}
	updates := feature.Index("update-type")
	find := func(added bool) classifier.Threshold {
		scores := make([][]float64, len(classifier.Classifiers()))
		for i, r := range t.rows {
			if r.Label == Benign && (r.Vector[updates] == feature.FirstVersion) == added {
				for c := range scores {
					scores[c] = append(scores[c], t.scores[i][c].Value)
				}
			}
		}
		above := func(c classifier.Classifier, natural float64) float64 {
			slices.Sort(scores[c])
			n := len(scores[c])
			if n == 0 {
				return natural
			}
			return max(natural, scores[c][n-1-int(share*float64(n))])
		}
		return classifier.Threshold{Tree: above(classifier.DecisionTree, classifier.Natural.Tree),
			Bayes: round(above(classifier.NaiveBayes, classifier.Natural.Bayes)), SVM: round(above(classifier.OneClassSVM, classifier.Natural.SVM))}
	}
	return &classifier.Thresholds{Update: find(false), Added: find(true)}, nil
}
