package github

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// readOutputs reads the file of GITHUB_OUTPUT as the runner does: a line
// name<<delimiter, then the value up to a line that is the delimiter.
func readOutputs(t *testing.T, text string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, delimiter, ok := strings.Cut(lines[i], "<<")
		if !ok {
			t.Fatalf("line %q", lines[i])
		}
		var value []string
		for i++; i < len(lines) && lines[i] != delimiter; i++ {
			value = append(value, lines[i])
		}
		if i == len(lines) {
			t.Fatalf("%s has no end", name)
		}
		out[name] = strings.Join(value, "\n")
	}
	return out
}

func TestWriteOutputs(t *testing.T) {
	values := []string{"", "clean", "a\nb", "EOF\noutcome=clean", "x\noutcome<<EOF\nclean\nEOF", "_GitHubActionsFileCommandDelimeter_\noutcome<<x\nclean\nx"}
	var outputs []Output
	for i, v := range values {
		outputs = append(outputs, Output{fmt.Sprintf("name%d", i), v})
	}
	var first, second bytes.Buffer
	if err := errors.Join(WriteOutputs(&first, outputs), WriteOutputs(&second, outputs)); err != nil {
		t.Fatal(err)
	}
	got := readOutputs(t, first.String())
	for i, v := range values {
		if name := outputs[i].Name; got[name] != v {
			t.Errorf("%s is %q, want %q", name, got[name], v)
		}
	}
	if len(got) != len(values) {
		t.Errorf("%d outputs, want %d", len(got), len(values))
	}
	if first.String() == second.String() {
		t.Error("the delimiters are the same twice")
	}
}

func TestQuietly(t *testing.T) {
	var b bytes.Buffer
	broken := errors.New("broken")
	err := Quietly(&b, func(w io.Writer) error {
		fmt.Fprint(w, "::error::from a package\nno end of line")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
	lines := strings.Split(b.String(), "\n")
	token, ok := strings.CutPrefix(lines[0], "::stop-commands::")
	if !ok || len(token) < 26 {
		t.Fatalf("the first line is %q", lines[0])
	}
	if lines[len(lines)-2] != "::"+token+"::" {
		t.Errorf("commands are not taken again:\n%s", b.String())
	}
}
