package detector

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/amalfi-audit/audit/internal/config"
)

// Fingerprint identifies a finding of a version. It covers the rule, the
// lockfile, the package version and, within it, the place of the first
// evidence, since a published version never changes. It does not cover the line
// of the entry: entries move whenever another one comes or goes.
func (v *Verdict) Fingerprint(f *Finding) string {
	return hashOf(f.key(v.Lockfile, true))
}

// Fingerprint identifies a finding of the project. It covers the rule, the
// lockfile, the file and the message, but for numbers that are not quoted: they
// often count entries.
func (p *ProjectVerdict) Fingerprint(f *Finding) string {
	return hashOf(f.key(p.Lockfile, false))
}

func (f *Finding) key(lockfile string, version bool) string {
	parts := []string{f.RuleID, lockfile, f.Subject.String()}
	switch {
	case !version:
		parts = append(parts, cmp.Or(f.Location.Path, lockfile), withoutCounts(f.Message))
	case len(f.Evidence) > 0:
		e := &f.Evidence[0]
		parts = append(parts, fmt.Sprintf("%s:%d:%d", e.Path, e.Line, e.Column))
	}
	return fmt.Sprintf("%q", parts)
}

func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:config.FingerprintSize])
}

// withoutCounts writes each number outside of quotation marks as 0. What is
// quoted stays: a host or an address with another number is another one.
func withoutCounts(s string) string {
	var b strings.Builder
	quoted, number := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		digit := c >= '0' && c <= '9' && !quoted
		switch {
		case quoted && c == '\\' && i+1 < len(s):
			b.WriteByte(c)
			i++
			b.WriteByte(s[i])
		case !digit:
			b.WriteByte(c)
		case !number:
			b.WriteByte('0')
		}
		if c == '"' {
			quoted = !quoted
		}
		number = digit
	}
	return b.String()
}
