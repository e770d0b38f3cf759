package npm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Manifest is one package.json, reduced to what is looked at. Fields of a type
// that npm would not understand are left empty and named in Malformed.
type Manifest struct {
	Name                 string            `json:"name,omitempty"`
	Version              string            `json:"version,omitempty"`
	Scripts              map[string]string `json:"scripts,omitempty"`
	Dependencies         map[string]string `json:"dependencies,omitempty"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
	PeerDependencies     map[string]string `json:"peerDependencies,omitempty"`
	DevDependencies      map[string]string `json:"devDependencies,omitempty"`
	// BundleDependencies names dependencies that ship inside the tarball;
	// "*" alone stands for all (bundleDependencies: true).
	BundleDependencies []string          `json:"bundleDependencies,omitempty"`
	Bin                map[string]string `json:"bin,omitempty"`
	Main               string            `json:"main,omitempty"`
	Type               string            `json:"type,omitempty"`
	// Exports is the raw value of the exports field.
	Exports    json.RawMessage `json:"exports,omitempty"`
	Repository Repository      `json:"repository,omitzero"`
	Homepage   string          `json:"homepage,omitempty"`
	Bugs       string          `json:"bugs,omitempty"`
	// Gypfile is the gypfile field; nil where absent. False stops npm from
	// running an implicit node-gyp build.
	Gypfile *bool `json:"gypfile,omitempty"`
	// Workspaces are the workspace patterns of a project's own manifest.
	Workspaces []string `json:"workspaces,omitempty"`
	// Malformed names the fields whose type was not understood, sorted.
	Malformed []string `json:"malformed,omitempty"`
}

// Repository is the repository field in its object form.
type Repository struct {
	Type      string `json:"type,omitempty"`
	URL       string `json:"url,omitempty"`
	Directory string `json:"directory,omitempty"`
}

// ErrManifest is wrapped by the errors of ParseManifest.
var ErrManifest = errors.New("package.json")

// MaxManifestSize is the largest package.json that is read, in bytes.
const MaxManifestSize = 16 << 20

// ParseManifest reads a package.json, with or without a byte order mark. A
// field of a wrong type is no error, as for npm; invalid JSON is.
func ParseManifest(data []byte) (*Manifest, error) {
	if len(data) > MaxManifestSize {
		return nil, fmt.Errorf("%w: %d bytes, more than the %d that are read", ErrManifest, len(data), MaxManifestSize)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrManifest, err)
	}
	return m, nil
}

// UnmarshalJSON reads the object leniently; it fails only on invalid JSON or
// on something that is not an object.
func (m *Manifest) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if fields == nil {
		return errors.New("null instead of an object")
	}
	*m = Manifest{}
	r := &fieldReader{fields: fields}
	r.text("name", &m.Name)
	r.text("version", &m.Version)
	r.texts("scripts", &m.Scripts)
	r.texts("dependencies", &m.Dependencies)
	r.texts("optionalDependencies", &m.OptionalDependencies)
	r.texts("peerDependencies", &m.PeerDependencies)
	r.texts("devDependencies", &m.DevDependencies)
	r.text("main", &m.Main)
	r.text("type", &m.Type)
	r.text("homepage", &m.Homepage)
	m.Exports = r.fields["exports"]
	m.BundleDependencies = r.bundle("bundleDependencies")
	if m.BundleDependencies == nil {
		m.BundleDependencies = r.bundle("bundledDependencies")
	}
	m.Bin = r.bin(m.Name)
	m.Repository = r.repository()
	m.Bugs = r.bugs()
	m.Workspaces = r.workspaces()
	if raw, ok := fields["gypfile"]; ok {
		var b bool
		if json.Unmarshal(raw, &b) == nil {
			m.Gypfile = &b
		} else {
			r.malformed = append(r.malformed, "gypfile")
		}
	}
	// Our own encoding carries the list along.
	r.list("malformed", &m.Malformed)
	m.Malformed = append(m.Malformed, r.malformed...)
	slices.Sort(m.Malformed)
	m.Malformed = slices.Compact(m.Malformed)
	if len(m.Malformed) == 0 {
		m.Malformed = nil
	}
	return nil
}

type fieldReader struct {
	fields    map[string]json.RawMessage
	malformed []string
}

// decode reads the named field into v and reports whether it is there and of
// v's type.
func (r *fieldReader) decode(name string, v any) bool {
	raw, ok := r.fields[name]
	return ok && string(raw) != "null" && json.Unmarshal(raw, v) == nil
}

func (r *fieldReader) present(name string) bool {
	raw, ok := r.fields[name]
	return ok && string(raw) != "null"
}

func (r *fieldReader) text(name string, s *string) {
	if r.present(name) && !r.decode(name, s) {
		*s = ""
		r.malformed = append(r.malformed, name)
	}
}

func (r *fieldReader) list(name string, list *[]string) {
	if !r.decode(name, list) {
		*list = nil
	}
}

// texts reads an object of strings. Values of another type are dropped and
// make the field malformed, since npm fails or ignores them.
func (r *fieldReader) texts(name string, out *map[string]string) {
	if !r.present(name) {
		return
	}
	var values map[string]json.RawMessage
	if !r.decode(name, &values) {
		r.malformed = append(r.malformed, name)
		return
	}
	for k, raw := range values {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			r.malformed = append(r.malformed, name)
			continue
		}
		if *out == nil {
			*out = make(map[string]string, len(values))
		}
		(*out)[k] = s
	}
}

func (r *fieldReader) bundle(name string) []string {
	var all bool
	if r.decode(name, &all) {
		if all {
			return []string{"*"}
		}
		return nil
	}
	var list []string
	if r.decode(name, &list) {
		return list
	}
	var object map[string]json.RawMessage // npm takes its keys
	if r.decode(name, &object) {
		for k := range object {
			list = append(list, k)
		}
		slices.Sort(list)
		return list
	}
	if r.present(name) {
		r.malformed = append(r.malformed, name)
	}
	return nil
}

func (r *fieldReader) bin(name string) map[string]string {
	var one string
	if r.decode("bin", &one) {
		return map[string]string{BaseName(name): one}
	}
	var many map[string]string
	r.texts("bin", &many)
	return many
}

func (r *fieldReader) repository() Repository {
	var url string
	if r.decode("repository", &url) {
		return Repository{URL: url}
	}
	var repo Repository
	if r.present("repository") && !r.decode("repository", &repo) {
		r.malformed = append(r.malformed, "repository")
	}
	return repo
}

func (r *fieldReader) bugs() string {
	var url string
	if r.decode("bugs", &url) {
		return url
	}
	var object struct{ URL string }
	r.decode("bugs", &object)
	return object.URL
}

func (r *fieldReader) workspaces() []string {
	var list []string
	if r.decode("workspaces", &list) {
		return list
	}
	var object struct{ Packages []string } // yarn classic's form
	r.decode("workspaces", &object)
	return object.Packages
}

// BaseName is the package name without its scope.
func BaseName(name string) string {
	if strings.HasPrefix(name, "@") {
		if _, base, ok := strings.Cut(name, "/"); ok {
			return base
		}
	}
	return name
}

// InstallScripts are the lifecycle scripts npm runs when it installs a
// package from a registry tarball, in the order in which it runs them
// (npm documentation, "scripts", npm install). For git dependencies prepare
// runs as well.
var InstallScripts = []string{"preinstall", "install", "postinstall"}

// ImplicitBuild is the command npm runs as the install script of a package
// that has a binding.gyp and neither an install nor a preinstall script.
const ImplicitBuild = "node-gyp rebuild"

// HasImplicitBuild reports whether npm would run ImplicitBuild for this
// manifest in a tree that has a binding.gyp at its root.
func (m *Manifest) HasImplicitBuild() bool {
	return m.Scripts["install"] == "" && m.Scripts["preinstall"] == "" &&
		(m.Gypfile == nil || *m.Gypfile)
}

// binPrefix is what publishing cuts from the start of a script.
var binPrefix = regexp.MustCompile(`^(\.[/\\])?node_modules[/\\]\.bin[/\\]`)

// Published returns the manifest as npm's publish step would record it in the
// packument (normalize-package-data and @npmcli/package-json): the name and
// version cleaned, scripts with the node_modules/.bin/ prefix cut, optional
// dependencies listed among the dependencies, and the implicit install script
// of a root .gyp file, whatever its name, and start script of a root server.js
// written out.
func (m *Manifest) Published(tree *Tree) *Manifest {
	p := *m
	p.Name = strings.TrimSpace(p.Name)
	p.Version = strings.TrimLeft(strings.TrimSpace(p.Version), "=v ")
	p.Scripts = make(map[string]string, len(m.Scripts)+1)
	for name, command := range m.Scripts {
		p.Scripts[name] = binPrefix.ReplaceAllString(command, "")
	}
	if tree.hasGyp() && m.HasImplicitBuild() {
		p.Scripts["install"] = ImplicitBuild
	}
	if tree.Lookup("server.js") != nil && p.Scripts["start"] == "" {
		p.Scripts["start"] = "node server.js"
	}
	p.Dependencies = make(map[string]string, len(m.Dependencies)+len(m.OptionalDependencies))
	for name, spec := range m.Dependencies {
		p.Dependencies[name] = spec
	}
	for name, spec := range m.OptionalDependencies {
		p.Dependencies[name] = spec
	}
	return &p
}
