package sigstore

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/testing/data"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/provenance"
)

// npmKey is the key with which npm signed until January 2025.
const npmKey = `{"keys": [{"expires": "2025-01-29T00:00:00.000Z", "keyid": "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA",
	"keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
	"key": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg=="}]}`

// The digests of the tarballs of sigstore@2.0.0 and sigstore@1.3.0.
const (
	sha512v2 = "46d4e2f74c4877316640000a6fdf8a8b59f1e0847667973e9859f774dd31b8f1e0937813b777fb66a2ac67d50540fe34640966eee9fc2ccca387082b4c85cd3c"
	sha512v1 = "76176ffa33808b54602c7c35de5c6e9a4deb96066dba6533f50ac234f4f1f4c6b3527515dc17c06fbe2860030f410eee69ea20079bd3a2c6f3dcf3b329b10751"
)

func fixture(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(module(t), "pkg", "testing", "data", "bundles", "sigstore.js@2.0.0-provenance.sigstore.json"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// module is the folder of sigstore-go's source, whose testing data and examples
// hold attestations that npm serves.
func module(t testing.TB) string {
	t.Helper()
	file, _ := runtime.FuncForPC(reflect.ValueOf(data.Bundle).Pointer()).FileLine(reflect.ValueOf(data.Bundle).Pointer())
	return filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(file))))
}

