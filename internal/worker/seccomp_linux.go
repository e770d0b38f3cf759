//go:build amd64 || arm64

package worker

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allowed are the system calls that the Go runtime makes once everything is
// open: reading and writing, memory, threads, signals and time. The last ones
// are made by the C library's threads in binaries that are linked with it.
var allowed = [...]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, unix.SYS_FSTAT, unix.SYS_FCNTL,
	unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_MUNMAP, unix.SYS_MADVISE, unix.SYS_MINCORE,
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY,
	unix.SYS_RESTART_SYSCALL, unix.SYS_GETRANDOM,
	unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
}

// filterSystemCalls installs a seccomp filter on all threads (seccomp(2)).
// Processes started by this one could not get rid of it, if there were any.
func filterSystemCalls() error {
	program := filter(uint32(unix.Getpid()))
	// Both calls must come from one thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&fprog)))
	if errno != 0 {
		return errno
	}
	if thread != 0 { // a thread that could not take the filter over
		return unix.EBUSY
	}
	return nil
}

// Offsets in struct seccomp_data, and of an argument's lower half.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArg0   = 16
	offsetArg2   = 32
)

// filter assembles the program that decides on a system call (seccomp(2),
// "Filters"). What is not allowed fails with EPERM.
func filter(pid uint32) []unix.SockFilter {
	const (
		allow = unix.SECCOMP_RET_ALLOW
		deny  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	)
	load := func(offset uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
	}
	// jump skips yes or no instructions, by the outcome of test against k.
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, Jt: yes, Jf: no, K: k}
	}
	ret := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	program := []unix.SockFilter{
		load(offsetArch),
		jump(unix.BPF_JEQ, auditArch, 1, 0),
		ret(unix.SECCOMP_RET_KILL_PROCESS), // another instruction set's numbers
		load(offsetNumber),
		// The C library falls back to clone, whose flags can be looked at.
		jump(unix.BPF_JEQ, unix.SYS_CLONE3, 0, 1),
		ret(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)),
	}
	for _, number := range allowed {
		program = append(program, jump(unix.BPF_JEQ, number, 0, 1), ret(allow))
	}
	// when allows the call if the test on one of its arguments gives ok.
	when := func(number, argument uint32, test uint16, k uint32, ok bool) {
		yes, no := ret(allow), ret(deny)
		if !ok {
			yes, no = no, yes
		}
		program = append(program, jump(unix.BPF_JEQ, number, 0, 4),
			load(argument), jump(test, k, 0, 1), yes, no)
	}
	when(unix.SYS_CLONE, offsetArg0, unix.BPF_JSET, unix.CLONE_THREAD, true)
	when(unix.SYS_TGKILL, offsetArg0, unix.BPF_JEQ, pid, true)
	when(unix.SYS_MMAP, offsetArg2, unix.BPF_JSET, unix.PROT_EXEC, false)
	when(unix.SYS_MPROTECT, offsetArg2, unix.BPF_JSET, unix.PROT_EXEC, false)
	return append(program, ret(deny))
}
