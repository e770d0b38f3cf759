package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
)

const (
	// maxGitTime bounds one git command.
	maxGitTime = 2 * time.Minute
	// maxGitOutput bounds what one git command says, in bytes.
	maxGitOutput = 128 << 20
	// maxGitDisk bounds what is fetched of one repository, in bytes on the disk, and
	// maxGitKept what is kept of all of them when another one is opened.
	maxGitDisk = 1 << 30
	maxGitKept = 4 << 30
	// maxGitBlock bounds what git allocates at once, in bytes: a server can send
	// objects that are a thousand times smaller packed.
	maxGitBlock = 512 << 20
	// maxGitSilence is how long a server may say nothing.
	maxGitSilence = 30 * time.Second
	// diskInterval is how often the disk is looked at while git fetches.
	diskInterval = 200 * time.Millisecond
	// waitDelay is how long a killed git may keep its pipes open.
	waitDelay = 2 * time.Second
)

// Git reads repositories through the git command line: the list of branches and
// tags, one commit without its history and its files' content, and, where that
// list does not show that a branch or tag leads to the commit, the history
// without any files. It keeps what it fetches in a temporary folder until Close.
// It is safe for concurrent use; one repository is read by one caller at a time.
//
// The user's configuration of git is honoured: url.….insteadOf leads to mirrors,
// credential helpers and proxies work as for any clone. An address that the user
// did not map is asked over https alone; one that is mapped, over the transport
// that the mapping names, and never one that runs a program (ext::).
type Git struct {
	mu    sync.Mutex
	root  string // of the temporary folder; "" before the first use
	repos map[reproduce.Repository]*clone
	order []*clone // as they were opened
}

// NewGit returns a Git. It starts nothing.
func NewGit() *Git { return &Git{repos: make(map[reproduce.Repository]*clone)} }

var _ reproduce.Source = (*Git)(nil)

// Close deletes what was fetched. No method may run or be called afterwards.
func (g *Git) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.root == "" {
		return nil
	}
	return os.RemoveAll(g.root)
}

// clone is what was fetched of one repository.
type clone struct {
	mu        sync.Mutex
	dir       string
	transport string // that git may use
	format    string // of object ids
	refs      []ref
	listed    bool
	err       error // why the references could not be listed
	history   bool  // the history was fetched
}

// ref is a branch or tag.
type ref struct{ name, commit string }

// open returns the clone of a repository, locked.
func (g *Git) open(ctx context.Context, r reproduce.Repository) (*clone, error) {
	g.mu.Lock()
	c, ok := g.repos[r]
	if !ok {
		if g.root == "" {
			root, err := os.MkdirTemp("", "amalfi-source-")
			if err != nil {
				g.mu.Unlock()
				return nil, err
			}
			g.root = root
		}
		g.makeRoom(maxGitKept)
		c = &clone{dir: filepath.Join(g.root, strconv.Itoa(len(g.repos)))}
		g.repos[r], g.order = c, append(g.order, c)
	}
	g.mu.Unlock()
	c.mu.Lock()
	if !c.listed {
		c.listed, c.err = true, c.list(ctx, r)
		if ctx.Err() != nil {
			c.listed = false
		}
	}
	if c.err != nil {
		c.mu.Unlock()
		return nil, fmt.Errorf("%s: %w", r, c.err)
	}
	return c, nil
}

// makeRoom deletes what was fetched of repositories that nobody reads now, until all
// take no more than limit bytes; of those that were opened last it keeps what it can. They
// are fetched again where need be.
func (g *Git) makeRoom(limit int64) {
	var kept int64
	for _, c := range slices.Backward(g.order) {
		if !c.mu.TryLock() {
			continue
		}
		if size := c.size(); kept+size <= limit {
			kept += size
		} else if os.RemoveAll(c.dir) == nil {
			c.listed = false
		}
		c.mu.Unlock()
	}
}