func example(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(module(t), "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func embeddedVerifier(t testing.TB) *Verifier {
	t.Helper()
	v, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func npmKeys(t testing.TB) *provenance.Keys {
	t.Helper()
	keys, err := provenance.ParseKeys([]byte(npmKey))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func subject(t testing.TB, version, sha512 string) provenance.Subject {
	t.Helper()
	tarball, err := npm.HexIntegrity("sha512", sha512)
	if err != nil {
		t.Fatal(err)
	}
	return provenance.Subject{
		PackageVersion: npm.PackageVersion{Name: "sigstore", Version: version},
		Tarball:        tarball,
		Record: &npm.VersionRecord{
			Manifest: npm.Manifest{Repository: npm.Repository{URL: "git+https://github.com/sigstore/sigstore-js.git"}},
			Dist:     npm.Dist{Integrity: tarball},
		},
	}
}

// document is an attestations document of type and bundle in turn.
func document(t testing.TB, parts ...any) []byte {
	t.Helper()
	var list []map[string]any
	for i := 0; i < len(parts); i += 2 {
		list = append(list, map[string]any{"predicateType": parts[i], "bundle": json.RawMessage(parts[i+1].([]byte))})
	}
	text, err := json.Marshal(map[string]any{"attestations": list})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRealAttestations(t *testing.T) {
	v := embeddedVerifier(t)
	r := provenance.Check(v, subject(t, "2.0.0", sha512v2), provenance.Documents{Attestations: document(t, provenance.SLSAv1, fixture(t))})
	want := &provenance.Build{
		Issuer: "https://token.actions.githubusercontent.com", Repository: "https://github.com/sigstore/sigstore-js", RepositoryID: "495574555",
		Commit: "f0b49a04e5a62250e0f60fb128004a73110fe311", Ref: "refs/heads/main", Workflow: ".github/workflows/release.yml",
		Signer:  "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
		Builder: "https://github.com/actions/runner/github-hosted", Runner: "github-hosted", Trigger: "push",
		Invocation: "https://github.com/sigstore/sigstore-js/actions/runs/5904696764/attempts/1",
		Signed:     time.Date(2023, 8, 18, 16, 5, 35, 0, time.UTC),
	}
	if !reflect.DeepEqual(r.Build, want) || !r.ClaimHolds() || len(r.Unchecked) > 0 {
		t.Errorf("sigstore@2.0.0: %+v\nbuild %+v\n want %+v", r, r.Build, want)
	}

	s := subject(t, "1.3.0", sha512v1)
	s.Record.Published = time.Date(2023, 4, 18, 17, 45, 17, 0, time.UTC)
	r = provenance.Check(v, s, provenance.Documents{Keys: []byte(npmKey), Attestations: document(t,
		provenance.PublishV01, example(t, "bundle-publish.json"), provenance.SLSAv02, example(t, "bundle-provenance.json"))})
	for _, a := range r.Attestations {
		if a.Status != provenance.Verified {
			t.Errorf("sigstore@1.3.0: %+v", a)
		}
	}
	if len(r.Attestations) != 2 || r.Build == nil || r.Build.Commit != "dae8bd8eb433a4147b4655c00fe73e0f22bc0fb1" || r.Build.Builder != "https://github.com/actions/runner" {
		t.Errorf("sigstore@1.3.0: %+v, build %+v", r, r.Build)
	}
}

func TestAttestationOfAnother(t *testing.T) {
	v := embeddedVerifier(t)
	check := func(s provenance.Subject, predicate string, bundle []byte) provenance.Attestation {
		t.Helper()
		r := provenance.Check(v, s, provenance.Documents{Keys: []byte(npmKey), Attestations: document(t, predicate, bundle)})
		if len(r.Attestations) != 1 || r.Build != nil {
			t.Fatalf("%+v", r)
		}
		return r.Attestations[0]
	}
	other := subject(t, "2.0.0", sha512v2)
	other.Name = "sigstore-js"
	digest := strings.Replace(sha512v2, "46", "47", 1)
	for _, tt := range []struct {
		name string
		got  provenance.Attestation
		want provenance.Status
	}{
		{"version", check(subject(t, "2.0.1", sha512v2), provenance.SLSAv1, fixture(t)), provenance.OtherPackage},
		{"name", check(other, provenance.SLSAv1, fixture(t)), provenance.OtherPackage},
		{"digest", check(subject(t, "2.0.0", digest), provenance.SLSAv1, fixture(t)), provenance.OtherTarball},
		{"publish digest", check(subject(t, "1.3.0", sha512v2), provenance.PublishV01, example(t, "bundle-publish.json")), provenance.OtherTarball},
		{"type", check(subject(t, "2.0.0", sha512v2), provenance.SLSAv02, fixture(t)), provenance.Invalid},
		{"publish by a build", check(subject(t, "2.0.0", sha512v2), provenance.PublishV01, fixture(t)), provenance.Invalid},
		{"unread type", check(subject(t, "2.0.0", sha512v2), "https://x.invalid/v1", fixture(t)), provenance.Unsupported},
	} {
		if tt.got.Status != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, tt.got, tt.want)
		}
	}
}

// at is a value within JSON.
func at(t testing.TB, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			v = v.(map[string]any)[p]
		case int:
			v = v.([]any)[p]
		}
	}
	if v == nil {
		t.Fatalf("nothing at %v", path)
	}
	return v
}

// alter replaces the value at a path by what change makes of it.
func alter(t testing.TB, text []byte, change func(string) string, path ...any) []byte {
	t.Helper()
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	last := len(path) - 1
	parent := at(t, doc, path[:last]...)
	value := change(at(t, doc, path...).(string))
	switch key := path[last].(type) {
	case string:
		parent.(map[string]any)[key] = value
	case int:
		parent.([]any)[key] = value
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(out, text) {
		t.Fatalf("%v was not altered", path)
	}
	return out
}

// places are spread over n bytes: the ends and ten between.
func places(n int) []int {
	var out []int
	for i := range 12 {
		out = append(out, i*(n-1)/11)
	}
	return out
}

// flip returns a change of one byte of a value in base64.
func flip(t testing.TB, place int) func(string) string {
	return func(text string) string {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		raw[places(len(raw))[place]] ^= 1
		return base64.StdEncoding.EncodeToString(raw)
	}
}

func flipText(place int) func(string) string {
	return func(text string) string {
		raw := []byte(text)
		raw[places(len(raw))[place]] ^= 1
		return string(raw)
	}
}

func increment(text string) string {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic(text)
	}
	return n.Add(n, big.NewInt(1)).String()
}

