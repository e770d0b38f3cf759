package packagehash

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkSum hashes 2,000 files of 16 MB in all, given in no order. MD5 alone
// is the most that can be reached.
func BenchmarkSum(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	files := []File{{"package.json", manifest(100)}}
	size := int64(0)
	for i := range 2000 {
		data := make([]byte, 8<<10)
		size += int64(len(data))
		files = append(files, File{fmt.Sprintf("lib/%d/%d/file-%d.js", random.IntN(9), random.IntN(99), i), data})
	}
	b.SetBytes(size)
	for b.Loop() {
		if _, err := Sum(files); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkManifest rewrites a usual manifest and the ones that take the most
// memory or work for their size.
func BenchmarkManifest(b *testing.B) {
	inputs := []struct {
		name string
		data []byte
	}{
		{"usual", manifest(100)},
		{"members", fill(`"":0,`)},
		{"objects", fill(`"":{"":0},`)},
		{"array of objects", []byte(`{"a":[` + strings.Repeat(`{"":0},`, 1<<20/7) + "0]}")},
		{"strings", fill(`"` + strings.Repeat("\u0080", 100) + `":"` + strings.Repeat("\u007f", 100) + `",`)},
		{"numbers", fill(`"a":[1e300,1e9,1.5],`)},
		{"deep", []byte(strings.Repeat(`{"b":0,"a":`, maxDepth-1) + string(fill(`"x":0,`)) + strings.Repeat("}", maxDepth-1))},
	}
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := anonymous(in.data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// manifest returns a package.json with so many dependencies.
func manifest(dependencies int) []byte {
	var s strings.Builder
	s.WriteString("{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n")
	for i := range dependencies {
		fmt.Fprintf(&s, "    \"dependency-%d\": \"^%d.0.0\",\n", (i*37)%100, i)
	}
	s.WriteString("    \"z\": \"*\"\n  }\n}\n")
	return []byte(s.String())
}

// fill returns an object of about 1 MB that repeats members.
func fill(members string) []byte {
	return []byte("{" + strings.Repeat(members, 1<<20/len(members)) + `"a":0}`)
}
