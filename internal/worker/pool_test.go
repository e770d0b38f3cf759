package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/tarball"
)

func TestLoad(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1})
	data := pack(t, "nothing")
	tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := testLoad(tree, Task{}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Program.Tree.Files {
		want.Program.Tree.Files[i].Data = nil // stays in the child
	}
	for range 2 {
		got, err := pool.Load(context.Background(), request(data))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("program (-want +got):\n%s", diff)
		}
	}
}

func TestLoadPassesTask(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1})
	for _, git := range []bool{false, true} {
		req := request(pack(t, "git"))
		req.Git = git
		got, err := pool.Load(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got.Program.Manifest.Name != fmt.Sprint(git) {
			t.Errorf("Git is %s in the child, want %t", got.Program.Manifest.Name, git)
		}
	}
}

// TestLoadSurvives gives one worker bad inputs; each costs its own task alone.
func TestLoadSurvives(t *testing.T) {
	tests := []struct {
		do      string
		want    error
		message string // part of the error's text
	}{
		{"panic", ErrPanic, "as told"},
		{"overflow", ErrKilled, "stack"},
		{"exit", ErrKilled, "exit status 7"},
		{"stderr", ErrKilled, "reason"},
		{"garbage", ErrAnswer, ""},
		{"close", ErrKilled, ""},
		{"claim", ErrAnswer, "claims"},
		{"large", ErrAnswer, "bytes"},
		{"memory", ErrKilled, "memory"},
	}
	pool := newPool(t, "work", Options{Workers: 1, WorkerMemory: 400 << 20})
	for _, tt := range tests {
		t.Run(tt.do, func(t *testing.T) {
			if tt.do == "memory" && (underRace || runtime.GOOS != "linux") {
				t.Skip("no limit on memory here")
			}
			got, err := load(t, pool, tt.do)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Load gives %v and the error %v, want one of %v", got, err, tt.want)
			}
			if !strings.Contains(err.Error(), tt.message) {
				t.Errorf("error %q does not mention %q", err, tt.message)
			}
			if len(err.Error()) > 4096 || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("error of %d bytes is not fit to be shown: %.300q", len(err.Error()), err)
			}
			if _, err := load(t, pool, "nothing"); err != nil {
				t.Errorf("the next task fails: %v", err)
			}
		})
	}
}

// TestLoadCulprits gives a worker scripts that kill or stall it: they are read
// by their tokens, then not at all, and the task is done.
func TestLoadCulprits(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1, Timeout: 2 * time.Second})
	for _, test := range []struct{ scripts, want string }{
		{"good-1 tokens-1 good-2", "tokens-1; "},
		{"skip-1 good-1 tokens-1", "skip-1 tokens-1; skip-1"},
		{"slow-1", "slow-1; "},
	} {
		got, err := load(t, pool, "scripts "+test.scripts)
		if err != nil {
			t.Errorf("%s: %v", test.scripts, err)
		} else if got.Program.Manifest.Name != test.want {
			t.Errorf("%s: read with %q, want %q", test.scripts, got.Program.Manifest.Name, test.want)
		}
	}
	if _, err := load(t, pool, "scripts skip-1 skip-2 skip-3 skip-4"); !errors.Is(err, ErrKilled) {
		t.Errorf("more culprits than are put up with: error %v", err)
	}
}

func TestLoadTimeout(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1, Timeout: 500 * time.Millisecond})
	if _, err := load(t, pool, "loop"); !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v, want %v", err, ErrTimeout)
	}
}

func TestLoadErrors(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1})
	good := pack(t, "nothing")
	broken := errors.New("broken disk")
	open := func(r io.Reader, size int) Request {
		return Request{Size: int64(size), Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}
	}
	tests := []struct {
		name string
		req  Request
		want error
	}{
		{"no tarball", request([]byte("not a tarball")), tarball.ErrMalformed},
		{"truncated", request(good[:len(good)-4]), tarball.ErrMalformed},
		{"empty", request(nil), tarball.ErrMalformed},
		{"not opened", Request{Open: func() (io.ReadCloser, error) { return nil, broken }}, broken},
		{"unreadable", open(io.MultiReader(bytes.NewReader(good[:50]), iotest.ErrReader(broken)), len(good)), broken},
		{"shorter than said", open(bytes.NewReader(good), len(good)+1), io.ErrUnexpectedEOF},
		{"end and data at once", open(iotest.DataErrReader(bytes.NewReader(good)), len(good)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := pool.Load(context.Background(), tt.req); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if _, err := load(t, pool, "nothing"); err != nil {
				t.Errorf("the next task fails: %v", err)
			}
		})
	}
	if _, err := load(t, pool, "error"); err == nil || err.Error() != "no \ufffd[31mgood" {
		t.Errorf("error %q of the analysis does not arrive", err)
	}
}

