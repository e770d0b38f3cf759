package github

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/google/go-github/v62/github"
)

// Upload is a result for code scanning.
type Upload struct {
	Commit string
	// Ref is the full name of the ref that the commit is the tip of.
	Ref string
	// Category tells results of several audits of a commit apart: a result takes
	// the place of the one before of the same category.
	Category string
	// SARIF is a log of SARIF 2.1.0.
	SARIF []byte
}

const (
	// maxUpload is the size of the largest log that code scanning takes, in
	// bytes after gzip (GitHub documentation, "SARIF support for code
	// scanning"). Package report keeps to the other limits.
	maxUpload = 10 << 20
	// writeSecurity is the permission that the upload needs.
	writeSecurity = "security-events: write"
)

var fullRef = regexp.MustCompile(`^refs/(heads|tags|pull)/.`)

// UploadSARIF hands a result to code scanning, which takes it in later and
// shows there what it does not like. The request may be repeated: a second
// result for the same commit takes the place of the first.
//
// The error wraps ErrForbidden or ErrNotFound where the token may not upload,
// or where code scanning is not switched on.
func (c *Client) UploadSARIF(ctx context.Context, r Repository, u Upload) error {
	what := fmt.Sprintf("uploading to code scanning of %s", r)
	if err := validCommit(u.Commit); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !fullRef.MatchString(u.Ref) {
		return fmt.Errorf("%s: %.100q is no ref of a branch, tag or pull request", what, u.Ref)
	}
	log, err := withCategory(u.SARIF, u.Category)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	packed, err := pack(log)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case len(packed) > maxUpload:
		return fmt.Errorf("%s: the log has %d bytes after gzip; at most %d are taken", what, len(packed), maxUpload)
	}
	_, resp, err := c.api.CodeScanning.UploadSarif(ctx, r.Owner, r.Name, &github.SarifAnalysis{
		CommitSHA: &u.Commit, Ref: &u.Ref, Sarif: github.String(base64.StdEncoding.EncodeToString(packed)), ToolName: github.String("Amalfi Audit")})
	switch {
	case resp != nil && resp.StatusCode == http.StatusAccepted:
		return nil
	case err != nil:
		return c.describe(what, writeSecurity+" and the repository code scanning", err)
	}
	return fmt.Errorf("%s: GitHub's API answers %d", what, resp.StatusCode)
}

// withCategory writes the category into the runs of a log (SARIF 2.1.0, section
// 3.17.3: the id's last component, which tells one upload from the next, stays
// empty).
func withCategory(log []byte, category string) ([]byte, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(log, &root); err != nil {
		return nil, err
	}
	var runs []map[string]json.RawMessage
	if err := json.Unmarshal(root["runs"], &runs); err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, errors.New("the log has no run")
	}
	details, err := json.Marshal(map[string]string{"id": category + "/"})
	if err != nil {
		return nil, err
	}
	for _, run := range runs {
		run["automationDetails"] = details
	}
	if root["runs"], err = json.Marshal(runs); err != nil {
		return nil, err
	}
	return json.Marshal(root)
}

// pack compresses data with gzip.
func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
