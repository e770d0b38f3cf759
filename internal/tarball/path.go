package tarball

import (
	"errors"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/npm"
)

// placement is where npm installs an entry.
type placement struct {
	path    string // relative to the package's folder; "" for nowhere
	renamed bool   // from .gitignore to .npmignore
}

// place works out where npm installs the file called name, and records what
// is odd about the name (pacote, the filter of its extraction; node-tar,
// Unpack's check of paths).
func (u *unpacker) place(name string) (placement, error) {
	var p placement
	if strings.Contains(name, `\`) {
		return p, ambiguous(name, "a backslash, which is a folder on Windows alone")
	}
	full := validUTF8(name)
	switch base := path.Base(full); base {
	case ".npmignore":
		if u.ignores == nil {
			u.ignores = make(map[string]bool)
		}
		u.ignores[full] = true
	case ".gitignore":
		if stem, ok := strings.CutSuffix(full, base); ok {
			full, p.renamed = stem+".npmignore", true
		}
		if u.ignores[full] {
			return p, nil
		}
	}

	root, rest, ok := strings.Cut(full, "/")
	if !ok {
		u.oddity(npm.OddNoFolder, name, "npm does not install it")
		return p, nil
	}
	relative, err := stripRoots(rest)
	if err != nil {
		return p, ambiguous(name, err.Error())
	}
	if root == "" || relative != rest {
		u.oddity(npm.OddAbsolutePath, name, "")
	}
	if climbs(relative) {
		u.oddity(npm.OddTraversal, name, "npm does not install it")
		return p, nil
	}
	if climbs(full) {
		u.oddity(npm.OddTraversal, name, "npm removes it")
	}
	switch u.root {
	case root:
	case "":
		u.root = root
	default:
		u.oddity(npm.OddSecondRoot, name, "")
	}
	if clean := path.Clean(relative); clean != "." {
		p.path = clean
	}
	return p, nil
}

// errDevice is about a name that Windows takes for a device or a volume.
var errDevice = errors.New("a Windows device name")

// stripRoots removes slashes and drive letters from the front of a path, as
// node-tar does on every system (its stripAbsolutePath).
func stripRoots(p string) (string, error) {
	for {
		switch {
		case strings.HasPrefix(p, "//?/"):
			return "", errDevice
		case strings.HasPrefix(p, "/"):
			p = p[1:]
		case len(p) > 1 && p[1] == ':' && isLetter(p[0]):
			p = p[2:]
		default:
			return p, nil
		}
	}
}

// climbs reports whether a component of p is "..".
func climbs(p string) bool {
	return strings.Contains(p, "..") && strings.Contains("/"+p+"/", "/../")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// fold returns p in the form in which file systems that ignore case compare
// names.
func fold(p string) string {
	for i := 0; i < len(p); i++ {
		if p[i] >= utf8.RuneSelf {
			return strings.ToLower(strings.ToUpper(p)) // some letters have several lower cases
		}
	}
	return strings.ToLower(p)
}

// hasShortName reports whether a component of p has the form of the short
// name that Windows gives files with longer ones: at most eight characters
// that end in a tilde and a number, and an extension of at most three.
func hasShortName(p string) bool {
	if !strings.Contains(p, "~") {
		return false
	}
	for c := range strings.SplitSeq(p, "/") {
		base, extension, _ := strings.Cut(c, ".")
		i := strings.LastIndexByte(base, '~')
		if i > 0 && len(base) <= 8 && len(extension) <= 3 && !strings.Contains(extension, ".") &&
			i+1 < len(base) && strings.Trim(base[i+1:], "0123456789") == "" {
			return true
		}
	}
	return false
}

// validUTF8 returns s with every byte that is not UTF-8 replaced by U+FFFD.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// printable reports whether a name is valid UTF-8 without control and format
// characters, such as those that turn the direction of text.
func printable(name string) bool {
	for _, r := range name {
		if ' ' <= r && r <= '~' {
			continue
		}
		if r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return false
		}
	}
	return true
}
