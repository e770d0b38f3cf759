package action

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestActionlint checks every workflow and example with actionlint, which uses
// shellcheck where there is one.
func TestActionlint(t *testing.T) {
	lint := filepath.Join(e2e(t), "bin", "actionlint")
	if _, err := os.Stat(lint); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, file := range workflowFiles(t) {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	if r := run(t, root, nil, append([]string{lint, "-no-color"}, files...)...); r.code != 0 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	broken := filepath.Join(t.TempDir(), "broken.yml")
	write(t, broken, "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: 'echo ${{ nonsense.x }}'}]\n")
	if r := run(t, root, nil, lint, "-no-color", broken); r.code != 1 || !strings.Contains(r.stdout, "nonsense") {
		t.Errorf("a broken workflow: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

// validator prints what is wrong with each action.yml in its arguments.
const validator = `
const { readFileSync } = require('fs');
const { validateAction } = require(process.argv[1]);
console.log(JSON.stringify(process.argv.slice(2).map(f => validateAction(readFileSync(f, 'utf8')).errors)));
`

// TestActionSchema checks both variants of the Action against the schema of
// actions, and that a wrong one does not pass.
func TestActionSchema(t *testing.T) {
	module := filepath.Join(e2e(t), "node_modules", "@action-validator", "core")
	wrong := filepath.Join(t.TempDir(), "action.yml")
	write(t, wrong, "name: x\ndescription: x\nruns: {using: docker}\n")
	out := must(t, root, nil, "node", "-e", validator, module, "action.yml", "composite/action.yml", wrong)
	var problems [][]json.RawMessage
	// The module prints what it exports first.
	if err := json.Unmarshal([]byte(out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:]), &problems); err != nil || len(problems) != 3 {
		t.Fatalf("%v: %s", err, out)
	}
	for i, name := range []string{"action.yml", "composite/action.yml"} {
		if len(problems[i]) != 0 {
			t.Errorf("%s: %s", name, problems[i])
		}
	}
	if len(problems[2]) == 0 {
		t.Error("an action without an image passes")
	}
}

// TestShell checks the scripts with bash and, where it is there, shellcheck.
func TestShell(t *testing.T) {
	scripts, err := filepath.Glob(filepath.Join(filepath.Dir(script(t, "build.sh")), "*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	scripts = append(scripts, filepath.Join(root, "composite", "run.sh"))
	for _, file := range scripts {
		must(t, ".", nil, "bash", "-n", file)
	}
	if os.Getenv("AMALFI_E2E") != "" && run(t, ".", nil, "bash", "-c", "command -v shellcheck").code == 0 {
		must(t, ".", nil, append([]string{"shellcheck"}, scripts...)...)
	}
}
