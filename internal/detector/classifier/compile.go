package classifier

import (
	"math"

	"github.com/amalfi-audit/audit/internal/feature"
)

// part is a Part that was checked.
type part struct {
	from       *Part
	tree       []node
	bayes      []bayesTerm
	svm        []svmTerm
	prior      float64 // log-odds
	thresholds [numClassifiers]float64
}

func compile(from *Part) (*part, error) {
	if !counts(from.Benign, from.Malicious) {
		return nil, broken("classifiers of %d benign and %d malicious rows", from.Benign, from.Malicious)
	}
	p := &part{from: from}
	for _, step := range []func() error{p.compileTree, p.compileBayes, p.compileSVM, p.compileThresholds} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// node is a Node whose feature was looked up.
type node struct {
	feature     int32 // -1 for a leaf
	low, high   int32
	unknownHigh bool
	threshold   float64
	score       float64
}

type bayesTerm struct {
	feature         int
	present, absent float64 // log-odds
}

type svmTerm struct {
	feature      int
	weight, mean float64 // for unscaled values
}

// lookup returns the place of a feature in a vector. Each term of a classifier
// has another one.
func lookup(name string, seen map[int]bool) (int, error) {
	i := feature.Index(name)
	if i < 0 {
		return 0, broken("%q is no feature", clip(name))
	}
	if seen != nil {
		if seen[i] {
			return 0, broken("%s has two terms", name)
		}
		seen[i] = true
	}
	return i, nil
}

func (s Values) valid() bool { return s == Numbers || s == Positive || s == Booleans || s == Absences }

// compileTree checks that the nodes are one tree: a node stands before its
// children, and each but the root is the child of one.
func (p *part) compileTree() error {
	t := &p.from.Tree
	n := len(t.Nodes)
	switch {
	case !t.Values.valid():
		return broken("the decision tree sees values as %q", clip(string(t.Values)))
	case n == 0:
		return broken("the decision tree has no nodes")
	case n > MaxNodes:
		return broken("the decision tree has %d nodes, more than %d", n, MaxNodes)
	}
	p.tree = make([]node, n)
	depth := make([]int, n) // 0 where no node leads to yet
	depth[0] = 1
	for i := range t.Nodes {
		from := &t.Nodes[i]
		if !counts(from.Benign, from.Malicious) || from.Benign+from.Malicious == 0 {
			return broken("node %d stands for %d benign and %d malicious rows", i, from.Benign, from.Malicious)
		}
		if depth[i] == 0 {
			return broken("nothing leads to node %d", i)
		}
		if depth[i] > MaxDepth+1 {
			return broken("node %d is more than %d levels deep", i, MaxDepth)
		}
		s := from.Split
		if s == nil {
			p.tree[i] = node{feature: -1, score: leafScore(from)}
			continue
		}
		for _, child := range []int{s.Low, s.High} {
			if child <= i || child >= n {
				return broken("node %d has node %d as a child", i, child)
			}
			if depth[child] != 0 {
				return broken("node %d is the child of two", child)
			}
			depth[child] = depth[i] + 1
		}
		low, high := &t.Nodes[s.Low], &t.Nodes[s.High]
		if !counts(low.Benign, low.Malicious, high.Benign, high.Malicious) ||
			low.Benign+high.Benign != from.Benign || low.Malicious+high.Malicious != from.Malicious {
			return broken("the children of node %d do not share its rows", i)
		}
		f, err := lookup(s.Feature, nil)
		if err != nil {
			return err
		}
		if !finite(s.Threshold) || math.Abs(s.Threshold) > MaxValue {
			return broken("node %d has the threshold %v", i, s.Threshold)
		}
		p.tree[i] = node{feature: int32(f), low: int32(s.Low), high: int32(s.High), unknownHigh: s.UnknownHigh, threshold: s.Threshold}
	}
	return nil
}

// leafScore is the probability of malware with Laplace's correction.
func leafScore(n *Node) float64 {
	return float64(n.Malicious+1) / float64(n.Benign+n.Malicious+2)
}

// compileBayes checks that what are probabilities add up.
func (p *part) compileBayes() error {
	b := &p.from.Bayes
	if len(b.Terms) == 0 || len(b.Terms) > len(feature.Table) {
		return broken("naive Bayes has %d terms", len(b.Terms))
	}
	if !complete(b.Prior.Benign, b.Prior.Benign) || !complete(b.Prior.Malicious, b.Prior.Malicious) ||
		!sums(b.Prior.Benign, b.Prior.Malicious) {
		return broken("the probabilities of the classes of naive Bayes are none")
	}
	p.prior = b.Prior.odds()
	seen := make(map[int]bool)
	for _, term := range b.Terms {
		f, err := lookup(term.Feature, seen)
		if err != nil {
			return err
		}
		for _, pair := range [][2]float64{{term.Present.Benign, term.Absent.Benign}, {term.Present.Malicious, term.Absent.Malicious}} {
			if !complete(pair[0], pair[1]) || !sums(pair[0], pair[1]) {
				return broken("the probabilities of %s of naive Bayes are none", term.Feature)
			}
		}
		p.bayes = append(p.bayes, bayesTerm{f, term.Present.odds(), term.Absent.odds()})
	}
	return nil
}

// complete tells whether two numbers are logarithms of probabilities that are
// not 0.
func complete(a, b float64) bool { return finite(a) && finite(b) && a <= 0 && b <= 0 }

// sums tells whether two logarithms are of probabilities that add up to one.
func sums(a, b float64) bool { return math.Abs(math.Exp(a)+math.Exp(b)-1) < 1e-9 }

func (p *part) compileSVM() error {
	s := &p.from.SVM
	if !s.Values.valid() {
		return broken("the SVM sees values as %q", clip(string(s.Values)))
	}
	if len(s.Terms) == 0 || len(s.Terms) > len(feature.Table) {
		return broken("the SVM has %d terms", len(s.Terms))
	}
	// Bounded, so that decisions are.
	const limit = 1e100
	if !finite(s.Offset) || math.Abs(s.Offset) > limit {
		return broken("the SVM has the offset %v", s.Offset)
	}
	seen := make(map[int]bool)
	for _, term := range s.Terms {
		f, err := lookup(term.Feature, seen)
		if err != nil {
			return err
		}
		weight := term.Weight / term.Scale
		if !finite(term.Scale) || term.Scale <= 0 || !finite(term.Weight) || math.Abs(term.Weight) > limit ||
			math.Abs(term.Mean) > MaxValue || !finite(term.Mean) || math.Abs(weight) > limit {
			return broken("the SVM has for %s the scale %v, the mean %v and the weight %v", term.Feature, term.Scale, term.Mean, term.Weight)
		}
		if term.Weight != 0 {
			p.svm = append(p.svm, svmTerm{f, weight, term.Mean})
		}
	}
	return nil
}

// compileThresholds checks that thresholds are numbers, and that neither the tree
// nor naive Bayes flags what it takes for benign.
func (p *part) compileThresholds() error {
	t := p.from.Thresholds
	if t == nil {
		t = &Natural
	}
	if !finite(t.Tree) || !finite(t.Bayes) || !finite(t.SVM) || t.Tree < Natural.Tree || t.Bayes < Natural.Bayes {
		return broken("the thresholds are %v, %v and %v", t.Tree, t.Bayes, t.SVM)
	}
	p.thresholds = [numClassifiers]float64{DecisionTree: t.Tree, NaiveBayes: t.Bayes, OneClassSVM: t.SVM}
	return nil
}