func TestLoadBadChild(t *testing.T) {
	tests := []struct {
		mode string
		want error
	}{
		{"exit", ErrKilled},
		{"garbage", ErrAnswer},
		{"huge hello", ErrAnswer},
		{"silent", ErrTimeout},
		{"greet and exit", ErrKilled},
		{"answer nothing", ErrAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.mode, func(t *testing.T) {
			options := Options{Workers: 1}
			if tt.want == ErrTimeout {
				options.Timeout = 500 * time.Millisecond
			}
			pool := newPool(t, tt.mode, options)
			if _, err := load(t, pool, "nothing"); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("answer first", func(t *testing.T) {
		// More than a pipe holds, so that sending cannot be over.
		pool := newPool(t, "answer first", Options{Workers: 1})
		if _, err := pool.Load(context.Background(), request(make([]byte, 4<<20))); !errors.Is(err, ErrAnswer) {
			t.Errorf("error %v, want %v", err, ErrAnswer)
		}
	})
	t.Run("no such program", func(t *testing.T) {
		pool, err := NewPool(Options{Command: []string{filepath.Join(t.TempDir(), "none")}})
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if _, err := load(t, pool, "nothing"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("error %v, want %v", err, os.ErrNotExist)
		}
	})
}

// TestLoadAfterDeath kills a child between two tasks: the second is none the
// worse for it.
func TestLoadAfterDeath(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1})
	if _, err := load(t, pool, "nothing"); err != nil {
		t.Fatal(err)
	}
	c := <-pool.idle
	c.kill()
	pool.idle <- c
	if _, err := load(t, pool, "nothing"); err != nil {
		t.Errorf("the task after a child's death fails: %v", err)
	}
}

func TestLoadCancelled(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1, Timeout: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	req := request(pack(t, "loop"))
	open := req.Open
	req.Open = func() (io.ReadCloser, error) {
		time.AfterFunc(50*time.Millisecond, cancel)
		return open()
	}
	if _, err := pool.Load(ctx, req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if _, err := pool.Load(ctx, req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v for a cancelled context, want %v", err, context.Canceled)
	}
	if _, err := load(t, pool, "nothing"); err != nil {
		t.Errorf("the next task fails: %v", err)
	}
}

// TestLoadCancelledReading cancels a task whose tarball does not arrive.
func TestLoadCancelledReading(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 1, Timeout: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	req := Request{Size: 100, Open: func() (io.ReadCloser, error) {
		time.AfterFunc(50*time.Millisecond, cancel)
		return r, nil
	}}
	if _, err := pool.Load(ctx, req); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestLoadManyAtOnce(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 2, Timeout: time.Minute})
	results := make([]string, 100)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			do := fmt.Sprintf("task %d", i)
			switch {
			case i%10 == 3:
				do = "exit"
			case i%10 == 7:
				do = "panic"
			}
			p, err := load(t, pool, do)
			if err != nil {
				results[i] = err.Error()
				return
			}
			results[i] = p.Program.Tree.Lookup("do").SHA256
		})
	}
	wg.Wait()
	for i, got := range results {
		var want string
		switch {
		case i%10 == 3:
			want = ErrKilled.Error() + " (exit status 7)"
		case i%10 == 7:
			want = ErrPanic.Error() + `: "panicked \x1b[31mas told"`
		default:
			tree, err := tarball.Unpack(bytes.NewReader(pack(t, fmt.Sprintf("task %d", i))), tarball.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			want = tree.Lookup("do").SHA256
		}
		if !strings.HasPrefix(got, want) { // a coverage build says more at exit
			t.Errorf("task %d gives %q, want %q", i, got, want)
		}
	}
}

