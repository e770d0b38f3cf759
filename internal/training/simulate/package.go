package simulate

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// ManifestName is the path of a package's manifest.
const ManifestName = "package.json"

// Package is one package version: what its tarball holds.
type Package struct {
	// Files are the contents by path, relative to the package's folder, with
	// forward slashes. They include package.json.
	Files map[string][]byte
}

// FromTree makes a Package of an unpacked tarball. It fails where unpacking did
// not keep a file's content.
func FromTree(tree *npm.Tree) (*Package, error) {
	p := &Package{Files: make(map[string][]byte, len(tree.Files))}
	for _, f := range tree.Files {
		if f.Data == nil && f.Size > 0 {
			return nil, fmt.Errorf("%s: content was not kept", f.Path)
		}
		p.Files[f.Path] = f.Data
	}
	return p, nil
}

// Manifest parses the package.json.
func (p *Package) Manifest() (*npm.Manifest, error) {
	data, ok := p.Files[ManifestName]
	if !ok {
		return nil, errors.New("no package.json")
	}
	return npm.ParseManifest(data)
}

// paths lists the files in order.
func (p *Package) paths() []string { return slices.Sorted(maps.Keys(p.Files)) }

// clone copies the listing; contents are shared, since they are replaced and
// never written into.
func (p *Package) clone() Package { return Package{Files: maps.Clone(p.Files)} }

// Tarball packs p as npm pack does: ustar entries below "package/" in the order
// of their paths, without times or owners, in gzip. Equal packages give equal
// bytes with one release of Go; compress/gzip may differ between releases.
func Tarball(p Package) ([]byte, error) {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, name := range p.paths() {
		header := &tar.Header{
			Typeflag: tar.TypeReg,
			Name:     "package/" + name,
			Mode:     0o644,
			Size:     int64(len(p.Files[name])),
		}
		if err := archive.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := archive.Write(p.Files[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// object is a JSON object that keeps the order of its fields, so that a manifest
// that is edited differs from the one before only where it was edited.
type object []field

type field struct {
	key   string
	value json.RawMessage
}

var errObject = errors.New("not a JSON object")

func parseObject(data []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, errObject
	}
	var o object
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		o = append(o, field{key.(string), value})
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	return o, nil
}

func (o object) get(key string) json.RawMessage {
	for _, f := range o {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

func (o *object) set(key string, value json.RawMessage) {
	for i := range *o {
		if (*o)[i].key == key {
			(*o)[i].value = value
			return
		}
	}
	*o = append(*o, field{key, value})
}

// put sets key of the object that stands under name, which is made where absent.
func (o *object) put(name, key, value string) {
	inner, err := parseObject(o.get(name))
	if err != nil {
		inner = nil
	}
	inner.set(key, quoteJSON(value))
	o.set(name, inner.compact())
}

func (o object) compact() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoteJSON(f.key))
		b.WriteByte(':')
		b.Write(f.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// bytes writes o as npm does, with two spaces.
func (o object) bytes() []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, o.compact(), "", "  "); err != nil {
		// The values were decoded or quoted here, so they are JSON.
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

func quoteJSON(s string) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return json.RawMessage(strings.TrimSpace(b.String()))
}
