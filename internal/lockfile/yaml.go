package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"gopkg.in/yaml.v3"
)

// documents parses YAML into nodes. Anchors, aliases and merge keys are
// refused: no package manager writes them, and they are how a small file grows
// into a large one.
func (p *parser) documents() ([]*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(p.data))
	var docs []*yaml.Node
	for {
		var doc yaml.Node
		err := decode(dec, &doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, p.yamlError(err)
		}
		if len(docs) == maxDocuments {
			return nil, p.badEntry(doc.Line, "more than %d YAML documents", maxDocuments)
		}
		docs = append(docs, &doc)
	}
}

// maxDocuments bounds the YAML documents of one file; pnpm writes two.
const maxDocuments = 16

// decode turns a panic of the YAML parser, which it uses to report some
// errors, into an error.
func decode(dec *yaml.Decoder, doc *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return dec.Decode(doc)
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

func (p *parser) yamlError(err error) error {
	text := err.Error()
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return p.fail(line, err, "not valid YAML: "+text, adviceRegenerate)
}

// yamlPair is one key of a mapping with its value.
type yamlPair struct {
	key   string
	node  *yaml.Node // of the key
	value *yaml.Node
}

// pairs returns the members of a mapping. An absent or null node has none; a
// node of another kind, a key given twice, an alias or a key that is no scalar
// is an error. what names the mapping in errors.
func (p *parser) pairs(n *yaml.Node, what string) ([]yamlPair, error) {
	if n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, nil
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return nil, p.badEntry(n.Line, "an anchor or alias, which package managers do not write")
	}
	if n.Kind != yaml.MappingNode {
		return nil, p.badEntry(n.Line, "%s is not a mapping", what)
	}
	out := make([]yamlPair, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return nil, p.badEntry(key.Line, "a key of %s is not a plain scalar", what)
		}
		if value.Kind == yaml.AliasNode || value.Anchor != "" || key.Anchor != "" {
			return nil, p.badEntry(key.Line, "an anchor or alias, which package managers do not write")
		}
		if seen[key.Value] {
			return nil, p.badEntry(key.Line, "the key %s is given twice", quote(key.Value))
		}
		seen[key.Value] = true
		out = append(out, yamlPair{key.Value, key, value})
	}
	return out, nil
}

// fields returns the members of a mapping by key.
func (p *parser) fields(n *yaml.Node, what string) (map[string]*yaml.Node, error) {
	pairs, err := p.pairs(n, what)
	if err != nil {
		return nil, err
	}
	m := make(map[string]*yaml.Node, len(pairs))
	for _, pair := range pairs {
		m[pair.key] = pair.value
	}
	return m, nil
}

// scalar returns a scalar's text; "" for an absent node. Anything else is an
// error.
func (p *parser) scalar(n *yaml.Node, what string) (string, error) {
	if n == nil {
		return "", nil
	}
	if n.Kind != yaml.ScalarNode {
		return "", p.badEntry(n.Line, "%s is not a scalar", what)
	}
	return n.Value, nil
}
