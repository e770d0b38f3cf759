package feature

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"deps.dev/util/semver"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// Side is one of two versions that are compared.
type Side struct {
	Set     *Set
	Version string
	// Published is when, zero where unknown.
	Published time.Time
	// Mismatches is in how many ways the registry's manifest says something
	// else than the tarball's.
	Mismatches int
}

// Vector is the step between two versions: for each feature of Table, in its
// order, the difference of its values, the number of details that are new, or
// what it says of the update. NaN stands for unknown.
type Vector []float64

// MarshalJSON writes unknown values as null.
func (v Vector) MarshalJSON() ([]byte, error) {
	out := make([]*float64, len(v))
	for i := range v {
		if !math.IsNaN(v[i]) {
			out[i] = &v[i]
		}
	}
	return json.Marshal(out)
}

// The values of the update type.
const (
	FirstVersion = iota
	MajorUpdate
	MinorUpdate
	PatchUpdate
	PrereleaseUpdate
	BuildUpdate
	Downgrade
)

// Difference returns the Vector from before, nil for nothing, to after.
func Difference(before, after *Side) Vector {
	v := make(Vector, len(Table))
	capabilities := Index(nameNewCapabilities)
	var old *Set
	if before != nil {
		old = before.Set
	}
	for i := range Table {
		switch f := &Table[i]; {
		case f.Kind == Listed:
			known := old.details(f.Name)
			for detail := range after.Set.details(f.Name) {
				if !known[detail] {
					v[i]++
				}
			}
		case f.Name == nameUpdateType:
			from := ""
			if before != nil {
				from = before.Version
			}
			v[i] = float64(UpdateType(from, after.Version))
		case f.Name == nameTime:
			v[i] = math.NaN()
			if before != nil && !before.Published.IsZero() && !after.Published.IsZero() {
				v[i] = after.Published.Sub(before.Published).Seconds()
			}
		case f.Name == nameMismatch:
			v[i] = float64(after.Mismatches)
		case f.Name == nameNewCapabilities: // counted below
		case f.Kind == Measured:
			v[i] = round(after.Set.Value(f) - old.Value(f))
		default:
			now, had := after.Set.Value(f), old.Value(f)
			v[i] = now - had
			if f.Does != "" && had == 0 && now > 0 {
				v[capabilities]++
			}
		}
	}
	return v
}

// UpdateType tells what the step between two versions is by semantic versioning;
// without a version before it is FirstVersion.
func UpdateType(before, after string) int {
	if before == "" {
		return FirstVersion
	}
	switch c := npm.CompareVersions(before, after); {
	case c == 0:
		return BuildUpdate
	case c > 0:
		return Downgrade
	}
	_, diff, err := semver.NPM.Difference(before, after)
	if err != nil {
		return PatchUpdate
	}
	switch diff {
	case semver.DiffMajor:
		return MajorUpdate
	case semver.DiffMinor:
		return MinorUpdate
	case semver.DiffPatch:
		return PatchUpdate
	case semver.DiffPrerelease:
		return PrereleaseUpdate
	}
	return BuildUpdate
}

// Capability is something that a version does and the version it is compared
// with did not.
type Capability struct {
	// Feature is a name of Table.
	Feature string `json:"feature"`
	// Does says it in words.
	Does string `json:"does"`
	// New tells that the version before did nothing of the kind; else only
	// Details are new.
	New bool `json:"new"`
	// Details are what is new of it, such as variables and hosts, at most
	// MaxCapabilityDetails; More is how many there are beyond. Untrusted.
	Details []string `json:"details,omitempty"`
	More    int      `json:"more,omitempty"`
	// Path, Line and Column are the first place that shows it, and Phase is
	// when that runs: what runs at install comes first.
	Path   string        `json:"path"`
	Line   int           `json:"line,omitempty"`
	Column int           `json:"column,omitempty"`
	Phase  program.Phase `json:"phase,omitempty"`
}

// MaxCapabilityDetails bounds Capability.Details.
const MaxCapabilityDetails = 8

// Capabilities returns what after does and before, nil for nothing, did not,
// in the order of Table.
func Capabilities(before, after *Set) []Capability {
	var out []Capability
	for i := range Table {
		f := &Table[i]
		if f.Does == "" || f.Kind == Updated || f.Kind == Measured {
			continue
		}
		known := before.details(f.Name)
		had := before.Value(f) > 0
		c := Capability{Feature: f.Name, Does: f.Does, New: !had}
		listed := make(map[string]bool)
		for file, o := range after.Occurrences(f.Name) {
			if had && (!f.names || known[o.Detail]) || f.Name == nameEnvironment && harmless[o.Detail] {
				continue
			}
			if c.Path == "" {
				c.Path, c.Line, c.Column, c.Phase = file.Path, o.Line, o.Column, file.Phase
			}
			if !f.names || o.Detail == "" || listed[o.Detail] {
				continue
			}
			listed[o.Detail] = true
			if len(c.Details) < MaxCapabilityDetails {
				c.Details = append(c.Details, o.Detail)
			} else {
				c.More++
			}
		}
		if c.Path != "" {
			out = append(out, c)
		}
	}
	return out
}

const nameEnvironment = "environment"

// harmless are variables that steer how a program runs or prints; reading them
// tells nothing of a change.
var harmless = map[string]bool{
	"NODE_ENV": true, "NODE_DEBUG": true, "DEBUG": true, "CI": true, "TERM": true, "COLORTERM": true, "NO_COLOR": true, "FORCE_COLOR": true, "BABEL_ENV": true,
	"TERM_PROGRAM": true, "DEBUG_COLORS": true, "MODE": true, "DEV": true, "PROD": true, "SSR": true, "JEST_WORKER_ID": true, "NODE_PATH": true,
	"READABLE_STREAM": true,
}

// String says the capability in a few words: "reads process.env (AWS_KEY, HOME)
// (index.js:12)". What it takes from the package is untrusted.
func (c *Capability) String() string {
	var b strings.Builder
	b.WriteString(c.Does)
	if len(c.Details) > 0 {
		b.WriteString(" (")
		b.WriteString(strings.Join(c.Details, ", "))
		if c.More > 0 {
			b.WriteString(", …")
		}
		b.WriteString(")")
	}
	if c.Phase == program.AtInstall {
		b.WriteString(" at install")
	}
	b.WriteString(" (")
	b.WriteString(Occurrence{Line: c.Line}.at(c.Path))
	b.WriteString(")")
	return b.String()
}
