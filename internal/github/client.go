// Package github is GitHub's side of the Action: what the runner hands over
// (inputs and event), what a commit of a repository holds, read through the
// REST API without a checkout, and what goes back (annotations and outputs; the
// check run, the comment and the upload to code scanning).
//
// The content of a repository is untrusted, and so is much of an event: whoever
// opens a pull request chooses both. Nothing here is executed, sizes are
// bounded, and the token goes to the API alone.
package github

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"
	"github.com/hashicorp/go-retryablehttp"
)

const (
	// maxResponse is the largest response that is read, in bytes. The API
	// itself gives no blob above 100 MB.
	maxResponse = 110 << 20
	// maxAttempt bounds one attempt of a request with its body.
	maxAttempt = 5 * time.Minute
	// maxAttempts is how often a request is tried.
	maxAttempts = 4
	// maxLimitWait is the longest that a rate limit is waited for. An audit
	// that would have to wait longer fails and says until when.
	maxLimitWait = time.Minute
)

// ErrNotFound is wrapped where the API answers that there is no such thing. It
// answers the same for what the token may not see.
var ErrNotFound = errors.New("not found")

// ErrForbidden is wrapped where the API refuses what the token may not do, or
// what the repository has not switched on. A used-up rate limit is no such
// error.
var ErrForbidden = errors.New("not permitted")

var (
	errForeign  = errors.New("the API redirects to another host, where the token must not go")
	errTooLarge = fmt.Errorf("the response has more than %d bytes", maxResponse)
)

// Repository names a repository.
type Repository struct{ Owner, Name string }

var repositoryName = regexp.MustCompile(`^([A-Za-z0-9_-]+)/([A-Za-z0-9._-]+)$`)

// ParseRepository reads owner/name.
func ParseRepository(s string) (Repository, error) {
	m := repositoryName.FindStringSubmatch(s)
	if m == nil || m[2] == "." || m[2] == ".." {
		return Repository{}, fmt.Errorf("%q is no repository; owner/name is expected", s)
	}
	return Repository{m[1], m[2]}, nil
}

// String returns owner/name.
func (r Repository) String() string { return r.Owner + "/" + r.Name }

// Options are the settings of a Client.
type Options struct {
	// APIURL is the address of the REST API, as the runner gives it in
	// GITHUB_API_URL; "" stands for github.com's. Only loopback addresses may
	// do without https.
	APIURL string
	// Token is sent to the API and to no other host; "" for none, which is
	// enough for public repositories.
	Token string
	// UserAgent is sent with every request.
	UserAgent string
}

// Client reads repositories through GitHub's REST API, and publishes results
// there. It is safe for concurrent use.
type Client struct {
	api   *github.Client
	token bool
	blobs blobCache
}

// NewClient returns a Client. It makes no request.
func NewClient(o Options) (*Client, error) { return newClient(o, time.Second) }

// newClient is NewClient with the wait before the second attempt; each further
// one doubles it.
func newClient(o Options, wait time.Duration) (*Client, error) {
	retry := &retryablehttp.Client{
		RetryMax:     maxAttempts - 1,
		RetryWaitMin: wait,
		RetryWaitMax: maxLimitWait,
		CheckRetry:   checkRetry,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	api := github.NewClient(&http.Client{Transport: &retryablehttp.RoundTripper{Client: retry}})
	if o.APIURL != "" {
		u, err := url.Parse(strings.TrimSuffix(o.APIURL, "/") + "/")
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
			return nil, fmt.Errorf("%q is no address of an API", o.APIURL)
		}
		api.BaseURL = u
	}
	api.UserAgent = o.UserAgent
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.ResponseHeaderTimeout = maxAttempt
	retry.HTTPClient = &http.Client{Timeout: maxAttempt, Transport: &transport{base: base, api: api.BaseURL, token: o.Token}}
	return &Client{api: api, token: o.Token != ""}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// transport sends requests to the API's origin and refuses all others, to which
// only a redirect can lead. It reads the body whole, so that one that breaks
// off fails the attempt, which is then repeated.
type transport struct {
	base  http.RoundTripper
	api   *url.URL
	token string
}

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.api.Scheme || req.URL.Host != t.api.Host {
		return nil, errForeign
	}
	if t.token != "" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	switch n, err := body.ReadFrom(io.LimitReader(resp.Body, maxResponse+1)); {
	case err != nil:
		return nil, fmt.Errorf("the response broke off: %w", err)
	case n > maxResponse:
		return nil, errTooLarge
	}
	resp.Body = io.NopCloser(&body)
	return resp, nil
}

type onceKey struct{}

// once marks a request that must not be done twice, such as the one that
// creates a comment. It is repeated only where it is known not to have been
// done: where there was no connection, or a rate limit refused it. A 5xx status
// and an answer that breaks off say nothing about that.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// checkRetry decides whether another attempt is worth it.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if errors.Is(err, errForeign) || errors.Is(err, errTooLarge) {
		return false, nil
	}
	single := ctx.Value(onceKey{}) != nil
	if single && !undone(resp, err) {
		return false, ctx.Err()
	}
	if wait, ok := limitWait(resp, time.Now()); ok {
		return wait <= maxLimitWait, ctx.Err()
	}
	return retryablehttp.DefaultRetryPolicy(ctx, resp, err)
}

