package oracletest

import (
	"errors"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// A fault is a known way in which an oracle is wrong, or knows less than a
// lockfile says.
type fault struct {
	oracle string
	name   string
	why    string
	// explains reports whether a disagreement comes from the fault. It asks
	// for all the traces that the fault leaves, so that an error of ours is
	// not taken for it.
	explains func(d *disagreement) bool
}

func (f *fault) id() string { return f.oracle + ": " + f.name }

// explanation returns the first fault that a disagreement comes from, nil
// where none does.
func explanation(faults []fault, d *disagreement) *fault {
	for i := range faults {
		if faults[i].oracle == d.oracle && faults[i].explains(d) {
			return &faults[i]
		}
	}
	return nil
}

// knownFaults is the table of what the oracles get wrong.
func knownFaults() []fault {
	return []fault{
		// What go-dep-parser gets wrong.
		{depParser, "npm without version", "a shrinkwrap without lockfileVersion is read by packages, which it has not: nothing is listed, without an error",
			func(d *disagreement) bool {
				return d.aspect == missing && d.mine.format == lockfile.Format{Manager: lockfile.NPM} && len(d.reading) == 0
			}},
		{depParser, "npm types", "false for an unknown resolved, as npm 5 and 6 wrote it, is refused",
			func(d *disagreement) bool {
				return d.aspect == refused && d.manager(lockfile.NPM) && strings.Contains(d.err.Error(), "cannot decode boolean") &&
					d.says(nil, `"resolved": false`)
			}},
		{depParser, "npm escapes", `JSON's \/ is refused`,
			func(d *disagreement) bool {
				return d.aspect == refused && d.manager(lockfile.NPM) && strings.Contains(d.err.Error(), "invalid unicode character") &&
					d.says(nil, `\/`)
			}},
		{depParser, "npm link without target", "a link without resolved is taken for one to the project's root, which is then listed as a package",
			func(d *disagreement) bool {
				return d.aspect == extra && d.manager(lockfile.NPM) && len(d.theirs.lines) == 1 &&
					strings.HasPrefix(strings.TrimSpace(d.mine.text[d.theirs.lines[0]-1]), `"":`) &&
					slices.ContainsFunc(d.mine.all, func(o lockfile.Dependency) bool {
						return o.Kind == lockfile.KindDirectory && o.Resolved == ""
					})
			}},
		{depParser, "pnpm development", "pnpm entries with dev: true are left out",
			func(d *disagreement) bool {
				return d.aspect == missing && d.pnpm("5", "6") &&
					d.all(func(o *lockfile.Dependency) bool { return o.Dev })
			}},
		{depParser, "pnpm version", "a lockfileVersion that is no number with a fraction (5, 5.4-inlineSpecifiers) makes the lockfile empty, without an error",
			func(d *disagreement) bool {
				version := d.mine.format.Version
				return d.aspect == missing && d.manager(lockfile.PNPM) && len(d.reading) == 0 &&
					(!strings.Contains(version, ".") || strings.Contains(version, "-"))
			}},
		{depParser, "pnpm second document", "of two YAML documents only the first is read, which holds pnpm itself",
			func(d *disagreement) bool {
				return d.aspect == missing && d.manager(lockfile.PNPM) &&
					slices.ContainsFunc(d.mine.all, func(o lockfile.Dependency) bool { return o.Environment }) &&
					d.all(func(o *lockfile.Dependency) bool { return !o.Environment })
			}},
		{depParser, "pnpm 7 and 9 keys", "the key is cut at its first slash, as if a registry stood before it: @scope/name@1.0.0 becomes name@1.0.0 and name@1.0.0 an entry without name and version",
			func(d *disagreement) bool {
				if !d.pnpm("7", "9") {
					return false
				}
				cut := func(key string) npm.PackageVersion {
					_, rest, _ := strings.Cut(key, "/")
					rest, _, _ = strings.Cut(rest, "(")
					name, version, _ := strings.Cut(rest, "@")
					return npm.PackageVersion{Name: name, Version: version}
				}
				switch d.aspect {
				case missing:
					return d.all(func(o *lockfile.Dependency) bool {
						return d.lists(cut(o.Path)) || d.lists(npm.PackageVersion{})
					})
				case extra:
					return d.pair == npm.PackageVersion{} || slices.ContainsFunc(d.mine.all, func(o lockfile.Dependency) bool {
						return cut(o.Path) == d.pair
					})
				}
				return false
			}},
		{depParser, "aliases", "an alias is listed under its own name instead of the package's",
			func(d *disagreement) bool {
				listed := func(o *lockfile.Dependency) npm.PackageVersion {
					version := o.Version
					if d.manager(lockfile.NPM) {
						version = "npm:" + o.Name + "@" + o.Version
					}
					return npm.PackageVersion{Name: o.Alias, Version: version}
				}
				switch d.aspect {
				case missing:
					return d.all(func(o *lockfile.Dependency) bool { return o.Alias != "" && d.lists(listed(o)) })
				case extra:
					return d.there(func(o *lockfile.Dependency) bool { return o.Alias != "" && listed(o) == d.pair })
				}
				return false
			}},
		{depParser, "berry dependenciesMeta", "a key of dependenciesMeta that has a version is taken for the key of the entry, which gets its name",
			func(d *disagreement) bool {
				renamed := func(o *lockfile.Dependency, name string) bool {
					return d.says(o, "dependenciesMeta:") && d.says(o, name+"@")
				}
				if !d.manager(lockfile.YarnBerry) {
					return false
				}
				switch d.aspect {
				case missing:
					return d.all(func(o *lockfile.Dependency) bool {
						return slices.ContainsFunc(d.reading, func(e entry) bool {
							return slices.Contains(e.lines, o.Line) && e.Version == o.Version && renamed(o, e.Name)
						})
					})
				case extra:
					return d.there(func(o *lockfile.Dependency) bool { return o.Version == d.pair.Version && renamed(o, d.pair.Name) })
				}
				return false
			}},
		{depParser, "yarn bare pattern", "a pattern without @ is not understood: the entry is left out",
			func(d *disagreement) bool {
				return d.aspect == missing && d.manager(lockfile.YarnClassic) &&
					d.all(func(o *lockfile.Dependency) bool { return o.Path == o.Name })
			}},
		{depParser, "berry long keys", "a key of over 1,024 characters, which YAML writes behind a question mark, is not understood",
			func(d *disagreement) bool {
				return d.aspect == missing && d.manager(lockfile.YarnBerry) && d.all(d.longKey)
			}},
		{depParser, "yarn grammar", "an integrity of two digests without quotes is read, which yarn itself refuses",
			func(d *disagreement) bool { return d.aspect == accepted && d.twoDigests() }},
		{depParser, "other sources", "what comes from git, a URL, a file or a folder is listed like a registry's package",
			func(d *disagreement) bool { return d.aspect == extra && d.there(d.elsewhere) }},

		// What osv-scalibr gets wrong.
		{scalibr, "pnpm version", "5.4-inlineSpecifiers is refused",
			func(d *disagreement) bool {
				return d.aspect == refused && d.manager(lockfile.PNPM) && strings.Contains(d.mine.format.Version, "-") &&
					strings.Contains(d.err.Error(), "ParseFloat")
			}},
		{scalibr, "npm devOptional", "devOptional, which marks what development and optional dependencies both need, is read as dev, although an install without development dependencies has it",
			func(d *disagreement) bool {
				return d.aspect == otherDev && d.manager(lockfile.NPM) && d.theirs.dev &&
					d.all(func(o *lockfile.Dependency) bool { return !o.Dev && d.says(o, `"devOptional": true`) })
			}},
		{scalibr, "npm types", "false for an unknown resolved, as npm 5 and 6 wrote it, is refused",
			func(d *disagreement) bool {
				return d.aspect == refused && d.manager(lockfile.NPM) && strings.Contains(d.err.Error(), "cannot unmarshal bool") &&
					d.says(nil, `"resolved": false`)
			}},
		{scalibr, "pnpm 6 peers", "a slash in the peer suffix, as every scoped peer has, makes the entry one without a version, which is left out",
			func(d *disagreement) bool {
				return d.aspect == missing && d.pnpm("6") && d.all(func(o *lockfile.Dependency) bool {
					_, peers, _ := strings.Cut(o.Path, "(")
					return strings.Contains(peers, "/")
				})
			}},
		{scalibr, "pnpm 7 keys", "keys are read as those of version 6, as if a slash stood before them: @scope/name@1.0.0 becomes name@1.0.0, and name@1.0.0 is an error",
			func(d *disagreement) bool {
				if !d.pnpm("7") {
					return false
				}
				cut := func(o *lockfile.Dependency) npm.PackageVersion {
					_, name, _ := strings.Cut(o.Name, "/")
					return npm.PackageVersion{Name: name, Version: o.Version}
				}
				switch d.aspect {
				case refused:
					return strings.Contains(d.err.Error(), "invalid dependency path")
				case missing:
					return d.all(func(o *lockfile.Dependency) bool { return !strings.Contains(o.Path, "/") || d.lists(cut(o)) })
				case extra, otherLine:
					return d.there(func(o *lockfile.Dependency) bool { return cut(o) == d.pair })
				}
				return false
			}},
		{scalibr, "berry resolution", "an entry is named by its key, also where its resolution names another package, which is what yarn fetches",
			func(d *disagreement) bool {
				if !d.manager(lockfile.YarnBerry) {
					return false
				}
				byKey := func(o *lockfile.Dependency) npm.PackageVersion {
					return npm.PackageVersion{Name: o.Alias, Version: o.Version}
				}
				switch d.aspect {
				case missing:
					return d.all(func(o *lockfile.Dependency) bool { return o.Alias != "" && d.lists(byKey(o)) })
				case extra:
					return d.there(func(o *lockfile.Dependency) bool { return o.Alias != "" && byKey(o) == d.pair })
				}
				return false
			}},
		{scalibr, "berry long keys", "a key of over 1,024 characters, which YAML writes behind a question mark, is read as two entries, neither with a name",
			func(d *disagreement) bool {
				if !d.manager(lockfile.YarnBerry) {
					return false
				}
				switch d.aspect {
				case missing:
					return d.all(d.longKey)
				case extra:
					return slices.ContainsFunc(d.mine.all, func(o lockfile.Dependency) bool {
						return d.longKey(&o) && (slices.Contains(d.theirs.lines, o.Line) || slices.Contains(d.theirs.lines, o.Line+1))
					})
				}
				return false
			}},
		{scalibr, "yarn grammar", "an integrity of two digests without quotes is read, which yarn itself refuses",
			func(d *disagreement) bool { return d.aspect == accepted && d.twoDigests() }},
		{scalibr, "git", "what comes from git is listed too, with its commit and without a version where the lockfile has none",
			func(d *disagreement) bool {
				return d.aspect == extra && d.theirs.commit != "" && d.there(func(o *lockfile.Dependency) bool {
					return o.Kind == lockfile.KindGit && o.Name == d.pair.Name && strings.Contains(o.Resolved, d.theirs.commit)
				})
			}},
		{scalibr, "tarball of a git host", "the digest in the fragment of a tarball's URL is taken for a commit where the host has git repositories too",
			func(d *disagreement) bool {
				return d.aspect == extra && d.theirs.commit != "" && d.there(func(o *lockfile.Dependency) bool {
					return o.Kind == lockfile.KindURL && o.PackageVersion == d.pair && strings.HasSuffix(o.Resolved, "#"+d.theirs.commit)
				})
			}},
		{scalibr, "other sources", "what comes from a URL, a file or a folder is listed like a registry's package",
			func(d *disagreement) bool {
				return d.aspect == extra && d.theirs.commit == "" && d.there(func(o *lockfile.Dependency) bool {
					return o.Kind != lockfile.KindGit && d.elsewhere(o)
				})
			}},
	}
}

// manager reports whether the lockfile is one of a package manager.
func (d *disagreement) manager(m lockfile.Manager) bool { return d.mine.format.Manager == m }

// pnpm reports whether the lockfile is one of pnpm of these versions, given by
// what stands before the dot.
func (d *disagreement) pnpm(majors ...string) bool {
	major, _, _ := strings.Cut(d.mine.format.Version, ".")
	return d.manager(lockfile.PNPM) && slices.Contains(majors, major)
}

// all reports whether f holds for all our entries of the package, of which
// there must be one.
func (d *disagreement) all(f func(*lockfile.Dependency) bool) bool {
	own := d.mine.byPair[d.pair]
	for i := range own {
		if !f(&own[i]) {
			return false
		}
	}
	return len(own) > 0
}

// there reports whether f holds for one of our entries where the oracle found
// its own; anywhere in the file if the oracle tells no lines.
func (d *disagreement) there(f func(*lockfile.Dependency) bool) bool {
	return slices.ContainsFunc(d.mine.all, func(o lockfile.Dependency) bool {
		return (len(d.theirs.lines) == 0 || slices.Contains(d.theirs.lines, o.Line)) && f(&o)
	})
}

// lists reports whether the oracle lists the package.
func (d *disagreement) lists(pair npm.PackageVersion) bool {
	return slices.ContainsFunc(d.reading, func(e entry) bool { return e.PackageVersion == pair })
}

// elsewhere reports whether an entry of ours is the package, but not from a
// registry. Oracles leave the version out where it is a path or a URL, list a
// runtime under its bare version, and call a folder by its last part.
func (d *disagreement) elsewhere(o *lockfile.Dependency) bool {
	name := o.Name == d.pair.Name || o.Kind == lockfile.KindDirectory && strings.HasSuffix(o.Path, "/"+d.pair.Name)
	version := strings.TrimPrefix(o.Version, "runtime:")
	return name && !fromRegistry(o) && (d.pair.Version == o.Version || d.pair.Version == version || d.pair.Version == "")
}

// longKey reports whether an entry's key is written behind a question mark.
func (d *disagreement) longKey(o *lockfile.Dependency) bool {
	return strings.HasPrefix(d.mine.text[o.Line-1], "? ")
}

// says reports whether the text of an entry contains s; nil stands for the
// whole lockfile.
func (d *disagreement) says(o *lockfile.Dependency, s string) bool {
	from, to := 0, len(d.mine.text)
	if o != nil {
		from = o.Line - 1
		for i := range d.mine.all { // up to the next entry
			if line := d.mine.all[i].Line; line > o.Line {
				to = min(to, line-1)
			}
		}
	}
	return slices.ContainsFunc(d.mine.text[from:to], func(line string) bool { return strings.Contains(line, s) })
}

// twoDigests reports whether we refuse a yarn.lock for what stands after the
// first digest of an integrity.
func (d *disagreement) twoDigests() bool {
	var own *lockfile.Error
	return errors.As(d.err, &own) && strings.HasPrefix(own.Message, `the value of "integrity" is malformed: "sha1-`)
}
