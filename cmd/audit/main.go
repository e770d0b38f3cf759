// Command audit decides whether the npm package versions a change brings in
// are malicious. Run "audit --help" for its commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/amalfi-audit/audit/internal/report"
)

// Set at build time with -ldflags "-X main.version=… -X main.defaultRegistry=…
// -X main.defaultIntel=…".
var (
	version         = "" // "" takes it from the build information
	defaultRegistry = "" // the registry used when npm's configuration names none
	defaultIntel    = "" // address of the known-malware data that the Action fetches
)

// The exit codes, the same for every command and format.
const (
	exitOK         = 0 // nothing at or above --fail-on
	exitFindings   = 1 // something at or above --fail-on
	exitUsage      = 2 // wrong usage or configuration
	exitIncomplete = 3 // the audit is incomplete, and nothing is at or above --fail-on
)

func main() {
	// What is known of the versions under way is most of the memory; half as
	// much garbage beside it as Go allows costs little.
	debug.SetGCPercent(50)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// env is what a command sees of the outside.
type env struct {
	ctx     context.Context
	environ []string
	stdin   io.Reader
	stdout  io.Writer
	stderr  io.Writer
}

// getenv returns a variable of the environment, "" where it is not set.
func (e *env) getenv(name string) string {
	for i := len(e.environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e.environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// cli is the command line.
type cli struct {
	Diff     diffCmd     `cmd:"" help:"Audit the versions that changed between two states of the lockfiles."`
	Tree     treeCmd     `cmd:"" help:"Audit every version in the lockfiles."`
	Baseline baselineCmd `cmd:"" help:"Print entries for .amalfi.yml that accept what audit tree blocks or warns of today."`
	Package  packageCmd  `cmd:"" help:"Audit one package version or tarball and show all evidence."`
	Action   actionCmd   `cmd:"" help:"Run as a GitHub Action: inputs and event come from the runner's environment."`
	Features featuresCmd `cmd:"" help:"Print the features of a package version, and the step from another one."`
	Intel    intelCmd    `cmd:"" help:"Look at and extend what is known of malware."`
	Train    trainCmd    `cmd:"" help:"Train the classifiers."`
	Model    modelCmd    `cmd:"" help:"Look at the classifiers' model."`
	Evaluate evaluateCmd `cmd:"" help:"Run the experiments."`
	Rules    rulesCmd    `cmd:"" help:"Print the documentation of the rules."`
	Worker   workerCmd   `cmd:"" hidden:""`

	Version kong.VersionFlag `help:"Print the version."`
}

const description = `Audits npm dependencies for malicious versions.

Lockfiles of npm, yarn, pnpm and bun are read; the tarball of each version is fetched from the configured npm ` +
	`registry, verified, unpacked in memory and looked at. Nothing of a package is ever run.

Exit code: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or configuration, 3 the audit is incomplete.

Examples:
  audit diff                                what this branch changes against the default branch
  audit diff --base main --head HEAD
  audit diff --base old/package-lock.json --head package-lock.json
  audit tree --format sarif --output audit.sarif
  audit package esbuild@0.25.9`

// run is the program: it returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	e := &env{ctx: ctx, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("audit"), kong.Description(description),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": buildVersion()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}))
	if err != nil {
		panic(err) // the command line's own definition is wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help or --version
		return exited
	}
	if err != nil {
		return e.fail(usage("%v; try \"audit --help\"", err))
	}
	code, err := parsed.Selected().Target.Addr().Interface().(command).run(e)
	if err != nil {
		return e.fail(err)
	}
	return code
}

// command is what each command's struct implements.
type command interface {
	run(e *env) (exitCode int, err error)
}

// usageError is an error of the command line or the configuration.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }
func (u *usageError) Unwrap() error { return u.err }

func usage(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// fail prints one line and returns the exit code for the error.
func (e *env) fail(err error) int {
	fmt.Fprintf(e.stderr, "audit: %s\n", report.EscapeTerminal(err.Error()))
	var u *usageError
	if errors.As(err, &u) {
		return exitUsage
	}
	return exitIncomplete
}

// buildVersion is the version set at build time, or what the build information
// says.
func buildVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
