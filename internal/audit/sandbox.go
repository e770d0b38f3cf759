package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/shell"
	"github.com/amalfi-audit/audit/internal/worker"
)

// run has the version's scripts run in the sandbox, where there is reason to.
// That it cannot be done is a reason.
func (a *Auditor) run(ctx context.Context, f *fetched, before *detector.Version) (reason string) {
	if f.source == nil || f.analysis == nil {
		return ""
	}
	plan := plan(f.version, before, a.Closer || suspicious(f.version, before))
	if len(plan.Entries) == 0 {
		return ""
	}
	key := storyKey(f.version.Integrity, plan)
	if told := new(sandbox.Story); a.derived(key, told) {
		f.version.Story = told
		return ""
	}
	story, err := a.Workers.Tell(ctx, worker.Request{
		Size: f.source.size, UnpackedSize: f.unpackedSize(),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(f.source.open()), nil },
	}, *plan)
	if err != nil {
		return fmt.Sprintf("its scripts cannot be run in the sandbox: %v", err)
	}
	f.version.Story = story
	a.keepStory(key, story)
	for i := range plan.Entries {
		e := &plan.Entries[i]
		if e.AtInstall() && !slices.ContainsFunc(story.Executions, func(x sandbox.Execution) bool { return x.Entry.Name() == e.Name() }) {
			return fmt.Sprintf("its script %q was not run in the sandbox: %s", e.Name(), story.Untold)
		}
	}
	return ""
}

// maxRun bounds the entries of a plan.
const maxRun = 12

// plan says what of a version is run: what runs at install, unless the version
// before had the same, and what runs when the package is loaded or started where
// its code is to be looked at closer.
func plan(after, before *detector.Version, closer bool) *sandbox.Plan {
	p := after.Program
	plan := &sandbox.Plan{Package: sandbox.Package{Name: after.Name, Version: after.Version}, Obfuscated: after.Features.Obfuscated()}
	if p.Manifest != nil && npm.ValidateName(p.Manifest.Name) == nil {
		plan.Package.Name = p.Manifest.Name // under which it would be installed
	}
	add := func(e sandbox.Entry) {
		same := func(x sandbox.Entry) bool { return x.File == e.File && x.Source == e.Source }
		if len(plan.Entries) < maxRun && !slices.ContainsFunc(plan.Entries, same) {
			plan.Entries = append(plan.Entries, e)
		}
	}
	update := before != nil && before.Program != nil
	for _, c := range p.Install {
		if c.Script == nil {
			continue
		}
		for _, code := range c.Script.Code {
			if code.Language == "javascript" && !code.Dynamic {
				add(sandbox.Entry{Hook: c.Hook, Source: code.Text})
			}
		}
	}
	for _, f := range p.InstallFiles {
		s := p.Script(f.Path)
		if f.Missing || s == nil || s.Language != program.JavaScript {
			continue
		}
		add(sandbox.Entry{Hook: hookOf(p, f.Path), File: f.Path})
	}
	if update && sameAtInstall(p, before.Program) {
		plan.Entries = nil
	}
	if !closer {
		return plan
	}
	for _, name := range p.Mains {
		add(sandbox.Entry{Hook: "main", File: name, Exercise: true})
	}
	for _, name := range p.Bins {
		add(sandbox.Entry{Hook: "bin", File: name})
	}
	return plan
}

// hookOf returns the lifecycle script that leads to a file.
func hookOf(p *program.Program, file string) string {
	hook := "install"
	for _, c := range p.Install {
		if c.Hook != "binding.gyp" && !c.Implicit {
			hook = c.Hook
		}
		if c.Script != nil && slices.ContainsFunc(c.Script.Files, func(f shell.FileRun) bool { return strings.HasPrefix(file, strings.TrimPrefix(f.Path, "./")) }) {
			return hook
		}
	}
	return hook
}

// sameAtInstall reports whether two versions run the same at install: the same
// commands, and scripts of the same content.
func sameAtInstall(after, before *program.Program) bool {
	if len(after.Install) != len(before.Install) {
		return false
	}
	for i := range after.Install {
		if after.Install[i].Command != before.Install[i].Command || after.Install[i].Hook != before.Install[i].Hook {
			return false
		}
	}
	for i := range after.Scripts {
		s := &after.Scripts[i]
		if s.Phase == program.AtInstall && !program.SameFile(after, before, s.Path) {
			return false
		}
	}
	return true
}

// suspicious reports whether code of a version does what the version before did
// not: data goes somewhere it did not go, or code is obfuscated or evaluated.
func suspicious(after, before *detector.Version) bool {
	had := make(map[string]bool)
	if before != nil {
		for i := range before.Chains {
			had[before.Chains[i].Key()] = true
		}
	}
	for i := range after.Chains {
		if !had[after.Chains[i].Key()] {
			return true
		}
	}
	var old *feature.Set
	if before != nil {
		old = before.Features
	}
	for _, name := range []string{"decoded-code", "string-arrays", "flattened-control-flow", "self-defence", "invisible-characters", "pushed-code", "escaped-strings", "global-patches"} {
		f := feature.Lookup(name)
		if after.Features.Value(f) > 0 && (old == nil || old.Value(f) == 0) {
			return true
		}
	}
	return false
}

// storyKey names the story of a tarball; "" where its bytes have no SHA-512.
func storyKey(bytes npm.Integrity, plan *sandbox.Plan) string {
	entries, err := json.Marshal(plan.Entries)
	if err != nil {
		return ""
	}
	return keyOf(bytes, "story %d obfuscated=%t %s", sandbox.Revision, plan.Obfuscated, entries)
}

// keepStory keeps a story that would be the same the next time.
func (a *Auditor) keepStory(key string, story *sandbox.Story) {
	if story.Untold != "" {
		return
	}
	for i := range story.Executions {
		switch story.Executions[i].Ending.Reason {
		case sandbox.OutOfTime, sandbox.Killed, sandbox.OutOfMemory, sandbox.Failed:
			return
		}
	}
	a.keepDerived(key, story)
}