// list makes the repository on the disk and lists the branches and tags of the
// other side.
func (c *clone) list(ctx context.Context, r reproduce.Repository) error {
	c.refs, c.format, c.history = nil, "sha1", false
	if err := os.RemoveAll(c.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	if err := c.choose(ctx, r); err != nil {
		return err
	}
	out, err := c.git(ctx, c.dir, "ls-remote", "--quiet", "--heads", "--tags", "--", r.URL())
	if err != nil {
		return err
	}
	digits := 0
	peeled := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		id, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok || !reproduce.ValidCommit(id) {
			return fmt.Errorf("git ls-remote: a line %.100q", line)
		}
		digits = len(id)
		if tag, ok := strings.CutSuffix(name, "^{}"); ok {
			peeled[tag] = id
			continue
		}
		c.refs = append(c.refs, ref{name, id})
	}
	for i, r := range c.refs {
		if id := peeled[r.name]; id != "" {
			c.refs[i].commit = id
		}
	}
	if digits == 64 {
		c.format = "sha256"
	}
	return c.create(ctx, r, c.trees())
}

// trees is the repository that holds single commits without their history,
// commits the one that holds the history of all branches and tags. In one
// repository the history would end at each single commit.
func (c *clone) trees() string   { return filepath.Join(c.dir, "trees") }
func (c *clone) commits() string { return filepath.Join(c.dir, "commits") }

// create makes an empty repository whose origin gives what is missing.
func (c *clone) create(ctx context.Context, r reproduce.Repository, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if _, err := c.git(ctx, dir, "init", "--quiet", "--bare", "--template=", "--object-format="+c.format, "."); err != nil {
		return err
	}
	for _, setting := range [][2]string{{"remote.origin.url", r.URL()}, {"remote.origin.promisor", "true"}, {"gc.auto", "0"}, {"maintenance.auto", "false"}} {
		if _, err := c.git(ctx, dir, "config", setting[0], setting[1]); err != nil {
			return err
		}
	}
	return nil
}

// choose decides which transport git may use. An address that the user's
// configuration maps to another one goes where the user says.
func (c *clone) choose(ctx context.Context, r reproduce.Repository) error {
	c.transport = "https"
	out, err := c.git(ctx, c.dir, "ls-remote", "--get-url", "--", r.URL())
	if err != nil {
		return err
	}
	mapped := strings.TrimSpace(string(out))
	if mapped == r.URL() {
		return nil
	}
	scheme, _, ok := strings.Cut(mapped, "://")
	switch {
	case ok:
	case strings.Contains(mapped, "::"):
		return fmt.Errorf("git is configured to read %s through a helper program", r.URL())
	case strings.Contains(strings.SplitN(mapped, "/", 2)[0], ":") && !filepath.IsAbs(mapped):
		scheme = "ssh" // host:path
	default:
		scheme = "file"
	}
	if !slices.Contains([]string{"https", "http", "ssh", "git", "file"}, scheme) {
		return fmt.Errorf("git is configured to read %s over %.20q", r.URL(), scheme)
	}
	c.transport = scheme
	return nil
}

var (
	errTime   = fmt.Errorf("it takes more than %s", maxGitTime)
	errOutput = fmt.Errorf("git says more than %d bytes", maxGitOutput)
	errDisk   = fmt.Errorf("the repository takes more than %d bytes", maxGitDisk)
)

