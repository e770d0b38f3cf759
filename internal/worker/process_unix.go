//go:build unix

package worker

import (
	"os"
	"syscall"
)

// ownGroup makes the child lead a process group, so that an interrupt from the
// terminal reaches the parent alone.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills the group that p leads. It fails only if p has ended.
func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }
