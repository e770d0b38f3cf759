package main

import (
	"net/url"
	"strings"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/github"
	"github.com/amalfi-audit/audit/internal/source"
)

// sourceOptions are the flags of the commands that look for the source of versions.
type sourceOptions struct {
	Reproduce bool `help:"Compare packages with their source repositories; in a diff updated ones, where that can change the result. Asks GitHub's API (with GITHUB_TOKEN) and, by git, the hosts that the packages name."`
}

// trace has an audit look for sources, where that was asked for. close must be called
// when the audit is over.
func (o sourceOptions) trace(e *env, a *audit.Auditor, offline bool) (close func(), err error) {
	if !o.Reproduce {
		return func() {}, nil
	}
	if offline {
		return nil, usage("--reproduce asks hosts, which --offline rules out")
	}
	var client *github.Client
	if token := e.getenv("GITHUB_TOKEN"); token != "" {
		client, err = github.NewClient(github.Options{APIURL: e.getenv("GITHUB_API_URL"), Token: token, UserAgent: "amalfi-audit/" + buildVersion()})
		if err != nil {
			return nil, usage("GITHUB_API_URL: %v", err)
		}
	}
	return e.trace(a, client), nil
}

// trace has an audit look for sources: through a client's API, unless it is nil, those
// of the API's own host, and all others by git.
func (e *env) trace(a *audit.Auditor, client *github.Client) (close func()) {
	git := source.NewGit()
	sources := &source.Sources{Git: git}
	if client != nil {
		sources.GitHub = source.NewGitHub(client, e.githubHost())
	}
	a.Source = sources
	return func() {
		// What is left lies in the system's folder of temporary files.
		_ = git.Close()
	}
}

// githubHost is the host whose repositories GitHub's API has: that of the server,
// or else the API's own, which is api.HOST or HOST.
func (e *env) githubHost() string {
	for _, name := range []string{"GITHUB_SERVER_URL", "GITHUB_API_URL"} {
		if u, err := url.Parse(e.getenv(name)); err == nil && u.Hostname() != "" {
			return strings.TrimPrefix(strings.ToLower(u.Hostname()), "api.")
		}
	}
	return "github.com"
}
