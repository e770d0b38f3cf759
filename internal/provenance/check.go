package provenance

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
)

// document is one attestation as the registry gives it.
type document struct {
	predicateType string
	bundle        []byte
}

// parseAttestations reads an attestations document (GET
// /-/npm/v1/attestations/name@version): {"attestations": [{"predicateType",
// "bundle"}]}.
func parseAttestations(data []byte) ([]document, error) {
	const what = "attestations document"
	root, err := parse(what, data, MaxAttestationsSize)
	if err != nil {
		return nil, err
	}
	list := root.Get("attestations")
	if list == nil || list.Kind != jsontree.Array {
		return nil, documentError(what, "it has no list of attestations")
	}
	if len(list.Items) > MaxAttestations {
		return nil, documentError(what, "it has %d attestations, more than %d", len(list.Items), MaxAttestations)
	}
	var out []document
	for i, item := range list.Items {
		bundle := item.Get("bundle")
		if bundle == nil || bundle.Kind != jsontree.Object {
			return nil, documentError(what, "attestation %d has no bundle", i+1)
		}
		out = append(out, document{item.Get("predicateType").Str(), data[bundle.Offset:bundle.End]})
	}
	return out, nil
}

// Check checks what the registry answered for a version.
func Check(v Verifier, s Subject, d Documents) *Result {
	r := &Result{Signature: Signature{Status: Missing}}
	if s.Record != nil {
		r.Claimed = NormalizeRepository(s.Record.Manifest.Repository.URL)
	}
	if d.Err != nil {
		r.unchecked("signatures and attestations could not be fetched: %v", d.Err)
	}
	var keys *Keys
	if d.Keys != nil {
		var err error
		if keys, err = ParseKeys(d.Keys); err != nil {
			r.unchecked("%v", err)
		} else {
			r.Keys = true
			r.Signature = CheckSignatures(s, keys)
		}
	}
	if d.Attestations != nil {
		r.attestations(v, s, d.Attestations, keys)
	}
	// A registry that copies another may serve neither keys nor attestations.
	if r.Keys && len(r.Attestations) == 0 && len(r.Unchecked) == 0 && s.Record != nil && s.Record.Dist.Attestations != "" {
		r.unchecked("the registry says that there are attestations and does not have them")
	}
	return r
}

func (r *Result) unchecked(format string, args ...any) {
	r.Unchecked = append(r.Unchecked, fmt.Sprintf(format, args...))
}

func (r *Result) attestations(v Verifier, s Subject, data []byte, keys *Keys) {
	documents, err := parseAttestations(data)
	if err != nil {
		r.unchecked("%v", err)
		return
	}
	for _, d := range documents {
		a, build := checkAttestation(v, s, d, keys)
		if a.Status == Verified && build != nil && r.Build == nil {
			r.Build = build
		}
		switch a.Status {
		case UnknownAuthority:
			r.unchecked("an attestation (%.100q) cannot be verified with this trusted root: %s", a.PredicateType, a.Detail)
		case UnknownKey:
			if r.Keys {
				r.unchecked("an attestation (%.100q) cannot be verified: %s", a.PredicateType, a.Detail)
			}
		}
		r.Attestations = append(r.Attestations, a)
	}
}

// checkAttestation verifies one attestation, and returns what it says of the
// build if it is about that.
func checkAttestation(v Verifier, s Subject, d document, keys *Keys) (a Attestation, build *Build) {
	a.PredicateType = d.predicateType
	fail := func(status Status, format string, args ...any) (Attestation, *Build) {
		a.Status, a.Detail = status, fmt.Sprintf(format, args...)
		return a, nil
	}
	switch d.predicateType {
	case PublishV01, SLSAv02, SLSAv1:
	default:
		return fail(Unsupported, "predicates of the type %.100q are not read", d.predicateType)
	}
	signed, err := v.Verify(d.bundle, keys)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return fail(UnknownKey, "%v", err)
	case errors.Is(err, ErrUnknownAuthority):
		return fail(UnknownAuthority, "%v", err)
	case errors.Is(err, ErrUnsupported):
		return fail(Unsupported, "%v", err)
	case err != nil:
		return fail(Invalid, "%v", err)
	}
	statement, err := ParseStatement(signed.Statement)
	if err != nil {
		return fail(Invalid, "%v", err)
	}
	if statement.PredicateType != d.predicateType {
		return fail(Invalid, "its statement is of the type %.100q", statement.PredicateType)
	}
	if status, detail := statement.about(s); status != Verified {
		return fail(status, "%s", detail)
	}
	if d.predicateType == PublishV01 {
		switch {
		case signed.Certificate != nil:
			return fail(Invalid, "it is not signed by the registry")
		case statement.Name != s.Name || statement.Version != s.Version:
			return fail(OtherPackage, "it is about the publication of %.250q", statement.Name+"@"+statement.Version)
		}
		a.Status = Verified
		return a, nil
	}
	if signed.Certificate == nil {
		return fail(Invalid, "it is not signed by a build")
	}
	if !ci(signed.Certificate) {
		return fail(Unsupported, "it is signed by %.200q of %.200q, which is no CI service known here", signed.Certificate.SubjectURI, signed.Certificate.Issuer)
	}
	if what := contradiction(signed.Certificate, statement.Build); what != "" {
		return fail(Contradictory, "%s", what)
	}
	a.Status = Verified
	return a, newBuild(signed, statement.Build)
}

