package worker

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/amalfi-audit/audit/internal/npm"
	"github.com/amalfi-audit/audit/internal/tarball"
)

// BenchmarkLoad measures a task's round trip without any analysis: of a tiny
// tarball, and of those in the folder that the environment variable
// AMALFI_BENCH_TARBALLS names, which package tarball's BenchmarkUnpack unpacks
// in one process.
func BenchmarkLoad(b *testing.B) {
	tarballs := map[string][]byte{"tiny": pack(b, "nothing")}
	if dir := os.Getenv("AMALFI_BENCH_TARBALLS"); dir != "" {
		names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range names {
			if tarballs[filepath.Base(name)], err = os.ReadFile(name); err != nil {
				b.Fatal(err)
			}
		}
	}
	pool := newPool(b, "work", Options{Workers: 1})
	for name, data := range tarballs {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := pool.Load(context.Background(), request(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/in process", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnalyse measures the whole analysis of the tarballs in the folder
// that AMALFI_BENCH_TARBALLS names, all of them in one pass on one processor:
// unpacked, parsed and counted. Beside it stands what anybody must do who
// verifies and unpacks them, and a second version of each in which nothing but
// the manifest is new. The ratio of the first two is what counts.
func BenchmarkAnalyse(b *testing.B) {
	names, err := filepath.Glob(filepath.Join(os.Getenv("AMALFI_BENCH_TARBALLS"), "*.tgz"))
	if err != nil || len(names) == 0 || os.Getenv("AMALFI_BENCH_TARBALLS") == "" {
		b.Skip("AMALFI_BENCH_TARBALLS names no tarballs")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent)) // as in a child
	var tarballs [][]byte
	size := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		tarballs = append(tarballs, data)
		size += len(data)
	}
	unpack := func(data []byte) *npm.Tree {
		tree, err := tarball.Unpack(bytes.NewReader(data), tarball.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		return tree
	}
	b.Run("gunzip and SHA-512", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, data := range tarballs {
				sha512.Sum512(data)
				z, err := gzip.NewReader(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, z); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("unpack", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, data := range tarballs {
				unpack(data)
			}
		}
	})
	b.Run("analyse", func(b *testing.B) {
		b.SetBytes(int64(size))
		b.ReportAllocs()
		text := 0
		for b.Loop() {
			text = 0
			for _, data := range tarballs {
				a, err := Analyse(unpack(data), Task{}, func(string) {})
				if err != nil {
					b.Fatal(err)
				}
				for i := range a.Program.Scripts {
					text += int(a.Program.Tree.Lookup(a.Program.Scripts[i].Path).Size)
				}
			}
		}
		b.ReportMetric(float64(text)/(1<<20), "MiB-scripts")
	})
	b.Run("analyse what stayed", func(b *testing.B) {
		var known [][]Known
		for _, data := range tarballs {
			a, err := Analyse(unpack(data), Task{}, func(string) {})
			if err != nil {
				b.Fatal(err)
			}
			known = append(known, a.Known())
		}
		b.SetBytes(int64(size))
		for b.Loop() {
			for i, data := range tarballs {
				if _, err := Analyse(unpack(data), Task{Known: known[i]}, func(string) {}); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkStart measures a child's start, one tiny task and its end.
func BenchmarkStart(b *testing.B) {
	data := pack(b, "nothing")
	for b.Loop() {
		pool := newPool(b, "work", Options{Workers: 1})
		if _, err := pool.Load(context.Background(), request(data)); err != nil {
			b.Fatal(err)
		}
		pool.Close()
	}
}
