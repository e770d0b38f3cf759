package javascript

import "testing"

func TestPlaces(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"a.js", "f(__dirname + '/x.js')", "__dirname/x.js"},
		{"a.js", "f(`${__dirname}/x.js`)", "__dirname/x.js"},
		{"a.js", "const path = require('path'); f(path.join(__dirname, 'lib', 'x.js'))", "__dirname/lib/x.js"},
		{"a.js", "import {join} from 'node:path'; f(join(__dirname, '..', '..', 'x.js'))", "__dirname/../../x.js"},
		{"a.js", "f(require('path').resolve(__dirname, 'lib', '..', 'x.js'))", "__dirname/x.js"},
		{"a.js", "f(require('path').resolve('a', __dirname, 'x.js'))", "__dirname/x.js"},
		{"a.js", "f(require('path').resolve(__dirname, '/etc/passwd'))", "/etc/passwd"},
		{"a.js", "f(require('path').posix.join('a', '../b', './c'))", "b/c"},
		{"lib/a.js", "f(__filename)", "__dirname/a.js"},
		{"lib/a.js", "f(require('path').dirname(__filename) + '/x.js')", "__dirname/x.js"},
		{"a.mjs", "import {fileURLToPath as p} from 'url'; import path from 'path'; const d = path.dirname(p(import.meta.url)); f(path.join(d, 'x.js'))", "__dirname/x.js"},
		{"a.mjs", "import {fileURLToPath as p} from 'url'; f(p(new URL('./lib/x.js', import.meta.url)))", "__dirname/lib/x.js"},
		{"a.mjs", "import path from 'path'; f(path.join(import.meta.dirname, 'x.js'))", "__dirname/x.js"},
		{"a.js", "f(require('path').join(__dirname, '.'))", "__dirname"},
		{"a.js", "f(require('path').join(__dirname, name))", ""},
		{"a.js", "f(require('path').join(...list))", ""},
		{"a.js", "f(require('path').join())", ""},
		{"a.mjs", "f(new URL('https://x.invalid/', import.meta.url))", ""},
		{"a.js", "function g(__dirname) { f(__dirname + '/x.js') }", ""},
		{"a.js", "const path = {join() {}}; f(path.join('a', 'b'))", ""},
	} {
		got := ""
		for u := range Parse(test.name, []byte(test.text), Options{}).Uses() {
			if args := u.Args(); u.Kind == Call && len(u.Names) == 1 && u.Names[0] == "f" && args[0].Constant {
				got = args[0].Text
			}
		}
		if got != test.want {
			t.Errorf("%s: %s: %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// TestPlacesLoaded wants modules by their place to be those by their name.
func TestPlacesLoaded(t *testing.T) {
	for _, text := range []string{
		"require(__dirname + '/lib/x')",
		"require(require('path').join(__dirname, 'lib/x'))",
		"require(require('path').resolve(__dirname, './lib/x'))",
	} {
		found := false
		for u := range Parse("a.js", []byte(text), Options{}).Uses() {
			found = found || u.Kind == Import && u.Module == "./lib/x"
		}
		if !found {
			t.Errorf("%s does not load ./lib/x", text)
		}
	}
}
