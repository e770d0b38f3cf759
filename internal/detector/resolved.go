package detector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

// ResolvedHost reports entries that are fetched from a host which is neither a
// configured registry's nor one that the lockfile used before.
var ResolvedHost = &Detector{
	Rule: Rule{
		ID:    "resolved-host",
		Title: "Fetched from a host that was not used before",
		Level: Warning,
		Tags:  []string{"lockfile"},
		Help: `A lockfile entry names a host to download from that is no configured registry and that no entry of the lockfile
named before, or the same host without encryption. An edited lockfile can send one dependency to any server this way, while the name and the version look
as they should. When most of a lockfile moves to another host, that is a project changing its registry, and a note.
The tarball is compared with what the registry gives for the version in any case.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		if p.Pair.Head == nil {
			return nil
		}
		known := make(map[string]bool)
		for _, o := range p.RegistryOrigins {
			known[o] = true
		}
		if p.Pair.Base != nil {
			for i := range p.Pair.Base.Dependencies {
				known[origin(&p.Pair.Base.Dependencies[i])] = true
			}
		}
		moved := make(map[string][]lockfile.Dependency)
		for _, d := range p.Pair.Head.Dependencies {
			if o := origin(&d); d.Kind == lockfile.KindRegistry && o != "" && !known[o] {
				moved[o] = append(moved[o], d)
			}
		}
		registry := 0
		for _, d := range p.Pair.Head.Dependencies {
			if d.Kind == lockfile.KindRegistry {
				registry++
			}
		}
		for _, h := range slices.Sorted(maps.Keys(moved)) {
			level := Warning
			if p.Full() || len(moved[h]) >= wholesale && 2*len(moved[h]) > registry {
				level = Note
			}
			p.group(level, moved[h], "%s fetched from "+escapePercent(fmt.Sprintf("%q", h))+", which is no configured registry and was not used before")
		}
		return nil
	},
}

// wholesale is how many entries must move together to be taken for a project
// that changes its registry.
const wholesale = 10

// origin is the host that an entry is fetched from; an unencrypted one is
// written with its scheme, so that going from https to http is another origin.
func origin(d *lockfile.Dependency) string {
	host := lockfile.Host(d.Resolved)
	if host != "" && strings.HasPrefix(d.Resolved, "http:") {
		return "http://" + host
	}
	return host
}

func escapePercent(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// RemoteDependency reports dependencies that come from git or a URL.
var RemoteDependency = &Detector{
	Rule: Rule{
		ID:    "remote-dependency",
		Title: "Dependency from git, a URL or a local tarball",
		Level: Warning,
		Tags:  []string{"lockfile"},
		Help: `The entry comes from a git repository, a URL or a local tarball instead of a registry. Nobody has published it
under review of a registry, a git dependency runs its ` + "`prepare`" + ` script at install, and a URL can answer something
else tomorrow. One that the project names itself is a note. One that another package brings in, or that replaces what
came from the registry, warns: published packages hardly ever do that.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		if p.Full() {
			var all []lockfile.Dependency
			for _, d := range p.Pair.Head.Dependencies {
				if remote(d.Kind) {
					all = append(all, d)
				}
			}
			p.group(Note, all, "%s from git, a URL or a local tarball")
			return nil
		}
		replaced := make(map[string]bool)
		for _, c := range p.Changes {
			if c.Type == lockfile.SourceChanged && remote(c.Kind) {
				replaced[c.Name] = true
				p.group(Warning, c.To[:1], "%s from "+string(c.Kind)+" that replaces one from "+string(c.From[0].Kind))
			}
		}
		var own, foreign []lockfile.Dependency
		for _, c := range p.Changes {
			if !remote(c.Kind) || replaced[c.Name] {
				continue
			}
			switch {
			case c.Type == lockfile.Added && !c.To[0].Direct:
				foreign = append(foreign, c.To...)
			case c.Type == lockfile.Added, c.Type == lockfile.Updated:
				own = append(own, c.To...)
			}
		}
		p.group(Warning, foreign, "%s from git, a URL or a local tarball that another package brings in")
		p.group(Note, own, "%s from git, a URL or a local tarball added or moved")
		return nil
	},
}

func remote(k lockfile.Kind) bool {
	switch k {
	case lockfile.KindGit, lockfile.KindURL, lockfile.KindFile, lockfile.KindOther:
		return true
	}
	return false
}

// LockfileContradiction reports what the lockfile's reader noticed.
var LockfileContradiction = &Detector{
	Rule: Rule{
		ID:    "lockfile-contradiction",
		Title: "Lockfile contradicts itself",
		Level: Warning,
		Tags:  []string{"lockfile"},
		Help: `Two parts of the lockfile say different things, or an entry lacks what makes it one. In an npm lockfile of
version 2, npm 6 installs what ` + "`dependencies`" + ` says and newer versions what ` + "`packages`" + ` says: a reviewer sees one,
somebody else gets the other. Let the package manager write the lockfile anew.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		var evidence []Evidence
		for _, problem := range p.Pair.NewProblems() {
			if !problem.Stale {
				evidence = append(evidence, Evidence{Path: p.Pair.Path(), Line: problem.Line, Note: problem.Message})
			}
		}
		if len(evidence) > 0 {
			p.Report(Finding{Level: Warning, Confidence: Medium, Evidence: evidence,
				Message:  fmt.Sprintf("%s in the lockfile: %s", plural(len(evidence), "contradiction"), evidence[0].Note),
				Location: Location{Path: p.Pair.Path(), Line: evidence[0].Line}})
		}
		return nil
	},
}
