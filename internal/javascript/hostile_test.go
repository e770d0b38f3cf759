package javascript

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// childVariable names the shape that a child of the test binary is to read.
const childVariable = "AMALFI_HOSTILE_SHAPE"

// shapes nest or chain one construct n times.
var shapes = []struct {
	name string
	file string
	n    int
	text func(n int) string
}{
	// The first nine kill a parser without bounds.
	{"functions", "a.js", 400_000, func(n int) string { return strings.Repeat("function f(){", n) }},
	{"not", "a.js", 1_500_000, func(n int) string { return strings.Repeat("!", n) + "a" }},
	{"arrows", "a.js", 3_000_000, func(n int) string { return strings.Repeat("a=>", n) + "a" }},
	{"ifs", "a.js", 3_000_000, func(n int) string { return strings.Repeat("if(a)", n) + "a" }},
	{"assignments", "a.js", 3_000_000, func(n int) string { return strings.Repeat("a=", n) + "a" }},
	{"conditionals", "a.js", 3_000_000, func(n int) string { return strings.Repeat("a?b:", n) + "a" }},
	{"labels", "a.js", 3_000_000, func(n int) string { return strings.Repeat("a:", n) + "a" }},
	{"concatenation", "a.js", 3_000_000, func(n int) string { return strings.Repeat("'a'+", n) + "a" }},
	{"members", "a.js", 3_000_000, func(n int) string { return "a" + strings.Repeat(".b", n) }},
	// The same at the bounds, and others like them.
	{"brackets", "a.js", 1 << 20, func(n int) string { return strings.Repeat("[", n) }},
	{"parentheses", "a.js", 1 << 20, func(n int) string { return strings.Repeat("(", n) }},
	{"braces", "a.js", 1 << 20, func(n int) string { return strings.Repeat("{", n) }},
	{"objects", "a.js", 1 << 20, func(n int) string { return "x=" + strings.Repeat("{a:", n) }},
	{"objects in calls", "a.js", 1 << 20, func(n int) string { return strings.Repeat("a({b(){", n) }},
	{"templates", "a.js", 1 << 20, func(n int) string { return strings.Repeat("`${", n) }},
	{"elements", "a.jsx", 1 << 20, func(n int) string { return "x=" + strings.Repeat("<a>", n) }},
	{"attributes", "a.jsx", 1 << 20, func(n int) string { return "x=" + strings.Repeat("<a b=", n) }},
	{"element expressions", "a.jsx", 1 << 20, func(n int) string { return "x=" + strings.Repeat("<a>{", n) }},
	{"generics", "a.ts", 1 << 20, func(n int) string { return "x=" + strings.Repeat("a<", n) }},
	{"type arguments", "a.ts", 1 << 20, func(n int) string { return "let x:" + strings.Repeat("a<", n) }},
	{"casts", "a.ts", 1 << 20, func(n int) string { return "x=" + strings.Repeat("<a>", n) + "b" }},
	{"type operators", "a.ts", 1 << 20, func(n int) string { return "let x:" + strings.Repeat("keyof ", n) + "b" }},
	{"type functions", "a.ts", 1 << 20, func(n int) string { return "let x:" + strings.Repeat("()=>", n) + "b" }},
	{"namespaces", "a.ts", 1 << 20, func(n int) string { return "namespace a" + strings.Repeat(".b", n) + "{}" }},
	{"conditional types", "a.ts", 1 << 20, func(n int) string { return "type x=" + strings.Repeat("a extends b?c:", n) + "d" }},
	{"heritage", "a.js", 1 << 20, func(n int) string { return "x=" + strings.Repeat("class extends ", n) + "a" }},
	{"else if", "a.js", 1 << 20, func(n int) string { return strings.Repeat("if(a){}else ", n) }},
	{"else if without blocks", "a.js", 1 << 20, func(n int) string { return strings.Repeat("if(a)b;else ", n) }},
	{"else if on lines", "a.js", 1 << 20, func(n int) string { return strings.Repeat("if(a)\nb\nelse ", n) }},
	{"headers without parentheses", "a.js", 1 << 20, func(n int) string { return strings.Repeat("if ", n) }},
	{"new", "a.js", 1 << 20, func(n int) string { return strings.Repeat("new ", n) + "a" }},
	{"typeof", "a.js", 1 << 20, func(n int) string { return strings.Repeat("typeof\n", n) + "a" }},
	{"await", "a.mjs", 1 << 20, func(n int) string { return strings.Repeat("await ", n) + "a" }},
	{"powers", "a.js", 1 << 20, func(n int) string { return strings.Repeat("a**", n) + "a" }},
	{"arrow patterns", "a.js", 1 << 20, func(n int) string { return strings.Repeat("(a=", n) }},
	{"arrow conditionals", "a.js", 1 << 20, func(n int) string { return strings.Repeat("a?(b):(c)=>", n) + "d" }},
	{"conditional parentheses", "a.js", 1 << 20, func(n int) string { return strings.Repeat("a?(b", n) }},
	{"async arrows", "a.js", 1 << 20, func(n int) string { return strings.Repeat("async(a=", n) }},
	{"async", "a.js", 1 << 20, func(n int) string { return strings.Repeat("async ", n) + "a" }},
	{"async functions", "a.js", 1 << 20, func(n int) string { return strings.Repeat("x=async function(){", n) }},
	{"async templates", "a.tsx", 1 << 20, func(n int) string { return strings.Repeat("async<`${", n) }},
	{"broken elements", "a.tsx", 1 << 20, func(n int) string { return strings.Repeat("<{[", n) }},
	{"broken casts", "a.ts", 1 << 20, func(n int) string { return strings.Repeat("[{<", n) }},
	{"jsdoc types", "a.js", 1 << 20, func(n int) string { return "/** @type {" + strings.Repeat("[", n) + "} */ let x" }},
	{"jsdoc links", "a.ts", 1 << 20, func(n int) string { return "/** @see " + strings.Repeat("{@link ", n) + " */ let x" }},
	{"commas", "a.mjs", 1 << 20, func(n int) string { return "import.meta;" + strings.Repeat("a,", n) + "a" }},
	{"calls", "a.mjs", 1 << 20, func(n int) string { return "import.meta;a" + strings.Repeat("()", n) }},
	{"requires", "a.js", 1 << 20, func(n int) string { return strings.Repeat("require;", n) }},
	{"regular expression", "a.js", 1 << 20, func(n int) string { return "/" + strings.Repeat("(", n) + "/" }},
	{"decorators", "a.ts", 1 << 20, func(n int) string { return strings.Repeat("@a ", n) + "class b {}" }},
	{"modifiers", "a.ts", 1 << 20, func(n int) string { return strings.Repeat("declare ", n) + "class b {}" }},
	{"line", "a.js", 50 << 20, func(n int) string { return strings.Repeat("a.b(require('fs'),1);", n/21) }},
	{"aliases", "a.js", 20_000, func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "const a%d=a%d+a%d;", i+1, i, i)
		}
		return "const a0='a';" + b.String() + fmt.Sprintf("f(a%d)", n)
	}},
	{"arrays of arrays", "a.js", 2000, func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "const a%d=[a%d,a%d];f(a%d);f(a%d+'');", i+1, i, i, i, i)
		}
		return "const a0=['a'];" + b.String()
	}},
	{"large arrays", "a.js", 4000, func(n int) string {
		return "const a=[" + strings.Repeat("'1',", 60_000) + "];function g(i){return [" + strings.Repeat("'1',", 60_000) + "][i]}" +
			strings.Repeat("f(a);g(1);f(a.reverse()+x);f(a.slice(1));b[a];-a;f(`${a}${x}`);f(a.map(c=>c));f(a.indexOf(a))\n", n)
	}},
	{"long texts", "a.js", 4000, func(n int) string {
		return "const a='" + strings.Repeat("é", 200_000) + "',b=a+a;" + strings.Repeat("f(a[1]);f(b+x);f(a.charCodeAt(5));f(b.length);-b;f(b.split(''));f(b.indexOf('x'));f(b===b)\n", n)
	}},
	{"rotations", "a.js", 60_000, func(n int) string {
		terms := strings.Repeat("+parseInt(g(1))*parseInt(g(2))", 15)
		one := func(name string) string {
			return "function " + name + "(){const a=[" + strings.Repeat("'1',", n) + "];" + name + "=function(){return a};return " + name + "()}" +
				"(function(f,n){const l=f();while(1){const s=0" + strings.ReplaceAll(terms, "g(", "g"+name+"(") + ";if(s===n)break;l.push(l.shift())}})(" + name + ",-1);" +
				"function g" + name + "(i){i=i-0;const a=" + name + "();let r=a[i];return r}" + strings.Repeat("f(g"+name+"(1));", 100)
		}
		var b strings.Builder
		for i := range 20 {
			b.WriteString(one(fmt.Sprintf("t%d", i)))
		}
		return b.String()
	}},
	{"functions that call", "a.js", 2000, func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "function f%d(a){return f%d(a)+f%d(a)||f%d(1)}f%d(x);f%d('y').toString('hex');", i, i+1, (i*7)%n, (i*13)%n, i, i)
		}
		return b.String()
	}},
	{"factories", "a.js", 20_000, func(n int) string {
		return "(function(f){" + strings.Repeat("f(require('a'));", n) + "})(function(a){" + strings.Repeat("a.b();", n) + "})"
	}},
	{"returned", "a.js", MaxDepth / 8, func(n int) string {
		return "x=" + strings.Repeat("(()=>{return ", n) + "require('a')" + strings.Repeat("})()", n)
	}},
	{"held", "a.js", MaxDepth / 4, func(n int) string {
		return "const x=" + strings.Repeat("{a:[", n) + "require('a')" + strings.Repeat("]}", n)
	}},
	{"bundle", "a.js", 20_000, func(n int) string {
		return "({" + strings.Repeat("1:[function(require){require('a');require('b')},{a:2}],2(a,b,__webpack_require__){__webpack_require__(2)},", n) + "})"
	}},
	{"dependencies", "a.js", 100_000, func(n int) string {
		return "define([" + strings.Repeat("'a',", n) + "],function(" + strings.Repeat("a,", n) + "){" + strings.Repeat("a();", n) + "})"
	}},
	{"chains", "a.js", 200_000, func(n int) string { return "x().y" + strings.Repeat(".constructor['a'+b]()", n/20) }},
	{"patterns", "a.js", 4000, func(n int) string {
		return strings.Repeat("[", n) + strings.Repeat("a,", 100*n) + strings.Repeat("]", n) + "=a"
	}},
}

