package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/detector"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares what write writes with a file of testdata.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// reportWriters are all writers of reports, by the golden file's ending.
func reportWriters() map[string]func(io.Writer, *detector.Report) error {
	text := func(opt TextOptions) func(io.Writer, *detector.Report) error {
		return func(w io.Writer, r *detector.Report) error { return Text(w, r, opt) }
	}
	return map[string]func(io.Writer, *detector.Report) error{
		"txt":         text(TextOptions{}),
		"80.txt":      text(TextOptions{Width: 80}),
		"verbose.txt": text(TextOptions{Verbose: true, Width: 120}),
		"color.txt":   text(TextOptions{Color: true, Width: 120}),
		"json":        JSON,
		"md":          func(w io.Writer, r *detector.Report) error { return Markdown(w, r, MarkdownOptions{}) },
		"sarif": func(w io.Writer, r *detector.Report) error {
			return SARIF(w, r, SARIFOptions{ToolVersion: "1.2.3", InformationURI: "https://amalfi.invalid/"})
		},
	}
}

func TestGolden(t *testing.T) {
	reports := map[string]*detector.Report{"sample": sampleReport(), "clean": cleanReport(), "empty": emptyReport(), "accepted": acceptedReport(), "cleared": clearedReport()}
	for name, r := range reports {
		for ending, write := range reportWriters() {
			golden(t, name+"."+ending, func(w io.Writer) error { return write(w, r) })
		}
	}
	golden(t, "changes.txt", func(w io.Writer) error { return ListChangesText(w, sampleChanges()) })
	golden(t, "changes.json", func(w io.Writer) error { return ListChangesJSON(w, sampleChanges()) })
	golden(t, "packages.txt", func(w io.Writer) error { return ListPackagesText(w, sampleLockfiles()) })
	golden(t, "packages.json", func(w io.Writer) error { return ListPackagesJSON(w, sampleLockfiles()) })
}
