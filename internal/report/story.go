package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/sandbox"
)

// Story writes what the scripts of the report's versions did in the sandbox, for a
// person to read: each run with its calls in their order, where each stands, and
// what left.
func Story(w io.Writer, r *detector.Report) error {
	out := bufio.NewWriter(w)
	for i := range r.Versions {
		v := &r.Versions[i]
		fmt.Fprintf(out, "%s\n", show(v.Subject.String()))
		switch {
		case v.Story == nil && len(v.Reasons) > 0:
			fmt.Fprintf(out, "  not run: %s\n", show(strings.Join(v.Reasons, "; ")))
		case v.Story == nil:
			fmt.Fprintf(out, "  it has no scripts that are run\n")
		default:
			writeStory(out, v.Story)
		}
	}
	return out.Flush()
}

func writeStory(out io.Writer, s *sandbox.Story) {
	for i := range s.Executions {
		x := &s.Executions[i]
		why := ""
		if x.Why != "" {
			why = ", since " + x.Why
		}
		fmt.Fprintf(out, "\n  %s (%s, as %s%s)\n", show(x.Entry.Name()), show(string(x.Engine)), show(x.World), show(why))
		for j := range x.Events {
			e := &x.Events[j]
			at := ""
			if e.At.File != "" {
				at = fmt.Sprintf("  at %s:%d:%d", e.At.File, e.At.Line, e.At.Column)
			}
			fmt.Fprintf(out, "    %-8s %-9s %s%s\n", show(string(e.Phase)), show(string(e.Kind)), show(e.API+" "+e.Target), show(at))
			for line := range strings.Lines(prefix(e.Detail, 8*maxShown)) {
				if line = strings.TrimSpace(line); line != "" && line != e.Target {
					fmt.Fprintf(out, "        %s\n", show(line))
				}
			}
			if len(e.Data) > 0 {
				fmt.Fprintf(out, "        %d bytes: %s\n", len(e.Data), show(string(e.Data)))
			}
			for _, l := range x.Leaks {
				if l.Event == j {
					fmt.Fprintf(out, "      ! has the %s (%s)\n", show(l.Canary), show(l.Encoding))
				}
			}
			for _, f := range x.Found {
				if f.Event == j {
					writeFound(out, &f)
				}
			}
		}
		fmt.Fprintf(out, "    ended: %s", show(string(x.Ending.Reason)))
		if x.Ending.Message != "" {
			fmt.Fprintf(out, " (%s)", show(x.Ending.Message))
		}
		if x.Ending.Dropped > 0 {
			fmt.Fprintf(out, "; %d further events", x.Ending.Dropped)
		}
		fmt.Fprintln(out)
	}
	if s.Untold != "" {
		fmt.Fprintf(out, "\n  the rest was not run: %s\n", show(s.Untold))
	}
}

func writeFound(out io.Writer, f *sandbox.Found) {
	if f.Hidden {
		fmt.Fprintln(out, "      ! this code stands in none of its files")
	}
	for _, a := range f.Acts {
		fmt.Fprintf(out, "      ! would do: %s\n", show(string(a)))
	}
	for _, c := range f.Chains {
		fmt.Fprintf(out, "      ! in it %s reaches %s\n", show(c.From), show(c.To))
	}
}

// maxShown bounds a text of the story, in characters.
const maxShown = 400

// show makes a text of a script safe to be shown.
func show(s string) string { return guardLog(excerpt(s, maxShown)) }
