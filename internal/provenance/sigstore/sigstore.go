// Package sigstore verifies the bundles of npm's attestations with sigstore-go,
// which no other package imports. It uses no network: logs, authorities and keys
// are those of a trusted root that is embedded or given.
package sigstore

import (
	"bytes"
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"

	"github.com/amalfi-audit/audit/internal/provenance"
)

// embedded is the trusted root of sigstore's public instance: docs/provenance.md
// says where it comes from and how old it is.
//
//go:embed trusted_root.json
var embedded []byte

// MaxTrustedRootSize bounds a trusted root, in bytes.
const MaxTrustedRootSize = 1 << 20

// maxBundleSize bounds one bundle, in bytes.
const maxBundleSize = provenance.MaxAttestationsSize

// payloadType is the only one that is read (DSSE, in-toto).
const payloadType = "application/vnd.in-toto+json"

// Verifier verifies bundles. It is safe for concurrent use.
type Verifier struct {
	material root.TrustedMaterial
	byBuild  *verify.Verifier
}

var _ provenance.Verifier = (*Verifier)(nil)

// New returns a Verifier with a trusted root in JSON (sigstore protobuf-specs,
// TrustedRoot, media type version 0.1); nil stands for the embedded one.
func New(trustedRoot []byte) (*Verifier, error) {
	if trustedRoot == nil {
		trustedRoot = embedded
	}
	if len(trustedRoot) > MaxTrustedRootSize {
		return nil, fmt.Errorf("trusted root: it has %d bytes, more than the %d that are read", len(trustedRoot), MaxTrustedRootSize)
	}
	material, err := root.NewTrustedRootFromJSON(trustedRoot)
	if err != nil {
		return nil, fmt.Errorf("trusted root: %w", err)
	}
	if len(material.RekorLogs()) == 0 || len(material.FulcioCertificateAuthorities()) == 0 || len(material.CTLogs()) == 0 {
		return nil, errors.New("trusted root: it lacks transparency logs, certificate authorities or certificate transparency logs")
	}
	return newVerifier(material)
}

func newVerifier(material root.TrustedMaterial) (*Verifier, error) {
	byBuild, err := verify.NewVerifier(material, verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1),
		verify.WithSignedCertificateTimestamps(1), verify.WithoutStatementPredicate())
	if err != nil {
		return nil, err
	}
	return &Verifier{material: material, byBuild: byBuild}, nil
}

// Verify verifies a bundle (sigstore bundle, version 0.1 to 0.3): the signature,
// the certificate with its signed certificate timestamp or the registry's key,
// the inclusion in a transparency log, and the time of a log or a timestamp
// authority. It does not judge who signed or what.
func (v *Verifier) Verify(data []byte, keys *provenance.Keys) (signed *provenance.Signed, err error) {
	// The bundle is untrusted, and the libraries that read it are many. A panic
	// must not take the audit along.
	defer func() {
		if p := recover(); p != nil {
			signed, err = nil, fmt.Errorf("the bundle cannot be read: %v", p)
		}
	}()
	return v.verify(data, keys)
}

func (v *Verifier) verify(data []byte, keys *provenance.Keys) (*provenance.Signed, error) {
	if len(data) > maxBundleSize {
		return nil, fmt.Errorf("the bundle has %d bytes, more than the %d that are read", len(data), maxBundleSize)
	}
	b := new(bundle.Bundle)
	if err := b.UnmarshalJSON(data); err != nil {
		if errors.Is(err, bundle.ErrUnsupportedMediaType) {
			return nil, fmt.Errorf("%w: %w", provenance.ErrUnsupported, err)
		}
		return nil, err
	}
	envelope := b.GetDsseEnvelope()
	if envelope == nil || envelope.GetPayloadType() != payloadType {
		return nil, fmt.Errorf("the bundle holds no payload of the type %s", payloadType)
	}
	content, err := b.VerificationContent()
	if err != nil {
		return nil, err
	}
	var result *verify.VerificationResult
	if certificate := content.Certificate(); certificate != nil {
		result, err = v.build(b, certificate)
	} else {
		result, err = v.registry(b, content.PublicKey().Hint(), keys)
	}
	if err != nil {
		return nil, err
	}
	signed := &provenance.Signed{Statement: envelope.GetPayload(), Time: result.VerifiedTimestamps[0].Timestamp.UTC()}
	if c := result.Signature.Certificate; c != nil {
		signed.Certificate = &provenance.Certificate{
			Issuer:       c.Issuer,
			SubjectURI:   c.SubjectAlternativeName,
			Repository:   c.SourceRepositoryURI,
			RepositoryID: c.SourceRepositoryIdentifier,
			Commit:       c.SourceRepositoryDigest,
			Ref:          c.SourceRepositoryRef,
			Workflow:     c.BuildConfigURI,
			Trigger:      c.BuildTrigger,
			Runner:       c.RunnerEnvironment,
			Invocation:   c.RunInvocationURI,
		}
	}
	return signed, nil
}

