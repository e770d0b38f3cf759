package npmtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/amalfi-audit/audit/internal/npm"
)

func newServer(t *testing.T) *Server {
	srv := NewServer()
	t.Cleanup(srv.Close)
	return srv
}

func get(t *testing.T, url string, header http.Header) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, data, err
}

func packument(t *testing.T, srv *Server, path string) map[string]any {
	t.Helper()
	resp, data, err := get(t, srv.URL+path, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v, %v", path, resp, err)
	}
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

const archive = `
-- @s/a@1.0.0/package.json --
{"name": "@s/a", "version": "1.0.0", "scripts": {"postinstall": "node x.js"}}
-- @s/a@1.0.0/x.js --
one
-- @s/a@1.1.0/@types/x.d.ts --
two
-- @s/a@1.1.0/bin.sh* --
three
-- @s/a@1.1.0.json --
{"gitHead": "0123", "deprecated": "no", "_npmUser": {"name": "bob"}, "maintainers": null,
 "time": "2024-05-06T00:00:00.000Z",
 "dist": {"signatures": [{"keyid": "k", "sig": "s"}]}}
-- @s/a.json --
{"dist-tags": {"next": "1.0.0"}, "time": {"0.9.0": "2019-01-01T00:00:00.000Z"}}
-- plain@2.0.0/index.js --
four
`

func TestLoad(t *testing.T) {
	srv := newServer(t)
	if err := srv.Load(txtar.Parse([]byte(archive))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(packument(t, srv, "/@s/a"), packument(t, srv, "/@s%2fa")); diff != "" {
		t.Errorf("the escaped address gives another packument\n%s", diff)
	}
	p := packument(t, srv, "/@s/a")
	versions := p["versions"].(map[string]any)
	first, second := versions["1.0.0"].(map[string]any), versions["1.1.0"].(map[string]any)
	dist := second["dist"].(map[string]any)
	for _, check := range []struct {
		what      string
		got, want any
	}{
		{"name", p["name"], "@s/a"},
		{"tags", p["dist-tags"], map[string]any{"latest": "1.1.0", "next": "1.0.0"}},
		{"times", p["time"], map[string]any{
			"created": "2020-01-01T00:00:00Z", "modified": "2020-01-03T00:00:00Z", "0.9.0": "2019-01-01T00:00:00.000Z",
			"1.0.0": "2020-01-01T00:00:00.000Z", "1.1.0": "2024-05-06T00:00:00.000Z"}},
		{"scripts", first["scripts"], map[string]any{"postinstall": "node x.js"}},
		{"publisher", first["_npmUser"], map[string]any{"name": "publisher", "email": "publisher@registry.invalid"}},
		{"changed publisher", second["_npmUser"], map[string]any{"name": "bob", "email": "publisher@registry.invalid"}},
		{"removed maintainers", second["maintainers"], nil},
		{"gitHead", second["gitHead"], "0123"},
		{"deprecated", second["deprecated"], "no"},
		{"signatures", dist["signatures"], []any{map[string]any{"keyid": "k", "sig": "s"}}},
		{"file count", dist["fileCount"], 3.0},
		{"tarball", dist["tarball"], srv.URL + "/@s/a/-/a-1.1.0.tgz"},
	} {
		if diff := cmp.Diff(check.want, check.got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", check.what, diff)
		}
	}

	_, data, err := get(t, dist["tarball"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(data)
	if got := hex.EncodeToString(sum[:]); got != dist["shasum"] {
		t.Errorf("shasum %v, the tarball's is %s", dist["shasum"], got)
	}
	want, err := npm.ParseIntegrity(dist["integrity"].(string))
	if err != nil {
		t.Fatal(err)
	}
	v := npm.NewVerifier(want)
	v.Write(data)
	if err := v.Verify(); err != nil {
		t.Error(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(content)
		if executable := h.Mode&0o100 != 0; executable != (h.Name == "package/bin.sh") {
			t.Errorf("%s has the mode %o", h.Name, h.Mode)
		}
	}
	wantFiles := map[string]string{
		"package/package.json":  "{\n  \"name\": \"@s/a\",\n  \"version\": \"1.1.0\"\n}\n",
		"package/@types/x.d.ts": "two\n",
		"package/bin.sh":        "three\n",
	}
	if diff := cmp.Diff(wantFiles, files); diff != "" {
		t.Errorf("files (-want +got)\n%s", diff)
	}
	if packument(t, srv, "/plain")["name"] != "plain" {
		t.Error("the unscoped package is not there")
	}

	srv.Unpublish("@s/a", "1.1.0")
	p = packument(t, srv, "/@s/a")
	if _, ok := p["versions"].(map[string]any)["1.1.0"]; ok || p["time"].(map[string]any)["1.1.0"] == nil {
		t.Error("an unpublished version has a record or no time")
	}
}

func TestLoadErrors(t *testing.T) {
	srv := newServer(t)
	for _, text := range []string{
		"-- a@1.0.0 --\n", "-- a/index.js --\n", "-- @s/a/index.js --\n", "-- a.json --\n[]\n",
		"-- a@1.0.0.json --\n{}\n", "-- A B@1.0.0/x --\n",
	} {
		if err := srv.Load(txtar.Parse([]byte(text))); err == nil {
			t.Errorf("%q is no error", text)
		}
	}
	if err := srv.LoadFile(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	name := filepath.Join(t.TempDir(), "a.txtar")
	if err := os.WriteFile(name, []byte(archive), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.LoadFile(name); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	srv.Serve("/body", []byte("0123456789"))
	srv.RequireToken("/private", "secret")
	srv.Serve("/private", []byte("private"))
	srv.Fault("/body", Fault{Times: 2, Status: 503, Header: http.Header{"Retry-After": {"1"}}})
	srv.Fault("/body", Fault{Times: 1, BreakAfter: 4})
	srv.Fault("/body", Fault{Times: 1, Body: []byte("wrong")})
	srv.Fault("/away", Fault{Status: 302, Header: http.Header{"location": {"http://other.invalid/"}}})

	status := func(path string, header http.Header, want int) *http.Response {
		t.Helper()
		resp, _, err := get(t, srv.URL+path, header)
		if err != nil || resp.StatusCode != want {
			t.Fatalf("%s: %v, %v; want status %d", path, resp, err, want)
		}
		return resp
	}
	if got := status("/body", nil, 503).Header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %q", got)
	}
	status("/body", nil, 503)
	if _, data, err := get(t, srv.URL+"/body", nil); err == nil || string(data) != "0123" {
		t.Errorf("broken off: %q, %v", data, err)
	}
	if _, data, err := get(t, srv.URL+"/body", nil); err != nil || string(data) != "wrong" {
		t.Errorf("wrong bytes: %q, %v", data, err)
	}
	etag := status("/body", nil, 200).Header.Get("ETag")
	status("/body", http.Header{"If-None-Match": {etag}}, 304)
	status("/missing", nil, 404)
	status("/a/-/a-2.0.0.tgz", nil, 404)
	status("/private", nil, 401)
	status("/private", http.Header{"Authorization": {"Bearer secret"}}, 200)
	if got := status("/away", nil, 302).Header.Get("Location"); got != "http://other.invalid/" {
		t.Errorf("Location %q", got)
	}
	if n := len(srv.Requests("/body", "/away")); n != 7 {
		t.Errorf("%d requests logged, want 7", n)
	}
	last := srv.Requests("/private")[1]
	if last.Method != http.MethodGet || last.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("logged %+v", last)
	}
	resp, err := http.Post(srv.URL+"/a", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
}

func TestHang(t *testing.T) {
	srv := newServer(t)
	srv.Serve("/x", []byte("0123456789"))
	srv.Fault("/x", Fault{Times: 1, Hang: true})
	srv.Fault("/x", Fault{Times: 1, HangAfter: 4})

	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for len(srv.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	resp, err := http.Get(srv.URL + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "0123" {
		t.Errorf("%q, %v", first, err)
	}
	// Close of the server, in the clean-up, ends what hangs.
}

func TestSigned(t *testing.T) {
	srv := newServer(t)
	get := func(path string) (int, string) {
		t.Helper()
		resp, err := http.Get(srv.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	if status, _ := get("/-/npm/v1/keys"); status != http.StatusNotFound {
		t.Errorf("keys before there are any: %d", status)
	}
	srv.Keys(Fields{"keyid": "SHA256:a"})
	srv.Publish("@s/a", "1.0.0", nil, nil)
	srv.Attest("@s/a", "1.0.0", []byte("{}"))
	srv.Sign("@s/a", "1.0.0", "SHA256:a", "c2ln")
	for path, want := range map[string]string{"/-/npm/v1/keys": `{"keys":[{"keyid":"SHA256:a"}]}`, "/-/npm/v1/attestations/@s%2fa@1.0.0": "{}"} {
		if status, body := get(path); status != http.StatusOK || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	_, packument := get("/@s%2fa")
	for _, want := range []string{`"signatures":[{"keyid":"SHA256:a","sig":"c2ln"}]`, srv.URL + "/-/npm/v1/attestations/@s%2fa@1.0.0", `"integrity":"sha512-`} {
		if !strings.Contains(packument, want) {
			t.Errorf("the packument lacks %s: %s", want, packument)
		}
	}
}
