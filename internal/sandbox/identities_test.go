package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/amalfi-audit/audit/internal/sandbox/leak"
)

var tint = Package{Name: "@hues/tint", Version: "1.4.1", Files: []string{"package.json", "setup.js"}}

func worldOf(identity string) *World {
	return NewWorld(identity, tint, Entry{Hook: "preinstall", File: "setup.js", Args: []string{"--quiet"}})
}

// content is all text of a world that a script can read.
func content(w *World) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(w.Env)) {
		b.WriteString(k + "=" + w.Env[k] + "\n")
	}
	for _, k := range slices.Sorted(maps.Keys(w.Files)) {
		b.WriteString(k + "\n" + w.Files[k] + "\n")
	}
	return b.String()
}

func TestIdentities(t *testing.T) {
	names := Identities()
	if want := []string{"linux-ci", "windows", "macos", "linux-ru", "windows-ir"}; !reflect.DeepEqual(names, want) {
		t.Fatal(names)
	}
	if got := worldOf("nobody").Identity.Name; got != names[0] {
		t.Errorf("an unknown identity is %s", got)
	}
	seen := make(map[string]string)
	for _, name := range names {
		w := worldOf(name)
		if w.Identity.Name != name || !reflect.DeepEqual(w, worldOf(name)) {
			t.Errorf("%s is not the same twice", name)
		}
		for _, value := range []string{w.Identity.Hostname, w.Identity.Username, w.Identity.Home, w.Identity.MAC, w.Identity.Public} {
			if seen[value] != "" {
				t.Errorf("%s and %s share %s", name, seen[value], value)
			}
			seen[value] = name
		}
		if text, err := json.Marshal(w); err != nil || len(text) > 256<<10 {
			t.Errorf("%s: %d bytes of JSON, %v", name, len(text), err)
		}
	}
}

// TestCanaries: each can be read somewhere, is found when that is sent, and is in
// no other world.
func TestCanaries(t *testing.T) {
	for _, name := range Identities() {
		w := worldOf(name)
		canaries := w.Canaries()
		least := 35
		if !w.Identity.CI {
			least = 55
		}
		if len(canaries) < least {
			t.Errorf("%s has %d canaries", name, len(canaries))
		}
		all := content(w) + w.Identity.MAC + "\n" + w.Identity.Public + "\n" + w.Identity.Hostname
		found := make(map[string]bool)
		names := make(map[string]bool)
		for _, l := range leak.Find(canaries, []leak.Sent{{To: "collect.invalid", Data: []byte(all)}}) {
			found[l.Canary] = true
		}
		for _, c := range canaries {
			if !found[c.Name] {
				t.Errorf("%s: %s is not found", name, c.Name)
			}
			if names[c.Name] {
				t.Errorf("%s: two canaries are called %s", name, c.Name)
			}
			names[c.Name] = true
			if !regexp.MustCompile(`[A-Za-z0-9]`).MatchString(c.Value) || len(c.Value) < 9 || c.Secret && len(c.Value) < 16 {
				t.Errorf("%s: %s is %q", name, c.Name, c.Value)
			}
		}
		for _, other := range Identities() {
			if other == name {
				continue
			}
			if got := leak.Find(canaries, []leak.Sent{{To: "collect.invalid", Data: []byte(content(worldOf(other)))}}); len(got) > 0 {
				t.Errorf("of %s in %s: %v", name, other, got)
			}
		}
		if again := NewWorld(name, Package{Name: "left"}, Entry{File: "index.js"}).Canaries(); !reflect.DeepEqual(again, canaries) {
			t.Errorf("%s: another package has other canaries", name)
		}
	}
}

