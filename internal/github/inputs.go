package github

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// The modes: what of a repository is audited.
const (
	ModeAuto = "auto" // what the event calls for
	ModeDiff = "diff" // the change from base to head
	ModeTree = "tree" // every version in head
)

// Inputs are the inputs of action.yml.
type Inputs struct {
	Mode string
	// Paths are the folders that are audited; none stands for all.
	Paths []string
	// FailOn is the lowest outcome that fails the job: block, warn or never.
	FailOn string
	Token  string
	// Registry and Cache are "" where npm's configuration and the user's cache
	// folder decide.
	Registry, Cache string
	// SARIFFile is where the SARIF report goes, "" for nowhere.
	SARIFFile string
}

// ReadInputs reads the inputs from the runner's environment. The token falls
// back to GITHUB_TOKEN.
func ReadInputs(getenv func(string) string) (*Inputs, error) {
	action := githubactions.New(githubactions.WithGetenv(getenv))
	choice := func(name string, values ...string) (string, error) {
		value := action.GetInput(name)
		switch {
		case value == "":
			return values[0], nil
		case !slices.Contains(values, value):
			return "", fmt.Errorf("input %s is %.100q; it can be %s", name, value, strings.Join(values, ", "))
		}
		return value, nil
	}
	in := &Inputs{
		Token:     action.GetInput("token"),
		Registry:  action.GetInput("registry"),
		Cache:     action.GetInput("cache"),
		SARIFFile: action.GetInput("sarif-file"),
	}
	if in.Token == "" {
		in.Token = getenv("GITHUB_TOKEN")
	}
	var err error
	if in.Mode, err = choice("mode", ModeAuto, ModeDiff, ModeTree); err != nil {
		return nil, err
	}
	if in.FailOn, err = choice("fail-on", "block", "warn", "never"); err != nil {
		return nil, err
	}
	for line := range strings.Lines(action.GetInput("paths")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		dir := path.Clean(line)
		if path.IsAbs(dir) || dir == ".." || strings.HasPrefix(dir, "../") {
			return nil, fmt.Errorf("input paths: %.100q is no folder of the repository", line)
		}
		in.Paths = append(in.Paths, dir)
	}
	return in, nil
}
