// Package audit is the pipeline: what is fetched, in what order, how much at
// once, what looks at it, and what comes of it.
package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/amalfi-audit/audit/internal/config"
	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
)

// State is one state of a project: its lockfiles and the files beside them.
type State struct {
	// Name says which state it is, for people: a ref, a folder, a file.
	Name string
	// FS holds the project's files; nil for a lockfile on its own.
	FS        fs.FS
	Lockfiles []*lockfile.Lockfile
	// Unread are the lockfiles that could not be read, Unlocked the manifests
	// that have no lockfile in their folder or above, among all Manifests.
	Unread    []detector.Unread
	Unlocked  []string
	Manifests []string
}

// ReadState reads every lockfile of a project. What cannot be understood is
// recorded in the State; the error is for a file system that cannot be read.
func ReadState(name string, fsys fs.FS) (*State, error) {
	found, err := lockfile.Discover(fsys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &State{Name: name, FS: fsys, Unlocked: found.Unlocked, Manifests: found.Manifests}
	for _, dir := range found.Skipped {
		s.Unread = append(s.Unread, detector.Unread{Path: dir, Reason: "too deep a folder, which was not entered"})
	}
	for _, file := range found.Lockfiles {
		data, err := readLimited(fsys, file, lockfile.MaxSize)
		if err != nil {
			s.Unread = append(s.Unread, detector.Unread{Path: file, Reason: err.Error()})
			continue
		}
		dir, err := fs.Sub(fsys, path.Dir(file))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.parse(file, data, dir)
	}
	return s, nil
}

// SingleFile makes a State of one lockfile's content. file decides the format;
// dir is the folder it lies in, or nil.
func SingleFile(name, file string, data []byte, dir fs.FS) *State {
	s := &State{Name: name, FS: dir}
	s.parse(file, data, dir)
	return s
}

func (s *State) parse(file string, data []byte, dir fs.FS) {
	lock, err := lockfile.Parse(file, data, dir)
	if err != nil {
		unread := detector.Unread{Path: file, Reason: err.Error()}
		var at *lockfile.Error
		if errors.As(err, &at) {
			unread.Line, unread.Reason = at.Line, at.Reason()
		}
		s.Unread = append(s.Unread, unread)
		return
	}
	s.Lockfiles = append(s.Lockfiles, lock)
}

// Without returns the state without the lockfiles, manifests and folders that
// are ignored, and says how many lockfiles that are; "" for none.
func (s *State) Without(ignored func(path string) bool) (*State, string) {
	gone := make(map[string]bool)
	return s.without(ignored, gone), ignoredNotice(len(gone))
}

// without is Without; it adds the lockfiles and unread files that are left out
// to gone.
func (s *State) without(ignored func(string) bool, gone map[string]bool) *State {
	c := *s
	c.Lockfiles = slices.DeleteFunc(slices.Clone(s.Lockfiles), func(l *lockfile.Lockfile) bool {
		if ignored(l.Path) {
			gone[l.Path] = true
		}
		return ignored(l.Path)
	})
	c.Unread = slices.DeleteFunc(slices.Clone(s.Unread), func(u detector.Unread) bool {
		if ignored(u.Path) {
			gone[u.Path] = true
		}
		return ignored(u.Path)
	})
	c.Unlocked = slices.DeleteFunc(slices.Clone(s.Unlocked), ignored)
	c.Manifests = slices.DeleteFunc(slices.Clone(s.Manifests), ignored)
	return &c
}

// ignoredNotice says how many lockfiles are left out.
func ignoredNotice(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 lockfile is not audited: " + config.Name + " ignores it."
	}
	return fmt.Sprintf("%d lockfiles are not audited: %s ignores them.", n, config.Name)
}

// readLimited reads a file that must not be larger than limit, in bytes.
func readLimited(fsys fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", name, info.Size(), limit)
	}
	return fs.ReadFile(fsys, name)
}

// maxSteeringFile bounds the files that steer installs, in bytes.
const maxSteeringFile = 16 << 20