// read reads a file with everything that a caller may ask of it.
func read(f *File) (n int) {
	for u := range f.Uses() {
		n += len(u.Args())
	}
	for range f.UnresolvedCalls() {
		n++
	}
	for range f.Strings() {
		n++
	}
	f.Position(len(f.Text))
	return n
}

func TestMain(m *testing.M) {
	if name := os.Getenv(childVariable); name != "" {
		debug.SetMaxStack(64 << 20)
		debug.SetTraceback("none")
		for _, s := range shapes {
			for _, n := range []int{s.n, MaxDepth / 4, MaxDepth / 2, MaxDepth - 10, MaxChain - 10} {
				if s.name == name && n <= s.n {
					f := Parse(s.file, []byte(s.text(n)), Options{})
					read(f)
					for range f.Members() {
					}
					fmt.Printf("%d: %s;", n, f.Skipped)
				}
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestHostile reads each shape in a child with the stack that a worker has, so
// that an exhausted stack fails the test and does not end it.
func TestHostile(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+s.name)
			out, err := cmd.Output()
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				t.Fatalf("%v after %q: %.300s", err, out, exit.Stderr)
			}
			if err != nil {
				t.Fatal(err)
			}
			if testing.Verbose() {
				t.Logf("%s", out)
			}
		})
	}
}
