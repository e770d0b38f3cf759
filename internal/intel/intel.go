// Package intel holds what is known of malicious npm packages: records that name
// versions, and hashes of their content. It reads OSV records and lists of
// hashes, keeps them in one file that is ready in milliseconds (see Encode for
// its form), and answers which records name a version.
//
// Records match by the name and version that a registry serves. What a name
// stands for is the caller's to say: dependencies on git, URLs, files, links and
// workspaces, the name of an alias, and names that are declared private are not
// to be looked up.
package intel

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Record says which versions of one package are malicious. An OSV entry that
// affects several packages is one Record for each of them, with one ID.
type Record struct {
	// ID is the entry's identifier, such as MAL-2025-1, GHSA-…, or one of the
	// user's own.
	ID string
	// Aliases are the identifiers of the same finding elsewhere, sorted.
	Aliases []string
	// Name is the package's name, compared as it stands: old names have
	// upper-case letters.
	Name string
	// Versions are the versions that are listed one by one, sorted by bytes.
	Versions []string
	Ranges   []Range
	Summary  string // one line
	Family   string // malware family or campaign, where it is known
	// References are links to read on, http or https.
	References []Reference
	Source     string // the list that the record is from
	// Modified decides between two records with one ID.
	Modified  time.Time
	Published time.Time // zero where it is not said
	// Withdrawn is when the record was taken back; zero where it was not. A
	// record that was taken back matches nothing.
	Withdrawn time.Time
}

// Reference is a link with the type that OSV gives it, such as ADVISORY.
type Reference struct{ Type, URL string }

// Range is a time line of events, ordered by version.
type Range []Event

// Event is one change on the time line of a range.
type Event struct {
	Kind    EventKind
	Version string // of an Introduced also "0", of a Limit also "*"
}

// EventKind is the type of an Event.
type EventKind uint8

// The events of OSV's ranges.
const (
	Introduced   EventKind = iota + 1 // the first version that is affected
	Fixed                             // the first that is no longer
	LastAffected                      // the last that is
	Limit                             // what is not below any limit is not in the range
)

// Affects reports whether the record says that a version of its package is
// malicious. It is the evaluation algorithm of the OSV specification
// (https://ossf.github.io/osv-schema/#evaluation) with npm's order of versions.
// Versions that differ in build metadata alone are one version, as npm
// publishes them. What is no version is below every version.
func (r Record) Affects(version string) bool {
	if !r.Withdrawn.IsZero() {
		return false
	}
	version = withoutBuild(version)
	for _, v := range r.Versions {
		if withoutBuild(v) == version {
			return true
		}
	}
	return slices.ContainsFunc(r.Ranges, func(x Range) bool { return x.includes(version) })
}

func (x Range) includes(version string) bool {
	if !x.belowLimit(version) {
		return false
	}
	affected := false
	for _, e := range x {
		switch {
		case e.Kind == Introduced && (e.Version == firstVersion || compareVersions(version, e.Version) >= 0):
			affected = true
		case e.Kind == Fixed && compareVersions(version, e.Version) >= 0,
			e.Kind == LastAffected && compareVersions(version, e.Version) > 0:
			affected = false
		}
	}
	return affected
}

func (x Range) belowLimit(version string) bool {
	limited := false
	for _, e := range x {
		if e.Kind != Limit {
			continue
		}
		if e.Version == noLimit || compareVersions(version, e.Version) < 0 {
			return true
		}
		limited = true
	}
	return !limited
}

// The two versions that OSV gives a meaning of their own.
const (
	firstVersion = "0" // introduced: below every version
	noLimit      = "*" // limit: infinity
)

// compareVersions orders by the precedence of Semantic Versioning 2.0.0, to
// which build metadata does not belong.
func compareVersions(a, b string) int {
	return npm.CompareVersions(withoutBuild(a), withoutBuild(b))
}

func withoutBuild(version string) string {
	version, _, _ = strings.Cut(version, "+")
	return version
}

// URL returns the page to read on about the record: an advisory, else OSV's
// page of a MAL- record, else the first reference that is not the package
// itself. It is "" where there is none.
func (r Record) URL() string {
	for _, ref := range r.References {
		if ref.Type == "ADVISORY" {
			return ref.URL
		}
	}
	// MAL-0000- records wait for their identifier and have no page.
	if strings.HasPrefix(r.ID, malicious) && !strings.HasPrefix(r.ID, malicious+"0000-") {
		return "https://osv.dev/vulnerability/" + url.PathEscape(r.ID)
	}
	for _, ref := range r.References {
		if ref.Type != "PACKAGE" {
			return ref.URL
		}
	}
	return ""
}

