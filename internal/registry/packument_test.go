package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/npmtest"
)

// full is a packument in npm's documented shape, with the forms that old and
// foreign registries use mixed in.
const full = `{
  "_id": "@s/a", "_rev": "12-x", "name": "@s/a",
  "readme": "text", "users": {"x": true},
  "dist-tags": {"latest": "2.0.0", "broken": 1},
  "versions": {
    "2.0.0": {
      "name": "@s/a", "version": "2.0.0", "description": "dropped", "readme": "dropped",
      "scripts": {"postinstall": "node x"},
      "dependencies": {"b": "^1.0.0"}, "devDependencies": {"c": "1"},
      "Scripts": {"postinstall": "another case"},
      "malformed": ["scripts"],
      "gitHead": "0123", "deprecated": "do not use",
      "_npmUser": {"name": "bob", "email": "bob@people.invalid"},
      "maintainers": [{"name": "ann", "email": "ann@people.invalid"}, "bob <bob@people.invalid> (https://bob.invalid)", 7],
      "dist": {
        "integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "tarball": "https://r.invalid/@s/a/-/a-2.0.0.tgz",
        "fileCount": 3, "unpackedSize": 4567,
        "signatures": [{"keyid": "SHA256:k", "sig": "MEU="}],
        "attestations": {"url": "https://r.invalid/-/npm/v1/attestations/@s%2fa@2.0.0", "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}
      }
    },
    "10.0.0-rc.1": {"name": "@s/a", "version": "10.0.0-rc.1", "deprecated": true, "_npmUser": "bob <bob@people.invalid>", "dist": {"fileCount": -1, "unpackedSize": 1.5}},
    "1.0.0": {"name": "@s/a", "version": "1.0.0", "deprecated": false, "maintainers": "ann <ann@people.invalid>", "scripts": ["odd"], "dist": {"attestations": []}}
  },
  "time": {"created": "2019-01-01T00:00:00.000Z", "modified": "2021-01-01T00:00:00.000Z",
    "1.0.0": "2020-01-01T00:00:00.000Z", "2.0.0": "2021-01-01T01:00:00.000+01:00",
    "1.5.0": "2020-06-01T00:00:00.000Z", "0.9.0": "2019-06-01T00:00:00.000Z", "10.0.0-rc.1": "yesterday"}
}`

// decodeAll decodes a packument with the records of all its versions.
func decodeAll(name, text string) (*npm.Packument, error) {
	var records bytes.Buffer
	index, err := decodePackument(strings.NewReader(text), name, &records)
	if err != nil {
		return nil, err
	}
	p := &npm.Packument{Name: index.Name, DistTags: index.DistTags, Unpublished: index.Unpublished, Records: make(map[string]*npm.VersionRecord)}
	for _, r := range index.Releases {
		data := records.Bytes()[r.Offset : r.Offset+r.Length]
		if checksum(data) != r.Checksum {
			return nil, fmt.Errorf("checksum of %q", r.Version)
		}
		p.Releases = append(p.Releases, r.Release)
		if p.Records[r.Version], err = decodeRecord(data); err != nil {
			return p, err
		}
	}
	return p, nil
}

func day(year int, month time.Month) time.Time {
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
}

