package tarball

import (
	"path"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// maxKeptOther is the size up to which a file is kept that no interpreter is
// expected to read, in bytes: a payload may be called anything.
const maxKeptOther = 64 << 10

// keeper decides whose content stays in memory. In the order of the tarball:
//
//   - the package's own manifest, up to npm.MaxManifestSize;
//   - everything, as long as it fits into the first budget: a small package is
//     there as a whole, which its package hash needs;
//   - files that an interpreter reads by their name, as long as they fit into
//     the budget for code;
//   - the rest, such as images, machine code, source maps and type
//     declarations, up to maxKeptOther each, as long as they fit into the other
//     budget.
//
// The budgets bound memory. What they leave out is listed without content, and
// whoever needs it must say that it is missing.
type keeper struct {
	first, code, other int64 // what is left, in bytes
}

// keep reports whether the content of f is to be kept, and takes its size from
// the budget.
func (k *keeper) keep(f *npm.File) bool {
	if f.Path == manifest {
		return f.Size <= npm.MaxManifestSize
	}
	if f.Size <= k.first {
		k.first -= f.Size
		return true
	}
	budget := k.budget(f)
	if budget == &k.other && f.Size > maxKeptOther || f.Size > *budget {
		return false
	}
	*budget -= f.Size
	return true
}

// release gives back what a file took that did not stay. Whichever budget it
// was from, the sum of what is kept stays bounded.
func (k *keeper) release(f *npm.File) {
	if f.Data != nil && f.Path != manifest {
		*k.budget(f) += f.Size
	}
	f.Data = nil
}

func (k *keeper) budget(f *npm.File) *int64 {
	if isCode(f) {
		return &k.code
	}
	return &k.other
}

// isCode reports whether an interpreter may be given the file because of its
// name. The first bytes of a Windows executable, of a tar entry and of any
// other binary can be a script's as well; those of the kinds listed cannot be
// JavaScript's.
func isCode(f *npm.File) bool {
	switch f.Content {
	case npm.ContentELF, npm.ContentMachO, npm.ContentWasm, npm.ContentJava, npm.ContentGzip, npm.ContentZip:
		return false
	}
	base := strings.ToLower(path.Base(f.Path))
	switch extension := path.Ext(base); extension {
	case ".ts", ".mts", ".cts":
		return !strings.HasSuffix(strings.TrimSuffix(base, extension), ".d")
	case ".js", ".cjs", ".mjs", ".jsx", ".tsx", ".json", // JavaScript
		".gyp", ".gypi", // native builds
		".sh", ".bash", ".zsh", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", // shells
		".py", ".rb", ".pl", ".php", ".lua", // other interpreters
		".html", ".htm", ".svelte", ".vue": // scripts inside
		return true
	case "": // programs often have no extension
		return f.Content == npm.ContentText
	}
	return false
}
