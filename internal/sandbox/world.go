package sandbox

import "github.com/amalfi-audit/audit/internal/sandbox/leak"

// World is what a script finds: who it runs as, on what machine, with which
// files. It reaches the prelude as JSON.
type World struct {
	Identity Identity `json:"identity"`
	// Env is the environment.
	Env map[string]string `json:"env"`
	// Files are the files outside the package, text by absolute path, written as
	// the identity's platform writes paths.
	Files map[string]string `json:"files"`
	// Package is the package under audit, as installed in the project.
	Package Package `json:"package"`
	// Entry is what is run.
	Entry Entry `json:"entry"`

	canaries []leak.Canary
}

// Identity is a machine and its user.
type Identity struct {
	// Name is one of the names in Identities.
	Name     string `json:"name"`
	Platform string `json:"platform"` // as in process.platform
	Arch     string `json:"arch"`
	Release  string `json:"release"` // as in os.release()
	Hostname string `json:"hostname"`
	Username string `json:"username"`
	UID      int    `json:"uid"`
	Home     string `json:"home"`
	Temp     string `json:"temp"`
	// Project is the consumer's folder; the package lies in its node_modules.
	Project  string `json:"project"`
	Shell    string `json:"shell"`
	Locale   string `json:"locale"`
	TimeZone string `json:"timeZone"`
	// Offset is what Date's getTimezoneOffset gives, in minutes.
	Offset int `json:"offset"`
	// Now is when the virtual clock starts, in milliseconds since 1970.
	Now    int64  `json:"now"`
	Node   string `json:"node"` // as in process.version
	IP     string `json:"ip"`
	Public string `json:"public"` // the public address that geo-IP services answer
	// Country is the two-letter code that geo-IP services answer.
	Country string `json:"country"`
	MAC     string `json:"mac"`
	CPUs    int    `json:"cpus"`
	Memory  int64  `json:"memory"` // in bytes
	CI      bool   `json:"ci"`
}

// Package is the package under audit in a World. Its files are read through the
// host, by path.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Root is the absolute path of its folder.
	Root string `json:"root"`
	// Files are the paths of its files below Root, with slashes.
	Files []string `json:"files"`
}

// Entry is one script to run.
type Entry struct {
	// Hook is the lifecycle script that runs it ("preinstall"), "main", "bin", or
	// "" for a file that is looked at by itself.
	Hook string `json:"hook"`
	// File is the script's path in the package; Source is the text of an inline
	// script (node -e). One of them is set.
	File   string `json:"file,omitempty"`
	Source string `json:"source,omitempty"`
	// Args are the arguments after the script.
	Args []string `json:"args,omitempty"`
	// Exercise says that the functions it exports are called afterwards and that a
	// page is there for it.
	Exercise bool `json:"exercise,omitempty"`
}

// AtInstall reports whether a lifecycle script runs the entry.
func (e *Entry) AtInstall() bool { return e.Hook != "" && e.Hook != "main" && e.Hook != "bin" }
