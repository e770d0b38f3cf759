package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/amalfi-audit/audit/internal/evaluate"
	"github.com/amalfi-audit/audit/internal/report"
	"github.com/amalfi-audit/audit/internal/training"
	"github.com/amalfi-audit/audit/internal/training/simulate"
)

type evaluateCmd struct {
	Versions    evaluateVersionsCmd    `cmd:"" default:"withargs" help:"Judge labelled tarballs or versions by the whole pipeline."`
	Classifiers evaluateClassifiersCmd `cmd:"" help:"Cross-validate the classifiers on a corpus."`
	Window      evaluateWindowCmd      `cmd:"" help:"Replay days: train, predict the next day, learn from triage."`
	Clones      evaluateClonesCmd      `cmd:"" help:"Replay the paper's week with its clone detector."`
}

// evaluateVersionsCmd runs the pipeline on versions whose label is known.
type evaluateVersionsCmd struct {
	Path   string `arg:"" name:"DIR|LIST.csv" help:"A folder with malicious/*.tgz and benign/*.tgz (NAME.before.tgz is the version before NAME.tgz), or a list of versions in the registry (package,version,before,label,family,source)."`
	Format string `help:"Form of the result: ${enum}." enum:"text,json" default:"text"`
	Output string `help:"File for the result instead of standard output." short:"o" placeholder:"FILE"`
	modelOptions
	registryOptions
	intelOptions
}

func (c *evaluateVersionsCmd) run(e *env) (int, error) {
	info, err := os.Stat(c.Path)
	if err != nil {
		return 0, usage("no such file or folder: %s", c.Path)
	}
	var samples []evaluate.Sample
	project := projectSource{none: info.IsDir()}
	if info.IsDir() {
		dir, err := openDir(c.Path)
		if err != nil {
			return 0, err
		}
		if samples, err = evaluate.Samples(dir); err != nil {
			return 0, usage("%s: %v", c.Path, err)
		}
	} else {
		steps, err := readList(c.Path)
		if err != nil {
			return 0, err
		}
		samples = evaluate.Steps(steps)
	}
	a, done, err := e.auditor(c.registryOptions, &c.intelOptions, project)
	if err != nil {
		return 0, err
	}
	defer done()
	if err := c.use(a); err != nil {
		return 0, err
	}
	finish := e.progress(a)
	judged, err := evaluate.Judge(e.ctx, a, samples)
	finish()
	if err != nil {
		return 0, err
	}
	return exitOK, e.output(c.Output, func(w io.Writer) error {
		if c.Format == "json" {
			return report.WriteJSON(w, judged)
		}
		return evaluate.Table(w, judged, report.EscapeTerminal)
	})
}

// readList reads a list of versions.
func readList(name string) ([]training.Step, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	defer f.Close()
	steps, err := training.ReadList(f)
	if err != nil {
		return nil, usage("%s: %v", name, err)
	}
	return steps, nil
}

// trainOptions are the flags of every command that trains.
type trainOptions struct {
	Values      string   `help:"What the tree and the SVM see: ${enum}." enum:"numbers,positive,booleans" default:"numbers"`
	Exclude     []string `help:"Features that are not used." placeholder:"NAME"`
	LeaveOut    []string `help:"Families that are not used." placeholder:"FAMILY"`
	Balance     bool     `help:"Use as many benign rows as malicious ones."`
	Nu          float64  `help:"Share of benign rows that the SVM may flag." default:"0.001"`
	FalseAlarms float64  `help:"Share of benign steps that the classifiers together may flag; 0 for no bound, as in the paper." default:"0"`
	Handpicked  []string `help:"Sources of benign rows that are no fair share of what there is, and do not count for --false-alarms." placeholder:"SOURCE"`
	MinLeaf     int      `help:"Rows that each leaf of the tree must have." default:"1"`
	Seed        uint64   `help:"What chance decides." default:"1"`
}

// evaluateClassifiersCmd measures on rows that a model has not seen.
type evaluateClassifiersCmd struct {
	Corpus string `arg:"" name:"CORPUS.csv" help:"The labelled vectors."`
	Folds  int    `help:"Parts of the cross-validation." default:"10"`
	Output string `help:"File for the result instead of standard output." short:"o" placeholder:"FILE"`
	trainOptions
}

func (c *evaluateClassifiersCmd) run(e *env) (int, error) {
	rows, err := readCorpus(c.Corpus)
	if err != nil {
		return 0, err
	}
	o := c.options()
	folds, err := training.KFold(rows, c.Folds, c.Seed)
	if err != nil {
		return 0, usage("%v", err)
	}
	families, err := training.LeaveOneFamilyOut(rows, c.Seed)
	if err != nil {
		return 0, usage("%v", err)
	}
	var held []string
	for _, chain := range simulate.HeldOut() {
		held = append(held, fmt.Sprintf("chain-%02d", chain))
	}
	return exitOK, e.output(c.Output, func(w io.Writer) error {
		for _, part := range []struct {
			title  string
			splits []training.Split
		}{
			{fmt.Sprintf("%d-fold cross-validation, packages and families held together", c.Folds), folds},
			{"One family left out at a time", families},
		} {
			result, err := training.Evaluate(rows, part.splits, o)
			if err != nil {
				return usage("%v", err)
			}
			if err := evaluate.Classifiers(w, part.title, result, held, report.EscapeTerminal); err != nil {
				return err
			}
		}
		return nil
	})
}

// evaluateWindowCmd replays the paper's first experiment.
type evaluateWindowCmd struct {
	Corpus   string    `arg:"" name:"CORPUS.csv" help:"Labelled vectors with the time of publication."`
	From     time.Time `help:"First day that is predicted." format:"2006-01-02" required:"" placeholder:"DATE"`
	To       time.Time `help:"The day after the last." format:"2006-01-02" required:"" placeholder:"DATE"`
	LearnAll bool      `help:"Learn all rows of a day, and not only those that were flagged."`
	trainOptions
}

func (c *evaluateWindowCmd) run(e *env) (int, error) {
	rows, err := readCorpus(c.Corpus)
	if err != nil {
		return 0, err
	}
	w, err := training.Slide(rows, training.WindowOptions{From: c.From, To: c.To, LearnAll: c.LearnAll, Train: c.options()})
	if err != nil {
		return 0, usage("%v", err)
	}
	return exitOK, evaluate.Days(e.stdout, w, report.EscapeTerminal)
}

type evaluateClonesCmd struct {
	Dir string `arg:"" name:"DIR" help:"Folder with the tables of the paper's artifact."`
}

func (c *evaluateClonesCmd) run(e *env) (int, error) {
	if err := isDir(c.Dir); err != nil {
		return 0, err
	}
	if err := evaluate.Clones(os.DirFS(c.Dir), e.stdout); err != nil {
		return 0, usage("%v", err)
	}
	return exitOK, nil
}
