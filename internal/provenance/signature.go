package provenance

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/amalfi-audit/audit/internal/npm"
)

// maxSignatures bounds the signatures of a version that are looked at.
const maxSignatures = 8

// Signature is what the registry's signatures of a version are worth.
type Signature struct {
	Status Status `json:"status"`
	KeyID  string `json:"keyid,omitempty"`
	// Detail says what is wrong; empty for Verified and Missing.
	Detail string `json:"detail,omitempty"`
}

// CheckSignatures verifies the registry's signatures over
// name@version:integrity. All must be good, as npm demands it; of several the
// worst is returned. A key that has expired verifies what was published before
// it did.
func CheckSignatures(s Subject, keys *Keys) Signature {
	if s.Record == nil || len(s.Record.Dist.Signatures) == 0 {
		return Signature{Status: Missing}
	}
	signatures := s.Record.Dist.Signatures
	if len(signatures) > maxSignatures {
		return Signature{Status: Invalid, Detail: fmt.Sprintf("%d signatures, more than %d", len(signatures), maxSignatures)}
	}
	worst := Signature{Status: Verified}
	for i, signature := range signatures {
		if got := checkSignature(s, signature, keys); i == 0 || severity[got.Status] > severity[worst.Status] {
			worst = got
		}
	}
	return worst
}

// severity orders what a signature can be.
var severity = map[Status]int{Verified: 0, Undated: 1, UnknownKey: 2, Expired: 3, OtherTarball: 4, Invalid: 5}

func checkSignature(s Subject, signature npm.Signature, keys *Keys) Signature {
	out := Signature{KeyID: signature.KeyID}
	fail := func(status Status, format string, args ...any) Signature {
		out.Status, out.Detail = status, fmt.Sprintf(format, args...)
		return out
	}
	key := keys.Find(signature.KeyID)
	if key == nil || key.Public == nil {
		return fail(UnknownKey, "the registry's keys do not have %.100q", signature.KeyID)
	}
	sig, err := base64.StdEncoding.DecodeString(signature.Sig)
	if err != nil {
		return fail(Invalid, "the signature is not base64")
	}
	hash, ok := s.signed(key.Public, sig)
	if !ok {
		return fail(Invalid, "the signature does not belong to %s and its integrity", s.PackageVersion)
	}
	if (npm.Integrity{hash}).Conflicts(s.Tarball) {
		return fail(OtherTarball, "the signature is for %s, and the tarball is %s", hash, s.Tarball.Strongest())
	}
	switch published := s.Record.Published; {
	case key.Expires.IsZero():
	case published.IsZero():
		return fail(Undated, "the key expired on %s, and when the version was published is not known", key.Expires.UTC().Format("2006-01-02"))
	case !published.Before(key.Expires):
		return fail(Expired, "the key expired on %s, and the version was published on %s",
			key.Expires.UTC().Format("2006-01-02"), published.UTC().Format("2006-01-02"))
	}
	out.Status = Verified
	return out
}

// signed returns the digest that a signature covers: one of those that the
// registry gives, or where it gives none that of the bytes received. dist.shasum
// is among them, for it is never weaker than what the version is installed by.
func (s *Subject) signed(public *ecdsa.PublicKey, sig []byte) (npm.Hash, bool) {
	digests := s.Record.Dist.Integrity
	if len(digests) == 0 {
		digests = s.Tarball
	}
	digests = slices.Clone(digests)
	for _, hash := range digests[:min(len(digests), maxSignatures)] {
		sum := sha256.Sum256([]byte(s.PackageVersion.String() + ":" + hash.String()))
		if ecdsa.VerifyASN1(public, sum[:], sig) {
			return hash, true
		}
	}
	return npm.Hash{}, false
}
