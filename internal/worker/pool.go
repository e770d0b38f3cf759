package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// Options configure a Pool. A zero field stands for the value named with it.
type Options struct {
	// Command is the command line of a child, which must call Main: by default
	// this program's file and "worker".
	Command []string
	// Workers is how many children run at once: by default one for each
	// processor, at most 4.
	Workers int
	// Memory is what all running tasks together are expected to take at most,
	// in bytes: by default DefaultMemory.
	Memory int64
	// WorkerMemory is the most that one child can have, in bytes, where the
	// system enforces it: by default DefaultWorkerMemory. A child that needs
	// more dies.
	WorkerMemory int64
	// Timeout is how long a task of no bytes may take: by default
	// DefaultTimeout. A tarball adds TimeoutPerMiB for each of its MiB.
	Timeout time.Duration
}

// What zero fields of Options stand for.
const (
	DefaultMemory       = 208 << 20
	DefaultWorkerMemory = 512 << 20
	DefaultTimeout      = 30 * time.Second
)

// TimeoutPerMiB is how much longer a task may take for each MiB of tarball. It
// unpacks to about 5 MiB, which are unpacked and parsed in a fraction of a
// second by an idle machine.
const TimeoutPerMiB = 5 * time.Second

// Request is one tarball to be analysed.
type Request struct {
	// Size is the tarball's exact size in bytes.
	Size int64
	// UnpackedSize is what the registry says of the unpacked size, in bytes; 0
	// where it says nothing. It is taken as a hint only.
	UnpackedSize int64
	// Git marks the content of a git dependency.
	Git bool
	// Known is what an analysis of another version knows of scripts.
	Known []Known
	// Open returns the tarball's bytes. It may be called again when a child
	// died before it answered. Reading must end when the reader is closed.
	Open func() (io.ReadCloser, error)
}

// Pool is a set of child processes that analyse tarballs. Its methods may be
// called concurrently.
type Pool struct {
	options Options
	// idle holds one element for each worker that may run: a child that waits
	// for a task, or nil for one not started.
	idle   chan *child
	memory *semaphore.Weighted
	// closing ends every Load.
	closing context.Context
	close   context.CancelCauseFunc
	once    sync.Once

	mu    sync.Mutex
	fence Fence
}

// NewPool returns a Pool. It starts no child before one is needed.
func NewPool(options Options) (*Pool, error) {
	if len(options.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding the worker program: %w", err)
		}
		options.Command = []string{self, "worker"}
	}
	if options.Workers == 0 {
		options.Workers = min(runtime.GOMAXPROCS(0), 4)
	}
	if options.Memory == 0 {
		options.Memory = DefaultMemory
	}
	if options.WorkerMemory == 0 {
		options.WorkerMemory = DefaultWorkerMemory
	}
	if options.Timeout == 0 {
		options.Timeout = DefaultTimeout
	}
	p := &Pool{
		options: options,
		idle:    make(chan *child, options.Workers),
		memory:  semaphore.NewWeighted(options.Memory),
	}
	p.closing, p.close = context.WithCancelCause(context.Background())
	for range options.Workers {
		p.idle <- nil
	}
	return p, nil
}

// Close kills all children, makes every Load return an error that wraps
// ErrClosed, and waits for both.
func (p *Pool) Close() {
	p.once.Do(func() {
		p.close(ErrClosed)
		for range p.options.Workers {
			if c := <-p.idle; c != nil {
				c.end()
			}
		}
	})
}

// Fence returns what keeps the children from doing harm, by the word of the one
// started last; "" before the first was started.
func (p *Pool) Fence() Fence {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fence
}

