package worker

import "golang.org/x/sys/unix"

// fence restricts this process for the rest of its life and says how far it
// got. The system has no limit on memory that a Go process could live with.
func fence(s setup) Fence {
	for _, resource := range []int{unix.RLIMIT_CORE, unix.RLIMIT_FSIZE, unix.RLIMIT_NOFILE} {
		if unix.Setrlimit(resource, &unix.Rlimit{}) != nil {
			return FenceNone
		}
	}
	if s.CPU > 0 && unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: uint64(s.CPU), Max: uint64(s.CPU)}) != nil {
		return FenceNone
	}
	return FenceRlimit
}
