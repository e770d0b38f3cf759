package training

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
)

// Evaluation says how well models did on rows that they were not trained on.
type Evaluation struct {
	// Benign and Malicious are the rows that were predicted.
	Benign, Malicious int
	// Classifiers are by classifier.Classifier.
	Classifiers [3]Measured
	// Any is of what at least one classifier flags. Its score is the highest of
	// the three ranks, a rank being the share of predicted rows to which the
	// classifier gave a lower score.
	Any Measured
	// Families are of the malicious rows, Sources of the benign ones, sorted by name;
	// what has none is under "". Kinds are the updates, and what is compared with
	// nothing.
	Families, Sources, Kinds []Group
	// FalseAlarms are benign rows that were flagged, in the order of a corpus:
	// the first MaxFalseAlarms. More is how many there are beyond.
	FalseAlarms []FalseAlarm
	More        int
}

// MaxFalseAlarms bounds the false alarms that are explained.
const MaxFalseAlarms = 1000

// Measured is how well one classifier did.
type Measured struct {
	classifier.Confusion
	// AtRecalls is the precision if the score that flags were chosen such that
	// a certain recall is reached, for each of Recalls. Scores of the models of
	// all splits are taken as one.
	AtRecalls []PrecisionAt
}

// PrecisionAt is a point of the precision-recall curve.
type PrecisionAt struct {
	// Wanted is the recall that was to be reached, Recall what was: rows of
	// equal score are flagged together.
	Wanted, Recall, Precision float64
	// Score is the lowest that is flagged.
	Score float64
}

// Recalls are those of Measured.AtRecalls.
func Recalls() []float64 { return []float64{0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1} }

// Group is what was flagged of some of the rows, by classifier.Classifier and by any of
// them.
type Group struct {
	Name        string
	Classifiers [3]classifier.Confusion
	Any         classifier.Confusion
}

// FalseAlarm is a benign row that was flagged.
type FalseAlarm struct {
	Row         *Row
	Explanation *classifier.Explanation
}

// Metrics returns what a model says of itself.
func (e *Evaluation) Metrics(method string) *classifier.Metrics {
	return &classifier.Metrics{
		Method: method,
		Tree:   e.Classifiers[classifier.DecisionTree].Confusion,
		Bayes:  e.Classifiers[classifier.NaiveBayes].Confusion,
		SVM:    e.Classifiers[classifier.OneClassSVM].Confusion,
		Any:    e.Any.Confusion,
	}
}

// Evaluate trains a model for each split and predicts its rows.
func Evaluate(rows []Row, splits []Split, o Options) (*Evaluation, error) {
	t, err := predictSplits(rows, splits, o)
	if err != nil {
		return nil, err
	}
	return t.evaluation()
}

