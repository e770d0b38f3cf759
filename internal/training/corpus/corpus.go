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
	return b.each(ctx, len(steps), func(ctx context.Context, i int) (training.Row, training.Step, error) {
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

// each makes n rows at a few at once and sorts them by step.
func (b *Builder) each(ctx context.Context, n int, make func(context.Context, int) (training.Row, training.Step, error)) ([]training.Row, []Skipped, error) {
	var mu sync.Mutex
	var rows []training.Row
	var skipped []Skipped
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(concurrency)
	for i := range n {
		g.Go(func() error {
			row, step, err := make(ctx, i)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				skipped = append(skipped, Skipped{step, err.Error()})
			} else {
				rows = append(rows, row)
			}
			if b.Auditor.Progress != nil {
				b.Auditor.Progress(len(rows)+len(skipped), n, npm.PackageVersion{Name: step.Package, Version: step.Version})
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(rows, func(x, y training.Row) int {
		return cmp.Or(cmp.Compare(x.Package, y.Package), npm.CompareVersions(x.Version, y.Version), cmp.Compare(x.Before, y.Before), cmp.Compare(x.Family, y.Family))
	})
	slices.SortFunc(skipped, func(x, y Skipped) int {
		return cmp.Or(cmp.Compare(x.Package, y.Package), cmp.Compare(x.Version, y.Version), cmp.Compare(x.Before, y.Before))
	})
	return rows, skipped, nil
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
	if len(s.Bases) == 0 && s.Fresh < 10 {
		return nil, nil, errors.New("simulated takeovers need versions to be written into")
	}
	rows, skipped, err := b.each(ctx, s.Count, func(ctx context.Context, i int) (training.Row, training.Step, error) {
		seed := s.Seed + uint64(i)
		if i%10 < s.Fresh {
			return b.simulated(ctx, seed, 0, nil, npm.PackageVersion{})
		}
		of := s.Bases[i%len(s.Bases)]
		base, err := b.base(ctx, of)
		if err != nil {
			return training.Row{}, training.Step{Package: of.Name, Version: of.Version, Source: Source}, err
		}
		return b.simulated(ctx, seed, chainOf(of.Name), base, of)
	})
	return apart(rows), skipped, err
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

func (b *Builder) simulated(ctx context.Context, seed uint64, chain int, base *simulate.Package, of npm.PackageVersion) (training.Row, training.Step, error) {
	step := training.Step{Package: of.Name, Version: of.Version, Before: of.Version, Label: training.Malicious, Source: Source}
	after, family, err := simulate.Generate(seed, base, simulate.Options{Chain: chain})
	if err != nil {
		return training.Row{}, step, err
	}
	kind, carrier, _ := strings.Cut(family, "/")
	step.Family, step.Source = kind, Source+" "+carrier
	m, err := after.Manifest()
	if err != nil {
		return training.Row{}, step, err
	}
	// No real version is called so.
	step.Package, step.Version = m.Name, fmt.Sprintf("%s+simulated.%d", m.Version, seed)
	subject, err := target(&after)
	if err != nil {
		return training.Row{}, step, err
	}
	var against *audit.Target
	if base != nil {
		t, err := target(base)
		if err != nil {
			return training.Row{}, step, err
		}
		against = &t
	}
	row, err := b.vector(ctx, step, subject, against)
	return row, step, err
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
