package intelfile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/intel"
)

// data is a file with one record.
func data(t *testing.T, id string) []byte {
	t.Helper()
	out, err := intel.Encode(intel.Data{Records: []intel.Record{{
		ID: id, Name: "made-up", Source: "test", Modified: time.Unix(1e9, 0), Versions: []string{"1.0.0"},
	}}}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// has reports which record is in the file.
func has(t *testing.T, path string) string {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.ByName("made-up")[0].ID
}

// files are the names in a folder.
func files(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "known.intel")
	if _, err := Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, data(t, "A")[:90], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, intel.ErrFormat) || !strings.Contains(err.Error(), "known.intel") {
		t.Errorf("half a file: %v", err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: %v", err)
	}
	if err := os.Truncate(path, MaxSize+1); err != nil { // takes no space
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestReplace(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not", "yet")
	path := filepath.Join(folder, "known.intel")
	for _, id := range []string{"A", "B"} {
		s, err := Replace(path, data(t, id))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.ByName("made-up")[0].ID; got != id || has(t, path) != id {
			t.Errorf("%s in the store, %s in the file, not %s", got, has(t, path), id)
		}
	}
	for _, bad := range [][]byte{nil, []byte("x"), data(t, "C")[:80]} {
		if _, err := Replace(path, bad); !errors.Is(err, intel.ErrFormat) {
			t.Errorf("bad data: %v", err)
		}
	}
	if has(t, path) != "B" || files(t, folder) != "known.intel" {
		t.Errorf("%s in %s", has(t, path), files(t, folder))
	}
}

func TestReplaceFails(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "known.intel")
	if err := os.MkdirAll(filepath.Join(path, "taken"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Replace(path, data(t, "A")); err == nil {
		t.Error("a folder was replaced")
	}
	if got := files(t, folder); got != "known.intel" {
		t.Errorf("left behind: %s", got)
	}
}

// server serves a data file and its digest, and counts requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	body     []byte
	etag     string
	digest   string // instead of the right one
	answer   func(w http.ResponseWriter, r *http.Request) bool
	requests []string
}

func newServer(t *testing.T, body []byte) *server {
	s := &server{body: body, etag: `"1"`}
	s.Server = httptest.NewTLSServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.URL.Path+r.Header.Get("If-None-Match"))
	if s.answer != nil && s.answer(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "" {
		http.Error(w, "credentials were sent", http.StatusTeapot)
		return
	}
	switch r.URL.Path {
	case "/known.intel":
		w.Header().Set("ETag", s.etag)
		if r.Header.Get("If-None-Match") == s.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(s.body)
	case "/known.intel.sha256":
		digest := s.digest
		if digest == "" {
			digest = fmt.Sprintf("%x  known.intel\n", sha256.Sum256(s.body))
		}
		_, _ = io.WriteString(w, digest)
	default:
		http.NotFound(w, r)
	}
}

// asked returns the requests since the last time.
func (s *server) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := strings.Join(s.requests, " ")
	s.requests = nil
	return asked
}

func TestUpdate(t *testing.T) {
	server := newServer(t, data(t, "A"))
	path := filepath.Join(t.TempDir(), "known.intel")
	r := Request{URL: server.URL + "/known.intel"}
	update := func(id string, changed bool, requests string) {
		t.Helper()
		s, got, err := Update(context.Background(), server.Client(), path, r)
		if err != nil {
			t.Fatal(err)
		}
		if s.ByName("made-up")[0].ID != id || has(t, path) != id || got != changed {
			t.Errorf("%s, changed %v, not %s, %v", has(t, path), got, id, changed)
		}
		if asked := server.asked(); asked != requests {
			t.Errorf("asked for %s, not %s", asked, requests)
		}
	}
	update("A", true, "/known.intel /known.intel.sha256")
	update("A", false, `/known.intel"1"`)
	server.etag = `"2"`
	update("A", false, `/known.intel"1" /known.intel.sha256`)
	server.body, server.etag = data(t, "B"), `"3"`
	update("B", true, `/known.intel"2" /known.intel.sha256`)

	// What the server last sent is no longer what is there.
	if _, err := Replace(path, data(t, "C")); err != nil {
		t.Fatal(err)
	}
	update("B", true, "/known.intel /known.intel.sha256")
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	update("B", true, "/known.intel /known.intel.sha256")
	if err := os.WriteFile(path+".state", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	update("B", false, "/known.intel /known.intel.sha256")
	r.URL += "?another=address"
	update("B", false, "/known.intel /known.intel.sha256")
	r.SHA256 = strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(server.body)))
	server.body, server.etag = data(t, "B"), `"4"`
	update("B", false, `/known.intel"3"`)
}

// TestUpdateErrors demands that whatever goes wrong leaves the file as it is.
func TestUpdateErrors(t *testing.T) {
	body := data(t, "B")
	right := fmt.Sprintf("%x", sha256.Sum256(body))
	send := func(status int, header, value string, body []byte) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/known.intel" {
				return false
			}
			if header != "" {
				w.Header().Set(header, value)
			}
			w.WriteHeader(status)
			_, _ = w.Write(body)
			return true
		}
	}
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) }))
	defer plain.Close()
	tests := []struct {
		name   string
		server server
		r      Request
		want   string
	}{
		{"a digest beside it that is wrong", server{digest: strings.Repeat("0", 64)}, Request{}, "wrong digest"},
		{"a digest beside it that is none", server{digest: "<html>"}, Request{}, `wrong digest: "<html>" is no SHA-256`},
		{"a digest beside it that is long", server{digest: strings.Repeat("0", maxDigestFile+1)}, Request{}, "more than 4096 bytes"},
		{"no digest beside it", server{}, Request{URL: "/other.intel"}, "status 404"},
		{"another digest than is wanted", server{}, Request{SHA256: strings.Repeat("0", 64)}, "wrong digest"},
		{"half a digest", server{}, Request{SHA256: right[:32]}, "is no SHA-256"},
		{"status 500", server{answer: send(500, "", "", body)}, Request{}, "status 500"},
		{"status 304 to no question", server{answer: send(304, "", "", nil)}, Request{}, "status 304"},
		{"status 206", server{answer: send(206, "", "", body)}, Request{}, "status 206"},
		{"a promise of too much", server{answer: send(200, "Content-Length", fmt.Sprint(MaxSize+1), nil)}, Request{}, "more than"},
		{"less than was promised", server{answer: send(200, "Content-Length", "1000000", body)}, Request{}, "unexpected EOF"},
		{"no data file", server{body: []byte("<html>"), digest: fmt.Sprintf("%x", sha256.Sum256([]byte("<html>")))}, Request{}, intel.ErrFormat.Error()},
		{"half a data file", server{body: body[:70], digest: fmt.Sprintf("%x", sha256.Sum256(body[:70]))}, Request{}, intel.ErrFormat.Error()},
		{"a way to where there is no https", server{answer: send(302, "Location", plain.URL, nil)}, Request{}, "without https"},
		{"no https", server{}, Request{URL: "http://data.invalid/known.intel"}, "only https"},
		{"a user", server{}, Request{URL: "https://me:secret@data.invalid/known.intel"}, "with a user"},
		{"no address", server{}, Request{URL: "https://me:secret@data.invalid:x/\x00"}, "not an address"},
		{"no host", server{}, Request{URL: "https:///known.intel"}, "only https"},
		{"nobody there", server{}, Request{URL: "https://127.0.0.1:1/known.intel?token=secret"}, "127.0.0.1:1/known.intel"},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, body)
			s.digest, s.answer = test.server.digest, test.server.answer
			if test.server.body != nil {
				s.body = test.server.body
			}
			r := test.r
			if r.URL == "" || strings.HasPrefix(r.URL, "/") {
				r.URL = s.URL + "/known.intel"
			}
			if test.r.URL == "/other.intel" {
				s.answer = func(w http.ResponseWriter, r *http.Request) bool {
					if strings.HasSuffix(r.URL.Path, ".sha256") {
						http.NotFound(w, r)
						return true
					}
					return false
				}
			}
			folder := t.TempDir()
			path := filepath.Join(folder, "known.intel")
			if _, err := Replace(path, data(t, "A")); err != nil {
				t.Fatal(err)
			}
			store, changed, err := Update(context.Background(), s.Client(), path, r)
			if err == nil || store != nil || changed || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, not %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("tells a secret: %v", err)
			}
			if has(t, path) != "A" || files(t, folder) != "known.intel" {
				t.Errorf("%s in %s", has(t, path), files(t, folder))
			}
		})
	}
}

