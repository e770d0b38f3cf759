package worker

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/amalfi-audit/audit/internal/program"
)

// probeSystem tries what only the fences of Linux forbid.
func probeSystem() []program.Gap {
	var gaps []program.Gap
	try := func(what string, err error) {
		reason := "done"
		if err != nil {
			reason = err.Error()
		}
		gaps = append(gaps, program.Gap{Path: what, Reason: reason})
	}
	_, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	try("socket", err)
	_, err = unix.MemfdCreate("x", 0)
	try("memfd", err)
	_, err = unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
	try("map code", err)
	try("signal", unix.Kill(1, 0))
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno == 0 && pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	err = nil
	if errno != 0 {
		err = errno
	}
	try("fork", err)
	_, err = unix.Read(leaked, make([]byte, 1))
	try("inherited descriptor", err)
	try("replace", unix.Exec("/bin/true", []string{"true"}, nil))
	return gaps
}

// leaked is a descriptor that a child would inherit.
const leaked = 97

// leakDescriptor opens a file as leaked, to be inherited by every process
// started during the test.
func leakDescriptor(t *testing.T, file string) {
	fd, err := unix.Open(file, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Dup3(fd, leaked, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(leaked) })
}