func TestAlteredByOneByte(t *testing.T) {
	material, log := "verificationMaterial", []any{"verificationMaterial", "tlogEntries", 0}
	entry := func(path ...any) []any { return append(append([]any{}, log...), path...) }
	parts := [][]any{
		{"dsseEnvelope", "payload"},
		{"dsseEnvelope", "signatures", 0, "sig"},
		{material, "x509CertificateChain", "certificates", 0, "rawBytes"},
		entry("canonicalizedBody"),
		entry("logId", "keyId"),
		entry("inclusionPromise", "signedEntryTimestamp"),
		entry("inclusionProof", "rootHash"),
		entry("inclusionProof", "hashes", 0),
		entry("inclusionProof", "hashes", 2),
	}
	numbers := [][]any{entry("integratedTime"), entry("logIndex"), entry("inclusionProof", "logIndex"), entry("inclusionProof", "treeSize")}
	v, original := embeddedVerifier(t), fixture(t)
	if _, err := v.Verify(original, nil); err != nil {
		t.Fatal(err)
	}
	check := func(altered []byte, format string, args ...any) {
		t.Helper()
		r := provenance.Check(v, subject(t, "2.0.0", sha512v2), provenance.Documents{Attestations: document(t, provenance.SLSAv1, altered)})
		if r.Build != nil || len(r.Attestations) != 1 || r.Attestations[0].Status == provenance.Verified {
			t.Errorf("%s verifies", fmt.Sprintf(format, args...))
		}
	}
	for _, path := range parts {
		for place := range 12 {
			check(alter(t, original, flip(t, place), path...), "%v, place %d", path, place)
		}
	}
	for _, path := range numbers {
		check(alter(t, original, increment, path...), "%v", path)
	}
	checkpoint := entry("inclusionProof", "checkpoint", "envelope")
	for place := range 12 {
		// The name before the signature is a label: version 1 of the log does
		// not sign it.
		check(alter(t, original, func(text string) string {
			body, rest, _ := strings.Cut(text, "\n\n")
			return flipText(place)(body) + "\n\n" + rest
		}, checkpoint...), "checkpoint, place %d", place)
		check(alter(t, original, func(text string) string {
			i := strings.LastIndexByte(text, ' ') + 1
			return text[:i] + flip(t, place)(strings.TrimSpace(text[i:])) + "\n"
		}, checkpoint...), "signature of the checkpoint, place %d", place)
	}
	check(alter(t, original, func(string) string { return "application/json" }, "dsseEnvelope", "payloadType"), "payload type")

	publish := example(t, "bundle-publish.json")
	if _, err := v.Verify(publish, npmKeys(t)); err != nil {
		t.Fatal(err)
	}
	for _, path := range [][]any{{"dsseEnvelope", "payload"}, {"dsseEnvelope", "signatures", 0, "sig"}, entry("canonicalizedBody"), entry("inclusionPromise", "signedEntryTimestamp")} {
		for place := range 12 {
			if _, err := v.Verify(alter(t, publish, flip(t, place), path...), npmKeys(t)); err == nil {
				t.Errorf("publish: %v, place %d verifies", path, place)
			}
		}
	}
}

