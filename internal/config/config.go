// Package config reads a project's .amalfi.yml: what its owners say about
// their dependencies that no lockfile and no registry can.
package config

import (
	"fmt"
	"maps"
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

// MaxItems is how many items a list or mapping of the file may have.
const MaxItems = 10_000

// Config is what a project says. Default is what holds where it says nothing.
type Config struct {
	// MinimumReleaseAge is how long a version must have been published before
	// it is not worth a word; 0 for no such wish.
	MinimumReleaseAge time.Duration
	// IntelMaxAge is how old known-malware data may be before every report
	// says so; 0 for any age.
	IntelMaxAge time.Duration
	// FailOn is what fails a job where nobody asks for something else; "" where
	// the file does not say.
	FailOn Threshold
	// Allow are the findings that are accepted, in the order of the file.
	Allow []Entry

	private    []string // names, or "@scope/*"
	rules      map[string]rule
	ignore     []pattern
	registries map[string]string
}

// Threshold is from when on findings fail a job.
type Threshold string

// The thresholds: an error, a warning, nothing.
const (
	Block Threshold = "block"
	Warn  Threshold = "warn"
	Never Threshold = "never"
)

// off is what rules has for a rule that is switched off.
const off Threshold = "off"

// rule is what the file says of a rule.
type rule struct {
	setting Threshold // or off
	line    int
}

// DefaultIntelMaxAge is the age at which known-malware data is called old where
// the project does not say.
const DefaultIntelMaxAge = 30 * 24 * time.Hour

// Default returns what holds without a file.
func Default() *Config { return &Config{IntelMaxAge: DefaultIntelMaxAge} }

// Private reports whether the project declares that a name belongs to a
// registry of its own: what the public says of that name is about another
// package.
func (c *Config) Private(name string) bool {
	return slices.ContainsFunc(c.private, func(p string) bool {
		scope, all := strings.CutSuffix(p, "/*")
		return p == name || all && strings.HasPrefix(name, scope+"/")
	})
}

// Off reports whether a rule is switched off.
func (c *Config) Off(ruleID string) bool { return c.rules[ruleID].setting == off }

// RuleFailOn is from when on findings of a rule fail a job; "" where the file
// does not say.
func (c *Config) RuleFailOn(ruleID string) Threshold {
	if c.Off(ruleID) {
		return ""
	}
	return c.rules[ruleID].setting
}

// RulesOff returns the rules that are switched off, RulesNever those whose
// findings fail nothing; both sorted.
func (c *Config) RulesOff() []string   { return c.rulesWith(off) }
func (c *Config) RulesNever() []string { return c.rulesWith(Never) }

func (c *Config) rulesWith(setting Threshold) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(c.rules)) {
		if c.rules[id].setting == setting {
			out = append(out, id)
		}
	}
	return out
}

// CheckRules returns an error that wraps ErrConfig where the file names a rule
// that is not among the known ones. Parse cannot tell: the rules are not known
// here.
func (c *Config) CheckRules(known []string) error {
	check := func(line int, id string) error {
		if slices.Contains(known, id) {
			return nil
		}
		return configError(line, "unknown rule %.50q%s", id, suggestion(id, known))
	}
	for _, id := range slices.SortedFunc(maps.Keys(c.rules), func(a, b string) int { return c.rules[a].line - c.rules[b].line }) {
		if err := check(c.rules[id].line, id); err != nil {
			return err
		}
	}
	for i := range c.Allow {
		if e := &c.Allow[i]; e.Rule != "" {
			if err := check(e.ruleLine, e.Rule); err != nil {
				return err
			}
		}
	}
	return nil
}

// Ignored reports whether a lockfile, manifest or folder is left out of the
// audit: a pattern matches it or a folder that it lies in. The path is relative
// to the project, with slashes.
func (c *Config) Ignored(path string) bool {
	return slices.ContainsFunc(c.ignore, func(p pattern) bool { return p.covers(path) })
}

