// Package shell reads shell commands that a package would run: lifecycle
// scripts, binding.gyp expansions, constant strings handed to exec. They are
// parsed with mvdan.cc/sh and never run.
package shell

// Script is a parsed command line with what it does, as plain data.
type Script struct{}
