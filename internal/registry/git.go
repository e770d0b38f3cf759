package registry

import (
	"net/url"
	"regexp"
	"strings"
)

// GitTarball is the snapshot of a git repository that a hosting service packs
// as a tarball.
type GitTarball struct {
	// URL is where to download it, without credentials.
	URL string
	// Committish is the commit, tag or branch; "HEAD" where none is given.
	Committish string
	// Pinned tells whether Committish is a commit's SHA, full or abbreviated
	// to at least 7 digits. Only then do two downloads hold the same files;
	// the compressed bytes may differ even so. A tag or branch can have a
	// name that looks like an abbreviated SHA; a full one (40 or 64 digits)
	// leaves no doubt.
	Pinned bool
}

// gitHost is a service whose snapshots npm fetches in place of a clone.
type gitHost struct {
	domain, shortcut string
	nested           bool // projects may lie in groups of groups
	tarball          func(user, project, committish string) string
}

// gitHosts follows npm's hosted-git-info.
var gitHosts = []gitHost{
	{"github.com", "github", false, func(user, project, committish string) string {
		return "https://codeload.github.com/" + user + "/" + project + "/tar.gz/" + url.PathEscape(committish)
	}},
	{"gitlab.com", "gitlab", true, func(user, project, committish string) string {
		return "https://gitlab.com/api/v4/projects/" + url.PathEscape(user+"/"+project) +
			"/repository/archive.tar.gz?sha=" + url.QueryEscape(committish)
	}},
	{"bitbucket.org", "bitbucket", false, func(user, project, committish string) string {
		return "https://bitbucket.org/" + user + "/" + project + "/get/" + url.PathEscape(committish) + ".tar.gz"
	}},
}

var (
	commitSHA = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)
	// gitSegment is a user, group or project name on any of the hosts.
	gitSegment = regexp.MustCompile(`^[0-9A-Za-z._-]+$`)
	// gitShorthand is user/project, npm's short form for GitHub.
	gitShorthand = regexp.MustCompile(`^[^@:/.\s#][^@:/\s#]*/[^@:/\s#]+(#.*)?$`)
	// scpAddress is user@host:path, which git reads as ssh.
	scpAddress = regexp.MustCompile(`^((?:[a-z+]+://)?(?:[^@/#]+@)[^:/#]+):([^0-9/#][^#]*(?:#.*)?)$`)
)

// ParseGitTarball returns the snapshot for a git dependency on GitHub, GitLab
// or Bitbucket, as npm would fetch it (hosted-git-info). It knows the forms of
// lockfiles and manifests:
//
//	git+ssh://git@github.com/user/project.git#<commit>   also git+https, git, ssh, https
//	git@github.com:user/project.git#<commit>
//	github:user/project#<commit>                         also gitlab, bitbucket
//	user/project#<commit>
//	https://github.com/user/project.git#commit=<commit>  yarn
//	https://codeload.github.com/user/project/tar.gz/<commit>
//
// Credentials in spec are dropped: they are not for the archive's address. It
// is not ok for anything else, such as a repository elsewhere.
func ParseGitTarball(spec string) (g GitTarball, ok bool) {
	if len(spec) > maxURLLength {
		return GitTarball{}, false
	}
	if gitShorthand.MatchString(spec) {
		spec = "github:" + spec
	}
	scheme, rest, found := strings.Cut(spec, ":")
	if found && !strings.HasPrefix(rest, "//") {
		for _, host := range gitHosts {
			if scheme == host.shortcut {
				path, committish, _ := strings.Cut(rest, "#")
				return host.snapshot(path, committish)
			}
		}
	}
	if m := scpAddress.FindStringSubmatch(spec); m != nil {
		spec = m[1] + "/" + m[2]
		if !strings.Contains(m[1], "://") {
			spec = "ssh://" + spec
		}
	}
	u, err := url.Parse(spec)
	if err != nil {
		return GitTarball{}, false
	}
	switch strings.TrimPrefix(u.Scheme, "git+") {
	case "ssh", "https", "http", "git":
	default:
		return GitTarball{}, false
	}
	domain := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	path := strings.TrimPrefix(u.Path, "/")
	for _, host := range gitHosts {
		switch domain {
		case host.domain:
			if base, committish, ok := strings.Cut(path, "/tree/"); ok && host.shortcut == "github" {
				committish, _, _ = strings.Cut(committish, "/") // as npm does
				return host.snapshot(base, committish)
			}
			return host.snapshot(path, u.Fragment)
		case "codeload." + host.domain:
			base, committish, ok := strings.Cut(path, "/tar.gz/")
			if !ok || host.shortcut != "github" || committish == "" {
				return GitTarball{}, false
			}
			return host.snapshot(base, committish)
		}
	}
	return GitTarball{}, false
}

func (h gitHost) snapshot(path, committish string) (GitTarball, bool) {
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
	i := strings.LastIndexByte(path, '/')
	if i < 0 || !h.nested && strings.Contains(path[:i], "/") {
		return GitTarball{}, false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if !gitSegment.MatchString(segment) || strings.Trim(segment, ".") == "" {
			return GitTarball{}, false
		}
	}
	// npm and pnpm put options behind the commit, yarn names it.
	for part := range strings.SplitSeq(committish, "&") {
		if commit, ok := strings.CutPrefix(part, "commit="); ok {
			committish = commit
		}
	}
	committish, _, _ = strings.Cut(committish, "&")
	committish, _, _ = strings.Cut(committish, "::")
	if committish == "" {
		committish = "HEAD"
	}
	if strings.HasPrefix(committish, "semver:") || !validRef(committish) {
		return GitTarball{}, false
	}
	return GitTarball{
		URL:        h.tarball(path[:i], path[i+1:], committish),
		Committish: committish,
		Pinned:     commitSHA.MatchString(committish),
	}, true
}

// validRef reports whether git could have a reference or commit of this name,
// as far as it matters in an address (git documentation, check-ref-format).
func validRef(name string) bool {
	control := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`~^:?*[\`, r) }
	return !strings.ContainsFunc(name, control) && !strings.HasPrefix(name, ".") &&
		!strings.Contains(name, "..") && !strings.Contains(name, "/.")
}
