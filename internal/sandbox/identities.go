package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/sandbox/leak"
)

// Identities returns the names that NewWorld knows. The first is what a pull
// request's packages meet most; the others are for scripts that look who is there.
func Identities() []string {
	names := make([]string, len(machines))
	for i, m := range machines {
		names[i] = m.Name
	}
	return names
}

// NewWorld returns what an entry of a package finds on the machine of an
// identity: its environment, its user's home and the project that has the package
// installed. pkg.Root is set to where the package lies there. An identity that
// does not exist is the first.
//
// The same arguments give the same world. Every secret in it is invented, and
// those of two identities differ.
func NewWorld(identity string, pkg Package, entry Entry) *World {
	m := machineOf(identity)
	b := &worldBuilder{machine: m, values: make(map[string]string)}
	b.w = World{Identity: m.Identity, Env: make(map[string]string), Files: make(map[string]string), Package: pkg, Entry: entry}
	b.w.Package.Root = b.join(m.Project, "node_modules", pkg.Name)
	for _, mark := range []struct{ name, value string }{
		{"host name", m.Hostname}, {"user name", m.Username}, {"home path", m.Home},
		{"hardware address", m.MAC}, {"public address", m.Public},
	} {
		b.w.canaries = append(b.w.canaries, leak.Canary{Name: mark.name, Value: mark.value})
	}
	b.machineFiles()
	b.homeFiles()
	b.projectFiles()
	if !m.CI {
		b.desktopFiles()
	}
	b.environment()
	return &b.w
}

// Canaries returns the secrets and the marks of the world's machine, in a fixed
// order. None of them occurs anywhere else. What of a secret is public, as the
// head of a key file, is left out.
func (w *World) Canaries() []leak.Canary { return w.canaries }

// A machine is an identity with what its World is made from.
type machine struct {
	Identity
	// person is the user's full name, company their employer's short name.
	person, company string
	// project is the name of the project, about its description.
	project, about string
	// lang is the environment's LANG, zone the local time zone's abbreviation.
	lang string
}

// clockAt returns a time in milliseconds since 1970, so many minutes behind UTC.
func clockAt(year int, month time.Month, day, hour, minute, offset int) int64 {
	return time.Date(year, month, day, hour, minute+offset, 17, 402e6, time.UTC).UnixMilli()
}

const gibibyte = 1 << 30

