package main

import (
	"os"

	"github.com/amalfi-audit/audit/internal/evaluate"
)

type evaluateCmd struct {
	Clones evaluateClonesCmd `cmd:"" help:"Replay the paper's week with its clone detector."`
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
