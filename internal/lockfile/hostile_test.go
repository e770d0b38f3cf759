package lockfile

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// hostileSize is about how large the inputs of TestHostile are, in bytes.
const hostileSize = 5 << 20

// repeat returns as many numbered copies of form as make size bytes.
func repeat(size int, separator, form string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(separator)
		}
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

// TestHostile reads large inputs that are made to cost much more than their
// size. Whether they are read or refused is one; what counts is that it ends,
// which the deadline of go test watches.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("large inputs")
	}
	long := strings.Repeat("a", hostileSize)
	slashes := strings.Repeat("a/", hostileSize/2) + "a"
	folders := strings.Repeat("node_modules/a/", hostileSize/15) + "node_modules/a"
	npmLock := func(packages string) string {
		return `{"lockfileVersion": 3, "packages": {` + packages + `}}`
	}
	manyFolders := repeat(hostileSize/2, ",", `"node_modules/p%d": {"version": "1.0.0"}`)
	yarn1 := func(blocks string) string { return "# yarn lockfile v1\n\n\n" + blocks + "\n" }
	berry := func(entries string) string { return "__metadata:\n  version: 8\n\n" + entries + "\n" }
	pnpm := func(rest string) string { return "lockfileVersion: '9.0'\n" + rest + "\n" }
	bun := func(packages string) string {
		return `{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {` + packages + `}}`
	}

	tests := []struct{ name, file, text string }{
		{"nested objects", "package-lock.json", strings.Repeat(`{"a":`, hostileSize/5)},
		{"nested arrays", "bun.lock", strings.Repeat("[", hostileSize)},
		{"nested dependencies", "package-lock.json", `{"lockfileVersion": 1, "dependencies": ` +
			strings.Repeat(`{"a": {"version": "1.0.0", "dependencies": `, 100_000) + "{}" + strings.Repeat("}}", 100_000) + "}"},
		{"an unclosed string", "package-lock.json", `{"lockfileVersion": 3, "` + long},
		{"a long number", "package-lock.json", `{"lockfileVersion": ` + strings.Repeat("1", hostileSize) + "}"},
		{"a long key", "package-lock.json", npmLock(`"node_modules/` + long + `": {"version": "1.0.0"}`)},
		{"a long version", "package-lock.json", npmLock(`"node_modules/a": {"version": "` + long + `"}`)},
		{"a long integrity", "package-lock.json", npmLock(`"node_modules/a": {"version": "1.0.0", "integrity": "` +
			strings.Repeat("sha1-AAAA ", hostileSize/10) + `"}`)},
		{"duplicate keys", "package-lock.json", npmLock(repeat(hostileSize, ",", `"node_modules/a": {"version": "1.0.%d"}`))},
		{"a path of many folders", "package-lock.json",
			npmLock(`"` + slashes + `": {"dependencies": {"x": "1", "y": "1", "z": "1"}}, "node_modules/z": {"version": "1.0.0"}`)},
		{"a path of many node_modules", "package-lock.json",
			npmLock(`"` + folders + `": {"version": "1.0.0", "inBundle": true, "dependencies": {"x": "1", "y": "1", "z": "1"}}`)},
		{"the project last", "package-lock.json", npmLock(repeat(hostileSize, ",", `"p/%d": {}`) + `, "": {"workspaces": ["p/*"]}`)},
		{"many workspace patterns", "package-lock.json",
			npmLock(`"": {"workspaces": [` + repeat(hostileSize/2, ",", `"w%d/*"`) + `]}, ` + repeat(hostileSize/2, ",", `"p/%d": {}`))},
		{"a long version above many", "package-lock.json",
			npmLock(`"": {"dependencies": {"top": "1"}}, "node_modules/top": {"version": "` + strings.Repeat("a", hostileSize/2) +
				`", "dependencies": {` + repeat(hostileSize/4, ",", `"p%d": "1"`) + `}}, ` + manyFolders)},
		{"a long alias above many", "package-lock.json", `{"lockfileVersion": 1, "dependencies": {"` + strings.Repeat("a", hostileSize/4) +
			`": {"version": "npm:real@1.0.0", "dependencies": {` + repeat(hostileSize/4, ",", `"p%d": {"version": "1.0.0"}`) + `}}}}`},
		{"deep folders above many", "package-lock.json", `{"lockfileVersion": 1, "dependencies": ` +
			strings.Repeat(`{"`+strings.Repeat("a", 200)+`": {"version": "1.0.0", "dependencies": `, 450) +
			`{` + repeat(hostileSize/2, ",", `"p%d": {"version": "1.0.0"}`) + `}` + strings.Repeat("}}", 450) + "}"},
		{"one dependency of many", "package-lock.json", npmLock(`"": {"dependencies": {"p0": "1"}}, ` +
			repeat(hostileSize, ",", `"node_modules/p%[1]d": {"version": "1.0.0", "dependencies": {"p0": "1"}}`))},
		{"a long chain", "package-lock.json", npmLock(`"": {"dependencies": {"p0": "1"}}, ` + chain(hostileSize))},

		{"many dependencies of one block", "yarn.lock",
			yarn1("a@1:\n  version \"1.0.0\"\n  dependencies:\n" + repeat(hostileSize, "\n", "    d%d 1"))},
		{"many patterns of one block", "yarn.lock", yarn1(repeat(hostileSize, ", ", "a@%d") + ":\n  version \"1.0.0\"")},
		{"many empty groups", "yarn.lock", yarn1("a@1:\n  version \"1.0.0\"\n" + repeat(hostileSize, "\n", "  g%d:"))},
		{"a long pattern", "yarn.lock", yarn1(long + "@1:\n  version \"1.0.0\"")},
		{"quotes", "yarn.lock", yarn1(strings.Repeat(`"`, hostileSize))},
		{"escapes", "yarn.lock", yarn1(`"` + strings.Repeat(`\u0061`, hostileSize/6) + `@1":` + "\n  version \"1.0.0\"")},

		{"many descriptors of one entry", "yarn.lock",
			berry(`? "` + repeat(hostileSize, ", ", "a@npm:%d") + "\"\n: version: 1.0.0\n  resolution: \"a@npm:1.0.0\"")},
		{"many entries of one name", "yarn.lock",
			berry(repeat(hostileSize, "\n", "\"a@npm:%[1]d\":\n  version: 1.0.%[1]d\n  resolution: \"a@npm:1.0.%[1]d\"\n  dependencies:\n    a: \"npm:x\""))},

		{"nested sequences", "pnpm-lock.yaml", pnpm("packages: " + strings.Repeat("[", hostileSize))},
		{"nested compact sequences", "pnpm-lock.yaml", pnpm("packages:\n  " + strings.Repeat("- ", hostileSize/2))},
		{"nested complex keys", "pnpm-lock.yaml", pnpm(strings.Repeat("? ", hostileSize/2))},
		{"nested flow mappings", "pnpm-lock.yaml", pnpm("packages: " + strings.Repeat("{a: ", hostileSize/4))},
		{"an alias bomb", "pnpm-lock.yaml", pnpm(aliasBomb())},
		{"many anchors", "pnpm-lock.yaml", pnpm("packages:\n" + repeat(hostileSize, "\n", "  a%[1]d: &a%[1]d {}"))},
		{"merge keys", "pnpm-lock.yaml", pnpm("a: &a {b: c}\npackages:\n" + repeat(hostileSize, "\n", "  p%d: {<<: *a}"))},
		{"many documents", "pnpm-lock.yaml", strings.Repeat("---\na: b\n", hostileSize/9)},
		{"comments", "pnpm-lock.yaml", pnpm(strings.Repeat("# a\n", MaxLines-10))},
		{"a long scalar", "pnpm-lock.yaml", pnpm("packages:\n  " + long + "@1.0.0: {}")},
		{"a folded scalar", "pnpm-lock.yaml", pnpm("time: >\n" + strings.Repeat("  a\n", MaxLines-10))},
		{"many peers", "pnpm-lock.yaml", pnpm("packages:\n  a@1.0.0:\n    resolution: {tarball: x}\nsnapshots:\n  ? a@1.0.0" +
			repeat(hostileSize, "", "(p@%d)") + "\n  : {}")},

		{"a path of many names", "bun.lock",
			bun(`"` + slashes + `": ["a@1.0.0", "", {"dependencies": {"x": "1", "y": "1", "z": "1"}}, ""]`)},
		{"unclosed comments", "bun.lock", strings.Repeat("/*", hostileSize/2)},
		{"comments in JSON", "bun.lock", strings.Repeat("/**/", hostileSize/4)},
		{"commas", "bun.lock", "[" + strings.Repeat(",", hostileSize)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lock, err := Parse(test.file, []byte(test.text), nil)
			if err != nil {
				if len(err.Error()) > 1000 {
					t.Errorf("an error of %d bytes", len(err.Error()))
				}
				return
			}
			Diff(nil, lock)
			Diff(lock, lock)
		})
	}
}