// undone reports whether a request is known to have had no effect.
func undone(resp *http.Response, err error) bool {
	if err != nil {
		var op *net.OpError
		return errors.As(err, &op) && op.Op == "dial"
	}
	return resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusTooManyRequests
}

// backoff returns how long to wait before the next attempt.
func backoff(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
	if wait, ok := limitWait(resp, time.Now()); ok {
		return wait
	}
	return retryablehttp.DefaultBackoff(low, high, attempt, nil)
}

// limitWait reads how long a response asks to wait (GitHub documentation, "Rate
// limits for the REST API": Retry-After, else the reset of an exhausted limit,
// with status 403 or 429). It is not ok where the response asks nothing.
func limitWait(resp *http.Response, now time.Time) (time.Duration, bool) {
	if resp == nil {
		return 0, false
	}
	switch resp.StatusCode {
	case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
	default:
		return 0, false
	}
	if after := resp.Header.Get("Retry-After"); after != "" {
		if seconds, err := strconv.ParseUint(after, 10, 31); err == nil {
			return time.Duration(seconds) * time.Second, true
		}
		if date, err := http.ParseTime(after); err == nil {
			return max(date.Sub(now), 0), true
		}
	}
	if resp.Header.Get("X-RateLimit-Remaining") == "0" {
		if reset, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(time.Unix(reset, 0).Sub(now), 0), true
		}
	}
	return 0, false
}

// readContents is the permission that reading needs.
const readContents = "contents: read"

// describe makes an error of the API one that says what to do. what names the
// thing asked for, permission what the token needs for it.
func (c *Client) describe(what, permission string, err error) error {
	var rate *github.RateLimitError
	var secondary *github.AbuseRateLimitError
	var response *github.ErrorResponse
	var transport *url.Error
	switch {
	case errors.As(err, &rate):
		return fmt.Errorf("%s: the rate limit of GitHub's API is used up until %s", what, rate.Rate.Reset.UTC().Format(time.RFC3339))
	case errors.As(err, &secondary):
		return fmt.Errorf("%s: GitHub's API asks for a pause (secondary rate limit)", what)
	case errors.As(err, &response):
		return fmt.Errorf("%s: %w", what, c.describeStatus(permission, response))
	case errors.As(err, &transport):
		err = transport.Err // the rest repeats the address
	}
	return fmt.Errorf("%s: GitHub's API: %w", what, err)
}

func (c *Client) describeStatus(permission string, e *github.ErrorResponse) error {
	status := e.Response.StatusCode
	said := fmt.Sprintf("GitHub's API answers %d %.200q", status, e.Message)
	permission = "the token needs the permission " + permission
	if !c.token {
		permission = "there is no token, which only public repositories do without"
	}
	if _, limited := limitWait(e.Response, time.Now()); limited {
		return fmt.Errorf("%s: it asks for a pause", said)
	}
	switch status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%s: the token is not valid or has expired", said)
	case http.StatusForbidden:
		return fmt.Errorf("%w: %s: %s", ErrForbidden, said, permission)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s: it does not exist, or %s", ErrNotFound, said, permission)
	}
	return errors.New(said)
}

// validCommit checks the form of a commit's id: SHA-1 or SHA-256 in
// lower-case hexadecimal.
func validCommit(id string) error {
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != 20 && len(raw) != 32 || id != strings.ToLower(id) {
		return fmt.Errorf("%.100q is no commit", id)
	}
	return nil
}

// MergeBase returns the best common ancestor of two commits, what a pull
// request is compared with. A commit of a fork is found through the repository
// that its pull request is for. The error wraps ErrNotFound where a commit is
// not there.
func (c *Client) MergeBase(ctx context.Context, r Repository, base, head string) (string, error) {
	for _, commit := range []string{base, head} {
		if err := validCommit(commit); err != nil {
			return "", err
		}
	}
	what := fmt.Sprintf("comparing %.12s with %.12s in %s", base, head, r)
	// The commits between are of no interest; the fewest are asked for.
	comparison, _, err := c.api.Repositories.CompareCommits(ctx, r.Owner, r.Name, base, head, &github.ListOptions{PerPage: 1})
	if err != nil {
		return "", c.describe(what, readContents, err)
	}
	commit := comparison.GetMergeBaseCommit().GetSHA()
	if err := validCommit(commit); err != nil {
		return "", fmt.Errorf("%s: the merge base: %w", what, err)
	}
	return commit, nil
}

// blobCache keeps blobs by id: two states of a project share most of them.
type blobCache struct {
	mu    sync.Mutex
	blobs map[string][]byte
	size  int // in bytes
}

// maxBlobCache bounds the blobs that are kept, in bytes.
const maxBlobCache = 64 << 20

func (b *blobCache) get(id string) ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok := b.blobs[id]
	return data, ok
}

func (b *blobCache) put(id string, data []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.blobs[id]; ok || b.size+len(data) > maxBlobCache {
		return
	}
	if b.blobs == nil {
		b.blobs = make(map[string][]byte)
	}
	b.blobs[id] = data
	b.size += len(data)
}
