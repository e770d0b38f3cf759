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

// When a comment is written on the pull request.
const (
	CommentNever      = "never"
	CommentOnFindings = "on-findings" // created where there are findings, updated always
	CommentAlways     = "always"
)

// Inputs are the inputs of action.yml.
type Inputs struct {
	Mode string
	// Paths are the folders that are audited; none stands for all.
	Paths []string
	// FailOn is the lowest outcome that fails the job: block, warn or never; ""
	// where the project's configuration decides.
	FailOn string
	// Config is the path of the project's configuration in the repository, ""
	// where the program's own name for it holds.
	Config string
	Token  string
	// Registry and Cache are "" where npm's configuration and the user's cache
	// folder decide.
	Registry, Cache string
	// Intel is the address of the known-malware data, "" where the build decides.
	Intel string
	// NPMRC is configuration in the form of an .npmrc file. It may have
	// credentials and must never be shown.
	NPMRC string
	// Checks tells that a check run is written, UploadSARIF that the result goes
	// to code scanning; Comment is when a comment is written.
	Checks, UploadSARIF bool
	Comment             string
	// Reproduce tells that sources of packages are looked for, where there is a
	// token.
	Reproduce bool
	// SARIFFile is where the SARIF report goes, "" for nowhere.
	SARIFFile string
}

// Category tells apart the results of audits of different paths of one
// repository; it is the same from run to run.
func (in *Inputs) Category() string {
	const name = "amalfi-audit"
	if len(in.Paths) == 0 {
		return name
	}
	return name + "/" + strings.Join(slices.Sorted(slices.Values(in.Paths)), ",")
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
			named := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
			return "", fmt.Errorf("input %s is %.100q; it can be %s", name, value, strings.Join(named, ", "))
		}
		return value, nil
	}
	in := &Inputs{
		Token:     action.GetInput("token"),
		Registry:  action.GetInput("registry"),
		Cache:     action.GetInput("cache"),
		Intel:     action.GetInput("intel"),
		NPMRC:     action.GetInput("npmrc"),
		SARIFFile: action.GetInput("sarif-file"),
	}
	if in.Token == "" {
		in.Token = getenv("GITHUB_TOKEN")
	}
	var err error
	if in.Mode, err = choice("mode", ModeAuto, ModeDiff, ModeTree); err != nil {
		return nil, err
	}
	if in.FailOn, err = choice("fail-on", "", "block", "warn", "never"); err != nil {
		return nil, err
	}
	if in.Comment, err = choice("comment", CommentNever, CommentOnFindings, CommentAlways); err != nil {
		return nil, err
	}
	checks, err := choice("checks", "true", "false")
	if err != nil {
		return nil, err
	}
	upload, err := choice("upload-sarif", "false", "true")
	if err != nil {
		return nil, err
	}
	reproduce, err := choice("reproduce", "true", "false")
	if err != nil {
		return nil, err
	}
	in.Reproduce = reproduce == "true"
	in.Checks, in.UploadSARIF = checks == "true", upload == "true"
	if name := action.GetInput("config"); name != "" {
		if in.Config = path.Clean(name); !local(in.Config) || in.Config == "." {
			return nil, fmt.Errorf("input config: %.100q is no file of the repository", name)
		}
	}
	for line := range strings.Lines(action.GetInput("paths")) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		dir := path.Clean(line)
		if !local(dir) {
			return nil, fmt.Errorf("input paths: %.100q is no folder of the repository", line)
		}
		in.Paths = append(in.Paths, dir)
	}
	return in, nil
}

// local reports whether a clean path stays in the repository.
func local(name string) bool {
	return !path.IsAbs(name) && name != ".." && !strings.HasPrefix(name, "../")
}
