package classifier

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// maxShown is how many nodes of the tree and terms of a classifier Show prints.
const maxShown = 200

// Show explains a model to people: what it was trained on, how it did, the tree,
// and the strongest terms. escape makes texts of the file safe to print.
func (m *Model) Show(w io.Writer, escape func(string) string) error {
	var b strings.Builder
	p := &m.parameters
	fmt.Fprintf(&b, "trained on %d benign and %d malicious rows (corpus %s), %s\n", p.Corpus.Benign, p.Corpus.Malicious, escape(p.Corpus.Digest), escape(p.Date))
	fmt.Fprintf(&b, "%d features (%s)\n", len(p.Features.Names), escape(p.Features.Digest))
	for _, note := range p.Training.Notes {
		fmt.Fprintf(&b, "note: %s\n", escape(note))
	}
	if p.Metrics != nil {
		fmt.Fprintf(&b, "\n%s:\n", escape(p.Metrics.Method))
		for _, line := range []struct {
			name string
			Confusion
		}{{"decision tree", p.Metrics.Tree}, {"naive Bayes", p.Metrics.Bayes}, {"one-class SVM", p.Metrics.SVM}, {"any of them", p.Metrics.Any}} {
			fmt.Fprintf(&b, "  %-14s precision %5.1f %%, recall %5.1f %%, %d of %d benign rows flagged\n", line.name, 100*line.Precision(), 100*line.Recall(),
				line.FalsePositives, line.Benign())
		}
	}
	if p.Added == nil {
		p.Update.show(&b, "Updates, and what is compared with nothing", escape)
	} else {
		p.Update.show(&b, "Updates", escape)
		p.Added.show(&b, "What is compared with nothing", escape)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// show prints the classifiers of a part.
func (p *Part) show(b *strings.Builder, title string, escape func(string) string) {
	fmt.Fprintf(b, "\n%s: %d benign and %d malicious rows\n", title, p.Benign, p.Malicious)
	if t := p.Thresholds; t != nil {
		fmt.Fprintf(b, "flags above %s (decision tree), %s (naive Bayes), %s (one-class SVM)\n", number(t.Tree), number(t.Bayes), number(t.SVM))
	}
	fmt.Fprintf(b, "\nDecision tree (%s): %d nodes\n", p.Tree.Values, len(p.Tree.Nodes))
	p.Tree.show(b, escape)
	fmt.Fprintf(b, "\nNaive Bayes: log-odds of malware where a feature is new\n  %+8.3f  before anything is known\n", p.Bayes.Prior.odds())
	terms := slices.Clone(p.Bayes.Terms)
	slices.SortStableFunc(terms, func(x, y BayesTerm) int {
		return cmp.Compare(math.Abs(y.Present.odds()), math.Abs(x.Present.odds()))
	})
	for _, t := range terms[:min(len(terms), maxShown)] {
		fmt.Fprintf(b, "  %+8.3f  %s (%+.3f where it is not)\n", t.Present.odds(), escape(t.Feature), t.Absent.odds())
	}
	fmt.Fprintf(b, "\nOne-class SVM (%s): the sum of weight times value must not be below %.6g\n", p.SVM.Values, p.SVM.Offset)
	weights := slices.Clone(p.SVM.Terms)
	effect := func(t SVMTerm) float64 { return math.Abs(t.Weight / t.Scale) }
	slices.SortStableFunc(weights, func(x, y SVMTerm) int { return cmp.Compare(effect(y), effect(x)) })
	for _, t := range weights[:min(len(weights), maxShown)] {
		fmt.Fprintf(b, "  %+10.4g  %s (mean of benign rows %.4g)\n", t.Weight/t.Scale, escape(t.Feature), t.Mean)
	}
}

// show prints the nodes from the root on, those below a split indented.
func (t *Tree) show(b *strings.Builder, escape func(string) string) {
	type place struct {
		node, depth int
		edge        string
	}
	nodes := t.Nodes
	todo := []place{{0, 0, ""}}
	for shown := 0; len(todo) > 0; shown++ {
		if shown == maxShown {
			fmt.Fprintf(b, "  and more\n")
			return
		}
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		n := &nodes[at.node]
		fmt.Fprintf(b, "  %s%s%d malicious, %d benign", strings.Repeat("  ", at.depth), at.edge, n.Malicious, n.Benign)
		if n.Split == nil {
			fmt.Fprintf(b, ": %s", number(leafScore(n)))
			b.WriteByte('\n')
			continue
		}
		b.WriteByte('\n')
		name := escape(n.Split.Feature)
		todo = append(todo, place{n.Split.High, at.depth + 1, fmt.Sprintf("%s > %s: ", name, number(n.Split.Threshold))},
			place{n.Split.Low, at.depth + 1, fmt.Sprintf("%s ≤ %s: ", name, number(n.Split.Threshold))})
	}
}
