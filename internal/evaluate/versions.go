package evaluate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/training"
)

// Sample is a labelled version to judge.
type Sample struct {
	// File names the tarball, or the version in the registry.
	File  string
	Label training.Label
	// before is the tarball of the version before, "" for none.
	before string
	dir    fs.FS
	step   *training.Step
}

// Samples lists the tarballs of a folder: malicious/*.tgz and benign/*.tgz. A
// tarball NAME.tgz with a neighbour NAME.before.tgz is judged as that change.
func Samples(dir fs.FS) ([]Sample, error) {
	const suffix, beforeSuffix = ".tgz", ".before.tgz"
	var out []Sample
	for _, label := range []training.Label{training.Benign, training.Malicious} {
		entries, err := fs.ReadDir(dir, string(label))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sub, err := fs.Sub(dir, string(label))
		if err != nil {
			return nil, err
		}
		names := make(map[string]bool)
		for _, e := range entries {
			names[e.Name()] = !e.IsDir()
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			stem, ok := strings.CutSuffix(name, suffix)
			if !ok || !names[name] {
				continue
			}
			if of, ok := strings.CutSuffix(name, beforeSuffix); ok {
				if !names[of+suffix] {
					return nil, fmt.Errorf("%w: %s/%s is the version before of nothing", ErrTable, label, name)
				}
				continue
			}
			s := Sample{File: path.Join(string(label), name), Label: label, dir: sub}
			if names[stem+beforeSuffix] {
				s.before = stem + beforeSuffix
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: there are no malicious/*.tgz and no benign/*.tgz", ErrTable)
	}
	return out, nil
}

// Steps makes samples of a list of versions in the registry.
func Steps(steps []training.Step) []Sample {
	var out []Sample
	for i := range steps {
		v := npm.PackageVersion{Name: steps[i].Package, Version: steps[i].Version}
		out = append(out, Sample{File: v.String(), Label: steps[i].Label, step: &steps[i]})
	}
	return out
}

// Judged is what became of a sample.
type Judged struct {
	File    string           `json:"file"`
	Label   training.Label   `json:"label"`
	Outcome detector.Outcome `json:"outcome"`
	// Without is what the outcome were without the classifiers.
	Without detector.Outcome `json:"withoutClassifiers"`
	// Complete tells whether everything could be looked at; Reasons why not.
	Complete bool     `json:"complete"`
	Reasons  []string `json:"reasons"`
	// Classifiers are the rules of the classifiers that flag, Rules those of all
	// findings, notes among them.
	Classifiers []string `json:"classifiers"`
	Rules       []string `json:"rules"`
	// Why are the messages of the findings that decide.
	Why     []string `json:"why"`
	Seconds float64  `json:"seconds"`
}

// judging is how many samples are under way at once. Few, so that the seconds of
// one say something.
const judging = 2

// Judge runs the whole pipeline on samples, in their order. The auditor's
// Progress is called after each.
func Judge(ctx context.Context, a *audit.Auditor, samples []Sample) ([]Judged, error) {
	out := make([]Judged, len(samples))
	one := *a
	one.Progress = nil
	var done atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(judging)
	for i := range samples {
		g.Go(func() error {
			start := time.Now()
			r, err := samples[i].judge(ctx, &one)
			if err != nil {
				return fmt.Errorf("%s: %w", samples[i].File, err)
			}
			out[i] = judged(&samples[i], r)
			out[i].Seconds = time.Since(start).Round(time.Millisecond).Seconds()
			if a.Progress != nil {
				a.Progress(int(done.Add(1)), len(samples), npm.PackageVersion{Name: samples[i].File})
			}
			return nil
		})
	}
	return out, g.Wait()
}

func (s *Sample) judge(ctx context.Context, a *audit.Auditor) (*detector.Report, error) {
	if s.step != nil {
		return a.Package(ctx, npm.PackageVersion{Name: s.step.Package, Version: s.step.Version}, s.step.Before)
	}
	return a.Judge(ctx, s.dir, path.Base(s.File), s.before)
}

func judged(s *Sample, r *detector.Report) Judged {
	j := Judged{File: s.File, Label: s.Label, Outcome: r.Outcome(), Complete: r.Complete(),
		Reasons: []string{}, Classifiers: []string{}, Rules: []string{}, Why: []string{}}
	for i := range r.Projects {
		j.Without = max(j.Without, r.Projects[i].Outcome)
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		others := slices.DeleteFunc(slices.Clone(v.Findings), func(f detector.Finding) bool {
			return slices.Contains(r.Rules[f.RuleID].Tags, detector.TagClassifier)
		})
		j.Without = max(j.Without, detector.Decide(r.Rules, others))
		j.Reasons = append(j.Reasons, v.Reasons...)
		for _, f := range v.Findings {
			if !slices.Contains(j.Rules, f.RuleID) {
				j.Rules = append(j.Rules, f.RuleID)
			}
			if slices.Contains(r.Rules[f.RuleID].Tags, detector.TagClassifier) && !slices.Contains(j.Classifiers, f.RuleID) {
				j.Classifiers = append(j.Classifiers, f.RuleID)
			}
		}
		for _, f := range detector.Deciding(r.Rules, v.Outcome, v.Findings) {
			j.Why = append(j.Why, f.RuleID+": "+f.Message)
		}
	}
	slices.Sort(j.Rules)
	slices.Sort(j.Classifiers)
	return j
}

// paper has the published results of Amalfi's classifiers in cross-validation,
// precision and recall in percent (Sejfia and Schäfer, ICSE 2022).
var paper = map[string][2]float64{
	classifier.DecisionTree.Rule().ID: {98.2, 42.1},
	classifier.NaiveBayes.Rule().ID:   {89.5, 18.5},
	classifier.OneClassSVM.Rule().ID:  {97.7, 26.3},
}

// Table prints how well the pipeline did: by outcome and by classifier, then what
// was missed, what was a false alarm and what could not be looked at.
func Table(w io.Writer, all []Judged, escape func(string) string) error {
	count := make(map[training.Label]int)
	for _, j := range all {
		count[j.Label]++
	}
	fmt.Fprintf(w, "%d malicious, %d benign\n\n", count[training.Malicious], count[training.Benign])
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "flagged by\tmalicious\tbenign\tprecision\trecall\tF1\tfalse alarms\tpaper: precision\trecall")
	line := func(name string, flagged func(*Judged) bool) {
		var hit [2]int
		for i := range all {
			if flagged(&all[i]) {
				if all[i].Label == training.Malicious {
					hit[0]++
				} else {
					hit[1]++
				}
			}
		}
		c := classifier.Confusion{TruePositives: hit[0], FalsePositives: hit[1],
			FalseNegatives: count[training.Malicious] - hit[0], TrueNegatives: count[training.Benign] - hit[1]}
		published := "\t"
		if p, ok := paper[name]; ok {
			published = fmt.Sprintf("%.1f %%\t%.1f %%", p[0], p[1])
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", name, hit[0], hit[1], percent(c.Precision()), percent(c.Recall()), percent(c.F1()),
			percent(ratio(hit[1], count[training.Benign])), published)
	}
	for _, c := range classifier.Classifiers() {
		id := c.Rule().ID
		line(id, func(j *Judged) bool { return slices.Contains(j.Classifiers, id) })
	}
	line("any classifier", func(j *Judged) bool { return len(j.Classifiers) > 0 })
	line("blocked", func(j *Judged) bool { return j.Outcome == detector.Block })
	line("blocked or warned", func(j *Judged) bool { return j.Outcome != detector.Clean })
	line("the same without classifiers", func(j *Judged) bool { return j.Without != detector.Clean })
	if err := t.Flush(); err != nil {
		return err
	}
	list := func(title string, keep func(*Judged) bool, say func(*Judged) string) {
		first := true
		for i := range all {
			if !keep(&all[i]) {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s\n", title)
				first = false
			}
			fmt.Fprintf(w, "  %s  %s\n", escape(all[i].File), escape(say(&all[i])))
		}
	}
	list("Malicious, neither blocked nor warned:", func(j *Judged) bool { return j.Label == training.Malicious && j.Outcome == detector.Clean },
		func(j *Judged) string { return strings.Join(j.Rules, " ") })
	list("Benign, blocked or warned:", func(j *Judged) bool { return j.Label == training.Benign && j.Outcome != detector.Clean },
		func(j *Judged) string { return j.Outcome.String() + ": " + strings.Join(j.Why, "; ") })
	list("Not looked at completely:", func(j *Judged) bool { return !j.Complete },
		func(j *Judged) string { return strings.Join(j.Reasons, "; ") })
	return nil
}

func ratio(n, of int) float64 { return float64(n) / float64(max(of, 1)) }

func percent(x float64) string {
	if x != x {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*x)
}