// malicious begins the identifiers of the public malicious-packages collection.
const malicious = "MAL-"

// maxListed is how many versions Affected names one by one.
const maxListed = 10

// Affected describes the affected versions for a reader, such as
// "1.0.0, 1.0.1" or ">= 2.0.0 < 2.0.3".
func (r Record) Affected() string {
	var parts []string
	for _, x := range r.Ranges {
		parts = append(parts, x.String())
	}
	parts = append(parts, r.Versions[:min(len(r.Versions), maxListed)]...)
	if more := len(r.Versions) - maxListed; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

func (x Range) String() string {
	var parts []string
	for _, e := range x {
		switch e.Kind {
		case Introduced:
			if e.Version == firstVersion && len(x) == 1 {
				return "every version"
			}
			parts = append(parts, ">= "+e.Version)
		case Fixed:
			parts = append(parts, "< "+e.Version)
		case LastAffected:
			parts = append(parts, "<= "+e.Version)
		case Limit:
			parts = append(parts, "below "+e.Version)
		}
	}
	return strings.Join(parts, " ")
}

// Hash is the digest of known malware.
type Hash struct {
	Kind Kind
	Sum  string // lower-case hexadecimal digits
	// Family is the malware family or campaign, where it is known.
	Family string
	// Name and Version are of the package that it was found in, where they are
	// known.
	Name, Version string
	Source        string // the list that the hash is from
	// Path is the file of that package that a hash of one file is of, where it is
	// known.
	Path string
}

// Kind says what a hash is computed of.
type Kind uint8

// The kinds of hashes. Their numbers are those of the sections of the file.
const (
	// PackageMD5 is the package hash of package packagehash.
	PackageMD5 Kind = 1
	// FileSHA256 is the SHA-256 of one file that carries a payload.
	FileSHA256 Kind = 2
	// ScriptTLSH is the hash of package similarity of one script: the number of
	// the form that the script was brought into (1 byte), then its TLSH (35
	// bytes).
	ScriptTLSH Kind = 3
)

// Kinds returns the kinds of hashes that this program knows.
func Kinds() []Kind { return []Kind{PackageMD5, FileSHA256, ScriptTLSH} }

func (k Kind) String() string {
	switch k {
	case PackageMD5:
		return "package-md5"
	case FileSHA256:
		return "file-sha256"
	case ScriptTLSH:
		return "script-tlsh"
	}
	return fmt.Sprintf("kind %d", k)
}

// size returns the length of a digest in bytes, 0 for a kind that is not known.
func (k Kind) size() int {
	switch k {
	case PackageMD5:
		return 16
	case FileSHA256:
		return 32
	case ScriptTLSH:
		return scriptSize
	}
	return 0
}

// Data is what lists say, in whatever order.
type Data struct {
	Records []Record
	Hashes  []Hash
}

// compareRecords orders by package, ID and source, and then by everything else,
// so that the order is total.
func compareRecords(a, b Record) int {
	return cmp.Or(
		strings.Compare(a.Name, b.Name),
		strings.Compare(a.ID, b.ID),
		strings.Compare(a.Source, b.Source),
		a.Modified.Compare(b.Modified),
		a.Published.Compare(b.Published),
		a.Withdrawn.Compare(b.Withdrawn),
		strings.Compare(a.Summary, b.Summary),
		strings.Compare(a.Family, b.Family),
		slices.Compare(a.Aliases, b.Aliases),
		slices.Compare(a.Versions, b.Versions),
		slices.CompareFunc(a.Ranges, b.Ranges, func(x, y Range) int { return slices.CompareFunc(x, y, compareEvents) }),
		slices.CompareFunc(a.References, b.References, func(x, y Reference) int {
			return cmp.Or(strings.Compare(x.Type, y.Type), strings.Compare(x.URL, y.URL))
		}),
	)
}

func compareEvents(a, b Event) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Version, b.Version))
}

func compareHashes(a, b Hash) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		strings.Compare(a.Sum, b.Sum),
		strings.Compare(a.Name, b.Name),
		strings.Compare(a.Version, b.Version),
		strings.Compare(a.Family, b.Family),
		strings.Compare(a.Source, b.Source),
		strings.Compare(a.Path, b.Path),
	)
}
