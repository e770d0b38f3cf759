package audit

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/registry"
	"github.com/amalfi-audit/audit/internal/worker"
)

// Target is what features are extracted of: a version in the registry, or a
// tarball or folder of a file system.
type Target struct {
	npm.PackageVersion
	// FS and Path name a tarball or, where Folder, a package's folder.
	FS     fs.FS
	Path   string
	Folder bool
}

// Features are the features of one version and, where it is compared, of the
// other, with the step between them.
type Features struct {
	After, Before *FeatureSide
	Vector        feature.Vector
	Capabilities  []feature.Capability
}

// FeatureSide is one of the two versions.
type FeatureSide struct {
	npm.PackageVersion
	feature.Side
	// Reasons are why something could not be looked at.
	Reasons []string
}

// Features extracts the features of a version, compared with another one unless
// that is nil. What cannot be looked at is a reason in the result; the error is
// that of a cancelled context or of a wrong target.
func (a *Auditor) Features(ctx context.Context, target Target, against *Target) (*Features, error) {
	out := &Features{}
	var before *feature.Side
	var known []worker.Known
	if against != nil {
		side, analysis, err := a.features(ctx, *against, nil)
		if err != nil {
			return nil, err
		}
		out.Before, before = side, &side.Side
		if analysis != nil {
			known = analysis.Known()
		}
	}
	side, _, err := a.features(ctx, target, known)
	if err != nil {
		return nil, err
	}
	out.After = side
	if side.Set != nil && (before == nil || before.Set != nil) {
		out.Vector = feature.Difference(before, &side.Side)
		var old *feature.Set
		if before != nil {
			old = before.Set
		}
		out.Capabilities = feature.Capabilities(old, side.Set)
	}
	return out, nil
}

func (a *Auditor) features(ctx context.Context, t Target, known []worker.Known) (*FeatureSide, *worker.Analysis, error) {
	d := lockfile.Dependency{PackageVersion: t.PackageVersion, Kind: lockfile.KindRegistry}
	var f *fetched
	switch {
	case t.Folder:
		data, err := packFolder(t.FS, t.Path)
		if err != nil {
			return nil, nil, err
		}
		v := npm.NewVerifier(nil)
		v.Write(data)
		d.Kind = lockfile.KindFile
		f = &fetched{version: &detector.Version{Dependency: &d, Integrity: v.Sum()}}
		f.source = &source{int64(len(data)), func() io.Reader { return bytes.NewReader(data) }, func() error { return nil }}
	case t.FS != nil:
		d.Kind, d.Resolved = lockfile.KindFile, "file:"+t.Path
		f = a.obtain(ctx, &d, "", t.FS)
	default:
		packument, err := a.Registry.Packument(ctx, t.Name)
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return nil, nil, err
		}
		if err == nil {
			d.Version = cmp.Or(packument.DistTags[t.Version], t.Version)
		}
		if !npm.ValidVersion(d.Version) {
			return nil, nil, fmt.Errorf("%w: %s", ErrNoVersion, t.PackageVersion)
		}
		f = a.obtain(ctx, &d, "", nil)
	}
	defer f.close()
	a.analyse(ctx, f, known)
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	side := &FeatureSide{PackageVersion: d.PackageVersion, Reasons: f.reasons}
	if f.version.Program != nil {
		if m := f.version.Program.Manifest; m != nil && t.FS != nil {
			side.Name, side.PackageVersion.Version = m.Name, m.Version
		}
	}
	side.Set, side.Side.Version = f.version.Features, side.PackageVersion.Version
	if f.version.Record != nil {
		side.Published = f.version.Record.Published
		serious, _ := detector.ManifestMismatches(f.version)
		side.Mismatches = len(serious)
	}
	return side, f.analysis, nil
}

// packFolder makes a tarball of a package's folder in memory: everything but
// what npm never packs of it (node_modules, version control). Symbolic links are
// left out, as npm pack does.
func packFolder(fsys fs.FS, dir string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	err := fs.WalkDir(fsys, dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			switch e.Name() {
			case "node_modules", ".git", ".svn", ".hg", "CVS":
				if name != dir {
					return fs.SkipDir
				}
			}
			return nil
		}
		if !e.Type().IsRegular() {
			return nil
		}
		data, err := readLimited(fsys, name, maxLocalTarball)
		if err != nil {
			return err
		}
		if b.Len()+len(data) > maxLocalTarball {
			return fmt.Errorf("%s: more than %d bytes", dir, maxLocalTarball)
		}
		rest := strings.TrimPrefix(name, dir+"/")
		if err := w.WriteHeader(&tar.Header{Name: path.Join("package", rest), Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Tarball returns the verified bytes of a version in the registry, at most so many.
func (a *Auditor) Tarball(ctx context.Context, v npm.PackageVersion, limit int64) ([]byte, error) {
	f := a.obtain(ctx, &lockfile.Dependency{PackageVersion: v, Kind: lockfile.KindRegistry}, "", nil)
	defer f.close()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case len(f.reasons) > 0:
		return nil, errors.New(f.reasons[0])
	case f.source == nil:
		return nil, fmt.Errorf("%w: %s", ErrNoVersion, v)
	case f.source.size > limit:
		return nil, fmt.Errorf("%s: the tarball has more than %d bytes", v, limit)
	}
	return io.ReadAll(f.source.open())
}
