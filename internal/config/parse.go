package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// ErrConfig is wrapped by every error of Parse and CheckRules.
var ErrConfig = errors.New("the configuration cannot be used")

func configError(line int, format string, args ...any) error {
	return fmt.Errorf("%w: %s:%d: %s", ErrConfig, Name, line, fmt.Sprintf(format, args...))
}

// lineError is an error at a line of its own.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return e.text }

func at(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Sprintf(format, args...)}
}

// Parse reads a file. A key that it does not know is an error, since a
// misspelled one would be a wish that nobody heeds. Errors wrap ErrConfig and
// name the line.
func Parse(data []byte) (*Config, error) {
	c := Default()
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
		return nil, configError(root.Line, "keys and values are wanted")
	}
	known := slices.Sorted(maps.Keys(settings))
	err := eachPair(root, "keys", func(key, value *yaml.Node) error {
		set := settings[key.Value]
		if set == nil {
			return unknownKey(key, known)
		}
		if err := set(c, value); err != nil {
			line := value.Line
			if l, ok := errors.AsType[*lineError](err); ok {
				line = l.line
			}
			return &lineError{line, key.Value + ": " + err.Error()}
		}
		return nil
	})
	if err == nil {
		return c, nil
	}
	if l, ok := errors.AsType[*lineError](err); ok {
		return nil, configError(l.line, "%s", l.text)
	}
	return nil, configError(root.Line, "%v", err)
}

func unknownKey(key *yaml.Node, known []string) error {
	return at(key, "unknown key %.50q%s", key.Value, suggestion(key.Value, known))
}

// isText reports whether a node is a string or, without quotes, a date.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!str" || n.ShortTag() == "!!timestamp")
}

// eachPair calls f with the keys and values of a mapping, which must be there
// once.
func eachPair(n *yaml.Node, of string, f func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return at(n, "%s with values are wanted", of)
	}
	if len(n.Content)/2 > MaxItems {
		return at(n, "more than %d %s", MaxItems, of)
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case !isText(key):
			return at(key, "unknown key %.50q", key.Value)
		case seen[key.Value]:
			return at(key, "%.100s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := f(key, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// list returns the items of a list.
func list(n *yaml.Node, of string) ([]*yaml.Node, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, at(n, "a list of %s is wanted", of)
	}
	if len(n.Content) > MaxItems {
		return nil, at(n, "more than %d %s", MaxItems, of)
	}
	return n.Content, nil
}

// texts returns the items of a list of strings.
func texts(n *yaml.Node, of string) ([]*yaml.Node, error) {
	items, err := list(n, of)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if !isText(item) {
			return nil, at(item, "a list of %s is wanted", of)
		}
	}
	return items, nil
}

func values(items []*yaml.Node) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.Value
	}
	return out
}

// suggestion names the known word that is nearest to one that is not known, or
// else all of them where they are few.
func suggestion(word string, known []string) string {
	const farthest, few = 3, 10
	best, distance := "", farthest+1
	if len(word) <= 50 {
		for _, k := range known {
			// Half of a short word changed is another word.
			if d := editDistance(word, k); d < distance && 2*d < len(k) {
				best, distance = k, d
			}
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("; did you mean %q?", best)
	case len(known) <= few:
		return "; known are " + strings.Join(known, ", ")
	}
	return ""
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
