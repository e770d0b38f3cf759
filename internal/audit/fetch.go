package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
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
	source      *source          // nil where there is no tarball
	analysis    *worker.Analysis // nil where there is none
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

// obtain gets a version's record and tarball and checks the bytes. What fails is
// a reason, never an error. Whoever calls it closes the result.
func (a *Auditor) obtain(ctx context.Context, d *lockfile.Dependency, lock string, fsys fs.FS) *fetched {
	f := &fetched{version: &detector.Version{PackageVersion: d.PackageVersion, Dependency: d}}
	switch d.Kind {
	case lockfile.KindRegistry:
		f.source = a.fromRegistry(ctx, f, d)
	case lockfile.KindBundled:
		// It ships in another tarball; a package manager fetches it where that
		// lacks it. What no registry has, it cannot fetch.
		if f.source = a.fromRegistry(ctx, f, d); f.unpublished {
			f.unpublished, f.reasons = false, nil
		}
	case lockfile.KindGit, lockfile.KindURL:
		f.source = a.fromURL(ctx, f, d)
	case lockfile.KindFile:
		f.source = fromFile(f, d, lock, fsys)
	case lockfile.KindRuntime:
		f.fail("a runtime is no npm package and is not looked into")
	default:
		f.fail("entries of this kind are not looked into: %q", d.Resolved)
	}
	return f
}

// close releases what obtain opened.
func (f *fetched) close() {
	if f.source != nil {
		f.source.close()
	}
}

// analyse has the tarball unpacked and read, if there is one. known is what the
// analysis of another version knows of scripts. What fails is a reason.
func (a *Auditor) analyse(ctx context.Context, f *fetched, known []worker.Known) {
	if f.source == nil {
		return
	}
	git := f.version.Dependency.Kind == lockfile.KindGit
	key := analysisKey(f.version.Integrity, git)
	result := a.remembered(key)
	if result == nil {
		var err error
		result, err = a.Workers.Load(ctx, worker.Request{
			Size: f.source.size, UnpackedSize: f.unpackedSize(), Git: git, Known: known,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(f.source.open()), nil },
		})
		if err != nil {
			f.fail("the tarball cannot be analysed: %v", err)
			if errors.Is(err, tarball.ErrAmbiguous) || errors.Is(err, tarball.ErrMalformed) || errors.Is(err, worker.ErrKilled) {
				f.version.Refused = err.Error()
			}
			return
		}
		a.remember(key, result)
	}
	f.analysis = result
	f.version.Program, f.version.Features, f.version.Chains = result.Program, result.Features, result.Chains
	for _, gap := range result.Program.Gaps {
		f.fail("%q: %s", gap.Path, gap.Reason)
	}
}

// analysisKey names the analysis of a tarball: its bytes, how it is installed,
// and what is looked for. It is "" where the bytes have no SHA-512.
func analysisKey(bytes npm.Integrity, git bool) string {
	return keyOf(bytes, "analysis %d git=%t features=%s", worker.Revision, git, feature.Digest())
}

// keyOf names what is derived from a tarball. It is "" where its bytes have no
// SHA-512.
func keyOf(bytes npm.Integrity, format string, args ...any) string {
	for _, h := range bytes {
		if h.Algorithm == "sha512" {
			return h.String() + " " + fmt.Sprintf(format, args...)
		}
	}
	return ""
}

// derived reads what the cache has by a key into v.
func (a *Auditor) derived(key string, v any) bool {
	if key == "" || a.Registry == nil {
		return false
	}
	data := a.Registry.Derived(key)
	return data != nil && json.Unmarshal(data, v) == nil
}

// keepDerived writes what may be read again to the cache. That it cannot be kept
// costs time alone.
func (a *Auditor) keepDerived(key string, v any) {
	if key == "" || a.Registry == nil {
		return
	}
	if data, err := json.Marshal(v); err == nil {
		_ = a.Registry.KeepDerived(key, data)
	}
}

// remembered returns an analysis of the cache, or nil.
func (a *Auditor) remembered(key string) *worker.Analysis {
	result := new(worker.Analysis)
	if !a.derived(key, result) || result.Program == nil || result.Program.Tree == nil || result.Features == nil {
		return nil
	}
	return result
}

// remember keeps an analysis that holds for these bytes whenever it is made: one
// with gaps may be better the next time.
func (a *Auditor) remember(key string, result *worker.Analysis) {
	if len(result.Program.Gaps) == 0 {
		a.keepDerived(key, result)
	}
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
		f.version.Packument, f.version.Record = packument, packument.Records[d.Version]
		f.unpublished = f.version.Record == nil
		if before := packument.Predecessor(d.Version); before != "" && !f.unpublished {
			// What it was published by and with is what a version is measured by.
			if f.version.Packument, err = a.Registry.Packument(ctx, d.Name, d.Version, before); err != nil {
				f.fail("the packument: %v", err)
			}
		}
	case errors.Is(err, registry.ErrNotFound):
		f.unpublished = true
	default:
		f.fail("the packument: %v", err)
	}
	want, of := d.Integrity, "lockfile"
	if record := f.version.Record; record != nil {
		address = record.Dist.Tarball
		if len(want) == 0 && d.Resolved == "" {
			want, of = record.Dist.Integrity, "registry"
		}
	}
	f.version.Public = a.Config.Public(d.Name, d.Resolved)
	// With an address and no integrity the package manager takes whatever the
	// address answers: so does the audit, and compares that with the registry.
	if f.contradicts(d.Integrity) {
		return nil
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

// contradicts reports whether the lockfile allows bytes that the registry does
// not: of several digests of one algorithm any will do for a package manager.
func (f *fetched) contradicts(want npm.Integrity) bool {
	want = want.Strongest()
	var have npm.Integrity
	if f.version.Record != nil {
		for _, h := range f.version.Record.Dist.Integrity {
			if len(want) > 0 && h.Algorithm == want[0].Algorithm {
				have = append(have, h)
			}
		}
	}
	for _, h := range want {
		if len(have) > 0 && !slices.Contains(have, h) {
			f.version.Mismatches = append(f.version.Mismatches, detector.Mismatch{Of: "registry", Want: have,
				Detail: fmt.Sprintf("the lockfile allows %s, the registry has %s", want, have)})
			f.fail("the lockfile's integrity is not the registry's")
			return true
		}
	}
	if len(have) == 0 && len(want) > 1 {
		f.fail("the lockfile allows %d different tarballs", len(want))
		return true
	}
	return false
}

// fromURL gets a URL dependency, or the tarball that a host offers for the
// commit of a git dependency.
func (a *Auditor) fromURL(ctx context.Context, f *fetched, d *lockfile.Dependency) *source {
	url := d.Resolved
	if d.Kind == lockfile.KindGit {
		var ok bool
		if strings.Contains(url, "&path:") || strings.Contains(url, "#path:") || strings.Contains(url, "workspace=") {
			f.fail("a package in a folder of a git repository is not looked into: %q", d.Resolved)
			return nil
		}
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
