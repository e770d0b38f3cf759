package similarity

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/amalfi-audit/audit/internal/javascript"
)

// large repeats payloads, each in a function of its own, up to size bytes.
func large(b *testing.B, size int) []byte {
	var one []byte
	for _, name := range list(b, "variants", "renamed") {
		src, err := os.ReadFile(filepath.Join("testdata", "variants", "renamed", name))
		if err != nil {
			b.Fatal(err)
		}
		if !bytes.Contains(src, []byte("\nimport ")) && !bytes.HasPrefix(src, []byte("import ")) && !bytes.HasPrefix(src, []byte("#!")) {
			one = append(append(append(one, "(function () {\n"...), src...), "\n})();\n"...)
		}
	}
	return bytes.Repeat(one, size/len(one)+1)
}

// BenchmarkOf hashes a script that was parsed, a file as small as payloads are
// and a large one.
func BenchmarkOf(b *testing.B) {
	small, err := os.ReadFile(filepath.Join("testdata", "payloads", "telegram-bot.js"))
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name string
		src  []byte
	}{{"small", small}, {"large", large(b, 1<<20)}} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(len(test.src)))
			file := javascript.Parse("a.js", test.src, javascript.Options{})
			if len(file.Errors) > 0 {
				b.Fatal(file.Errors[0])
			}
			for b.Loop() {
				if _, ok := Of(file); !ok {
					b.Fatal("no hash")
				}
			}
		})
	}
}

// BenchmarkParse is the work that comes before.
func BenchmarkParse(b *testing.B) {
	src := large(b, 1<<20)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		javascript.Parse("a.js", src, javascript.Options{})
	}
}

func BenchmarkDistance(b *testing.B) {
	x, y := Hash{Form, 1, 2, 3, 4}, Hash{Form, 4, 3, 2, 1}
	for b.Loop() {
		if Distance(x, y) == 0 {
			b.Fatal("equal")
		}
	}
}
