package reproduce

import (
	"regexp"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// How tells what led to a commit.
type How string

// The ways, from the strongest to the weakest.
const (
	// FoundByProvenance is a commit that a verified attestation names.
	FoundByProvenance How = "provenance"
	// FoundByGitHead is the commit that publishing wrote down (npm
	// documentation, "npm version"; the packument's gitHead).
	FoundByGitHead How = "gitHead"
	// FoundByTag is the commit of a tag that is named like the version. A
	// release of a forge is one of its tags.
	FoundByTag How = "tag"
)

// Candidate is a commit that a version may have been made from.
type Candidate struct {
	How How
	// Commit is the commit's id.
	Commit string
}

var commitID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// ValidCommit reports whether s is a commit's id: SHA-1 or SHA-256 in
// lower-case hexadecimal.
func ValidCommit(s string) bool { return commitID.MatchString(s) }

// TagNames returns the tags that a version's release usually has, the most
// likely first; nil where name and version are not valid. In a monorepo the
// tags with the package's name come first.
func TagNames(name, version string, monorepo bool) []string {
	if npm.ValidateName(name) != nil || !npm.ValidVersion(version) {
		return nil
	}
	plain := []string{"v" + version, version}
	base := npm.BaseName(name)
	var named []string
	for _, n := range []string{name, base, strings.TrimPrefix(strings.ReplaceAll(name, "/", "-"), "@"), strings.TrimPrefix(name, "@")} {
		named = append(named, n+"@"+version, n+"@v"+version, n+"-v"+version, n+"-"+version, n+"/v"+version, n+"/"+version)
	}
	all := append(plain, named...)
	if monorepo {
		all = append(named, plain...)
	}
	all = append(all, "release-"+version, "release-v"+version, "release/"+version, "release/v"+version, "releases/v"+version)
	var out []string
	for _, tag := range all {
		if validTag(tag) && !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	return out
}

// validTag accepts names that git accepts for references (git documentation,
// "git check-ref-format"), without those that need quoting.
func validTag(s string) bool {
	if strings.HasPrefix(s, "-") || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ".lock") ||
		strings.Contains(s, "..") || strings.Contains(s, "/.") || strings.Contains(s, "@{") || strings.Contains(s, "//") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-+/@", r))
	}) < 0
}
