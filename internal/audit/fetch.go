package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/tarball"
	"github.com/amalfi-audit/audit/internal/worker"
)

// fetched is what could be had of one version.
type fetched struct {
	version     *detector.Version
	unpublished bool
	reasons     []string
}

func (f *fetched) fail(format string, args ...any) {
	f.reasons = append(f.reasons, fmt.Sprintf(format, args...))
}

// unpackedSize is the registry's figure, 0 where it gives none.
func (f *fetched) unpackedSize() int64 {
	if f.version.Record == nil {
		return 0
	}
	return f.version.Record.Dist.UnpackedSize
}

// source is what a version's bytes are read from.
type source struct {
	size  int64
	open  func() io.Reader
	close func() error
}

// fetch gets a version's record and tarball, checks the bytes, and has them
// unpacked. What fails is a reason, never an error.
func (a *Auditor) fetch(ctx context.Context, d *lockfile.Dependency, lock string, fsys fs.FS) *fetched {
	f := &fetched{version: &detector.Version{PackageVersion: d.PackageVersion, Dependency: d}}
	var t *source
	switch d.Kind {
	case lockfile.KindRegistry:
		t = a.fromRegistry(ctx, f, d)
	case lockfile.KindGit, lockfile.KindURL:
		t = a.fromURL(ctx, f, d)
	case lockfile.KindFile:
		t = fromFile(f, d, lock, fsys)
	case lockfile.KindRuntime:
		f.fail("a runtime is no npm package and is not looked into")
	default:
		f.fail("entries of this kind are not looked into: %q", d.Resolved)
	}
	if t == nil {
		return f
	}
	defer t.close()
	program, err := a.Workers.Load(ctx, worker.Request{
		Size: t.size, UnpackedSize: f.unpackedSize(), Git: d.Kind == lockfile.KindGit,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(t.open()), nil },
	})
	if err != nil {
		f.fail("the tarball cannot be analysed: %v", err)
		if errors.Is(err, tarball.ErrAmbiguous) || errors.Is(err, tarball.ErrMalformed) || errors.Is(err, worker.ErrKilled) {
			f.version.Refused = err.Error()
		}
		return f
	}
	f.version.Program = program
	for _, gap := range program.Gaps {
		f.fail("%q: %s", gap.Path, gap.Reason)
	}
	return f
}

// fromRegistry gets what the lockfile calls a registry package.
func (a *Auditor) fromRegistry(ctx context.Context, f *fetched, d *lockfile.Dependency) *source {
	if !npm.ValidVersion(d.Version) {
		f.fail("the lockfile gives no version but %q", d.Version)
		return nil
	}
	var address string
	switch packument, err := a.Registry.Packument(ctx, d.Name, d.Version); {
	case err == nil:
		f.version.Record = packument.Records[d.Version]
		f.unpublished = f.version.Record == nil
	case errors.Is(err, registry.ErrNotFound):
		f.unpublished = true
	default:
		f.fail("the packument: %v", err)
	}
	want, of := d.Integrity, "lockfile"
	if record := f.version.Record; record != nil {
		address = record.Dist.Tarball
		if len(want) == 0 {
			want, of = record.Dist.Integrity, "registry"
		}
	}
	url, err := a.Config.TarballURL(d.PackageVersion, d.Resolved, address)
	if err != nil {
		f.fail("the tarball's address: %v", err)
		return nil
	}
	t := a.download(ctx, f, url, want, of)
	if t != nil && of == "lockfile" && f.version.Record != nil {
		f.compare(t, f.version.Record.Dist.Integrity)
	}
	return t
}

// fromURL gets a URL dependency, or the tarball that a host offers for the
// commit of a git dependency.
func (a *Auditor) fromURL(ctx context.Context, f *fetched, d *lockfile.Dependency) *source {
	url := d.Resolved
	if d.Kind == lockfile.KindGit {
		var ok bool
		if url, ok = gitTarball(d.Resolved); !ok {
			f.fail("a git dependency whose host offers no tarball of a commit: %q", d.Resolved)
			return nil
		}
	}
	return a.download(ctx, f, url, d.Integrity, "lockfile")
}

// gitTarball returns the address of the tarball of a locked commit. A branch or
// tag is not enough: it can move.
func gitTarball(resolved string) (string, bool) {
	// Berry writes a locator, name@repository#commit=id.
	if name, repository, ok := strings.Cut(resolved, "@https://"); ok && npm.ValidateName(name) == nil {
		resolved = "https://" + repository
	}
	if repository, commit, ok := strings.Cut(resolved, "#commit="); ok {
		commit, _, _ = strings.Cut(commit, "&")
		resolved = repository + "#" + commit
	}
	t, ok := registry.ParseGitTarball(resolved)
	return t.URL, ok && t.Pinned
}

// download gets the bytes at url, which must match want.
func (a *Auditor) download(ctx context.Context, f *fetched, url string, want npm.Integrity, of string) *source {
	f.version.URL = url
	blob, err := a.Registry.Tarball(ctx, url, want)
	switch {
	case err == nil:
	case errors.Is(err, npm.ErrIntegrity):
		f.version.Mismatches = append(f.version.Mismatches, detector.Mismatch{Of: of, Want: want, Detail: err.Error()})
		f.fail("the tarball does not match the %s's integrity", of)
		return nil
	case errors.Is(err, registry.ErrNotFound) && f.unpublished:
		f.fail("the registry does not have it")
		return nil
	default:
		f.fail("the tarball: %v", err)
		return nil
	}
	f.version.Integrity = blob.Integrity
	return &source{blob.Size, blob.Reader, blob.Close}
}

// compare checks the bytes against an integrity that did not decide which
// bytes were fetched.
func (f *fetched) compare(t *source, want npm.Integrity) {
	v := npm.NewVerifier(want)
	if _, err := io.Copy(v, t.open()); err != nil {
		f.fail("the tarball: %v", err)
		return
	}
	if err := v.Verify(); err != nil {
		f.version.Mismatches = append(f.version.Mismatches, detector.Mismatch{Of: "registry", Want: want, Detail: err.Error()})
	}
}

// maxLocalTarball bounds a local tarball, in bytes.
const maxLocalTarball = registry.MaxTarballSize

// fromFile reads a tarball that lies in the project.
func fromFile(f *fetched, d *lockfile.Dependency, lock string, fsys fs.FS) *source {
	name := d.Resolved
	if _, rest, ok := strings.Cut(name, "file:"); ok {
		name = rest
	}
	name, _, _ = strings.Cut(name, "#")
	name, _, _ = strings.Cut(name, "::")
	name = path.Join(path.Dir(lock), name)
	if fsys == nil || !fs.ValidPath(name) {
		f.fail("the local tarball %q is not among the files that were read", d.Resolved)
		return nil
	}
	data, err := readLimited(fsys, name, maxLocalTarball)
	if err != nil {
		f.fail("the local tarball: %v", err)
		return nil
	}
	v := npm.NewVerifier(d.Integrity)
	v.Write(data)
	if err := v.Verify(); err != nil {
		f.version.Mismatches = append(f.version.Mismatches, detector.Mismatch{Of: "lockfile", Want: d.Integrity, Detail: err.Error()})
		f.fail("the local tarball does not match the lockfile's integrity")
		return nil
	}
	f.version.URL, f.version.Integrity = "file:"+name, v.Sum()
	return &source{int64(len(data)), func() io.Reader { return bytes.NewReader(data) }, func() error { return nil }}
}
