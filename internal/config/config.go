// Package config reads a project's .amalfi.yml: what its owners say about
// their dependencies that no lockfile and no registry can.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/amalfi-audit/audit/internal/npm"
)

// Name is the name of the file, in the folder of the project.
const Name = ".amalfi.yml"

// MaxSize is the size of the largest file that is read, in bytes.
const MaxSize = 1 << 20

// Config is what a project says. Default is what holds where it says nothing.
type Config struct {
	// MinimumReleaseAge is how long a version must have been published before
	// it is not worth a word; 0 for no such wish.
	MinimumReleaseAge time.Duration
	// IntelMaxAge is how old known-malware data may be before every report
	// says so; 0 for any age.
	IntelMaxAge time.Duration

	private []string // names, or "@scope/*"
}

// DefaultIntelMaxAge is the age at which known-malware data is called old where
// the project does not say.
const DefaultIntelMaxAge = 30 * 24 * time.Hour

// Default returns what holds without a file.
func Default() *Config { return &Config{IntelMaxAge: DefaultIntelMaxAge} }

// ErrConfig is wrapped by every error of Parse.
var ErrConfig = errors.New("the configuration cannot be used")

// Private reports whether the project declares that a name belongs to a
// registry of its own: what the public says of that name is about another
// package.
func (c *Config) Private(name string) bool {
	return slices.ContainsFunc(c.private, func(p string) bool {
		scope, all := strings.CutSuffix(p, "/*")
		return p == name || all && strings.HasPrefix(name, scope+"/")
	})
}

// Parse reads a file. A key that it does not know is an error, since a
// misspelled one would be a wish that nobody heeds. Errors wrap ErrConfig and
// name the line.
func Parse(data []byte) (*Config, error) {
	c := Default()
	fail := func(line int, format string, args ...any) error {
		return fmt.Errorf("%w: %s:%d: %s", ErrConfig, Name, line, fmt.Sprintf(format, args...))
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrConfig, Name, MaxSize)
	}
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	switch err := dec.Decode(&doc); {
	case err == io.EOF:
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %v", ErrConfig, Name, err)
	case dec.Decode(new(yaml.Node)) != io.EOF:
		return nil, fmt.Errorf("%w: %s: more than one document", ErrConfig, Name)
	}
	root := doc.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return c, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, fail(root.Line, "keys and values are wanted")
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		set := settings[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode || set == nil:
			return nil, fail(key.Line, "unknown key %.50q; known are %s", key.Value, known())
		case seen[key.Value]:
			return nil, fail(key.Line, "%s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := set(c, value); err != nil {
			return nil, fail(value.Line, "%s: %v", key.Value, err)
		}
	}
	return c, nil
}

// settings are the keys of the file.
var settings = map[string]func(*Config, *yaml.Node) error{
	"private":             func(c *Config, n *yaml.Node) (err error) { c.private, err = names(n); return err },
	"minimum-release-age": func(c *Config, n *yaml.Node) (err error) { c.MinimumReleaseAge, err = age(n); return err },
	"intel-max-age":       func(c *Config, n *yaml.Node) (err error) { c.IntelMaxAge, err = age(n); return err },
}

func known() string {
	var keys []string
	for k := range settings {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return strings.Join(keys, ", ")
}

// names reads a list of package names and scopes.
func names(n *yaml.Node) ([]string, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, errors.New("a list of names is wanted")
	}
	var out []string
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			return nil, errors.New("a list of names is wanted")
		}
		name := item.Value
		if scope, all := strings.CutSuffix(name, "/*"); all && strings.HasPrefix(scope, "@") {
			name = scope + "/any"
		}
		if npm.ValidateName(name) != nil || strings.Contains(name, "*") {
			return nil, fmt.Errorf("%.100q is neither a package name nor a scope such as @acme/*", item.Value)
		}
		out = append(out, item.Value)
	}
	return out, nil
}

var ageForm = regexp.MustCompile(`^([0-9]{1,4}) ?(h|d|hours?|days?)$`)

// age reads a number of hours or days.
func age(n *yaml.Node) (time.Duration, error) {
	if n.Kind == yaml.ScalarNode && n.Value == "0" {
		return 0, nil
	}
	m := ageForm.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		return 0, fmt.Errorf("%.50q is no age such as 12h or 3d", n.Value)
	}
	count, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, err
	}
	unit := time.Hour
	if m[2][0] == 'd' {
		unit *= 24
	}
	return time.Duration(count) * unit, nil
}
