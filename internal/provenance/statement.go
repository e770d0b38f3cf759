package provenance

import (
	"encoding/hex"
	"strings"

	"github.com/amalfi-audit/audit/internal/jsontree"
)

// The types of predicates that are read.
const (
	PublishV01  = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1"
	SLSAv02     = "https://slsa.dev/provenance/v0.2"
	SLSAv1      = "https://slsa.dev/provenance/v1"
	statementV0 = "https://in-toto.io/Statement/v0.1"
	statementV1 = "https://in-toto.io/Statement/v1"
)

// maxStatementSize bounds a statement, in bytes.
const maxStatementSize = 1 << 20

// Statement is an in-toto statement (in-toto attestation framework, v0.1 and v1)
// reduced to what is looked at. It is a claim.
type Statement struct {
	PredicateType string
	Subjects      []StatementSubject
	// Name and Version are what a publish attestation is about.
	Name, Version string
	// Build is what an SLSA predicate claims; nil for other predicates.
	Build *Claim
}

// StatementSubject is a thing that a statement is about.
type StatementSubject struct {
	Name string
	// SHA512 is the raw digest, "" where none is given that is understood.
	SHA512 string
}

// Claim is what an SLSA predicate says; what it does not say is "".
type Claim struct {
	Repository, Commit, Ref string
	Workflow                string
	Builder                 string
	Trigger                 string
	Invocation              string
}

// ParseStatement reads the payload of an attestation. A predicate of a type that
// is not known is left out.
func ParseStatement(data []byte) (*Statement, error) {
	const what = "statement"
	root, err := parse(what, data, maxStatementSize)
	if err != nil {
		return nil, err
	}
	if t := root.Get("_type").Str(); t != statementV0 && t != statementV1 {
		return nil, documentError(what, "its type is %.100q", t)
	}
	s := &Statement{PredicateType: root.Get("predicateType").Str()}
	subjects := root.Get("subject")
	if subjects == nil || subjects.Kind != jsontree.Array || len(subjects.Items) == 0 {
		return nil, documentError(what, "it has no subject")
	}
	if len(subjects.Items) > maxSubjects {
		return nil, documentError(what, "it has %d subjects, more than %d", len(subjects.Items), maxSubjects)
	}
	for _, item := range subjects.Items {
		subject := StatementSubject{Name: item.Get("name").Str()}
		if raw, err := hex.DecodeString(item.Get("digest").Get("sha512").Str()); err == nil && len(raw) == 64 {
			subject.SHA512 = string(raw)
		}
		s.Subjects = append(s.Subjects, subject)
	}
	predicate := root.Get("predicate")
	switch s.PredicateType {
	case PublishV01:
		s.Name, s.Version = predicate.Get("name").Str(), predicate.Get("version").Str()
	case SLSAv02:
		s.Build = claimV02(predicate)
	case SLSAv1:
		s.Build = claimV1(predicate)
	}
	return s, nil
}

// claimV02 reads what npm writes as SLSA v0.2 on GitHub Actions and on GitLab
// CI/CD.
func claimV02(p *jsontree.Value) *Claim {
	invocation := p.Get("invocation")
	source := invocation.Get("configSource")
	environment := invocation.Get("environment")
	c := &Claim{
		Commit:  source.Get("digest").Get("sha1").Str(),
		Builder: p.Get("builder").Get("id").Str(),
		Trigger: environment.Get("GITHUB_EVENT_NAME").Str(),
	}
	if c.Trigger == "" {
		c.Trigger = invocation.Get("parameters").Get("CI_PIPELINE_SOURCE").Str()
	}
	c.Repository, c.Ref = splitSource(source.Get("uri").Str())
	// On GitLab the entry point is a job and no file.
	if entry := source.Get("entryPoint").Str(); strings.Contains(entry, ".github/workflows/") {
		c.Workflow = workflowPath(entry)
	}
	return c
}

// claimV1 reads the build type of GitHub's workflows, which npm writes as SLSA v1.
func claimV1(p *jsontree.Value) *Claim {
	definition, run := p.Get("buildDefinition"), p.Get("runDetails")
	workflow := definition.Get("externalParameters").Get("workflow")
	c := &Claim{
		Ref:        workflow.Get("ref").Str(),
		Workflow:   workflow.Get("path").Str(),
		Builder:    run.Get("builder").Get("id").Str(),
		Trigger:    definition.Get("internalParameters").Get("github").Get("event_name").Str(),
		Invocation: run.Get("metadata").Get("invocationId").Str(),
	}
	c.Repository = NormalizeRepository(workflow.Get("repository").Str())
	dependencies := definition.Get("resolvedDependencies")
	if dependencies == nil {
		return c
	}
	for _, d := range dependencies.Items {
		repository, ref := splitSource(d.Get("uri").Str())
		if c.Repository == "" || sameRepository(repository, c.Repository) && (ref == "" || ref == c.Ref) {
			c.Repository, c.Commit = repository, d.Get("digest").Get("gitCommit").Str()
			break
		}
	}
	return c
}

// splitSource takes git+https://host/owner/name@ref apart. A ref may hold an @; an
// address with a user name is nothing that a CI service writes.
func splitSource(uri string) (repository, ref string) {
	_, rest, _ := strings.Cut(uri, "://")
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		if !strings.Contains(rest[:at], "/") {
			return "", ""
		}
		ref = rest[at+1:]
		uri = uri[:len(uri)-len(ref)-1]
	}
	return NormalizeRepository(uri), ref
}

// workflowPath takes repository and ref off a workflow's address.
func workflowPath(address string) string {
	if i := strings.Index(address, ".github/workflows/"); i >= 0 {
		address = address[i:]
	} else if i := strings.Index(strings.TrimPrefix(address, "https://"), "//"); i >= 0 {
		address = strings.TrimPrefix(address, "https://")[i+2:] // GitLab: https://host/group/name//path@ref
	} else {
		return ""
	}
	path, _, _ := strings.Cut(address, "@")
	return path
}
