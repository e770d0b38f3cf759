// Package chain finds behaviour chains: data from a source that reaches a sink,
// through names, helpers, callbacks and files of a package.
//
// Each script is summarised while its tree is in memory (Summarise): what in it
// is a source, what a sink, what comes in from other files and goes out to them,
// and which of these lead to which. Link joins the summaries of a package. Flows
// do not heed the order of statements or conditions, nor which object a member
// is of: a chain says that data can get there.
package chain

import (
	"strings"
)

// Source is a kind of data that a chain starts with.
type Source string

// The sources.
const (
	Environment    Source = "environment"     // all of process.env
	SecretVariable Source = "secret variable" // one of its credentials
	Identity       Source = "identity"        // who and where the machine is
	CredentialFile Source = "credential file" // keys, tokens, wallets, browser data, shell history
	Manifest       Source = "consumer's manifest"
	Form           Source = "form field"
	Cookie         Source = "cookie or storage"
	Clipboard      Source = "clipboard"
	KeyMaterial    Source = "key material" // handed to functions of the package
	Incoming       Source = "incoming request"
	Remote         Source = "remote content"
	Decoded        Source = "decoded text"
	Deciphered     Source = "deciphered text"
	// Own is text that stands in the package.
	Own Source = "text of the package"
	// SelfText is the text of one of a script's own functions.
	SelfText Source = "text of its own code"
	// Home is the user's folder.
	Home Source = "home folder"
	// Wallet is an address of a wallet, or a pattern that finds such.
	Wallet Source = "wallet address"

	// secretPath is the path of a credential file. It becomes one where it is read.
	secretPath Source = "path of a credential file"
)

// Sink is a kind of place where a chain ends.
type Sink string

// The sinks.
const (
	Request  Sink = "request" // also a socket, and a command that sends
	Lookup   Sink = "name lookup"
	Process  Sink = "process"
	Evaluate Sink = "evaluation"
	// Run is a file that is written and then run.
	Run Sink = "file that is run"
	// Written is any file that is written.
	Written Sink = "file"
	// Hidden is a program, not named by a constant, whose output is thrown away.
	Hidden Sink = "hidden process"
	// Startup is a write to where something is run again later.
	Startup Sink = "start-up file"
	// Traces is a change of the package's own files that hides what it did.
	Traces Sink = "own files"
	// Destroy is the path of what is removed.
	Destroy Sink = "removed files"
	// Named is a name that says what is called, loaded or decoded.
	Named Sink = "name of what is called"
	// Swap is a text that is put in place of another.
	Swap Sink = "replacement"
)

// Mark is a sign of intent.
type Mark string

// The marks.
const (
	Hours            Mark = "asks for the hour"
	CredentialFields Mark = "names fields of passwords and cards"
	DeliveryHeaders  Mark = "names headers of a content delivery network"
	Replaces         Mark = "replaces functions that send"
	Place            Mark = "asks where in the world the machine is"
)

// Chain is one way from a source to a sink.
type Chain struct {
	Source Source `json:"source"`
	Sink   Sink   `json:"sink"`
	// From and To say what the source and the sink are: process.env, https.request.
	From string `json:"from"`
	To   string `json:"to"`
	// Target is the constant text of the sink's argument, such as an address,
	// where there is one. Untrusted, like everything here.
	Target string `json:"target,omitempty"`
	// Origin is the same of the source: where remote content is from.
	Origin string `json:"origin,omitempty"`
	// Checked tells that what comes from a host is hashed, to be compared.
	Checked bool `json:"checked,omitempty"`
	// Marks are signs of intent in the files of the chain and those they call.
	Marks []Mark `json:"marks,omitempty"`
	// Steps lead from the source to the sink.
	Steps []Step `json:"steps"`
}

// Step is one place of a chain.
type Step struct {
	Path   string `json:"path,omitempty"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Text is the line that stands there, shortened.
	Text string `json:"text,omitempty"`
}

// Key tells chains apart that say different things. Versions are compared by
// it.
func (c *Chain) Key() string {
	return strings.Join([]string{string(c.Source), string(c.Sink), c.From, c.To, c.Target, c.Origin}, "\x00")
}

// The bounds of what is kept.
const (
	// MaxChains bounds the chains of a package; one of each Key is kept.
	MaxChains = 100
	// MaxSteps bounds the steps of a chain.
	MaxSteps = 8
	// MaxScript is the size of the largest script that is summarised, in bytes.
	MaxScript = 1 << 20
	// MaxText bounds a step's text, and the target, in bytes.
	MaxText = 160
	// maxPoints bounds the sources, sinks, entries and exits of a script, and
	// maxFlows the ways between them.
	maxPoints = 400
	maxFlows  = 400
	// maxWork bounds the nodes looked at for a script and, in Link, for a
	// package.
	maxWork = 1 << 19
)

// Summary is what a script does with data.
type Summary struct {
	Points []Point `json:"points,omitempty"`
	Flows  []Flow  `json:"flows,omitempty"`
	// Marks are as in Chain, Loads the files that this one calls, as it names them.
	Marks []Mark   `json:"marks,omitempty"`
	Loads []string `json:"loads,omitempty"`
	// Cut tells that a bound was reached.
	Cut bool `json:"cut,omitempty"`
}

// Point is a source, a sink, or a place where data enters or leaves a script.
type Point struct {
	Kind pointKind `json:"kind"`
	// Class is a Source or Sink; else Name is the key by which files are joined:
	// a module and its member, or an export.
	Class  string `json:"class,omitempty"`
	Module string `json:"module,omitempty"`
	Name   string `json:"name,omitempty"`
	Index  int    `json:"index,omitempty"`
	// Call joins the arguments of a call with what it gives.
	Call   int    `json:"call,omitempty"`
	Target string `json:"target,omitempty"`
	// Checked tells of remote content that it is hashed.
	Checked bool `json:"checked,omitempty"`
	Step    Step `json:"step"`
}

type pointKind string

const (
	source    pointKind = "source"
	sink      pointKind = "sink"
	parameter pointKind = "parameter" // of an exported function: data enters
	imported  pointKind = "imported"  // what another file gives: data enters
	exported  pointKind = "exported"  // what this file gives: data leaves
	argument  pointKind = "argument"  // of a function of another file: data leaves
	read      pointKind = "read"      // the path of a file that is read
	contents  pointKind = "contents"  // what the read of that Call gives
)

// Flow is a way from a point where data enters or begins to one where it leaves
// or ends.
type Flow struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Via  []Step `json:"via,omitempty"`
}
