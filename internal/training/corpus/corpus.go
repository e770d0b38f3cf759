// Package corpus makes the rows that package training trains on: of versions in
// the registry, and of malicious changes that package simulate writes into them.
package corpus

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/amalfi-audit/audit/internal/audit"
	"github.com/amalfi-audit/audit/internal/feature"
	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/tarball"
	"github.com/amalfi-audit/audit/internal/training"
	"github.com/amalfi-audit/audit/internal/training/simulate"
	"github.com/amalfi-audit/audit/internal/treefs"
)

// Builder makes rows.
type Builder struct {
	// Auditor looks at the versions. Its Progress is called after each row.
	Auditor *audit.Auditor
}

// concurrency is how many rows are under way at once: enough to keep the
// workers and a few downloads busy.
const concurrency = 4

// Skipped is a step of which there is no row, and why.
type Skipped struct {
	training.Step
	Reason string
}

// Rows makes the rows of a list. A step whose versions cannot be looked at
// completely is skipped, so that what is learnt is what was seen. The registry's
// times are left out of the vectors: a mirror gives those of its own copies.
//
// The error is that of a cancelled context.
func (b *Builder) Rows(ctx context.Context, steps []training.Step) ([]training.Row, []Skipped, error) {
	return b.rows(ctx, len(steps), func(ctx context.Context, i int) (training.Row, training.Step, error) {
		row, err := b.row(ctx, steps[i])
		return row, steps[i], err
	})
}

func (b *Builder) row(ctx context.Context, s training.Step) (training.Row, error) {
	target := audit.Target{PackageVersion: npm.PackageVersion{Name: s.Package, Version: s.Version}}
	var against *audit.Target
	if s.Before != "" {
		against = &audit.Target{PackageVersion: npm.PackageVersion{Name: s.Package, Version: s.Before}}
	}
	return b.vector(ctx, s, target, against)
}

// vector makes the row of a step between two targets.
func (b *Builder) vector(ctx context.Context, s training.Step, target audit.Target, against *audit.Target) (training.Row, error) {
	f, err := b.Auditor.Features(ctx, target, against)
	if err != nil {
		return training.Row{}, err
	}
	for _, side := range []*audit.FeatureSide{f.After, f.Before} {
		if side != nil && len(side.Reasons) > 0 {
			return training.Row{}, errors.New(side.Reasons[0])
		}
	}
	if f.Vector == nil {
		return training.Row{}, errors.New("it has no features")
	}
	f.Vector[feature.Index("time")] = math.NaN()
	return training.Row{Package: s.Package, Version: s.Version, Before: s.Before, Label: s.Label, Family: s.Family, Source: s.Source, Vector: f.Vector}, nil
}

// rows makes n rows and sorts them by step.
func (b *Builder) rows(ctx context.Context, n int, make func(context.Context, int) (training.Row, training.Step, error)) ([]training.Row, []Skipped, error) {
	var mu sync.Mutex
	var rows []training.Row
	skipped, err := b.each(ctx, n, func(ctx context.Context, i int) (training.Step, error) {
		row, step, err := make(ctx, i)
		if err == nil {
			mu.Lock()
			defer mu.Unlock()
			rows = append(rows, row)
		}
		return step, err
	})
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(rows, func(x, y training.Row) int {
		return cmp.Or(cmp.Compare(x.Package, y.Package), npm.CompareVersions(x.Version, y.Version), cmp.Compare(x.Before, y.Before), cmp.Compare(x.Family, y.Family))
	})
	return rows, skipped, nil
}

