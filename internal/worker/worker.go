// Package worker unpacks and analyses package tarballs in child processes, so
// that bytes from a package meet no credentials, no files and no network, and
// an input that kills or stalls the code that reads it costs one analysis and
// not the audit.
//
// The parent keeps a Pool. A child is the same binary, started with a hidden
// command that calls Main. Parent and child speak over the child's standard
// input and output:
//
//	parent: setup                       child: hello
//	parent: task, then Task.Size bytes  child: results, the last is the answer
//	...
//
// Setup, hello, task and result are JSON behind a length of four bytes, most
// significant first. The child reads the tarball to its end before it answers.
//
// # The fence
//
// A child's environment holds GOMAXPROCS and nothing else. Before it reads the
// first byte of a package it puts up a fence, and says in its hello which:
//
//   - seccomp (Linux on amd64 and arm64): only the system calls that the Go
//     runtime needs on open descriptors. Opening files, sockets, new processes
//     and everything else fails with EPERM.
//   - rlimit (Linux, macOS): no new descriptors, no files written, no core
//     dumps, and on Linux a limit on memory. Linux has both.
//
// On Linux descriptors that the parent itself inherited are closed as well.
// Without a fence there is still a process of its own.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/sandbox"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// What the errors of Pool's methods wrap, besides those of package tarball.
var (
	// ErrKilled says that the child ended before it answered: it ran out of
	// memory or stack, or was killed from outside.
	ErrKilled = errors.New("the analysis process died")
	// ErrTimeout says that the child did not answer in time and was killed.
	ErrTimeout = errors.New("the analysis took too long")
	// ErrAnswer says that the child's answer is too large or makes no sense.
	ErrAnswer = errors.New("the analysis gave no usable answer")
	// ErrPanic says that the analysis panicked.
	ErrPanic = errors.New("the analysis panicked")
	// ErrClosed says that the pool was closed.
	ErrClosed = errors.New("the worker pool is closed")
)

// Task is one unit of work: a tarball and what is to be known about it.
type Task struct {
	// Size is the tarball's size in bytes.
	Size int64 `json:"size"`
	// Memory is what the task is expected to take, in bytes. It may take more, up
	// to the child's limit, at the price of more garbage collection.
	Memory int64 `json:"memory"`
	// Git marks the content of a git dependency, for which npm runs the
	// prepare script as well.
	Git bool `json:"git,omitempty"`
	// Known is what an analysis of another version knows of scripts.
	Known []Known `json:"known,omitempty"`
	// Tokens are the SHA-256 digests of scripts that are read by their tokens,
	// and Skip of those that are not read, because doing so killed a child.
	Tokens []string `json:"tokens,omitempty"`
	Skip   []string `json:"skip,omitempty"`
	// Plan, where set, has scripts run in the sandbox instead of an analysis.
	Plan *sandbox.Plan `json:"plan,omitempty"`
	// Match, where set, has the files compared with the source instead.
	Match *Comparison `json:"match,omitempty"`
}

// Comparison is what a tarball is compared with.
type Comparison struct {
	Version npm.PackageVersion `json:"version"`
	// Runs are the paths that are known to run.
	Runs []string `json:"runs,omitempty"`
	// Tree is what the parent knows of the tarball: the answer must fit it.
	Tree   *npm.Tree         `json:"-"`
	Commit *reproduce.Commit `json:"commit"`
}

// LoadFunc analyses an unpacked tarball. It runs in the child. Before it reads a
// script it tells reading the script's SHA-256.
type LoadFunc func(tree *npm.Tree, task Task, reading func(sha256 string)) (*Analysis, error)

// result is a message from the child: one of its fields is set. The answer to a
// task is Analysis, Story, Match or Error; any number of messages that say which script
// is read or run come before it.
type result struct {
	Reading  string            `json:"reading,omitempty"`
	Analysis *Analysis         `json:"analysis,omitempty"`
	Story    *sandbox.Story    `json:"story,omitempty"`
	Match    *reproduce.Result `json:"match,omitempty"`
	Error    *taskError        `json:"error,omitempty"`
}

// taskError is an error on its way from child to parent. It wraps the
// sentinel that its Kind names.
type taskError struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// maxMessage bounds an error's text, in bytes.
const maxMessage = 2048

// sentinel returns the error that a kind stands for, nil for an unknown one.
func sentinel(kind string) error {
	switch kind {
	case "too-large":
		return tarball.ErrTooLarge
	case "malformed":
		return tarball.ErrMalformed
	case "ambiguous":
		return tarball.ErrAmbiguous
	case "panic":
		return ErrPanic
	case "answer":
		return ErrAnswer
	}
	return nil
}

func newTaskError(err error) *taskError {
	e := &taskError{Kind: "other", Message: err.Error()}
	for _, kind := range []string{"too-large", "malformed", "ambiguous", "panic", "answer"} {
		if errors.Is(err, sentinel(kind)) {
			e.Kind = kind
			break
		}
	}
	e.Message = e.Message[:min(len(e.Message), maxMessage)]
	return e
}

// Error returns the message, without what could steer a terminal.
func (e *taskError) Error() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, e.Message[:min(len(e.Message), maxMessage)])
}

func (e *taskError) Unwrap() error { return sentinel(e.Kind) }

