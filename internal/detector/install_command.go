package detector

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/shell"
)

// InstallCommand reports what the commands that run at install do by
// themselves: fetch and run, send out, decode and run, hide.
var InstallCommand = &Detector{
	Rule: Rule{
		ID:    "install-command",
		Title: "Install command downloads, sends, hides or decodes",
		Level: Error,
		Tags:  []string{"install", TagSignal},
		Help: `A command that runs at install does by itself, in the shell, what malicious packages do: it downloads
something and runs it, sends data to a host, decodes text and runs it, throws its output away while running a file,
goes into the background, removes its own traces, or arranges to be run again. The commands are parsed as shell; the
evidence shows each of these acts.

Downloading and running, sending data out, and decoding and running at install block. A download alone warns, a hidden
run is a signal that counts beside others, since the code it runs is analysed as well; packages that fetch a prebuilt binary usually do so from a JavaScript file instead.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		for _, c := range newInstallCommands(p) {
			if c.Script == nil {
				continue
			}
			level, message := judge(c)
			if message == "" {
				continue
			}
			if level == Warning && len(c.Script.Hosts) > 0 && ownHost(p.After, strings.Join(c.Script.Hosts, " ")) {
				level, message = Note, message+", of the package's own site"
			}
			confidence := High
			switch {
			case level == Note && message == hiddenRun:
				confidence = Medium // a signal beside others
			case level == Note:
				confidence = Low
			}
			p.Report(Finding{
				Level: level, Confidence: confidence,
				Message:  fmt.Sprintf("%s %s", c.Hook, message),
				Evidence: append([]Evidence{commandEvidence(c)}, actEvidence(c)...),
			})
		}
		return nil
	},
}

// hiddenRun is a sign of intent, and no act by itself.
const hiddenRun = "runs code with its output thrown away or in the background"

// judge weighs the acts of one command line. An empty message means that there
// is nothing to report.
func judge(c program.InstallCommand) (Level, string) {
	s := c.Script
	hosts := ""
	if len(s.Hosts) > 0 {
		hosts = fmt.Sprintf(" (%s)", strings.Join(quoted(s.Hosts), ", "))
	}
	code := slices.ContainsFunc(s.Acts, func(a shell.Act) bool { return a.Kind == shell.KindInlineCode && !a.Common })
	hidden := s.Has(shell.KindDiscardOutput) || s.Has(shell.KindBackground)
	switch {
	case s.Has(shell.KindDownloadRun):
		return Error, "downloads something and runs it" + hosts
	case s.Has(shell.KindDecodeRun):
		return Error, "decodes text and runs it"
	case s.Has(shell.KindPost) && (s.Has(shell.KindReadSecrets) || s.Has(shell.KindHostIdentity)):
		return Error, "sends secrets or the identity of the machine to a host" + hosts
	case s.Has(shell.KindDNSLookup) && (s.Has(shell.KindReadSecrets) || s.Has(shell.KindHostIdentity)):
		return Error, "looks up a name made from data of the machine" + hosts
	case s.Has(shell.KindPost):
		return Error, "sends data to a host" + hosts
	case s.Has(shell.KindReplaceManifest):
		return Warning, "replaces the package's own manifest"
	case s.Has(shell.KindDelete) && (s.Has(shell.KindRunFile) || code):
		return Warning, "runs code and removes traces of it"
	case s.Has(shell.KindPersistence):
		return Warning, "writes to a place from which it is run again later"
	case s.Has(shell.KindDownload):
		return Warning, "downloads something" + hosts
	case hidden && (s.Has(shell.KindRunFile) || code || s.Has(shell.KindDynamicCommand)):
		return Note, hiddenRun
	case s.Has(shell.KindReadSecrets):
		return Warning, "reads credentials or the whole environment"
	case s.Has(shell.KindDNSLookup), s.Has(shell.KindDynamicCommand), code:
		return Note, "runs inline code, a computed command or a name lookup"
	}
	return Note, ""
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

// actEvidence lists the acts that count, where they stand within the command.
func actEvidence(c program.InstallCommand) []Evidence {
	var out []Evidence
	for _, a := range c.Script.Acts {
		if a.Common || a.Kind == shell.KindRunFile || a.Kind == shell.KindPackageManager || a.Kind == shell.KindReadEnvironment {
			continue
		}
		note := string(a.Kind)
		if a.Detail != "" {
			note += ": " + a.Detail
		}
		out = append(out, Evidence{Path: c.Path, Line: c.Line, Column: c.Column, Snippet: a.Text, Note: note})
	}
	return out
}