// TestPublicHeads: what every key and token begins with is no leak.
func TestPublicHeads(t *testing.T) {
	text := `-----BEGIN RSA PRIVATE KEY----- MIIEpAIBAAKCAQEA -----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACA -----END OPENSSH PRIVATE KEY-----
ghp_ ghs_ npm_ AKIA sk-ant-api03- xoxc- eyJhbGciOiJSUzI1NiIsImtpZCI6Ii. SQLite format 3 RFBBUEkBAAAA0Iyd MDoEEPgAAAAAAAAA xprv9s21ZrQH143K
/home/ /Users/ C:\Users\ root runner localhost 127.0.0.1 registry _authToken= aws_secret_access_key ` + strings.Join(strings.Fields(phraseWords), " ")
	for _, name := range Identities() {
		if got := leak.Find(worldOf(name).Canaries(), []leak.Sent{{To: "collect.invalid", Data: []byte(text)}}); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestOrdinary: nothing says what the world is for, every path is the platform's,
// and no host of it could be asked.
func TestOrdinary(t *testing.T) {
	telling := regexp.MustCompile(`(?i)sandbox|canary|malware|audit|honey|fake|dummy|mock|test|analy|invented|virus`)
	hosts := regexp.MustCompile(`(?i)https?://(?:[^/@\s]*@)?([a-z0-9.-]+)`)
	for _, name := range Identities() {
		w := worldOf(name)
		text := content(w)
		if m := telling.FindAllString(text, -1); m != nil {
			t.Errorf("%s says %q", name, m)
		}
		if !utf8.ValidString(text) {
			t.Errorf("%s is no text", name)
		}
		for _, m := range hosts.FindAllStringSubmatch(text, -1) {
			known := []string{"github.com", "api.github.com", "discord.com"}
			if !strings.HasSuffix(m[1], ".invalid") && !slices.Contains(known, m[1]) {
				t.Errorf("%s names %s", name, m[1])
			}
		}
		windows := w.Identity.Platform == "win32"
		for file := range w.Files {
			if windows != strings.HasPrefix(file, `C:\`) || windows == strings.Contains(file, "/") || !windows && path.Clean(file) != file {
				t.Errorf("%s: the path %s", name, file)
			}
		}
	}
}

func TestBelongings(t *testing.T) {
	everywhere := []string{".npmrc", ".ssh/id_rsa", ".ssh/id_ed25519", ".aws/credentials", ".azure/msal_token_cache.json", ".kube/config", ".docker/config.json", ".git-credentials", ".netrc", ".gitconfig"}
	of := map[string][]string{
		"linux-ci":   {".config/gcloud/application_default_credentials.json", ".bash_history"},
		"linux-ru":   {".config/google-chrome/Default/Login Data", ".config/google-chrome/Local State", ".mozilla/firefox/profiles.ini", ".config/discord/Local Storage/leveldb/000005.ldb", ".local/share/TelegramDesktop/tdata/key_datas", ".config/Exodus/exodus.wallet/seed.seco", ".electrum/wallets/default_wallet", ".bitcoin/wallet.dat", ".config/solana/id.json", ".claude.json", ".vscode/argv.json"},
		"macos":      {".zsh_history", "Library/Application Support/Google/Chrome/Default/Cookies", "Library/Application Support/Google/Chrome/Default/Local Extension Settings/nkbihfbeogaeaoehlefnkodbefgpgknn/000003.log", "Library/Keychains/login.keychain-db", "Library/Application Support/Exodus/exodus.wallet/passphrase.json"},
		"windows":    {"AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt", "AppData/Local/Google/Chrome/User Data/Default/Login Data", "AppData/Roaming/discord/Local Storage/leveldb/000005.ldb", "AppData/Roaming/gcloud/application_default_credentials.json", "AppData/Roaming/Slack/Cookies"},
		"windows-ir": {"AppData/Roaming/Telegram Desktop/tdata/key_datas", "AppData/Roaming/Electrum/wallets/default_wallet"},
	}
	project := []string{"package.json", "package-lock.json", ".env", ".git/config", ".github/workflows/ci.yml", "src/index.js", "node_modules/express/package.json"}
	for _, name := range Identities() {
		w := worldOf(name)
		has := func(base, file string) {
			file = base + "/" + file
			if w.Identity.Platform == "win32" {
				file = strings.ReplaceAll(file, "/", `\`)
			}
			if w.Files[file] == "" {
				t.Errorf("%s has no %s", name, file)
			}
		}
		for _, file := range slices.Concat(everywhere, of[name]) {
			has(w.Identity.Home, file)
		}
		for _, file := range project {
			has(w.Identity.Project, file)
		}
		for file, text := range w.Files {
			if strings.HasSuffix(file, ".json") && !json.Valid([]byte(text)) {
				t.Errorf("%s: %s is no JSON", name, file)
			}
		}
	}
	system := worldOf("linux-ru")
	if !strings.Contains(system.Files["/etc/passwd"], "akuznetsov62:x:1000:1000:") || system.Files["/etc/hostname"] != system.Identity.Hostname+"\n" {
		t.Error("the system's files do not know the user and the host")
	}
	var manifest struct {
		Name         string
		Description  string
		Dependencies map[string]string
	}
	if err := json.Unmarshal([]byte(system.Files[system.Identity.Project+"/package.json"]), &manifest); err != nil || manifest.Dependencies[tint.Name] != tint.Version || manifest.Description == "" {
		t.Errorf("%+v %v", manifest, err)
	}
}

func TestEnvironment(t *testing.T) {
	for _, name := range Identities() {
		w := worldOf(name)
		for k, want := range map[string]string{
			"npm_lifecycle_event": "preinstall", "npm_lifecycle_script": "node setup.js --quiet", "npm_package_name": tint.Name, "npm_package_version": tint.Version,
			"INIT_CWD": w.Identity.Project, "HOME": w.Identity.Home,
		} {
			if w.Env[k] != want {
				t.Errorf("%s: %s is %q", name, k, w.Env[k])
			}
		}
		for _, k := range []string{"NPM_TOKEN", "GITHUB_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "npm_config_user_agent", "npm_execpath"} {
			if len(w.Env[k]) < 16 {
				t.Errorf("%s: %s is %q", name, k, w.Env[k])
			}
		}
		if !strings.HasSuffix(w.Env["npm_config_registry"], ".invalid/") {
			t.Errorf("%s: the registry is %s", name, w.Env["npm_config_registry"])
		}
		if (w.Env["CI"] == "true") != w.Identity.CI || (w.Env["GITHUB_ACTIONS"] == "true") != w.Identity.CI {
			t.Errorf("%s: CI is %q", name, w.Env["CI"])
		}
		used := NewWorld(name, tint, Entry{Hook: "main", File: "index.js"})
		if used.Env["npm_package_name"] == tint.Name || used.Env["npm_package_description"] == "" || used.Env["npm_lifecycle_event"] != "start" {
			t.Errorf("%s: a program runs as %s of %s", name, used.Env["npm_lifecycle_event"], used.Env["npm_package_name"])
		}
	}
	if w := worldOf("windows"); w.Package.Root != `C:\Users\dhartwell88\source\repos\storefront-web\node_modules\@hues\tint` || w.Env["USERPROFILE"] != w.Identity.Home || w.Env["COMPUTERNAME"] != w.Identity.Hostname {
		t.Error(w.Package.Root, w.Env["USERPROFILE"], w.Env["COMPUTERNAME"])
	}
	if w := worldOf("macos"); w.Package.Root != "/Users/lena.brandt74/Developer/wallet-app/node_modules/@hues/tint" {
		t.Error(w.Package.Root)
	}
}

func BenchmarkNewWorld(b *testing.B) {
	for b.Loop() {
		worldOf("windows")
	}
}

func BenchmarkCanaries(b *testing.B) {
	w := worldOf("windows")
	canaries := w.Canaries()
	var sent []leak.Sent
	for range 10 {
		sent = append(sent, leak.Sent{To: "api.collect.invalid", Data: []byte("POST https://api.collect.invalid/v1/usage\nUser-Agent: node\nContent-Type: application/json\n\n" + w.Files[w.Identity.Project+`\README.md`] + `{"node":"22.14.0","arch":"x64","duration":1832,"ok":true}`)})
	}
	for b.Loop() {
		if got := leak.Find(canaries, sent); len(got) > 0 {
			b.Fatal(got)
		}
	}
}

// TestLeaving sends a world away as thieves do.
func TestLeaving(t *testing.T) {
	for _, name := range Identities() {
		w := worldOf(name)
		env, err := json.Marshal(w.Env)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(env); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		var names, bodies []leak.Sent
		for text := hex.EncodeToString(packed.Bytes()); text != ""; text = text[min(len(text), 60):] {
			names = append(names, leak.Sent{To: strconv.Itoa(len(names)) + "." + text[:min(len(text), 60)] + ".x4.interact.sh.invalid"})
		}
		for text := base64.StdEncoding.EncodeToString(env); text != ""; text = text[min(len(text), 500):] {
			bodies = append(bodies, leak.Sent{To: "hook.invalid", Data: []byte(`{"n":` + strconv.Itoa(len(bodies)) + `,"content":"` + text[:min(len(text), 500)] + `"}`)})
		}
		plainest := strings.ToLower(regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(w.Identity.Hostname, "-")) + "." + w.Identity.Username
		for way, test := range map[string]struct {
			sent []leak.Sent
			want []string
		}{
			"names":  {names, []string{"npm token", "AWS secret key", "database password", "home path"}},
			"bodies": {bodies, []string{"npm token", "AWS secret key", "database password", "home path"}},
			"labels": {[]leak.Sent{{To: plainest + ".c5.oastify.com.invalid"}}, []string{"host name", "user name"}},
			"key":    {[]leak.Sent{{To: "t.invalid", Data: []byte(url.QueryEscape(w.Files[sshKey(w)]))}}, []string{"RSA key"}},
		} {
			var got []string
			for _, l := range leak.Find(w.Canaries(), test.sent) {
				got = append(got, l.Canary)
			}
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("%s, %s: %s is not among %q", name, way, want, got)
				}
			}
		}
	}
}

func sshKey(w *World) string {
	if w.Identity.Platform == "win32" {
		return w.Identity.Home + `\.ssh\id_rsa`
	}
	return w.Identity.Home + "/.ssh/id_rsa"
}
