// Package sandbox runs scripts of a package where nothing exists: Node.js and a
// browser as fakes written in JavaScript, a home directory full of invented
// secrets, no file system, no network, no processes. What a script asks for is
// answered plausibly and recorded.
//
// Only a worker's child process calls it (package worker), behind that process's
// fence; an engine is no fence of its own.
package sandbox

import "strings"

// Kind says what a script did.
type Kind string

// The kinds of events. Target, Detail and Data of an Event are, in this order:
const (
	// Send is a request or a connection: the host (with its port if it is not the
	// scheme's), "METHOD URL" with headers as further lines, and the body.
	Send Kind = "send"
	// Lookup is a name lookup: the name, the record type.
	Lookup Kind = "lookup"
	// Spawn is a process: the program, the whole command as a POSIX shell would
	// read it, the standard input it was given.
	Spawn Kind = "spawn"
	// Read is a file or folder that was read, outside the package's own folder:
	// the absolute path.
	Read Kind = "read"
	// Write is a file that was written, appended to, linked or made executable:
	// the absolute path, the operation ("write", "append", "chmod 755", "copy /from", "link /from"), the content.
	Write Kind = "write"
	// Delete is a file or folder that was removed: the absolute path.
	Delete Kind = "delete"
	// Env is a read of the environment: the variable, or "*" for all of it.
	Env Kind = "env"
	// Ask is a question about the machine or its user: what ("hostname",
	// "platform", "username", "locale", "timezone", "time", "network", "cpus" …).
	Ask Kind = "ask"
	// Eval is text that became code: how ("eval", "Function", "vm", "Module._compile",
	// "setTimeout", "worker", "wasm"), the file name it was given, the text.
	Eval Kind = "eval"
	// Decipher is a text that a cipher gave back: the algorithm, the text, or what
	// was wrong.
	Decipher Kind = "decipher"
	// Load is a module that was required and does not exist here: its name.
	Load Kind = "load"
	// Patch is a global or a built-in module's function that the script replaced:
	// its name ("fetch", "XMLHttpRequest.prototype.send", "console.log").
	Patch Kind = "patch"
	// Listen is a listener: for what ("input", "submit", "message", "clipboard", "request").
	Listen Kind = "listen"
	// Serve is a server that was started: the address.
	Serve Kind = "serve"
	// Missing is something the fakes do not have and a script asked for: its name.
	Missing Kind = "missing"
)

// Event is one recorded act of a script. Every text in it is the script's.
type Event struct {
	Kind Kind `json:"kind"`
	// API is what was called, as Node.js or the browser names it: "https.request".
	API    string `json:"api"`
	Target string `json:"target,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Data is what was sent, written or evaluated, cut after MaxData bytes.
	Data []byte `json:"data,omitempty"`
	// At is where the call stands, where the engine says so.
	At Position `json:"at,omitzero"`
	// Phase is when it happened.
	Phase Phase `json:"phase"`
}

// Path is the target with forward slashes, for events whose target is a path.
func (e *Event) Path() string { return slashes(e.Target) }

func slashes(path string) string { return strings.ReplaceAll(path, `\`, "/") }

// Position is a place in a script: its path in the package ("" for evaluated
// code), line and column from 1, 0 for unknown.
type Position struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// Phase says what the sandbox was doing when an event happened.
type Phase string

// The phases of a run, in their order.
const (
	// Running is the script itself with the timers and promises it started.
	Running Phase = "run"
	// Exiting is the process's exit handlers.
	Exiting Phase = "exit"
	// Calling is the calls of the functions that the script exports.
	Calling Phase = "exports"
	// Browsing is the events of a page: load, input, submit, clicks.
	Browsing Phase = "browser"
)

// Limits on a trace.
const (
	// MaxEvents is how many events are kept of one run. A run that makes more goes
	// on, and its Ending says so.
	MaxEvents = 2000
	// MaxText bounds API, Target and Detail, in bytes.
	MaxText = 8 << 10
	// MaxData bounds the data of one event, and MaxAllData that of a run, in bytes.
	MaxData    = 256 << 10
	MaxAllData = 4 << 20
)
