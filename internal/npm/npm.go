// Package npm holds the registry's vocabulary as plain data: package versions,
// packuments, manifests, integrity, version order and file trees. It performs
// no input or output; every other package may import it.
package npm

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// PackageVersion identifies one published version by the name it is published
// under, never by an alias.
type PackageVersion struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// String returns name@version, the form npm prints.
func (v PackageVersion) String() string {
	if v.Version == "" {
		return v.Name
	}
	return v.Name + "@" + v.Version
}

// Compare orders by name, then by version order.
func (v PackageVersion) Compare(w PackageVersion) int {
	if c := strings.Compare(v.Name, w.Name); c != 0 {
		return c
	}
	return CompareVersions(v.Version, w.Version)
}

// PURL returns the package URL of the version (purl specification, type npm).
func (v PackageVersion) PURL() string {
	var b strings.Builder
	b.WriteString("pkg:npm/")
	if scope, name, ok := strings.Cut(v.Name, "/"); ok && strings.HasPrefix(scope, "@") {
		b.WriteString("%40" + escapePURL(scope[1:]) + "/" + escapePURL(name))
	} else {
		b.WriteString(escapePURL(v.Name))
	}
	if v.Version != "" {
		b.WriteString("@" + escapePURL(v.Version))
	}
	return b.String()
}

// escapePURL encodes one component: all but letters, digits and .-_~ and the
// colon (purl specification, "Character encoding").
func escapePURL(s string) string {
	return strings.NewReplacer("+", "%20", "%3A", ":").Replace(url.QueryEscape(s))
}

// ErrName is wrapped by every error of ValidateName.
var ErrName = errors.New("invalid package name")

// MaxNameLength is the longest package name npm accepts, in bytes, scope
// included (validate-npm-package-name).
const MaxNameLength = 214

// ValidateName reports why name cannot be a package name on a registry. It
// accepts what npm's validate-npm-package-name accepts for old packages, thus
// upper case, because such packages are still installed; beyond that names
// that begin with - or _, which registries have, and no scope that begins with
// a dot or holds a reserved name.
func ValidateName(name string) error {
	bad := func(why string) error {
		return fmt.Errorf("%w %.80q: %s", ErrName, name, why)
	}
	if name == "" {
		return bad("it is empty")
	}
	if len(name) > MaxNameLength {
		return bad("it is longer than 214 characters")
	}
	bare := name
	if strings.HasPrefix(name, "@") {
		scope, rest, ok := strings.Cut(name[1:], "/")
		if !ok || scope == "" || rest == "" {
			return bad("a scoped name is @scope/name")
		}
		if err := validateSegment(scope); err != "" {
			return bad("its scope " + err)
		}
		bare = rest
	}
	if err := validateSegment(bare); err != "" {
		return bad("it " + err)
	}
	if strings.EqualFold(bare, "node_modules") || strings.EqualFold(bare, "favicon.ico") {
		return bad("it is reserved")
	}
	return nil
}

func validateSegment(s string) string {
	if strings.HasPrefix(s, ".") {
		return "starts with a dot"
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte("-_.!~*'()", c) >= 0:
		default:
			return fmt.Sprintf("contains %q", rune(c))
		}
	}
	return ""
}

// Dist is what a packument says of one version's tarball.
type Dist struct {
	// Tarball is the URL to download from.
	Tarball string `json:"tarball,omitempty"`
	// Integrity holds dist.integrity and, as a sha1 entry, dist.shasum.
	Integrity Integrity `json:"integrity,omitempty"`
	// FileCount and UnpackedSize (bytes) are the registry's own figures, 0
	// where it gives none. They are claims, not limits.
	FileCount    int   `json:"fileCount,omitempty"`
	UnpackedSize int64 `json:"unpackedSize,omitempty"`
	// Signatures are the registry's signatures over name@version:integrity.
	Signatures []Signature `json:"signatures,omitempty"`
	// Attestations is the URL of the attestation bundle, empty where there is none.
	Attestations string `json:"attestations,omitempty"`
}

// Signature is one registry signature (npm documentation, "ECDSA registry signatures").
type Signature struct {
	KeyID string `json:"keyid"`
	Sig   string `json:"sig"`
}

// Person is a maintainer or publisher as the registry names it.
type Person struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// VersionRecord is one version in a packument, reduced to what is looked at.
type VersionRecord struct {
	// Manifest is the manifest as the registry records it, without
	// devDependencies, which npm ignores in a package that it installs.
	Manifest    Manifest `json:"manifest"`
	Dist        Dist     `json:"dist"`
	GitHead     string   `json:"gitHead,omitempty"`
	Publisher   Person   `json:"_npmUser,omitzero"`
	Maintainers []Person `json:"maintainers,omitempty"`
	Deprecated  string   `json:"deprecated,omitempty"`
	// Published is the packument's time for the version, zero where unknown.
	Published time.Time `json:"published,omitzero"`
}

// Release is what a Packument says of every version: enough to find a
// version's place in the history of its name. The rest is in VersionRecord.
type Release struct {
	Version string `json:"version"`
	// Published is the packument's time for the version, zero where unknown.
	Published time.Time `json:"published,omitzero"`
	// Publisher is the account that published the version, "" where unknown.
	Publisher string `json:"publisher,omitempty"`
	// Attested tells whether the registry has attestations for the version.
	Attested bool `json:"attested,omitempty"`
}

// Packument is a name's registry document, reduced to what is looked at. It
// holds all releases and the records of only those versions that were asked
// for, since the records of a popular name take tens of megabytes.
type Packument struct {
	Name     string            `json:"name"`
	DistTags map[string]string `json:"dist-tags,omitempty"`
	// Releases are all versions, in version order.
	Releases []Release                 `json:"releases"`
	Records  map[string]*VersionRecord `json:"records,omitempty"`
	// Unpublished lists, in version order, the versions that have a publish
	// time and no record: they were published once and taken away.
	Unpublished []string `json:"unpublished,omitempty"`
}

// Release returns the release of version, or nil.
func (p *Packument) Release(version string) *Release {
	for i := range p.Releases {
		if p.Releases[i].Version == version {
			return &p.Releases[i]
		}
	}
	return nil
}

// Predecessor returns the highest version of p that orders before version, or
// "" when there is none. Prereleases count only where version itself is a
// prerelease or nothing else precedes it, since nobody who follows releases
// came from one.
func (p *Packument) Predecessor(version string) string {
	var best, bestPre string
	for _, r := range p.Releases {
		v := r.Version
		if CompareVersions(v, version) >= 0 {
			continue
		}
		if IsPrerelease(v) {
			if bestPre == "" || CompareVersions(v, bestPre) > 0 {
				bestPre = v
			}
		} else if best == "" || CompareVersions(v, best) > 0 {
			best = v
		}
	}
	switch {
	case best == "":
		return bestPre
	case bestPre != "" && IsPrerelease(version) && CompareVersions(bestPre, best) > 0:
		return bestPre
	}
	return best
}

// PackageOf returns the name of the package that a module's name leads to:
// "@a/b" for "@a/b/c", "a" for "a/b".
func PackageOf(module string) string {
	parts := strings.SplitN(module, "/", 3)
	if strings.HasPrefix(module, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}
