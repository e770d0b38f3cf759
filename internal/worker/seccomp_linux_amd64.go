package worker

import "golang.org/x/sys/unix"

// auditArch is the architecture whose system call numbers the filter holds.
// Those of x32, which share it, have bit 30 set and are not allowed.
const auditArch = unix.AUDIT_ARCH_X86_64
