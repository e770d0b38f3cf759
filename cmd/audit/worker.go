package main

import (
	"os"

	"github.com/amalfi-audit/audit/internal/worker"
)

// workerCmd is what the program starts of itself to look at package bytes.
type workerCmd struct{}

func (*workerCmd) run(*env) (int, error) {
	return worker.Main(os.Stdin, os.Stdout, worker.Analyse), nil
}
