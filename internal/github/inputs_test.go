package github

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func getenv(m map[string]string) func(string) string {
	return func(name string) string { return m[name] }
}

func TestReadInputs(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want Inputs
	}{
		"defaults": {nil, Inputs{Mode: "auto", Checks: true, Comment: "never", Reproduce: true}},
		"all": {
			map[string]string{
				"INPUT_MODE": "tree", "INPUT_FAIL-ON": "warn", "INPUT_TOKEN": " abc\n", "GITHUB_TOKEN": "other",
				"INPUT_REGISTRY": "https://registry.example.invalid/", "INPUT_CACHE": ".cache", "INPUT_SARIF-FILE": "out/audit.sarif",
				"INPUT_PATHS": "packages/a/\n\n  ./packages/b\n.\n", "INPUT_CONFIG": "./config/amalfi.yml", "INPUT_CHECKS": "false",
				"INPUT_COMMENT": "on-findings", "INPUT_REPRODUCE": "false", "INPUT_UPLOAD-SARIF": "true", "INPUT_NPMRC": "@acme:registry=https://npm.acme.invalid/\nx=1\n",
			},
			Inputs{Mode: "tree", FailOn: "warn", Token: "abc", Registry: "https://registry.example.invalid/", Cache: ".cache",
				SARIFFile: "out/audit.sarif", Paths: []string{"packages/a", "packages/b", "."}, Config: "config/amalfi.yml",
				Comment: "on-findings", UploadSARIF: true, NPMRC: "@acme:registry=https://npm.acme.invalid/\nx=1"},
		},
		"token of the environment": {map[string]string{"GITHUB_TOKEN": "abc"}, Inputs{Mode: "auto", Token: "abc", Checks: true, Comment: "never", Reproduce: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadInputs(getenv(test.env))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("inputs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadInputsErrors(t *testing.T) {
	for variable, test := range map[string]struct{ value, want string }{
		"INPUT_MODE":         {"full", `input mode is "full"; it can be auto, diff, tree`},
		"INPUT_FAIL-ON":      {"Block\n::error::x", `input fail-on is "Block\n::error::x"; it can be block, warn, never`},
		"INPUT_PATHS":        {"a\n../b", `input paths: "../b" is no folder of the repository`},
		"INPUT_CONFIG":       {"../x.yml", `input config: "../x.yml" is no file of the repository`},
		"INPUT_CHECKS":       {"yes", `input checks is "yes"; it can be true, false`},
		"INPUT_COMMENT":      {"sometimes", `input comment is "sometimes"; it can be never, on-findings, always`},
		"INPUT_REPRODUCE":    {"build", `input reproduce is "build"; it can be true, false`},
		"INPUT_UPLOAD-SARIF": {"1", `input upload-sarif is "1"; it can be false, true`},
	} {
		_, err := ReadInputs(getenv(map[string]string{variable: test.value}))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s=%q: %v, want %s", variable, test.value, err, test.want)
		}
	}
	if _, err := ReadInputs(getenv(map[string]string{"INPUT_PATHS": "/etc"})); err == nil || !strings.Contains(err.Error(), "/etc") {
		t.Errorf("an absolute path: %v", err)
	}
}

func TestCategory(t *testing.T) {
	for want, in := range map[string]Inputs{
		"amalfi-audit":     {},
		"amalfi-audit/a,b": {Paths: []string{"b", "a"}},
	} {
		if got := in.Category(); got != want {
			t.Errorf("category %q, want %q", got, want)
		}
	}
}
