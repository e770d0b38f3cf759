package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/policy"
)

type baselineCmd struct {
	Path    string `arg:"" optional:"" default:"." help:"Folder of the project, or a lockfile."`
	Expires string `help:"Last day on which the entries hold; without it they hold for good." placeholder:"YYYY-MM-DD"`
	Reason  string `help:"Reason that each entry gives." default:"found by audit baseline, not looked at" placeholder:"TEXT"`
	Output  string `help:"File for the entries instead of standard output." short:"o" placeholder:"FILE"`
	registryOptions
	intelOptions
	modelOptions
}

// run prints the entries. What is incomplete stays so: no entry accepts it.
func (c *baselineCmd) run(e *env) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	state, err := readPath(c.Path)
	if err != nil {
		return 0, err
	}
	r, err := e.auditTree(state, projectOf(c.Path), c.registryOptions, &c.intelOptions, c.modelOptions)
	if err != nil {
		return 0, err
	}
	b := policy.NewBaseline(r, policy.BaselineOptions{Reason: c.Reason, Expires: c.Expires})
	if err := e.output(c.Output, func(w io.Writer) error { return b.Write(w) }); err != nil {
		return 0, err
	}
	if n := b.Errors(); n > 0 {
		e.say(fmt.Sprintf("warning: %d of the entries accept what blocks: read each of them before you commit it", n))
	}
	if !r.Complete() {
		e.say("the audit is incomplete, which no entry changes")
		return exitIncomplete, nil
	}
	return exitOK, nil
}

func (c *baselineCmd) check() error {
	if strings.TrimSpace(c.Reason) == "" || len(c.Reason) > config.MaxReason {
		return usage("--reason: a text of 1 to %d bytes is wanted", config.MaxReason)
	}
	if filepath.Base(c.Output) == config.Name && exists(c.Output) {
		return usage("--output would replace %s: write to another file, or to standard output, and add its entries", c.Output)
	}
	if c.Expires == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, c.Expires); err != nil {
		return usage("--expires: %q is no day such as 2030-12-31", c.Expires)
	}
	return nil
}
