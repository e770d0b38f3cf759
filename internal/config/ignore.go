package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The limits of a pattern of ignore: they bound the work of a match, which is
// the product of the lengths of pattern and path.
const (
	maxPattern  = 256  // bytes
	maxPatterns = 1000 // of a file
)

// pattern is a pattern of ignore, by segments.
type pattern []string

// patterns reads the list of what is not audited.
func patterns(n *yaml.Node) ([]pattern, error) {
	items, err := texts(n, "paths")
	if err != nil {
		return nil, err
	}
	if len(items) > maxPatterns {
		return nil, at(n, "more than %d paths", maxPatterns)
	}
	var out []pattern
	for _, item := range items {
		if reason := badPattern(item.Value); reason != "" {
			return nil, at(item, "%.100q %s", item.Value, reason)
		}
		out = append(out, strings.Split(strings.TrimSuffix(item.Value, "/"), "/"))
	}
	return out, nil
}

// badPattern says what is wrong with a pattern, "" for nothing. What other
// matchers give a meaning is refused: it would match nothing here, unseen.
func badPattern(text string) string {
	segments := strings.Split(strings.TrimSuffix(text, "/"), "/")
	switch {
	case len(text) > maxPattern:
		return "is too long"
	case strings.ContainsAny(text, `\[]{}!`):
		return `has one of \ [ ] { } !, which have no meaning here`
	case slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." }):
		return "is no path below the project: it has an empty segment, . or .."
	case slices.ContainsFunc(segments, func(s string) bool { return strings.Contains(s, "**") && s != "**" }):
		return "has ** beside other characters; it stands for folders by itself, as in examples/**"
	case strings.Trim(text, "*/") == "":
		return "leaves out the whole project"
	}
	return ""
}

// covers reports whether the pattern matches a path or one of the folders that
// it lies in.
func (p pattern) covers(path string) bool {
	// reached[i] tells that the first i segments of the pattern match the
	// segments of the path so far.
	reached := make([]bool, len(p)+1)
	reached[0] = true
	skip := func() {
		for i, s := range p {
			if s == "**" && reached[i] {
				reached[i+1] = true
			}
		}
	}
	skip()
	for segment := range strings.SplitSeq(path, "/") {
		for i := len(p) - 1; i >= 0; i-- {
			if p[i] == "**" {
				reached[i+1] = reached[i+1] || reached[i]
			} else {
				reached[i+1] = reached[i] && matchSegment(p[i], segment)
			}
		}
		reached[0] = false
		skip()
		if reached[len(p)] {
			return true
		}
	}
	return false
}

// matchSegment matches a segment against one of a pattern, in which * stands
// for any characters and ? for one byte.
func matchSegment(pattern, segment string) bool {
	p, s := 0, 0
	star, resume := -1, 0
	for s < len(segment) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, s
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == segment[s]):
			p, s = p+1, s+1
		case star >= 0: // let the last * take one more
			resume++
			p, s = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
