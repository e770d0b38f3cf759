package oracletest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	deplog "github.com/aquasecurity/go-dep-parser/pkg/log"
	depnpm "github.com/aquasecurity/go-dep-parser/pkg/nodejs/npm"
	deppnpm "github.com/aquasecurity/go-dep-parser/pkg/nodejs/pnpm"
	depyarn "github.com/aquasecurity/go-dep-parser/pkg/nodejs/yarn"
	deptypes "github.com/aquasecurity/go-dep-parser/pkg/types"
	config "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/bunlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/packagelockjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/pnpmlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/yarnlock"
	"go.uber.org/zap"

	"github.com/amalfi-audit/audit/internal/lockfile"
	"github.com/amalfi-audit/audit/internal/npm"
)

// TestMain silences the oracles, which log every entry they do not understand.
func TestMain(m *testing.M) {
	deplog.SetLogger(zap.NewNop().Sugar())
	stdlog.SetOutput(io.Discard) // osv-scalibr logs there
	os.Exit(m.Run())
}

// entry is what an oracle says of one package of a lockfile.
type entry struct {
	npm.PackageVersion
	lines    []int // where it stands, from 1; none where the oracle does not say
	dev      bool
	resolved string
	commit   string // of a git repository; "" for everything else
}

// facts are what an oracle tells of an entry, beyond name and version, in one
// format.
type facts struct{ lines, dev, resolved, commit bool }

// An oracle is somebody else's lockfile reader.
type oracle struct {
	name string
	// read lists what the lockfile has. It fails with errNoReader where the
	// oracle does not know this kind of lockfile.
	read func(base string, data []byte) ([]entry, error)
	// tells is what the entries of a format hold.
	tells func(lockfile.Format) facts
}

var errNoReader = errors.New("not read by this oracle")

// The oracles' names, as the tables print them.
const (
	depParser = "go-dep-parser"
	scalibr   = "osv-scalibr"
)

// oracles returns the readers to compare with.
func oracles() []oracle {
	return []oracle{
		{depParser, guard(readDepParser), func(f lockfile.Format) facts {
			npm, pnpm := f.Manager == lockfile.NPM, f.Manager == lockfile.PNPM
			return facts{lines: !pnpm, dev: npm, resolved: npm}
		}},
		{scalibr, guard(readScalibr), func(f lockfile.Format) facts {
			// From version 7 on, pnpm does not write which entries are for
			// development only.
			dev := f.Manager == lockfile.NPM || f.Manager == lockfile.PNPM && f.Version < "7"
			return facts{lines: true, dev: dev, commit: true}
		}},
	}
}

// guard makes an error of a panic: a lockfile that breaks an oracle is a
// disagreement like others, not the end of the test.
func guard(read func(string, []byte) ([]entry, error)) func(string, []byte) ([]entry, error) {
	return func(base string, data []byte) (entries []entry, err error) {
		defer func() {
			if r := recover(); r != nil {
				entries, err = nil, fmt.Errorf("panic: %v", r)
			}
		}()
		return read(base, data)
	}
}

func readDepParser(base string, data []byte) ([]entry, error) {
	var parser deptypes.Parser
	switch base {
	case "package-lock.json", "npm-shrinkwrap.json":
		parser = depnpm.NewParser()
	case "yarn.lock":
		parser = depyarn.NewParser()
	case "pnpm-lock.yaml":
		parser = deppnpm.NewParser()
	default:
		return nil, errNoReader
	}
	libraries, _, err := parser.Parse(bytes.NewReader(data))
	entries := make([]entry, 0, len(libraries))
	for _, l := range libraries {
		e := entry{PackageVersion: npm.PackageVersion{Name: l.Name, Version: l.Version}, dev: l.Dev}
		for _, location := range l.Locations {
			e.lines = append(e.lines, location.StartLine)
		}
		if len(l.ExternalReferences) > 0 {
			e.resolved = l.ExternalReferences[0].URL
		}
		entries = append(entries, e)
	}
	return entries, err
}

func readScalibr(base string, data []byte) ([]entry, error) {
	newExtractor, ok := map[string]func(*config.PluginConfig) (filesystem.Extractor, error){
		"package-lock.json":   packagelockjson.New,
		"npm-shrinkwrap.json": packagelockjson.New,
		"yarn.lock":           yarnlock.New,
		"pnpm-lock.yaml":      pnpmlock.New,
		"bun.lock":            bunlock.New,
	}[base]
	if !ok {
		return nil, errNoReader
	}
	extractor, err := newExtractor(&config.PluginConfig{})
	if err != nil {
		return nil, err
	}
	found, err := extractor.Extract(context.Background(), &filesystem.ScanInput{
		FS:     fstest.MapFS{}, // looked at for a shrinkwrap beside the lockfile
		Path:   base,
		Reader: bytes.NewReader(data),
	})
	entries := make([]entry, 0, len(found.Packages))
	for _, p := range found.Packages {
		e := entry{PackageVersion: npm.PackageVersion{Name: p.Name, Version: p.Version}, commit: p.SourceCode.Commit}
		if d := p.Location.Descriptor; d != nil && d.File != nil {
			e.lines = []int{d.File.LineNumber}
		}
		if m, ok := p.Metadata.(interface{ DepGroups() []string }); ok {
			e.dev = slices.Contains(m.DepGroups(), "dev")
		}
		entries = append(entries, e)
	}
	return entries, err
}
