package registry

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/npmtest"
	"github.com/amalfi-audit/audit/internal/provenance"
)

const keysPath = "/-/npm/v1/keys"

func TestSigningKeys(t *testing.T) {
	srv := newServer(t)
	srv.Keys(npmtest.Fields{"keyid": "SHA256:a", "expires": nil})
	dir := t.TempDir()
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if data, err := client.SigningKeys(t.Context(), "a"); err != nil || string(data) != `{"keys":[{"expires":null,"keyid":"SHA256:a"}]}` {
				t.Errorf("%s, %v", data, err)
			}
		})
	}
	group.Wait()
	if n := len(srv.Requests(keysPath)); n != 1 {
		t.Errorf("%d requests", n)
	}

	// Another Client goes by the cache, and offline whatever its age.
	srv.Keys()
	again := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
	if data, err := again.SigningKeys(t.Context(), "b"); err != nil || !strings.Contains(string(data), "SHA256:a") {
		t.Errorf("%s, %v", data, err)
	}
	outdate(t, dir)
	offline := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir, Offline: true})
	if data, err := offline.SigningKeys(t.Context(), "b"); err != nil || !strings.Contains(string(data), "SHA256:a") {
		t.Errorf("offline: %s, %v", data, err)
	}
	if n := len(srv.Requests(keysPath)); n != 1 {
		t.Errorf("%d requests", n)
	}
	later := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
	if data, err := later.SigningKeys(t.Context(), "a"); err != nil || string(data) != `{"keys":[]}` {
		t.Errorf("%s, %v", data, err)
	}

	// What has not changed is not sent again.
	outdate(t, dir)
	unchanged := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
	if data, err := unchanged.SigningKeys(t.Context(), "a"); err != nil || string(data) != `{"keys":[]}` {
		t.Errorf("%s, %v", data, err)
	}
	requests := srv.Requests(keysPath)
	if last := requests[len(requests)-1]; len(requests) != 3 || last.Header.Get("If-None-Match") == "" {
		t.Errorf("%d requests, the last one with %v", len(requests), last.Header)
	}
}