// each does n steps, a few at once. What fails is skipped; the error is that of a
// cancelled context.
func (b *Builder) each(ctx context.Context, n int, do func(context.Context, int) (training.Step, error)) ([]Skipped, error) {
	var mu sync.Mutex
	var skipped []Skipped
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	for i := range n {
		g.Go(func() error {
			step, err := do(ctx, i)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				skipped = append(skipped, Skipped{step, err.Error()})
			}
			if done++; b.Auditor.Progress != nil {
				b.Auditor.Progress(done, n, npm.PackageVersion{Name: step.Package, Version: step.Version})
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(skipped, func(x, y Skipped) int {
		return cmp.Or(cmp.Compare(x.Package, y.Package), cmp.Compare(x.Version, y.Version), cmp.Compare(x.Before, y.Before))
	})
	return skipped, nil
}

// Simulation says what malware is written.
type Simulation struct {
	// Count is how many rows are made.
	Count int
	// Seed decides which.
	Seed uint64
	// Bases are versions that malicious changes are written into.
	Bases []npm.PackageVersion
	// Fresh is how many of ten rows are new packages without a version before.
	Fresh int
}

// maxBase bounds the tarball of a base in bytes: what is simulated is packed and
// analysed in memory.
const maxBase = 2 << 20

// Source is the source of rows that are simulated.
const Source = "simulated"

// Simulate makes rows of simulated malware; nothing of it is executed. The base
// of each is unpacked by this process, in memory: bases are packages of one's own
// choice, and not what is audited.
func (b *Builder) Simulate(ctx context.Context, s Simulation) ([]training.Row, []Skipped, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	rows, skipped, err := b.rows(ctx, s.Count, func(ctx context.Context, i int) (training.Row, training.Step, error) {
		sample, err := b.sample(ctx, &s, i)
		if err != nil {
			return training.Row{}, sample.step, err
		}
		subject, err := target(&sample.after)
		if err != nil {
			return training.Row{}, sample.step, err
		}
		var against *audit.Target
		if sample.before != nil {
			t, err := target(sample.before)
			if err != nil {
				return training.Row{}, sample.step, err
			}
			against = &t
		}
		row, err := b.vector(ctx, sample.step, subject, against)
		return row, sample.step, err
	})
	return apart(rows), skipped, err
}

// Tarballs makes the tarballs of simulated malware, those of Simulate, and hands
// each to write, from several goroutines: FAMILY-SEED.tgz, and for one that was
// written into a real version FAMILY-SEED.before.tgz.
func (b *Builder) Tarballs(ctx context.Context, s Simulation, write func(name string, data []byte) error) ([]Skipped, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return b.each(ctx, s.Count, func(ctx context.Context, i int) (training.Step, error) {
		sample, err := b.sample(ctx, &s, i)
		if err != nil {
			return sample.step, err
		}
		stem := fmt.Sprintf("%s-%d", sample.step.Family, s.Seed+uint64(i))
		for suffix, p := range map[string]*simulate.Package{".tgz": &sample.after, ".before.tgz": sample.before} {
			if p == nil {
				continue
			}
			data, err := simulate.Tarball(*p)
			if err == nil {
				err = write(stem+suffix, data)
			}
			if err != nil {
				return sample.step, err
			}
		}
		return sample.step, nil
	})
}

func (s *Simulation) check() error {
	if len(s.Bases) == 0 && s.Fresh < 10 {
		return errors.New("simulated takeovers need versions to be written into")
	}
	return nil
}

// base is the place of the base of the i-th: all of them in turn, or as many as
// there are to make, spread evenly.
func (s *Simulation) base(i int) int {
	if n := len(s.Bases); s.Count > n {
		return i % n
	}
	return i * len(s.Bases) / s.Count
}

// sample is a simulated version and, if it was written into a real one, that.
type sample struct {
	step   training.Step
	after  simulate.Package
	before *simulate.Package
}

// sample makes the i-th of a simulation. Its step is set where it fails, too.
func (b *Builder) sample(ctx context.Context, s *Simulation, i int) (sample, error) {
	seed := s.Seed + uint64(i)
	out := sample{step: training.Step{Label: training.Malicious, Source: Source}}
	chain := 0
	if i%10 >= s.Fresh {
		of := s.Bases[s.base(i)]
		out.step.Package, out.step.Version, out.step.Before = of.Name, of.Version, of.Version
		base, err := b.base(ctx, of)
		if err != nil {
			return out, err
		}
		chain, out.before = chainOf(of.Name), base
	}
	after, family, err := simulate.Generate(seed, out.before, simulate.Options{Chain: chain})
	if err != nil {
		return out, err
	}
	kind, carrier, _ := strings.Cut(family, "/")
	out.after, out.step.Family, out.step.Source = after, kind, Source+" "+carrier
	m, err := after.Manifest()
	if err != nil {
		return out, err
	}
	// No real version is called so.
	out.step.Package, out.step.Version = m.Name, fmt.Sprintf("%s+simulated.%d", m.Version, seed)
	return out, nil
}

// chainOf is the chain that is written into versions of a package: one for each,
// so that families can be held apart without holding packages together.
func chainOf(name string) int {
	sum := sha256.Sum256([]byte(name))
	return 1 + int(binary.BigEndian.Uint32(sum[:])%chains)
}

// chains is how many package simulate has.
const chains = 17

// apart keeps of each package the rows of its first family: names that are made
// up may meet, and families that share a package cannot be held apart.
func apart(rows []training.Row) []training.Row {
	family := make(map[string]string)
	return slices.DeleteFunc(rows, func(r training.Row) bool {
		if family[r.Package] == "" {
			family[r.Package] = r.Family
		}
		return family[r.Package] != r.Family
	})
}

// base fetches and unpacks a version.
func (b *Builder) base(ctx context.Context, v npm.PackageVersion) (*simulate.Package, error) {
	data, err := b.Auditor.Tarball(ctx, v, maxBase)
	if err != nil {
		return nil, err
	}
	tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
	if err != nil {
		return nil, err
	}
	return simulate.FromTree(tree)
}

// target packs a package.
func target(p *simulate.Package) (audit.Target, error) {
	data, err := simulate.Tarball(*p)
	if err != nil {
		return audit.Target{}, err
	}
	const name = "package.tgz"
	return audit.Target{Path: name, FS: treefs.New([]treefs.File{{Path: name, Size: int64(len(data)),
		Read: func() ([]byte, error) { return data, nil }}})}, nil
}
