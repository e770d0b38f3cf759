package sandbox

import (
	"regexp"
	"strconv"
	"strings"
)

// frameText is a frame as the engines write it: "at NAME (FILE:LINE:COLUMN)",
// where goja adds an offset in brackets. A name may hold anything, so the last
// bracket counts.
var frameText = regexp.MustCompile(`^\s*at (?:.* \()?([^()]+):(\d+):(\d+)(?:\(\d+\))?\)?$`)

// position returns the innermost place in a stack that is a script's: neither the
// prelude's nor the engine's. It is what the script lets the engine say: the name
// of a function may hold a line that looks like a frame.
func (h *host) position(stack string) Position {
	const most = 16 << 10
	for line := range strings.Lines(head(stack, most)) {
		m := frameText.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			continue
		}
		row, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		if p, ok := h.place(m[1], row, column); ok {
			return p
		}
	}
	return Position{}
}

// place returns a place by the name that an engine has for a text.
func (h *host) place(name string, line, column int) (Position, bool) {
	if name == inside || name == "native" {
		return Position{}, false
	}
	c := h.compiled[name]
	if c.place != nil {
		line, column = c.place(line, column)
	}
	return Position{File: c.file, Line: max(line, 1), Column: max(column, 1)}, true
}
