// Package provenance checks what a registry signs and what attestations say of
// where a version comes from. It works on documents that were fetched before
// and reaches no network; the bundles of attestations are verified by what
// implements Verifier (internal/provenance/sigstore).
//
// All documents are untrusted and bounded.
package provenance

import (
	"errors"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Status is what a signature or an attestation is worth.
type Status string

// What a signature or an attestation can be.
const (
	// Missing: there is none.
	Missing Status = "missing"
	// Verified: it is good and for this tarball.
	Verified Status = "verified"
	// Invalid: a part of it is wrong.
	Invalid Status = "invalid"
	// OtherTarball and OtherPackage: it is for another one.
	OtherTarball Status = "other-tarball"
	OtherPackage Status = "other-package"
	// Contradictory: the certificate says something else than the statement.
	Contradictory Status = "contradictory"
	// Expired: the registry's key had expired when the version was published.
	Expired Status = "expired"
	// Undated: the key has expired, and when the version was published is not
	// known.
	Undated Status = "undated"
	// UnknownKey: the registry does not list the key.
	UnknownKey Status = "unknown-key"
	// UnknownAuthority: the log or the certificate authority is not in the
	// trusted root, which may be too old.
	UnknownAuthority Status = "unknown-authority"
	// Unsupported: a kind of attestation or of builder that is not read.
	Unsupported Status = "unsupported"
)

// Wrong reports whether something is there that should not be: it is not only
// absent or unknown.
func (s Status) Wrong() bool {
	switch s {
	case Invalid, OtherTarball, OtherPackage, Contradictory, Expired:
		return true
	}
	return false
}

// Build is where a tarball was built and from what, as a verified attestation
// says.
type Build struct {
	// Issuer is who vouches for the build's identity: the address of the CI
	// service's OpenID Connect issuer.
	Issuer string `json:"issuer"`
	// Repository is the source, as https://host/owner/name; RepositoryID is the
	// number that it keeps when it is renamed, "" where it is unknown.
	Repository   string `json:"repository"`
	RepositoryID string `json:"repositoryId,omitempty"`
	// Commit is the full hexadecimal ID.
	Commit string `json:"commit"`
	// Ref is the branch or tag: refs/heads/… or refs/tags/….
	Ref string `json:"ref,omitempty"`
	// Workflow is the path of the workflow within the repository.
	Workflow string `json:"workflow,omitempty"`
	// Signer is the workflow that signed, with repository and ref, as the
	// certificate names it: that of a reusable workflow lies elsewhere.
	Signer string `json:"signer"`
	// Builder is the identifier of what built.
	Builder string `json:"builder,omitempty"`
	// Runner is github-hosted, gitlab-hosted or self-hosted; "" where unknown.
	Runner string `json:"runner,omitempty"`
	// Trigger is the event that started the build.
	Trigger string `json:"trigger,omitempty"`
	// Invocation is the address of the run.
	Invocation string `json:"invocation,omitempty"`
	// Signed is when, as a transparency log or a timestamp authority says.
	Signed time.Time `json:"signed"`
}

// Attestation is what one attestation is worth.
type Attestation struct {
	PredicateType string `json:"predicateType"`
	Status        Status `json:"status"`
	// Detail says what is wrong; empty where nothing is.
	Detail string `json:"detail,omitempty"`
}

// Result is what is known of a version's provenance.
type Result struct {
	// Keys tells that the registry publishes the keys that it signs with. Where
	// it does not, Signature is not looked at and Missing.
	Keys bool `json:"keys"`
	// Signature is the registry's.
	Signature Signature `json:"signature"`
	// Attestations are in the order of the document.
	Attestations []Attestation `json:"attestations,omitempty"`
	// Build is what a verified provenance attestation says; nil without one.
	Build *Build `json:"build,omitempty"`
	// Claimed is the repository of the manifest in the form of
	// Build.Repository; "" where the manifest names none that is understood.
	Claimed string `json:"claimed,omitempty"`
	// Unchecked says what could not be checked and why.
	Unchecked []string `json:"unchecked,omitempty"`
}

// ClaimHolds reports whether the manifest names the repository that the tarball
// was built from. It is false where either is unknown.
func (r *Result) ClaimHolds() bool {
	return r != nil && r.Build != nil && sameRepository(r.Build.Repository, r.Claimed)
}

// Subject is the version that signatures and attestations must be about.
type Subject struct {
	npm.PackageVersion
	// Tarball are the digests of the bytes received. Without them those that the
	// registry gives are used.
	Tarball npm.Integrity
	// Record is the registry's; nil where it has none.
	Record *npm.VersionRecord
}

// sha512 returns the digest by which attestations name the tarball, "" for none.
func (s *Subject) sha512() string {
	sets := []npm.Integrity{s.Tarball}
	if s.Record != nil {
		sets = append(sets, s.Record.Dist.Integrity)
	}
	for _, set := range sets {
		for _, hash := range set {
			if hash.Algorithm == "sha512" {
				return hash.Digest
			}
		}
	}
	return ""
}

// Documents are what the registry answered.
type Documents struct {
	// Keys is the keys document, nil where the registry has none.
	Keys []byte
	// Attestations is the attestations document of the version, nil where the
	// registry has none.
	Attestations []byte
	// Err is why either could not be fetched.
	Err error
}

// Verifier verifies the signature of an attestation's bundle.
type Verifier interface {
	// Verify returns what a bundle holds. Its errors wrap ErrUnknownKey,
	// ErrUnknownAuthority or ErrUnsupported where that is the reason; any other
	// error means that the bundle is wrong.
	Verify(bundle []byte, keys *Keys) (*Signed, error)
}

// The reasons for which a bundle cannot be verified without being wrong.
var (
	ErrUnknownKey       = errors.New("the registry's keys do not have the key")
	ErrUnknownAuthority = errors.New("not known to the trusted root")
	ErrUnsupported      = errors.New("not supported")
)

// Signed is what a verified bundle holds.
type Signed struct {
	// Statement is the DSSE payload, of type application/vnd.in-toto+json.
	Statement []byte
	// Certificate is the signer's; nil where a registry's key signed.
	Certificate *Certificate
	// Time is when it was signed, as a log or a timestamp authority says.
	Time time.Time
}

// Certificate is what the certificate authority vouches for (Fulcio's
// documentation, "OID info").
type Certificate struct {
	Issuer string
	// SubjectURI is the subject alternative name, the workflow that signed.
	SubjectURI string
	// The others are "" where the certificate does not have them.
	Repository, RepositoryID string
	Commit, Ref              string
	// Workflow is the address of the workflow with repository and ref.
	Workflow   string
	Trigger    string
	Runner     string
	Invocation string
}