func TestUpdateIsCancelled(t *testing.T) {
	server := newServer(t, data(t, "A"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Update(ctx, server.Client(), filepath.Join(t.TempDir(), "x"), Request{URL: server.URL + "/known.intel"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestUpdateIsBounded sends more than is read, without saying how much.
func TestUpdateIsBounded(t *testing.T) {
	endless := clientFunc(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 100))), Request: r}, nil
	})
	r, err := http.NewRequest(http.MethodGet, "https://data.invalid/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(context.Background(), endless, r.URL, "", 99); err == nil || !strings.Contains(err.Error(), "more than 99 bytes") {
		t.Error(err)
	}
	if got, err := get(context.Background(), endless, r.URL, "", 100); err != nil || len(got.body) != 100 {
		t.Errorf("%v, %v", got, err)
	}
}

type clientFunc func(*http.Request) (*http.Response, error)

func (f clientFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// TestReplaceWhileRead opens the file over and over while it is replaced.
func TestReplaceWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "known.intel")
	versions := [][]byte{data(t, "A"), data(t, "LONGER-IDENTIFIER")}
	if bytes.Equal(versions[0], versions[1]) {
		t.Fatal("the same data")
	}
	if _, err := Replace(path, versions[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for i := range 30 {
			if _, err := Replace(path, versions[i%2]); err != nil {
				done <- err
				return
			}
		}
		close(done)
	}()
	for {
		if _, err := Open(path); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