// Public addresses are of the blocks of RFC 5737, which nobody has. Host and user
// names are ordinary ones with digits, which do not occur by chance.
var machines = [...]machine{
	{
		Identity: Identity{
			Name: "linux-ci", Platform: "linux", Arch: "x64", Release: "6.8.0-1021-azure",
			Hostname: "fv-az1842-613", Username: "runner3187", UID: 1001,
			Home: "/home/runner3187", Temp: "/tmp", Project: "/home/runner3187/work/billing-portal/billing-portal",
			Shell: "/bin/bash", Locale: "en-US", TimeZone: "UTC", Offset: 0, Now: clockAt(2026, time.November, 17, 10, 24, 0),
			Node: "v22.14.0", IP: "10.1.0.47", Public: "203.0.113.148", Country: "US", MAC: "60:45:bd:7a:91:3e",
			CPUs: 4, Memory: 16 * gibibyte, CI: true,
		},
		person: "Marcus Halloran", company: "brightfold", project: "billing-portal",
		about: "Invoices, payments and subscriptions for Brightfold customers", lang: "C.UTF-8",
	},
	{
		Identity: Identity{
			Name: "windows", Platform: "win32", Arch: "x64", Release: "10.0.22631",
			Hostname: "DESKTOP-7QK42M9", Username: "dhartwell88", UID: -1,
			Home: `C:\Users\dhartwell88`, Temp: `C:\Users\dhartwell88\AppData\Local\Temp`, Project: `C:\Users\dhartwell88\source\repos\storefront-web`,
			Shell: `C:\Windows\system32\cmd.exe`, Locale: "en-US", TimeZone: "America/Chicago", Offset: 360, Now: clockAt(2026, time.November, 17, 14, 36, 360),
			Node: "v22.14.0", IP: "192.168.1.73", Public: "198.51.100.87", Country: "US", MAC: "d8:bb:c1:4e:27:a6",
			CPUs: 16, Memory: 32 * gibibyte,
		},
		person: "Dana Hartwell", company: "oakmere", project: "storefront-web",
		about: "Web shop with basket, checkout and order history", lang: "en_US.UTF-8",
	},
	{
		Identity: Identity{
			Name: "macos", Platform: "darwin", Arch: "arm64", Release: "24.3.0",
			Hostname: "Lenas-MacBook-Pro-4172.local", Username: "lena.brandt74", UID: 501,
			Home: "/Users/lena.brandt74", Temp: "/var/folders/k7/9w2c4x6d1v3_h8q5m0r7t2fz0000gn/T", Project: "/Users/lena.brandt74/Developer/wallet-app",
			Shell: "/bin/zsh", Locale: "de-DE", TimeZone: "Europe/Berlin", Offset: -60, Now: clockAt(2026, time.November, 17, 21, 47, -60),
			Node: "v22.12.0", IP: "192.168.178.34", Public: "203.0.113.71", Country: "DE", MAC: "3c:06:30:5b:e4:18",
			CPUs: 10, Memory: 32 * gibibyte,
		},
		person: "Lena Brandt", company: "nordlicht", project: "wallet-app",
		about: "Portfolio view for several chains with swap and staking", lang: "de_DE.UTF-8",
	},
	{
		Identity: Identity{
			Name: "linux-ru", Platform: "linux", Arch: "x64", Release: "6.5.0-44-generic",
			Hostname: "akuznetsov-thinkpad-5206", Username: "akuznetsov62", UID: 1000,
			Home: "/home/akuznetsov62", Temp: "/tmp", Project: "/home/akuznetsov62/projects/delivery-tracker",
			Shell: "/bin/bash", Locale: "ru-RU", TimeZone: "Europe/Moscow", Offset: -180, Now: clockAt(2026, time.November, 17, 16, 5, -180),
			Node: "v20.18.1", IP: "192.168.0.115", Public: "198.51.100.203", Country: "RU", MAC: "f8:94:c2:6d:30:b7",
			CPUs: 8, Memory: 16 * gibibyte,
		},
		person: "Anton Kuznetsov", company: "sevlog", project: "delivery-tracker",
		about: "Couriers on a map, with routes and delivery times", lang: "ru_RU.UTF-8",
	},
	{
		Identity: Identity{
			Name: "windows-ir", Platform: "win32", Arch: "x64", Release: "10.0.19045",
			Hostname: "LAPTOP-3V8NRK5J", Username: "rezakarimi91", UID: -1,
			Home: `C:\Users\rezakarimi91`, Temp: `C:\Users\rezakarimi91\AppData\Local\Temp`, Project: `C:\Users\rezakarimi91\Documents\clinic-booking`,
			Shell: `C:\Windows\system32\cmd.exe`, Locale: "fa-IR", TimeZone: "Asia/Tehran", Offset: -210, Now: clockAt(2026, time.November, 17, 11, 52, -210),
			Node: "v20.18.1", IP: "192.168.43.58", Public: "203.0.113.226", Country: "IR", MAC: "a4:c3:f0:92:5d:7b",
			CPUs: 8, Memory: 16 * gibibyte,
		},
		person: "Reza Karimi", company: "shafatech", project: "clinic-booking",
		about: "Appointments and reminders for a clinic", lang: "fa_IR.UTF-8",
	},
}

func machineOf(name string) machine {
	for _, m := range machines {
		if m.Name == name {
			return m
		}
	}
	return machines[0]
}