// steeringFiles returns the files that steer installs in the project's root
// and beside its lockfiles, as they are in two states, and those that cannot
// be read.
func steeringFiles(base, head *State) (files []detector.SteeringFile, missed []detector.Unread) {
	dirs := map[string]bool{".": true}
	for _, s := range []*State{base, head} {
		for _, l := range s.Lockfiles {
			for _, member := range l.Members {
				if dir := path.Join(path.Dir(l.Path), member); fs.ValidPath(dir) {
					dirs[dir] = true
				}
			}
		}
	}
	names := make(map[string]bool)
	for dir := range dirs {
		for _, name := range detector.SteeringNames {
			names[path.Join(dir, name)] = true
		}
		for _, pattern := range detector.SteeringPatterns {
			for _, s := range []*State{base, head} {
				for _, name := range s.glob(path.Join(dir, pattern)) {
					names[name] = true
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := detector.SteeringFile{Path: name}
		var errBase, errHead error
		f.Before, errBase = base.read(f.Path)
		f.After, errHead = head.read(f.Path)
		if err := errors.Join(errBase, errHead); err != nil {
			missed = append(missed, detector.Unread{Path: f.Path, Reason: err.Error()})
		}
		if f.Before != nil || f.After != nil {
			files = append(files, f)
		}
	}
	return files, missed
}

// glob lists the files that a pattern matches.
func (s *State) glob(pattern string) []string {
	if s.FS == nil {
		return nil
	}
	names, err := fs.Glob(s.FS, pattern)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(names, func(name string) bool {
		info, err := fs.Stat(s.FS, name)
		return err == nil && info.IsDir()
	})
}

// read returns a file's content, nil where there is none.
func (s *State) read(name string) ([]byte, error) {
	if s.FS == nil {
		return nil, nil
	}
	data, err := readLimited(s.FS, name, maxSteeringFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// Changes compares the lockfiles of two states.
func Changes(base, head *State) []lockfile.Change {
	var all []lockfile.Change
	for _, pair := range lockfile.Match(base.Lockfiles, head.Lockfiles) {
		all = append(all, lockfile.Diff(pair.Base, pair.Head)...)
	}
	return all
}

// Unread lists what of a comparison could not be read. A lockfile of the base
// that cannot be read leaves it open what changed. A manifest without a
// lockfile counts where the change touched it or took its lockfile away.
func Unread(base, head *State) []detector.Unread {
	out := slices.Clone(head.Unread)
	for _, u := range base.Unread {
		u.Reason = "in the base: " + u.Reason
		out = append(out, u)
	}
	for _, name := range head.Unlocked {
		if !slices.Contains(base.Unlocked, name) || touched(base, head, name) {
			out = append(out, unlocked(name))
		}
	}
	if len(base.Lockfiles)+len(head.Lockfiles)+len(out) == 0 {
		out = append(out, nothing)
	}
	return out
}

// outsiders are the manifests with dependencies that a change touched and that
// are no members of the projects with lockfiles they lie in.
func outsiders(base, head *State) []string {
	members := head.members()
	var out []string
	for _, name := range head.Manifests {
		if !members[path.Dir(name)] && !slices.Contains(head.Unlocked, name) &&
			touched(base, head, name) && lockfile.HasDependencies(head.FS, name) {
			out = append(out, name)
		}
	}
	return out
}

// touched reports whether a file differs between two states, or may.
func touched(base, head *State, name string) bool {
	before, errBefore := base.read(name)
	after, errAfter := head.read(name)
	return errBefore != nil || errAfter != nil || !bytes.Equal(before, after)
}

// members are the folders whose dependencies a lockfile has. Where a lockfile
// cannot be read nothing below it is said to be missing as well.
func (s *State) members() map[string]bool {
	folders := make(map[string]bool)
	for _, l := range s.Lockfiles {
		for _, member := range l.Members {
			folders[path.Join(path.Dir(l.Path), member)] = true
		}
	}
	for _, u := range s.Unread {
		folders[path.Dir(u.Path)] = true
	}
	return folders
}

// UnreadTree is Unread for an audit of a whole tree.
func UnreadTree(s *State) []detector.Unread {
	out := slices.Clone(s.Unread)
	for _, name := range s.Unlocked {
		out = append(out, unlocked(name))
	}
	if len(s.Lockfiles)+len(out) == 0 {
		out = append(out, nothing)
	}
	return out
}

func unlocked(name string) detector.Unread {
	return detector.Unread{Path: name, Reason: "no lockfile covers the dependencies of this manifest, so what it installs cannot be known"}
}

var nothing = detector.Unread{Path: ".", Reason: "no lockfile was found"}
