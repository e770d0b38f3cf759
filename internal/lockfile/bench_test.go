package lockfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The largest real lockfile of each format.
var benchFiles = []struct{ format, file string }{
	{"npm-v1", "mattermost+desktop@4fdcaf66/package-lock.json"},
	{"npm-v3", "firebase+firebase-tools/firebase-vscode/package-lock.json"},
	{"yarn-classic", "artsy+force@1b31d202/yarn.lock"},
	{"yarn-berry", "jestjs+jest/yarn.lock"},
	{"pnpm-5", "pnpm+pnpm@c7b05cd9/pnpm-lock.yaml"},
	{"pnpm-9", "pnpm+pnpm/pnpm-lock.yaml"},
	{"bun", "midday-ai+midday/bun.lock"},
}

func BenchmarkParse(b *testing.B) {
	dir := sharedData(b, "lockfiles")
	for _, bench := range benchFiles {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(bench.file)))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(bench.format, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(bench.file, data, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDiff compares two lockfiles of 2,000 packages, one in ten updated.
func BenchmarkDiff(b *testing.B) {
	generate := func(bump bool) *Lockfile {
		var text strings.Builder
		text.WriteString(`{"lockfileVersion": 3, "packages": {"": {}`)
		for i := range 2000 {
			version := "1.0.0"
			if bump && i%10 == 0 {
				version = "1.0.1"
			}
			fmt.Fprintf(&text, ",\n\"node_modules/p%d\": {\"version\": %q, \"resolved\": \"https://registry.invalid/p%d/-/p%d-%s.tgz\"}", i, version, i, i, version)
		}
		text.WriteString("}}")
		lock, err := Parse("package-lock.json", []byte(text.String()), nil)
		if err != nil {
			b.Fatal(err)
		}
		return lock
	}
	base, head := generate(false), generate(true)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(Diff(base, head)); n != 200 {
			b.Fatalf("%d changes", n)
		}
	}
}
