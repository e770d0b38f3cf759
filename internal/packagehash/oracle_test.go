package packagehash

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// ask gives inputs to Python and returns its answers. It skips the test where
// there is no Python.
func ask(t *testing.T, mode string, inputs [][]byte) []string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	var lines bytes.Buffer
	for _, in := range inputs {
		fmt.Fprintln(&lines, base64.StdEncoding.EncodeToString(in))
	}
	// Isolated from the environment, and with file names in UTF-8.
	cmd := exec.Command(python, "-I", "-X", "utf8", filepath.Join("testdata", "oracle.py"), mode)
	cmd.Stdin = &lines
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var answers []string
	for scanner := bufio.NewScanner(bytes.NewReader(out)); scanner.Scan(); {
		answers = append(answers, scanner.Text())
	}
	if len(answers) != len(inputs) {
		t.Fatalf("%d answers to %d inputs", len(answers), len(inputs))
	}
	return answers
}

// TestOracle compares manifests with Python: those of the other tests, random
// ones, and random ones with a few bytes damaged.
func TestOracle(t *testing.T) {
	var inputs [][]byte
	for _, test := range rewritten {
		inputs = append(inputs, []byte(test.in))
	}
	for _, test := range numbers {
		inputs = append(inputs, []byte(`{"a":`+test.in+`}`))
	}
	for _, test := range broken {
		inputs = append(inputs, []byte(test.in))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 6000 {
		g := generator{Rand: random}
		g.object(1 + random.IntN(5))
		doc := g.Bytes()
		if random.IntN(3) == 0 {
			doc = g.damage(doc)
		}
		inputs = append(inputs, doc)
	}
	taken := 0
	for i, answer := range ask(t, "json", inputs) {
		got, err := anonymous(inputs[i])
		ours := "-"
		if err == nil {
			ours = base64.StdEncoding.EncodeToString(got)
			taken++
		}
		if ours != answer {
			want, _ := base64.StdEncoding.DecodeString(answer)
			t.Errorf("%q:\ngot  %s, %v\nwant %s", inputs[i], got, err, want)
		}
	}
	if rest := len(inputs) - taken; taken < 2000 || rest < 500 {
		t.Errorf("%d taken and %d refused: too few to mean anything", taken, rest)
	}
}

// generator writes random JSON.
type generator struct {
	*rand.Rand
	bytes.Buffer
}

// pick returns one of the choices.
func pick[T any](g *generator, choices ...T) T { return choices[g.IntN(len(choices))] }

func (g *generator) space() { g.WriteString(pick(g, "", "", "", "", " ", "\n", "\r\n", "\t ")) }

func (g *generator) value(depth int) {
	g.space()
	switch n := g.IntN(10); {
	case n < 3 && depth > 0:
		g.object(depth - 1)
	case n < 5 && depth > 0:
		g.WriteByte('[')
		for i := range g.IntN(4) {
			if i > 0 {
				g.WriteByte(',')
			}
			g.value(depth - 1)
		}
		g.space()
		g.WriteByte(']')
	case n < 7:
		g.number()
	case n < 9:
		g.str()
	default:
		g.WriteString(pick(g, "true", "false", "null", "NaN", "Infinity", "-Infinity"))
	}
	g.space()
}

func (g *generator) object(depth int) {
	g.WriteByte('{')
	g.space()
	for i := range g.IntN(6) {
		if i > 0 {
			g.WriteByte(',')
			g.space()
		}
		if g.IntN(4) == 0 {
			g.WriteString(pick(g, `"name"`, `"version"`, `"a"`, `"\u0061"`, `""`))
		} else {
			g.str()
		}
		g.space()
		g.WriteByte(':')
		g.value(depth)
	}
	g.WriteByte('}')
}

func (g *generator) digits(most int) {
	for range 1 + g.IntN(most) {
		g.WriteByte('0' + byte(g.IntN(10)))
	}
}

func (g *generator) number() {
	g.WriteString(pick(g, "", "", "-"))
	switch g.IntN(4) {
	case 0:
		g.WriteByte('0')
	default:
		g.WriteByte('1' + byte(g.IntN(9)))
		if g.IntN(2) == 0 {
			g.digits(pick(g, 3, 22, 400))
		}
	}
	if g.IntN(3) > 0 {
		g.WriteByte('.')
		g.digits(pick(g, 2, 18, 400))
	}
	if g.IntN(3) > 0 {
		g.WriteString(pick(g, "e", "E", "e+", "e-", "E-"))
		g.digits(pick(g, 1, 2, 3, 4))
	}
}

func (g *generator) str() {
	g.WriteByte('"')
	for range g.IntN(6) {
		switch g.IntN(8) {
		case 0:
			fmt.Fprintf(g, `\u%04x`, g.IntN(0x10000))
		case 1:
			fmt.Fprintf(g, `\u%04X`, 0xd800+g.IntN(0x800))
		case 2:
			fmt.Fprintf(g, `\ud%03x\ud%03X`, 0x800+g.IntN(0x400), 0xc00+g.IntN(0x400))
		case 3:
			g.WriteString(`\` + string(escapes[g.IntN(len(escapes))]))
		case 4, 5:
			g.WriteRune(pick(g, '\u007f', 'é', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\ufeff', '\uffff', '\U00010000', '\U0010ffff', rune(0x80+g.IntN(0xd000))))
		default:
			g.WriteByte(pick[byte](g, 'a', 'b', 'A', '_', ' ', '/', '~', '{', ']', ':'))
		}
	}
	g.WriteByte('"')
}

// damage changes a few bytes.
func (g *generator) damage(doc []byte) []byte {
	doc = slices.Clone(doc)
	for range 1 + g.IntN(2) {
		if len(doc) == 0 {
			break
		}
		i := g.IntN(len(doc))
		switch g.IntN(4) {
		case 0:
			doc = slices.Delete(doc, i, i+1)
		case 1:
			doc = doc[:i]
		case 2:
			doc[i] = byte(g.IntN(256))
		default:
			doc = slices.Insert(doc, i, pick(g, []byte(`"\,:[]{}.-+e0uN`)...))
		}
	}
	return doc
}

// TestOracleWalk compares hashes of random folders with Python, on a disk.
func TestOracleWalk(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "É"), nil, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat(filepath.Join(root, "é")); err == nil {
		t.Skip("the file system folds case")
	}
	var folders [][]byte
	var trees [][]File
	for i := range 40 {
		folder := filepath.Join(root, fmt.Sprint(i))
		g := generator{Rand: random}
		files := map[string]bool{}
		var list []File
		for range 1 + g.IntN(40) {
			name := g.path()
			if files[name] || !utf8.ValidString(name) {
				continue
			}
			data := []byte(pick(&g, "", "x", "\r\n\xff", `{"name":"n"}`))
			if filepath.Base(name) == "package.json" {
				m := generator{Rand: random}
				m.object(3)
				data = m.Bytes()
			}
			full := filepath.Join(folder, filepath.FromSlash(name))
			// What would make a file of a folder or the reverse fails.
			if os.MkdirAll(filepath.Dir(full), 0o700) != nil || os.WriteFile(full, data, 0o600) != nil {
				continue
			}
			files[name] = true
			list = append(list, File{name, data})
		}
		if len(list) > 0 {
			folders, trees = append(folders, []byte(folder)), append(trees, list)
		}
	}
	for i, want := range ask(t, "walk", folders) {
		got, err := Sum(trees[i])
		if err != nil {
			got = "-"
		}
		if got != want {
			t.Errorf("%s: got %s, %v; want %s", folders[i], got, err, want)
		}
	}
}

// path returns a random path of names that are easy to put in a wrong order.
func (g *generator) path() string {
	var names []string
	for range 1 + g.IntN(4) {
		names = append(names, pick(g, "package.json", "a", "a-b", "a.b", "a b", "ab", "A", "b", "é", "\uffff", "\ue000", "\U0001f600", "Package.json", ".a", "_", "10", "9"))
	}
	return strings.Join(names, "/")
}
