package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// maxRedirects is how many redirects of one request are followed.
	maxRedirects = 10
	// maxRetryAfter bounds the wait that a Retry-After header can ask for.
	maxRetryAfter = 2 * time.Minute
	// maxAttempt bounds one attempt, body included, however steadily it trickles.
	maxAttempt = 30 * time.Minute
)

// retryStatus are the responses after which the same request may succeed.
var retryStatus = []int{
	http.StatusTooManyRequests,
	http.StatusInternalServerError,
	http.StatusBadGateway,
	http.StatusServiceUnavailable,
	http.StatusGatewayTimeout,
}

// errStalled ends an attempt in which nothing arrives any more.
var errStalled = errors.New("the server sent nothing for too long")

// errRedirect is wrapped by the errors about redirects that are not followed.
var errRedirect = errors.New("redirect refused")

// readError is an error of the connection in the middle of a body.
type readError struct{ err error }

func (e *readError) Error() string { return "the response broke off: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

func newHTTPClient(cfg *Config, connections int) *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	transport := &http.Transport{
		Proxy:       func(r *http.Request) (*url.URL, error) { return cfg.proxyFor(r.URL), nil },
		DialContext: dialer.DialContext,
		TLSClientConfig: &tls.Config{
			RootCAs:            cfg.roots,
			InsecureSkipVerify: cfg.insecureTLS, // strict-ssl=false, with a warning
		},
		TLSHandshakeTimeout:    30 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    connections,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
	return &http.Client{
		Transport:     &guard{base: transport, timeout: cfg.timeout},
		CheckRedirect: cfg.redirect,
	}
}

// redirect decides on a redirect to req after the requests via. It takes away
// what net/http has copied from the request before: credentials go only where
// they are configured for, and never along when a redirect leaves the scheme,
// host and port of the first request.
func (c *Config) redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("%w: more than %d", errRedirect, maxRedirects)
	}
	if req.URL.Scheme != "https" && via[len(via)-1].URL.Scheme == "https" {
		return fmt.Errorf("%w: from https to %s", errRedirect, req.URL.Scheme)
	}
	if _, err := parseURL(req.URL.String()); err != nil {
		return fmt.Errorf("%w: %w", errRedirect, err)
	}
	req.Header.Del("Authorization")
	req.Header.Del("Referer")
	for _, r := range via {
		if !sameOrigin(r.URL, req.URL) {
			return nil
		}
	}
	if header := c.authorization(req.URL); header != "" {
		req.Header.Set("Authorization", header)
	}
	return nil
}

// guard is a RoundTripper that ends an attempt when nothing arrives for
// timeout, and marks the errors that come while a body is read.
type guard struct {
	base    *http.Transport
	timeout time.Duration
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	watch := time.AfterFunc(g.timeout, func() { cancel(errStalled) })
	limit := time.AfterFunc(maxAttempt, func() { cancel(errStalled) })
	b := &guardedBody{ctx: ctx, watch: watch, timeout: g.timeout, stop: func() {
		watch.Stop()
		limit.Stop()
		cancel(nil)
	}}
	resp, err := g.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = b.cause(err)
		b.stop()
		return nil, err
	}
	b.body, resp.Body = resp.Body, b
	return resp, nil
}

// CloseIdleConnections is what http.Client.CloseIdleConnections looks for.
func (g *guard) CloseIdleConnections() { g.base.CloseIdleConnections() }

type guardedBody struct {
	ctx     context.Context
	body    io.ReadCloser
	watch   *time.Timer
	timeout time.Duration
	stop    func()
}

func (b *guardedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if n > 0 {
		b.watch.Reset(b.timeout)
	}
	if err != nil && err != io.EOF {
		err = &readError{b.cause(err)}
	}
	return n, err
}

func (b *guardedBody) Close() error {
	b.stop()
	return b.body.Close()
}

// cause is errStalled where that is why err came about, else err.
func (b *guardedBody) cause(err error) error {
	if context.Cause(b.ctx) == errStalled {
		return errStalled
	}
	return err
}

func newRetryClient(cfg *Config, client *http.Client) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   client,
		RetryMax:     cfg.retries,
		RetryWaitMin: cfg.retryMin,
		RetryWaitMax: cfg.retryMax,
		CheckRetry:   checkRetry,
		Backoff: func(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
			return backoff(low, high, cfg.retryFactor, attempt, resp, time.Now())
		},
		ErrorHandler: finalError,
	}
}

// checkRetry decides whether another attempt is worth it. It sees a response,
// an error of the connection, or an error of the function that read the body.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err == nil {
		return slices.Contains(retryStatus, resp.StatusCode), nil
	}
	var broken *readError
	var transport *url.Error
	switch {
	case errors.As(err, &broken), errors.Is(err, io.ErrUnexpectedEOF):
		return true, nil
	case errors.As(err, &transport):
		return temporary(transport.Err), nil
	}
	return false, nil
}

// temporary reports whether a request that failed without a response may
// succeed when it is repeated.
func temporary(err error) bool {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.Is(err, errRedirect), errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &host):
		return false
	case errors.As(err, &dns):
		return !dns.IsNotFound
	}
	return true
}

// finalError makes the error of the last attempt, closing its response. Of
// net/http's errors it keeps the cause only: they repeat the address.
func finalError(resp *http.Response, err error, attempts int) (*http.Response, error) {
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	var transport *url.Error
	if errors.As(err, &transport) {
		err = transport.Err
	}
	if err == nil {
		err = &HTTPError{Status: resp.StatusCode, URL: redacted(resp.Request.URL)}
	}
	if attempts > 1 {
		err = fmt.Errorf("%w (after %d attempts)", err, attempts)
	}
	return nil, err
}

// backoff returns how long to wait before the attempt after number attempt,
// counted from 0: what Retry-After says, up to maxRetryAfter; else low times
// factor to the power of attempt, at most high, of which a random half is
// taken off so that clients do not come back all at once.
func backoff(low, high time.Duration, factor float64, attempt int, resp *http.Response, now time.Time) time.Duration {
	if resp != nil && slices.Contains(retryStatus, resp.StatusCode) {
		if wait, ok := retryAfter(resp.Header.Get("Retry-After"), now); ok {
			return min(wait, maxRetryAfter)
		}
	}
	wait := min(float64(low)*math.Pow(factor, float64(attempt)), float64(high))
	return time.Duration(wait * (1 - rand.Float64()/2))
}

// retryAfter reads a Retry-After header: seconds or a date (RFC 9110, 10.2.3).
func retryAfter(value string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0), true
	}
	return 0, false
}