func TestAdmission(t *testing.T) {
	pool := newPool(t, "work", Options{Workers: 3, Memory: 3 * fixedNeed})
	small := Request{Size: 1000}
	large := Request{Size: 1000, UnpackedSize: 10 * fixedNeed}
	if got := pool.need(small); got >= 2*fixedNeed {
		t.Errorf("a small task needs %d bytes", got)
	}
	if got := pool.need(large); got != pool.options.Memory {
		t.Errorf("a large task needs %d bytes, want all of %d", got, pool.options.Memory)
	}

	// Large tasks run one by one, whatever the number of workers.
	var running, most atomic.Int32
	data := pack(t, "nothing")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := pool.Load(context.Background(), Request{
				Size:         int64(len(data)),
				UnpackedSize: large.UnpackedSize,
				Open: func() (io.ReadCloser, error) {
					if n := running.Add(1); n > most.Load() {
						most.Store(n)
					}
					return &countedCloser{Reader: bytes.NewReader(data), running: &running}, nil
				},
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d large tasks ran at once, want 1", most.Load())
	}
}

type countedCloser struct {
	io.Reader
	running *atomic.Int32
	once    sync.Once
}

func (c *countedCloser) Close() error {
	c.once.Do(func() { c.running.Add(-1) })
	return nil
}

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	pool := newPool(t, "work", Options{Workers: 2, Timeout: time.Hour})
	if _, err := load(t, pool, "nothing"); err != nil {
		t.Fatal(err)
	}
	c := <-pool.idle
	if c == nil {
		c = <-pool.idle
		pool.idle <- nil
	}
	pool.idle <- c

	opened := make(chan struct{})
	failed := make(chan error, 2)
	for range 2 {
		go func() {
			req := request(pack(t, "loop"))
			open := req.Open
			req.Open = func() (io.ReadCloser, error) {
				opened <- struct{}{}
				return open()
			}
			_, err := pool.Load(context.Background(), req)
			failed <- err
		}()
	}
	<-opened
	<-opened
	pool.Close()
	pool.Close()
	for range 2 {
		if err := <-failed; !errors.Is(err, ErrClosed) {
			t.Errorf("a running task gives %v, want %v", err, ErrClosed)
		}
	}
	if _, err := load(t, pool, "nothing"); !errors.Is(err, ErrClosed) {
		t.Errorf("a task after Close gives %v, want %v", err, ErrClosed)
	}
	if c.cmd.ProcessState == nil {
		t.Error("a child is still there")
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	buf := make([]byte, 1<<16)
	t.Errorf("%d goroutines before and %d after:\n%s", before, runtime.NumGoroutine(), buf[:runtime.Stack(buf, true)])
}

func TestFence(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	leakDescriptor(t, precious)
	t.Setenv("AMALFI_TEST_SECRET", "secret")

	pool := newPool(t, "work", Options{Workers: 1})
	p, err := load(t, pool, "fence "+listener.Addr().String()+" "+dir)
	if err != nil {
		t.Fatal(err)
	}
	fence := pool.Fence()
	t.Logf("fence %s: %v", fence, p.Program.Gaps)
	if runtime.GOOS == "linux" && fence == FenceNone {
		t.Error("no fence at all on Linux")
	}
	// What needs a descriptor fails under either fence, the rest under seccomp.
	unlimited := map[string]bool{"mkdir": true, "remove": true, "rename": true, "signal": true, "map code": true, "fork": true, "replace": true}
	for _, g := range p.Program.Gaps {
		switch {
		case g.Path == "environment":
			if !strings.HasPrefix(g.Reason, "GOMAXPROCS=") && !strings.HasPrefix(g.Reason, "SYSTEMROOT=") {
				t.Errorf("the child sees the variable %q", g.Reason)
			}
		case fence == FenceNone, fence == FenceRlimit && unlimited[g.Path]:
		case g.Reason == "done":
			t.Errorf("%s works under the fence %s", g.Path, fence)
		}
	}
	if fence == FenceSeccomp {
		if _, err := os.Stat(precious); err != nil {
			t.Errorf("the child did away with a file: %v", err)
		}
	}
}

func TestFenceBeforeFirstTask(t *testing.T) {
	if got := newPool(t, "work", Options{}).Fence(); got != "" {
		t.Errorf("Fence gives %q before a child was started", got)
	}
}

func TestServerOrphaned(t *testing.T) {
	data := pack(t, "nothing")
	in, parent := io.Pipe()
	orphaned := make(chan struct{})
	s := newServer(in, io.Discard, nil)
	s.orphaned = func() { close(orphaned) }
	s.load = func(tree *npm.Tree, _ Task, _ func(string)) (*Analysis, error) {
		parent.Close()
		<-orphaned
		return &Analysis{Program: &program.Program{Tree: tree}}, nil
	}
	c := newConn(nil, parent)
	go func() {
		if err := c.send(Task{Size: int64(len(data))}); err != nil {
			t.Error(err)
		}
		if _, err := parent.Write(data); err != nil {
			t.Error(err)
		}
	}()
	if err := s.serve(); err != nil {
		t.Error(err)
	}
}

func TestReceive(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want error
	}{
		{"nothing", "", io.EOF},
		{"half a length", "\x00\x00", io.ErrUnexpectedEOF},
		{"no body", "\x00\x00\x00\x02", io.ErrUnexpectedEOF},
		{"half a body", "\x00\x00\x00\x04{\"", io.ErrUnexpectedEOF},
		{"half a value", "\x00\x00\x00\x02{\"", ErrAnswer},
		{"no JSON", "\x00\x00\x00\x02no", ErrAnswer},
		{"another type", "\x00\x00\x00\x02[]", ErrAnswer},
		{"too large", "\x04\x00\x00\x01{}", ErrAnswer},
		{"deep", "\x00\x01\x00\x00" + strings.Repeat("[", 1<<16), ErrAnswer},
		{"good", "\x00\x00\x00\x04{}  ", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newConn(strings.NewReader(tt.in), io.Discard)
			if err := c.receive(new(result)); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzReceive(f *testing.F) {
	var buf bytes.Buffer
	c := newConn(nil, &buf)
	if err := c.send(result{Analysis: &Analysis{Program: &program.Program{Gaps: []program.Gap{{Path: "a", Reason: "b"}}}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x20{\"error\":{\"kind\":\"panic\"}}      "))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newConn(bytes.NewReader(data), io.Discard)
		for {
			r := new(result)
			if err := c.receive(r); err != nil {
				return
			}
			if r.Error != nil && len(r.Error.Error()) > 4*maxMessage {
				t.Errorf("error text of %d bytes", len(r.Error.Error()))
			}
		}
	})
}
