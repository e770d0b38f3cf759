package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxConfigSize is the largest .npmrc or certificate file that is read, in bytes.
const maxConfigSize = 4 << 20

// entry is one line of an .npmrc file that sets something.
type entry struct {
	section string // of the [section] above it; npm looks at none of these
	key     string
	value   string // "true" where there is no "="
	list    bool   // the key was written with [] behind it
	line    int    // from 1
}

// parseNPMRC reads the ini dialect of npm's "ini" module: comments begin with
// ; or # unless escaped, values may be quoted, key[] appends. Variables are not
// expanded. What the module skips in silence is an error here, with the line.
func parseNPMRC(data []byte) ([]entry, error) {
	if len(data) > maxConfigSize {
		return nil, fmt.Errorf("%d bytes, more than the %d that are read", len(data), maxConfigSize)
	}
	var entries []entry
	section := ""
	for i, text := range strings.Split(string(data), "\n") {
		for line := range strings.SplitSeq(text, "\r") {
			e, err := parseLine(line)
			switch {
			case err != nil:
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			case e.section != "":
				section = e.section
			case e.key != "":
				e.section, e.line = section, i+1
				entries = append(entries, e)
			}
		}
	}
	return entries, nil
}

var sectionHeader = regexp.MustCompile(`^\[([^\]]*)\]\s*$`)

// parseLine returns an entry with a section alone for a section's header and
// the zero entry for a line that says nothing.
func parseLine(line string) (entry, error) {
	trimmed := trim(line)
	if trimmed == "" || trimmed[0] == ';' || trimmed[0] == '#' {
		return entry{}, nil
	}
	if !utf8.ValidString(line) {
		return entry{}, errors.New("invalid UTF-8")
	}
	if strings.IndexByte(line, 0) >= 0 {
		return entry{}, errors.New("a NUL character")
	}
	if m := sectionHeader.FindStringSubmatch(line); m != nil {
		// The brackets tell an empty name from no section.
		return entry{section: "[" + unquote(m[1]) + "]"}, nil
	}
	key, value, found := strings.Cut(line, "=")
	if line[0] == '[' && !found {
		return entry{}, errors.New("a section that does not end in ]")
	}
	e := entry{key: unquote(key), value: "true"}
	if found {
		e.value = unquote(value)
	}
	if len(e.key) > 2 && strings.HasSuffix(e.key, "[]") {
		e.key, e.list = strings.TrimSuffix(e.key, "[]"), true
	}
	if e.key == "" {
		return entry{}, errors.New("a value without a name")
	}
	return e, nil
}

// unquote undoes the quoting of a key or a value: JSON within quotation marks,
// elsewhere backslashes before ; # and \, and a comment cut off.
func unquote(s string) string {
	s = trim(s)
	for _, quote := range []string{`"`, `'`} {
		if !strings.HasPrefix(s, quote) || !strings.HasSuffix(s, quote) {
			continue
		}
		if quote == `'` {
			s = s[1:max(1, len(s)-1)]
		}
		var text string
		if json.Unmarshal([]byte(s), &text) == nil {
			return text
		}
		return s
	}
	var b strings.Builder
	escaped := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case escaped:
			if c != '\\' && c != ';' && c != '#' {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == ';' || c == '#':
			return trim(b.String())
		default:
			b.WriteByte(c)
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	return trim(b.String())
}

// trim cuts what JavaScript's String.prototype.trim cuts, which includes the
// byte order mark.
func trim(s string) string { return strings.TrimFunc(s, space) }

func space(r rune) bool {
	return r == '\ufeff' || r != '\u0085' && unicode.IsSpace(r)
}

// variable matches ${NAME} and ${NAME?} with the backslashes before it
// (@npmcli/config, env-replace).
var variable = regexp.MustCompile(`(\\*)\$\{([^${}?]+)(\?)?\}`)

// expand replaces ${NAME} by the environment's value. A variable that is not
// set stays as it is written and is returned in missing; with ${NAME?} it
// becomes empty. An odd number of backslashes keeps the text.
func expand(s string, env map[string]string) (expanded string, missing []string) {
	expanded = variable.ReplaceAllStringFunc(s, func(match string) string {
		m := variable.FindStringSubmatch(match)
		escapes := len(m[1])
		if escapes%2 == 1 {
			return match[(escapes+1)/2:]
		}
		value, ok := env[m[2]]
		if !ok && m[3] == "" {
			missing = append(missing, m[2])
			value = "${" + m[2] + "}"
		}
		return m[1][escapes/2:] + value
	})
	return expanded, missing
}