// outdate makes what is cached two hours old.
func outdate(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, cacheVersion, "document", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, f := range files {
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(f, old, old); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDocumentAbsent(t *testing.T) {
	for _, status := range []int{0, http.StatusNotFound, http.StatusGone, http.StatusBadRequest} {
		srv := newServer(t)
		if status != 0 {
			srv.Fault(keysPath, npmtest.Fault{Status: status})
		}
		dir := t.TempDir()
		for _, offline := range []bool{false, true} {
			client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir, Offline: offline})
			for range 2 {
				if data, err := client.SigningKeys(t.Context(), "a"); data != nil || !errors.Is(err, ErrNotFound) {
					t.Errorf("%d: %s, %v", status, data, err)
				}
			}
		}
		if n := len(srv.Requests(keysPath)); n != 1 {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

func TestDocumentErrors(t *testing.T) {
	srv := newServer(t)
	v := npm.PackageVersion{Name: "a", Version: "1.0.0"}
	const path = "/-/npm/v1/attestations/a@1.0.0"
	for name, tt := range map[string]struct {
		fault npmtest.Fault
		want  error
	}{
		"too large":    {npmtest.Fault{Body: bytes.Repeat([]byte(" "), MaxAttestationsSize+1)}, ErrTooLarge},
		"unauthorized": {npmtest.Fault{Status: http.StatusUnauthorized}, ErrUnauthorized},
		"forbidden":    {npmtest.Fault{Status: http.StatusForbidden}, ErrUnauthorized},
	} {
		tt.fault.Times = 1
		srv.Fault(path, tt.fault)
		client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
		if data, err := client.Attestations(t.Context(), v); data != nil || !errors.Is(err, tt.want) || errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	srv.Fault(path, npmtest.Fault{Body: []byte(`{"attestations": []}`), BreakAfter: 5})
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	if data, err := client.Attestations(t.Context(), v); data != nil || err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("broken off: %s, %v", data, err)
	}
	for _, v := range []npm.PackageVersion{{Name: "../x", Version: "1.0.0"}, {Name: "a", Version: "../../b"}, {Name: "a"}} {
		if _, err := client.Attestations(t.Context(), v); err == nil {
			t.Errorf("%+v: no error", v)
		}
	}
	offline := newClient(t, LoadOptions{Registry: srv.URL}, Options{Offline: true})
	if _, err := offline.Attestations(t.Context(), npm.PackageVersion{Name: "b", Version: "1.0.0"}); !errors.Is(err, ErrOffline) {
		t.Errorf("offline: %v", err)
	}
	none := newClient(t, LoadOptions{}, Options{})
	if _, err := none.SigningKeys(t.Context(), "a"); !errors.Is(err, ErrNoRegistry) {
		t.Errorf("without a registry: %v", err)
	}
}

// TestAttestationsAddress holds the address, and that neither a packument nor a
// redirect takes credentials elsewhere.
func TestAttestationsAddress(t *testing.T) {
	srv, other := newServer(t), newServer(t)
	v := npm.PackageVersion{Name: "@s/a", Version: "1.0.0-rc.1"}
	srv.Publish(v.Name, v.Version, nil, npmtest.Fields{"dist": npmtest.Fields{"attestations": npmtest.Fields{"url": other.URL + "/stolen"}}})
	const path = "/-/npm/v1/attestations/@s/a@1.0.0-rc.1"
	other.Serve(path, []byte(`{"attestations": []}`))
	srv.Fault(path, npmtest.Fault{Status: http.StatusFound, Header: http.Header{"Location": {other.URL + path}}})
	client := newClient(t, LoadOptions{Registry: other.URL, Environ: []string{
		"npm_config_@s:registry=" + srv.URL, "npm_config_" + strings.TrimPrefix(srv.URL, "http:") + "/:_authToken=secret",
	}}, Options{})
	if data, err := client.Attestations(t.Context(), v); err != nil || string(data) != `{"attestations": []}` {
		t.Errorf("%s, %v", data, err)
	}
	asked := srv.Requests(path)
	if len(asked) != 1 || asked[0].Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("the registry was asked with %+v", asked)
	}
	if n := len(other.Requests(path)); n != 1 || len(other.Requests()) != 1 {
		t.Errorf("%+v", other.Requests())
	}
	for _, r := range other.Requests() {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("credentials went to another host: %+v", r)
		}
	}
}

func TestDamagedDocument(t *testing.T) {
	srv := newServer(t)
	srv.Keys(npmtest.Fields{"keyid": "SHA256:a"})
	dir := t.TempDir()
	read := func() {
		t.Helper()
		client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
		if data, err := client.SigningKeys(t.Context(), "a"); err != nil || string(data) != `{"keys":[{"keyid":"SHA256:a"}]}` {
			t.Fatalf("%s, %v", data, err)
		}
	}
	read()
	files, err := filepath.Glob(filepath.Join(dir, cacheVersion, "document", "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	longer := slices.Clone(whole)
	binary.BigEndian.PutUint32(longer, 1<<31)
	for i, damaged := range [][]byte{flipped, longer, whole[:len(whole)-3], whole[:10], {}, append(slices.Clone(whole), 'x')} {
		if err := os.WriteFile(files[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		read()
		if n := len(srv.Requests(keysPath)); n != i+2 {
			t.Errorf("damage %d: %d requests", i, n)
		}
	}
}

// TestSignedVersion takes a signature from the registry to its verdict.
func TestSignedVersion(t *testing.T) {
	srv := newServer(t)
	v := npm.PackageVersion{Name: "@s/a", Version: "1.0.0"}
	integrity := srv.Publish(v.Name, v.Version, nil, nil)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(v.String() + ":" + integrity.String()))
	sig, err := ecdsa.SignASN1(rand.Reader, private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	srv.Sign(v.Name, v.Version, "SHA256:a", base64.StdEncoding.EncodeToString(sig))
	srv.Keys(npmtest.Fields{"keyid": "SHA256:a", "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "expires": nil,
		"key": base64.StdEncoding.EncodeToString(public)})
	srv.Attest(v.Name, v.Version, []byte(`{"attestations": []}`))
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	packument, err := client.Packument(t.Context(), v.Name, v.Version)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := client.SigningKeys(t.Context(), v.Name)
	if err != nil {
		t.Fatal(err)
	}
	attestations, err := client.Attestations(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	s := provenance.Subject{PackageVersion: v, Tarball: integrity, Record: packument.Records[v.Version]}
	r := provenance.Check(nil, s, provenance.Documents{Keys: keys, Attestations: attestations})
	if !r.Keys || r.Signature.Status != provenance.Verified || r.Signature.KeyID != "SHA256:a" || len(r.Unchecked) != 1 {
		t.Errorf("%+v", r)
	}
	if !packument.Release(v.Version).Attested || s.Record.Dist.Attestations == "" {
		t.Errorf("not attested: %+v", s.Record.Dist)
	}
	other := npmtest.Tarball(npmtest.Files{"index.js": "other"})
	digest := npm.NewVerifier(nil)
	digest.Write(other)
	s.Tarball = digest.Sum()
	if r := provenance.Check(nil, s, provenance.Documents{Keys: keys}); r.Signature.Status != provenance.OtherTarball {
		t.Errorf("another tarball: %+v", r.Signature)
	}
}

func FuzzCachedDocument(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}data"))
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Add([]byte("\xff\xff\xff\xff"))
	u, err := url.Parse("https://registry.invalid" + keysPath)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d cachedDocument
		if d.decode(data, 100) && (len(d.data) > 100 || checksum(d.data) != d.Checksum) {
			t.Errorf("%d bytes of %s are taken", len(d.data), u)
		}
	})
}
