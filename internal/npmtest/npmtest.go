// Package npmtest is a fake npm registry for tests. It serves packuments in
// npm's documented response shape and tarballs built in memory, and it can be
// told to misbehave: refuse, stall, break off, redirect, ask for a token.
//
//	srv := npmtest.NewServer()
//	defer srv.Close()
//	srv.Publish("left-pad", "1.3.0", npmtest.Files{"index.js": "module.exports = 1\n"}, nil)
//
// or from a txtar file: see Server.Load.
package npmtest

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Files are the files of a package by their path below its folder. A path that
// ends in "*" is packed without the star and executable.
type Files map[string]string

// Fields are members of a JSON object. They are merged into what the server
// makes up: objects member by member, nil removes a member, anything else
// replaces it.
type Fields map[string]any

// firstPublish is the publish time of a name's first version; each further one
// is a day later, unless its fields have a "time".
var firstPublish = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Request is one request that the server has received.
type Request struct {
	Method string
	// Path is the decoded path, as in "/@scope/name".
	Path   string
	Header http.Header
}

// Fault is what happens to a request instead of, or on top of, the answer.
type Fault struct {
	// Times is the number of requests that the fault applies to; 0 is all.
	Times int
	// Status answers with this status and no body. With a Location in Header
	// it makes a redirect.
	Status int
	// Header is added to the answer.
	Header http.Header
	// Body replaces the answer's body.
	Body []byte
	// BreakAfter closes the connection after so many bytes of the body, and
	// HangAfter sends no more until the client goes away; 0 for neither.
	BreakAfter, HangAfter int
	// Hang does not answer until the client goes away.
	Hang bool
}

// Server is a fake registry. Its methods are safe for concurrent use, so that
// a test can change what it serves while it runs.
type Server struct {
	// URL is the registry's address, without a slash at the end.
	URL string

	http   *httptest.Server
	closed chan struct{}

	mu       sync.Mutex
	packages map[string]*pkg
	bodies   map[string][]byte // by path
	faults   map[string][]Fault
	tokens   map[string]string // by path prefix
	requests []Request
}

type pkg struct {
	fields   Fields
	versions []string // in the order of publishing
	records  map[string]Fields
	times    map[string]string
	tarballs map[string][]byte
}

// NewServer starts a registry on the loopback interface.
func NewServer() *Server { return start((*httptest.Server).Start) }

// NewTLSServer is NewServer with HTTPS, HTTP/2 and a certificate of its own,
// which Certificate returns.
func NewTLSServer() *Server {
	return start(func(s *httptest.Server) {
		s.EnableHTTP2 = true
		s.StartTLS()
	})
}

func start(begin func(*httptest.Server)) *Server {
	s := &Server{
		closed:   make(chan struct{}),
		packages: make(map[string]*pkg),
		bodies:   make(map[string][]byte),
		faults:   make(map[string][]Fault),
		tokens:   make(map[string]string),
	}
	s.http = httptest.NewUnstartedServer(s)
	// Clients that refuse its certificate or break off are part of tests.
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	begin(s.http)
	s.URL = s.http.URL
	return s
}

// Close stops the server, ending what hangs.
func (s *Server) Close() {
	close(s.closed)
	s.http.CloseClientConnections()
	s.http.Close()
}

// Certificate is the certificate of a TLS server in DER form.
func (s *Server) Certificate() []byte { return s.http.Certificate().Raw }

// Publish adds a version with these files and returns its integrity. A
// package.json is made up where files has none. The fields are merged into the
// version's record in the packument, and a "time" among them sets the publish
// time. "latest" points to the version published last.
func (s *Server) Publish(name, version string, files Files, fields Fields) npm.Integrity {
	manifest := Fields{}
	if text, ok := files["package.json"]; ok {
		if err := json.Unmarshal([]byte(text), &manifest); err != nil {
			panic(fmt.Sprintf("npmtest: package.json of %s@%s: %v", name, version, err))
		}
	} else {
		text, _ := json.MarshalIndent(Fields{"name": name, "version": version}, "", "  ")
		files = maps.Clone(files)
		if files == nil {
			files = Files{}
		}
		files["package.json"] = string(text) + "\n"
	}
	var unpacked int
	for _, content := range files {
		unpacked += len(content)
	}
	return s.publish(name, version, Tarball(files), manifest, Fields{
		"fileCount":    len(files),
		"unpackedSize": unpacked,
	}, fields)
}

