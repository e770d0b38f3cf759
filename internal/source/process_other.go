//go:build !unix

package source

import "os/exec"

// alone does nothing: processes that git started may go on until the server hangs up or
// says nothing for maxGitSilence.
func alone(*exec.Cmd) {}