// chain returns packages of which each depends on the next.
func chain(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `"node_modules/p%d": {"version": "1.0.0", "dependencies": {"p%d": "1"}}, `, i, i+1)
	}
	return b.String() + `"node_modules/last": {"version": "1.0.0"}`
}

// aliasBomb returns mappings each of which holds the one above ten times.
func aliasBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 30; i++ {
		alias := fmt.Sprintf("*a%d", i-1)
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.Repeat(alias+", ", 9)+alias)
	}
	return b.String() + "packages: *a29\n"
}

// TestHostileDiff compares lockfiles in which one version stands very often
// with something else each time.
func TestHostileDiff(t *testing.T) {
	if testing.Short() {
		t.Skip("large inputs")
	}
	fields := map[string]func(seed, i int) string{
		"host": func(seed, i int) string {
			return fmt.Sprintf(`"resolved": "https://h%d.x%d.invalid/a/-/a-1.0.0.tgz"`, i, seed)
		},
		"integrity": func(seed, i int) string {
			return fmt.Sprintf(`"integrity": "sha1-%s"`, base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%010d%010d", seed, i)))
		},
	}
	for name, field := range fields {
		t.Run(name, func(t *testing.T) {
			many := func(seed int) *Lockfile {
				var b strings.Builder
				n := 0
				for ; b.Len() < hostileSize; n++ {
					fmt.Fprintf(&b, `"node_modules/p%d/node_modules/a": {"version": "1.0.0", %s},`, n, field(seed, n))
				}
				lock, err := Parse("package-lock.json", []byte(`{"lockfileVersion": 3, "packages": {`+b.String()+`"": {}}}`), nil)
				if err != nil {
					t.Fatal(err)
				}
				return lock
			}
			base, head := many(1), many(2)
			changes := Diff(base, head)
			if len(changes) != 1 || len(changes[0].To) != len(head.Dependencies) {
				t.Errorf("%d changes", len(changes))
			}
		})
	}
}