// PublishTarball is Publish with the tarball's bytes as they are, for tarballs
// that npm pack would not make.
func (s *Server) PublishTarball(name, version string, tarball []byte, fields Fields) npm.Integrity {
	return s.publish(name, version, tarball, Fields{}, nil, fields)
}

func (s *Server) publish(name, version string, tarball []byte, manifest, dist, fields Fields) npm.Integrity {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(name)
	sum512, sum1 := sha512.Sum512(tarball), sha1.Sum(tarball)
	integrity := npm.Integrity{{Algorithm: "sha512", Digest: string(sum512[:])}}
	tarballPath := "/" + name + "/-/" + npm.BaseName(name) + "-" + version + ".tgz"
	person := Fields{"name": "publisher", "email": "publisher@registry.invalid"}
	record := merge(Fields{
		"name":           name,
		"version":        version,
		"_id":            name + "@" + version,
		"_nodeVersion":   "20.0.0",
		"_npmVersion":    "10.0.0",
		"_npmUser":       person,
		"_hasShrinkwrap": false,
		"maintainers":    []any{person},
		"dist": merge(Fields{
			"integrity": integrity.String(),
			"shasum":    hex.EncodeToString(sum1[:]),
			"tarball":   s.URL + tarballPath,
		}, dist),
	}, manifest)
	fields = maps.Clone(fields)
	published := firstPublish.AddDate(0, 0, len(p.versions)).Format("2006-01-02T15:04:05.000Z")
	if t, ok := fields["time"].(string); ok {
		published = t
		delete(fields, "time")
	}
	if !slices.Contains(p.versions, version) {
		p.versions = append(p.versions, version)
	}
	p.records[version] = merge(record, fields)
	p.times[version] = published
	p.tarballs[tarballPath] = tarball
	return integrity
}

func (s *Server) pkg(name string) *pkg {
	p := s.packages[name]
	if p == nil {
		p = &pkg{records: make(map[string]Fields), times: make(map[string]string), tarballs: make(map[string][]byte)}
		s.packages[name] = p
	}
	return p
}

// Packument merges fields into the packument of name: dist-tags, maintainers,
// time and so on.
func (s *Server) Packument(name string, fields Fields) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(name)
	p.fields = merge(p.fields, fields)
}

// Unpublish takes a version away and leaves its publish time, as npm does.
func (s *Server) Unpublish(name, version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(name)
	p.versions = slices.DeleteFunc(p.versions, func(v string) bool { return v == version })
	delete(p.records, version)
}

