package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/intel"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/policy"
	"github.com/amalfi-audit/audit/internal/provenance/sigstore"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/report"
	"github.com/amalfi-audit/audit/internal/worker"
)

// registryOptions are the flags of every command that fetches.
type registryOptions struct {
	Registry string `help:"Address of the npm registry; else npm's configuration decides." placeholder:"URL"`
	Offline  bool   `help:"Use the cache alone."`
	Cache    string `help:"Folder of the cache." env:"AMALFI_CACHE" placeholder:"DIR"`
}

// reportOptions are the flags of every command that reports.
type reportOptions struct {
	Format  string `help:"Form of the report: ${enum}." enum:"text,json,sarif,markdown" default:"text"`
	Output  string `help:"File for the report instead of standard output." short:"o" placeholder:"FILE"`
	FailOn  string `help:"Lowest outcome that gives exit code 1: block, warn or never. Without it .amalfi.yml decides, else block." enum:"block,warn,never," default:"" placeholder:"OUTCOME"`
	Verbose bool   `help:"Show clean versions and notes too (text)." short:"v"`
}

// projectSource tells where a project's .npmrc and .amalfi.yml are taken from.
type projectSource struct {
	// dir is the project's folder; "" for no project.
	dir string
	// from, where not nil, has the project's files in place of the folder: a
	// change must not choose the registry that it is compared with.
	from fs.FS
	// wishes, where not nil, has the project's .amalfi.yml: a change must not
	// switch its own audit off.
	wishes fs.FS
	// none tells that no registry is needed.
	none bool
}

// auditor makes an Auditor, which looks malware up where known is not nil. close must be called when it is no longer needed.
func (e *env) auditor(o registryOptions, known *intelOptions, project projectSource) (a *audit.Auditor, close func(), err error) {
	wishes, err := project.settings()
	if err != nil {
		return nil, nil, err
	}
	var stores intel.Stores
	if known != nil {
		if stores, err = known.stores(e); err != nil {
			return nil, nil, err
		}
	}
	config, err := e.registryConfig(o, project, wishes)
	if err != nil {
		return nil, nil, err
	}
	cache := o.Cache
	if cache == "" {
		base, err := userCacheDir(e)
		if err != nil {
			return nil, nil, usage("no folder for the cache: %v; name one with --cache", err)
		}
		cache = filepath.Join(base, "amalfi-audit")
	}
	client, err := registry.New(config, registry.Options{CacheDir: cache, Offline: o.Offline, UserAgent: "amalfi-audit/" + buildVersion()})
	if err != nil {
		return nil, nil, usage("%v", err)
	}
	pool, err := worker.NewPool(worker.Options{})
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	verifier, err := e.verifier()
	if err != nil {
		client.Close()
		pool.Close()
		return nil, nil, err
	}
	a = &audit.Auditor{Config: config, Registry: client, Workers: pool, Detectors: audit.Detectors, Project: wishes, Intel: stores, Provenance: verifier, Now: time.Now()}
	return a, func() {
		pool.Close()
		client.Close()
	}, nil
}

// trustedRoot is the name of a newer trusted root of sigstore's, in the user's data
// folder (docs/provenance.md).
const trustedRoot = "trusted_root.json"

// verifier verifies attestations by the user's trusted root, or else the built-in
// one.
func (e *env) verifier() (*sigstore.Verifier, error) {
	base, err := userDataDir(e)
	if err != nil {
		return sigstore.New(nil) // a machine without a home has no data in it
	}
	file := filepath.Join(base, "amalfi-audit", trustedRoot)
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return sigstore.New(nil)
	case err != nil:
		return nil, usage("%v", err)
	}
	v, err := sigstore.New(data)
	if err != nil {
		return nil, usage("%s: %v", file, err)
	}
	return v, nil
}

// registryConfig reads npm's configuration: the --registry flag, the
// environment, the .npmrc files, the project's .amalfi.yml, what npm itself
// says, the build's default.
func (e *env) registryConfig(o registryOptions, project projectSource, wishes *config.Config) (*registry.Config, error) {
	load := registry.LoadOptions{Environ: e.environ, Registry: o.Registry, ProjectDir: project.dir, GlobalPrefix: nodePrefix(),
		ReadFile: project.readFile}
	if defaultRegistry != "" {
		if u, err := url.Parse(defaultRegistry); err == nil {
			load.PublicHosts = []string{u.Hostname()}
		}
	}
	c, err := registry.Load(load)
	if err != nil {
		return nil, usage("npm's configuration: %v", err)
	}
	for _, w := range c.Warnings {
		fmt.Fprintf(e.stderr, "audit: warning: %s\n", report.EscapeTerminal(w))
	}
	if err := c.Fallback(wishes.Registries(), config.Name); err != nil {
		return nil, usage("%v", err)
	}
	if project.none {
		return c, nil
	}
	if c.Registry == "" {
		c.Registry = e.askNPM()
	}
	if c.Registry == "" {
		c.Registry = defaultRegistry
	}
	if c.Registry == "" {
		return nil, usage("%w", registry.ErrNoRegistry)
	}
	return c, nil
}

