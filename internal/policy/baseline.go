package policy

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/npm"
)

// BaselineOptions are what the entries of a baseline have in common.
type BaselineOptions struct {
	// Reason must not be empty.
	Reason string
	// Expires is the last day on which they hold, YYYY-MM-DD; "" for no end.
	Expires string
}

// Baseline are the findings that make a report block or warn, as entries of
// allow.
type Baseline struct {
	accepted []proposal
	unbound  []proposal
	// append tells that the configuration has a list already.
	append bool
	opt    BaselineOptions
}

// proposal is a finding with the entry that accepts it.
type proposal struct {
	entry   config.Entry
	level   detector.Level
	message string
	// why says what keeps it from being bound; "" for nothing.
	why string
}

// NewBaseline makes the baseline of a report to which a configuration was
// applied. Each entry is bound to the rule and to the bytes that were looked at
// or, for the project's own files, to the fingerprint of the finding. What
// cannot be bound is listed and not accepted.
func NewBaseline(r *detector.Report, opt BaselineOptions) *Baseline {
	b := &Baseline{opt: opt, append: r.Config != nil && len(r.Config.Allow) > 0}
	for i := range r.Projects {
		p := &r.Projects[i]
		for _, f := range counting(r.Rules, p.Findings) {
			e := config.Entry{Path: cmp.Or(f.Location.Path, p.Lockfile), Rule: f.RuleID, Finding: p.Fingerprint(&f)}
			b.add(e, &f)
		}
	}
	for i := range r.Versions {
		v := &r.Versions[i]
		for _, f := range counting(r.Rules, v.Findings) {
			e := config.Entry{Package: v.Subject.Name, Integrity: v.Integrity, Rule: f.RuleID}
			if npm.ValidVersion(v.Subject.Version) { // else the bytes alone say which it is
				e.Version = v.Subject.Version
			}
			b.add(e, &f)
		}
	}
	b.accepted = arranged(b.accepted)
	b.unbound = arranged(b.unbound)
	return b
}

// counting returns the findings that must be accepted for a verdict to be
// clean: errors and warnings, and signals where they would still warn together.
func counting(rules map[string]*detector.Rule, findings []detector.Finding) []detector.Finding {
	var out, rest []detector.Finding
	for _, f := range findings {
		switch {
		case !f.Counts():
		case f.Level >= detector.Warning:
			out = append(out, f)
		default:
			rest = append(rest, f)
		}
	}
	return append(out, detector.Deciding(rules, detector.Decide(rules, rest), rest)...)
}

func (b *Baseline) add(e config.Entry, f *detector.Finding) {
	p := proposal{entry: e, level: f.Level, message: f.Message}
	switch {
	case e.Path == "" && len(e.Integrity) == 0:
		p.why = "there is no tarball that it could be bound to"
	case e.Path == "" && npm.ValidateName(e.Package) != nil,
		!utf8.ValidString(e.Path), strings.HasPrefix(e.Path, "/"), strings.Contains(e.Path, `\`):
		p.why = "an entry cannot name it"
	}
	if p.why != "" {
		b.unbound = append(b.unbound, p)
	} else {
		b.accepted = append(b.accepted, p)
	}
}

// arranged sorts proposals, errors first, and leaves out those that say the
// same of several lockfiles.
func arranged(all []proposal) []proposal {
	same := func(p, q proposal) int {
		a, b := &p.entry, &q.entry
		return cmp.Or(cmp.Compare(q.level, p.level), strings.Compare(a.Path, b.Path), strings.Compare(a.Package, b.Package),
			npm.CompareVersions(a.Version, b.Version), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Finding, b.Finding),
			strings.Compare(a.Integrity.String(), b.Integrity.String()))
	}
	slices.SortStableFunc(all, func(p, q proposal) int { return cmp.Or(same(p, q), strings.Compare(p.message, q.message)) })
	return slices.CompactFunc(all, func(p, q proposal) bool { return same(p, q) == 0 })
}

// Errors is how many entries accept what blocks.
func (b *Baseline) Errors() int {
	n := 0
	for _, p := range b.accepted {
		if p.level == detector.Error {
			n++
		}
	}
	return n
}

// Write writes the entries as YAML that can be put at the end of .amalfi.yml:
// the list allow or, where the file has that already, further items of it. The
// text is ASCII, and what comes from packages stands in comments and in quoted
// strings alone.
func (b *Baseline) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# Baseline: %d entries, %d of them for findings that block. Read each before you accept it.\n", len(b.accepted), b.Errors())
	switch {
	case len(b.accepted) == 0:
	case b.append:
		fmt.Fprintf(out, "# Further items for the list allow of %s.\n", config.Name)
	default:
		fmt.Fprintln(out, "allow:")
	}
	for i := range b.accepted {
		p := &b.accepted[i]
		fmt.Fprintf(out, "  # %s: %s\n", p.level, comment(p.message))
		prefix := "  - "
		field := func(key, value string) {
			if value != "" {
				fmt.Fprintf(out, "%s%s: %s\n", prefix, key, quoted(value))
				prefix = "    "
			}
		}
		field("package", p.entry.Package)
		field("version", p.entry.Version)
		field("integrity", p.entry.Integrity.String())
		field("path", p.entry.Path)
		field("rule", p.entry.Rule)
		field("finding", p.entry.Finding)
		field("reason", b.opt.Reason)
		field("expires", b.opt.Expires)
	}
	if len(b.unbound) > 0 {
		fmt.Fprintln(out, "# Not accepted:")
	}
	for i := range b.unbound {
		p := &b.unbound[i]
		fmt.Fprintf(out, "#   %s, %s: %s [%s]: %s\n", comment(p.entry.Subject()), p.level, comment(p.message), p.entry.Rule, p.why)
	}
	return out.Flush()
}

// quoted is a double-quoted scalar: the escapes of Go are among those of YAML
// (YAML 1.2, section 5.7), and ASCII leaves nothing to be hidden.
func quoted(s string) string { return strconv.QuoteToASCII(s) }

// comment is the content of a string for a comment: on one line, in ASCII, and
// nothing that a CI system reads as a command.
func comment(s string) string {
	const longest = 500
	s = strconv.QuoteToASCII(s)
	s = strings.ReplaceAll(s[1:len(s)-1], `\"`, `"`)
	if len(s) > longest {
		s = s[:longest] + "..."
	}
	return strings.ReplaceAll(s, "##", "# #")
}
