package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Engine is what runs JavaScript.
type Engine string

// The engines.
const (
	// Goja is dop251/goja: quick to start. It does not bound memory, and a stack
	// overflow ends the run. It has no for await and no async generators.
	Goja Engine = "goja"
	// QuickJS is modernc.org/libquickjs: complete ES2023. A lack of memory and a
	// stack overflow are exceptions that a script may catch.
	QuickJS Engine = "quickjs"
)

// The time does not stop all that an engine does by itself: in both a built-in
// function goes through an endless array, and under goja a regular expression
// tracks back without end. Run waits grace for that, and returns without it.
const grace = time.Second

// Limits bound a run. A field that is zero has its default.
type Limits struct {
	// Time is the wall clock, 2 s by default.
	Time time.Duration
	// Memory is what scripts may allocate under QuickJS, in bytes, 128 MiB by
	// default.
	Memory int64
	// Steps is how often the prelude's step function is called, 10,000 by default.
	Steps int
}

// The default limits.
const (
	DefaultTime   = 2 * time.Second
	DefaultMemory = 128 << 20
	DefaultSteps  = 10000
)

func (l Limits) complete() Limits {
	if l.Time <= 0 {
		l.Time = DefaultTime
	}
	if l.Memory <= 0 {
		l.Memory = DefaultMemory
	}
	if l.Steps <= 0 {
		l.Steps = DefaultSteps
	}
	return l
}

// Trace is what one run did.
type Trace struct {
	Engine Engine `json:"engine"`
	// World is the identity's name.
	World  string  `json:"world"`
	Events []Event `json:"events"`
	Ending Ending  `json:"ending"`
}

// Ending says how a run ended.
type Ending struct {
	Reason Reason `json:"reason"`
	// Message is the engine's, or that of the first exception that no script
	// caught, cut after MaxText bytes. It is set for Done too where there was one.
	Message string `json:"message,omitempty"`
	// Dropped is how many events were not kept.
	Dropped int `json:"dropped,omitempty"`
	// Stuck tells that the engine did not stop where its time was over. It goes on
	// in a goroutine, so that the process has to end.
	Stuck bool `json:"stuck,omitempty"`
}

// Reason is why a run ended.
type Reason string

// The reasons.
const (
	// Done: nothing was left to run.
	Done Reason = "done"
	// Exit: the script ended its process.
	Exit Reason = "exit"
	// OutOfTime, OutOfSteps, OutOfMemory and OutOfStack: a limit was reached.
	OutOfTime   Reason = "time"
	OutOfSteps  Reason = "steps"
	OutOfMemory Reason = "memory"
	OutOfStack  Reason = "stack"
	// Failed: the engine failed.
	Failed Reason = "error"
	// Unsupported: the engine does not take the syntax of a text that the parser
	// takes, or of one that is too large to be parsed.
	Unsupported Reason = "unsupported"
)

// runner is one engine with one prelude. All but interrupt belong to one
// goroutine.
type runner interface {
	// start runs the prelude.
	start() error
	// step calls the prelude's step function and then the promise jobs. Its
	// errors are thrown, ended and errExit.
	step() (progress, error)
	// interrupt ends what runs, from any goroutine. It stays so.
	interrupt()
	close()
}

// progress is what a step says.
type progress uint8

const (
	finished progress = iota
	exited            // the script ended its process
	more
)

// thrown is an exception that no script caught.
type thrown struct{ message string }

func (t thrown) Error() string { return t.message }

// ended is what ends a run.
type ended struct {
	reason  Reason
	message string
	stuck   bool
}

func (e ended) Error() string { return string(e.reason) + ": " + e.message }

// errExit ends a step, and not the run.
var errExit = errors.New("the script ended its process")

// Run runs the entry of a world and returns what it did. Files of the package
// are read by their path in it. The error says that the prelude itself failed or
// that there is no such engine; all that a script can do ends in the trace.
//
// The same world and files give the same trace, where no limit of time or memory
// was reached. Nothing of a run is left behind unless the ending says Stuck. An
// engine that overflows the Go stack or the memory of the process takes it down.
func Run(ctx context.Context, world *World, read func(path string) ([]byte, bool), engine Engine, limits Limits) (*Trace, error) {
	return run(ctx, world, read, engine, limits, builtin())
}

func run(ctx context.Context, world *World, read func(path string) ([]byte, bool), engine Engine, limits Limits, p *prelude) (*Trace, error) {
	limits = limits.complete()
	h, err := newHost(world, read)
	if err != nil {
		return nil, err
	}
	var m runner
	err = guard(func() (err error) {
		m, err = newRunner(engine, h, limits, p)
		return err
	})
	var failed ended // without memory for an engine, as where one runs out of it
	switch {
	case errors.As(err, &failed):
		return h.trace(engine, failed), nil
	case err != nil:
		return nil, err
	}
	end, err := supervise(ctx, m, h, limits)
	if err != nil {
		return nil, fmt.Errorf("prelude under %s: %w", engine, p.locate(err))
	}
	return h.trace(engine, end), nil
}

// supervise drives an engine in a goroutine of its own, which ends before it
// returns unless the engine is stuck.
func supervise(ctx context.Context, m runner, h *host, limits Limits) (ended, error) {
	ctx, cancel := context.WithTimeout(ctx, limits.Time)
	defer cancel()
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		m.interrupt()
		close(fired)
	})
	type outcome struct {
		end ended
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		if err := guard(m.start); err == nil {
			o.end = drive(ctx, m, h, limits.Steps)
		} else if !errors.As(err, &o.end) {
			o.err = err
		}
		if !stop() {
			<-fired
		}
		if err := guard(func() error { m.close(); return nil }); err != nil && o.end.reason != Failed {
			o.end = ended{reason: Failed, message: err.Error()}
		}
		done <- o
	}()
	select {
	case o := <-done:
		return o.end, o.err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case o := <-done:
		return o.end, o.err
	case <-late.C:
		return ended{reason: OutOfTime, stuck: true}, nil
	}
}

func newRunner(engine Engine, h *host, limits Limits, p *prelude) (runner, error) {
	switch engine {
	case Goja:
		return newGoja(h, p)
	case QuickJS:
		return newQuickJS(h, limits, p)
	}
	return nil, fmt.Errorf("no engine %q", engine)
}

// drive calls step until nothing is left or a limit is reached.
func drive(ctx context.Context, m runner, h *host, steps int) ended {
	reason := Done
	for range steps {
		var p progress
		err := guard(func() (err error) {
			p, err = m.step()
			return err
		})
		var e ended
		var t thrown
		switch {
		case errors.As(err, &e):
			return e
		case ctx.Err() != nil:
			return ended{reason: OutOfTime}
		case errors.Is(err, errExit):
			reason, p = Exit, more
		case errors.As(err, &t):
			h.uncaught(t.message)
			p = more
		case err != nil:
			return ended{reason: Failed, message: err.Error()}
		}
		switch p {
		case exited:
			return ended{reason: Exit}
		case finished:
			return ended{reason: reason}
		}
	}
	return ended{reason: OutOfSteps}
}

// guard calls a function and makes an error of a panic: engines are large, and
// scripts are written to break them.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = ended{reason: Failed, message: fmt.Sprint("the engine failed: ", p)}
		}
	}()
	return f()
}
