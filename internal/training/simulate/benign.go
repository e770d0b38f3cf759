package simulate

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// legitimate are the kinds of risky-looking changes that honest packages make.
var legitimate = []struct {
	name string
	plan func(g *generator) plan
}{
	{"prebuilt-binary", (*generator).prebuilt},
	{"telemetry", (*generator).telemetry},
	{"configuration", (*generator).configuration},
	{"compiler", (*generator).compiler},
	{"minified", (*generator).minified},
	{"crypto", (*generator).cryptoUse},
	{"assets", (*generator).assets},
	{"wasm", (*generator).wasm},
	{"message", (*generator).message},
	{"node-gyp", (*generator).gyp},
	{"client", (*generator).client},
	{"polyfill", (*generator).polyfill},
	{"updater", (*generator).updater},
}

// Benign makes a risky-looking legitimate version, the version after base or a
// new package where base is nil. The family is "benign/" and what it does. It is
// simulated as the malicious ones are, so it serves as a check and is not
// evidence of how often real packages are flagged.
func Benign(seed uint64, base *Package) (after Package, family string, err error) {
	g, err := newGenerator(seed, honestStream, base, Options{})
	if err != nil {
		return Package{}, "", err
	}
	if g.naming != shortNames && g.naming != underscored {
		g.naming = plainNames
	}
	g.encoding = plain
	l := legitimate[g.IntN(len(legitimate))]
	p := l.plan(g)
	if err := g.carryHonestly(p); err != nil {
		return Package{}, "", fmt.Errorf("%s: %w", l.name, err)
	}
	return g.finished(), "benign/" + l.name, nil
}

func (g *generator) carryHonestly(p plan) error {
	if p.main == "" && len(p.decls) == 0 {
		if p.finish != nil {
			p.finish(g)
		}
		return nil
	}
	if p.data.path != "" {
		p.data.path = g.freePath(p.data.path)
		g.after.Files[p.data.path] = []byte(p.data.content)
	}
	ext := ""
	if g.moduleType() && g.chance(0.5) {
		ext = "c"
	}
	file := g.freePath("lib/support."+ext+"js", "src/platform."+ext+"js", "lib/runtime."+ext+"js", "lib/client."+ext+"js")
	if p.moment == atInstall {
		file = g.freePath("install."+ext+"js", "scripts/install."+ext+"js", "lib/install."+ext+"js", "scripts/postinstall."+ext+"js")
		g.script(pick(g, []weighted[string]{{"postinstall", 70}, {"install", 25}, {"preinstall", 5}}), "node "+g.one("", "./")+file+g.one("", "", "", " || exit 0"))
	}
	esm := g.moduleType() && ext == ""
	header, code, err := g.compose(p, g.unit(esm), file, false)
	if err != nil {
		return err
	}
	g.after.Files[file] = []byte(header + code)
	if main := g.mainFile(); p.moment == atImport && main != "" && !g.isModule(main) && !esm && main != file {
		text := string(g.after.Files[main])
		at := headEnd(text)
		g.after.Files[main] = []byte(text[:at] + g.style.apply("require("+quote(relative(main, file))+");\n") + text[at:])
	}
	if p.finish != nil {
		p.finish(g)
	}
	return nil
}

// project draws the host that a benign project runs itself.
func (g *generator) project() string {
	return g.host(g.one("fastparse", "imagekit", "dbdriver", "uitools", "mapserver", "pixelworks")+g.one(".dev", ".io", ".org", ".com"), g.one("releases", "downloads", "cdn", "api", "binaries"))
}

