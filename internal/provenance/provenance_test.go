package provenance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// signer is a registry's key.
type signer struct {
	id  string
	key *ecdsa.PrivateKey
}

func newSigner(t testing.TB, id string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{id, key}
}

// entry is the key as the keys document has it.
func (s signer) entry(t testing.TB, expires any) map[string]any {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&s.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"keyid": s.id, "keytype": keyType, "scheme": keyScheme, "key": base64.StdEncoding.EncodeToString(der), "expires": expires}
}

func (s signer) sign(t testing.TB, text string) npm.Signature {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	sig, err := ecdsa.SignASN1(rand.Reader, s.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return npm.Signature{KeyID: s.id, Sig: base64.StdEncoding.EncodeToString(sig)}
}

func keysDocument(t testing.TB, entries ...any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": append([]any{}, entries...)})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustKeys(t testing.TB, entries ...any) *Keys {
	t.Helper()
	keys, err := ParseKeys(keysDocument(t, entries...))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func digest(t testing.TB, algorithm, text string) npm.Integrity {
	t.Helper()
	v := npm.NewVerifier(nil)
	v.Write([]byte(text))
	if algorithm == "sha512" {
		return v.Sum()
	}
	in, err := npm.HexIntegrity("sha1", fmt.Sprintf("%040x", len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func version(t testing.TB, signatures ...npm.Signature) Subject {
	t.Helper()
	tarball := digest(t, "sha512", "tarball")
	return Subject{PackageVersion: npm.PackageVersion{Name: "@s/a", Version: "1.0.0"}, Tarball: tarball, Record: &npm.VersionRecord{
		Dist: npm.Dist{Integrity: tarball.Merge(digest(t, "sha1", "tarball")), Signatures: signatures}, Published: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}}
}

func TestSignatures(t *testing.T) {
	old, current, stranger := newSigner(t, "SHA256:old"), newSigner(t, "SHA256:current"), newSigner(t, "SHA256:stranger")
	forged := stranger
	forged.id = current.id
	keys := mustKeys(t, old.entry(t, "2025-01-29T00:00:00.000Z"), current.entry(t, nil),
		map[string]any{"keyid": "SHA256:other", "keytype": "ed25519", "scheme": "ed25519", "key": "AAAA"})
	text := "@s/a@1.0.0:" + digest(t, "sha512", "tarball").String()
	good := current.sign(t, text)
	with := func(change func(*Subject)) func(*Subject) { return change }
	later := with(func(s *Subject) { s.Record.Published = time.Date(2025, 1, 29, 0, 0, 0, 0, time.UTC) })
	for _, tt := range []struct {
		name       string
		signatures []npm.Signature
		change     func(*Subject)
		want       Status
	}{
		{"good", []npm.Signature{good}, nil, Verified},
		{"over the shasum", []npm.Signature{current.sign(t, "@s/a@1.0.0:"+digest(t, "sha1", "tarball").String())}, nil, Verified},
		{"none", nil, nil, Missing},
		{"an old key, before it expired", []npm.Signature{old.sign(t, text)}, nil, Verified},
		{"an old key, when it expired", []npm.Signature{old.sign(t, text)}, later, Expired},
		{"a current key, then", []npm.Signature{good}, later, Verified},
		{"an old key, at no time", []npm.Signature{old.sign(t, text)}, func(s *Subject) { s.Record.Published = time.Time{} }, Undated},
		{"a key that is not listed", []npm.Signature{stranger.sign(t, text)}, nil, UnknownKey},
		{"a key of another kind", []npm.Signature{{KeyID: "SHA256:other", Sig: good.Sig}}, nil, UnknownKey},
		{"another key under its name", []npm.Signature{forged.sign(t, text)}, nil, Invalid},
		{"another version", []npm.Signature{current.sign(t, strings.Replace(text, "1.0.0", "1.0.1", 1))}, nil, Invalid},
		{"another integrity", []npm.Signature{current.sign(t, "@s/a@1.0.0:"+digest(t, "sha512", "other").String())}, nil, Invalid},
		{"no base64", []npm.Signature{{KeyID: current.id, Sig: "%"}}, nil, Invalid},
		{"empty", []npm.Signature{{KeyID: current.id}}, nil, Invalid},
		{"good and forged", []npm.Signature{good, forged.sign(t, text)}, nil, Invalid},
		{"forged and good", []npm.Signature{forged.sign(t, text), good}, nil, Invalid},
		{"unknown and good", []npm.Signature{stranger.sign(t, text), good}, nil, UnknownKey},
		{"too many", make([]npm.Signature, maxSignatures+1), nil, Invalid},
		{"another tarball", []npm.Signature{good}, func(s *Subject) { s.Tarball = digest(t, "sha512", "other") }, OtherTarball},
		{"no tarball", []npm.Signature{good}, func(s *Subject) { s.Tarball = nil }, Verified},
		{"no integrity in the record", []npm.Signature{good}, func(s *Subject) { s.Record.Dist.Integrity = nil }, Verified},
		{"no integrity at all", []npm.Signature{good}, func(s *Subject) { s.Record.Dist.Integrity, s.Tarball = nil, nil }, Invalid},
		{"no record", nil, func(s *Subject) { s.Record = nil }, Missing},
	} {
		s := version(t, tt.signatures...)
		if tt.change != nil {
			tt.change(&s)
		}
		if got := CheckSignatures(s, keys); got.Status != tt.want || (got.Detail == "") != (tt.want == Verified || tt.want == Missing) {
			t.Errorf("%s: %+v, want %s", tt.name, got, tt.want)
		}
	}
	// One bit of a good signature.
	raw, _ := base64.StdEncoding.DecodeString(good.Sig)
	for i := range raw {
		raw[i] ^= 1
		if got := CheckSignatures(version(t, npm.Signature{KeyID: current.id, Sig: base64.StdEncoding.EncodeToString(raw)}), keys); got.Status != Invalid {
			t.Errorf("byte %d: %+v", i, got)
		}
		raw[i] ^= 1
	}
}

func TestParseKeysErrors(t *testing.T) {
	a := newSigner(t, "a")
	change := func(field string, value any) map[string]any {
		e := a.entry(t, nil)
		e[field] = value
		return e
	}
	many := make([]any, MaxKeys+1)
	for i := range many {
		many[i] = newSigner(t, fmt.Sprint(i)).entry(t, nil)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	whole := string(keysDocument(t, a.entry(t, nil)))
	for name, text := range map[string]string{
		"empty": "", "null": "null", "list": "[]", "no keys": "{}", "keys of another type": `{"keys": {}}`, "cut": whole[:len(whole)-1], "more": whole + "x",
		"no ID": string(keysDocument(t, change("keyid", ""))), "no time": string(keysDocument(t, change("expires", "soon"))),
		"a time that is a number": string(keysDocument(t, change("expires", 1))),
		"no base64":               string(keysDocument(t, change("key", "%"))), "no key": string(keysDocument(t, change("key", "AAAA"))),
		"another curve": string(keysDocument(t, signer{"a", p384}.entry(t, nil))),
		"twice":         string(keysDocument(t, a.entry(t, nil), a.entry(t, nil))), "many": string(keysDocument(t, many...)),
		"deep":  `{"keys": ` + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth) + "}",
		"large": `{"keys": [], "x": "` + strings.Repeat("x", MaxKeysSize) + `"}`, "a field twice": `{"keys": [], "keys": []}`,
		"many values": `{"keys": [` + strings.Repeat("0,", maxValues) + `0]}`,
	} {
		if keys, err := ParseKeys([]byte(text)); keys != nil || !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v, %v", name, keys, err)
		}
	}
	if keys := mustKeys(t); keys.Find("a") != nil {
		t.Error("a key from nowhere")
	}
}

// fake is a Verifier that takes a bundle for the statement itself.
type fake struct {
	certificate *Certificate
	err         error
}

func (f fake) Verify(bundle []byte, _ *Keys) (*Signed, error) {
	return &Signed{Statement: bundle, Certificate: f.certificate, Time: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}, f.err
}

func gitlab() *Certificate {
	return &Certificate{Issuer: issuerGitLab, SubjectURI: "https://gitlab.com/g/s/p//.gitlab-ci.yml@refs/heads/main", Repository: "https://gitlab.com/g/s/p",
		RepositoryID: "7", Commit: "abc", Ref: "refs/heads/main", Workflow: "https://gitlab.com/g/s/p//.gitlab-ci.yml@refs/heads/main", Trigger: "push", Runner: "gitlab-hosted"}
}

func attested(t testing.TB, predicateType, predicate string) []byte {
	t.Helper()
	s := version(t)
	return fmt.Appendf(nil, `{"attestations": [{"predicateType": %q, "bundle": {"_type": %q, "subject": [{"name": %q, "digest": {"sha512": "%x"}}],
		"predicateType": %q, "predicate": %s}}]}`, predicateType, statementV0, s.PURL(), s.Tarball[0].Digest, predicateType, predicate)
}

func TestGitLab(t *testing.T) {
	document := attested(t, SLSAv02, `{"builder": {"id": "https://gitlab.com/g/s/p/-/runners/12270852"}, "invocation": {"configSource":
		{"uri": "git+https://gitlab.com/g/s/p", "digest": {"sha1": "abc"}, "entryPoint": "publish"}, "parameters": {"CI_PIPELINE_SOURCE": "push"}}}`)
	r := Check(fake{certificate: gitlab()}, version(t), Documents{Attestations: document})
	if r.Build == nil || r.Build.Workflow != ".gitlab-ci.yml" || r.Build.Repository != "https://gitlab.com/g/s/p" || r.Build.Trigger != "push" || r.Build.Ref != "refs/heads/main" {
		t.Errorf("%+v, build %+v", r, r.Build)
	}
	for name, change := range map[string]func(*Certificate){
		"another host": func(c *Certificate) { c.Repository = "https://github.com/g/p" },
		"no workflow":  func(c *Certificate) { c.SubjectURI = "https://gitlab.com/g/s/p" },
		"GitHub":       func(c *Certificate) { c.Issuer = issuerGitHub },
	} {
		c := gitlab()
		change(c)
		if r := Check(fake{certificate: c}, version(t), Documents{Attestations: document}); r.Build != nil || r.Attestations[0].Status != Unsupported {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestCheck(t *testing.T) {
	s := version(t)
	s.Record.Dist.Attestations = "https://registry.invalid/x"
	key := newSigner(t, "a")
	keys := keysDocument(t, key.entry(t, nil))
	publish := attested(t, PublishV01, `{"name": "@s/a", "version": "1.0.0", "registry": "https://registry.invalid"}`)
	renamed := attested(t, PublishV01, `{"name": "@s/b", "version": "1.0.0"}`)
	for _, tt := range []struct {
		name      string
		verifier  Verifier
		documents Documents
		statuses  string
		unchecked int
	}{
		{"nothing", fake{}, Documents{}, "", 0},
		{"keys, and attestations that are not there", fake{}, Documents{Keys: keys}, "", 1},
		{"not fetched", fake{}, Documents{Err: errors.New("broken")}, "", 1},
		{"broken keys", fake{}, Documents{Keys: []byte("{"), Attestations: publish}, "verified", 1},
		{"broken attestations", fake{}, Documents{Keys: keys, Attestations: publish[:len(publish)-2]}, "", 1},
		{"no list", fake{}, Documents{Attestations: []byte(`{"attestations": 1}`)}, "", 1},
		{"no bundle", fake{}, Documents{Attestations: []byte(`{"attestations": [{"predicateType": "x"}]}`)}, "", 1},
		{"too many", fake{}, Documents{Attestations: []byte(`{"attestations": [` + strings.Repeat(`{"bundle": {}},`, MaxAttestations) + `{"bundle": {}}]}`)}, "", 1},
		{"an empty list", fake{}, Documents{Keys: keys, Attestations: []byte(`{"attestations": []}`)}, "", 1},
		{"an empty list of a registry without keys", fake{}, Documents{Attestations: []byte(`{"attestations": []}`)}, "", 0},
		{"published", fake{}, Documents{Keys: keys, Attestations: publish}, "verified", 0},
		{"published as another", fake{}, Documents{Keys: keys, Attestations: renamed}, "other-package", 0},
		{"published by a build", fake{certificate: gitlab()}, Documents{Keys: keys, Attestations: publish}, "invalid", 0},
		{"provenance by a registry", fake{}, Documents{Attestations: attested(t, SLSAv1, "{}")}, "invalid", 0},
		{"no predicate", fake{certificate: gitlab()}, Documents{Attestations: attested(t, SLSAv1, "null")}, "contradictory", 0},
		{"wrong", fake{err: errors.New("wrong")}, Documents{Keys: keys, Attestations: publish}, "invalid", 0},
		{"an unknown key", fake{err: fmt.Errorf("x: %w", ErrUnknownKey)}, Documents{Keys: keys, Attestations: publish}, "unknown-key", 1},
		{"no keys", fake{err: ErrUnknownKey}, Documents{Attestations: publish}, "unknown-key", 0},
		{"an unknown authority", fake{err: ErrUnknownAuthority}, Documents{Attestations: publish}, "unknown-authority", 1},
		{"unsupported", fake{err: ErrUnsupported}, Documents{Attestations: publish}, "unsupported", 0},
	} {
		r := Check(tt.verifier, s, tt.documents)
		var statuses []string
		for _, a := range r.Attestations {
			statuses = append(statuses, string(a.Status))
		}
		if got := strings.Join(statuses, " "); got != tt.statuses || len(r.Unchecked) != tt.unchecked || r.Build != nil {
			t.Errorf("%s: %q, want %q; %+v", tt.name, got, tt.statuses, r)
		}
	}
}

func TestStatementSubjects(t *testing.T) {
	s := version(t)
	good := fmt.Sprintf(`{"name": %q, "digest": {"sha512": "%x"}}`, s.PURL(), s.Tarball[0].Digest)
	if s.PURL() != "pkg:npm/%40s/a@1.0.0" {
		t.Errorf("%s", s.PURL())
	}
	for subjects, want := range map[string]Status{
		good: Verified, good + "," + good: Verified,
		good + "," + strings.Replace(good, "1.0.0", "1.0.1", 1):                                  OtherPackage,
		strings.Replace(good, "%40", "@", 1):                                                     OtherPackage,
		strings.Replace(good, "sha512", "sha256", 1):                                             OtherTarball,
		strings.Replace(good, `": "`, `": "00`, 2):                                               OtherPackage,
		`{"name": "` + s.PURL() + `"}`:                                                           OtherTarball,
		`{"name": "` + s.PURL() + `", "digest": {"sha512": "` + strings.Repeat("00", 64) + `"}}`: OtherTarball,
		`1`: OtherPackage,
	} {
		st, err := ParseStatement([]byte(`{"_type": "` + statementV1 + `", "subject": [` + subjects + `], "predicateType": "x"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got, detail := st.about(s); got != want || (detail == "") != (got == Verified) {
			t.Errorf("%s: %s %s, want %s", subjects, got, detail, want)
		}
	}
	bare := s
	bare.Tarball, bare.Record = nil, nil
	st, err := ParseStatement([]byte(`{"_type": "` + statementV1 + `", "subject": [` + good + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := st.about(bare); got != OtherTarball {
		t.Errorf("without a digest: %s", got)
	}
	for name, text := range map[string]string{
		"another type": `{"_type": "x", "subject": [` + good + `]}`, "no subject": `{"_type": "` + statementV1 + `"}`,
		"many subjects": `{"_type": "` + statementV1 + `", "subject": [` + strings.Repeat(good+",", maxSubjects) + good + `]}`,
		"no JSON":       "x", "large": `{"x": "` + strings.Repeat("x", maxStatementSize) + `"}`,
	} {
		if _, err := ParseStatement([]byte(text)); !errors.Is(err, ErrDocument) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNormalizeRepository(t *testing.T) {
	const want = "https://github.com/o/r"
	for _, text := range []string{
		"o/r", "github:o/r", "https://github.com/o/r", "http://www.github.com/o/r.git", "git+https://github.com/o/r.git", "git+ssh://git@github.com/o/r.git#v1",
		"git://github.com/o/r", "ssh://git@github.com:22/o/r", "git@github.com:o/r.git", "https://GitHub.com/o/r/", "https://github.com/o/r/tree/main/packages/a", "https://user:pass@github.com/o/r",
	} {
		if got := NormalizeRepository(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	for text, want := range map[string]string{
		"gitlab:g/s/p": "https://gitlab.com/g/s/p", "bitbucket:o/r": "https://bitbucket.org/o/r", "https://gitlab.com/g/s/p/-/tree/main": "https://gitlab.com/g/s/p",
		"": "", "o": "", "a/b/c": "", "@s/a": "", "file:///etc/x": "", "https://github.com": "", "https://github.com/o": "", "https:///o/r": "", "gist:abc": "", "./x": "",
		"https://github.com/../x/y": "", "https://github.com//o/r": "https://github.com/o/r", "https://github.com/o r/x": "", "javascript:alert(1)": "", "a/b@c:d/e": "", strings.Repeat("x/", 300): "",
	} {
		if got := NormalizeRepository(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for uri, want := range map[string][2]string{
		"git+https://github.com/o/r@refs/tags/@s/a@1.0.0": {"https://github.com/o/r", "refs/tags/@s/a@1.0.0"},
		"git+https://github.com/o/r@refs/heads/main":      {"https://github.com/o/r", "refs/heads/main"},
		"git+https://github.com/o/r":                      {"https://github.com/o/r", ""},
		"git+https://github.com@evil.invalid/o/r@refs/x":  {"", ""},
		"https://user@github.com/o/r":                     {"", ""},
		"":                                                {"", ""},
	} {
		if repository, ref := splitSource(uri); repository != want[0] || ref != want[1] {
			t.Errorf("%s: %q %q", uri, repository, ref)
		}
	}
	for address, want := range map[string]string{
		"https://github.com/o/r/.github/workflows/a.yml@refs/tags/@s/a@1.0.0": ".github/workflows/a.yml",
		"o/r/.github/workflows/a.yml@refs/heads/main":                         ".github/workflows/a.yml",
		".github/workflows/a.yml":                                             ".github/workflows/a.yml",
		"https://gitlab.com/g/p//ci/x.yml@refs/heads/main":                    "ci/x.yml",
		"https://x.invalid/a":                                                 "", "": "", "publish": "",
	} {
		if got := workflowPath(address); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	key := newSigner(f, "a")
	f.Add(keysDocument(f, key.entry(f, nil)))
	f.Add(keysDocument(f, key.entry(f, "2025-01-29T00:00:00.000Z"), map[string]any{"keyid": "b"}))
	f.Add([]byte(`{"keys": [{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := ParseKeys(text)
		if (err == nil) != (keys != nil) || err != nil && !errors.Is(err, ErrDocument) {
			t.Fatalf("%v, %v", keys, err)
		}
		if keys != nil && (len(keys.byID) > MaxKeys || keys.Find("") != nil) {
			t.Errorf("%d keys", len(keys.byID))
		}
	})
}

func FuzzAttestations(f *testing.F) {
	f.Add(attested(f, SLSAv1, `{"buildDefinition": {}}`))
	f.Add(attested(f, PublishV01, `{"name": "@s/a", "version": "1.0.0"}`))
	f.Add([]byte(`{"attestations": [{"bundle": {"a": [1, "\\"]}}]}`))
	s := version(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		r := Check(fake{certificate: gitlab()}, s, Documents{Attestations: text})
		if len(r.Attestations) > MaxAttestations || len(r.Attestations) == 0 && r.Build != nil {
			t.Errorf("%+v", r)
		}
		documents, err := parseAttestations(text)
		for _, d := range documents {
			if err != nil || !json.Valid(d.bundle) {
				t.Errorf("%v: %q", err, d.bundle)
			}
		}
	})
}

func FuzzParseStatement(f *testing.F) {
	for _, text := range []string{
		`{"_type": "` + statementV0 + `", "subject": [{"name": "pkg:npm/a@1.0.0", "digest": {"sha512": "00"}}], "predicateType": "` + SLSAv02 + `",
			"predicate": {"builder": {"id": "x"}, "invocation": {"configSource": {"uri": "git+https://github.com/o/r@refs/heads/main", "digest": {"sha1": "a"}}}}}`,
		`{"_type": "` + statementV1 + `", "subject": [{}], "predicateType": "` + SLSAv1 + `", "predicate": {"buildDefinition": {"externalParameters":
			{"workflow": {"repository": "o/r"}}, "resolvedDependencies": [{"uri": "git+https://github.com/o/r", "digest": {"gitCommit": "a"}}]}}}`,
		`{"_type": "` + statementV1 + `", "subject": [1], "predicateType": "` + PublishV01 + `", "predicate": []}`,
	} {
		f.Add([]byte(text))
	}
	s := version(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		st, err := ParseStatement(text)
		if err != nil {
			if st != nil || !errors.Is(err, ErrDocument) {
				t.Fatalf("%v, %v", st, err)
			}
			return
		}
		if len(st.Subjects) == 0 || len(st.Subjects) > maxSubjects {
			t.Errorf("%d subjects", len(st.Subjects))
		}
		st.about(s)
		if st.Build != nil {
			contradiction(gitlab(), st.Build)
		}
	})
}