// worldBuilder puts a world together.
type worldBuilder struct {
	machine
	w      World
	values map[string]string // of the secrets, by name
}

// windows says how paths are written.
func (b *worldBuilder) windows() bool { return b.Platform == "win32" }

// join puts a path together as the platform writes it.
func (b *worldBuilder) join(base string, parts ...string) string {
	if !b.windows() {
		return path.Join(append([]string{base}, parts...)...)
	}
	for _, p := range parts {
		base += `\` + strings.ReplaceAll(p, "/", `\`)
	}
	return base
}

// Alphabets of secrets.
const (
	alphaLower  = "abcdefghijklmnopqrstuvwxyz0123456789"
	alphaMixed  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	alphaUpper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	alphaHex    = "0123456789abcdef"
	alphaBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// secret returns so many characters that are a canary. The same name has the same
// value wherever it is used in a world.
func (b *worldBuilder) secret(name, alphabet string, n int) string {
	return b.canary(name, b.random(name, alphabet, n))
}

// canary remembers a value as a secret.
func (b *worldBuilder) canary(name, value string) string {
	if _, ok := b.values[name]; !ok {
		b.values[name] = value
		b.w.canaries = append(b.w.canaries, leak.Canary{Name: name, Value: value, Secret: true})
	}
	return value
}

// random returns characters that follow from the identity and the name alone.
func (b *worldBuilder) random(name, alphabet string, n int) string {
	out := make([]byte, 0, n)
	for block := uint64(0); len(out) < n; block++ {
		mac := hmac.New(sha256.New, []byte(b.machine.Name))
		mac.Write(binary.BigEndian.AppendUint64([]byte(name+"\x00"), block))
		for sum := mac.Sum(nil); len(sum) >= 2 && len(out) < n; sum = sum[2:] {
			out = append(out, alphabet[int(binary.BigEndian.Uint16(sum))%len(alphabet)])
		}
	}
	return string(out)
}

// phrase returns twelve words.
func (b *worldBuilder) phrase(name string) string {
	pick := b.random(name, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 24)
	list := strings.Fields(phraseWords)
	out := make([]string, 12)
	for i := range out {
		out[i] = list[(int(pick[2*i])<<4|int(pick[2*i+1]))%len(list)]
	}
	return b.canary(name, strings.Join(out, " "))
}

// phraseWords are ordinary nouns.
const phraseWords = `anchor apple artist autumn badge bamboo basket beach bicycle blanket bottle breeze bridge bronze
bubble cabin cactus camera canyon carbon carpet castle cereal cherry chimney circle clay cliff cloud coconut copper coral
cotton couch cradle cricket crystal cup desert diamond dinner dolphin donkey dragon drum eagle elbow elephant
emerald engine fabric farm feather fence finger flame flower forest fossil fox furnace galaxy garden
garlic giraffe glove goat gold grape guitar hammer harbor hawk hedgehog helmet hen horse humor island ivory jacket jaguar
jewel jungle kangaroo kitchen kite kiwi ladder lamp laptop lava lemon leopard library lion lizard lobster lumber magnet mango
maple marble meadow mirror monkey mosquito mountain museum mushroom napkin nut oak ocean olive onion orange orchard
ostrich owner oyster palace panda parrot peanut pelican pencil pepper piano picnic pigeon pilot planet pond potato pottery
pumpkin puppy purse quarter rabbit raccoon rail ranch ribbon rifle river robot rocket rose saddle salmon sand satoshi sausage
scissors seed shell shrimp silver skate snake spider spoon squirrel stadium sugar sunset swamp table tank tiger toast
tomato tornado tower trophy turkey turtle umbrella valley velvet violin volcano wagon walnut water whale wheat wolf yellow zebra`

// pem returns a key file. Of its text only what follows the public head is a
// secret.
func (b *worldBuilder) pem(name, label, head string, n, width int) string {
	body := head + b.random(name, alphaBase64, n-len(head)-2) + "=="
	var lines []string
	for len(body) > width {
		lines = append(lines, body[:width])
		body = body[width:]
	}
	text := strings.Join(append(lines, body), "\n")
	b.canary(name, text[len(head)+len(head)/width:])
	return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n"
}

// installHooks are the hooks that a package manager runs while it installs.
var installHooks = []string{"preinstall", "install", "postinstall", "prepare", "prepublish", "preprepare", "postprepare"}

// environment fills the environment as npm passes it on: to an install script
// with the package's own fields, to a program that has the package with the
// project's.
func (b *worldBuilder) environment() {
	installs := slices.Contains(installHooks, b.w.Entry.Hook)
	npm := map[string]string{
		"npm_lifecycle_event": "start", "npm_lifecycle_script": "node src/index.js", "npm_command": "run-script",
		"npm_package_name": b.project, "npm_package_version": projectVersion, "npm_package_description": b.about,
		"npm_package_json": b.join(b.Project, "package.json"),
		"INIT_CWD":         b.Project, "PWD": b.Project,
	}
	if installs {
		npm["npm_lifecycle_event"] = b.w.Entry.Hook
		npm["npm_lifecycle_script"] = strings.Join(append([]string{"node", b.w.Entry.File}, b.w.Entry.Args...), " ")
		npm["npm_command"] = "install"
		if b.CI {
			npm["npm_command"] = "ci"
		}
		npm["npm_package_name"], npm["npm_package_version"] = b.w.Package.Name, b.w.Package.Version
		npm["npm_package_json"] = b.join(b.w.Package.Root, "package.json")
		npm["PWD"] = b.w.Package.Root
		delete(npm, "npm_package_description")
	}
	maps.Copy(b.w.Env, npm)
	maps.Copy(b.w.Env, map[string]string{
		"npm_config_registry":     b.registry(),
		"npm_config_user_agent":   "npm/" + nodeNPM + " node/" + b.Node + " " + b.Platform + " " + b.Arch + " workspaces/false",
		"npm_config_npm_version":  nodeNPM,
		"npm_config_userconfig":   b.join(b.Home, ".npmrc"),
		"npm_config_local_prefix": b.Project,
		"npm_config_noproxy":      "",
		"NODE_ENV":                "development",
		"NPM_TOKEN":               "npm_" + b.secret("npm token", alphaMixed, 36),
		"AWS_ACCESS_KEY_ID":       "AKIA" + b.secret("AWS key id", alphaUpper, 16),
		"AWS_SECRET_ACCESS_KEY":   b.secret("AWS secret key", alphaBase64, 40),
		"AWS_DEFAULT_REGION":      "eu-central-1",
		"DATABASE_URL":            b.databaseURL(),
	})
	switch {
	case b.windows():
		b.windowsEnvironment()
	default:
		b.unixEnvironment()
	}
	if b.CI {
		b.actionsEnvironment()
	} else {
		maps.Copy(b.w.Env, map[string]string{
			"GITHUB_TOKEN":      "ghp_" + b.secret("GitHub token", alphaMixed, 36),
			"OPENAI_API_KEY":    "sk-proj-" + b.secret("OpenAI key", alphaMixed, 48),
			"ANTHROPIC_API_KEY": "sk-ant-api03-" + b.secret("Anthropic key", alphaMixed, 60),
			"TERM_PROGRAM":      "vscode",
			"EDITOR":            "code --wait",
		})
	}
}

const (
	nodeNPM        = "10.9.2"
	projectVersion = "2.6.1"
)

func (b *worldBuilder) registry() string { return "https://npm." + b.company + ".invalid/" }

func (b *worldBuilder) databaseURL() string {
	return "postgres://app:" + b.secret("database password", alphaMixed, 24) + "@db." + b.company + ".invalid:5432/" + strings.ReplaceAll(b.project, "-", "_")
}

func (b *worldBuilder) unixEnvironment() {
	prefix := "/usr/local"
	switch {
	case b.CI:
		prefix = "/opt/hostedtoolcache/node/" + strings.TrimPrefix(b.Node, "v") + "/x64"
	case b.Platform == "darwin":
		prefix = "/opt/homebrew"
	}
	maps.Copy(b.w.Env, map[string]string{
		"HOME": b.Home, "USER": b.Username, "LOGNAME": b.Username, "SHELL": b.Shell, "LANG": b.lang,
		"TERM": "xterm-256color", "SHLVL": "2", "_": prefix + "/bin/node", "NODE": prefix + "/bin/node",
		"PATH": strings.Join([]string{
			b.join(b.w.Package.Root, "node_modules/.bin"), b.join(b.Project, "node_modules/.bin"),
			prefix + "/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin", prefix + "/bin",
			b.join(b.Home, ".local/bin"), "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
		}, ":"),
		"npm_execpath":             prefix + "/lib/node_modules/npm/bin/npm-cli.js",
		"npm_node_execpath":        prefix + "/bin/node",
		"npm_config_prefix":        prefix,
		"npm_config_global_prefix": prefix,
		"npm_config_globalconfig":  prefix + "/etc/npmrc",
		"npm_config_cache":         b.join(b.Home, ".npm"),
		"npm_config_node_gyp":      prefix + "/lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js",
	})
	if b.CI {
		return
	}
	b.w.Env["SSH_AUTH_SOCK"] = "/run/user/" + strconv.Itoa(b.UID) + "/keyring/ssh"
	b.w.Env["DISPLAY"] = ":0"
	if b.Platform == "darwin" {
		b.w.Env["TMPDIR"] = b.Temp + "/"
		b.w.Env["SSH_AUTH_SOCK"] = "/private/tmp/com.apple.launchd.Xk3vQ9wLrT/Listeners"
		b.w.Env["__CF_USER_TEXT_ENCODING"] = "0x1F5:0x0:0x3"
		delete(b.w.Env, "DISPLAY")
	}
}

func (b *worldBuilder) windowsEnvironment() {
	node := `C:\Program Files\nodejs`
	roaming, local := b.join(b.Home, `AppData\Roaming`), b.join(b.Home, `AppData\Local`)
	delete(b.w.Env, "PWD")
	maps.Copy(b.w.Env, map[string]string{
		"USERPROFILE": b.Home, "HOMEDRIVE": "C:", "HOMEPATH": strings.TrimPrefix(b.Home, "C:"), "HOME": b.Home,
		"USERNAME": b.Username, "USERDOMAIN": b.Hostname, "COMPUTERNAME": b.Hostname, "LOGONSERVER": `\\` + b.Hostname,
		"APPDATA": roaming, "LOCALAPPDATA": local, "TEMP": b.Temp, "TMP": b.Temp, "ProgramData": `C:\ProgramData`, "ALLUSERSPROFILE": `C:\ProgramData`,
		"SystemRoot": `C:\Windows`, "windir": `C:\Windows`, "SystemDrive": "C:", "ComSpec": b.Shell, "OS": "Windows_NT", "PUBLIC": `C:\Users\Public`,
		"ProgramFiles": `C:\Program Files`, "ProgramFiles(x86)": `C:\Program Files (x86)`, "CommonProgramFiles": `C:\Program Files\Common Files`,
		"PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC", "PSModulePath": `C:\Windows\system32\WindowsPowerShell\v1.0\Modules\`,
		"PROCESSOR_ARCHITECTURE": "AMD64", "PROCESSOR_IDENTIFIER": "Intel64 Family 6 Model 154 Stepping 3, GenuineIntel",
		"NUMBER_OF_PROCESSORS": strconv.Itoa(b.CPUs), "SESSIONNAME": "Console", "NODE": node + `\node.exe`,
		"Path": strings.Join([]string{
			b.join(b.w.Package.Root, `node_modules\.bin`), b.join(b.Project, `node_modules\.bin`),
			`C:\Windows\system32`, `C:\Windows`, `C:\Windows\System32\Wbem`, `C:\Windows\System32\WindowsPowerShell\v1.0\`,
			node + `\`, `C:\Program Files\Git\cmd`, b.join(local, `Programs\Microsoft VS Code\bin`), b.join(roaming, "npm"),
		}, ";"),
		"npm_execpath":             node + `\node_modules\npm\bin\npm-cli.js`,
		"npm_node_execpath":        node + `\node.exe`,
		"npm_config_prefix":        b.join(roaming, "npm"),
		"npm_config_global_prefix": b.join(roaming, "npm"),
		"npm_config_globalconfig":  b.join(roaming, `npm\etc\npmrc`),
		"npm_config_cache":         b.join(local, "npm-cache"),
		"npm_config_node_gyp":      node + `\node_modules\npm\node_modules\node-gyp\bin\node-gyp.js`,
	})
}

// actionsEnvironment is what a hosted runner of GitHub Actions sets.
func (b *worldBuilder) actionsEnvironment() {
	repository := b.company + "/" + b.project
	token := b.secret("GitHub token", alphaMixed, 36)
	temp := path.Join(b.Home, "work", "_temp")
	maps.Copy(b.w.Env, map[string]string{
		"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKFLOW": "CI", "GITHUB_JOB": "build", "GITHUB_EVENT_NAME": "pull_request",
		"GITHUB_REPOSITORY": repository, "GITHUB_REPOSITORY_OWNER": b.company, "GITHUB_REPOSITORY_ID": "614072983", "GITHUB_ACTOR": "mhalloran",
		"GITHUB_REF": "refs/pull/418/merge", "GITHUB_HEAD_REF": "renovate/minor-updates", "GITHUB_BASE_REF": "main",
		"GITHUB_SHA": b.random("commit", alphaHex, 40), "GITHUB_RUN_ID": "11872640195", "GITHUB_RUN_NUMBER": "1307", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com", "GITHUB_WORKSPACE": b.Project,
		"GITHUB_ENV": temp + "/_runner_file_commands/set_env", "GITHUB_OUTPUT": temp + "/_runner_file_commands/set_output",
		"GITHUB_PATH": temp + "/_runner_file_commands/add_path", "GITHUB_EVENT_PATH": temp + "/_github_workflow/event.json",
		"GITHUB_TOKEN": "ghs_" + token, "NODE_AUTH_TOKEN": "npm_" + b.secret("npm publish token", alphaMixed, 36),
		"ACTIONS_RUNTIME_TOKEN":        "eyJhbGciOiJSUzI1NiJ9." + b.secret("runtime token", alphaMixed, 120),
		"ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipelines.actions.githubusercontent.invalid/idtoken?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "eyJ0eXAiOiJKV1QifQ." + b.secret("identity token", alphaMixed, 120),
		"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "RUNNER_NAME": "GitHub Actions 214", "RUNNER_ENVIRONMENT": "github-hosted",
		"RUNNER_TEMP": temp, "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache", "RUNNER_WORKSPACE": path.Dir(b.Project),
		"ImageOS": "ubuntu24", "DEBIAN_FRONTEND": "noninteractive", "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj" + b.secret("AWS session token", alphaBase64, 200),
		"SLACK_WEBHOOK_URL": "https://hooks.slack.invalid/services/" + b.secret("Slack hook", alphaMixed, 24), "SONAR_TOKEN": "sqp_" + b.secret("Sonar token", alphaHex, 40),
		"CODECOV_TOKEN": b.uuid("Codecov token"),
	})
}

// uuid returns a secret in the form of a UUID.
func (b *worldBuilder) uuid(name string) string {
	h := b.random(name, alphaHex, 32)
	return b.canary(name, h[:8]+"-"+h[8:12]+"-4"+h[13:16]+"-a"+h[17:20]+"-"+h[20:])
}