func (g *generator) prebuilt() plan {
	h := g.project()
	name := g.one("driver", "engine", "parser", "codec", "cli")
	fetch := "function $fetch($from, $to) {\n  return new Promise(($done, $fail) => {\n    #https.get($from, ($res) => {\n      if ($res.statusCode >= 300 && $res.headers.location) {\n        return $fetch($res.headers.location, $to).then($done, $fail);\n      }\n      if ($res.statusCode !== 200) {\n        return $fail(new Error(\"download failed: \" + $res.statusCode));\n      }\n      const $file = #fs.createWriteStream($to, { mode: 0o755 });\n      $res.pipe($file);\n      $file.on(\"finish\", $done);\n    }).on(\"error\", $fail);\n  });\n}\n"
	verify := "function $verify($file, $sum) {\n  const $hash = #crypto.createHash(\"sha256\").update(#fs.readFileSync($file)).digest(\"hex\");\n  if ($hash !== $sum) {\n    throw new Error(\"checksum mismatch for \" + $file);\n  }\n}\n"
	sums := "const $sums = {\n  \"linux-x64\": \"" + g.text(hexes, 64) + "\",\n  \"darwin-arm64\": \"" + g.text(hexes, 64) + "\",\n  \"win32-x64\": \"" + g.text(hexes, 64) + "\",\n};\n"
	main := "const $key = process.platform + \"-\" + process.arch;\nif (process.env." + strings.ToUpper(name) + "_SKIP_DOWNLOAD) {\n  console.log(\"Skipping the download of " + name + "\");\n} else if (!$sums[$key]) {\n  console.error(\"No prebuilt " + name + " for \" + $key);\n  process.exitCode = 1;\n} else {\n  const $target = #path.join(process.cwd(), \"vendor\", \"" + name + "\");\n  #fs.mkdirSync(#path.dirname($target), { recursive: true });\n  $fetch((process.env." + strings.ToUpper(name) + "_MIRROR || \"https://" + h + "\") + \"/v\" + process.env.npm_package_version + \"/\" + $key, $target)\n    .then(() => $verify($target, $sums[$key]))\n    .catch(($err) => {\n      console.error($err.message);\n      process.exitCode = 1;\n    });\n}\n"
	if g.chance(0.3) {
		main += "#child_process.execFileSync(process.execPath, [\"--version\"], { stdio: \"inherit\" });\n"
	}
	return plan{moment: atInstall, decls: []string{sums, fetch, verify}, main: main}
}

func (g *generator) telemetry() plan {
	h := g.project()
	gate := "function $enabled() {\n  return !process.env.DO_NOT_TRACK && !process.env.CI && process.env.APP_TELEMETRY !== \"0\";\n}\n"
	send := g.one(
		"function $report($event, $props) {\n  if (!$enabled()) {\n    return;\n  }\n  const $body = JSON.stringify({ event: $event, node: process.version, platform: #os.platform(), ...$props });\n  const $req = #https.request({ hostname: \""+h+"\", path: \"/v1/events\", method: \"POST\", headers: { \"Content-Type\": \"application/json\" } });\n  $req.on(\"error\", () => {});\n  $req.end($body);\n}\n",
		"async function $report($event, $props) {\n  if (!$enabled()) {\n    return;\n  }\n  const $id = #crypto.createHash(\"sha256\").update(#os.hostname()).digest(\"hex\");\n  await fetch(\"https://"+h+"/telemetry\", { method: \"POST\", body: JSON.stringify({ id: $id, event: $event, props: $props }) }).catch(() => {});\n}\n")
	return plan{moment: g.oneMoment(), decls: []string{gate, send}, main: "$report(\"" + g.one("install", "start", "build") + "\", { version: process.env.npm_package_version });\n"}
}

func (g *generator) oneMoment() moment {
	if g.chance(0.5) {
		return atInstall
	}
	return atImport
}

func (g *generator) configuration() plan {
	prefix := g.one("APP", "DB", "CACHE", "SERVICE")
	main := "const $config = {\n  host: process.env." + prefix + "_HOST || \"localhost\",\n  port: Number(process.env." + prefix + "_PORT || " + fmt.Sprint(1024+g.IntN(9000)) + "),\n  password: process.env." + prefix + "_PASSWORD,\n  token: process.env." + prefix + "_TOKEN,\n  debug: /" + strings.ToLower(prefix) + "/.test(process.env.DEBUG || \"\"),\n};\n"
	main += g.one(
		"const $file = #path.join(#os.homedir(), \"."+strings.ToLower(prefix)+"rc\");\nif (#fs.existsSync($file)) {\n  Object.assign($config, JSON.parse(#fs.readFileSync($file, \"utf8\")));\n}\n",
		"for (const $key of Object.keys(process.env)) {\n  if ($key.startsWith(\""+prefix+"_OPT_\")) {\n    $config[$key.slice(8).toLowerCase()] = process.env[$key];\n  }\n}\n")
	return plan{moment: atImport, main: main + g.exported("config", "$config")}
}

