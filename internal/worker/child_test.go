package worker

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/detector/reproduce"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// childArg makes the test binary a child. Its environment is empty, so that
// only the command line can say so.
const childArg = "be-a-worker"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == childArg {
		os.Exit(childMain(os.Args[2]))
	}
	os.Exit(m.Run())
}

// childMain is a child that behaves as mode says: "work" as a real one, the
// others badly before they see a task.
func childMain(mode string) int {
	switch mode {
	case "work":
		return Main(os.Stdin, os.Stdout, testLoad)
	case "exit":
		fmt.Fprintln(os.Stderr, "no mood to work")
		return 3
	case "garbage":
		os.Stdout.WriteString(strings.Repeat("garbage\n", 1000))
		io.Copy(io.Discard, os.Stdin)
	case "huge hello":
		os.Stdout.WriteString("\xff\xff\xff\xff{}")
		io.Copy(io.Discard, os.Stdin)
	case "silent":
		io.Copy(io.Discard, os.Stdin)
	case "greet and exit":
		c := newConn(os.Stdin, os.Stdout)
		c.receive(new(setup))
		c.send(hello{Fence: FenceNone})
	case "answer first":
		c := newConn(os.Stdin, os.Stdout)
		c.receive(new(setup))
		c.send(hello{Fence: FenceNone})
		c.send(result{Analysis: &Analysis{Program: &program.Program{Tree: new(npm.Tree)}, Features: new(feature.Set)}})
		select {}
	case "answer nothing":
		c := newConn(os.Stdin, os.Stdout)
		c.receive(new(setup))
		c.send(hello{Fence: FenceNone})
		var task Task
		c.receive(&task)
		io.CopyN(io.Discard, c.in, task.Size)
		c.send(result{})
	case "answer well":
		// A comparison that finds everything in the source.
		c := newConn(os.Stdin, os.Stdout)
		c.receive(new(setup))
		c.send(hello{Fence: FenceNone})
		var task Task
		c.receive(&task)
		tree, _ := tarball.Unpack(io.LimitReader(c.in, task.Size), tarball.Limits{})
		r := &reproduce.Result{Verdict: reproduce.Reproduced, Score: 1}
		for _, f := range tree.Files {
			r.Files = append(r.Files, reproduce.File{Path: f.Path, SHA256: f.SHA256, Kind: reproduce.Code, Class: reproduce.InSource,
				Source: f.Path, SourceID: strings.Repeat("a", 40)})
		}
		c.send(result{Match: r})
		io.Copy(io.Discard, c.in)
	}
	return 0
}

// testLoad does what the file "do" of the tarball says.
func testLoad(tree *npm.Tree, task Task, reading func(string)) (*Analysis, error) {
	p := &program.Program{Tree: tree, Manifest: &npm.Manifest{Name: "test"}}
	do := ""
	if f := tree.Lookup("do"); f != nil {
		do = string(f.Data)
	}
	verb, argument, _ := strings.Cut(do, " ")
	switch verb {
	case "panic":
		panic("panicked \x1b[31mas told")
	case "overflow":
		p.Manifest.Name = fmt.Sprint(overflow(0))
	case "memory":
		var hoard [][]byte
		for len(hoard) < 1<<20 {
			hoard = append(hoard, bytes.Repeat([]byte{1}, 1<<20))
		}
		p.Manifest.Name = fmt.Sprint(len(hoard))
	case "loop":
		for i := 0; ; i++ {
			_ = i
		}
	case "exit":
		os.Exit(7)
	case "stderr":
		os.Stderr.WriteString("reason\n" + strings.Repeat("noise\n", 10_000))
		os.Exit(2)
	case "garbage":
		os.Stdout.WriteString("garbage")
	case "close":
		os.Stdout.Close()
	case "claim":
		os.Stdout.WriteString("\xff\xff\xff\xff")
	case "error":
		return nil, errors.New("no \x1b[31mgood")
	case "scripts":
		// Each word is a script that kills the child, until it is read as its
		// name says.
		for _, script := range strings.Fields(argument) {
			reading(script)
			tokens, skip := slices.Contains(task.Tokens, script), slices.Contains(task.Skip, script)
			switch kind, _, _ := strings.Cut(script, "-"); {
			case kind == "good", kind == "tokens" && tokens, skip:
			case kind == "slow" && !tokens:
				select {}
			case kind == "slow":
			default:
				os.Exit(9)
			}
		}
		p.Manifest.Name = strings.Join(task.Tokens, " ") + "; " + strings.Join(task.Skip, " ")
	case "large":
		p.Manifest.Name = strings.Repeat("x", maxFrame)
	case "git":
		p.Manifest.Name = fmt.Sprint(task.Git)
	case "fence":
		p.Gaps = probe(argument)
	}
	return &Analysis{Program: p, Features: new(feature.Set)}, nil
}

// overflow never ends; that is what it is for.
//
//lint:ignore SA5007 it is to run out of stack
//go:noinline
func overflow(n int) int { return overflow(n+1) + n }

// probe tries what a child must not be able to do, and reports the errors.
func probe(argument string) []program.Gap {
	address, dir, _ := strings.Cut(argument, " ")
	var gaps []program.Gap
	try := func(what string, err error) {
		reason := "done"
		if err != nil {
			reason = err.Error()
		}
		gaps = append(gaps, program.Gap{Path: what, Reason: reason})
	}
	_, err := os.Open("/etc/passwd")
	try("open", err)
	try("create", os.WriteFile(dir+"/created", nil, 0o600))
	_, err = net.DialTimeout("tcp", address, time.Second)
	try("dial", err)
	_, err = net.Listen("tcp", "127.0.0.1:0")
	try("listen", err)
	try("exec", exec.Command("/bin/true").Run())
	_, _, err = os.Pipe()
	try("pipe", err)
	try("mkdir", os.Mkdir(dir+"/made", 0o700))
	try("remove", os.Remove(dir+"/precious"))
	try("rename", os.Rename(dir+"/precious", dir+"/moved"))
	for _, variable := range os.Environ() {
		gaps = append(gaps, program.Gap{Path: "environment", Reason: variable})
	}
	return append(gaps, probeSystem()...)
}

// pack makes a tarball with a manifest and a file "do".
func pack(t testing.TB, do string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for _, f := range []struct{ name, body string }{
		{"package/package.json", "{}"},
		{"package/do", do},
	} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.body)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func request(data []byte) Request {
	return Request{
		Size: int64(len(data)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// newPool makes a pool of children in the given mode and closes it with the
// test.
func newPool(t testing.TB, mode string, options Options) *Pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	options.Command = []string{self, childArg, mode}
	if underRace {
		options.WorkerMemory = 64 << 30
	}
	p, err := NewPool(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func load(t testing.TB, p *Pool, do string) (*Analysis, error) {
	t.Helper()
	return p.Load(context.Background(), request(pack(t, do)))
}
