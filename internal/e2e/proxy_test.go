package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// fault is what goes wrong with the answer to one request.
type fault struct {
	status     int    // answer with this status instead
	retryAfter string // with this header
	location   string // and this one
	cut        bool   // break the connection off in the middle of the body
	change     bool   // flip a bit in the middle of the body
	hang       bool   // do not answer
}

// request is one that a server has received.
type request struct {
	at            time.Time
	authorization string
}

// proxy stands between the audit command and verdaccio. It passes everything
// on, but for the path that is faulty.
type proxy struct {
	url string // without a slash at the end

	forward *httputil.ReverseProxy
	path    string
	fault   fault

	mu       sync.Mutex
	times    int                  // how many more answers are faulty
	requests map[string][]request // by decoded path
}

// always is the number of times for a fault that does not pass.
const always = -1

// newProxy starts a proxy whose first times answers for path have the fault.
func newProxy(t *testing.T, registry, path string, times int, f fault) *proxy {
	t.Helper()
	target, err := url.Parse(registry)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{path: path, times: times, fault: f, requests: make(map[string][]request)}
	p.forward = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // verdaccio makes the tarballs' addresses of it
	}}
	srv := httptest.NewServer(p)
	t.Cleanup(srv.Close)
	p.url = srv.URL
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests[r.URL.Path] = append(p.requests[r.URL.Path], request{time.Now(), r.Header.Get("Authorization")})
	faulty := r.URL.Path == p.path && p.times != 0
	if faulty {
		p.times--
	}
	p.mu.Unlock()
	switch {
	case !faulty:
		p.forward.ServeHTTP(w, r)
	case p.fault.hang:
		<-r.Context().Done()
	case p.fault.status != 0:
		for name, value := range map[string]string{"Retry-After": p.fault.retryAfter, "Location": p.fault.location} {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(p.fault.status)
	default:
		answer := httptest.NewRecorder()
		p.forward.ServeHTTP(answer, r)
		p.spoil(w, answer)
	}
}

// spoil sends an answer that is cut off or changed.
func (p *proxy) spoil(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	body := answer.Body.Bytes()
	half := len(body) / 2
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(answer.Code)
	if p.fault.change {
		body[half] ^= 1
		w.Write(body)
		return
	}
	w.Write(body[:half])
	http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// received returns the requests for a path so far.
func (p *proxy) received(path string) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests[path]
}
