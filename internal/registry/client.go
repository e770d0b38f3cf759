// Package registry talks to npm registries: it reads npm's configuration,
// fetches packuments and tarballs, checks tarballs against their integrity,
// and keeps both in an on-disk cache.
//
// What a registry answers, and the addresses that lockfiles give, are
// untrusted. Sizes and waiting times are bounded, redirects do not take
// credentials along, and nothing that was downloaded is ever run.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

const (
	// DefaultMaxRequests is how many requests are under way at once.
	DefaultMaxRequests = 8
	// DefaultCacheSize bounds the cache folder, in bytes.
	DefaultCacheSize = 2 << 30
)

// Options are the settings of a Client that do not come from npm's
// configuration.
type Options struct {
	// CacheDir is the folder of the cache, which several processes may share.
	// With "" a temporary folder is used and removed by Close.
	CacheDir string
	// CacheSize is the size, in bytes, above which the files that were unused
	// for longest are removed; 0 stands for DefaultCacheSize.
	CacheSize int64
	// Offline answers from the cache alone, whatever its age.
	Offline bool
	// MaxRequests bounds the requests under way at once; 0 stands for npm's
	// maxsockets setting or else DefaultMaxRequests.
	MaxRequests int
	// UserAgent is sent with every request; "" stands for "amalfi-audit".
	UserAgent string
}

// Client fetches from registries. It is safe for concurrent use.
type Client struct {
	config       *Config
	options      Options
	http         *http.Client
	retry        *retryablehttp.Client
	requests     *semaphore.Weighted
	cache        *cache
	flights      singleflight.Group
	tarballLimit int64 // MaxTarballSize, but for tests

	mu        sync.Mutex
	validated map[string]bool // packuments this Client has seen to be current
	fetched   map[string]bool // packuments this Client has brought itself
}

// New returns a Client. The Config must not be changed afterwards.
func New(config *Config, o Options) (*Client, error) {
	if o.MaxRequests <= 0 {
		o.MaxRequests = DefaultMaxRequests
		if config.maxSockets > 0 {
			o.MaxRequests = config.maxSockets
		}
	}
	if o.CacheSize <= 0 {
		o.CacheSize = DefaultCacheSize
	}
	if o.UserAgent == "" {
		o.UserAgent = "amalfi-audit"
	}
	cache, err := openCache(o.CacheDir, o.CacheSize)
	if err != nil {
		return nil, err
	}
	client := newHTTPClient(config, o.MaxRequests)
	return &Client{
		config:       config,
		options:      o,
		http:         client,
		retry:        newRetryClient(config, client),
		requests:     semaphore.NewWeighted(int64(o.MaxRequests)),
		cache:        cache,
		tarballLimit: MaxTarballSize,
		validated:    make(map[string]bool),
		fetched:      make(map[string]bool),
	}, nil
}

// Close ends idle connections and removes a temporary cache. Blobs that are
// still open stay readable.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return c.cache.close()
}

// validators are what a conditional request sends.
type validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"lastModified,omitempty"`
}

func validatorsOf(h http.Header) validators {
	return validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}
}

func (v validators) set(h http.Header) {
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
}

// get performs a GET and hands the response to read, with status 200 or, where
// header has a condition, 304. It calls read anew for every attempt, since a
// body that breaks off is fetched again.
func (c *Client) get(ctx context.Context, u *url.URL, header http.Header, read func(*http.Response) error) error {
	if err := c.requests.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("%s: %w", redacted(u), err)
	}
	defer c.requests.Release(1)

	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return fmt.Errorf("%w %.200q", ErrURL, redacted(u))
	}
	req.Header = header
	req.Header.Set("User-Agent", c.options.UserAgent)
	if authorization := c.config.authorization(u); authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	req.SetResponseHandler(func(resp *http.Response) error {
		switch {
		case resp.StatusCode == http.StatusOK:
		case resp.StatusCode == http.StatusNotModified && conditional(header):
		default:
			return &HTTPError{Status: resp.StatusCode, URL: redacted(resp.Request.URL)}
		}
		return read(resp)
	})
	resp, err := c.retry.Do(req)
	if err != nil {
		return describe(u, err)
	}
	return resp.Body.Close()
}

func conditional(h http.Header) bool {
	return h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != ""
}

// describe says which address err is about, without the secrets that an
// address may hold.
func describe(u *url.URL, err error) error {
	var status *HTTPError
	if errors.As(err, &status) {
		return err
	}
	return fmt.Errorf("%s: %w", redacted(u), err)
}

// share runs work once for all callers that ask for the same key at the same
// time, and gives them all its result. A caller whose context ends returns at
// once; when it was the one under whose context the work ran, another caller
// begins it anew.
func (c *Client) share(ctx context.Context, key string, work func(context.Context) (string, error)) (string, error) {
	type outcome struct {
		value     string
		abandoned bool
	}
	for {
		done := c.flights.DoChan(key, func() (any, error) {
			value, err := work(ctx)
			return outcome{value, ctx.Err() != nil}, err
		})
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case r := <-done:
			o := r.Val.(outcome)
			if r.Err != nil && o.abandoned && ctx.Err() == nil {
				continue
			}
			return o.value, r.Err
		}
	}
}
