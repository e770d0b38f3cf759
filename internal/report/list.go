package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/lockfile"
)

type jsonChanges struct {
	Changes []jsonChange `json:"changes"`
}

type jsonChange struct {
	Lockfile string   `json:"lockfile"`
	Name     string   `json:"name"`
	Change   string   `json:"change"`
	Kind     string   `json:"kind"`
	From     []string `json:"from"`
	To       []string `json:"to"`
}

type jsonPackages struct {
	Packages []jsonPackage `json:"packages"`
}

type jsonPackage struct {
	Lockfile  string `json:"lockfile"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Resolved  string `json:"resolved"`
	Integrity string `json:"integrity"`
	Line      int    `json:"line"`
}

// ListChangesJSON writes changes of lockfiles for programs. docs/report.md
// describes the form.
func ListChangesJSON(w io.Writer, changes []lockfile.Change) error {
	return WriteJSON(w, jsonChanges{listChanges(changes)})
}

// ListChangesText writes changes of lockfiles for people, one a line.
func ListChangesText(w io.Writer, changes []lockfile.Change) error {
	b := bufio.NewWriter(w)
	list := listChanges(changes)
	rows := make([][]string, len(list))
	for i, c := range list {
		rows[i] = []string{c.Change, escapeTerminalName(c.Name), changeText(c)}
	}
	writeTable(b, rows, func(i int) string { return list[i].Lockfile })
	fmt.Fprintln(b, plural(len(list), "change")+".")
	return b.Flush()
}

// changeText gives both sides of a change, those that it has.
func changeText(c jsonChange) string {
	var sides []string
	for _, side := range [][]string{c.From, c.To} {
		if len(side) > 0 {
			sides = append(sides, EscapeTerminal(strings.Join(side, ", ")))
		}
	}
	text := strings.Join(sides, " → ")
	if c.Kind != string(lockfile.KindRegistry) {
		text += " (" + EscapeTerminal(c.Kind) + ")"
	}
	return text
}

func listChanges(changes []lockfile.Change) []jsonChange {
	out := make([]jsonChange, 0, len(changes))
	for i := range changes {
		c := &changes[i]
		from, to := sides(c)
		out = append(out, jsonChange{c.Lockfile, c.Name, string(c.Type), string(c.Kind), from, to})
	}
	slices.SortStableFunc(out, func(a, b jsonChange) int { return strings.Compare(a.Lockfile, b.Lockfile) })
	return out
}

// sides says what changed: versions; or what else, where the version stayed.
func sides(c *lockfile.Change) (from, to []string) {
	both := func(of func(*lockfile.Dependency) string) ([]string, []string) {
		return distinct(c.From, of), distinct(c.To, of)
	}
	switch c.Type {
	case lockfile.IntegrityChanged:
		return both(func(d *lockfile.Dependency) string { return cmp.Or(d.Checksum, d.Integrity.String()) })
	case lockfile.HostChanged:
		return both(func(d *lockfile.Dependency) string { return lockfile.Host(d.Resolved) })
	case lockfile.SourceChanged:
		return both(func(d *lockfile.Dependency) string { return string(d.Kind) + ":" + cmp.Or(d.Resolved, d.Version) })
	}
	from, to = both(func(d *lockfile.Dependency) string { return cmp.Or(d.Version, d.Resolved) })
	if c.Kind != lockfile.KindRegistry && slices.Equal(from, to) {
		from, to = both(func(d *lockfile.Dependency) string { return cmp.Or(d.Resolved, d.Version) })
	}
	return from, to
}

// distinct returns the values of the entries without repetition, in the order
// of the entries.
func distinct(deps []lockfile.Dependency, of func(*lockfile.Dependency) string) []string {
	out := make([]string, 0, len(deps))
	for i := range deps {
		if value := of(&deps[i]); value != "" && !slices.Contains(out, value) {
			out = append(out, value)
		}
	}
	return out
}

// ListPackagesJSON writes the entries of lockfiles for programs.
// docs/report.md describes the form.
func ListPackagesJSON(w io.Writer, locks []*lockfile.Lockfile) error {
	return WriteJSON(w, jsonPackages{listPackages(locks)})
}

// ListPackagesText writes the entries of lockfiles for people, one a line.
func ListPackagesText(w io.Writer, locks []*lockfile.Lockfile) error {
	b := bufio.NewWriter(w)
	list := listPackages(locks)
	rows := make([][]string, len(list))
	for i, p := range list {
		rows[i] = []string{escapeTerminalName(p.Name), escapeTerminalName(p.Version), fmt.Sprintf("line %d", p.Line)}
		if p.Kind != string(lockfile.KindRegistry) {
			rows[i][2] += "  " + EscapeTerminal(strings.TrimRight(p.Kind+" "+p.Resolved, " "))
		}
	}
	writeTable(b, rows, func(i int) string { return list[i].Lockfile })
	fmt.Fprintln(b, plural(len(list), "package")+".")
	return b.Flush()
}

func listPackages(locks []*lockfile.Lockfile) []jsonPackage {
	out := []jsonPackage{}
	for _, l := range locks {
		for i := range l.Dependencies {
			d := &l.Dependencies[i]
			out = append(out, jsonPackage{l.Path, d.Name, d.Version, string(d.Kind), d.Resolved, d.Integrity.String(), d.Line})
		}
	}
	slices.SortStableFunc(out, func(a, b jsonPackage) int {
		return cmp.Or(strings.Compare(a.Lockfile, b.Lockfile), cmp.Compare(a.Line, b.Line))
	})
	return out
}

// writeTable writes rows with aligned columns, and a heading and an empty line
// around those of each lockfile.
func writeTable(b *bufio.Writer, rows [][]string, heading func(i int) string) {
	const maxWidth = 40 // longer ones stay whole and out of line
	var widths []int
	for _, row := range rows {
		widths = append(widths, make([]int, max(0, len(row)-len(widths)))...)
		for i, cell := range row {
			if n := utf8.RuneCountInString(cell); n <= maxWidth {
				widths[i] = max(widths[i], n)
			}
		}
	}
	for i, row := range rows {
		if i > 0 && heading(i) != heading(i-1) {
			fmt.Fprintln(b)
		}
		if i == 0 || heading(i) != heading(i-1) {
			fmt.Fprintln(b, EscapeTerminal(heading(i)))
		}
		line := ""
		for j, cell := range row {
			fill := max(0, widths[j]-utf8.RuneCountInString(cell))
			line += "  " + cell + strings.Repeat(" ", fill)
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
	if len(rows) > 0 {
		fmt.Fprintln(b)
	}
}
