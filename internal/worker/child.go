package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// child is a worker process as its parent sees it.
type child struct {
	conn
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *excerpt
	fence  Fence // what the child says
	// reading is the SHA-256 of the script that the child reads, by its word.
	reading string

	mu    sync.Mutex
	ended bool
}

// waitDelay is how long the end of a child's standard error is waited for once
// it is dead.
const waitDelay = time.Second

// answerDelay is how much earlier an answer may arrive than the sending of its
// task comes to an end. A child reads the whole task before it answers, so
// that nothing but the scheduler lies between the two.
const answerDelay = time.Second

// start starts a child and waits for its hello.
func start(ctx context.Context, options Options, limits setup) (*child, error) {
	c := &child{stderr: new(excerpt)}
	c.cmd = exec.Command(options.Command[0], options.Command[1:]...)
	c.cmd.Env = []string{"GOMAXPROCS=1"}
	c.cmd.Stderr = c.stderr
	c.cmd.SysProcAttr = ownGroup()
	c.cmd.WaitDelay = waitDelay
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	c.stdin = stdin
	c.conn = newConn(stdout, stdin)
	defer context.AfterFunc(ctx, c.kill)()
	var h hello
	if err = c.send(limits); err == nil {
		err = c.receive(&h)
	}
	if err != nil {
		c.end()
		return nil, c.blame(ctx, err)
	}
	switch h.Fence {
	case FenceSeccomp, FenceRlimit, FenceNone:
		c.fence = h.Fence
	default:
		c.end()
		return nil, fmt.Errorf("%w: it says hello with the fence %.100q", ErrAnswer, h.Fence)
	}
	return c, nil
}

// do sends a task and its tarball and returns the answer. After an error the
// child must be ended.
func (c *child) do(ctx context.Context, task Task, body io.ReadCloser) (*result, error) {
	defer context.AfterFunc(ctx, func() {
		c.kill()
		body.Close()
	})()
	source := &reader{r: body}
	sent := make(chan error, 1)
	go func() {
		err := c.send(task)
		if err == nil {
			_, err = io.CopyN(c.stdin, source, task.Size)
		}
		if err != nil {
			c.kill() // or it would wait for the rest
		}
		sent <- err
	}()
	r, err := c.answer()
	if err != nil {
		c.kill() // or it might not read on
	}
	var sendErr error
	select {
	case sendErr = <-sent:
	case <-time.After(answerDelay):
		c.kill()
		sendErr = <-sent
	}
	switch {
	case sendErr == nil && err == nil:
		if r.Error == nil && !r.answers(&task) {
			return nil, fmt.Errorf("%w: it is empty", ErrAnswer)
		}
		return r, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(sendErr, ErrAnswer): // nothing was sent
		return nil, fmt.Errorf("handing the task over: %w", sendErr)
	case sendErr != nil && source.err == io.EOF:
		return nil, fmt.Errorf("reading the tarball: it is shorter than %d bytes: %w", task.Size, io.ErrUnexpectedEOF)
	case sendErr != nil && source.err != nil:
		return nil, fmt.Errorf("reading the tarball: %w", source.err)
	case err == nil:
		return nil, fmt.Errorf("%w: it came before the task was sent", ErrAnswer)
	}
	c.end() // for its last words
	return nil, c.blame(ctx, err)
}

// answers reports whether a result has what a task asks for.
func (r *result) answers(task *Task) bool {
	switch {
	case task.Plan != nil:
		return r.Story != nil
	case task.Match != nil:
		return r.Match != nil
	}
	a := r.Analysis
	return a != nil && a.Program != nil && a.Program.Tree != nil && a.Features != nil
}

// answer receives results up to the answer.
func (c *child) answer() (*result, error) {
	c.reading = ""
	for {
		r := new(result)
		if err := c.receive(r); err != nil {
			return nil, err
		}
		if r.Reading == "" {
			return r, nil
		}
		c.reading = r.Reading
	}
}

// blame makes an error of a failed exchange with a child that has ended.
func (c *child) blame(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, ErrAnswer) {
		return err
	}
	words := ""
	if text := c.stderr.text(); text != "" {
		words = fmt.Sprintf(": %.1024q", text)
	}
	return fmt.Errorf("%w (%v)%s", ErrKilled, c.cmd.ProcessState, words)
}

// kill kills the child and whatever it might have started.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		killGroup(c.cmd.Process)
	}
}

// end kills the child if need be and waits until nothing is left of it.
func (c *child) end() {
	c.kill()
	c.mu.Lock()
	ended := c.ended
	c.ended = true // its process number may be another's from now on
	c.mu.Unlock()
	if !ended {
		c.stdin.Close()
		// The error is that it was killed.
		_ = c.cmd.Wait()
	}
}

// reader remembers the error of the reader it wraps.
type reader struct {
	r   io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil {
		r.err = err
	}
	return n, err
}

// maxStderr bounds what is kept of a child's standard error, in bytes. Go
// writes the reason first and stacks after it.
const maxStderr = 8 << 10

// excerpt keeps the beginning of what is written to it.
type excerpt struct {
	mu   sync.Mutex
	data []byte
}

func (e *excerpt) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.data = append(e.data, p[:min(len(p), maxStderr-len(e.data))]...)
	return len(p), nil
}

func (e *excerpt) text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.data)
}