// about tells whether a statement is about a version and its tarball. npm's have
// one subject; of several all must be.
func (st *Statement) about(s Subject) (Status, string) {
	want := s.sha512()
	for _, subject := range st.Subjects {
		switch {
		case subject.Name != s.PURL():
			return OtherPackage, fmt.Sprintf("it is about %.300q and not %q", subject.Name, s.PURL())
		case subject.SHA512 == "":
			return OtherTarball, "it does not give a SHA-512 of the tarball"
		case want == "":
			return OtherTarball, "no SHA-512 of the tarball is known to compare with"
		case subject.SHA512 != want:
			return OtherTarball, fmt.Sprintf("it is for the tarball with the SHA-512 %x…, and the tarball has %x…", subject.SHA512[:8], want[:8])
		}
	}
	return Verified, ""
}

// The CI services that npm accepts attestations of and that are read here.
const (
	issuerGitHub = "https://token.actions.githubusercontent.com"
	issuerGitLab = "https://gitlab.com"
)

var (
	githubWorkflow = regexp.MustCompile(`^https://github\.com/[A-Za-z0-9-]+/[A-Za-z0-9._-]+/\.github/workflows/[^@\s]+@\S+$`)
	gitlabWorkflow = regexp.MustCompile(`^https://gitlab\.com/[^@\s]+//[^@\s]+@\S+$`)
)

// ci reports whether a certificate is that of a build: the issuer and the form
// of the subject belong together, and so does the repository's host.
func ci(c *Certificate) bool {
	switch c.Issuer {
	case issuerGitHub:
		return githubWorkflow.MatchString(c.SubjectURI) && strings.HasPrefix(c.Repository, "https://github.com/")
	case issuerGitLab:
		return gitlabWorkflow.MatchString(c.SubjectURI) && strings.HasPrefix(c.Repository, "https://gitlab.com/")
	}
	return false
}

// contradiction says in what a statement differs from the certificate, "" where
// it does not. Repository and commit must be in both. What a certificate of the
// first years does not have, a statement may say alone.
func contradiction(c *Certificate, claim *Claim) string {
	differ := func(what, certificate, statement string) string {
		return fmt.Sprintf("the certificate is for the %s %.200q and the statement says %.200q", what, certificate, statement)
	}
	repository := NormalizeRepository(c.Repository)
	switch {
	case !sameRepository(repository, claim.Repository):
		return differ("repository", c.Repository, claim.Repository)
	case c.Commit == "" || c.Commit != claim.Commit:
		return differ("commit", c.Commit, claim.Commit)
	case c.Ref != "" && claim.Ref != "" && c.Ref != claim.Ref:
		return differ("ref", c.Ref, claim.Ref)
	case c.Trigger != "" && claim.Trigger != "" && c.Trigger != claim.Trigger:
		return differ("trigger", c.Trigger, claim.Trigger)
	}
	if path := workflowPath(c.Workflow); path != "" && claim.Workflow != "" && path != claim.Workflow {
		return differ("workflow", path, claim.Workflow)
	}
	return ""
}

func newBuild(signed *Signed, claim *Claim) *Build {
	c := signed.Certificate
	first := func(a, b string) string {
		if a != "" {
			return a
		}
		return b
	}
	return &Build{
		Issuer:       c.Issuer,
		Repository:   NormalizeRepository(c.Repository),
		RepositoryID: c.RepositoryID,
		Commit:       c.Commit,
		Ref:          first(c.Ref, claim.Ref),
		Workflow:     first(workflowPath(c.Workflow), claim.Workflow),
		Signer:       c.SubjectURI,
		Builder:      claim.Builder,
		Runner:       first(c.Runner, runnerOf(claim.Builder)),
		Trigger:      first(c.Trigger, claim.Trigger),
		Invocation:   first(c.Invocation, claim.Invocation),
		Signed:       signed.Time,
	}
}

// runnerOf reads the kind of runner from a builder's identifier.
func runnerOf(builder string) string {
	for _, kind := range []string{"github-hosted", "self-hosted"} {
		if builder == "https://github.com/actions/runner/"+kind {
			return kind
		}
	}
	return ""
}
