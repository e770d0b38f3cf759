package training

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/feature"
)

// Options say what is trained on and how. The zero value is what the paper's
// train_classifier does, but for the scaling of the SVM.
type Options struct {
	// Values is what the decision tree and the SVM see; the default is
	// classifier.Numbers. With classifier.Positive, which is what a step adds, the
	// SVM sees classifier.Absences. classifier.Booleans leaves out the Continuous
	// features. Naive Bayes always sees booleans.
	Values classifier.Values
	// Exclude names features that no classifier uses.
	Exclude []string
	// Balance drops benign rows, chosen by Seed, until there are as many as
	// malicious ones.
	Balance bool
	// LeaveOutFamilies and LeaveOutPackages name rows that are not used.
	LeaveOutFamilies []string
	LeaveOutPackages []string
	// Until, if not zero, leaves out what was published then or later and what
	// has no time.
	Until time.Time
	// Seed decides what is chosen by chance.
	Seed uint64

	// Nu bounds the share of benign rows that the SVM flags; 0 stands for
	// DefaultNu.
	Nu float64
	// Unscaled trains the SVM on values as they are. Otherwise those of each
	// feature are divided by the root of the mean of their squares in benign
	// rows, so that seconds do not outweigh everything else.
	Unscaled bool

	// FalseAlarms, where not 0, has the classifiers flag only above scores that at
	// most this share of benign updates, and of benign versions that are compared
	// with nothing, exceeded by one of them in a cross-validation within the rows
	// trained on. The paper's classifiers have no such bound.
	FalseAlarms float64
	// Handpicked are sources of benign rows that were chosen because they are hard.
	// They are trained on, and left out where FalseAlarms is a share.
	Handpicked []string

	// MinSplit is how many rows a node of the tree needs to be split, MinLeaf
	// how many have to come to each leaf, MaxDepth how many splits lead to a
	// leaf at most. 0 stands for 2, 1 and 64; MaxDepth is classifier.MaxDepth
	// at most.
	MinSplit int
	MinLeaf  int
	MaxDepth int
}

// Defaults of Options.
const (
	DefaultNu       = 0.001
	DefaultMinSplit = 2
	DefaultMinLeaf  = 1
	DefaultMaxDepth = 64
)

// Continuous returns the names of the features that booleans make no sense of.
func Continuous() []string { return []string{"entropy-average", "entropy-deviation", "time"} }

// normal puts in the defaults and checks.
func (o Options) normal() (Options, error) {
	if o.Values == "" {
		o.Values = classifier.Numbers
	}
	if o.Nu == 0 {
		o.Nu = DefaultNu
	}
	if o.MinSplit == 0 {
		o.MinSplit = DefaultMinSplit
	}
	if o.MinLeaf == 0 {
		o.MinLeaf = DefaultMinLeaf
	}
	if o.MaxDepth == 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	switch o.Values {
	case classifier.Numbers, classifier.Positive, classifier.Booleans:
	default:
		return o, fmt.Errorf("%q is no way to see values", o.Values)
	}
	if !(o.Nu > 0 && o.Nu <= 1) {
		return o, fmt.Errorf("nu is %v, but lies above 0 and is at most 1", o.Nu)
	}
	if !(o.FalseAlarms >= 0 && o.FalseAlarms < 1) {
		return o, fmt.Errorf("a share of false alarms of %v", o.FalseAlarms)
	}
	if o.MinSplit < 2 || o.MinLeaf < 1 || o.MaxDepth < 1 || o.MaxDepth > classifier.MaxDepth {
		return o, fmt.Errorf("a tree of at least %d rows to split, %d a leaf, and a depth of %d", o.MinSplit, o.MinLeaf, o.MaxDepth)
	}
	for _, name := range o.Exclude {
		if feature.Index(name) < 0 {
			return o, fmt.Errorf("%q is no feature to exclude", name)
		}
	}
	return o, nil
}

// features returns the places in a vector that a classifier uses.
func (o *Options) features(values classifier.Values) []int {
	var out []int
	for i := range feature.Table {
		name := feature.Table[i].Name
		if slices.Contains(o.Exclude, name) || values == classifier.Booleans && slices.Contains(Continuous(), name) {
			continue
		}
		out = append(out, i)
	}
	return out
}

// choose returns the rows to train on, in their order.
func (o *Options) choose(sorted []*Row) []*Row {
	rows := slices.DeleteFunc(slices.Clone(sorted), func(r *Row) bool {
		return r.Family != "" && slices.Contains(o.LeaveOutFamilies, r.Family) || slices.Contains(o.LeaveOutPackages, r.Package) ||
			!o.Until.IsZero() && (r.Published.IsZero() || !r.Published.Before(o.Until))
	})
	if o.Balance {
		rows = balance(rows, o.Seed)
	}
	return rows
}

// balance keeps as many benign rows as there are malicious ones.
func balance(rows []*Row, seed uint64) []*Row {
	benign, malicious := split(rows)
	if len(benign) <= len(malicious) {
		return rows
	}
	hashes := make(map[*Row][32]byte, len(benign))
	for _, r := range benign {
		hashes[r] = r.hash(seed)
	}
	slices.SortFunc(benign, func(a, b *Row) int {
		x, y := hashes[a], hashes[b]
		return bytes.Compare(x[:], y[:])
	})
	rows = append(benign[:len(malicious)], malicious...)
	slices.SortFunc(rows, compareRows)
	return rows
}

func split(rows []*Row) (benign, malicious []*Row) {
	for _, r := range rows {
		if r.Label == Malicious {
			malicious = append(malicious, r)
		} else {
			benign = append(benign, r)
		}
	}
	return benign, malicious
}