// policy leaves the digest and the identity to package provenance, which tells
// apart in what they differ.
var policy = verify.NewPolicy(verify.WithoutArtifactUnsafe(), verify.WithoutIdentitiesUnsafe())

// build verifies what a certificate signed.
func (v *Verifier) build(b *bundle.Bundle, certificate *x509.Certificate) (*verify.VerificationResult, error) {
	if err := v.known(b); err != nil {
		return nil, err
	}
	if !v.knownIssuer(certificate) {
		return nil, fmt.Errorf("%w: the certificate authority %.100q", provenance.ErrUnknownAuthority, certificate.Issuer.String())
	}
	if logs := certificateLogs(certificate); len(logs) > 0 && !v.knownCertificateLog(logs) {
		return nil, fmt.Errorf("%w: the certificate transparency log", provenance.ErrUnknownAuthority)
	}
	return v.byBuild.Verify(b, policy)
}

// registry verifies what a registry's key signed. A key that has expired
// verifies what was logged before.
func (v *Verifier) registry(b *bundle.Bundle, id string, keys *provenance.Keys) (*verify.VerificationResult, error) {
	key := keys.Find(id)
	if key == nil || key.Public == nil {
		return nil, fmt.Errorf("%w %.100q", provenance.ErrUnknownKey, id)
	}
	if err := v.known(b); err != nil {
		return nil, err
	}
	verifier, err := signature.LoadVerifier(key.Public, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	material := root.TrustedMaterialCollection{v.material, root.NewTrustedPublicKeyMaterialFromMapping(map[string]*root.ExpiringKey{
		id: root.NewExpiringKey(verifier, time.Time{}, key.Expires),
	})}
	byKey, err := verify.NewVerifier(material, verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate())
	if err != nil {
		return nil, err
	}
	return byKey.Verify(b, policy)
}

// known reports an error where the trusted root has none of the logs of a
// bundle, or no authority for its time: then it may be too old to say that the
// bundle is wrong.
func (v *Verifier) known(b *bundle.Bundle) error {
	entries, err := b.TlogEntries()
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return errors.New("the bundle has no entry of a transparency log")
	}
	known, timed := false, false
	for _, entry := range entries {
		if v.knownLog(entry) {
			known = true
			timed = timed || entry.HasInclusionPromise()
		}
	}
	if !known {
		return fmt.Errorf("%w: the transparency log %.64x", provenance.ErrUnknownAuthority, entries[0].LogKeyID())
	}
	if timed {
		return nil
	}
	timestamps, err := b.Timestamps()
	if err != nil {
		return err
	}
	if len(timestamps) == 0 {
		return errors.New("the bundle has no time of a log or a timestamp authority")
	}
	verified, _, err := verify.VerifySignedTimestamp(b, v.material)
	if err != nil {
		return err
	}
	if len(verified) == 0 {
		return fmt.Errorf("%w: the timestamp authority", provenance.ErrUnknownAuthority)
	}
	return nil
}

func (v *Verifier) knownLog(entry *tlog.Entry) bool {
	return v.material.RekorLogs()[hex.EncodeToString([]byte(entry.LogKeyID()))] != nil
}

// knownIssuer reports whether the trusted root has the authority that a
// certificate says it is of. Whether it is, is verified later.
func (v *Verifier) knownIssuer(certificate *x509.Certificate) bool {
	for _, authority := range v.material.FulcioCertificateAuthorities() {
		f, ok := authority.(*root.FulcioCertificateAuthority)
		if !ok {
			return true
		}
		for _, c := range append([]*x509.Certificate{f.Root}, f.Intermediates...) {
			if c != nil && bytes.Equal(c.SubjectKeyId, certificate.AuthorityKeyId) {
				return true
			}
		}
	}
	return false
}

func (v *Verifier) knownCertificateLog(logs []string) bool {
	for _, id := range logs {
		if v.material.CTLogs()[id] != nil {
			return true
		}
	}
	return false
}

// sctList is the extension with signed certificate timestamps (RFC 6962,
// section 3.3).
var sctList = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}

// certificateLogs returns the IDs, in hexadecimal, of the logs whose timestamps a
// certificate has, as far as they can be read.
func certificateLogs(certificate *x509.Certificate) []string {
	var ids []string
	for _, e := range certificate.Extensions {
		var list []byte
		if !e.Id.Equal(sctList) {
			continue
		}
		if rest, err := asn1.Unmarshal(e.Value, &list); err != nil || len(rest) > 0 || len(list) < 2 {
			continue
		}
		for list = list[2:]; len(list) >= 2; {
			n := int(list[0])<<8 | int(list[1])
			if list = list[2:]; n > len(list) {
				break
			}
			if n >= 33 && list[0] == 0 { // version 1, then the log's ID
				ids = append(ids, hex.EncodeToString(list[1:33]))
			}
			list = list[n:]
		}
	}
	return ids
}
