package audit

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/sandbox"
)

// ways are what tells a fixture: the static chains and rules, the sandbox with one
// engine, and all together.
type ways [4]tally

func (w *ways) add(worst [4]detector.Level, silent bool) {
	for i := range w {
		w[i].add(worst[i] > detector.Note != silent)
	}
}

func (w *ways) String() string {
	return fmt.Sprintf("%s | %s | %s | %s", w[0], w[1], w[2], w[3])
}

// behave returns the worst level of the findings of a fixture by each way.
func behave(t *testing.T, file string) (worst [4]detector.Level) {
	t.Helper()
	f := readFixture(t, file)
	f.fires = filepath.Base(filepath.Dir(file)) == "fires"
	p := f.pass(t)
	run := func(detectors ...*detector.Detector) detector.Level {
		findings, err := detector.Run(context.Background(), detectors, p)
		if err != nil {
			t.Error(err)
		}
		level := detector.Note
		for _, x := range findings {
			level = max(level, x.Level)
		}
		return level
	}
	worst[0] = run(Detectors...)
	for i, engine := range []sandbox.Engine{sandbox.Goja, sandbox.QuickJS} {
		p.After.Story = f.tell(p, engine)
		worst[i+1] = run(detector.SandboxLeak, detector.SandboxAct)
	}
	worst[3] = max(worst[0], worst[1], worst[2])
	return worst
}

// TestSandbox runs the fixtures of testdata/behavior in the sandbox. How many of
// those with debug protection the engines reveal depends on the time that its loops
// get, so that the table of docs/sandbox.md is written with -update, and this test
// holds the goals for the others.
func TestSandbox(t *testing.T) {
	if testing.Short() {
		t.Skip("some fixtures run until their time is over")
	}
	root := filepath.Join("..", "..", "testdata", "behavior")
	files, err := filepath.Glob(filepath.Join(root, "[0-9]*", "*", "*.txtar"))
	later, err2 := filepath.Glob(filepath.Join(root, "second", "*", "*", "*.txtar"))
	if files = append(files, later...); err != nil || err2 != nil || len(later) == 0 {
		t.Fatalf("%d fixtures: %v, %v", len(files), err, err2)
	}
	worst := make([][4]detector.Level, len(files))
	var g sync.WaitGroup
	next := make(chan int)
	for range 2 {
		g.Add(1)
		go func() {
			defer g.Done()
			for i := range next {
				worst[i] = behave(t, files[i])
			}
		}()
	}
	for i := range files {
		next <- i
	}
	close(next)
	g.Wait()

	chains := make(map[string]*ways)
	var names []string
	var sets, silent [3]ways
	var steady ways // of the first two sets, without what runs until its time is over
	var missed strings.Builder
	var nowhere []string // of the second set
	for i, file := range files {
		dir, kind := filepath.Split(filepath.Dir(file))
		chain := filepath.Base(dir)
		set := 0
		switch {
		case filepath.Base(filepath.Dir(filepath.Clean(dir))) == "second":
			set = 2
		case slices.Contains(unseen, chain[:2]):
			set = 1
		}
		fixture := chain + "/" + strings.TrimSuffix(filepath.Base(file), ".txtar")
		if kind == "silent" {
			silent[set].add(worst[i], true)
			switch max(worst[i][1], worst[i][2]) {
			case detector.Error:
				t.Errorf("%s is no proof and taken for one", fixture)
			case detector.Warning:
				t.Logf("%s warns", fixture)
			}
			continue
		}
		sets[set].add(worst[i], false)
		if set == 2 {
			fixture = "second/" + fixture
			if worst[i][3] == detector.Note {
				nowhere = append(nowhere, fixture)
			}
		} else {
			if chains[chain] == nil {
				chains[chain] = new(ways)
				names = append(names, chain)
			}
			chains[chain].add(worst[i], false)
			if !strings.HasSuffix(fixture, "/obfuscated-high") {
				steady.add(worst[i], false)
			}
		}
		if max(worst[i][1], worst[i][2]) == detector.Note {
			fmt.Fprintf(&missed, "- `%s`\n", fixture)
		}
	}
	var table strings.Builder
	table.WriteString("| chain | static | goja | QuickJS | union |\n|---|---|---|---|---|\n")
	for _, name := range names {
		fmt.Fprintf(&table, "| %s | %s |\n", name, chains[name])
	}
	for i, name := range []string{"seen while the detectors were written", "unseen until the chains were", "the second set"} {
		fmt.Fprintf(&table, "| **%s** | %s |\n", name, &sets[i])
		fmt.Fprintf(&table, "| silent twins that stay notes, %s | %s |\n", name, &silent[i])
	}
	share := func(i int) float64 { return float64(steady[i].found) / float64(steady[i].all) }
	if max(share(1), share(2)) < 0.70 {
		t.Errorf("the sandbox alone finds %.1f %%, want 70 %%", 100*max(share(1), share(2)))
	}
	if share(3) < 0.95 {
		t.Errorf("all together find %.1f %%, want 95 %%", 100*share(3))
	}
	t.Logf("\n%s\nof the second set nothing finds %q", &table, nowhere)
	if *update {
		document(t, filepath.Join("..", "..", "docs", "sandbox.md"), map[string]string{"table": table.String(), "missed": missed.String()})
	}
}