func TestPublishKeys(t *testing.T) {
	v, publish := embeddedVerifier(t), example(t, "bundle-publish.json")
	keys := func(old, new string) *provenance.Keys {
		t.Helper()
		k, err := provenance.ParseKeys([]byte(strings.Replace(npmKey, old, new, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if _, err := v.Verify(publish, keys("2025-01-29", "2023-04-19")); err != nil {
		t.Errorf("a key that expired a day later: %v", err)
	}
	if _, err := v.Verify(publish, keys("2025-01-29", "2023-04-18")); err == nil || errors.Is(err, provenance.ErrUnknownKey) {
		t.Errorf("a key that had expired: %v", err)
	}
	for name, k := range map[string]*provenance.Keys{"none": nil, "rotated": keys("SHA256:jl3b", "SHA256:xxxx"), "another kind": keys(`"keytype": "ecdsa-sha2-nistp256"`, `"keytype": "ed25519"`)} {
		if _, err := v.Verify(publish, k); !errors.Is(err, provenance.ErrUnknownKey) {
			t.Errorf("keys %s: %v", name, err)
		}
	}
	if _, err := v.Verify(publish, keys("E1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==",
		"EY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g==")); err == nil {
		t.Error("verifies with another key")
	}
}

// TestEmbeddedRoot compares the embedded trusted root with the older one of
// sigstore-go: what both have must be the same.
func TestEmbeddedRoot(t *testing.T) {
	type trusted struct {
		Tlogs, Ctlogs []struct {
			LogID     struct{ KeyID string }
			PublicKey struct{ RawBytes string }
		}
		CertificateAuthorities []struct {
			CertChain struct{ Certificates []struct{ RawBytes string } }
		}
	}
	read := func(text []byte) map[string]bool {
		var r trusted
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		out := make(map[string]bool)
		for _, l := range append(r.Tlogs, r.Ctlogs...) {
			out[l.LogID.KeyID+" "+l.PublicKey.RawBytes] = true
		}
		for _, a := range r.CertificateAuthorities {
			out[fmt.Sprint(a.CertChain.Certificates)] = true
		}
		return out
	}
	mine := read(embedded)
	older := read(example(t, "trusted-root-public-good.json"))
	if len(older) != 5 {
		t.Fatalf("%d keys and authorities", len(older))
	}
	for key := range older {
		if !mine[key] {
			t.Errorf("the embedded trusted root lacks %s", key)
		}
	}
}

func TestTrustedRoot(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "no JSON": "{", "nothing": `{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`,
		"another type": strings.Replace(string(embedded), "trustedroot+json;version=0.1", "trustedroot+json;version=9", 1),
		"too large":    strings.Repeat(" ", MaxTrustedRootSize+1),
	} {
		if _, err := New([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	v, err := New(example(t, "trusted-root-public-good.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(fixture(t), nil); err != nil {
		t.Error(err)
	}
}

// world is a sigstore of its own: a certificate authority, a certificate
// transparency log, and the transparency log and timestamp authority of
// sigstore-go's testing packages.
type world struct {
	root.BaseTrustedMaterial
	t         *testing.T
	virtual   *ca.VirtualSigstore
	authority *x509.Certificate
	caKey     *ecdsa.PrivateKey
	ctKey     *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, caKey: newKey(t), ctKey: newKey(t)}
	var err error
	if w.virtual, err = ca.NewVirtualSigstore(); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte("authority of " + t.Name())}
	w.authority = w.certificate(template, template, &w.caKey.PublicKey)
	return w
}

func (w *world) certificate(template, parent *x509.Certificate, public *ecdsa.PublicKey) *x509.Certificate {
	w.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, w.caKey)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) FulcioCertificateAuthorities() []root.CertificateAuthority {
	return []root.CertificateAuthority{&root.FulcioCertificateAuthority{Root: w.authority, ValidityPeriodStart: w.authority.NotBefore}}
}
func (w *world) RekorLogs() map[string]*root.TransparencyLog { return w.virtual.RekorLogs() }
func (w *world) TimestampingAuthorities() []root.TimestampingAuthority {
	return w.virtual.TimestampingAuthorities()
}
func (w *world) CTLogs() map[string]*root.TransparencyLog {
	return map[string]*root.TransparencyLog{hex.EncodeToString(w.ctID()): {ID: w.ctID(), PublicKey: &w.ctKey.PublicKey,
		HashFunc: crypto.SHA256, SignatureHashFunc: crypto.SHA256, ValidityPeriodStart: time.Now().Add(-time.Hour)}}
}

func (w *world) ctID() []byte {
	der, err := x509.MarshalPKIXPublicKey(&w.ctKey.PublicKey)
	if err != nil {
		w.t.Fatal(err)
	}
	id := sha256.Sum256(der)
	return id[:]
}

// timestamp is a signed certificate timestamp over a certificate without one
// (RFC 6962, section 3.2), as an extension.
func (w *world) timestamp(c *x509.Certificate) pkix.Extension {
	w.t.Helper()
	now := binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixMilli()))
	issuer := sha256.Sum256(w.authority.RawSubjectPublicKeyInfo)
	input := append([]byte{0, 0}, now...)
	input = append(append(input, 0, 1), issuer[:]...)
	n := len(c.RawTBSCertificate)
	input = append(append(input, byte(n>>16), byte(n>>8), byte(n)), c.RawTBSCertificate...)
	sum := sha256.Sum256(append(input, 0, 0))
	sig, err := ecdsa.SignASN1(rand.Reader, w.ctKey, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	sct := append(append([]byte{0}, w.ctID()...), now...)
	sct = append(sct, 0, 0, 4, 3)
	sct = append(binary.BigEndian.AppendUint16(sct, uint16(len(sig))), sig...)
	list := binary.BigEndian.AppendUint16(nil, uint16(len(sct)+2))
	list = append(binary.BigEndian.AppendUint16(list, uint16(len(sct))), sct...)
	value, err := asn1.Marshal(list)
	if err != nil {
		w.t.Fatal(err)
	}
	return pkix.Extension{Id: sctList, Value: value}
}

// identity are the certificate's extensions by their last number below
// 1.3.6.1.4.1.57264.1, and the subject.
type identity struct {
	uri        string
	extensions map[int]string
	// without leaves the certificate timestamp out.
	without bool
}

func github() identity {
	return identity{uri: "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1.0.0", extensions: map[int]string{
		8: "https://token.actions.githubusercontent.com", 11: "github-hosted", 12: "https://github.com/o/r", 13: commit,
		14: "refs/tags/v1.0.0", 15: "42", 18: "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1.0.0", 20: "release"}}
}

const commit = "0123456789abcdef0123456789abcdef01234567"

// sign makes a bundle of a statement.
func (w *world) sign(id identity, statement string) []byte {
	w.t.Helper()
	uri, err := url.Parse(id.uri)
	if err != nil {
		w.t.Fatal(err)
	}
	key := newKey(w.t)
	template := &x509.Certificate{SerialNumber: big.NewInt(2), URIs: []*url.URL{uri}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(10 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
	for n := range 30 {
		if text, ok := id.extensions[n]; ok {
			value, err := asn1.MarshalWithParams(text, "utf8")
			if err != nil {
				w.t.Fatal(err)
			}
			template.ExtraExtensions = append(template.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, n}, Value: value})
		}
	}
	leaf := w.certificate(template, w.authority, &key.PublicKey)
	if !id.without {
		template.ExtraExtensions = append(template.ExtraExtensions, w.timestamp(leaf))
		leaf = w.certificate(template, w.authority, &key.PublicKey)
	}
	sum := sha256.Sum256(dsse.PAE(payloadType, []byte(statement)))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		w.t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString
	envelope := &dsse.Envelope{PayloadType: payloadType, Payload: encoded([]byte(statement)), Signatures: []dsse.Signature{{Sig: encoded(sig)}}}
	entry, err := w.virtual.GenerateTlogEntry(leaf, envelope, sig, time.Now().Unix(), true)
	if err != nil {
		w.t.Fatal(err)
	}
	promise, err := w.virtual.RekorSignPayload(tlog.RekorPayload{Body: entry.Body(), IntegratedTime: entry.IntegratedTime().Unix(), LogIndex: entry.LogIndex(),
		LogID: hex.EncodeToString([]byte(entry.LogKeyID()))})
	if err != nil {
		w.t.Fatal(err)
	}
	tle := entry.TransparencyLogEntry()
	proof := tle.GetInclusionProof()
	text, err := json.Marshal(map[string]any{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{
			"certificate": map[string]any{"rawBytes": encoded(leaf.Raw)},
			"tlogEntries": []any{map[string]any{
				"logIndex": fmt.Sprint(tle.GetLogIndex()), "logId": map[string]any{"keyId": encoded([]byte(entry.LogKeyID()))},
				"kindVersion": map[string]any{"kind": "dsse", "version": "0.0.1"}, "integratedTime": fmt.Sprint(tle.GetIntegratedTime()),
				"inclusionPromise": map[string]any{"signedEntryTimestamp": encoded(promise)},
				"inclusionProof": map[string]any{"logIndex": fmt.Sprint(proof.GetLogIndex()), "rootHash": encoded(proof.GetRootHash()), "treeSize": fmt.Sprint(proof.GetTreeSize()),
					"hashes": proof.GetHashes(), "checkpoint": map[string]any{"envelope": proof.GetCheckpoint().GetEnvelope()}},
				"canonicalizedBody": encoded(tle.GetCanonicalizedBody()),
			}},
		},
		"dsseEnvelope": map[string]any{"payload": envelope.Payload, "payloadType": payloadType, "signatures": []any{map[string]any{"sig": encoded(sig)}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func statement(predicateType, predicate string) string {
	return `{"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": "pkg:npm/sigstore@2.0.0", "digest": {"sha512": "` + sha512v2 + `"}}],
		"predicateType": "` + predicateType + `", "predicate": ` + predicate + `}`
}

const (
	slsaV1 = `{"buildDefinition": {"externalParameters": {"workflow": {"ref": "refs/tags/v1.0.0", "repository": "https://github.com/o/r", "path": ".github/workflows/release.yml"}},
		"internalParameters": {"github": {"event_name": "release"}},
		"resolvedDependencies": [{"uri": "git+https://github.com/o/r@refs/tags/v1.0.0", "digest": {"gitCommit": "` + commit + `"}}]},
		"runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}}}`
	slsaV02 = `{"builder": {"id": "https://github.com/actions/runner"}, "invocation": {"configSource": {"uri": "git+https://github.com/o/r@refs/tags/v1.0.0",
		"digest": {"sha1": "` + commit + `"}, "entryPoint": ".github/workflows/release.yml"}, "environment": {"GITHUB_EVENT_NAME": "release"}}}`
)

func TestOwnAttestations(t *testing.T) {
	w := newWorld(t)
	v, err := newVerifier(w)
	if err != nil {
		t.Fatal(err)
	}
	check := func(predicateType string, bundle []byte) *provenance.Result {
		return provenance.Check(v, subject(t, "2.0.0", sha512v2), provenance.Documents{Attestations: document(t, predicateType, bundle)})
	}
	for predicateType, predicate := range map[string]string{provenance.SLSAv1: slsaV1, provenance.SLSAv02: slsaV02} {
		r := check(predicateType, w.sign(github(), statement(predicateType, predicate)))
		if r.Build == nil || r.Build.Commit != commit || r.Build.Repository != "https://github.com/o/r" || r.Build.Workflow != ".github/workflows/release.yml" ||
			r.Build.Trigger != "release" || r.Build.RepositoryID != "42" || r.ClaimHolds() {
			t.Errorf("%s: %+v, build %+v", predicateType, r, r.Build)
		}
		for name, swap := range map[string][2]string{
			"repository": {"github.com/o/r", "github.com/o/other"},
			"commit":     {commit, strings.Replace(commit, "0", "1", 1)},
			"ref":        {"refs/tags/v1.0.0", "refs/heads/main"},
			"workflow":   {"workflows/release.yml", "workflows/other.yml"},
			"trigger":    {`event_name": "release"`, `event_name": "push"`},
		} {
			altered := strings.ReplaceAll(predicate, swap[0], swap[1])
			if name == "trigger" {
				altered = strings.ReplaceAll(strings.ReplaceAll(predicate, `EVENT_NAME": "release"`, `EVENT_NAME": "push"`), swap[0], swap[1])
			}
			r := check(predicateType, w.sign(github(), statement(predicateType, altered)))
			if r.Build != nil || r.Attestations[0].Status != provenance.Contradictory || !strings.Contains(r.Attestations[0].Detail, name) {
				t.Errorf("%s, another %s: %+v", predicateType, name, r.Attestations)
			}
		}
	}

	person := github()
	person.uri, person.extensions[8] = "https://accounts.invalid/somebody", "https://accounts.invalid"
	elsewhere := github()
	elsewhere.extensions[8] = "https://token.invalid"
	bare := github()
	bare.without = true
	for name, tt := range map[string]struct {
		bundle []byte
		want   provenance.Status
	}{
		"a person":                  {w.sign(person, statement(provenance.SLSAv1, slsaV1)), provenance.Unsupported},
		"another issuer":            {w.sign(elsewhere, statement(provenance.SLSAv1, slsaV1)), provenance.Unsupported},
		"no certificate timestamp":  {w.sign(bare, statement(provenance.SLSAv1, slsaV1)), provenance.Invalid},
		"another certificate log":   {newTimestamp(w).sign(github(), statement(provenance.SLSAv1, slsaV1)), provenance.UnknownAuthority},
		"another authority":         {newAuthority(w).sign(github(), statement(provenance.SLSAv1, slsaV1)), provenance.Invalid},
		"another transparency log":  {newLog(w).sign(github(), statement(provenance.SLSAv1, slsaV1)), provenance.UnknownAuthority},
		"another sigstore":          {fixture(t), provenance.UnknownAuthority},
		"an unread bundle version":  {bytes.Replace(w.sign(github(), statement(provenance.SLSAv1, slsaV1)), []byte("v0.3+json"), []byte("v0.9+json"), 1), provenance.Unsupported},
		"a statement of no subject": {w.sign(github(), `{"_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "`+provenance.SLSAv1+`"}`), provenance.Invalid},
	} {
		r := check(provenance.SLSAv1, tt.bundle)
		if len(r.Attestations) != 1 || r.Attestations[0].Status != tt.want || r.Build != nil || (len(r.Unchecked) > 0) != (tt.want == provenance.UnknownAuthority) {
			t.Errorf("%s: %+v, want %s", name, r, tt.want)
		}
	}
}

// newTimestamp, newAuthority and newLog are worlds that differ in one thing.
func newTimestamp(w *world) *world {
	other := *w
	other.ctKey = newKey(w.t)
	return &other
}

func newAuthority(w *world) *world {
	other := *newWorld(w.t)
	other.virtual, other.ctKey = w.virtual, w.ctKey
	return &other
}

func newLog(w *world) *world {
	other := *w
	other.virtual = newWorld(w.t).virtual
	return &other
}

// TestTimestampAuthority is about entries of version 2 of the log, which have no
// time: an authority gives it.
func TestTimestampAuthority(t *testing.T) {
	virtual, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	// The certificates of the testing packages have no certificate timestamp.
	byBuild, err := verify.NewVerifier(virtual, verify.WithTransparencyLog(1), verify.WithObserverTimestamps(1), verify.WithoutStatementPredicate())
	if err != nil {
		t.Fatal(err)
	}
	v := &Verifier{material: virtual, byBuild: byBuild}
	const payload = `{"_type": "https://in-toto.io/Statement/v1"}`
	entity, err := virtual.AttestHashedRekordV2("somebody@accounts.invalid", "https://accounts.invalid", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	content, err := entity.VerificationContent()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := entity.SignatureContent()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := entity.TlogEntries()
	if err != nil {
		t.Fatal(err)
	}
	timestamps, err := entity.Timestamps()
	if err != nil {
		t.Fatal(err)
	}
	entry := entries[0].TransparencyLogEntry()
	proof := entry.GetInclusionProof()
	document := map[string]any{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": map[string]any{
			"certificate": map[string]any{"rawBytes": content.Certificate().Raw},
			"tlogEntries": []any{map[string]any{
				"logIndex": "0", "logId": map[string]any{"keyId": entry.GetLogId().GetKeyId()}, "kindVersion": map[string]any{"kind": "hashedrekord", "version": "0.0.2"},
				"inclusionProof":    map[string]any{"logIndex": "0", "rootHash": proof.GetRootHash(), "treeSize": "1", "checkpoint": map[string]any{"envelope": proof.GetCheckpoint().GetEnvelope()}},
				"canonicalizedBody": entry.GetCanonicalizedBody(),
			}},
			"timestampVerificationData": map[string]any{"rfc3161Timestamps": []any{map[string]any{"signedTimestamp": timestamps[0]}}},
		},
		"dsseEnvelope": map[string]any{"payload": []byte(payload), "payloadType": payloadType, "signatures": []any{map[string]any{"sig": signature.Signature()}}},
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := v.Verify(text, nil)
	if err != nil || string(signed.Statement) != payload || signed.Certificate.Issuer != "https://accounts.invalid" || signed.Time.IsZero() {
		t.Fatalf("%+v, %v", signed, err)
	}
	for place := range 12 {
		altered := alter(t, text, flip(t, place), "verificationMaterial", "timestampVerificationData", "rfc3161Timestamps", 0, "signedTimestamp")
		if _, err := v.Verify(altered, nil); err == nil {
			t.Errorf("place %d of the timestamp verifies", place)
		}
		// canonicalizedBody and the proof's rootHash, treeSize and logIndex are not
		// looked at: the entry is made of the bundle, root and size are the
		// checkpoint's.
		for _, path := range [][]any{{"dsseEnvelope", "payload"}, {"dsseEnvelope", "signatures", 0, "sig"}, {"verificationMaterial", "certificate", "rawBytes"}} {
			if _, err := v.Verify(alter(t, text, flip(t, place), path...), nil); err == nil {
				t.Errorf("%v, place %d verifies", path, place)
			}
		}
		checkpoint := alter(t, text, func(text string) string {
			body, rest, _ := strings.Cut(text, "\n\n")
			return flipText(place)(body) + "\n\n" + rest
		}, "verificationMaterial", "tlogEntries", 0, "inclusionProof", "checkpoint", "envelope")
		if _, err := v.Verify(checkpoint, nil); err == nil {
			t.Errorf("place %d of the checkpoint verifies", place)
		}
	}
	if _, err := v.Verify(alter(t, text, increment, "verificationMaterial", "tlogEntries", 0, "logIndex"), nil); err == nil {
		t.Error("another place in the log verifies")
	}
	other, err := ca.NewVirtualSigstore()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := &Verifier{material: otherTimestamps{virtual, other}, byBuild: byBuild}
	if _, err := elsewhere.Verify(text, nil); !errors.Is(err, provenance.ErrUnknownAuthority) {
		t.Errorf("another timestamp authority: %v", err)
	}
	delete(document["verificationMaterial"].(map[string]any), "timestampVerificationData")
	if text, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(text, nil); err == nil || errors.Is(err, provenance.ErrUnknownAuthority) {
		t.Errorf("without a time: %v", err)
	}
}

// otherTimestamps has the timestamp authorities of another sigstore.
type otherTimestamps struct {
	root.TrustedMaterial
	other root.TrustedMaterial
}

func (o otherTimestamps) TimestampingAuthorities() []root.TimestampingAuthority {
	return o.other.TimestampingAuthorities()
}

func FuzzVerify(f *testing.F) {
	v, keys := embeddedVerifier(f), npmKeys(f)
	f.Add(fixture(f))
	f.Add(example(f, "bundle-publish.json"))
	f.Add(example(f, "bundle-provenance.json"))
	f.Add([]byte(`{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"publicKey": {}, "tlogEntries": [{}]}, "dsseEnvelope": {}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		signed, err := v.verify(text, keys)
		if (err == nil) != (signed != nil) || err == nil && len(signed.Statement) == 0 {
			t.Errorf("%+v, %v", signed, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	v, text := embeddedVerifier(b), fixture(b)
	for b.Loop() {
		if _, err := v.Verify(text, nil); err != nil {
			b.Fatal(err)
		}
	}
}