// git runs a command in a folder.
func (c *clone) git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxGitTime, errTime)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, "git", append([]string{
		"--no-pager", "--no-optional-locks", "--literal-pathspecs",
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.version=2", "-c", "submodule.recurse=false",
		"-c", "fetch.recurseSubmodules=false", "-c", "fetch.writeCommitGraph=false", "-c", "transfer.bundleURI=false",
		"-c", "core.askPass=", "-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=" + strconv.Itoa(int(maxGitSilence.Seconds()))}, args...)...)
	alone(cmd)
	cmd.Dir = dir
	cmd.WaitDelay = waitDelay
	for _, v := range os.Environ() {
		// A surrounding repository, as in a hook, is not ours.
		name, _, _ := strings.Cut(v, "=")
		if !slices.Contains([]string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
			"GIT_COMMON_DIR", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL_FROM_USER"}, name) {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir), "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "SSH_ASKPASS_REQUIRE=never", "GIT_ALLOW_PROTOCOL="+c.transport,
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_ALLOC_LIMIT="+strconv.Itoa(maxGitBlock), "GIT_LFS_SKIP_SMUDGE=1", "LC_ALL=C")
	stdout, stderr := &bounded{limit: maxGitOutput, full: func() { stop(errOutput) }}, &bounded{limit: 64 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		c.watch(ctx, stop, maxGitDisk)
	}()
	err := cmd.Run()
	stopped := context.Cause(ctx)
	stop(nil)
	<-watched
	if err == nil && stopped == nil {
		return stdout.Bytes(), nil
	}
	if stopped != nil {
		return nil, fmt.Errorf("git %s: %w", args[0], stopped)
	}
	if text := c.complaint(stderr.String()); text != "" {
		return nil, fmt.Errorf("git %s: %.200q", args[0], text)
	}
	return nil, fmt.Errorf("git %s: %w", args[0], err)
}

// complaint returns the line that says why a command failed, without the name of the
// temporary folder, which is another one each time.
func (c *clone) complaint(stderr string) string {
	first := ""
	for line := range strings.Lines(stderr) {
		line = strings.ReplaceAll(strings.TrimSpace(line), c.dir, ".")
		if strings.HasPrefix(line, "fatal: ") || strings.HasPrefix(line, "error: ") {
			return line
		}
		if first == "" {
			first = line
		}
	}
	return first
}

// watch stops a command that makes the clone larger than limit bytes.
func (c *clone) watch(ctx context.Context, stop context.CancelCauseFunc, limit int64) {
	tick := time.NewTicker(diskInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if c.size() > limit {
				stop(errDisk)
				return
			}
		}
	}
}

