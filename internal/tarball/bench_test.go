package tarball

import (
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchTarballs returns a synthetic tarball and those in the folder that the
// environment variable AMALFI_BENCH_TARBALLS names.
func benchTarballs(b *testing.B) map[string][]byte {
	parts := []any{manifestEntry()}
	for i := range 1000 {
		var body strings.Builder
		for j := range 200 {
			fmt.Fprintf(&body, "exports.name%d = function (a) { return a + %d }\n", j*i, i*j*j)
		}
		parts = append(parts, file(fmt.Sprintf("package/lib/%d.js", i), body.String()))
	}
	tarballs := map[string][]byte{"synthetic": gzipOf(b, tarOf(append(parts, stop)...))}
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
	return tarballs
}

// BenchmarkUnpack is to be compared with BenchmarkGunzipSHA512, the least that
// installing takes. Bytes are those of the compressed tarball.
func BenchmarkUnpack(b *testing.B) {
	for name, data := range benchTarballs(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := unpack(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGunzipSHA512(b *testing.B) {
	for name, data := range benchTarballs(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				sha512.Sum512(data)
				z, err := gzip.NewReader(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, z); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
