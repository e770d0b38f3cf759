package registry

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// TestNetwork fetches well-known packages from the registry that is configured
// on the machine. It runs with AMALFI_TEST_NETWORK=1 only.
func TestNetwork(t *testing.T) {
	if os.Getenv("AMALFI_TEST_NETWORK") != "1" {
		t.Skip("AMALFI_TEST_NETWORK is not 1")
	}
	config, err := Load(LoadOptions{Environ: os.Environ()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.RegistryFor("lodash"); errors.Is(err, ErrNoRegistry) {
		t.Skip(err)
	}
	dir := t.TempDir()
	client, err := New(config, Options{CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	names := []string{
		"lodash", "axios", "react", "@babel/core", "typescript", "next", "aws-sdk", "express", "eslint", "webpack",
		"chalk", "debug", "semver", "ms", "@types/node", "rxjs", "minimist", "vite", "@angular/core", "commander",
	}
	var packuments []*npm.Packument
	for _, name := range names {
		start := time.Now()
		p, err := client.Packument(t.Context(), name)
		if err != nil {
			t.Error(err)
			continue
		}
		latest := p.DistTags["latest"]
		if p, err = client.Packument(t.Context(), name, latest, p.Predecessor(latest)); err != nil {
			t.Error(err)
			continue
		}
		packuments = append(packuments, p)
		record := p.Records[latest]
		if record == nil || len(record.Dist.Integrity) == 0 {
			t.Errorf("%s@%s has no record with an integrity", name, latest)
			continue
		}
		address, err := config.TarballURL(npm.PackageVersion{Name: name, Version: latest}, "", record.Dist.Tarball)
		if err != nil {
			t.Error(err)
			continue
		}
		blob, err := client.Tarball(t.Context(), address, record.Dist.Integrity)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Logf("%-16s %5d releases, latest %s of %d bytes, %v", name, len(p.Releases), latest, blob.Size, time.Since(start).Round(time.Millisecond))
		if err := blob.Close(); err != nil {
			t.Error(err)
		}
	}
	runtime.GC()
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	t.Logf("%d packuments kept; heap in use %d KiB, %d KiB from the system in all, peak resident %s",
		len(packuments), after.HeapAlloc>>10, after.Sys>>10, peakResident())
	runtime.KeepAlive(packuments)
	var records int64
	err = filepath.WalkDir(filepath.Join(dir, cacheVersion, "packument"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			records += info.Size()
		}
		return err
	})
	t.Logf("packuments in the cache: %d KiB, %v", records>>10, err)
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	t.Logf("allocated in all: %d MiB", sample[0].Value.Uint64()>>20)
}

// peakResident is the largest amount of memory the process has had, where the
// system tells it.
func peakResident() string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range bytes.Lines(data) {
		if rest, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