// settings reads the .amalfi.yml.
func (n projectSource) settings() (*config.Config, error) {
	switch {
	case n.wishes != nil:
		return settings(n.wishes)
	case n.dir != "":
		return settings(os.DirFS(n.dir))
	}
	return config.Default(), nil
}

// settings reads the .amalfi.yml among a project's files.
func settings(from fs.FS) (*config.Config, error) {
	data, err := fs.ReadFile(from, config.Name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return config.Default(), nil
	case err != nil:
		return nil, usage("%v", err)
	}
	c, err := config.Parse(data)
	if err == nil {
		err = c.CheckRules(audit.RuleIDs())
	}
	if err != nil {
		return nil, usage("%v", err)
	}
	return c, nil
}

// readFile reads a file of npm's configuration.
func (n projectSource) readFile(name string) ([]byte, error) {
	if n.from != nil && filepath.Clean(name) == filepath.Join(n.dir, ".npmrc") {
		return fs.ReadFile(n.from, ".npmrc")
	}
	return os.ReadFile(name)
}

// askNPM asks npm which registry it would use; "" where there is no npm. It is
// run outside of the project, whose .npmrc has been read already.
func (e *env) askNPM() string {
	ctx, cancel := context.WithTimeout(e.ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "config", "get", "registry")
	cmd.Env = e.environ
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	address := strings.TrimSpace(string(out))
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		return ""
	}
	return strings.TrimSuffix(address, "/") + "/"
}

// nodePrefix is npm's default prefix, which it derives from where node is.
func nodePrefix() string {
	node, err := exec.LookPath("node")
	if err != nil {
		return ""
	}
	if node, err = filepath.EvalSymlinks(node); err != nil {
		return ""
	}
	return filepath.Dir(filepath.Dir(node))
}

// userCacheDir is os.UserCacheDir on the command's environment.
func userCacheDir(e *env) (string, error) {
	if dir := e.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	return os.UserCacheDir()
}

// progress shows a bar on standard error where that is a terminal. finish
// clears it.
func (e *env) progress(a *audit.Auditor) (finish func()) {
	f, ok := e.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	var mu sync.Mutex
	var bar *progressbar.ProgressBar
	a.Progress = func(done, total int, v npm.PackageVersion) {
		mu.Lock()
		defer mu.Unlock()
		if bar == nil {
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(f), progressbar.OptionShowCount(),
				progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond))
		}
		bar.Describe(report.EscapeTerminal(fmt.Sprintf("%-40.40s", v.String())))
		bar.Add(1)
	}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if bar != nil {
			bar.Finish()
		}
	}
}

// write writes the report and returns the exit code it stands for.
func (e *env) write(o reportOptions, r *detector.Report) (int, error) {
	err := e.output(o.Output, func(w io.Writer) error {
		switch o.Format {
		case "json":
			return report.JSON(w, r)
		case "sarif":
			return report.SARIF(w, r, report.SARIFOptions{ToolVersion: buildVersion()})
		case "markdown":
			return report.Markdown(w, r, report.MarkdownOptions{})
		}
		return report.Text(w, r, report.TextOptions{Color: e.color(w), Verbose: o.Verbose, Width: width(w)})
	})
	if err != nil {
		return 0, err
	}
	return exitCode(o.FailOn, r), nil
}

// output calls write with the file named, or with standard output.
func (e *env) output(file string, write func(io.Writer) error) error {
	if file == "" {
		return write(e.stdout)
	}
	f, err := os.Create(file)
	if err != nil {
		return usage("%v", err)
	}
	return errors.Join(write(f), f.Close())
}

// color reports whether w is a terminal that wants colour (no-color.org).
func (e *env) color(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

// width is the number of columns of a terminal, 0 for everything else.
func width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}

// exitCode is the exit code of a report. failOn is what the flag or the input
// says, "" where it was not given: then the project decides. Findings outrank
// incompleteness.
func exitCode(failOn string, r *detector.Report) int {
	switch {
	case policy.Fails(r, config.Threshold(failOn)):
		return exitFindings
	case !r.Complete():
		return exitIncomplete
	}
	return exitOK
}
