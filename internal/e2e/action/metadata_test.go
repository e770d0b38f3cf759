package action

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// metadata is an action.yml.
type metadata struct {
	Name, Description string
	Inputs            map[string]struct {
		Description string
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using, Image string
		Steps        []step
	}
}

// step is a step of a job or of a composite action.
type step struct {
	ID, Uses, Run, Shell string
	With, Env            map[string]string
}

// workflow is what the tests read of a workflow.
type workflow struct {
	Permissions any
	Jobs        map[string]struct {
		Permissions map[string]string
		Timeout     int `yaml:"timeout-minutes"`
		Env         map[string]string
		Steps       []step
	}
}

func parse(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// workflowFiles are the workflows and the examples.
func workflowFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{".github/workflows/*.yml", "docs/examples/*.yml"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	return files
}

// TestComposite holds that both variants of the Action have the same inputs and
// outputs, and that the composite one hands them on by the environment alone.
func TestComposite(t *testing.T) {
	var image, composite metadata
	parse(t, filepath.Join(root, "action.yml"), &image)
	parse(t, filepath.Join(root, "composite", "action.yml"), &composite)
	if len(image.Inputs) == 0 || len(image.Outputs) == 0 {
		t.Fatal("action.yml has no inputs or outputs")
	}
	if diff := cmp.Diff(image.Inputs, composite.Inputs); diff != "" {
		t.Errorf("inputs (-action.yml +composite/action.yml):\n%s", diff)
	}
	if composite.Runs.Using != "composite" || len(composite.Runs.Steps) != 1 {
		t.Fatalf("runs: %+v", composite.Runs)
	}
	only := composite.Runs.Steps[0]
	for name, output := range composite.Outputs {
		if want := fmt.Sprintf("${{ steps.%s.outputs.%s }}", only.ID, name); output.Value != want {
			t.Errorf("output %s is %s, want %s", name, output.Value, want)
		}
		output.Value = ""
		composite.Outputs[name] = output
	}
	if diff := cmp.Diff(image.Outputs, composite.Outputs); diff != "" {
		t.Errorf("outputs (-action.yml +composite/action.yml):\n%s", diff)
	}
	env := map[string]string{"AUDIT_RELEASE": ""}
	for name := range image.Inputs {
		env["INPUT_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))] = fmt.Sprintf("${{ inputs.%s }}", name)
	}
	if diff := cmp.Diff(env, only.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if strings.Contains(only.Run, "${{") {
		t.Errorf("an expression in the script: %s", only.Run)
	}
}

// pin is an action pinned to a commit, with the version behind it.
var pin = regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// own is this Action as the examples name it.
var own = regexp.MustCompile(`^amalfi-audit/audit(/composite)?@`)

var usesLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.+?)\s*$`)

// TestPins holds that all other actions are pinned to a commit, and to the same
// one for the same version wherever they are used.
func TestPins(t *testing.T) {
	commits := make(map[string]string)
	pinned := 0
	for _, file := range workflowFiles(t) {
		for _, m := range usesLine.FindAllStringSubmatch(read(t, file), -1) {
			switch {
			case strings.HasPrefix(m[1], "./"), own.MatchString(m[1]):
			case !pin.MatchString(m[1]):
				t.Errorf("%s: %s is not pinned to a commit with its version", file, m[1])
			default:
				pinned++
				name, rest, _ := strings.Cut(m[1], "@")
				parts := strings.SplitN(name, "/", 3)
				repository := parts[0] + "/" + parts[1]
				if other, ok := commits[repository]; ok && other != rest {
					t.Errorf("%s: %s is pinned to %s and to %s", file, repository, other, rest)
				}
				commits[repository] = rest
			}
		}
	}
	if pinned < 10 {
		t.Errorf("%d pins found", pinned)
	}
}

// TestScripts holds that no expression is in a script, where what it stands for
// would become code, and that jobs get the permissions they ask for alone.
func TestScripts(t *testing.T) {
	for _, file := range workflowFiles(t) {
		var w workflow
		parse(t, file, &w)
		if p, ok := w.Permissions.(map[string]any); !ok || len(p) != 0 {
			t.Errorf("%s: the workflow's permissions are %v, not {}", file, w.Permissions)
		}
		for name, job := range w.Jobs {
			if len(job.Permissions) == 0 || job.Timeout == 0 {
				t.Errorf("%s: job %s has no permissions or no timeout-minutes", file, name)
			}
			for _, s := range job.Steps {
				if strings.Contains(s.Run, "${{") {
					t.Errorf("%s: job %s has an expression in a script:\n%s", file, name, s.Run)
				}
				for _, m := range regexp.MustCompile(`\.github/scripts/[\w.-]+`).FindAllString(s.Run, -1) {
					if info, err := os.Stat(filepath.Join(root, m)); err != nil || info.Mode()&0o111 == 0 {
						t.Errorf("%s: job %s runs %s: %v, or it is not executable", file, name, m, err)
					}
				}
			}
		}
	}
}

var stepOutput = regexp.MustCompile(`steps\.([\w-]+)\.outputs\.([\w-]+)`)

// TestExamples holds that the examples use inputs and outputs that there are,
// and that each is said in README.md.
func TestExamples(t *testing.T) {
	var image metadata
	parse(t, filepath.Join(root, "action.yml"), &image)
	readme := read(t, filepath.Join(root, "docs", "examples", "README.md"))
	for _, file := range workflowFiles(t) {
		var w workflow
		parse(t, file, &w)
		example := strings.Contains(filepath.ToSlash(file), "docs/examples/")
		if base := filepath.Base(file); example && !strings.Contains(readme, "("+base+")") {
			t.Errorf("docs/examples/README.md does not link to %s", base)
		}
		audits := 0
		for _, job := range w.Jobs {
			ids := make(map[string]bool)
			for _, s := range job.Steps {
				if !own.MatchString(s.Uses) && s.Uses != "./" {
					continue
				}
				audits++
				ids[s.ID] = true
				for name := range s.With {
					if _, ok := image.Inputs[name]; !ok {
						t.Errorf("%s: there is no input %s; there are %v", file, name, slices.Sorted(maps.Keys(image.Inputs)))
					}
				}
			}
			for _, s := range job.Steps {
				for _, text := range append(slices.Collect(maps.Values(s.With)), slices.Collect(maps.Values(s.Env))...) {
					for _, m := range stepOutput.FindAllStringSubmatch(text, -1) {
						if _, ok := image.Outputs[m[2]]; ids[m[1]] && !ok {
							t.Errorf("%s: there is no output %s", file, m[2])
						}
					}
				}
			}
		}
		if example && audits == 0 && filepath.Base(file) != "fork-comment.yml" {
			t.Errorf("%s does not use the Action", file)
		}
	}
}

// TestReleasePermissions holds which job of a release may do what, and that no
// cache, which other workflows could fill, gets into one.
func TestReleasePermissions(t *testing.T) {
	file := filepath.Join(root, ".github", "workflows", "release.yml")
	var w workflow
	parse(t, file, &w)
	got := make(map[string]map[string]string)
	for name, job := range w.Jobs {
		got[name] = job.Permissions
		for _, s := range job.Steps {
			if strings.HasPrefix(s.Uses, "actions/cache") || strings.HasPrefix(s.Uses, "actions/setup-go@") && s.With["cache"] != "false" {
				t.Errorf("job %s uses a cache: %+v", name, s)
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
				t.Errorf("job %s leaves the token in the checkout", name)
			}
		}
	}
	want := map[string]map[string]string{
		"test":    {"contents": "read"},
		"build":   {"contents": "read"},
		"sbom":    {"contents": "read"},
		"sign":    {"contents": "read", "id-token": "write", "attestations": "write"},
		"image":   {"contents": "read", "packages": "write", "id-token": "write", "attestations": "write"},
		"publish": {"contents": "write"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
}
