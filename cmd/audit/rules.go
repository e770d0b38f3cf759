package main

import (
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/audit"
)

type rulesCmd struct{}

func (*rulesCmd) run(e *env) (int, error) {
	var b strings.Builder
	b.WriteString("# Rules\n\nMade by `audit rules`; do not edit. The level is the highest that a rule's findings can have.\n" +
		"Findings of two rules tagged `signal` on one version warn together. Those of rules tagged\n" +
		"`reversible` are taken back where the version is its source's (docs/reproduce.md).\n")
	for _, d := range audit.Detectors {
		fmt.Fprintf(&b, "\n## %s\n\n**%s.** Level: %s. Tags: %s.\n\n%s\n", d.Rule.ID, d.Rule.Title, d.Rule.Level, strings.Join(d.Rule.Tags, ", "), d.Rule.Help)
	}
	_, err := fmt.Fprint(e.stdout, b.String())
	return exitOK, err
}