func (g *generator) compiler() plan {
	run := "function $run($file, $args) {\n  const $out = #child_process." + g.one("spawnSync($file, $args, { encoding: \"utf8\" }).stdout", "execFileSync($file, $args, { encoding: \"utf8\" })") + ";\n  return String($out || \"\").trim();\n}\n"
	main := g.one(
		"const $commit = $run(\"git\", [\"rev-parse\", \"HEAD\"]);\nconst $branch = $run(\"git\", [\"rev-parse\", \"--abbrev-ref\", \"HEAD\"]);\n",
		"const $commit = $run(process.env.CXX || \"c++\", [\"--version\"]).split(\"\\n\")[0];\n",
		"const $commit = $run(\"tsc\", [\"--project\", \"tsconfig.json\"]);\n",
		"const $commit = $run(\"git\", [\"log\", \"-1\", \"--format=%H\"]);\n#fs.writeFileSync(#path.join(process.cwd(), \""+Marker+"\", \"commit.txt\"), $commit);\n")
	return plan{moment: atImport, decls: []string{run}, main: main + g.exported("commit", "$commit")}
}

func (g *generator) minified() plan {
	return plan{finish: func(g *generator) {
		var b strings.Builder
		saved := g.style
		g.style.tight = true
		for range 8 + g.IntN(12) {
			b.WriteString(g.banal())
		}
		text := g.style.apply(g.unit(false).expand(b.String()))
		g.style = saved
		file := g.freePath("dist/bundle.min.js", "dist/index.umd.min.js", "dist/browser.min.js")
		g.after.Files[file] = []byte("!function(){" + text + "}();\n")
	}}
}

func (g *generator) cryptoUse() plan {
	seal := "function $seal($text, $secret) {\n  const $salt = #crypto.randomBytes(16);\n  const $key = #crypto.scryptSync($secret, $salt, 32);\n  const $iv = #crypto.randomBytes(12);\n  const $cipher = #crypto.createCipheriv(\"aes-256-gcm\", $key, $iv);\n  const $data = Buffer.concat([$cipher.update($text, \"utf8\"), $cipher.final()]);\n  return Buffer.concat([$salt, $iv, $cipher.getAuthTag(), $data]).toString(\"base64\");\n}\n"
	open := "function $unseal($text, $secret) {\n  const $all = Buffer.from($text, \"base64\");\n  const $key = #crypto.scryptSync($secret, $all.slice(0, 16), 32);\n  const $cipher = #crypto.createDecipheriv(\"aes-256-gcm\", $key, $all.slice(16, 28));\n  $cipher.setAuthTag($all.slice(28, 44));\n  return $cipher.update($all.slice(44), undefined, \"utf8\") + $cipher.final(\"utf8\");\n}\n"
	return plan{moment: atImport, decls: []string{seal, open}, main: g.exported("seal", "$seal") + g.exported("unseal", "$unseal")}
}

func (g *generator) assets() plan {
	text := strings.Repeat(g.one("alpha beta gamma delta ", "locale names and their forms ", "a table of code points "), 20+g.IntN(60))
	content := base64.StdEncoding.EncodeToString(deflate([]byte(text)))
	main := "let $table = null;\nconst $load = () => {\n  if (!$table) {\n    $table = #zlib.inflateSync(Buffer.from(#fs.readFileSync(DATA, \"utf8\"), \"base64\")).toString(\"utf8\").split(\" \");\n  }\n  return $table;\n};\n" + g.exported("load", "$load")
	return plan{moment: atImport, main: main, data: dataFile{g.one("data/table.txt", "lib/data.b64", "assets/names.dat"), content + "\n"}}
}

func (g *generator) wasm() plan {
	// The shortest module: magic number and version, then a custom section.
	section := append([]byte("\x04note"), g.bytes(30+g.IntN(60))...)
	module := append([]byte("\x00asm\x01\x00\x00\x00\x00"), byte(len(section)))
	module = append(module, section...)
	form, text := "base64", base64.StdEncoding.EncodeToString(module)
	if g.chance(0.3) {
		form, text = "hex", hex.EncodeToString(module)
	}
	main := "const $bytes = Buffer.from(" + quote(text) + ", \"" + form + "\");\n" + g.one(
		"const $ready = WebAssembly.instantiate($bytes, {}).then(($out) => $out.instance.exports);\n",
		"const $ready = new WebAssembly.Instance(new WebAssembly.Module($bytes), {}).exports;\n") + g.exported("ready", "$ready")
	return plan{moment: atImport, main: main}
}