// Load unpacks and analyses a tarball in a child. Its error wraps one of this
// package's or of package tarball's sentinels, the context's error, or that of
// Open and its reader.
//
// A script that kills or stalls its child is read again by its tokens alone,
// and then not at all; the Program says so. Up to maxCulprits scripts cost no
// more than that.
func (p *Pool) Load(ctx context.Context, req Request) (*Analysis, error) {
	need := p.need(req)
	ctx, c, release, err := p.begin(ctx, need)
	if err != nil {
		return nil, err
	}
	defer release()
	task := Task{Size: req.Size, Git: req.Git, Known: req.Known, Memory: need}
	limits := setup{Memory: p.options.WorkerMemory}
	used := *c != nil
	r, reading, err := p.try(ctx, c, req, task, limits)
	if used && (errors.Is(err, ErrKilled) || errors.Is(err, ErrAnswer)) {
		// An earlier task may be to blame, and the outcome must not depend on
		// which child a task meets.
		r, reading, err = p.try(ctx, c, req, task, limits)
	}
	for range maxCulprits {
		if reading == "" || !errors.Is(err, ErrKilled) && !errors.Is(err, ErrTimeout) {
			break
		}
		if !slices.Contains(task.Tokens, reading) {
			task.Tokens = append(task.Tokens, reading)
		} else {
			task.Skip = append(task.Skip, reading)
		}
		r, reading, err = p.try(ctx, c, req, task, limits)
	}
	if err != nil {
		return nil, err
	}
	return r.Analysis, nil
}

// Tell has scripts of a tarball run in the sandbox, in a child of their own that
// serves no other package: what runs may have found a way out of its engine. Its
// errors are those of Load.
//
// A run that kills or stalls the child is told as such, and the others are done
// again without it. Up to maxCulprits runs cost no more than that.
func (p *Pool) Tell(ctx context.Context, req Request, plan sandbox.Plan) (*sandbox.Story, error) {
	ctx, waiting, release, err := p.begin(ctx, min(max(p.need(req), sandboxNeed), p.options.Memory))
	if err != nil {
		return nil, err
	}
	defer release()
	if *waiting != nil { // its memory is the run's meanwhile
		(*waiting).end()
		*waiting = nil
	}
	var c *child
	defer func() {
		if c != nil {
			c.end()
		}
	}()
	task := Task{Size: req.Size, Plan: &plan, Memory: SandboxMemory * 2 / 5}
	limits := setup{Memory: SandboxMemory, CPU: int(2 * sandbox.MaxTime / time.Second)}
	story := &sandbox.Story{Package: plan.Package.Name}
	for range maxCulprits {
		r, running, err := p.try(ctx, &c, req, task, limits)
		switch {
		case err != nil && (running == "" || !errors.Is(err, ErrKilled) && !errors.Is(err, ErrTimeout)):
			return nil, err
		case err != nil:
			plan.Killed = append(plan.Killed, running)
			continue
		}
		story.Executions = append(story.Executions, r.Story.Executions...)
		story.Untold = r.Story.Untold
		rest := r.Story.Rest
		if rest <= 0 || rest >= len(plan.Entries) {
			return story, nil
		}
		// One of its runs goes on in that child.
		c.end()
		c = nil
		plan.Entries = plan.Entries[rest:]
	}
	story.Untold = "too many of its runs could not be stopped"
	return story, nil
}

// Match compares a tarball with its source in a child, which has the content. Its
// errors are those of Load; an answer that does not fit the tarball's tree or the
// commit gives one that wraps ErrAnswer.
func (p *Pool) Match(ctx context.Context, req Request, with Comparison) (*reproduce.Result, error) {
	need := min(p.need(req)+listingGrowth*with.size(), p.options.Memory)
	ctx, c, release, err := p.begin(ctx, need)
	if err != nil {
		return nil, err
	}
	defer release()
	task := Task{Size: req.Size, Memory: need, Match: &with}
	limits := setup{Memory: p.options.WorkerMemory}
	v := reproduce.Version{PackageVersion: with.Version, Tree: with.Tree, Runs: with.Runs}
	attempt := func() (*reproduce.Result, error) {
		r, _, err := p.try(ctx, c, req, task, limits)
		if err != nil {
			return nil, err
		}
		if err := r.Match.Accept(v, with.Commit); err != nil {
			(*c).end()
			*c = nil
			return nil, fmt.Errorf("%w: %v", ErrAnswer, err)
		}
		return r.Match, nil
	}
	used := *c != nil
	m, err := attempt()
	if used && (errors.Is(err, ErrKilled) || errors.Is(err, ErrAnswer)) {
		m, err = attempt() // as in Load
	}
	return m, err
}

// size is what the listing and the names of the tarball's files take, in bytes,
// roughly.
func (c *Comparison) size() int64 {
	const object = 100 // digest, id, names of fields
	n := len(c.Commit.Manifest)
	for i := range c.Commit.Entries {
		n += object + len(c.Commit.Entries[i].Path)
	}
	for i := range c.Tree.Files {
		n += 3*object + 2*len(c.Tree.Files[i].Path)
	}
	return int64(n)
}

