// Command generate makes names.txt from a tarball of the npm package
// npm-high-impact, given as its argument, in the folder it is run in:
//
//	npm pack npm-high-impact
//	go run ./generate npm-high-impact-VERSION.tgz
//
// It prints the version and the number of names for README.md.
package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: generate TARBALL")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// maxFile bounds a file of the tarball, in bytes.
const maxFile = 16 << 20

func run(tarball string) error {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	files, err := read(f, "package/lib/top.js", "package/package.json")
	if err != nil {
		return err
	}
	names, err := parse(string(files["package/lib/top.js"]))
	if err != nil {
		return err
	}
	var manifest struct{ Version string }
	if err := json.Unmarshal(files["package/package.json"], &manifest); err != nil {
		return err
	}
	fmt.Printf("npm-high-impact %s, %d names\n", manifest.Version, len(names))
	return os.WriteFile("names.txt", []byte(strings.Join(names, "\n")+"\n"), 0o644)
}

// read returns the files of a compressed tarball that are wanted.
func read(r io.Reader, wanted ...string) (map[string][]byte, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]byte)
	for t := tar.NewReader(zip); ; {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, name := range wanted {
			if h.Name == name {
				if out[name], err = io.ReadAll(io.LimitReader(t, maxFile)); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, name := range wanted {
		if out[name] == nil {
			return nil, fmt.Errorf("the tarball has no %s", name)
		}
	}
	return out, nil
}

var element = regexp.MustCompile(`^\s*(?:'([^'\\]+)'|"([^"\\]+)"),?$`)

// parse reads a script that is one exported array of names, one a line.
func parse(script string) ([]string, error) {
	var out []string
	seen := make(map[string]bool)
	for i, line := range strings.Split(strings.TrimSpace(script), "\n") {
		if line == "]" || i == 0 && strings.HasSuffix(line, "= [") {
			continue
		}
		m := element.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("line %d is no name: %.80q", i+1, line)
		}
		name := m[1] + m[2]
		if err := npm.ValidateName(name); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if seen[name] {
			return nil, fmt.Errorf("line %d: %q is there twice", i+1, name)
		}
		seen[name] = true
		out = append(out, name)
	}
	if len(out) == 0 {
		return nil, errors.New("no names")
	}
	return out, nil
}
