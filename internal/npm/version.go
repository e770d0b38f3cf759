package npm

import (
	"strings"

	"deps.dev/util/semver"
)

// CompareVersions orders two versions as npm does (Semantic Versioning 2.0.0).
// What is no version orders before everything that is, and by its bytes among
// its own kind, so that the order is total on any input. Versions that differ
// in build metadata alone are ordered by their bytes.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	va, errA := semver.NPM.Parse(a)
	vb, errB := semver.NPM.Parse(b)
	switch {
	case errA != nil && errB != nil:
		return strings.Compare(a, b)
	case errA != nil:
		return -1
	case errB != nil:
		return 1
	}
	if c := va.Compare(vb); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}

// ValidVersion reports whether s is an exact version such as 1.2.3 or
// 1.2.3-rc.1+build. Leading zeros are accepted: registries still hold old
// versions that have them.
func ValidVersion(s string) bool {
	if len(s) > 256 { // node-semver's MAX_LENGTH
		return false
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	core := s
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		core = s[:i]
	}
	if strings.Count(core, ".") != 2 || strings.Trim(core, "0123456789.") != "" {
		return false // among others 1.2.x, which is a range
	}
	_, err := semver.NPM.Parse(s)
	return err == nil
}

// IsPrerelease reports whether v has a prerelease tag.
func IsPrerelease(v string) bool {
	v, _, _ = strings.Cut(v, "+")
	return strings.Contains(v, "-")
}
