package javascript

import (
	"path"
	"strings"

	"github.com/microsoft/typescript-go/shim"
)

// DirName stands for the folder of the file at the start of a constant path:
// __dirname, or what import.meta says of it.
const DirName = "__dirname"

// fileName is what __filename stands for.
func (f *File) fileName() string { return DirName + "/" + path.Base(f.Name) }

// place returns the text of a value that is a path or URL of a file.
func (e *evaluator) place(v value) (string, bool) {
	if v.kind == stringValue {
		return v.str, e.look(v)
	}
	for _, p := range v.paths {
		switch {
		case p.isGlobal("import.meta", "url"), p.isGlobal("import.meta", "filename"):
			return e.names.file.fileName(), true
		case p.isGlobal("import.meta", "dirname"):
			return DirName, true
		}
	}
	return "", false
}

// places folds what Node's path and url modules make of constant paths. A path
// below the file's folder stays one: what is above it begins with DirName/.. .
func (e *evaluator) places(p *step, arguments []*shim.Node) value {
	parts := make([]string, 0, len(arguments))
	given := func() bool {
		for _, node := range arguments {
			text, ok := "", node.Kind != shim.KindSpreadElement
			if ok {
				text, ok = e.place(e.of(node))
			}
			if !ok {
				return false
			}
			parts = append(parts, text)
		}
		return len(parts) > 0
	}
	switch name := pathFunction(p); name {
	case "join", "normalize":
		if given() {
			return e.made(joinPath(parts))
		}
	case "resolve":
		if given() {
			for i := len(parts) - 1; i > 0; i-- {
				if strings.HasPrefix(parts[i], "/") || below(parts[i]) {
					parts = parts[i:]
					break
				}
			}
			return e.made(joinPath(parts))
		}
	case "dirname":
		if given() {
			return e.made(path.Dir(parts[0]))
		}
	case "fileURLToPath", "pathToFileURL":
		if given() {
			return e.made(strings.TrimPrefix(parts[0], "file://"))
		}
	case "URL":
		if given() && len(parts) == 2 && below(parts[1]) && !strings.Contains(parts[0], ":") && !strings.HasPrefix(parts[0], "/") {
			return e.made(joinPath([]string{path.Dir(parts[1]), parts[0]}))
		}
	}
	return value{}
}

// pathFunction returns the name of a function that makes a path of paths, or "".
func pathFunction(p *step) string {
	for _, name := range []string{"join", "normalize", "resolve", "dirname"} {
		if p.isModule("path", name) || p.isModule("path", "posix", name) || p.isModule("path", "win32", name) || p.isModule("path/posix", name) {
			return name
		}
	}
	switch {
	case p.isModule("url", "fileURLToPath"), p.isModule("url", "pathToFileURL"):
		return p.name
	case p.isGlobal("URL"), p.isModule("url", "URL"):
		return "URL"
	}
	return ""
}

func below(s string) bool { return s == DirName || strings.HasPrefix(s, DirName+"/") }

// joinPath joins and cleans as path.join does.
func joinPath(parts []string) string {
	s := strings.Join(parts, "/")
	if !below(s) {
		return path.Clean(s)
	}
	if rest := path.Clean(strings.TrimPrefix(strings.TrimPrefix(s, DirName), "/")); rest != "." {
		return DirName + "/" + rest
	}
	return DirName
}