// Train trains the three classifiers. The date is the model's. Errors wrap
// ErrCorpus where the rows are broken and ErrTooFew where one class is missing
// or nothing tells the rows apart; others say what is wrong with the options.
func Train(rows []Row, o Options, date time.Time) (*classifier.Model, error) {
	sorted, err := canonical(rows)
	if err != nil {
		return nil, err
	}
	sum, err := digest(sorted)
	if err != nil {
		return nil, err
	}
	return train(sorted, o, date, sum)
}

// train trains on rows that canonical returned, with their digest.
func train(sorted []*Row, o Options, date time.Time, digest string) (*classifier.Model, error) {
	o, err := o.normal()
	if err != nil {
		return nil, err
	}
	used := o.choose(sorted)
	benign, malicious := split(used)
	switch {
	case len(used) == 0:
		return nil, fmt.Errorf("%w: there are none to train on", ErrTooFew)
	case len(benign) == 0:
		return nil, fmt.Errorf("%w: none to train on is benign", ErrTooFew)
	case len(malicious) == 0:
		return nil, fmt.Errorf("%w: none to train on is malicious", ErrTooFew)
	}
	p := classifier.Parameters{
		Schema:   classifier.Schema,
		Date:     date.UTC().Format(time.DateOnly),
		Features: classifier.Features{Digest: feature.Digest(), Names: feature.Header()},
		Corpus:   classifier.Corpus{Digest: digest, Benign: len(benign), Malicious: len(malicious)},
		Training: o.record(),
	}
	var notes []string
	if p.Update, notes, err = o.part(used); err != nil {
		return nil, err
	}
	p.Training.Notes = append(p.Training.Notes, notes...)
	if added := slices.DeleteFunc(slices.Clone(used), func(r *Row) bool { return !r.added() }); enough(added) {
		part, notes, err := o.part(added)
		if err != nil {
			return nil, err
		}
		p.Added = &part
		for _, note := range notes {
			p.Training.Notes = append(p.Training.Notes, note+" (what is compared with nothing)")
		}
	}
	if o.FalseAlarms > 0 {
		if err := calibrate(&p, used, o); err != nil {
			return nil, err
		}
	}
	return classifier.New(p)
}

// minAdded is how many rows of each label are enough for classifiers of what is
// compared with nothing.
const minAdded = 100

func enough(rows []*Row) bool {
	benign, malicious := split(rows)
	return len(benign) >= minAdded && len(malicious) >= minAdded
}

// part trains the three classifiers on rows of both labels.
func (o *Options) part(rows []*Row) (p classifier.Part, notes []string, err error) {
	benign, malicious := split(rows)
	p.Benign, p.Malicious = len(benign), len(malicious)
	features := o.features(o.Values)
	if len(features) == 0 || len(o.features(classifier.Booleans)) == 0 {
		return p, nil, fmt.Errorf("%w: all features are excluded", ErrTooFew)
	}
	m := newMatrix(rows, o.Values, features)
	if len(m.benign) == 1 {
		return p, nil, fmt.Errorf("%w: all have the same values", ErrTooFew)
	}
	p.Tree = trainTree(m, o)
	p.Bayes = trainBayes(rows, o.features(classifier.Booleans))
	forSVM := *o
	if o.Values != classifier.Numbers {
		// What is never negative lies on one side of the origin with everything
		// that benign rows do, and the SVM would flag nothing.
		forSVM.Values, features = classifier.Absences, o.features(classifier.Booleans)
	}
	var note string
	if p.SVM, note = trainSVM(newMatrix(benign, forSVM.Values, features), &forSVM); note != "" {
		notes = append(notes, note)
	}
	return p, notes, nil
}

// record is what the model says of the options.
func (o *Options) record() classifier.Training {
	t := classifier.Training{
		Seed: o.Seed, Nu: o.Nu, FalseAlarms: o.FalseAlarms, MinSplit: o.MinSplit, MinLeaf: o.MinLeaf, MaxDepth: o.MaxDepth, Balance: o.Balance,
		Exclude: sorted(o.Exclude), Handpicked: sorted(o.Handpicked), LeaveOutFamily: sorted(o.LeaveOutFamilies), LeaveOutPackage: sorted(o.LeaveOutPackages),
		Notes: []string{},
	}
	if !o.Until.IsZero() {
		t.Until = o.Until.UTC().Format(time.RFC3339)
	}
	return t
}

func sorted(names []string) []string {
	out := append([]string{}, names...)
	slices.Sort(out)
	return slices.Compact(out)
}

// trainBayes counts presence, with Laplace's correction.
func trainBayes(rows []*Row, features []int) classifier.Bayes {
	var total [2]int
	present := make([][2]int, len(features))
	for _, r := range rows {
		class := 0
		if r.Label == Malicious {
			class = 1
		}
		total[class]++
		for j, f := range features {
			if r.Vector[f] > 0 {
				present[j][class]++
			}
		}
	}
	share := func(n, of int) float64 { return round(math.Log(float64(n) / float64(of))) }
	logs := func(n [2]int) classifier.Logs {
		return classifier.Logs{Benign: share(n[0]+1, total[0]+2), Malicious: share(n[1]+1, total[1]+2)}
	}
	b := classifier.Bayes{Prior: classifier.Logs{Benign: share(total[0], len(rows)), Malicious: share(total[1], len(rows))}}
	for j, f := range features {
		b.Terms = append(b.Terms, classifier.BayesTerm{
			Feature: feature.Table[f].Name,
			Present: logs(present[j]),
			Absent:  logs([2]int{total[0] - present[j][0], total[1] - present[j][1]}),
		})
	}
	return b
}

// round keeps 12 decimals: machines differ in the last bits of a logarithm.
func round(x float64) float64 { return math.Round(x*1e12) / 1e12 }
