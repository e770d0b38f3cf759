package audit

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector"
)

var update = flag.Bool("update", false, "write the tables of docs/behavior.md anew")

// unseen are the chains whose fixtures were written, and kept out of sight,
// before the detector was finished.
var unseen = []string{"01", "03", "05", "07", "09", "11", "13", "15", "17"}

// tally counts fixtures that are found, of all.
type tally struct{ found, all int }

func (c tally) String() string { return fmt.Sprintf("%d of %d", c.found, c.all) }

func (c *tally) add(found bool) {
	c.all++
	if found {
		c.found++
	}
}

// TestBehavior runs all detectors on testdata/behavior/CHAIN/{fires,silent} and
// compares what is found with the tables of docs/behavior.md. A fixture that
// fires is found where something warns or blocks.
func TestBehavior(t *testing.T) {
	root := filepath.Join("..", "..", "testdata", "behavior")
	chains, err := filepath.Glob(filepath.Join(root, "[0-9]*"))
	if err != nil || len(chains) != 17 {
		t.Fatalf("%d chains: %v", len(chains), err)
	}
	var table, missed strings.Builder
	table.WriteString("| chain | plain | obfuscated | silent twins that stay notes |\n|---|---|---|---|\n")
	var halves [2][3]tally
	for _, dir := range chains {
		name := filepath.Base(dir)
		var row [3]tally
		half := &halves[0]
		if slices.Contains(unseen, name[:2]) {
			half = &halves[1]
		}
		for _, kind := range []string{"fires", "silent"} {
			files, _ := filepath.Glob(filepath.Join(dir, kind, "*.txtar"))
			for _, file := range files {
				fixture := name + "/" + kind + "/" + strings.TrimSuffix(filepath.Base(file), ".txtar")
				worst := worstOf(t, file)
				column := 0
				found := worst > detector.Note
				switch {
				case kind == "silent":
					column, found = 2, !found
					if !found {
						t.Errorf("%s fires with a %s", fixture, worst)
					}
				case strings.Contains(fixture, "obfuscated"):
					column = 1
				}
				row[column].add(found)
				half[column].add(found)
				if !found && kind == "fires" {
					fmt.Fprintf(&missed, "- `%s`\n", strings.Replace(fixture, "/fires", "", 1))
				}
			}
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", name, row[0], row[1], row[2])
	}
	for i, name := range []string{"seen while the detector was written", "unseen until then"} {
		fmt.Fprintf(&table, "| **%s** | **%s** | **%s** | **%s** |\n", name, halves[i][0], halves[i][1], halves[i][2])
	}
	second := [3]tally{}
	files, _ := filepath.Glob(filepath.Join(root, "second", "*", "*", "*.txtar"))
	for _, file := range files {
		found := worstOf(t, file) > detector.Note
		if filepath.Base(filepath.Dir(file)) == "silent" {
			second[2].add(!found)
			continue
		}
		if second[0].add(found); !found {
			fmt.Fprintf(&missed, "- `second/%s/%s`\n", filepath.Base(filepath.Dir(filepath.Dir(file))), strings.TrimSuffix(filepath.Base(file), ".txtar"))
		}
	}
	fmt.Fprintf(&table, "| **the second set, now** | **%s** | **%s** | **%s** |\n", second[0], second[1], second[2])
	document(t, filepath.Join("..", "..", "docs", "behavior.md"), map[string]string{"table": table.String(), "missed": missed.String()})
}

// worstOf returns the highest level of what the detectors find.
func worstOf(t *testing.T, file string) detector.Level {
	t.Helper()
	f := readFixture(t, file)
	f.fires = filepath.Base(filepath.Dir(file)) == "fires"
	findings, err := detector.Run(context.Background(), Detectors, f.pass(t))
	if err != nil {
		t.Error(err)
	}
	worst := detector.Note
	for _, x := range findings {
		worst = max(worst, x.Level)
	}
	return worst
}

// document compares or writes the parts of a document between <!-- NAME --> and
// <!-- end of NAME -->.
func document(t *testing.T, file string, parts map[string]string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")))
	for name, part := range parts {
		open, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
		before, rest, ok := strings.Cut(text, open)
		old, after, closed := strings.Cut(rest, end)
		if !ok || !closed {
			t.Fatalf("%s has no part %s", file, name)
		}
		if old != part && !*update {
			t.Errorf("%s: the part %s is old; write it with -update:\n%s", file, name, part)
		}
		text = before + open + part + end + after
	}
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
