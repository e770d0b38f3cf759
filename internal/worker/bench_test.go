package worker

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

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
