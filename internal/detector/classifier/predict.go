package classifier

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amalfi-audit/audit/internal/feature"
)

// Classifier names one of the three.
type Classifier uint8

// The classifiers.
const (
	DecisionTree Classifier = iota
	NaiveBayes
	OneClassSVM
	numClassifiers
)

// String returns the name as the model file has it.
func (c Classifier) String() string { return [...]string{"decision_tree", "naive_bayes", "svm"}[c] }

// Classifiers are all of them.
func Classifiers() []Classifier { return []Classifier{DecisionTree, NaiveBayes, OneClassSVM} }

// Score is what one classifier says of a vector.
type Score struct {
	Flagged bool
	// Value is the more, the more suspicious: of the tree the share of malware
	// at the leaf with Laplace's correction, of naive Bayes the log-odds of
	// malware, of the SVM its decision with the sign turned. Values of
	// different classifiers cannot be compared.
	Value float64
}

// Prediction has the score of each Classifier.
type Prediction [numClassifiers]Score

// Flagged tells whether at least one classifier flags.
func (p Prediction) Flagged() bool {
	for _, s := range p {
		if s.Flagged {
			return true
		}
	}
	return false
}

// Predict scores a vector. The error, which wraps ErrFeatures, says that it is
// of another length than the model's. It allocates nothing.
func (m *Model) Predict(v feature.Vector) (Prediction, error) {
	if err := m.fits(v); err != nil {
		return Prediction{}, err
	}
	return m.of(v).predict(v), nil
}

// of returns the classifiers that judge a vector.
func (m *Model) of(v feature.Vector) *part {
	if v[updateType] == feature.FirstVersion {
		return m.added
	}
	return m.update
}

func (p *part) predict(v feature.Vector) Prediction {
	out := Prediction{DecisionTree: {Value: p.scoreTree(v)}, NaiveBayes: {Value: p.scoreBayes(v)}, OneClassSVM: {Value: p.scoreSVM(v)}}
	for c := range out {
		out[c].Flagged = out[c].Value > p.thresholds[c]
	}
	return out
}

// updateType is the place of what tells updates from first versions.
var updateType = feature.Index("update-type")

func (m *Model) fits(v feature.Vector) error {
	if n := len(m.parameters.Features.Names); len(v) != n {
		return fmt.Errorf("%w: a vector of %d values for a model of %d", ErrFeatures, len(v), n)
	}
	return nil
}

func (p *part) scoreTree(v feature.Vector) float64 {
	values := p.from.Tree.Values
	n := &p.tree[0]
	for n.feature >= 0 {
		n = &p.tree[n.next(values.Of(v[n.feature]))]
	}
	return n.score
}

// next returns the child that a value leads to.
func (n *node) next(x float64) int32 {
	if x > n.threshold || x != x && n.unknownHigh {
		return n.high
	}
	return n.low
}

func (p *part) scoreBayes(v feature.Vector) float64 {
	odds := p.prior
	for i := range p.bayes {
		odds += p.bayes[i].odds(v)
	}
	return odds
}

func (t *bayesTerm) odds(v feature.Vector) float64 {
	if v[t.feature] > 0 {
		return t.present
	}
	return t.absent
}

func (p *part) scoreSVM(v feature.Vector) float64 {
	values := p.from.SVM.Values
	sum := 0.0
	for i := range p.svm {
		t := &p.svm[i]
		// The conversion keeps a machine from fusing the steps, so that all
		// come to the same result.
		sum += float64(t.weight * t.value(values, v))
	}
	decision := sum - p.from.SVM.Offset
	return -decision
}

// value is a feature's value, or the mean where it is unknown.
func (t *svmTerm) value(values Values, v feature.Vector) float64 {
	x := values.Of(v[t.feature])
	if x != x {
		return t.mean
	}
	return x
}

// Explanation says why the classifiers said what they did. Features are named
// as in feature.Table: feature.Set has the places that count for each.
type Explanation struct {
	Prediction Prediction
	// Path is the way through the tree to the leaf, where Benign and Malicious
	// rows of the corpus came to. Values is how the tree sees values.
	Path              []Step
	Values            Values
	Benign, Malicious int
	// Bayes and SVM are what moved them most, what speaks for malware first;
	// see MaxContributions. What moved nothing is not among them.
	Bayes []Contribution
	SVM   []Contribution
}

// Step is one split of the decision tree.
type Step struct {
	Feature string
	// Value is as the tree sees it; NaN where unknown.
	Value     float64
	Threshold float64
	// High tells that the value was above the threshold, or was unknown and
	// treated alike.
	High bool
	// Benign and Malicious are the rows of the corpus that came to the split.
	Benign, Malicious int
}

// Contribution is what one feature added to a score.
type Contribution struct {
	Feature string
	// Value is as the classifier sees it, with 1 for what is added instead of
	// Absences; NaN where unknown.
	Value float64
	// Usual is the mean value of benign rows, for the SVM.
	Usual float64
	// Amount is what it added to Score.Value: of naive Bayes log-odds, of the
	// SVM in comparison with the mean of the benign rows. Positive ones speak
	// for malware.
	Amount float64
}

// MaxContributions bounds the contributions of a classifier: the largest by
// their size are kept.
const MaxContributions = 10

// Explain scores a vector as Predict does and says why.
func (m *Model) Explain(v feature.Vector) (*Explanation, error) {
	if err := m.fits(v); err != nil {
		return nil, err
	}
	p := m.of(v)
	e := &Explanation{Prediction: p.predict(v)}
	e.Values = p.from.Tree.Values
	e.Path, e.Benign, e.Malicious = p.path(v)
	names := m.parameters.Features.Names
	for i := range p.bayes {
		t := &p.bayes[i]
		e.Bayes = append(e.Bayes, Contribution{Feature: names[t.feature], Value: Booleans.Of(v[t.feature]), Amount: t.odds(v)})
	}
	values := p.from.SVM.Values
	for i := range p.svm {
		t := &p.svm[i]
		c := Contribution{names[t.feature], values.Of(v[t.feature]), t.mean, t.weight * (t.mean - t.value(values, v))}
		if values == Absences {
			c.Value, c.Usual = 1-c.Value, 1-c.Usual
		}
		e.SVM = append(e.SVM, c)
	}
	e.Bayes, e.SVM = largest(e.Bayes), largest(e.SVM)
	return e, nil
}

func (p *part) path(v feature.Vector) (steps []Step, benign, malicious int) {
	t := &p.from.Tree
	for i := int32(0); ; {
		n, from := &p.tree[i], &t.Nodes[i]
		if n.feature < 0 {
			return steps, from.Benign, from.Malicious
		}
		x := t.Values.Of(v[n.feature])
		i = n.next(x)
		steps = append(steps, Step{from.Split.Feature, x, n.threshold, i == n.high, from.Benign, from.Malicious})
	}
}

// largest keeps what moved most and sorts it, what speaks for malware first.
func largest(all []Contribution) []Contribution {
	all = slices.DeleteFunc(all, func(c Contribution) bool { return c.Amount == 0 })
	slices.SortStableFunc(all, func(a, b Contribution) int { return cmp.Compare(math.Abs(b.Amount), math.Abs(a.Amount)) })
	all = all[:min(len(all), MaxContributions)]
	slices.SortStableFunc(all, func(a, b Contribution) int { return cmp.Compare(b.Amount, a.Amount) })
	return all
}
