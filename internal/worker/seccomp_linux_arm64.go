package worker

import "golang.org/x/sys/unix"

// auditArch is the architecture whose system call numbers the filter holds.
const auditArch = unix.AUDIT_ARCH_AARCH64
