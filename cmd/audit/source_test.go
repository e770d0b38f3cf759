package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

// hiddenCode is obfuscated and does nothing.
const hiddenCode = `const order = '3|0|2|1'.split('|');
let step = 0;
while (!![]) {
  switch (order[step++]) {
    case '0': var b = a + 1; continue;
    case '1': console.log(c); continue;
    case '2': var c = b * 2; continue;
    case '3': var a = 1; continue;
  }
  break;
}
`

// TestActionReproduce has the Action ask GitHub's API for the source of what a pull
// request updates.
func TestActionReproduce(t *testing.T) {
	const server = "https://ghe.example.invalid"
	files := func(version, code string) map[string]string {
		return map[string]string{"index.js": code,
			"package.json": fmt.Sprintf(`{"name": "lib", "version": %q, "main": "index.js", "repository": "git+%s/owner/lib.git"}`, version, server)}
	}
	for _, tt := range []struct {
		name, source, input, token, server string
		code                               int
		log                                []string // what the log has
		requests                           []string // about owner/lib
		annotations                        int
	}{
		{"reproduced", hiddenCode, "true", "gh-token", server, exitOK,
			[]string{"clean         lib", "cleared: 2 of 2 runnable files are in ghe.example.invalid/owner/lib@"},
			[]string{"commits/tags/v1.1.0", "git/trees/ID"}, 0},
		{"a takeover", "module.exports = 1\n", "", "gh-token", server, exitFindings,
			[]string{"BLOCK         lib", "[foreign-change]", "1 of 2 runnable files"},
			[]string{"commits/tags/v1.1.0", "git/trees/ID", "commits/tags/v1.0.0", "git/trees/ID"}, 1},
		{"switched off", hiddenCode, "false", "gh-token", server, exitOK, []string{"WARN          lib"}, nil, 1},
		{"no token", hiddenCode, "true", "", server, exitOK, []string{"WARN          lib"}, nil, 1},
		{"another server's repository", hiddenCode, "true", "gh-token", "https://other.example.invalid", exitOK,
			[]string{"WARN          lib", "could not be asked: ", "git"}, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newActionTest(t)
			a.api.Token = tt.token
			a.env["INPUT_REPRODUCE"], a.env["INPUT_TOKEN"], a.env["GITHUB_SERVER_URL"] = tt.input, tt.token, tt.server
			first := a.api.Commit("owner/lib", files("1.0.0", "module.exports = 1\n"))
			second := a.api.Commit("owner/lib", files("1.1.0", tt.source), first)
			a.api.Branch("owner/lib", "main", second)
			a.api.Tag("owner/lib", "v1.0.0", first, false)
			a.api.Tag("owner/lib", "v1.1.0", second, false)
			payload := a.bump(
				githubtest.Files{"package.json": "{}", "package-lock.json": a.lock(map[string]npmtest.Files{"lib@1.0.0": files("1.0.0", "module.exports = 1\n")})},
				githubtest.Files{"package.json": "{}", "package-lock.json": a.lock(map[string]npmtest.Files{"lib@1.1.0": files("1.1.0", hiddenCode)})})
			r := a.run(t, "pull_request", payload, strings.Repeat("e", 40))
			if r.code != tt.code || r.outputs["complete"] != "true" {
				t.Errorf("exit code %d, complete %s; want %d", r.code, r.outputs["complete"], tt.code)
			}
			for _, want := range tt.log {
				if !strings.Contains(r.log, want) {
					t.Errorf("the log does not have %q", want)
				}
			}
			var requests []string
			for _, q := range a.api.Requests() {
				if _, path, ok := strings.Cut(q.Path, "/repos/owner/lib/"); ok {
					requests = append(requests, strings.NewReplacer(first, "ID", second, "ID").Replace(path))
				}
			}
			if got, want := strings.Join(requests, " "), strings.Join(tt.requests, " "); got != want {
				t.Errorf("requests %q, want %q", got, want)
			}
			if got := commands(t, r.log); len(got) != tt.annotations {
				t.Errorf("%d annotations, want %d: %q", len(got), tt.annotations, got)
			}
		})
	}
}
