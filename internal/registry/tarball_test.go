package registry

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// noise returns n bytes that do not compress, the same for the same seed.
func noise(seed uint64, n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	b := make([]byte, n)
	r.Read(b)
	return b
}

func integrityOf(data []byte) npm.Integrity {
	v := npm.NewVerifier(nil)
	v.Write(data)
	return v.Sum()
}

// contents returns the content files of a cache, tmp the files left there.
func contents(t *testing.T, dir string) (content, tmp []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(filepath.Join(dir, cacheVersion), path)
		switch first, _, _ := bytes.Cut([]byte(filepath.ToSlash(rel)), []byte("/")); string(first) {
		case "content":
			content = append(content, path)
		case "tmp":
			tmp = append(tmp, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content, tmp
}

func TestTarballIntegrity(t *testing.T) {
	right, wrong := []byte("right bytes"), []byte("wrong bytes")
	weak := func(data []byte) npm.Integrity { return digest(t, "sha1", data) }
	tests := []struct {
		name string
		want npm.Integrity
		ok   bool
	}{
		{"none", nil, true},
		{"sha512", integrityOf(right), true},
		{"sha1", weak(right), true},
		{"sha384", digest(t, "sha384", right), true},
		{"one of two", integrityOf(wrong).Merge(integrityOf(right)), true},
		{"one of two weak ones", weak(wrong).Merge(weak(right)), true},
		{"a weaker one does not count", integrityOf(right).Merge(weak(wrong)), true},
		{"wrong sha512", integrityOf(wrong), false},
		{"wrong sha512, right sha1", integrityOf(wrong).Merge(weak(right)), false},
		{"wrong sha1", weak(wrong), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := newServer(t)
			srv.Serve("/x.tgz", right)
			dir := t.TempDir()
			client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
			got, err := fetch(t, client, srv.URL+"/x.tgz", test.want)
			content, tmp := contents(t, dir)
			if len(tmp) != 0 {
				t.Errorf("temporary files are left: %q", tmp)
			}
			if test.ok {
				if err != nil || !bytes.Equal(got, right) || len(content) != 1 {
					t.Errorf("got %q, %v, %d files", got, err, len(content))
				}
				return
			}
			if !errors.Is(err, npm.ErrIntegrity) || len(content) != 0 {
				t.Errorf("got %v, %d files; want an integrity error and none", err, len(content))
			}
			if n := len(srv.Requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// digest is the integrity of data with one algorithm other than SHA-512.
func digest(t *testing.T, algorithm string, data []byte) npm.Integrity {
	t.Helper()
	h := map[string]hash.Hash{"sha1": sha1.New(), "sha384": sha512.New384()}[algorithm]
	h.Write(data)
	in, err := npm.HexIntegrity(algorithm, hex.EncodeToString(h.Sum(nil)))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestTarballCache(t *testing.T) {
	data := noise(1, 1000)
	tests := []struct {
		name string
		want npm.Integrity
		// requests after the second fetch and after the third, by another
		// Client with the same folder
		second, third int
	}{
		{"sha512", integrityOf(data), 1, 1},
		{"sha1", digest(t, "sha1", data), 1, 1},
		{"none", nil, 2, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := newServer(t)
			srv.Serve("/x.tgz", data)
			load, o := LoadOptions{Registry: srv.URL}, Options{CacheDir: t.TempDir()}
			get := func(client *Client, want int) {
				t.Helper()
				got, err := fetch(t, client, srv.URL+"/x.tgz", test.want)
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
				if n := len(srv.Requests()); n != want {
					t.Errorf("%d requests, want %d", n, want)
				}
			}
			client := newClient(t, load, o)
			get(client, 1)
			get(client, test.second)
			get(newClient(t, load, o), test.third)
			// Without the network everything comes from the folder.
			o.Offline = true
			offline := newClient(t, load, o)
			get(offline, test.third)
			if _, err := fetch(t, offline, srv.URL+"/y.tgz", test.want); test.want == nil && !errors.Is(err, ErrOffline) {
				t.Errorf("another address offline: %v", err)
			}
			if _, err := fetch(t, offline, srv.URL+"/x.tgz", integrityOf([]byte("other"))); !errors.Is(err, ErrOffline) {
				t.Errorf("another integrity offline: %v", err)
			}
		})
	}
}

// Without an integrity the server decides whether the bytes are still the same.
func TestTarballRevalidation(t *testing.T) {
	srv := newServer(t)
	srv.Serve("/x.tgz", []byte("first"))
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	for i, want := range []string{"first", "first", "second"} {
		if i == 2 {
			srv.Serve("/x.tgz", []byte("second"))
		}
		got, err := fetch(t, client, srv.URL+"/x.tgz", nil)
		if err != nil || string(got) != want {
			t.Errorf("fetch %d: %q, %v; want %q", i, got, err, want)
		}
		if conditional := srv.Requests()[i].Header.Get("If-None-Match") != ""; conditional != (i > 0) {
			t.Errorf("fetch %d: conditional %t", i, conditional)
		}
	}
}

func TestTarballSize(t *testing.T) {
	for name, announced := range map[string]bool{"announced": true, "not announced": false} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests++
				if announced {
					w.Header().Set("Content-Length", "1001")
				}
				for range 1001 {
					w.Write([]byte("x"))
				}
			}))
			defer srv.Close()
			dir := t.TempDir()
			client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
			client.tarballLimit = 1000
			if _, err := fetch(t, client, srv.URL+"/x.tgz", nil); !errors.Is(err, ErrTooLarge) || requests != 1 {
				t.Errorf("got %v after %d requests, want ErrTooLarge after 1", err, requests)
			}
			if content, tmp := contents(t, dir); len(content)+len(tmp) != 0 {
				t.Errorf("files are left: %q, %q", content, tmp)
			}
			client.tarballLimit = 1001
			if got, err := fetch(t, client, srv.URL+"/x.tgz", nil); err != nil || len(got) != 1001 {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestCorruptedCache(t *testing.T) {
	data := noise(1, 100_000)
	srv := newServer(t)
	srv.Serve("/x.tgz", data)
	for name, want := range map[string]npm.Integrity{"sha512": integrityOf(data), "sha1": digest(t, "sha1", data)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
			if _, err := fetch(t, client, srv.URL+"/x.tgz", want); err != nil {
				t.Fatal(err)
			}
			content, _ := contents(t, dir)
			damage := func() {
				t.Helper()
				f, err := os.OpenFile(content[0], os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				if _, err := f.WriteAt([]byte("damage"), 50_000); err != nil {
					t.Fatal(err)
				}
			}
			damage()
			before := len(srv.Requests())
			got, err := fetch(t, client, srv.URL+"/x.tgz", want)
			if err != nil || !bytes.Equal(got, data) || len(srv.Requests()) != before+1 {
				t.Errorf("after damage: %v, %d requests", err, len(srv.Requests())-before)
			}

			// Damage that comes after the check is seen while reading.
			blob, err := client.Tarball(t.Context(), srv.URL+"/x.tgz", want)
			if err != nil {
				t.Fatal(err)
			}
			defer blob.Close()
			damage()
			if _, err := io.ReadAll(blob.Reader()); !errors.Is(err, npm.ErrIntegrity) {
				t.Errorf("read of a damaged file: %v", err)
			}

			offline := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir, Offline: true})
			if _, err := fetch(t, offline, srv.URL+"/x.tgz", want); !errors.Is(err, ErrOffline) {
				t.Errorf("offline with a damaged file: %v", err)
			}
			if content, _ := contents(t, dir); len(content) != 0 {
				t.Errorf("the damaged file is still there")
			}
		})
	}
}

// An index entry that leads to other bytes is not believed.
func TestWrongDigestIndex(t *testing.T) {
	data, other := noise(1, 100), noise(2, 100)
	srv := newServer(t)
	srv.Serve("/x.tgz", data)
	srv.Serve("/y.tgz", other)
	dir := t.TempDir()
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
	want := digest(t, "sha1", data)
	if _, err := fetch(t, client, srv.URL+"/y.tgz", nil); err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{integrityOf(other).String(), "sha512-AAAA", want.String(), ""} {
		if err := client.cache.put(client.cache.digestPath(want[0]), []byte(entry)); err != nil {
			t.Fatal(err)
		}
		got, err := fetch(t, client, srv.URL+"/x.tgz", want)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("entry %q: got %x, %v", entry, got, err)
		}
	}
	if content, _ := contents(t, dir); len(content) != 2 {
		t.Errorf("%d files, want both contents", len(content))
	}
}

func TestConcurrentTarballs(t *testing.T) {
	srv := newServer(t)
	const names, clients, callers = 5, 3, 4
	var want [names]npm.Integrity
	for i := range want {
		data := noise(uint64(i), 200_000)
		want[i] = integrityOf(data)
		srv.Serve(fmt.Sprintf("/%d.tgz", i), data)
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range clients {
		client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
		for range callers {
			for i := range want {
				wg.Go(func() {
					blob, err := client.Tarball(t.Context(), fmt.Sprintf("%s/%d.tgz", srv.URL, i), want[i])
					if err != nil {
						t.Error(err)
						return
					}
					defer blob.Close()
					if n, err := io.Copy(io.Discard, blob.Reader()); err != nil || n != 200_000 || !blob.Integrity.Equal(want[i]) {
						t.Errorf("%d bytes of %s, %v", n, blob.Integrity, err)
					}
				})
			}
		}
	}
	wg.Wait()
	if n := len(srv.Requests()); n > names*clients {
		t.Errorf("%d requests, more than one for each name and client", n)
	}
	content, tmp := contents(t, dir)
	if len(content) != names || len(tmp) != 0 {
		t.Errorf("%d files and %d temporary ones, want %d and none", len(content), len(tmp), names)
	}
}

func TestEviction(t *testing.T) {
	const size = 10_000
	srv := newServer(t)
	dir := t.TempDir()
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir, CacheSize: 5*size + size/2})
	var integrities []npm.Integrity
	get := func(i int) *Blob {
		t.Helper()
		blob, err := client.Tarball(t.Context(), fmt.Sprintf("%s/%d.tgz", srv.URL, i), integrities[i])
		if err != nil {
			t.Fatal(err)
		}
		return blob
	}
	// An abandoned temporary file, and one that is being written.
	for name, age := range map[string]time.Duration{"old": 2 * abandonedAfter, "new": 0} {
		path := filepath.Join(dir, cacheVersion, "tmp", name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	open := make(map[int]*Blob)
	for i := range 6 {
		data := noise(uint64(i), size)
		integrities = append(integrities, integrityOf(data))
		srv.Serve(fmt.Sprintf("/%d.tgz", i), data)
		if i == 5 {
			// The first was used lately, the second is the oldest.
			for j := range 5 {
				when := time.Now().Add(time.Duration(j-10) * time.Hour)
				if err := os.Chtimes(client.cache.contentPath(integrities[j][0].Digest), when, when); err != nil {
					t.Fatal(err)
				}
			}
			get(0).Close()
		}
		open[i] = get(i)
		defer open[i].Close()
	}
	for i, want := range []bool{true, false, false, true, true, true} {
		if got := client.cache.has([]string{integrities[i][0].Digest}); got != want {
			t.Errorf("tarball %d is in the cache: %t, want %t", i, got, want)
		}
		// Whatever was removed, what is open stays readable.
		if n, err := io.Copy(io.Discard, open[i].Reader()); n != size || err != nil {
			t.Errorf("tarball %d: %d bytes, %v", i, n, err)
		}
	}
	if _, tmp := contents(t, dir); len(tmp) != 1 || filepath.Base(tmp[0]) != "new" {
		t.Errorf("temporary files %q, want the new one alone", tmp)
	}
	before := len(srv.Requests())
	get(1).Close()
	if n := len(srv.Requests()) - before; n != 1 {
		t.Errorf("%d requests for the removed one, want 1", n)
	}
}

func TestTooSmallCache(t *testing.T) {
	srv := newServer(t)
	srv.Serve("/x.tgz", noise(1, 1000))
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheSize: 10})
	if _, err := fetch(t, client, srv.URL+"/x.tgz", nil); !errors.Is(err, errVanished) {
		t.Errorf("got %v, want errVanished", err)
	}
}

func TestTemporaryCache(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	srv := newServer(t)
	srv.Serve("/x.tgz", []byte("x"))
	client, err := New(mustLoad(t, LoadOptions{Registry: srv.URL}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	blob, err := client.Tarball(t.Context(), srv.URL+"/x.tgz", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	dir := client.cache.temporary
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}