// predictSplits trains a model for each split and collects what it says of the
// rows that it was not trained on.
func predictSplits(rows []Row, splits []Split, o Options) (*tally, error) {
	t := new(tally)
	for _, s := range splits {
		m, err := trainSplit(rows, s, o)
		if err != nil {
			return nil, err
		}
		for _, i := range s.Test {
			if _, err := t.predict(m, &rows[i]); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// trainSplit trains on a split's rows.
func trainSplit(rows []Row, s Split, o Options) (*classifier.Model, error) {
	known, err := canonical(pick(rows, s.Train))
	if err != nil {
		return nil, err
	}
	m, err := train(known, o, time.Time{}, undigested)
	if err != nil {
		return nil, fmt.Errorf("without %s: %w", s.Name, err)
	}
	return m, nil
}

// undigested stands in models that are not kept.
var undigested = strings.Repeat("0", 64)

func pick(rows []Row, places []int) []Row {
	out := make([]Row, len(places))
	for k, i := range places {
		out[k] = rows[i]
	}
	return out
}

// tally collects predictions.
type tally struct {
	rows   []*Row
	scores []classifier.Prediction
	alarms []alarm
}

// alarm is a benign row that a model flagged.
type alarm struct {
	row   *Row
	model *classifier.Model
}

// predict adds a row and tells whether it was flagged.
func (t *tally) predict(m *classifier.Model, r *Row) (bool, error) {
	p, err := m.Predict(r.Vector)
	if err != nil {
		return false, err
	}
	t.rows, t.scores = append(t.rows, r), append(t.scores, p)
	if r.Label == Benign && p.Flagged() {
		t.alarms = append(t.alarms, alarm{r, m})
	}
	return p.Flagged(), nil
}

func (t *tally) evaluation() (*Evaluation, error) {
	e := new(Evaluation)
	alarms := slices.SortedFunc(slices.Values(t.alarms), func(a, b alarm) int { return compareRows(a.row, b.row) })
	for i, a := range alarms {
		if i == MaxFalseAlarms {
			e.More = len(alarms) - i
			break
		}
		explanation, err := a.model.Explain(a.row.Vector)
		if err != nil {
			return nil, err
		}
		e.FalseAlarms = append(e.FalseAlarms, FalseAlarm{a.row, explanation})
	}
	combined := make([]classifier.Score, len(t.rows))
	for i, p := range t.scores {
		combined[i].Flagged = p.Flagged()
	}
	for _, c := range classifier.Classifiers() {
		scores := make([]classifier.Score, len(t.rows))
		for i := range scores {
			scores[i] = t.scores[i][c]
		}
		e.Classifiers[c] = t.measure(scores)
		for i, rank := range ranks(scores) {
			combined[i].Value = max(combined[i].Value, rank)
		}
	}
	e.Any = t.measure(combined)
	e.Benign, e.Malicious = e.Any.Benign(), e.Any.Malicious()
	e.Families = t.groups(func(r *Row) (string, bool) { return r.Family, r.Label == Malicious })
	e.Sources = t.groups(func(r *Row) (string, bool) { return r.Source, r.Label == Benign })
	kind := func(name string, added bool) []Group {
		return t.groups(func(r *Row) (string, bool) { return name, r.added() == added })
	}
	e.Kinds = append(kind("updates", false), kind("compared with nothing", true)...)
	return e, nil
}

// ranks returns for each score the share of lower ones.
func ranks(scores []classifier.Score) []float64 {
	sorted := make([]float64, len(scores))
	for i, s := range scores {
		sorted[i] = s.Value
	}
	slices.Sort(sorted)
	out := make([]float64, len(scores))
	for i, s := range scores {
		out[i] = float64(sort.SearchFloat64s(sorted, s.Value)) / float64(len(sorted))
	}
	return out
}

func (t *tally) measure(scores []classifier.Score) Measured {
	var m Measured
	for i, s := range scores {
		count(&m.Confusion, t.rows[i].Label, s.Flagged)
	}
	m.AtRecalls = t.curve(scores, m.Malicious())
	return m
}

func count(c *classifier.Confusion, label Label, flagged bool) {
	switch malicious := label == Malicious; {
	case malicious && flagged:
		c.TruePositives++
	case malicious:
		c.FalseNegatives++
	case flagged:
		c.FalsePositives++
	default:
		c.TrueNegatives++
	}
}

// curve returns the precision at each of Recalls.
func (t *tally) curve(scores []classifier.Score, malicious int) []PrecisionAt {
	if malicious == 0 {
		return nil
	}
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(scores[b].Value, scores[a].Value) })
	var out []PrecisionAt
	wanted := Recalls()
	found := 0
	for k, i := range order {
		if t.rows[i].Label == Malicious {
			found++
		}
		if k+1 < len(order) && scores[order[k+1]].Value == scores[i].Value {
			continue
		}
		recall := float64(found) / float64(malicious)
		for len(wanted) > 0 && recall >= wanted[0] {
			out = append(out, PrecisionAt{wanted[0], recall, float64(found) / float64(k+1), scores[i].Value})
			wanted = wanted[1:]
		}
	}
	return out
}

// groups counts the rows that name gives a group, by group.
func (t *tally) groups(name func(*Row) (string, bool)) []Group {
	byName := make(map[string]*Group)
	for i, r := range t.rows {
		of, ok := name(r)
		if !ok {
			continue
		}
		g := byName[of]
		if g == nil {
			g = &Group{Name: of}
			byName[of] = g
		}
		for c, s := range t.scores[i] {
			count(&g.Classifiers[c], r.Label, s.Flagged)
		}
		count(&g.Any, r.Label, t.scores[i].Flagged())
	}
	var out []Group
	for _, of := range slices.Sorted(maps.Keys(byName)) {
		out = append(out, *byName[of])
	}
	return out
}
