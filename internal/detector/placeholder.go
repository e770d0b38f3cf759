package detector

import (
	"context"
	"fmt"
	"strings"
)

// SecurityPlaceholder reports what npm leaves behind where it took a package
// away.
var SecurityPlaceholder = &Detector{
	Rule: Rule{
		ID:    "security-placeholder",
		Title: "Placeholder of a package that was taken down",
		Level: Warning,
		Tags:  []string{"registry"},
		Help: `npm replaces a malicious package by an empty one, version 0.0.1-security, so that nobody else takes the name.
The version itself does nothing. A lockfile that names it asked for the malicious one, or for a name that was never
meant: find out who did, and whether a machine installed what was there before.

Placeholders for the names of Node's own modules, such as ` + "`fs`" + `, are a note: many projects list one by mistake. So is one
that was there before.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		shape := placeholderShape(p.After)
		if shape == "" {
			return nil
		}
		f := Finding{Level: Warning, Confidence: High, Evidence: []Evidence{{Note: shape}},
			Message: fmt.Sprintf("%s stands where npm took a package down", p.After.PackageVersion)}
		switch {
		case nodeModules[p.After.Name]:
			f.Level = Note
			f.Message = fmt.Sprintf("%s is an empty package with the name of a module of Node itself", p.After.PackageVersion)
		case p.Update() && placeholderShape(p.Before) != "":
			f.Level = Note
			f.Message += ", as the version before did"
		case p.Update():
			f.Message += fmt.Sprintf("; the lockfile had %s before", p.Before.Version)
		}
		p.Report(f)
		return nil
	},
}

const placeholderVersion = "0.0.1-security"

// placeholderShape says what makes a version npm's placeholder, "" for none.
func placeholderShape(v *Version) string {
	if v.Version == placeholderVersion || strings.HasPrefix(v.Version, placeholderVersion+".") {
		return "the version is " + placeholderVersion
	}
	if v.Record == nil {
		return ""
	}
	repository := strings.TrimSuffix(strings.TrimSuffix(v.Record.Manifest.Repository.URL, "/"), ".git")
	if repository == "npm/security-holder" || repository == "github:npm/security-holder" || strings.HasSuffix(repository, "/npm/security-holder") {
		return "its repository is npm/security-holder"
	}
	return ""
}

// nodeModules are names of Node's modules.
var nodeModules = set("assert async_hooks buffer child_process cluster console constants crypto dgram dns domain events fs http http2 " +
	"https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls " +
	"trace_events tty url util v8 vm wasi worker_threads zlib")

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
