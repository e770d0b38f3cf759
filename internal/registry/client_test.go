package registry

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

// newClient returns a Client that retries at once.
func newClient(t testing.TB, load LoadOptions, o Options) *Client {
	t.Helper()
	load.Environ = append([]string{"npm_config_fetch_retry_mintimeout=0", "npm_config_fetch_retry_maxtimeout=0"}, load.Environ...)
	client, err := New(mustLoad(t, load), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func newServer(t testing.TB) *npmtest.Server {
	srv := npmtest.NewServer()
	t.Cleanup(srv.Close)
	return srv
}

// fetch returns the bytes of a tarball.
func fetch(t *testing.T, c *Client, address string, want npm.Integrity) ([]byte, error) {
	t.Helper()
	blob, err := c.Tarball(t.Context(), address, want)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	data, err := io.ReadAll(blob.Reader())
	if err == nil && int64(len(data)) != blob.Size {
		t.Errorf("%d bytes, and the size is %d", len(data), blob.Size)
	}
	return data, err
}

func TestRetries(t *testing.T) {
	const packument, tarball = "/a", "/a/-/a-1.0.0.tgz"
	tests := []struct {
		name     string
		fault    npmtest.Fault
		requests int   // to the faulty path
		want     error // nil for success
	}{
		{"none", npmtest.Fault{}, 1, nil},
		{"429 twice", npmtest.Fault{Times: 2, Status: 429, Header: http.Header{"Retry-After": {"0"}}}, 3, nil},
		{"500", npmtest.Fault{Times: 1, Status: 500}, 2, nil},
		{"502", npmtest.Fault{Times: 1, Status: 502}, 2, nil},
		{"503 until the last attempt", npmtest.Fault{Times: 4, Status: 503}, 5, nil},
		{"504", npmtest.Fault{Times: 1, Status: 504}, 2, nil},
		{"503 always", npmtest.Fault{Status: 503}, 5, &HTTPError{}},
		{"429 always", npmtest.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}}, 5, &HTTPError{}},
		{"501", npmtest.Fault{Status: 501}, 1, &HTTPError{}},
		{"404", npmtest.Fault{Status: 404}, 1, ErrNotFound},
		{"410", npmtest.Fault{Status: 410}, 1, ErrNotFound},
		{"401", npmtest.Fault{Status: 401}, 1, ErrUnauthorized},
		{"403", npmtest.Fault{Status: 403}, 1, ErrUnauthorized},
		{"304 unasked", npmtest.Fault{Status: 304}, 1, &HTTPError{}},
		{"204", npmtest.Fault{Status: 204}, 1, &HTTPError{}},
		{"cut twice", npmtest.Fault{Times: 2, BreakAfter: 50}, 3, nil},
		{"cut always", npmtest.Fault{BreakAfter: 50}, 5, &readError{}},
	}
	for _, path := range []string{packument, tarball} {
		for _, test := range tests {
			t.Run(path+" "+test.name, func(t *testing.T) {
				srv := newServer(t)
				want := srv.Publish("a", "1.0.0", nil, nil)
				srv.Fault(path, test.fault)
				client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
				var err error
				if path == packument {
					_, err = client.Packument(t.Context(), "a")
				} else {
					_, err = fetch(t, client, srv.URL+tarball, want)
				}
				var status *HTTPError
				var broken *readError
				switch test.want.(type) {
				case nil:
					if err != nil {
						t.Error(err)
					}
				case *HTTPError:
					if !errors.As(err, &status) || status.Status != test.fault.Status || status.URL != srv.URL+path {
						t.Errorf("got %v, want status %d of %s", err, test.fault.Status, path)
					}
				case *readError:
					if !errors.As(err, &broken) || !strings.Contains(err.Error(), "after 5 attempts") {
						t.Errorf("got %v, want a broken response", err)
					}
				default:
					if !errors.Is(err, test.want) {
						t.Errorf("got %v, want %v", err, test.want)
					}
				}
				if got := len(srv.Requests(path)); got != test.requests {
					t.Errorf("%d requests, want %d", got, test.requests)
				}
			})
		}
	}
}

func TestBackoff(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	response := func(status int, retryAfter string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}}
	}
	const low, high = time.Second, 10 * time.Second
	tests := []struct {
		name            string
		attempt         int
		resp            *http.Response
		atLeast, atMost time.Duration
	}{
		{"first", 0, nil, low / 2, low},
		{"second", 1, nil, low, 2 * low},
		{"fourth, bounded", 4, nil, high / 2, high},
		{"astronomical", 5000, nil, high / 2, high},
		{"seconds", 0, response(429, "7"), 7 * time.Second, 7 * time.Second},
		{"zero", 3, response(503, "0"), 0, 0},
		{"date", 0, response(429, "Fri, 02 Jan 2026 03:04:20 GMT"), 15 * time.Second, 15 * time.Second},
		{"date gone by", 0, response(429, "Fri, 02 Jan 2026 03:00:00 GMT"), 0, 0},
		{"too long", 0, response(503, "86400"), maxRetryAfter, maxRetryAfter},
		{"too large a number", 0, response(503, "99999999999999999999"), low / 2, low},
		{"negative", 0, response(503, "-1"), low / 2, low},
		{"nonsense", 0, response(503, "soon"), low / 2, low},
		{"broken body of a success", 0, response(200, "7"), low / 2, low},
	}
	for _, test := range tests {
		for range 20 {
			if got := backoff(low, high, 2, test.attempt, test.resp, now); got < test.atLeast || got > test.atMost {
				t.Errorf("%s: got %v, want %v to %v", test.name, got, test.atLeast, test.atMost)
				break
			}
		}
	}
}

