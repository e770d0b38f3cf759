package javascript

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tarballsVariable names a folder of tarballs whose scripts the benchmarks read.
const tarballsVariable = "AMALFI_BENCH_TARBALLS"

type script struct {
	name string
	text []byte
}

// scripts returns the scripts of the tarballs, or a made-up one where none are
// given.
func scripts(tb testing.TB) (list []script) {
	dir := os.Getenv(tarballsVariable)
	if dir == "" {
		unit := "function f(a, b) { const fs = require('fs'); for (let i = 0; i < a.length; i++) { b.push({key: a[i] + 'x', value: fs.readFileSync(a[i])}); } return b; }\n"
		return []script{{"synthetic.js", []byte(strings.Repeat(unit, 4000))}}
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		file, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		zip, err := gzip.NewReader(file)
		if err != nil {
			tb.Fatal(err)
		}
		for r := tar.NewReader(zip); ; {
			header, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				tb.Fatal(err)
			}
			switch filepath.Ext(header.Name) {
			case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx":
				text, err := io.ReadAll(r)
				if err != nil {
					tb.Fatal(err)
				}
				list = append(list, script{filepath.Base(name) + "/" + header.Name, text})
			}
		}
		file.Close()
	}
	return list
}

func bench(b *testing.B, one func(script)) {
	list := scripts(b)
	size := 0
	for _, s := range list {
		size += len(s.text)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		for _, s := range list {
			one(s)
		}
	}
	b.ReportMetric(float64(size)/float64(len(list)), "bytes/file")
}

// BenchmarkMeasure is the token pass that every file gets first.
func BenchmarkMeasure(b *testing.B) {
	bench(b, func(s script) { measure(string(s.text), languageOf(s.name), nil) })
}

// BenchmarkTree is the token pass and the parser.
func BenchmarkTree(b *testing.B) {
	bench(b, func(s script) {
		f := &File{Name: s.name, Text: decode(s.text)}
		if len(f.Text) <= MaxTree {
			f.parse(languageOf(s.name))
		}
	})
}

// BenchmarkParse adds scopes and bindings.
func BenchmarkParse(b *testing.B) {
	bench(b, func(s script) { Parse(s.name, s.text, Options{}) })
}

// BenchmarkRead adds every use, every constant and every string.
func BenchmarkRead(b *testing.B) {
	bench(b, func(s script) { read(Parse(s.name, s.text, Options{})) })
}

// BenchmarkMembers is every member access, beside BenchmarkParse.
func BenchmarkMembers(b *testing.B) {
	bench(b, func(s script) {
		for range Parse(s.name, s.text, Options{}).Members() {
		}
	})
}

// BenchmarkTokens reads by tokens alone.
func BenchmarkTokens(b *testing.B) {
	bench(b, func(s script) { read(Parse(s.name, s.text, Options{Tokens: true})) })
}