// Main is the child: it serves tasks from in to out until in ends, and returns
// the exit code. Nothing but its parent's Pool can make use of it.
func Main(in io.Reader, out io.Writer, load LoadFunc) int {
	// A trace of goroutines says nothing to the reader of a report.
	debug.SetTraceback("none")
	debug.SetMaxStack(maxStack)
	s := newServer(in, out, load)
	s.orphaned = func() { os.Exit(1) }
	var setup setup
	if err := s.receive(&setup); err != nil {
		return 1
	}
	// Trees of scripts are garbage all at once, so that collecting seldom costs
	// less; from what a task is expected to take on the collector works harder.
	debug.SetGCPercent(gcPercent)
	// The runtime opens its poller with the first timer. It must do so while
	// it can.
	time.Sleep(time.Nanosecond)
	if err := s.send(hello{Fence: fence(setup)}); err != nil {
		return 1
	}
	if err := s.serve(); err != nil {
		return 1
	}
	return 0
}

// gcPercent is how much garbage there may be before it is collected, in percent
// of what is in use.
const gcPercent = 400

// maxStack bounds a goroutine's stack, in bytes. Go's own 1 GB is more memory
// than a child has; 64 MB hold several ten thousand frames of a parser.
const maxStack = 64 << 20

// server is the child's side of the protocol.
type server struct {
	conn
	load LoadFunc
	// orphaned, if not nil, is called when the input ends during an analysis:
	// the parent is gone and nobody else would end it.
	orphaned func()
}

func newServer(in io.Reader, out io.Writer, load LoadFunc) *server {
	return &server{conn: newConn(in, out), load: load}
}

// serve answers tasks until the input ends.
func (s *server) serve() error {
	for {
		var task Task
		if err := s.receive(&task); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
		debug.SetMemoryLimit(task.Memory)
		r, watching := s.run(task)
		err := s.send(r)
		if errors.Is(err, ErrAnswer) {
			err = s.send(result{Error: newTaskError(err)})
		}
		if err != nil {
			return err
		}
		if task.Memory > freeAfter {
			debug.FreeOSMemory()
		}
		<-watching
	}
}

// freeAfter is the memory of a task, in bytes, after which the child gives what
// it has back to the system. Below that the heap is reused.
const freeAfter = 48 << 20

// run does one task. It reads the input to the end of the tarball; the channel
// is closed when the input may be read on.
func (s *server) run(task Task) (result, <-chan struct{}) {
	body := io.LimitReader(s.in, task.Size)
	tree, err := unpack(body)
	if _, drain := io.Copy(io.Discard, body); err == nil {
		err = drain
	}
	watching := s.watch()
	if err != nil {
		return result{Error: newTaskError(err)}, watching
	}
	var r result
	switch {
	case task.Plan != nil:
		r.Story, err = s.tell(tree, task.Plan)
	case task.Match != nil:
		r.Match, err = match(tree, task.Match)
	default:
		debug.SetMemoryLimit(max(task.Memory, takes(tree)))
		r.Analysis, err = s.analyse(tree, task)
	}
	if err != nil {
		return result{Error: newTaskError(err)}, watching
	}
	return r, watching
}

// takes is the memory that an analysis of a tree takes, in bytes: less would have
// the collector run all the time.
func takes(tree *npm.Tree) int64 {
	kept, largest := 0, 0
	for i := range tree.Files {
		n := len(tree.Files[i].Data)
		kept += n
		if n <= javascript.MaxTree {
			largest = max(largest, n)
		}
	}
	return fixedNeed + int64(kept) + treeGrowth*int64(largest)
}

// watch waits for the next byte of input or its end.
func (s *server) watch() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.in.Peek(1); err != nil && s.orphaned != nil {
			s.orphaned()
		}
	}()
	return done
}

// unpack reads a tarball. A panic there is reported as one in the analysis is.
func unpack(body io.Reader) (tree *npm.Tree, err error) {
	defer recovered(&err)
	return tarball.Unpack(body, tarball.Limits{})
}

func (s *server) analyse(tree *npm.Tree, task Task) (a *Analysis, err error) {
	defer recovered(&err)
	return s.load(tree, task, func(sha256 string) {
		// Where the parent is gone, the answer will fail as well.
		_ = s.send(result{Reading: sha256})
	})
}

// tell runs what a plan says. A run that goes on much longer than it may, in code
// of the engine that cannot be interrupted, ends the process.
func (s *server) tell(tree *npm.Tree, plan *sandbox.Plan) (story *sandbox.Story, err error) {
	defer recovered(&err)
	var watchdog *time.Timer
	defer func() {
		if watchdog != nil {
			watchdog.Stop()
		}
	}()
	limit := cmp.Or(plan.Limits.Time, sandbox.DefaultTime)
	read := func(path string) ([]byte, bool) {
		f := tree.Lookup(path)
		if f == nil || f.Data == nil && f.Size > 0 {
			return nil, false
		}
		return f.Data, true
	}
	for i := range tree.Files {
		plan.Package.Files = append(plan.Package.Files, tree.Files[i].Path)
	}
	return sandbox.Tell(context.Background(), plan, read, func(key string) {
		if watchdog != nil {
			watchdog.Stop()
		}
		_ = s.send(result{Reading: key})
		watchdog = time.AfterFunc(2*limit+time.Second, func() { os.Exit(exitStalled) })
	}), nil
}

// match compares a tarball with its source.
func match(tree *npm.Tree, c *Comparison) (r *reproduce.Result, err error) {
	defer recovered(&err)
	if c.Commit == nil {
		return nil, fmt.Errorf("%w: there is no commit to compare with", ErrAnswer)
	}
	return reproduce.Match(reproduce.Version{PackageVersion: c.Version, Tree: tree, Runs: c.Runs}, c.Commit), nil
}

// exitStalled is the exit code of a child whose engine did not stop.
const exitStalled = 3

// recovered turns a panic into an error.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("%w: %.200q", ErrPanic, fmt.Sprint(v))
	}
}
