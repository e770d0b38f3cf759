package lockfile

import (
	"bytes"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// yarn tells yarn's two formats apart, as yarn does: berry's is YAML with a
// __metadata block, classic's is a format of its own.
func (p *parser) yarn() error {
	for line := range bytes.Lines(p.data) {
		if bytes.HasPrefix(bytes.TrimLeft(line, "\ufeff\"'"), []byte("__metadata")) {
			return p.berry()
		}
	}
	return p.yarnClassic()
}

// block is one entry of a classic yarn.lock: the patterns it answers, its
// fields, and its dependency groups.
type block struct {
	line     int
	patterns []string
	fields   map[string]string
	lines    map[string]int // of the fields
	groups   map[string][]spec
}

type spec struct{ name, rng string }

// yarnClassic reads a yarn.lock of yarn 1: blocks of patterns, each with
// version, resolved, integrity and dependencies, by indentation.
func (p *parser) yarnClassic() error {
	p.lock.Format = Format{YarnClassic, "1"}
	blocks, err := p.blocks()
	if err != nil {
		return err
	}
	byPattern := make(map[string]int, len(blocks))
	names := make(map[string]bool, len(blocks))
	for _, b := range blocks {
		d, err := p.classicEntry(b)
		if err != nil {
			return err
		}
		i := p.add(d)
		for _, pattern := range b.patterns {
			if _, twice := byPattern[pattern]; twice {
				return p.badEntry(b.line, "the pattern %s is given twice", quote(pattern))
			}
			byPattern[pattern] = i
			name, _ := splitNameVersion(pattern)
			names[name] = true
		}
	}
	manifests := p.manifests()
	members := make(map[string]bool, len(manifests)) // yarn 1 gives them no entry
	alone := manifests != nil && len(manifests[""].Workspaces) == 0
	for _, m := range manifests {
		members[m.Name] = true
	}
	asked := make([]bool, len(blocks))
	for i, b := range blocks {
		for _, g := range groupNames[:2] {
			for _, s := range b.groups[g.key] {
				to, ok := byPattern[s.name+"@"+s.rng]
				switch {
				case ok:
					p.graph.add(i, to, g.group)
					asked[to] = true
				case alone && !names[s.name] && g.group == production:
					// A resolution of the root manifest changes the range of a
					// pattern, never its name.
					return p.badEntry(b.line, "%s depends on %s, which has no entry: the file seems truncated", quote(b.patterns[0]), quote(s.name))
				}
			}
		}
	}
	if manifests == nil {
		// Without a manifest the direct dependencies are those nobody asks for.
		for i, was := range asked {
			if !was {
				p.graph.addRoot(i, production, "")
			}
		}
		return nil
	}
	for _, dir := range slices.Sorted(maps.Keys(manifests)) {
		eachSpec(manifests[dir], func(name, rng string, g group) {
			if g == peer {
				return // yarn 1 does not install them
			}
			if to, ok := byPattern[name+"@"+rng]; ok {
				p.graph.addRoot(to, g, dir)
			} else if !names[name] && !members[name] {
				p.stale(1, "%s names %s, which has no entry: the lockfile is not up to date", path.Join(dir, "package.json"), quote(name))
			}
		})
	}
	return nil
}

func (p *parser) classicEntry(b block) (Dependency, error) {
	d := Dependency{Path: strings.Join(b.patterns, ", "), Line: b.line, Column: 1}
	fail := func(format string, args ...any) (Dependency, error) {
		return d, p.badEntry(b.line, format, args...)
	}
	first, rng := splitNameVersion(b.patterns[0])
	if rng == "" && first == b.patterns[0] {
		// Yarn writes a dependency on a bare URL or path as that alone.
		rng = first
		first = path.Base(strings.TrimSuffix(first, ".git"))
	}
	d.Name = first
	version, ok := b.fields["version"]
	if !ok || version == "" {
		return fail("the entry %s has no version", quote(b.patterns[0]))
	}
	d.Version = version
	d.Resolved = b.fields["resolved"]
	// Any of the patterns can be an alias: a resolution can turn a range of a
	// name into one. Two of them cannot stand for different packages.
	aliases := make(map[string]bool)
	for _, pattern := range b.patterns {
		installed, rng := splitNameVersion(pattern)
		name, _, ok := splitAlias(rng)
		if !ok || name == installed {
			continue
		}
		aliases[installed] = true
		switch {
		case name == d.Name:
		case d.Alias != "":
			return fail("the entry %s stands for both %s and %s", quote(d.Path), quote(d.Name), quote(name))
		default:
			d.Alias, d.Name = installed, name
		}
	}
	if err := npm.ValidateName(d.Name); err != nil {
		return fail("%v", err)
	}
	var err error
	if d.Integrity, err = p.integrity(b.fields["integrity"], b.lines["integrity"]); err != nil {
		return d, err
	}
	// The fragment of resolved is the tarball's sha1.
	if _, fragment, ok := strings.Cut(d.Resolved, "#"); ok && len(fragment) == 40 {
		if sum, err := npm.HexIntegrity("sha1", fragment); err == nil && len(d.Integrity) == 0 && strings.Contains(d.Resolved, ".tgz") {
			d.Integrity = sum
		}
	}
	d.Kind = classicKind(d, b.patterns)
	for _, pattern := range b.patterns {
		if name, _ := splitNameVersion(pattern); d.Kind == KindRegistry && name != d.Name && !aliases[name] {
			p.problem(b.line, "%s is installed for %s, and no alias says so", quote(d.String()), quote(pattern))
			break
		}
	}
	return d, nil
}

// classicKind decides by resolved, since one block can answer a range and a
// git or URL pattern at once.
func classicKind(d Dependency, patterns []string) Kind {
	specs := make([]string, 0, len(patterns))
	for _, pattern := range patterns {
		if _, rng := splitNameVersion(pattern); rng != "" {
			specs = append(specs, rng)
		} else {
			specs = append(specs, pattern)
		}
	}
	allOf := func(kinds ...Kind) bool {
		return !slices.ContainsFunc(specs, func(s string) bool { return !slices.Contains(kinds, specKind(s)) })
	}
	resolved, _, _ := strings.Cut(d.Resolved, "#")
	switch {
	case d.Resolved == "":
		// Folders have none; where only some patterns name a folder, yarn
		// fetches from the registry.
		kind := specKind(specs[0])
		for _, s := range specs[1:] {
			if specKind(s) != kind {
				return KindRegistry
			}
		}
		return kind
	case specKind(d.Resolved) == KindGit:
		return KindGit
	case strings.HasPrefix(d.Resolved, "file:") || allOf(KindFile):
		return KindFile
	case allOf(KindURL, KindGit):
		return urlKind(d.Resolved)
	}
	for _, s := range specs {
		s, _, _ = strings.Cut(s, "#")
		if s == resolved {
			return urlKind(d.Resolved)
		}
	}
	if strings.Contains(resolved, "://") && !tarballShaped(resolved, d.Name, d.Version) && !allOf(KindRegistry) {
		return urlKind(d.Resolved)
	}
	return KindRegistry
}

// blocks splits the file into entries. It is as strict as yarn's own parser on
// what stands where, and stricter on keys given twice.
func (p *parser) blocks() ([]block, error) {
	var (
		blocks []block
		group  string          // the open dependency group of the last block
		seen   map[string]bool // its members
		header bool            // whether there is a comment; yarn takes such a file for an empty lockfile
		line   int
	)
	for raw := range bytes.Lines(bytes.TrimPrefix(p.data, []byte("\ufeff"))) {
		line++
		text := strings.TrimRight(string(raw), "\r\n")
		trimmed := strings.TrimLeft(text, " ")
		if strings.TrimSpace(trimmed) == "" {
			continue
		}
		if strings.HasPrefix(trimmed, "#") {
			header = true
			if v, ok := strings.CutPrefix(trimmed, "# yarn lockfile v"); ok && strings.TrimSpace(v) != "1" {
				return nil, p.fail(line, ErrUnsupported, "yarn lockfile version "+quote(v)+" is not known; 1 is", "")
			}
			continue
		}
		switch indent := len(text) - len(trimmed); indent {
		case 0:
			patterns, err := p.patterns(trimmed, line)
			if err != nil {
				return nil, err
			}
			if n := len(blocks); n > 0 && blocks[n-1].fields["version"] == "" {
				return nil, p.badEntry(blocks[n-1].line, "the entry %s has no version", quote(blocks[n-1].patterns[0]))
			}
			blocks = append(blocks, block{line: line, patterns: patterns,
				fields: make(map[string]string, 3), lines: make(map[string]int, 3), groups: make(map[string][]spec, 1)})
			group = ""
		case 2:
			if len(blocks) == 0 {
				return nil, p.badEntry(line, "a field stands before the first entry")
			}
			b := &blocks[len(blocks)-1]
			if key, ok := strings.CutSuffix(trimmed, ":"); ok && !strings.ContainsAny(key, " \"") {
				if _, twice := b.groups[key]; twice {
					return nil, p.badEntry(line, "%s is given twice", quote(key))
				}
				group, seen = key, make(map[string]bool)
				b.groups[key] = nil
				continue
			}
			group = ""
			key, value, err := p.pair(trimmed, line)
			if err != nil {
				return nil, err
			}
			if _, twice := b.fields[key]; twice {
				return nil, p.badEntry(line, "%s is given twice", quote(key))
			}
			b.fields[key], b.lines[key] = value, line
		case 4:
			if group == "" {
				return nil, p.badEntry(line, "a dependency stands outside of a dependency group")
			}
			name, rng, err := p.pair(trimmed, line)
			if err != nil {
				return nil, err
			}
			b := &blocks[len(blocks)-1]
			if seen[name] {
				return nil, p.badEntry(line, "%s is given twice", quote(name))
			}
			seen[name] = true
			b.groups[group] = append(b.groups[group], spec{name, rng})
		default:
			return nil, p.badEntry(line, "indentation of %d spaces; a yarn.lock has 0, 2 or 4", indent)
		}
	}
	if len(blocks) == 0 && !header {
		return nil, p.badEntry(1, "neither an entry nor a comment: not a lockfile of yarn")
	}
	if n := len(p.data); len(blocks) > 0 && p.data[n-1] != '\n' {
		// Yarn always ends its last line; a cut in the middle of a line can
		// leave a shorter version or digest that still looks right.
		return nil, p.badEntry(line, "the last line has no end: the file seems truncated")
	}
	if len(blocks) > 0 && blocks[len(blocks)-1].fields["version"] == "" {
		return nil, p.badEntry(blocks[len(blocks)-1].line, "the last entry has no version: the file seems truncated")
	}
	return blocks, nil
}

// patterns reads the comma-separated patterns of a block's first line.
func (p *parser) patterns(text string, line int) ([]string, error) {
	rest, ok := strings.CutSuffix(text, ":")
	if !ok {
		return nil, p.badEntry(line, "an entry starts with patterns and a colon, not with %s", quote(text))
	}
	var patterns []string
	for rest != "" {
		var pattern string
		if rest[0] == '"' {
			var err error
			if pattern, rest, err = p.quoted(rest, line); err != nil {
				return nil, err
			}
		} else if i := strings.IndexByte(rest, ','); i >= 0 {
			pattern, rest = rest[:i], rest[i:]
		} else {
			pattern, rest = rest, ""
		}
		if pattern == "" || strings.ContainsAny(pattern, "\t") {
			return nil, p.badEntry(line, "an empty or malformed pattern in %s", quote(text))
		}
		patterns = append(patterns, pattern)
		if rest == "" {
			break
		}
		after, ok := strings.CutPrefix(rest, ",")
		if !ok {
			return nil, p.badEntry(line, "patterns are separated by commas, not by %s", quote(rest))
		}
		if rest = strings.TrimLeft(after, " "); rest == "" {
			return nil, p.badEntry(line, "a comma without a pattern after it in %s", quote(text))
		}
	}
	if len(patterns) == 0 {
		return nil, p.badEntry(line, "an entry without a pattern")
	}
	return patterns, nil
}

// pair reads a key and a value separated by spaces.
func (p *parser) pair(text string, line int) (key, value string, err error) {
	rest := text
	if rest[0] == '"' {
		if key, rest, err = p.quoted(rest, line); err != nil {
			return "", "", err
		}
	} else {
		i := strings.IndexByte(rest, ' ')
		if i < 0 {
			return "", "", p.badEntry(line, "%s has no value: the file seems truncated or is not a yarn.lock", quote(text))
		}
		key, rest = rest[:i], rest[i:]
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return "", "", p.badEntry(line, "%s has no value", quote(key))
	}
	if rest[0] != '"' {
		if strings.ContainsAny(rest, " \t\"") {
			return "", "", p.badEntry(line, "the value of %s is malformed: %s", quote(key), quote(rest))
		}
		return key, rest, nil
	}
	value, rest, err = p.quoted(rest, line)
	if err != nil {
		return "", "", err
	}
	if strings.TrimSpace(rest) != "" {
		return "", "", p.badEntry(line, "unexpected %s after the value of %s", quote(rest), quote(key))
	}
	return key, value, nil
}

// quoted reads a string in JSON's form from the start of text.
func (p *parser) quoted(text string, line int) (value, rest string, err error) {
	end := 1
	for end < len(text) && text[end] != '"' {
		if text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(text) {
		return "", "", p.badEntry(line, "the string %s has no end", quote(text))
	}
	if err := json.Unmarshal([]byte(text[:end+1]), &value); err != nil {
		return "", "", p.badEntry(line, "the string %s is malformed", quote(text[:end+1]))
	}
	return value, text[end+1:], nil
}
