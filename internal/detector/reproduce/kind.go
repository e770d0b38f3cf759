package reproduce

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/program"
)

// documentNames are the stems of files that people read.
var documentNames = map[string]bool{
	"authors": true, "backers": true, "changelog": true, "changes": true, "code_of_conduct": true, "contributing": true, "contributors": true,
	"copying": true, "history": true, "licence": true, "license": true, "migration": true, "notice": true, "patents": true, "readme": true,
	"security": true, "third-party-notices": true, "thirdpartynotices": true, "upgrade": true, "upgrading": true,
}

// documentExtensions are those of files that people and editors read.
var documentExtensions = map[string]bool{
	".markdown": true, ".map": true, ".md": true, ".mdx": true, ".rst": true, ".txt": true, ".flow": true,
}

// dataExtensions are those of files that are read and never run by their name.
var dataExtensions = map[string]bool{
	".avif": true, ".bmp": true, ".css": true, ".csv": true, ".dat": true, ".db": true, ".eot": true, ".gif": true, ".graphql": true, ".ico": true,
	".ini": true, ".jpeg": true, ".jpg": true, ".json": true, ".json5": true, ".jsonc": true, ".less": true, ".lock": true, ".mp3": true, ".mp4": true,
	".otf": true, ".pdf": true, ".png": true, ".proto": true, ".sass": true, ".scss": true, ".snap": true, ".sql": true, ".styl": true, ".svg": true,
	".toml": true, ".tsbuildinfo": true, ".ttf": true, ".webp": true, ".woff": true, ".woff2": true, ".xml": true, ".yaml": true, ".yml": true,
}

// kind tells what a file is for. What is not known to be data or a document is
// code: node runs a file with any name.
func kindOf(f *npm.File, runs map[string]bool) Kind {
	base := strings.ToLower(path.Base(f.Path))
	extension := path.Ext(base)
	switch {
	case runs[f.Path], f.Path == manifestName, base == "npm-shrinkwrap.json", f.Content.Native(), f.Content == npm.ContentWasm, f.Content == npm.ContentJava,
		f.Content == npm.ContentGzip, f.Content == npm.ContentZip, f.Content == npm.ContentTar, bytes.HasPrefix(f.Data, []byte("#!")):
		return Code
	case f.Content == npm.ContentText && (documentExtensions[extension] || documentNames[base]):
		return Document
	case f.Content == npm.ContentText && slices.ContainsFunc([]string{".d.ts", ".d.mts", ".d.cts"}, func(s string) bool { return strings.HasSuffix(base, s) }):
		return Document
	case dataExtensions[extension], strings.HasPrefix(base, ".") && f.Content == npm.ContentText && extension == base:
		return Data
	}
	return Code
}

// Runs returns the files of a program that are known to run: those of install
// commands, entry points, and what these load.
func Runs(p *program.Program) []string {
	var out []string
	for _, f := range p.InstallFiles {
		if !f.Missing {
			out = append(out, f.Path)
		}
	}
	out = append(append(out, p.Mains...), p.Bins...)
	for i := range p.Scripts {
		if p.Scripts[i].Phase != program.Unreached {
			out = append(out, p.Scripts[i].Path)
		}
	}
	return out
}
