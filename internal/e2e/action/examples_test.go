package action

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestForkComment runs the script of docs/examples/fork-comment.yml with what an
// artifact of anybody's may have in it.
func TestForkComment(t *testing.T) {
	script(t, "build.sh")
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("there is no jq")
	}
	var w workflow
	parse(t, filepath.Join(root, "docs", "examples", "fork-comment.yml"), &w)
	code := w.Jobs["comment"].Steps[0].Run
	const (
		head  = "0123456789012345678901234567890123456789"
		pulls = `[{"number": 6, "head": {"sha": "f"}}, {"number": 7, "head": {"sha": "` + head + `"}}]`
	)
	for _, test := range []struct {
		name, artifact, pulls string
		code                  int
		comment               string // what it begins with, "" for none
	}{
		{"findings", "block\n2\n1\n0\n", pulls, 0, "Audit of dependencies at " + head + ": **block** (2 blocked, 1 warned, 0 inconclusive). "},
		{"clean", "clean\n0\n0\n0\n", pulls, 0, ""},
		{"closed", "block\n2\n1\n0\n", `[]`, 0, ""},
		{"later commit", "block\n2\n1\n0\n", `[{"number": 7, "head": {"sha": "f"}}]`, 0, ""},
		{"markup", "block** @octocat\n2\n1\n0\n", pulls, 1, ""},
		{"second line", "block\n2 [x](https://evil.invalid)\n1\n0\n", pulls, 1, ""},
		{"command", "block\n$(touch owned)\n1\n0\n", pulls, 1, ""},
		{"long count", "block\n1234567\n1\n0\n", pulls, 1, ""},
		{"too short", "block\n2\n", pulls, 1, ""},
		{"empty", "", pulls, 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			bin, dir := t.TempDir(), t.TempDir()
			log := filepath.Join(dir, "log")
			write(t, filepath.Join(dir, "pulls.json"), test.pulls)
			write(t, filepath.Join(dir, "result.txt"), test.artifact)
			write(t, filepath.Join(bin, "gh"), `#!/bin/sh
case "$1 $2" in
"api --method") printf '%s\n' "$*" >> `+log+`.asked; cat `+dir+`/pulls.json ;;
"run download") mkdir artifact; cp `+dir+`/result.txt artifact/ ;;
"pr comment") printf '%s|%s' "$3" "$5" > `+log+` ;;
*) exit 9 ;;
esac
`)
			if err := os.Chmod(filepath.Join(bin, "gh"), 0o755); err != nil {
				t.Fatal(err)
			}
			r := runIn(t, t.TempDir(), []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "GH_REPO=acme/shop", "RUN_ID=1",
				"RUN_URL=https://github.invalid/acme/shop/actions/runs/1", "HEAD_SHA=" + head, "HEAD=fork:$(touch owned)&state=all"}, "bash", "-e", "-c", code)
			if r.code != test.code {
				t.Errorf("exit code %d, want %d\n%s%s", r.code, test.code, r.stdout, r.stderr)
			}
			data, _ := os.ReadFile(log)
			if got := string(data); test.comment == "" && got != "" || !strings.HasPrefix(got, "7|"+test.comment) && test.comment != "" {
				t.Errorf("comment %q, want one that begins %q", got, test.comment)
			}
			if asked := read(t, log+".asked"); asked != "api --method GET repos/acme/shop/pulls -f state=open -f head=fork:$(touch owned)&state=all\n" {
				t.Errorf("gh was asked %q", asked)
			}
		})
	}
}
