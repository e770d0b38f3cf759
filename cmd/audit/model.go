package main

import (
	"os"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/detector/classifier"
	"github.com/amalfi-audit/audit/internal/report"
)

// modelOptions are the flags of every command whose classifiers can be replaced.
type modelOptions struct {
	Model string `help:"File of the classifiers' model instead of the built-in one." placeholder:"FILE"`
}

// load reads the model.
func (o modelOptions) load() (*classifier.Model, error) {
	if o.Model == "" {
		return classifier.Default()
	}
	f, err := os.Open(o.Model)
	if err != nil {
		return nil, usage("%v", err)
	}
	defer f.Close()
	m, err := classifier.Read(f)
	if err != nil {
		return nil, usage("%s: %v", o.Model, err)
	}
	return m, nil
}

// use has an auditor go by the model.
func (o modelOptions) use(a *audit.Auditor) error {
	if o.Model == "" {
		return nil
	}
	m, err := o.load()
	if err != nil {
		return err
	}
	a.Detectors = audit.DetectorsWith(func() (*classifier.Model, error) { return m, nil })
	return nil
}

type modelCmd struct {
	Show modelShowCmd `cmd:"" help:"Explain a model: what it was trained on, the tree, the strongest weights."`
}

type modelShowCmd struct{ modelOptions }

func (c *modelShowCmd) run(e *env) (int, error) {
	m, err := c.load()
	if err != nil {
		return 0, err
	}
	return exitOK, m.Show(e.stdout, report.EscapeTerminal)
}
