package config

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"deps.dev/util/semver"
	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Entry is an entry of allow: findings that the project's owners accept. What
// it accepts is in internal/policy.
type Entry struct {
	// Package is the name of a package. Exactly one of Package and Path is set.
	Package string
	// Version is an exact version or a range, Integrity the SHA-512 digests of
	// tarballs; an entry with Package has at least one of them, and all that it
	// has must match.
	Version   string
	Integrity npm.Integrity
	// Path is a file of the project, relative to it.
	Path string
	// Rule is the rule whose findings are accepted; "" for any, not with Path.
	Rule string
	// Finding is the fingerprint of one finding; "" for any.
	Finding string
	Reason  string
	// Expires is the last day on which the entry holds, as YYYY-MM-DD, and ends
	// the moment from which it no longer does; both zero for an entry without
	// end.
	Expires string
	ends    time.Time
	// Line is where the entry stands in the file.
	Line     int
	ruleLine int

	versions *semver.Constraint // nil for an exact version
}

// MatchesVersion reports whether a version is the entry's, or in its range as
// npm reads it. An entry without version matches every one.
func (e *Entry) MatchesVersion(version string) bool {
	if e.versions == nil {
		return e.Version == "" || e.Version == version
	}
	return npm.ValidVersion(version) && e.versions.Match(version)
}

// MatchesIntegrity reports whether bytes with these digests are among those
// that the entry names. Without digests on either side they are not.
func (e *Entry) MatchesIntegrity(have npm.Integrity) bool {
	return slices.ContainsFunc(have, func(h npm.Hash) bool { return slices.Contains(e.Integrity, h) })
}

// Expired reports whether the entry no longer holds.
func (e *Entry) Expired(now time.Time) bool { return !e.ends.IsZero() && !now.Before(e.ends) }

// Subject names what the entry is about, for people.
func (e *Entry) Subject() string {
	switch {
	case e.Path != "":
		return e.Path
	case e.Version != "":
		return e.Package + "@" + e.Version
	}
	return e.Package
}

// MaxReason is the length of the longest reason, in bytes.
const MaxReason = 1000

// The limits of an entry's other texts, in bytes.
const (
	maxPath  = 4096
	maxRange = 256
)

// FingerprintSize is the length of a fingerprint, in bytes before hexadecimal.
const FingerprintSize = 16

// entryKeys are the keys of an entry.
var entryKeys = []string{"expires", "finding", "integrity", "package", "path", "reason", "rule", "version"}

// entries reads the list of what is accepted.
func entries(n *yaml.Node) ([]Entry, error) {
	items, err := list(n, "entries")
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(items))
	for i, item := range items {
		out[i].Line = item.Line
		if err := out[i].read(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Entry) read(n *yaml.Node) error {
	err := eachPair(n, "keys", func(key, value *yaml.Node) error {
		if !slices.Contains(entryKeys, key.Value) {
			return unknownKey(key, entryKeys)
		}
		if !isText(value) {
			return at(value, "%s: a text is wanted; a number needs quotes", key.Value)
		}
		if err := e.set(key.Value, value); err != nil {
			return at(value, "%s: %v", key.Value, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if lack := e.lacks(); lack != "" {
		return at(n, "%s", lack)
	}
	return nil
}

func (e *Entry) set(key string, n *yaml.Node) error {
	text := n.Value
	switch key {
	case "package":
		if npm.ValidateName(text) != nil || strings.Contains(text, "*") {
			return fmt.Errorf("%.100q is no package name; each package has an entry of its own", text)
		}
		e.Package = text
	case "version":
		return e.setVersion(text)
	case "integrity":
		return e.setIntegrity(text)
	case "path":
		if text == "" || len(text) > maxPath || strings.HasPrefix(text, "/") || strings.Contains(text, `\`) {
			return fmt.Errorf("%.100q is no path relative to the project", text)
		}
		e.Path = text
	case "rule":
		if !ruleForm.MatchString(text) {
			return fmt.Errorf("%.50q is not the ID of a rule", text)
		}
		e.Rule, e.ruleLine = text, n.Line
	case "finding":
		if raw, err := hex.DecodeString(text); err != nil || len(raw) != FingerprintSize || strings.ToLower(text) != text {
			return fmt.Errorf("%.50q is no fingerprint of %d hexadecimal digits, as the JSON report has it", text, 2*FingerprintSize)
		}
		e.Finding = text
	case "reason":
		if strings.TrimSpace(text) == "" || len(text) > MaxReason {
			return fmt.Errorf("a text of 1 to %d bytes is wanted", MaxReason)
		}
		e.Reason = strings.TrimSpace(text)
	case "expires":
		return e.setExpires(text)
	}
	return nil
}

func (e *Entry) setVersion(text string) error {
	e.Version = text
	if npm.ValidVersion(text) {
		return nil
	}
	if strings.TrimSpace(text) == "" || len(text) > maxRange {
		return fmt.Errorf("%.50q is neither a version nor a range", text)
	}
	c, err := semver.NPM.ParseConstraint(text)
	if err != nil {
		return fmt.Errorf("%.100q is neither a version nor a range", text)
	}
	e.versions = c
	return nil
}

// setIntegrity reads digests. Only SHA-512 will do: it is what is known of all
// bytes that are looked at, and nobody can make other bytes with the same.
func (e *Entry) setIntegrity(text string) error {
	in, err := npm.ParseIntegrity(text)
	switch {
	case err != nil:
		return err
	case len(in) == 0:
		return fmt.Errorf("a digest such as sha512-… is wanted")
	case slices.ContainsFunc(in, func(h npm.Hash) bool { return h.Algorithm != "sha512" }):
		return fmt.Errorf("only sha512 digests bind an entry; the JSON report has that of each version")
	}
	e.Integrity = in
	return nil
}

func (e *Entry) setExpires(text string) error {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%.50q is no day such as 2030-12-31", text)
	}
	e.Expires, e.ends = text, day.AddDate(0, 0, 1)
	return nil
}

// lacks says what an entry lacks, or has too much of.
func (e *Entry) lacks() string {
	switch {
	case (e.Package == "") == (e.Path == ""):
		return "an entry has either package or path"
	case e.Reason == "":
		return "an entry has a reason"
	case e.Path != "" && e.Rule == "":
		return "an entry with a path names the rule"
	case e.Path != "" && (e.Version != "" || len(e.Integrity) > 0):
		return "version and integrity belong to a package"
	case e.Package != "" && e.Version == "" && len(e.Integrity) == 0:
		return "an entry with a package has a version, an integrity or both: without them it would accept what nobody has seen"
	}
	return ""
}
