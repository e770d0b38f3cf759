package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/report"
	"github.com/amalfi-audit/audit/internal/training"
	"github.com/amalfi-audit/audit/internal/training/corpus"
)

// trainCmd makes corpora and models.
type trainCmd struct {
	Model    trainModelCmd    `cmd:"" default:"withargs" help:"Train a model on a corpus."`
	Pairs    trainPairsCmd    `cmd:"" help:"Choose versions of packages for a corpus."`
	Corpus   trainCorpusCmd   `cmd:"" help:"Make a corpus: the labelled vectors of a list of versions."`
	Tarballs trainTarballsCmd `cmd:"" help:"Write the simulated malware of a corpus as tarballs, for \"audit evaluate DIR\". It is inert."`
}

// trainPairsCmd chooses the versions of packages that a corpus is made of.
type trainPairsCmd struct {
	Names  string `arg:"" name:"NAMES.csv" help:"Lines of a package name and where it is from."`
	Label  string `help:"Label of all of them: ${enum}." enum:"benign,malicious" default:"benign"`
	Output string `help:"File for the list instead of standard output." short:"o" placeholder:"FILE"`
	registryOptions
}

func (c *trainPairsCmd) run(e *env) (int, error) {
	f, err := os.Open(c.Names)
	if err != nil {
		return 0, usage("%v", err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.FieldsPerRecord = 2
	names, err := in.ReadAll()
	if err != nil {
		return 0, usage("%s: %v", c.Names, err)
	}
	for _, line := range names {
		if err := npm.ValidateName(line[0]); err != nil {
			return 0, usage("%s: %v", c.Names, err)
		}
	}
	a, done, err := e.auditor(c.registryOptions, nil, projectSource{})
	if err != nil {
		return 0, err
	}
	defer done()
	chosen := make([][]training.Step, len(names))
	g, ctx := errgroup.WithContext(e.ctx)
	g.SetLimit(4)
	for i, line := range names {
		g.Go(func() error {
			p, err := a.Registry.Packument(ctx, line[0])
			if errors.Is(err, registry.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			chosen[i] = training.Choose(p, training.Label(c.Label), line[1])
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	missing := 0
	for _, steps := range chosen {
		if len(steps) == 0 {
			missing++
		}
	}
	fmt.Fprintf(e.stderr, "%d packages, of which %d have no version to choose\n", len(names), missing)
	return exitOK, e.output(c.Output, func(w io.Writer) error { return training.WriteList(w, slices.Concat(chosen...)) })
}

// trainCorpusCmd makes the rows of a corpus.
type trainCorpusCmd struct {
	List     string `arg:"" name:"LIST.csv" help:"Versions with what they are compared with and their label (see \"audit train pairs\")."`
	Simulate int    `help:"Add so many rows of simulated malware, written into versions of the list." placeholder:"N"`
	Seed     uint64 `help:"Which simulated malware." default:"1" placeholder:"N"`
	Output   string `help:"File for the corpus instead of standard output." short:"o" placeholder:"FILE"`
	registryOptions
}

// fresh is how many of ten simulated rows are new packages: in public reports
// takeovers are the rarer kind, but the ones that a bump brings in.
const fresh = 4

func (c *trainCorpusCmd) run(e *env) (int, error) {
	steps, err := readList(c.List)
	if err != nil {
		return 0, err
	}
	a, done, err := e.auditor(c.registryOptions, nil, projectSource{})
	if err != nil {
		return 0, err
	}
	defer done()
	finish := e.progress(a)
	defer finish()
	b := &corpus.Builder{Auditor: a}
	rows, skipped, err := b.Rows(e.ctx, steps)
	if err != nil {
		return 0, err
	}
	if c.Simulate > 0 {
		made := make([]training.Step, len(rows))
		for i, r := range rows {
			made[i] = training.Step{Package: r.Package, Version: r.Version, Label: r.Label}
		}
		more, left, err := b.Simulate(e.ctx, simulation(c.Simulate, c.Seed, made))
		if err != nil {
			return 0, err
		}
		rows, skipped = append(rows, more...), append(skipped, left...)
	}
	e.skipped(skipped)
	fmt.Fprintf(e.stderr, "%d rows, %d skipped\n", len(rows), len(skipped))
	return exitOK, e.output(c.Output, func(w io.Writer) error { return training.Write(w, rows) })
}

func (e *env) skipped(list []corpus.Skipped) {
	for _, s := range list {
		fmt.Fprintf(e.stderr, "audit: skipped: %s: %s\n", report.EscapeTerminal(s.Package+"@"+s.Version), report.EscapeTerminal(s.Reason))
	}
}

// simulation writes into the benign versions of a list, each once.
func simulation(count int, seed uint64, steps []training.Step) corpus.Simulation {
	s := corpus.Simulation{Count: count, Seed: seed, Fresh: fresh}
	seen := make(map[npm.PackageVersion]bool)
	for i := range steps {
		v := npm.PackageVersion{Name: steps[i].Package, Version: steps[i].Version}
		if steps[i].Label == training.Benign && !seen[v] {
			seen[v] = true
			s.Bases = append(s.Bases, v)
		}
	}
	return s
}

// trainTarballsCmd writes simulated malware.
type trainTarballsCmd struct {
	List     string `arg:"" name:"LIST.csv" help:"Versions that malicious changes are written into."`
	Folder   string `arg:"" name:"DIR" help:"Where malicious/*.tgz is made."`
	Simulate int    `help:"How many." default:"100" placeholder:"N"`
	Seed     uint64 `help:"Which." default:"1" placeholder:"N"`
	registryOptions
}

func (c *trainTarballsCmd) run(e *env) (int, error) {
	steps, err := readList(c.List)
	if err != nil {
		return 0, err
	}
	folder := filepath.Join(c.Folder, string(training.Malicious))
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 0, err
	}
	a, done, err := e.auditor(c.registryOptions, nil, projectSource{})
	if err != nil {
		return 0, err
	}
	defer done()
	finish := e.progress(a)
	defer finish()
	skipped, err := (&corpus.Builder{Auditor: a}).Tarballs(e.ctx, simulation(c.Simulate, c.Seed, steps), func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(folder, name), data, 0o666)
	})
	if err != nil {
		return 0, err
	}
	e.skipped(skipped)
	fmt.Fprintf(e.stderr, "%d made, %d skipped\n", c.Simulate-len(skipped), len(skipped))
	return exitOK, nil
}

// trainModelCmd trains a model.
type trainModelCmd struct {
	Corpus   string    `arg:"" name:"CORPUS.csv" help:"The labelled vectors."`
	Feedback []string  `help:"Further corpora, such as what triage found; their rows replace those of the same step." placeholder:"FILE"`
	Date     time.Time `help:"Date that the model bears." format:"2006-01-02" required:"" placeholder:"DATE"`
	Until    time.Time `help:"Leave out what was published from this day on, and what has no time." format:"2006-01-02" placeholder:"DATE"`
	Folds    int       `help:"Parts of the cross-validation whose result the model bears; 0 for none." default:"10"`
	Output   string    `help:"File for the model instead of standard output." short:"o" placeholder:"FILE"`
	trainOptions
}

// options are those of package training.
func (o *trainOptions) options() training.Options {
	return training.Options{Values: classifier.Values(o.Values), Exclude: o.Exclude, LeaveOutFamilies: o.LeaveOut,
		Balance: o.Balance, Nu: o.Nu, FalseAlarms: o.FalseAlarms, Handpicked: o.Handpicked, MinLeaf: o.MinLeaf, Seed: o.Seed}
}

func (c *trainModelCmd) run(e *env) (int, error) {
	rows, err := readCorpus(c.Corpus)
	if err != nil {
		return 0, err
	}
	for _, name := range c.Feedback {
		more, err := readCorpus(name)
		if err != nil {
			return 0, err
		}
		rows = training.Merge(rows, more)
	}
	o := c.options()
	o.Until = c.Until
	m, err := training.Train(rows, o, c.Date)
	if err != nil {
		return 0, usage("%v", err)
	}
	if c.Folds > 0 {
		folds, err := training.KFold(rows, c.Folds, c.Seed)
		if err != nil {
			return 0, usage("%v", err)
		}
		measured, err := training.Evaluate(rows, folds, o)
		if err != nil {
			return 0, usage("%v", err)
		}
		if m, err = m.WithMetrics(measured.Metrics(fmt.Sprintf("%d-fold cross-validation", c.Folds))); err != nil {
			return 0, err
		}
	}
	data, err := m.Encode()
	if err != nil {
		return 0, err
	}
	return exitOK, e.output(c.Output, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// readCorpus reads the rows of a file.
func readCorpus(name string) ([]training.Row, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	defer f.Close()
	rows, err := training.Read(f)
	if err != nil {
		return nil, usage("%s: %v", name, err)
	}
	return rows, nil
}
