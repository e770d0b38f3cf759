package github

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
)

// Output is one output of the step.
type Output struct{ Name, Value string }

// WriteOutputs writes outputs in the form of the file that GITHUB_OUTPUT names
// (GitHub documentation, "Multiline strings" of workflow commands). The
// delimiter is random, so that no value can end itself and begin another
// output.
func WriteOutputs(w io.Writer, outputs []Output) error {
	var b strings.Builder
	for _, o := range outputs {
		delimiter := "amalfi_" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", o.Name, delimiter, o.Value, delimiter)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Quietly has write print to the log while the runner takes no workflow
// commands from it (GitHub documentation, "Stopping and starting workflow
// commands"). The word that ends this is random.
func Quietly(w io.Writer, write func(io.Writer) error) error {
	token := "amalfi-" + rand.Text()
	if _, err := fmt.Fprintf(w, "::stop-commands::%s\n", token); err != nil {
		return err
	}
	err := write(w)
	// The end must begin a line, whatever was printed last.
	if _, end := fmt.Fprintf(w, "\n::%s::\n", token); end != nil {
		return end
	}
	return err
}
