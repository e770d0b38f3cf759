package detector

import (
	"context"
	"fmt"

	"github.com/amalfi-audit/audit/internal/program"
)

// InstallScript reports lifecycle scripts and implicit native builds that are
// new or changed.
var InstallScript = &Detector{
	Rule: Rule{
		ID:    "install-script",
		Title: "Runs a command at install",
		Level: Note,
		Tags:  []string{"install"},
		Help: `The version runs a command when it is installed that the compared version did not run, or ran
differently: a ` + "`preinstall`, `install` or `postinstall`" + ` script, ` + "`prepare`" + ` for a git dependency, or the
node-gyp build that npm starts unasked for a package with a ` + "`binding.gyp`" + `.

Native modules and tools that fetch a binary do this too, so it is no alarm by itself. Most malicious versions do it
as well: look at the command and at the files it runs. An install without scripts (` + "`npm ci --ignore-scripts`" + `)
takes the occasion away.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		for _, c := range newInstallCommands(p) {
			what := "new"
			switch old := hookCommand(p.Before, c.Hook); {
			case p.Before == nil:
				what = "part of a dependency that was not there before"
			case old == c.Command:
				what = fmt.Sprintf("not new, %s ran it too", p.Before.Version)
			case old != "":
				what = fmt.Sprintf("changed from %q", old)
			}
			p.Report(Finding{
				Level: Note, Confidence: High,
				Message:  fmt.Sprintf("%s runs %q at install; it is %s", c.Hook, c.Command, what),
				Evidence: []Evidence{commandEvidence(c)},
			})
		}
		return nil
	},
}

// newInstallCommands returns what runs at install and did not run, in the same
// words, in the version that is replaced. For an added dependency that is all
// of it.
func newInstallCommands(p *Pass) []program.InstallCommand {
	if p.After.Program == nil {
		return nil
	}
	known := make(map[string]bool)
	if p.Update() && p.Before.Program != nil {
		for _, c := range p.Before.Program.Install {
			known[c.Hook+"\x00"+c.Command] = true
		}
	}
	var out []program.InstallCommand
	for _, c := range p.After.Program.Install {
		if !known[c.Hook+"\x00"+c.Command] {
			out = append(out, c)
		}
	}
	return out
}

// hookCommand returns what a version runs for a hook.
func hookCommand(v *Version, hook string) string {
	if v == nil || v.Program == nil {
		return ""
	}
	for _, c := range v.Program.Install {
		if c.Hook == hook {
			return c.Command
		}
	}
	return ""
}

func commandEvidence(c program.InstallCommand) Evidence {
	note := c.Hook
	if c.Implicit {
		note = "npm starts this build because of binding.gyp"
	}
	return Evidence{Path: c.Path, Line: c.Line, Column: c.Column, Snippet: c.Command, Note: note}
}