func TestDecodePackument(t *testing.T) {
	got, err := decodeAll("@s/a", full)
	if err != nil {
		t.Fatal(err)
	}
	integrity, err := npm.ParseIntegrity("sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg== sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
	if err != nil {
		t.Fatal(err)
	}
	ann := npm.Person{Name: "ann", Email: "ann@people.invalid"}
	bob := npm.Person{Name: "bob", Email: "bob@people.invalid"}
	want := &npm.Packument{
		Name:     "@s/a",
		DistTags: map[string]string{"latest": "2.0.0"},
		Releases: []npm.Release{
			{Version: "1.0.0", Published: day(2020, 1)},
			{Version: "2.0.0", Published: day(2021, 1), Publisher: "bob", Attested: true},
			{Version: "10.0.0-rc.1", Publisher: "bob"},
		},
		Unpublished: []string{"0.9.0", "1.5.0"},
		Records: map[string]*npm.VersionRecord{
			"1.0.0": {
				Manifest:    npm.Manifest{Name: "@s/a", Version: "1.0.0", Malformed: []string{"scripts"}},
				Maintainers: []npm.Person{ann},
			},
			"2.0.0": {
				Manifest: npm.Manifest{
					Name: "@s/a", Version: "2.0.0",
					Scripts:      map[string]string{"postinstall": "node x"},
					Dependencies: map[string]string{"b": "^1.0.0"},
				},
				Dist: npm.Dist{
					Tarball: "https://r.invalid/@s/a/-/a-2.0.0.tgz", Integrity: integrity,
					FileCount: 3, UnpackedSize: 4567,
					Signatures:   []npm.Signature{{KeyID: "SHA256:k", Sig: "MEU="}},
					Attestations: "https://r.invalid/-/npm/v1/attestations/@s%2fa@2.0.0",
				},
				GitHead: "0123", Publisher: bob, Maintainers: []npm.Person{ann, bob}, Deprecated: "do not use",
			},
			"10.0.0-rc.1": {
				Manifest:   npm.Manifest{Name: "@s/a", Version: "10.0.0-rc.1"},
				Publisher:  bob,
				Deprecated: "true",
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := got.Predecessor("10.0.0"); got != "2.0.0" {
		t.Errorf("predecessor of 10.0.0 is %q", got)
	}
}

func TestDecodePackumentShapes(t *testing.T) {
	tests := []struct {
		name, text  string
		releases    []string
		unpublished []string
	}{
		{"no more than a name", `{"name":"a"}`, nil, nil},
		{"nulls", `{"name":"a","versions":null,"time":null,"dist-tags":null}`, nil, nil},
		{"name behind the versions", `{"versions":{"1.0.0":{}},"name":"a"}` + "\n", []string{"1.0.0"}, nil},
		{"all unpublished", `{"name":"a","time":{"created":"2020-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z",
			"unpublished":{"name":"bob","time":"2020-02-01T00:00:00Z","versions":["1.0.0","1.1.0"]}}}`, nil, []string{"1.0.0", "1.1.0"}},
		{"odd versions", `{"name":"a","versions":{"2.0":{},"1.0.0":{},"latest":{}}}`, []string{"2.0", "latest", "1.0.0"}, nil},
		{"fields of no interest twice", `{"name":"a","x":[[{"y":1}]],"x":{}}`, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := decodeAll("a", test.text)
			if err != nil {
				t.Fatal(err)
			}
			var releases []string
			for _, r := range got.Releases {
				releases = append(releases, r.Version)
			}
			slices.Sort(releases)
			slices.Sort(test.releases)
			if diff := cmp.Diff(test.releases, releases); diff != "" {
				t.Errorf("releases (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.unpublished, got.Unpublished); diff != "" {
				t.Errorf("unpublished (-want +got)\n%s", diff)
			}
		})
	}
}

func TestDecodePackumentErrors(t *testing.T) {
	many := func() string {
		var b strings.Builder
		b.WriteString(`{"name":"a","versions":{`)
		for i := range maxReleases + 1 {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"1.0.%d":{}`, i)
		}
		return b.String() + "}}"
	}
	tests := []struct {
		name, text string
		want       error
	}{
		{"empty", "", io.ErrUnexpectedEOF},
		{"a page", "<html>", ErrPackument},
		{"an array", `[]`, ErrPackument},
		{"null", `null`, ErrPackument},
		{"an error", `{"error":"not found"}`, ErrPackument},
		{"another name", `{"name":"b"}`, ErrPackument},
		{"a name in another case", `{"name":"A"}`, ErrPackument},
		{"a name of another type", `{"name":1}`, ErrPackument},
		{"two names", `{"name":"b","name":"a"}`, ErrPackument},
		{"versions twice", `{"name":"a","versions":{},"versions":{}}`, ErrPackument},
		{"a version twice", `{"name":"a","versions":{"1.0.0":{},"1.0.0":{}}}`, ErrPackument},
		{"a version twice, escaped", `{"name":"a","versions":{"1.0.0":{},"\u0031.0.0":{}}}`, ErrPackument},
		{"versions in an array", `{"name":"a","versions":[]}`, ErrPackument},
		{"a version of null", `{"name":"a","versions":{"1.0.0":null}}`, ErrPackument},
		{"a version of text", `{"name":"a","versions":{"1.0.0":""}}`, ErrPackument},
		{"a long version", `{"name":"a","versions":{"` + strings.Repeat("1", maxVersionLength+1) + `":{}}}`, ErrPackument},
		{"an empty version", `{"name":"a","versions":{"":{}}}`, ErrPackument},
		{"truncated", full[:len(full)/2], io.ErrUnexpectedEOF},
		{"more behind", `{"name":"a"}{}`, ErrPackument},
		{"deep", `{"name":"a","x":` + strings.Repeat("[", 20_000), ErrPackument},
		{"a large value", `{"name":"a","x":"` + strings.Repeat("x", 2*maxValueSize) + `"}`, ErrTooLarge},
		{"a large record", `{"name":"a","versions":{"1.0.0":{"x":"` + strings.Repeat("x", 2*maxValueSize) + `"}}}`, ErrTooLarge},
		{"a large key", `{"name":"a","` + strings.Repeat("x", 2*maxValueSize) + `":1}`, ErrTooLarge},
		{"many versions", many(), ErrTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := decodePackument(strings.NewReader(test.text), "a", io.Discard); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	t.Run("writer", func(t *testing.T) {
		full := errors.New("the disk is full")
		_, err := decodePackument(strings.NewReader(`{"name":"a","versions":{"1.0.0":{}}}`), "a", failingWriter{full})
		if !errors.Is(err, full) || errors.Is(err, ErrPackument) {
			t.Errorf("got %v, want the writer's error alone", err)
		}
	})
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestLimitedReader(t *testing.T) {
	r := &limitedReader{r: strings.NewReader("0123456789"), total: 8, value: 4}
	got, err := io.ReadAll(r)
	if string(got) != "0123" || !errors.Is(err, ErrTooLarge) {
		t.Errorf("within a value: %q, %v", got, err)
	}
	r.value = 100
	got, err = io.ReadAll(r)
	if string(got) != "4567" || !errors.Is(err, ErrTooLarge) {
		t.Errorf("in all: %q, %v", got, err)
	}
}

func TestDecodeRecordErrors(t *testing.T) {
	for name, text := range map[string]string{
		"integrity": `{"dist":{"integrity":"sha512-x"}}`,
		"algorithm": `{"dist":{"integrity":"sha3-AAAA"}}`,
		"shasum":    `{"dist":{"shasum":"0123"}}`,
	} {
		if _, err := decodeRecord([]byte(text)); !errors.Is(err, npm.ErrIntegrity) {
			t.Errorf("%s: got %v, want npm.ErrIntegrity", name, err)
		}
	}
	if _, err := decodeRecord([]byte("[]")); err == nil {
		t.Error("an array is no record")
	}
}

func TestPackumentRecords(t *testing.T) {
	srv := newServer(t)
	srv.Serve("/@s/a", []byte(full))
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	want, err := decodeAll("@s/a", full)
	if err != nil {
		t.Fatal(err)
	}
	all := want.Records
	for _, versions := range [][]string{nil, {"2.0.0"}, {"1.0.0", "10.0.0-rc.1", "3.0.0"}, {"3.0.0"}} {
		want.Records = nil
		for _, v := range versions {
			if record := all[v]; record != nil {
				if want.Records == nil {
					want.Records = make(map[string]*npm.VersionRecord)
				}
				record.Published = want.Release(v).Published
				want.Records[v] = record
			}
		}
		got, err := client.Packument(t.Context(), "@s/a", versions...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with %q (-want +got)\n%s", versions, diff)
		}
	}
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	if _, err := client.Packument(t.Context(), "../a"); !errors.Is(err, npm.ErrName) {
		t.Errorf("a name that is none: %v", err)
	}
	none := newClient(t, LoadOptions{}, Options{})
	if _, err := none.Packument(t.Context(), "a"); !errors.Is(err, ErrNoRegistry) {
		t.Errorf("no registry: %v", err)
	}
}

func TestPackumentCache(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	load, o := LoadOptions{Registry: srv.URL}, Options{CacheDir: t.TempDir()}
	offline := o
	offline.Offline = true
	// check asks a new Client and returns the last request if there is one more.
	check := func(t *testing.T, o Options, releases int) *npmtest.Request {
		t.Helper()
		before := len(srv.Requests())
		p, err := newClient(t, load, o).Packument(t.Context(), "a", "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Releases) != releases || p.Records["1.0.0"] == nil {
			t.Errorf("%d releases, want %d", len(p.Releases), releases)
		}
		switch requests := srv.Requests()[before:]; len(requests) {
		case 0:
			return nil
		case 1:
			return &requests[0]
		default:
			t.Fatalf("%d requests", len(requests))
			return nil
		}
	}
	age := func(d time.Duration) {
		t.Helper()
		paths, err := filepath.Glob(filepath.Join(o.CacheDir, cacheVersion, "packument", "*"))
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		when := time.Now().Add(-d)
		if err := os.Chtimes(paths[0], when, when); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := newClient(t, load, offline).Packument(t.Context(), "a"); !errors.Is(err, ErrOffline) {
		t.Errorf("offline with an empty cache: %v", err)
	}
	if r := check(t, o, 1); r == nil || r.Header.Get("If-None-Match") != "" || r.Header.Get("Accept") != "application/json" {
		t.Errorf("first: %+v", r)
	}
	if r := check(t, o, 1); r != nil {
		t.Errorf("fresh: %+v", r)
	}
	age(defaultFreshness + time.Second)
	if r := check(t, o, 1); r == nil || r.Header.Get("If-None-Match") == "" {
		t.Errorf("stale: %+v", r)
	}
	if r := check(t, o, 1); r != nil {
		t.Errorf("fresh again after 304: %+v", r)
	}
	age(-time.Hour)
	if r := check(t, o, 1); r == nil {
		t.Error("a time in the future is fresh")
	}
	srv.Publish("a", "1.1.0", nil, nil)
	age(defaultFreshness + time.Second)
	if r := check(t, offline, 1); r != nil {
		t.Errorf("offline and stale: %+v", r)
	}
	if r := check(t, o, 2); r == nil || r.Header.Get("If-None-Match") == "" {
		t.Errorf("changed: %+v", r)
	}
	// A name of another registry is another packument.
	other := newServer(t)
	if _, err := newClient(t, LoadOptions{Registry: other.URL}, o).Packument(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another registry: %v", err)
	}
	// What is stale is not passed off as current when the registry fails.
	age(defaultFreshness + time.Second)
	srv.Fault("/a", npmtest.Fault{Status: 404})
	if _, err := newClient(t, load, o).Packument(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("withdrawn: %v", err)
	}
}

// One Client asks once, however old the answer has become.
func TestPackumentIsStable(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	srv.Fault("/a", npmtest.Fault{Header: http.Header{"Cache-Control": {"no-cache"}}})
	client := newClient(t, LoadOptions{Registry: srv.URL}, Options{})
	for range 3 {
		p, err := client.Packument(t.Context(), "a")
		if err != nil || len(p.Releases) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		srv.Publish("a", "2.0.0", nil, nil)
	}
	if n := len(srv.Requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestConcurrentPackuments(t *testing.T) {
	srv := newServer(t)
	const names, clients, callers = 5, 3, 4
	for i := range names {
		srv.Publish(fmt.Sprintf("p%d", i), "1.0.0", nil, nil)
	}
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range clients {
		client := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir})
		for range callers {
			for i := range names {
				wg.Go(func() {
					name := fmt.Sprintf("p%d", i)
					p, err := client.Packument(t.Context(), name, "1.0.0")
					if err != nil || p.Name != name || p.Records["1.0.0"] == nil {
						t.Errorf("%s: %+v, %v", name, p, err)
					}
				})
			}
		}
	}
	wg.Wait()
	if n := len(srv.Requests()); n > names*clients {
		t.Errorf("%d requests, more than one for each name and client", n)
	}
}

func TestDamagedPackument(t *testing.T) {
	srv := newServer(t)
	srv.Publish("a", "1.0.0", nil, nil)
	load, o := LoadOptions{Registry: srv.URL}, Options{CacheDir: t.TempDir()}
	path := func() string {
		paths, err := filepath.Glob(filepath.Join(o.CacheDir, cacheVersion, "packument", "*"))
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		return paths[0]
	}
	if _, err := newClient(t, load, o).Packument(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path())
	if err != nil {
		t.Fatal(err)
	}
	flip := func(i int) []byte {
		data := bytes.Clone(good)
		data[i] ^= 1
		return data
	}
	end := len(good) - packumentTrailer
	for name, data := range map[string][]byte{
		"empty":             {},
		"short":             good[:len(good)-1],
		"record":            flip(5),
		"index":             flip(end - 5),
		"magic":             flip(end),
		"offset":            flip(end + len(packumentMagic)),
		"offset, by little": flip(end + len(packumentMagic) + 7),
		"checksum":          flip(len(good) - 1),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path(), data, 0o600); err != nil {
				t.Fatal(err)
			}
			before := len(srv.Requests())
			p, err := newClient(t, load, o).Packument(t.Context(), "a", "1.0.0")
			if err != nil || len(p.Records) != 1 {
				t.Fatalf("%+v, %v", p, err)
			}
			if n := len(srv.Requests()) - before; n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestFreshness(t *testing.T) {
	tests := []struct {
		cacheControl, age string
		want              time.Duration
	}{
		{"", "", defaultFreshness},
		{"public", "", defaultFreshness},
		{"public, max-age=60", "", time.Minute},
		{`Max-Age="60"`, "10", 50 * time.Second},
		{"max-age=60", "100", 0},
		{"max-age=0", "", 0},
		{"max-age=31536000", "", maxFreshness},
		{"max-age=soon", "", 0},
		{"max-age=600, no-cache", "", 0},
		{"no-store", "", 0},
		{"", "60", defaultFreshness - time.Minute},
	}
	for _, test := range tests {
		h := http.Header{}
		h.Set("Cache-Control", test.cacheControl)
		h.Set("Age", test.age)
		if got := freshness(h); got != test.want {
			t.Errorf("Cache-Control %q, Age %q: %v, want %v", test.cacheControl, test.age, got, test.want)
		}
	}
}

func FuzzPackument(f *testing.F) {
	for _, seed := range []string{
		full, `{"name":"a"}`, `{"name":"a","versions":{"1.0.0":{"dist":{"shasum":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}}}`,
		`{"name":"a","versions":{"1.0.0":{"name":"a","exports":{".":[null,{"x":"./y"}]}}},"time":{"unpublished":{"versions":["1","2"]}}}`,
		`{"name":"a","versions":{"1.0.0":{"_npmUser":"a <b> (c)","maintainers":["x",{"name":1}],"deprecated":""}}}`,
		`{`, `{"name":`, `[]`, `{"name":"a"}x`, "{\"name\":\"a\",\"versions\":{\"\xff\":{}}}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var records bytes.Buffer
		index, err := decodePackument(bytes.NewReader(data), "a", &records)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Error("what is no JSON is accepted")
		}
		end := int64(0)
		for _, r := range slices.SortedFunc(slices.Values(index.Releases), func(a, b releaseIndex) int { return int(a.Offset - b.Offset) }) {
			if r.Offset != end || r.Offset+r.Length > int64(records.Len()) {
				t.Fatalf("record of %q at %d, %d bytes; want it at %d", r.Version, r.Offset, r.Length, end)
			}
			end += r.Length
			record, err := decodeRecord(records.Bytes()[r.Offset:end])
			if err != nil {
				if !errors.Is(err, npm.ErrIntegrity) {
					t.Errorf("record of %q: %v", r.Version, err)
				}
				continue
			}
			if record.Publisher.Name != r.Publisher || (record.Dist.Attestations != "") != r.Attested {
				t.Errorf("record and index of %q differ: %+v, %+v", r.Version, record, r.Release)
			}
		}
		// A second pass over the same bytes gives the same.
		var again bytes.Buffer
		second, err := decodePackument(bytes.NewReader(data), "a", &again)
		if err != nil || !bytes.Equal(records.Bytes(), again.Bytes()) || !cmp.Equal(index, second) {
			t.Errorf("the second pass differs: %v", err)
		}
	})
}

// generated is a packument with many versions, of a popular package's size.
func generated(versions int) []byte {
	srv := npmtest.NewServer()
	defer srv.Close()
	dev := npmtest.Fields{}
	for i := range 40 {
		dev[fmt.Sprintf("dev-dependency-%d", i)] = fmt.Sprintf("^%d.0.0", i)
	}
	for i := range versions {
		srv.Publish("a", fmt.Sprintf("%d.%d.0", i/50, i%50), nil, npmtest.Fields{
			"devDependencies": dev,
			"description":     strings.Repeat("text ", 20),
			"scripts":         npmtest.Fields{"test": "node test", "build": "node build"},
			"dependencies":    npmtest.Fields{"b": "^1.0.0", "c": "~2.0.0"},
		})
	}
	resp, err := http.Get(srv.URL + "/a")
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	return data
}

func BenchmarkDecodePackument(b *testing.B) {
	data := generated(1000)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodePackument(bytes.NewReader(data), "a", io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCachedPackument reads one record of a name with many versions.
func BenchmarkCachedPackument(b *testing.B) {
	srv := newServer(b)
	srv.Serve("/a", generated(1000))
	client := newClient(b, LoadOptions{Registry: srv.URL}, Options{CacheDir: b.TempDir()})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.Packument(b.Context(), "a", "3.7.0"); err != nil {
			b.Fatal(err)
		}
	}
}

// TestPackumentPublishedSince: a version that a fresh packument of the cache
// lacks is looked for in the registry, and offline it is not said to be missing.
func TestPackumentPublishedSince(t *testing.T) {
	srv := npmtest.NewServer()
	defer srv.Close()
	srv.Publish("a", "1.0.0", npmtest.Files{"package.json": "{}"}, nil)
	dir := t.TempDir()
	ask := func(offline bool, version string) (*npm.Packument, error) {
		c := newClient(t, LoadOptions{Registry: srv.URL}, Options{CacheDir: dir, Offline: offline})
		return c.Packument(t.Context(), "a", version)
	}
	if _, err := ask(false, "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(true, "1.1.0"); !errors.Is(err, ErrOffline) {
		t.Errorf("offline: %v, want ErrOffline", err)
	}
	srv.Publish("a", "1.1.0", npmtest.Files{"package.json": "{}"}, nil)
	p, err := ask(false, "1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if p.Records["1.1.0"] == nil {
		t.Error("the version published since is not found")
	}
	if p, err = ask(false, "9.9.9"); err != nil || p.Records["9.9.9"] != nil {
		t.Errorf("a version that does not exist: %v, %v", p, err)
	}
}
