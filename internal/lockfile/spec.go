package lockfile

import (
	"net/url"
	"strings"

	"github.com/amalfi-audit/audit/internal/npm"
)

// specKind tells what a dependency specifier or a resolved value refers to
// (npm-package-arg, "npm help package-spec"). KindRegistry is every range, tag,
// version and alias.
func specKind(spec string) Kind {
	bare, _, _ := strings.Cut(spec, "#") // owner/repo#semver:^1 has no scheme
	scheme, rest, ok := strings.Cut(bare, ":")
	if !ok {
		switch {
		case strings.HasPrefix(bare, "./"), strings.HasPrefix(bare, "../"),
			strings.HasPrefix(bare, "/"), strings.HasPrefix(bare, "~/"):
			return fileKind(bare)
		case isShorthand(bare):
			return KindGit
		}
		return KindRegistry
	}
	switch scheme {
	case "npm", "catalog":
		return KindRegistry
	case "git", "git+ssh", "git+https", "git+http", "git+file", "git+rsync", "git+git", "ssh",
		"github", "gitlab", "bitbucket", "gist", "sourcehut":
		return KindGit
	case "http", "https":
		return urlKind(spec)
	case "file":
		return fileKind(rest)
	case "link", "portal", "workspace", "root":
		return KindDirectory
	case "patch":
		return KindPatch
	case "runtime":
		return KindRuntime
	}
	if strings.HasPrefix(scheme, "git@") { // scp form of a git remote
		return KindGit
	}
	if strings.ContainsAny(scheme, " <>=^~*|") {
		return KindRegistry // a range with a colon in a tag or comment
	}
	return KindOther
}

// fileKind tells a local tarball from a folder, as npm does, by its suffix.
func fileKind(name string) Kind {
	for _, suffix := range []string{".tgz", ".tar.gz", ".tar"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return KindFile
		}
	}
	return KindDirectory
}

// gitHosts are the hosts whose repositories package managers fetch as tarballs
// of a commit (hosted-git-info).
var gitHosts = []string{"github.com", "codeload.github.com", "gitlab.com", "bitbucket.org"}

// urlKind tells a git repository behind https from a tarball.
func urlKind(raw string) Kind {
	u, err := url.Parse(raw)
	if err != nil {
		return KindURL
	}
	p := strings.TrimSuffix(u.Path, "/")
	if strings.HasSuffix(p, ".git") || strings.HasPrefix(u.Fragment, "commit=") {
		return KindGit
	}
	for _, host := range gitHosts {
		if u.Hostname() != host {
			continue
		}
		segments := strings.Split(strings.Trim(p, "/"), "/")
		if len(segments) == 2 { // https://host/owner/repo
			return KindGit
		}
		if isCommitTarball(host, segments) {
			return KindGit
		}
	}
	return KindURL
}

// isCommitTarball recognises the URLs from which package managers download
// hosted repositories:
//
//	codeload.github.com/OWNER/REPO/tar.gz/REF
//	gitlab.com/…/repository/archive.tar.gz?ref=REF
//	bitbucket.org/OWNER/REPO/get/REF.tar.gz
//
// github.com/OWNER/REPO/archive/… is not among them: people write that one by
// hand, as a URL.
func isCommitTarball(host string, segments []string) bool {
	switch host {
	case "codeload.github.com":
		return len(segments) >= 4 && segments[2] == "tar.gz"
	case "gitlab.com":
		return len(segments) >= 2 && segments[len(segments)-2] == "repository" && strings.HasPrefix(segments[len(segments)-1], "archive.")
	case "bitbucket.org":
		return len(segments) >= 4 && segments[2] == "get"
	}
	return false
}

// isShorthand recognises owner/repo; the #committish is cut already.
func isShorthand(spec string) bool {
	owner, repo, ok := strings.Cut(spec, "/")
	return ok && owner != "" && repo != "" && owner[0] != '@' && owner[0] != '.' &&
		!strings.ContainsAny(spec, " <>=^~*|") && !strings.Contains(repo, "/")
}

// splitAlias takes an npm: alias apart: npm:real@range gives the real name.
func splitAlias(spec string) (name, version string, ok bool) {
	target, ok := strings.CutPrefix(spec, "npm:")
	if !ok {
		return "", "", false
	}
	name, version = splitNameVersion(target)
	if npm.ValidateName(name) != nil {
		return "", "", false
	}
	return name, version, true
}

// splitNameVersion cuts name@version at the @ that is no scope's. Without one
// the version is empty.
func splitNameVersion(s string) (name, version string) {
	if i := strings.IndexByte(s[min(1, len(s)):], '@'); i >= 0 {
		return s[:i+1], s[i+2:]
	}
	return s, ""
}

// tarballShaped reports whether a URL looks like a registry's for this name
// and version. Registries differ: NAME/-/BASE-VERSION.tgz is npm's,
// NAME/download/BASE-VERSION.tgz and download/NAME/VERSION/… are others'; all
// of them name both.
func tarballShaped(raw, name, version string) bool {
	raw, _, _ = strings.Cut(raw, "#")
	raw, _, _ = strings.Cut(raw, "?")
	if strings.Contains(raw, "/-/") {
		return true
	}
	path, err := url.PathUnescape(raw)
	if err != nil {
		path = raw
	}
	return strings.HasSuffix(path, "/"+npm.BaseName(name)+"-"+version+".tgz") && !strings.Contains(path, "/releases/download/") ||
		strings.Contains(path, "/download/"+name+"/"+version)
}

// Host returns the host, with its port, that resolved is fetched from, or ""
// where it names none.
func Host(resolved string) string {
	if !strings.Contains(resolved, "://") {
		return ""
	}
	u, err := url.Parse(resolved)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
