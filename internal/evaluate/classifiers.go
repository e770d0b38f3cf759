package evaluate

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/training"
)

// Classifiers prints how well the classifiers did on rows that they had not
// seen, with the paper's figures beside ours. held are families that took no part
// in any tuning; their recall is told apart.
func Classifiers(w io.Writer, title string, e *training.Evaluation, held []string, escape func(string) string) error {
	fmt.Fprintf(w, "%s: %d malicious rows, %d benign ones\n\n", title, e.Malicious, e.Benign)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "classifier\tprecision\trecall\tF1\tfalse alarms\tTP\tFP\tTN\tFN\tpaper: precision\trecall")
	line := func(name string, c classifier.Confusion) {
		published := "\t"
		if p, ok := paper[name]; ok {
			published = fmt.Sprintf("%.1f %%\t%.1f %%", p[0], p[1])
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", name, percent(c.Precision()), percent(c.Recall()), percent(c.F1()),
			percent(ratio(c.FalsePositives, e.Benign)), c.TruePositives, c.FalsePositives, c.TrueNegatives, c.FalseNegatives, published)
	}
	for _, c := range classifier.Classifiers() {
		line(c.Rule().ID, e.Classifiers[c].Confusion)
	}
	line("any of them", e.Any.Confusion)
	fmt.Fprintln(t)
	fmt.Fprint(t, "precision at recall")
	for _, r := range training.Recalls() {
		fmt.Fprintf(t, "\t%.0f %%", 100*r)
	}
	fmt.Fprintln(t)
	curve := func(name string, m *training.Measured) {
		fmt.Fprint(t, name)
		for _, p := range m.AtRecalls {
			fmt.Fprintf(t, "\t%s", percent(p.Precision))
		}
		fmt.Fprintln(t)
	}
	for _, c := range classifier.Classifiers() {
		curve(c.Rule().ID, &e.Classifiers[c])
	}
	curve("highest rank", &e.Any)
	fmt.Fprintln(t)
	fmt.Fprintln(t, "family\trows\tdecision-tree\tnaive-bayes\tone-class-svm\tany\t")
	var apart classifier.Confusion
	for _, f := range e.Families {
		note := ""
		if slices.Contains(held, f.Name) {
			note = "held out of tuning"
			apart.TruePositives += f.Any.TruePositives
			apart.FalseNegatives += f.Any.FalseNegatives
		}
		fmt.Fprintf(t, "%s\t%d%s\t%s\n", escape(f.Name), f.Any.Malicious(), recalls(&f), note)
	}
	if n := apart.Malicious(); n > 0 {
		fmt.Fprintf(t, "all that were held out of tuning\t%d\t\t\t\t%s\t\n", n, percent(apart.Recall()))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "by kind\tmalicious\tbenign\tdecision-tree\tnaive-bayes\tone-class-svm\tany\tfalse alarms")
	for _, k := range e.Kinds {
		fmt.Fprintf(t, "%s\t%d\t%d%s\t%s\n", k.Name, k.Any.Malicious(), k.Any.Benign(), recalls(&k), percent(ratio(k.Any.FalsePositives, k.Any.Benign())))
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "benign rows of\trows\tflagged\t")
	for _, s := range e.Sources {
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", escape(s.Name), s.Any.Benign(), s.Any.FalsePositives, percent(ratio(s.Any.FalsePositives, s.Any.Benign())))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d false alarms:\n", len(e.FalseAlarms)+e.More)
	for _, a := range e.FalseAlarms {
		fmt.Fprintf(w, "  %s (%s): %s\n", escape(a.Row.String()), escape(a.Row.Source), escape(strings.Join(a.Explanation.Texts(), "; ")))
	}
	if e.More > 0 {
		fmt.Fprintf(w, "  and %d more\n", e.More)
	}
	_, err := fmt.Fprintln(w)
	return err
}

// recalls are the cells of what was found, by classifier and by any.
func recalls(g *training.Group) string {
	var b strings.Builder
	for _, c := range append(g.Classifiers[:], g.Any) {
		b.WriteString("\t" + percent(c.Recall()))
	}
	return b.String()
}

// Days prints what a replay of days gave.
func Days(w io.Writer, r *training.Window, escape func(string) string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "day\ttrained on\tpredicted\tmalicious\tfound\tfalse alarms")
	for _, d := range r.Days {
		e := d.Evaluation
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\n", d.Date.Format("2006-01-02"), d.Benign+d.Malicious, e.Benign+e.Malicious, e.Malicious,
			e.Any.TruePositives, e.Any.FalsePositives)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d rows have no time and took no part\n\n", r.Undated)
	if r.Total == nil {
		return nil
	}
	return Classifiers(w, "All days", r.Total, nil, escape)
}
