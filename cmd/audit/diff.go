package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/git"
	"github.com/amalfi-audit/audit/internal/report"
)

type diffCmd struct {
	Dir  string `arg:"" optional:"" default:"." help:"Folder of the project."`
	Base string `help:"What to compare with: a git ref (its merge base with the head), a folder or a lockfile. Without it, the default branch." placeholder:"REF|FILE"`
	Head string `help:"What to audit: a git ref, a folder or a lockfile. Without it, the files in DIR as they are." placeholder:"REF|FILE"`
	List bool   `help:"Print what would be audited and stop; text or json, without network."`
	reportOptions
	registryOptions
	intelOptions
	modelOptions
	sourceOptions
}

func (c *diffCmd) run(e *env) (int, error) {
	base, head, err := c.states(e)
	if err != nil {
		return 0, err
	}
	project := projectSource{dir: c.Dir, from: base.FS, wishes: base.FS}
	if c.List {
		return c.list(e, project, base, head)
	}
	if exists(c.Base) && exists(c.Head) {
		project.from = nil // two states beside the project that DIR is
	}
	a, done, err := e.auditor(c.registryOptions, &c.intelOptions, project)
	if err != nil {
		return 0, err
	}
	defer done()
	if err := c.use(a); err != nil {
		return 0, err
	}
	closeSource, err := c.trace(e, a, c.Offline)
	if err != nil {
		return 0, err
	}
	defer closeSource()
	finish := e.progress(a)
	r, err := a.Diff(e.ctx, base, head)
	finish()
	if err != nil {
		return 0, err
	}
	return e.write(c.reportOptions, r)
}

func (c *diffCmd) list(e *env, project projectSource, base, head *audit.State) (int, error) {
	wishes, err := project.settings()
	if err != nil {
		return 0, err
	}
	base, _ = base.Without(wishes.Ignored)
	head, notice := head.Without(wishes.Ignored)
	e.say(notice)
	changes := audit.Changes(base, head)
	return e.list(c.reportOptions, audit.Unread(base, head), func(w io.Writer, json bool) error {
		if json {
			return report.ListChangesJSON(w, changes)
		}
		return report.ListChangesText(w, changes)
	})
}

// list prints a list and says what could not be read.
func (e *env) list(o reportOptions, unread []detector.Unread, write func(w io.Writer, json bool) error) (int, error) {
	if o.Format != "text" && o.Format != "json" {
		return 0, usage("--list knows the formats text and json, not %s", o.Format)
	}
	for _, u := range unread {
		fmt.Fprintf(e.stderr, "audit: %s\n", report.EscapeTerminal(u.String()))
	}
	if err := e.output(o.Output, func(w io.Writer) error { return write(w, o.Format == "json") }); err != nil {
		return 0, err
	}
	if len(unread) > 0 {
		return exitIncomplete, nil
	}
	return exitOK, nil
}

// states reads what is compared. Paths win over refs of the same name.
func (c *diffCmd) states(e *env) (base, head *audit.State, err error) {
	if err := isDir(c.Dir); err != nil {
		return nil, nil, err
	}
	basePath, headPath := exists(c.Base), exists(c.Head)
	needGit := c.Base == "" || !basePath || c.Head != "" && !headPath
	var repo *git.Repository
	if needGit {
		if repo, err = git.Open(e.ctx, c.Dir); err != nil {
			if c.Base != "" && !basePath {
				return nil, nil, usage("--base %q is no file or folder, and %v", c.Base, err)
			}
			return nil, nil, usage("%v; name the states with --base and --head", err)
		}
	}
	headRef := "HEAD"
	switch {
	case c.Head == "":
		head, err = readDir(c.Dir)
	case headPath:
		head, err = readPath(c.Head)
	default:
		headRef = c.Head
		head, err = readCommit(e, repo, c.Head, "")
	}
	if err != nil {
		return nil, nil, err
	}
	if basePath {
		base, err = readPath(c.Base)
		return base, head, err
	}
	ref := c.Base
	if ref == "" {
		if ref = repo.DefaultBranch(e.ctx); ref == "" {
			return nil, nil, usage("no default branch found to compare with; name one with --base")
		}
	}
	base, err = readCommit(e, repo, ref, headRef)
	return base, head, err
}

// readCommit reads the tree of a ref, or of its merge base with another ref.
func readCommit(e *env, repo *git.Repository, ref, with string) (*audit.State, error) {
	commit, err := repo.Commit(e.ctx, ref)
	if err != nil {
		return nil, usage("%v", err)
	}
	name := fmt.Sprintf("%s (%.12s)", ref, commit)
	if with != "" {
		other, err := repo.Commit(e.ctx, with)
		if err != nil {
			return nil, usage("%v", err)
		}
		if commit, err = repo.MergeBase(e.ctx, commit, other); err != nil {
			return nil, usage("%v", err)
		}
		name = fmt.Sprintf("merge base %.12s with %s", commit, ref)
	}
	tree, err := repo.Tree(e.ctx, commit)
	if err != nil {
		return nil, err
	}
	return audit.ReadState(name, tree)
}

// readPath reads a folder, or a lockfile on its own.
func readPath(name string) (*audit.State, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	if info.IsDir() {
		return readDir(name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	dir, err := openDir(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	return audit.SingleFile(name, filepath.Base(name), data, dir), nil
}

func readDir(name string) (*audit.State, error) {
	dir, err := openDir(name)
	if err != nil {
		return nil, err
	}
	s, err := audit.ReadState(name, dir)
	if err != nil {
		return nil, usage("%v", err)
	}
	return s, nil
}

// openDir returns a folder's files. Symbolic links are followed within it
// only: a project must not have other files of the machine read.
func openDir(name string) (fs.FS, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, usage("%v", err)
	}
	return root.FS(), nil
}

func exists(name string) bool {
	if name == "" {
		return false
	}
	_, err := os.Stat(name)
	return err == nil
}

func isDir(name string) error {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage("no such folder: %s", name)
	case err != nil:
		return usage("%v", err)
	case !info.IsDir():
		return usage("%s is no folder", name)
	}
	return nil
}
