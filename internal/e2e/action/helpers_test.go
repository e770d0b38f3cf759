package action

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// commandTimeout bounds every command. None takes that long; it turns what
// hangs into a failure that says which command it was.
const commandTimeout = 10 * time.Minute

// root is the repository's root.
var root = filepath.Join("..", "..", "..")

// result is what came of a command.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command in a folder with this process's environment and more. A
// command that cannot be started or hangs fails the test.
func run(t *testing.T, dir string, environ []string, argv ...string) result {
	t.Helper()
	return runIn(t, dir, append(os.Environ(), environ...), argv...)
}

// runIn is run with an environment of its own.
func runIn(t *testing.T, dir string, environ []string, argv ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, environ, 10*time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("%q: %v\n%s%s", argv, err, &stdout, &stderr)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// must is run for commands that have to succeed; it returns standard output.
func must(t *testing.T, dir string, environ []string, argv ...string) string {
	t.Helper()
	r := run(t, dir, environ, argv...)
	if r.code != 0 {
		t.Fatalf("%q: exit code %d\n%s%s", argv, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// script is the path of a script of the release workflow.
func script(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	file, err := filepath.Abs(filepath.Join(root, ".github", "scripts", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// e2e returns the folder of the tools, and skips the test where there is none.
func e2e(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AMALFI_E2E")
	if dir == "" {
		t.Skip("AMALFI_E2E names no folder with tools")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// programs is the folder of what is built once for all tests.
var programs struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if programs.dir != "" {
		os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// program builds the program, static as in a release. Flags that change no
// behaviour are left out, so that the build cache of other tests serves.
func program(t *testing.T) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if programs.dir == "" {
		dir, err := os.MkdirTemp("", "audit-program-")
		if err != nil {
			t.Fatal(err)
		}
		programs.dir = dir
	}
	file := filepath.Join(programs.dir, "audit")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	must(t, root, []string{"CGO_ENABLED=0"}, "go", "build", "-buildvcs=false", "-o", file+".new", "./cmd/audit")
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	return file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// lines are the lines of a text without its empty ones.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