// Load publishes what a txtar archive holds, in its order:
//
//	-- left-pad@1.3.0/index.js --      a file of the version's tarball
//	-- left-pad@1.3.0.json --          fields of the version's record (JSON)
//	-- left-pad.json --                fields of the packument (JSON)
//
// A version exists when it has a file. Scoped names are written as they are.
func (s *Server) Load(archive *txtar.Archive) error {
	type version struct {
		npm.PackageVersion
		files  Files
		fields Fields
	}
	var versions []*version
	find := func(id string) *version {
		i := strings.LastIndexByte(id, '@')
		v := npm.PackageVersion{Name: id[:i], Version: id[i+1:]}
		for _, known := range versions {
			if known.PackageVersion == v {
				return known
			}
		}
		versions = append(versions, &version{PackageVersion: v, files: Files{}})
		return versions[len(versions)-1]
	}
	packuments := make(map[string]Fields)
	for _, f := range archive.Files {
		id, file, scoped := f.Name, "", strings.HasPrefix(f.Name, "@")
		// The name ends at the first slash, or at the second with a scope.
		if parts := strings.SplitN(f.Name, "/", 3); scoped && len(parts) == 3 {
			id, file = parts[0]+"/"+parts[1], parts[2]
		} else if !scoped {
			id, file, _ = strings.Cut(f.Name, "/")
		}
		hasVersion := strings.LastIndexByte(id, '@') > 0
		if file != "" && hasVersion {
			find(id).files[file] = string(f.Data)
			continue
		}
		base, isJSON := strings.CutSuffix(id, ".json")
		if file != "" || !isJSON {
			return fmt.Errorf("npmtest: %q is neither name@version/file nor name@version.json nor name.json", f.Name)
		}
		var fields Fields
		if err := json.Unmarshal(f.Data, &fields); err != nil {
			return fmt.Errorf("npmtest: %s: %w", f.Name, err)
		}
		if hasVersion {
			find(base).fields = fields
		} else {
			packuments[base] = fields
		}
	}
	for _, v := range versions {
		if err := npm.ValidateName(v.Name); err != nil {
			return fmt.Errorf("npmtest: %w", err)
		}
		if len(v.files) == 0 {
			return fmt.Errorf("npmtest: %s has fields and no files", v)
		}
		s.Publish(v.Name, v.Version, v.files, v.fields)
	}
	for name, fields := range packuments {
		s.Packument(name, fields)
	}
	return nil
}

// LoadFile is Load with the archive in a file.
func (s *Server) LoadFile(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return s.Load(txtar.Parse(data))
}

// Serve answers requests for path with body, whatever is published.
func (s *Server) Serve(path string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies[path] = body
}

// Fault adds a fault for requests to path, as in "/@scope/name". Faults apply
// one after the other, each as often as it says.
func (s *Server) Fault(path string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = append(s.faults[path], f)
}

// Keys makes the registry sign: it answers GET /-/npm/v1/keys with these keys,
// each in the form of npm's documentation (keyid, keytype, scheme, key, expires),
// and 404 before.
func (s *Server) Keys(keys ...Fields) {
	if keys == nil {
		keys = []Fields{}
	}
	body, err := json.Marshal(Fields{"keys": keys})
	if err != nil {
		panic(fmt.Sprintf("npmtest: keys: %v", err))
	}
	s.Serve("/-/npm/v1/keys", body)
}

// Attest gives a version that is published attestations: the document at
// /-/npm/v1/attestations/name@version, and dist.attestations in its record.
func (s *Server) Attest(name, version string, document []byte) {
	path := "/-/npm/v1/attestations/" + name + "@" + version
	s.Serve(path, document)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(name)
	p.records[version] = merge(p.records[version], Fields{"dist": Fields{"attestations": Fields{
		"url": s.URL + strings.Replace(path, name, strings.Replace(name, "/", "%2f", 1), 1), "provenance": Fields{"predicateType": "https://slsa.dev/provenance/v1"},
	}}})
}

// Sign gives a version that is published a signature: sig, in base64, over
// name@version:integrity.
func (s *Server) Sign(name, version, keyID, sig string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pkg(name)
	p.records[version] = merge(p.records[version], Fields{"dist": Fields{"signatures": []any{Fields{"keyid": keyID, "sig": sig}}}})
}

// RequireToken answers 401 below prefix to requests without the bearer token.
func (s *Server) RequireToken(prefix, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[prefix] = token
}

// Requests returns the requests so far, in the order of arrival; with paths
// only those for one of them.
func (s *Server) Requests(paths ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.requests {
		if len(paths) == 0 || slices.Contains(paths, r.Path) {
			out = append(out, r)
		}
	}
	return out
}