// listingGrowth is how many times its text a listing takes while it is handed
// over, in both processes together: the entries and their JSON in each, their order
// and their ids in the child.
const listingGrowth = 7

// SandboxMemory is the most that a child which runs scripts can have, in bytes,
// where the system enforces it: the package's files, the engine and its heap.
const SandboxMemory = 320 << 20

// sandboxNeed is what running scripts is expected to take at least, in bytes:
// nearly all stay below, and what a hostile one can take is SandboxMemory.
const sandboxNeed = 96 << 20

// begin waits until a task that needs so many bytes of memory may run. The child
// is the slot's; release gives it back. Memory comes before the slot, so that no
// child waits with what waits for memory.
func (p *Pool) begin(parent context.Context, need int64) (ctx context.Context, c **child, release func(), err error) {
	ctx, cancel := context.WithCancelCause(parent)
	stop := context.AfterFunc(p.closing, func() { cancel(ErrClosed) })
	end := func() {
		stop()
		cancel(nil)
	}
	if err := p.memory.Acquire(ctx, need); err != nil {
		err = context.Cause(ctx)
		end()
		return nil, nil, nil, err
	}
	slot := new(*child)
	select {
	case <-ctx.Done():
		err = context.Cause(ctx)
		p.memory.Release(need)
		end()
		return nil, nil, nil, err
	case *slot = <-p.idle:
	}
	if need == p.options.Memory {
		p.retire()
	}
	return ctx, slot, func() {
		p.memory.Release(need)
		p.idle <- *slot
		end()
	}, nil
}

// retire ends the children that wait for a task, to have their memory for one
// that needs all there is.
func (p *Pool) retire() {
	for range p.options.Workers {
		select {
		case c := <-p.idle:
			if c != nil {
				c.end()
			}
			p.idle <- nil
		default:
			return
		}
	}
}

// maxCulprits bounds how often a task is tried again because a script killed or
// stalled the child.
const maxCulprits = 6

// try does one task on the child at *c. It starts one there if there is none,
// and leaves nil if the child cannot be used again.
// The second result is the script that was being read or run when the child ended.
func (p *Pool) try(ctx context.Context, c **child, req Request, task Task, limits setup) (*result, string, error) {
	limit := p.options.Timeout + time.Duration(float64(req.Size)/(1<<20)*float64(TimeoutPerMiB))
	if task.Plan != nil {
		limit += sandbox.MaxTime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: more than %v", ErrTimeout, limit.Round(time.Millisecond)))
	defer cancel()

	body, err := req.Open()
	if err != nil {
		return nil, "", fmt.Errorf("opening the tarball: %w", err)
	}
	defer body.Close()
	if *c == nil {
		if *c, err = start(ctx, p.options, limits); err != nil {
			return nil, "", err
		}
		p.mu.Lock()
		p.fence = (*c).fence
		p.mu.Unlock()
	}
	r, err := (*c).do(ctx, task, body)
	if err != nil {
		reading := (*c).reading
		(*c).end()
		*c = nil
		return nil, reading, err
	}
	if r.Error != nil {
		return nil, "", r.Error
	}
	return r, "", nil
}

// What an analysis takes of memory.
const (
	// fixedNeed is what any takes, in bytes.
	fixedNeed = 32 << 20
	// expansion is how many times its own size a tarball unpacks to. Half of
	// the popular ones stay under 4, most under 6.
	expansion = 6
	// growth is how many bytes are needed for each one unpacked. Code is kept and
	// parsed file by file; a syntax tree takes 14 times its text or more. Where
	// nearly all of a package is one script, as in typescript, that comes to 7
	// with it; mostly it is much less, and what is not used costs nothing but
	// that fewer tasks run beside it.
	growth = 6
	// treeGrowth is how many times its text a syntax tree takes.
	treeGrowth = 16
)

// need estimates the memory that an analysis takes, in bytes. One that is
// expected to need more than there is runs alone.
func (p *Pool) need(req Request) int64 {
	unpacked := max(req.Size*expansion, req.UnpackedSize)
	kept := min(unpacked, tarball.MaxKeptCode+tarball.MaxKeptOther)
	return min(fixedNeed+growth*kept, p.options.Memory)
}
