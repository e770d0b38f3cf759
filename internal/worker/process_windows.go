package worker

import (
	"os"
	"syscall"
)

// ownGroup makes the child lead a process group, so that an interrupt from the
// terminal reaches the parent alone.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// killGroup kills p, which starts no processes. It fails only if p has ended.
func killGroup(p *os.Process) { _ = p.Kill() }