func (g *generator) message() plan {
	main := g.one(
		"if (!process.env.CI && !process.env.ADBLOCK) {\n  console.log(\"\\u001b[96mThank you for using this package!\\u001b[0m\");\n  console.log(\"Please consider supporting its maintainers.\");\n}\n",
		"const $major = Number(process.versions.node.split(\".\")[0]);\nif ($major < 18) {\n  console.warn(\"This release needs Node.js 18 or newer.\");\n}\n",
		"try {\n  const $seen = #path.join(#os.tmpdir(), \""+Marker+"\", \"banner\");\n  if (!#fs.existsSync($seen)) {\n    console.log(\"See CHANGELOG.md for what changed.\");\n  }\n} catch ($err) {}\n")
	return plan{moment: atInstall, main: main}
}

func (g *generator) gyp() plan {
	return plan{finish: func(g *generator) {
		name := g.one("addon", "binding", "native")
		if !g.taken("binding.gyp") {
			g.after.Files["binding.gyp"] = []byte("{\n  \"targets\": [\n    {\n      \"target_name\": \"" + name + "\",\n      \"sources\": [\"native/" + name + ".cc\"],\n      \"include_dirs\": [\"<!(node -p \\\"require('node-addon-api').include_dir\\\")\"]\n    }\n  ]\n}\n")
			g.after.Files[g.freePath("native/"+name+".cc")] = []byte("#include <node_api.h>\n\nstatic napi_value Init(napi_env env, napi_value exports) { return exports; }\nNAPI_MODULE(" + name + ", Init)\n")
		}
		g.script("install", g.one("node-gyp rebuild", "node-gyp-build", "prebuild-install || node-gyp rebuild", "node-pre-gyp install --fallback-to-build"))
		g.manifest.put("dependencies", "node-addon-api", "^8.0.0")
	}}
}

func (g *generator) client() plan {
	h := g.project()
	body := "class $client {\n  constructor($options) {\n    this.base = ($options && $options.base) || \"https://" + h + "\";\n    this.token = ($options && $options.token) || process.env.API_TOKEN;\n  }\n  async call($method, $route, $body) {\n    const $res = await fetch(new URL($route, this.base), {\n      method: $method,\n      headers: { authorization: \"Bearer \" + this.token, \"content-type\": \"application/json\" },\n      body: $body ? JSON.stringify($body) : undefined,\n    });\n    if (!$res.ok) {\n      throw new Error($method + \" \" + $route + \": \" + $res.status);\n    }\n    return $res.json();\n  }\n  list($kind) {\n    return this.call(\"GET\", \"/v2/\" + encodeURIComponent($kind));\n  }\n}\n"
	return plan{moment: atImport, decls: []string{body}, main: g.exported("Client", "$client")}
}

func (g *generator) polyfill() plan {
	g.browser = true
	main := "const $scope = typeof globalThis === \"object\" ? globalThis : Function(\"return this\")();\n" + g.one(
		"if (!$scope.fetch) {\n  $scope.fetch = function ($link, $init) {\n    return new Promise(($done, $fail) => {\n      const $req = new XMLHttpRequest();\n      $req.open(($init && $init.method) || \"GET\", $link);\n      $req.onload = () => $done($req.responseText);\n      $req.onerror = $fail;\n      $req.send($init && $init.body);\n    });\n  };\n}\n",
		"if (!$scope.atob) {\n  $scope.atob = ($text) => Buffer.from($text, \"base64\").toString(\"binary\");\n  $scope.btoa = ($text) => Buffer.from($text, \"binary\").toString(\"base64\");\n}\n",
		"if ($scope.fetch) {\n  const $inner = $scope.fetch;\n  $scope.fetch = function ($link, $init) {\n    const $from = Date.now();\n    return $inner.call(this, $link, $init).finally(() => $scope.performance && $scope.performance.mark(\"fetch-\" + (Date.now() - $from)));\n  };\n}\n")
	return plan{browser: true, moment: atImport, main: main}
}

func (g *generator) updater() plan {
	h := g.project()
	main := "if (process.stdout.isTTY && !process.env.NO_UPDATE_NOTIFIER) {\n  #https.get(\"https://" + h + "/latest.json\", ($res) => {\n    let $text = \"\";\n    $res.on(\"data\", ($part) => {\n      $text += $part;\n    });\n    $res.on(\"end\", () => {\n      const $latest = JSON.parse($text).version;\n      if ($latest !== process.env.npm_package_version) {\n        console.log(\"A new version is available: \" + $latest);\n      }\n    });\n  }).on(\"error\", () => {});\n}\n"
	return plan{moment: atImport, main: main}
}