// Registries returns the addresses of registries by what they serve: "default",
// or a scope with its "@".
func (c *Config) Registries() map[string]string { return maps.Clone(c.registries) }

// settings are the keys of the file.
var settings = map[string]func(*Config, *yaml.Node) error{
	"private":             func(c *Config, n *yaml.Node) (err error) { c.private, err = names(n); return err },
	"minimum-release-age": func(c *Config, n *yaml.Node) (err error) { c.MinimumReleaseAge, err = age(n); return err },
	"intel-max-age":       func(c *Config, n *yaml.Node) (err error) { c.IntelMaxAge, err = age(n); return err },
	"fail-on":             func(c *Config, n *yaml.Node) (err error) { c.FailOn, err = oneOf(n, Block, Warn, Never); return err },
	"rules":               func(c *Config, n *yaml.Node) (err error) { c.rules, err = rules(n); return err },
	"allow":               func(c *Config, n *yaml.Node) (err error) { c.Allow, err = entries(n); return err },
	"ignore":              func(c *Config, n *yaml.Node) (err error) { c.ignore, err = patterns(n); return err },
	"registries":          func(c *Config, n *yaml.Node) (err error) { c.registries, err = registries(n); return err },
}

// names reads a list of package names and scopes.
func names(n *yaml.Node) ([]string, error) {
	items, err := texts(n, "names")
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		name := item.Value
		if scope, all := strings.CutSuffix(name, "/*"); all && strings.HasPrefix(scope, "@") {
			name = scope + "/any"
		}
		if npm.ValidateName(name) != nil || strings.Contains(name, "*") {
			return nil, at(item, "%.100q is neither a package name nor a scope such as @acme/*", item.Value)
		}
	}
	return values(items), nil
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

// oneOf reads one of some words.
func oneOf(n *yaml.Node, words ...Threshold) (Threshold, error) {
	if isText(n) && slices.Contains(words, Threshold(n.Value)) {
		return Threshold(n.Value), nil
	}
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return "", at(n, "%.50q is none of %s", n.Value, strings.Join(list, ", "))
}

// ruleForm is what the ID of a rule looks like.
var ruleForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// rules reads what is said of rules.
func rules(n *yaml.Node) (map[string]rule, error) {
	out := make(map[string]rule)
	err := eachPair(n, "rules", func(key, value *yaml.Node) error {
		if !ruleForm.MatchString(key.Value) {
			return at(key, "%.50q is not the ID of a rule", key.Value)
		}
		setting, err := oneOf(value, off, Never, Warn, Block)
		out[key.Value] = rule{setting, key.Line}
		return err
	})
	return out, err
}

// registries reads addresses of registries.
func registries(n *yaml.Node) (map[string]string, error) {
	out := make(map[string]string)
	err := eachPair(n, "registries", func(key, value *yaml.Node) error {
		if key.Value != "default" && (!strings.HasPrefix(key.Value, "@") || npm.ValidateName(key.Value+"/any") != nil) {
			return at(key, "%.50q is neither default nor a scope such as @acme", key.Value)
		}
		address, err := registryURL(value)
		out[key.Value] = address
		return err
	})
	return out, err
}

var registryForm = regexp.MustCompile(`^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?$`)

// registryURL reads the address of a registry. An "@" is not repeated: what
// stands before it may be a password.
func registryURL(n *yaml.Node) (string, error) {
	switch {
	case isText(n) && strings.Contains(n.Value, "@"):
		return "", at(n, "the address of a registry must not have credentials in it; they belong in .npmrc")
	case !isText(n) || len(n.Value) > 2048 || !registryForm.MatchString(n.Value):
		return "", at(n, "%.200q is no address of a registry such as https://npm.acme.invalid/", n.Value)
	case slices.ContainsFunc(strings.Split(n.Value, "/"), func(s string) bool { return s == "." || s == ".." }):
		return "", at(n, "%.200q has a . or .. in its path", n.Value)
	}
	return strings.TrimSuffix(n.Value, "/") + "/", nil
}
