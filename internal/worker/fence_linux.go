package worker

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// fence restricts this process for the rest of its life and says how far it
// got.
func fence(s setup) Fence {
	closeInherited()
	limited := limit(unix.RLIMIT_CORE, 0) && limit(unix.RLIMIT_FSIZE, 0) &&
		limit(unix.RLIMIT_NOFILE, 0) && limit(unix.RLIMIT_DATA, uint64(s.Memory)) &&
		(s.CPU == 0 || limit(unix.RLIMIT_CPU, uint64(s.CPU)))
	switch {
	case limited && filterSystemCalls() == nil:
		return FenceSeccomp
	case limited:
		return FenceRlimit
	}
	return FenceNone
}

func limit(resource int, n uint64) bool {
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: n, Max: n}) == nil
}

// closeInherited closes descriptors that came from the parent's own parent
// without the close-on-exec flag. The Go runtime's own, which poll, stay.
func closeInherited() {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 {
			continue
		}
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && !strings.HasPrefix(target, "anon_inode:[event") {
			unix.Close(fd)
		}
	}
}