// ServeHTTP is the registry's handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, authorized := s.receive(r)
	for name, values := range fault.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	switch {
	case fault.Hang:
		s.hang(r)
		return
	case fault.Status != 0:
		w.WriteHeader(fault.Status)
		return
	case !authorized:
		reply(w, http.StatusUnauthorized, "authentication required")
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		reply(w, http.StatusMethodNotAllowed, "read only")
		return
	}
	body, contentType, ok := s.content(r.URL.Path)
	if fault.Body != nil {
		body, ok = fault.Body, true
	}
	if !ok {
		reply(w, http.StatusNotFound, "not found")
		return
	}
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	end := cmp.Or(fault.BreakAfter, fault.HangAfter)
	if end == 0 || end > len(body) {
		w.Write(body)
		return
	}
	w.Write(body[:end])
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
	if fault.HangAfter > 0 {
		s.hang(r)
		return
	}
	panic(http.ErrAbortHandler)
}

func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
}

// receive logs the request and returns what is to happen to it.
func (s *Server) receive(r *http.Request) (fault Fault, authorized bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone()})
	if faults := s.faults[r.URL.Path]; len(faults) > 0 {
		fault = faults[0]
		if fault.Times == 1 {
			s.faults[r.URL.Path] = faults[1:]
		} else if fault.Times > 1 {
			faults[0].Times--
		}
	}
	authorized = true
	for prefix, token := range s.tokens {
		if strings.HasPrefix(r.URL.Path, prefix) && r.Header.Get("Authorization") != "Bearer "+token {
			authorized = false
		}
	}
	return fault, authorized
}

// content returns what is at the path of a request.
func (s *Server) content(path string) (body []byte, contentType string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body, ok := s.bodies[path]; ok {
		return body, "application/octet-stream", true
	}
	name, _, isTarball := strings.Cut(strings.TrimPrefix(path, "/"), "/-/")
	p := s.packages[name]
	switch {
	case p == nil:
		return nil, "", false
	case isTarball:
		body, ok := p.tarballs[path]
		return body, "application/octet-stream", ok
	}
	body, err := json.Marshal(p.document(name))
	if err != nil {
		panic(fmt.Sprintf("npmtest: packument of %s: %v", name, err))
	}
	return body, "application/json", true
}

// document is the full packument.
func (p *pkg) document(name string) Fields {
	person := Fields{"name": "publisher", "email": "publisher@registry.invalid"}
	times := Fields{
		"created":  firstPublish.Format(time.RFC3339),
		"modified": firstPublish.AddDate(0, 0, len(p.times)).Format(time.RFC3339),
	}
	for version, t := range p.times {
		times[version] = t
	}
	versions, tags := Fields{}, Fields{}
	for _, version := range p.versions {
		versions[version] = p.records[version]
		tags["latest"] = version
	}
	return merge(Fields{
		"_id":         name,
		"_rev":        "1-0",
		"name":        name,
		"dist-tags":   tags,
		"versions":    versions,
		"time":        times,
		"maintainers": []any{person},
		"readme":      "# " + name,
	}, p.fields)
}

func reply(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(Fields{"error": message})
}

// merge returns base with over merged into it.
func merge(base, over Fields) Fields {
	out := Fields{}
	for name, value := range base {
		out[name] = value
	}
	for name, value := range over {
		below, isObject := object(out[name])
		above, both := object(value)
		switch {
		case value == nil:
			delete(out, name)
		case isObject && both:
			out[name] = merge(below, above)
		default:
			out[name] = value
		}
	}
	return out
}

func object(value any) (Fields, bool) {
	switch value := value.(type) {
	case Fields:
		return value, true
	case map[string]any:
		return value, true
	}
	return nil, false
}

// Tarball packs files as npm pack does: a gzipped tar with everything below
// package/, sorted, and the same bytes for the same files.
func Tarball(files Files) []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	t := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		mode := int64(0o644)
		stored, executable := strings.CutSuffix(name, "*")
		if executable {
			mode = 0o755
		}
		content := files[name]
		err := t.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg,
			Name:     path.Join("package", stored),
			Mode:     mode,
			Size:     int64(len(content)),
			ModTime:  time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC), // npm pack's
		})
		if err == nil {
			_, err = io.WriteString(t, content)
		}
		if err != nil {
			panic(fmt.Sprintf("npmtest: %s: %v", name, err)) // memory does not fail
		}
	}
	if err := t.Close(); err != nil {
		panic(err)
	}
	if err := zip.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