// size returns what the clone takes on the disk, in bytes.
func (c *clone) size() (n int64) {
	// Files come and go while git works.
	_ = filepath.WalkDir(c.dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// bounded keeps what is written to it up to a limit.
type bounded struct {
	bytes.Buffer
	limit int
	full  func() // called when the limit is reached; nil to drop the rest
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - b.Len(); len(p) > room {
		if b.full != nil {
			b.full()
			return 0, errOutput
		}
		b.Buffer.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}

// tag returns the first of the names that is a tag.
func (c *clone) tag(names []string) (string, string) {
	commits := make(map[string]string)
	for _, r := range c.refs {
		if name, ok := strings.CutPrefix(r.name, "refs/tags/"); ok {
			commits[name] = r.commit
		}
	}
	for _, name := range names {
		if id := commits[name]; id != "" {
			return name, id
		}
	}
	return "", ""
}

// Tag is reproduce.Source's.
func (g *Git) Tag(ctx context.Context, r reproduce.Repository, names []string) (tag, commit string, err error) {
	c, err := g.open(ctx, r)
	if err != nil {
		return "", "", err
	}
	defer c.mu.Unlock()
	if tag, commit = c.tag(names); tag == "" {
		return "", "", fmt.Errorf("%s has no tag for the version: %w", r, reproduce.ErrNotFound)
	}
	return tag, commit, nil
}

// fetchCommit fetches one commit without its history and returns the repository
// that has it. A server that gives no commit by its id is asked for all branches
// and tags.
func (c *clone) fetchCommit(ctx context.Context, r reproduce.Repository, commit string) (string, error) {
	if !reproduce.ValidCommit(commit) {
		return "", fmt.Errorf("%.100q is no commit: %w", commit, reproduce.ErrNotFound)
	}
	keep := "refs/amalfi/" + commit
	isCommit := func() error {
		_, err := c.git(ctx, c.trees(), "rev-parse", "--verify", "--quiet", "--end-of-options", keep+"^{commit}")
		return err
	}
	if isCommit() == nil {
		return c.trees(), nil
	}
	_, err := c.git(ctx, c.trees(), "fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "--end-of-options", "origin", "+"+commit+":"+keep)
	if err == nil && isCommit() != nil && ctx.Err() == nil {
		return "", fmt.Errorf("%.12s is no commit: %w", commit, reproduce.ErrNotFound) // a folder, say
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, errDisk) {
		return c.trees(), err
	}
	reached, err := c.reached(ctx, r, commit)
	if err == nil && reached == "" {
		err = fmt.Errorf("commit %.12s: %w", commit, reproduce.ErrNotFound)
	}
	return c.commits(), err
}

// reached returns a branch or tag that leads to a commit, "" for none. It
// fetches the commits of all branches and tags without their files.
func (c *clone) reached(ctx context.Context, r reproduce.Repository, commit string) (string, error) {
	if !c.history {
		if err := os.RemoveAll(c.commits()); err != nil {
			return "", err
		}
		if err := c.create(ctx, r, c.commits()); err != nil {
			return "", err
		}
		if _, err := c.git(ctx, c.commits(), "fetch", "--quiet", "--no-tags", "--filter=tree:0", "--end-of-options", "origin",
			"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"); err != nil {
			return "", err
		}
		c.history = true
	}
	out, err := c.git(ctx, c.commits(), "for-each-ref", "--count=1", "--format=%(refname)", "--contains="+commit, "refs/heads/", "refs/tags/")
	if err != nil && ctx.Err() == nil && (strings.Contains(err.Error(), "no such commit") || strings.Contains(err.Error(), "malformed object name")) {
		return "", nil // the other side does not give it either
	}
	if err != nil {
		return "", err
	}
	return trimRef(strings.TrimSpace(string(out))), nil
}

// Entries is reproduce.Source's. All folders are listed.
func (g *Git) Entries(ctx context.Context, r reproduce.Repository, commit, _ string) ([]reproduce.Entry, error) {
	c, err := g.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	dir, err := c.fetchCommit(ctx, r, commit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	// Sizes would be asked of the other side, file by file.
	out, err := c.git(ctx, dir, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	return parseTree(out)
}

// parseTree reads the output of git ls-tree -r -z.
func parseTree(out []byte) ([]reproduce.Entry, error) {
	var entries []reproduce.Entry
	for record := range bytes.SplitSeq(out, []byte{0}) {
		if len(record) == 0 {
			continue
		}
		// MODE SP TYPE SP ID TAB PATH
		meta, name, ok := bytes.Cut(record, []byte{'\t'})
		fields := strings.Fields(string(meta))
		if !ok || len(fields) != 3 || !reproduce.ValidCommit(fields[2]) {
			return nil, fmt.Errorf("git ls-tree: an entry %.200q", record)
		}
		if !fs.ValidPath(string(name)) {
			continue // no tarball has such a name
		}
		e := reproduce.Entry{Path: string(name), ID: fields[2], Size: -1}
		switch fields[0] {
		case "100644", "100755", "100664":
		case "120000":
			e.Mode = reproduce.ModeLink
		case "160000":
			e.Mode = reproduce.ModeSubmodule
		default:
			return nil, fmt.Errorf("git ls-tree: mode %.20q", fields[0])
		}
		if entries = append(entries, e); len(entries) > reproduce.MaxEntries {
			return nil, fmt.Errorf("the commit has more than %d entries", reproduce.MaxEntries)
		}
	}
	return entries, nil
}

// Reach is reproduce.Source's. A tip of a branch or tag needs nothing more than
// their list.
func (g *Git) Reach(ctx context.Context, r reproduce.Repository, commit string, _ []string) (reproduce.Reach, string, error) {
	c, err := g.open(ctx, r)
	if err != nil {
		return "", "", err
	}
	defer c.mu.Unlock()
	for _, ref := range c.refs {
		if ref.commit == commit {
			return reproduce.Reachable, trimRef(ref.name), nil
		}
	}
	if !reproduce.ValidCommit(commit) {
		return reproduce.Unreachable, "", nil
	}
	ref, err := c.reached(ctx, r, commit)
	switch {
	case errors.Is(err, errTime), errors.Is(err, errDisk):
		return reproduce.Unproven, "", nil // the history is too large
	case err != nil:
		return "", "", fmt.Errorf("%s: %w", r, err)
	case ref == "":
		return reproduce.Unreachable, "", nil
	}
	return reproduce.Reachable, ref, nil
}

// Blob is reproduce.Source's.
func (g *Git) Blob(ctx context.Context, r reproduce.Repository, id string, limit int64) ([]byte, error) {
	c, err := g.open(ctx, r)
	if err != nil {
		return nil, err
	}
	defer c.mu.Unlock()
	if !reproduce.ValidCommit(id) {
		return nil, fmt.Errorf("%.100q is no object: %w", id, reproduce.ErrNotFound)
	}
	data, err := c.git(ctx, c.trees(), "cat-file", "blob", id)
	if err != nil && c.history {
		data, err = c.git(ctx, c.commits(), "cat-file", "blob", id)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: blob %.12s has %d bytes; %d are read", r, id, len(data), limit)
	}
	return data, nil
}