// The wait between attempts is what Retry-After says.
func TestRetryAfterIsUsed(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	srv.Fault("/a", npmtest.Fault{Times: 1, Status: 429, Header: http.Header{"Retry-After": {"30"}}})
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	var waits []time.Duration
	real := client.retry.Backoff
	client.retry.Backoff = func(low, high time.Duration, attempt int, resp *http.Response) time.Duration {
		waits = append(waits, real(low, high, attempt, resp))
		return 0
	}
	if _, err := client.Packument(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if len(waits) != 1 || waits[0] != 30*time.Second {
		t.Errorf("waits %v, want one of 30s", waits)
	}
}

func TestStalledServer(t *testing.T) {
	for name, fault := range map[string]npmtest.Fault{
		"before the answer": {Times: 2, Hang: true},
		"within the body":   {Times: 2, HangAfter: 20},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(t)
			want := srv.Publish("a", "1.0.0", nil, nil)
			srv.Fault("/a/-/a-1.0.0.tgz", fault)
			client := newClient(t, LoadOptions{Registry: srv.URL,
				Environ: []string{"npm_config_fetch_timeout=50", "npm_config_fetch_retries=1"}}, Options{})
			if _, err := fetch(t, client, srv.URL+"/a/-/a-1.0.0.tgz", want); !errors.Is(err, errStalled) {
				t.Errorf("got %v, want errStalled", err)
			}
			patient := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
			if _, err := fetch(t, patient, srv.URL+"/a/-/a-1.0.0.tgz", want); err != nil {
				t.Errorf("after the stall: %v", err)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	for name, fault := range map[string]npmtest.Fault{
		"before the answer": {Hang: true},
		"within the body":   {HangAfter: 20},
		"between attempts":  {Status: 503, Header: http.Header{"Retry-After": {"100"}}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newServer(t)
			srv.Publish("a", "1.0.0", nil, nil)
			srv.Fault("/a", fault)
			client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() {
				_, err := client.Packument(ctx, "a")
				done <- err
			}()
			for len(srv.Requests()) == 0 {
				time.Sleep(time.Millisecond)
			}
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
		})
	}
}

// A caller that gives up does not take down another one that waits for the
// same thing.
func TestCancelOneOfTwo(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	srv.Fault("/a", npmtest.Fault{Times: 1, Hang: true})
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() {
		_, err := client.Packument(ctx, "a")
		first <- err
	}()
	for len(srv.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() {
		_, err := client.Packument(t.Context(), "a")
		second <- err
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("first: got %v, want context.Canceled", err)
	}
	if err := <-second; err != nil {
		t.Errorf("second: %v", err)
	}
}

func TestBoundedRequests(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	srv.Publish("b", "1.0.0", nil, nil)
	srv.Fault("/a", npmtest.Fault{Hang: true})
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{MaxRequests: 1})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := client.Packument(ctx, "a")
		done <- err
	}()
	for len(srv.Requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	waiting, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := client.Packument(waiting, "b"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second request did not wait for the first: %v", err)
	}
	if n := len(srv.Requests("/b")); n != 0 {
		t.Errorf("%d requests beyond the bound", n)
	}
	cancel()
	<-done
	if _, err := client.Packument(t.Context(), "b"); err != nil {
		t.Error(err)
	}
}

func TestAuthorization(t *testing.T) {
	srv := newServer(t)
	srv.RequireToken("/team/", "secret")
	srv.Serve("/team/x.tgz", []byte("private"))
	srv.Serve("/x.tgz", []byte("public"))
	client := newClient(t, LoadOptions{
		Registry: srv.URL,
		Environ:  []string{"npm_config_" + strings.TrimPrefix(srv.URL, "http:") + "/team/:_authToken=secret"},
	}, Options{UserAgent: "test/1"})
	for path, want := range map[string]string{"/team/x.tgz": "Bearer secret", "/x.tgz": ""} {
		if _, err := fetch(t, client, srv.URL+path, nil); err != nil {
			t.Fatal(err)
		}
		header := srv.Requests(path)[0].Header
		if got := header.Get("Authorization"); got != want {
			t.Errorf("%s: authorization %q, want %q", path, got, want)
		}
		if got := header.Get("User-Agent"); got != "test/1" {
			t.Errorf("user agent %q", got)
		}
	}
	stranger := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	if _, err := fetch(t, stranger, srv.URL+"/team/x.tgz", nil); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("without the token: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	here, there := newServer(t), newServer(t)
	there.Serve("/x.tgz", []byte("x"))
	here.Serve("/team/x.tgz", []byte("x"))
	here.Serve("/open/x.tgz", []byte("x"))
	client := newClient(t, LoadOptions{
		Registry: here.URL,
		Environ: []string{
			"npm_config_" + strings.TrimPrefix(here.URL, "http:") + "/team/:_authToken=secret",
			"npm_config_" + strings.TrimPrefix(there.URL, "http:") + "/:_authToken=other",
			"npm_config_@other:registry=" + there.URL,
		},
	}, Options{})
	redirect := func(srv *npmtest.Server, from, to string) {
		srv.Fault(from, npmtest.Fault{Status: 302, Header: http.Header{"Location": {to}}})
	}
	tests := []struct {
		name, to, want string
		final          *npmtest.Server
		path           string
	}{
		{"same origin and path", "/team/x.tgz", "Bearer secret", here, "/team/x.tgz"},
		{"same origin, another path", "/open/x.tgz", "", here, "/open/x.tgz"},
		{"another host, with a token of its own", there.URL + "/x.tgz", "", there, "/x.tgz"},
		{"there and back", there.URL + "/back", "", here, "/team/x.tgz"},
	}
	redirect(there, "/back", here.URL+"/team/x.tgz")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from := "/team/" + strings.ReplaceAll(test.name, " ", "-")
			redirect(here, from, test.to)
			if _, err := fetch(t, client, here.URL+from+"?token=in-query", nil); err != nil {
				t.Fatal(err)
			}
			if got := here.Requests(from)[0].Header.Get("Authorization"); got != "Bearer secret" {
				t.Errorf("before the redirect: %q", got)
			}
			requests := test.final.Requests(test.path)
			last := requests[len(requests)-1]
			if got := last.Header.Get("Authorization"); got != test.want {
				t.Errorf("after the redirect: %q, want %q", got, test.want)
			}
			if got := last.Header.Get("Referer"); got != "" {
				t.Errorf("the redirect tells where from: %q", got)
			}
		})
	}
	t.Run("loop", func(t *testing.T) {
		redirect(here, "/loop", "/loop")
		if _, err := fetch(t, client, here.URL+"/loop", nil); !errors.Is(err, errRedirect) {
			t.Errorf("got %v, want errRedirect", err)
		}
		if n := len(here.Requests("/loop")); n != maxRedirects {
			t.Errorf("%d requests, want %d", n, maxRedirects)
		}
	})
	t.Run("another scheme", func(t *testing.T) {
		redirect(here, "/file", "file:///etc/passwd")
		if _, err := fetch(t, client, here.URL+"/file", nil); !errors.Is(err, errRedirect) {
			t.Errorf("got %v, want errRedirect", err)
		}
	})
	t.Run("from https to http", func(t *testing.T) {
		secure := npmtest.NewTLSServer()
		defer secure.Close()
		redirect(secure, "/x.tgz", there.URL+"/x.tgz")
		client := newClient(t, LoadOptions{Registry: secure.URL, Environ: []string{"npm_config_strict_ssl=false"}}, Options{})
		before := len(there.Requests())
		if _, err := fetch(t, client, secure.URL+"/x.tgz", nil); !errors.Is(err, errRedirect) {
			t.Errorf("got %v, want errRedirect", err)
		}
		if n := len(there.Requests()); n != before {
			t.Error("the redirect was followed")
		}
	})
}

func TestRequestsGoThroughTheProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		io.WriteString(w, `{"name":"a"}`)
	}))
	defer proxy.Close()
	client := newClient(t, LoadOptions{Registry: "http://registry.invalid", Environ: []string{"npm_config_proxy=" + proxy.URL}}, Options{})
	p, err := client.Packument(t.Context(), "a")
	if err != nil || p.Name != "a" {
		t.Fatalf("got %+v, %v", p, err)
	}
	if len(asked) != 1 || asked[0] != "http://registry.invalid/a" {
		t.Errorf("the proxy was asked for %q", asked)
	}
}

func TestHTTP2(t *testing.T) {
	var proto string
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		io.WriteString(w, `{"name":"a"}`)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	client := newClient(t, LoadOptions{Registry: srv.URL, Environ: []string{"npm_config_strict_ssl=false"}}, Options{})
	if _, err := client.Packument(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if proto != "HTTP/2.0" {
		t.Errorf("protocol %q, want HTTP/2.0", proto)
	}
}

// Messages do not repeat what an address may hold beside host and path.
func TestErrorsTellNoSecrets(t *testing.T) {
	srv := newServer(t)
	client := newClient(t, LoadOptions{Registry: srv.URL, Environ: []string{"npm_config_fetch_retries=0"}}, Options{})
	closed := httptest.NewServer(nil)
	closed.Close()
	offline := newClient(t, LoadOptions{Registry: srv.URL}, Options{Offline: true})
	for _, test := range []struct {
		client *Client
		base   string
	}{{client, srv.URL}, {client, closed.URL}, {offline, srv.URL}, {client, "http://bad host"}, {client, "ftp://127.0.0.1"}} {
		address := strings.Replace(test.base, "://", "://user:hunter2@", 1) + "/missing.tgz?sig=hunter2#hunter2"
		_, err := test.client.Tarball(t.Context(), address, nil)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}
