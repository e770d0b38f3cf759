//go:build unix

package source

import (
	"os/exec"
	"syscall"
)

// alone has a command lead a session: it has no terminal to ask on, and ending it ends
// the processes that it started, which wait for a server that says nothing.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
