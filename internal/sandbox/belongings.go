package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/amalfi-audit/audit/internal/sandbox/leak"
)

// file adds a file by its absolute path, home one below the user's folder, local
// one below the project's.
func (b *worldBuilder) file(path, text string)  { b.w.Files[path] = text }
func (b *worldBuilder) home(path, text string)  { b.file(b.join(b.Home, path), text) }
func (b *worldBuilder) local(path, text string) { b.file(b.join(b.Project, path), text) }

// object is a JSON file.
type object = map[string]any

// encode writes JSON as npm does. Maps of texts always can be.
func encode(v any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return "{}\n"
	}
	return text.String()
}

func lines(text ...string) string { return strings.Join(text, "\n") + "\n" }

// machineFiles are the files of the system.
func (b *worldBuilder) machineFiles() {
	short := strings.TrimSuffix(b.Hostname, ".local")
	hosts := lines("127.0.0.1 localhost", "::1 localhost", "127.0.1.1 "+short)
	if b.windows() {
		b.file(`C:\Windows\System32\drivers\etc\hosts`, strings.ReplaceAll(lines("# Copyright (c) 1993-2009 Microsoft Corp.", "#", "# 127.0.0.1 localhost", "192.168.1.20 nas"), "\n", "\r\n"))
		b.file(`C:\Windows\win.ini`, "; for 16-bit app support\r\n[fonts]\r\n[extensions]\r\n[mci extensions]\r\n[files]\r\n")
		return
	}
	b.file("/etc/hosts", hosts)
	b.file("/etc/shells", lines("/bin/sh", "/bin/bash", "/bin/zsh"))
	if b.Platform == "darwin" {
		b.file("/etc/resolv.conf", lines("nameserver 192.168.178.1"))
		b.file("/etc/passwd", lines("nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false", "root:*:0:0:System Administrator:/var/root:/bin/sh", "daemon:*:1:1:System Services:/var/root:/usr/bin/false"))
		b.file("/System/Library/CoreServices/SystemVersion.plist", lines(`<?xml version="1.0" encoding="UTF-8"?>`, `<plist version="1.0">`, "<dict>", "\t<key>ProductName</key>", "\t<string>macOS</string>", "\t<key>ProductVersion</key>", "\t<string>15.3.1</string>", "</dict>", "</plist>"))
		return
	}
	b.file("/etc/hostname", b.Hostname+"\n")
	b.file("/etc/resolv.conf", lines("nameserver 127.0.0.53", "options edns0 trust-ad", "search "+b.company+".invalid"))
	user := strings.Join([]string{b.Username, "x", strconv.Itoa(b.UID), strconv.Itoa(b.UID), b.person + ",,,", b.Home, b.Shell}, ":")
	b.file("/etc/passwd", lines("root:x:0:0:root:/root:/bin/bash", "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin", "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin", "systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin", "sshd:x:105:65534::/run/sshd:/usr/sbin/nologin", user))
	b.file("/etc/group", lines("root:x:0:", "sudo:x:27:"+b.Username, "docker:x:999:"+b.Username, b.Username+":x:"+strconv.Itoa(b.UID)+":"))
	b.file("/etc/os-release", lines(`PRETTY_NAME="Ubuntu 24.04.2 LTS"`, `NAME="Ubuntu"`, `VERSION_ID="24.04"`, "ID=ubuntu", "ID_LIKE=debian"))
	machineID := b.random("machine id", alphaHex, 32)
	b.w.canaries = append(b.w.canaries, leak.Canary{Name: "machine id", Value: machineID})
	b.file("/etc/machine-id", machineID+"\n")
	b.file("/etc/timezone", b.TimeZone+"\n")
	b.file("/proc/version", "Linux version "+b.Release+" (buildd@lcy02-amd64-031) (gcc 13.3.0) #23-Ubuntu SMP PREEMPT_DYNAMIC\n")
	b.file("/proc/cpuinfo", strings.Repeat(lines("processor\t: 0", "vendor_id\t: GenuineIntel", "model name\t: Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "cpu MHz\t\t: 2793.438", ""), b.CPUs))
	b.file("/proc/meminfo", lines("MemTotal:       "+strconv.FormatInt(b.Memory/1024, 10)+" kB", "MemFree:         2183940 kB"))
	b.file("/proc/uptime", "18364.52 70211.08\n")
	b.file("/proc/self/status", lines("Name:\tnode", "State:\tR (running)", "Pid:\t4172", "PPid:\t4159", "TracerPid:\t0", "Uid:\t"+strconv.Itoa(b.UID)))
	b.file("/proc/self/cgroup", "0::/user.slice/user-"+strconv.Itoa(b.UID)+".slice/session-3.scope\n")
	b.file("/proc/net/route", lines("Iface\tDestination\tGateway", "eth0\t00000000\t0100000A"))
	b.file("/sys/class/net/eth0/address", b.MAC+"\n")
}

// homeFiles are the user's settings and credentials.
func (b *worldBuilder) homeFiles() {
	npm := "npm_" + b.secret("npm token", alphaMixed, 36)
	host := strings.TrimPrefix(b.registry(), "https:")
	b.home(".npmrc", lines(host+":_authToken="+npm, "registry="+b.registry(), "email="+b.email(), "save-exact=true"))
	b.home(".yarnrc.yml", lines("npmRegistryServer: "+strconv.Quote(b.registry()), "npmAuthToken: "+strconv.Quote(npm)))
	b.home(".gitconfig", lines("[user]", "\tname = "+b.person, "\temail = "+b.email(), "[init]", "\tdefaultBranch = main", "[credential]", "\thelper = store"))
	personal := "ghp_" + b.secret("GitHub personal token", alphaMixed, 36)
	b.home(".git-credentials", lines("https://"+b.handle()+":"+personal+"@github.com", "https://oauth2:glpat-"+b.secret("GitLab token", alphaMixed, 20)+"@gitlab."+b.company+".invalid"))
	b.home(".config/gh/hosts.yml", lines("github.com:", "    user: "+b.handle(), "    oauth_token: gho_"+b.secret("gh token", alphaMixed, 36), "    git_protocol: ssh"))
	b.home(".netrc", lines("machine git."+b.company+".invalid", "  login "+b.handle(), "  password "+b.secret("netrc password", alphaMixed, 22)))
	if b.windows() {
		b.home("_netrc", b.w.Files[b.join(b.Home, ".netrc")])
	}

	b.home(".ssh/id_rsa", b.pem("RSA key", "RSA PRIVATE KEY", "MIIEpAIBAAKCAQEA", 1588, 64))
	b.home(".ssh/id_rsa.pub", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC"+b.random("RSA public key", alphaBase64, 340)+" "+b.email()+"\n")
	b.home(".ssh/id_ed25519", b.pem("Ed25519 key", "OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACA", 350, 70))
	b.home(".ssh/id_ed25519.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"+b.random("Ed25519 public key", alphaBase64, 43)+" "+b.email()+"\n")
	b.home(".ssh/config", lines("Host bastion", "  HostName bastion."+b.company+".invalid", "  User deploy", "  IdentityFile ~/.ssh/id_ed25519"))
	b.home(".ssh/known_hosts", "bastion."+b.company+".invalid ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"+b.random("host key", alphaBase64, 43)+"\n")

	b.home(".aws/credentials", lines("[default]", "aws_access_key_id = AKIA"+b.secret("AWS key id", alphaUpper, 16), "aws_secret_access_key = "+b.secret("AWS secret key", alphaBase64, 40),
		"", "[production]", "aws_access_key_id = AKIA"+b.secret("AWS production key id", alphaUpper, 16), "aws_secret_access_key = "+b.secret("AWS production secret key", alphaBase64, 40)))
	b.home(".aws/config", lines("[default]", "region = eu-central-1", "output = json"))
	b.home(b.settings("gcloud")+"/application_default_credentials.json", encode(object{"type": "authorized_user", "client_id": b.random("gcloud client", "0123456789", 12) + "-" + b.random("gcloud client name", alphaLower, 32) + ".apps.googleusercontent.com",
		"client_secret": "GOCSPX-" + b.secret("gcloud client secret", alphaMixed, 28), "refresh_token": "1//0" + b.secret("gcloud refresh token", alphaMixed, 98), "quota_project_id": b.company + "-prod"}))
	b.home(".azure/azureProfile.json", encode(object{"subscriptions": []object{{"id": b.uuid("Azure subscription"), "name": b.company + "-prod", "state": "Enabled", "isDefault": true}}}))
	b.home(".azure/msal_token_cache.json", encode(object{"RefreshToken": object{"key": object{"credential_type": "RefreshToken", "secret": "0.AXoA" + b.secret("Azure refresh token", alphaMixed, 180)}}}))
	b.home(".azure/accessTokens.json", encode([]object{{"tokenType": "Bearer", "accessToken": "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9." + b.secret("Azure access token", alphaMixed, 160)}}))
	b.home(".kube/config", lines("apiVersion: v1", "kind: Config", "current-context: prod", "clusters:", "- name: prod", "  cluster:", "    server: https://k8s."+b.company+".invalid:6443",
		"contexts:", "- name: prod", "  context: {cluster: prod, user: admin}", "users:", "- name: admin", "  user:", "    token: eyJhbGciOiJSUzI1NiIsImtpZCI6Ii."+b.secret("Kubernetes token", alphaMixed, 160)))
	b.home(".docker/config.json", encode(object{"auths": object{"containers." + b.company + ".invalid": object{"auth": base64.StdEncoding.EncodeToString([]byte(b.handle() + ":dckr_pat_" + b.secret("Docker token", alphaMixed, 27)))}}, "credsStore": ""}))
	b.home(".pypirc", lines("[distutils]", "index-servers = internal", "[internal]", "repository = https://pypi."+b.company+".invalid/", "username = __token__", "password = pypi-"+b.secret("PyPI token", alphaMixed, 80)))
	b.home(".vault-token", "hvs."+b.secret("Vault token", alphaMixed, 90))
	b.home(".terraform.d/credentials.tfrc.json", encode(object{"credentials": object{"app.terraform.io": object{"token": b.random("Terraform id", alphaMixed, 14) + ".atlasv1." + b.secret("Terraform token", alphaMixed, 67)}}}))
	b.history()
}

// settings returns the folder of a program's settings below the user's.
func (b *worldBuilder) settings(program string) string {
	switch b.Platform {
	case "win32":
		return "AppData/Roaming/" + program
	default:
		return ".config/" + program
	}
}

// data returns the folder of a program's data, by its name on each platform.
func (b *worldBuilder) data(linux, windows, mac string) string {
	switch b.Platform {
	case "win32":
		return "AppData/" + windows
	case "darwin":
		return "Library/Application Support/" + mac
	}
	return ".config/" + linux
}

// handle is the user's name with others, which has no digits.
func (b *worldBuilder) handle() string {
	return strings.ReplaceAll(strings.ToLower(b.person), " ", "-")
}

func (b *worldBuilder) email() string {
	return strings.ReplaceAll(strings.ToLower(b.person), " ", ".") + "@" + b.company + ".invalid"
}

// history is what was typed at prompts.
func (b *worldBuilder) history() {
	commands := []string{
		"git status", "npm install", "npm run build", "cd ..", "ls -la", "git pull --rebase",
		"export STRIPE_SECRET_KEY=sk_live_" + b.secret("Stripe key", alphaMixed, 48),
		"psql " + b.databaseURL(), "kubectl get pods -n prod", "ssh bastion", "docker compose up -d",
		"mysql -u root -p" + b.secret("typed password", alphaMixed, 18) + " reports", "git push origin main", "npm publish --access restricted",
	}
	switch {
	case b.windows():
		b.home("AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt", strings.ReplaceAll(lines(commands...), "\n", "\r\n"))
		b.home(".bash_history", lines(commands[:3]...))
	case b.Shell == "/bin/zsh":
		for i, c := range commands {
			commands[i] = ": " + strconv.FormatInt(b.Now/1000-int64(9000-i*211), 10) + ":0;" + c
		}
		b.home(".zsh_history", lines(commands...))
		b.home(".zshrc", lines("export PATH=/opt/homebrew/bin:$PATH", "autoload -Uz compinit && compinit", "alias gs='git status'"))
	default:
		b.home(".bash_history", lines(commands...))
		b.home(".bashrc", lines("case $- in *i*) ;; *) return;; esac", "HISTSIZE=1000", "alias ll='ls -alF'"))
		b.home(".profile", lines(`PATH="$HOME/.local/bin:$PATH"`))
	}
}

// projectFiles are the project that has the package installed.
func (b *worldBuilder) projectFiles() {
	name, version := b.w.Package.Name, b.w.Package.Version
	dependencies := map[string]string{"express": "4.21.2", "lodash": "4.17.21", "dotenv": "16.4.7", "axios": "1.7.9"}
	for _, dep := range slices.Sorted(maps.Keys(dependencies)) {
		b.local("node_modules/"+dep+"/package.json", encode(object{"name": dep, "version": dependencies[dep], "license": "MIT", "main": "index.js"}))
		b.local("node_modules/"+dep+"/index.js", "'use strict';\nmodule.exports = require('./lib/"+dep+"');\n")
	}
	dependencies[name] = version
	manifest := object{
		"name": b.project, "version": projectVersion, "private": true, "description": b.about, "author": b.person + " <" + b.email() + ">",
		"license": "UNLICENSED", "main": "src/index.js", "keywords": strings.Split(b.project, "-"),
		"repository":      object{"type": "git", "url": "git+https://github.com/" + b.company + "/" + b.project + ".git"},
		"scripts":         object{"start": "node src/index.js", "build": "node scripts/build.js", "lint": "eslint src"},
		"dependencies":    dependencies,
		"devDependencies": object{"eslint": "9.20.0", "typescript": "5.7.3"},
		"engines":         object{"node": ">=20"},
	}
	b.local("package.json", encode(manifest))
	packages := object{"": object{"name": b.project, "version": projectVersion, "dependencies": dependencies}}
	for dep, v := range dependencies {
		packages["node_modules/"+dep] = object{"version": v, "resolved": b.registry() + dep + "/-/" + dep[strings.LastIndexByte(dep, '/')+1:] + "-" + v + ".tgz",
			"integrity": "sha512-" + b.random("integrity "+dep, alphaBase64, 86) + "=="}
	}
	b.local("package-lock.json", encode(object{"name": b.project, "version": projectVersion, "lockfileVersion": 3, "requires": true, "packages": packages}))
	delete(packages, "")
	b.local("node_modules/.package-lock.json", encode(object{"name": b.project, "version": projectVersion, "lockfileVersion": 3, "requires": true, "packages": packages}))
	b.local(".env", lines("PORT=3000", "DATABASE_URL="+b.databaseURL(), "JWT_SECRET="+b.secret("JWT secret", alphaHex, 64), "STRIPE_SECRET_KEY=sk_live_"+b.secret("Stripe key", alphaMixed, 48),
		"SENDGRID_API_KEY=SG."+b.secret("SendGrid key", alphaMixed, 66), "PRIVATE_KEY=0x"+b.secret("deployer key", alphaHex, 64), "MNEMONIC="+strconv.Quote(b.phrase("deployer phrase"))))
	b.local(".npmrc", "save-exact=true\n")
	b.local(".gitignore", lines("node_modules", ".env", "dist"))
	b.local("README.md", "# "+b.project+"\n\n"+b.about+".\n")
	b.local("src/index.js", lines("'use strict';", "require('dotenv').config();", "const express = require('express');", "const app = express();", "app.get('/health', (req, res) => res.json({ ok: true }));", "app.listen(process.env.PORT || 3000);"))
	b.local(".github/workflows/ci.yml", lines("name: CI", "on: [pull_request]", "jobs:", "  build:", "    runs-on: ubuntu-24.04", "    steps:", "      - uses: actions/checkout@v4", "      - uses: actions/setup-node@v4", "      - run: npm ci", "      - run: npm run build"))
	remote := "git@github.com:" + b.company + "/" + b.project + ".git"
	if b.CI {
		remote = "https://github.com/" + b.company + "/" + b.project
		b.local(".git/config", lines("[core]", "\trepositoryformatversion = 0", "[remote \"origin\"]", "\turl = "+remote, "\tfetch = +refs/heads/*:refs/remotes/origin/*",
			"[http \"https://github.com/\"]", "\textraheader = AUTHORIZATION: basic "+base64.StdEncoding.EncodeToString([]byte("x-access-token:ghs_"+b.secret("GitHub token", alphaMixed, 36)))))
	} else {
		b.local(".git/config", lines("[core]", "\trepositoryformatversion = 0", "[remote \"origin\"]", "\turl = "+remote, "\tfetch = +refs/heads/*:refs/remotes/origin/*", "[branch \"main\"]", "\tremote = origin", "\tmerge = refs/heads/main"))
	}
	b.local(".git/HEAD", "ref: refs/heads/main\n")
	b.local(".git/refs/heads/main", b.random("commit", alphaHex, 40)+"\n")
}

// desktopFiles are what the programs of a developer's desktop keep: editors,
// browsers, chats and wallets.
func (b *worldBuilder) desktopFiles() {
	code := b.data("Code", "Roaming/Code", "Code")
	b.home(code+"/User/settings.json", encode(object{"editor.formatOnSave": true, "terminal.integrated.scrollback": 5000}))
	b.home(".vscode/extensions/extensions.json", encode([]object{{"identifier": object{"id": "dbaeumer.vscode-eslint"}, "version": "3.0.10"}}))
	b.home(".vscode/argv.json", encode(object{"enable-crash-reporter": true}))
	b.local(".vscode/settings.json", encode(object{"typescript.tsdk": "node_modules/typescript/lib"}))
	b.home(".claude.json", encode(object{"numStartups": 148, "userID": b.random("agent user", alphaHex, 64), "primaryApiKey": "sk-ant-api03-" + b.secret("Anthropic key", alphaMixed, 60), "mcpServers": object{}}))
	b.home(".claude/settings.json", encode(object{"permissions": object{"allow": []string{"Bash(npm run build)"}}}))
	b.home(".codex/auth.json", encode(object{"OPENAI_API_KEY": "sk-proj-" + b.secret("OpenAI key", alphaMixed, 48)}))
	b.home(".cursor/mcp.json", encode(object{"mcpServers": object{"github": object{"env": object{"GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_" + b.secret("GitHub personal token", alphaMixed, 36)}}}}))
	b.home("Documents/notes.txt", lines("vpn: "+b.handle()+" / "+b.secret("noted password", alphaMixed, 18), "wallet: "+b.phrase("noted phrase")))
	b.browserFiles()
	b.chatFiles()
	b.walletFiles()
	if b.Platform == "darwin" {
		b.home("Library/Keychains/login.keychain-db", "kych\x00\x01\x00\x00"+b.secret("keychain", alphaMixed, 240))
	}
}

// extensions are the wallets in a browser, by the folder they store in.
var extensions = map[string]string{
	"nkbihfbeogaeaoehlefnkodbefgpgknn": "MetaMask",
	"bfnaelmomeimhlpmgjnjophhpkkoljpa": "Phantom",
	"hnfanknocfeofbddgcijnmhnfnkdnaad": "Coinbase Wallet",
	"ibnejdfjmmkpcnlpebklmnkoeoihofec": "TronLink",
}

func (b *worldBuilder) browserFiles() {
	for _, browser := range []struct{ name, root string }{
		{"Chrome", b.data("google-chrome", "Local/Google/Chrome/User Data", "Google/Chrome")},
		{"Brave", b.data("BraveSoftware/Brave-Browser", "Local/BraveSoftware/Brave-Browser/User Data", "BraveSoftware/Brave-Browser")},
	} {
		profile := browser.root + "/Default"
		b.home(browser.root+"/Local State", encode(object{"os_crypt": object{"encrypted_key": "RFBBUEkBAAAA0Iyd" + b.secret(browser.name+" key", alphaBase64, 300)}, "profile": object{"last_used": "Default"}}))
		b.home(profile+"/Login Data", "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20\x00\x00\x00\x1fCREATE TABLE logins (origin_url VARCHAR NOT NULL, username_value VARCHAR, password_value BLOB)\x00https://bank."+b.company+".invalid/login\x00"+b.email()+"\x00v10"+b.secret(browser.name+" login", alphaMixed, 48))
		cookies := "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20\x00\x00\x00\x2aCREATE TABLE cookies (host_key TEXT NOT NULL, name TEXT NOT NULL, encrypted_value BLOB)\x00.github.com\x00user_session\x00v10" + b.secret(browser.name+" cookie", alphaMixed, 64)
		b.home(profile+"/Cookies", cookies)
		b.home(profile+"/Network/Cookies", cookies)
		b.home(profile+"/Web Data", "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20CREATE TABLE credit_cards (name_on_card VARCHAR, card_number_encrypted BLOB)\x00"+b.person+"\x00v10"+b.secret(browser.name+" card", alphaMixed, 48))
		b.home(profile+"/History", "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20CREATE TABLE urls(id INTEGER PRIMARY KEY, url LONGVARCHAR)\x00https://github.com/"+b.company+"\x00https://mail."+b.company+".invalid/")
		b.home(profile+"/Preferences", encode(object{"account_info": []object{{"email": b.email()}}}))
		for _, id := range slices.Sorted(maps.Keys(extensions)) {
			vault := object{"data": b.secret(browser.name+" "+extensions[id]+" vault", alphaBase64, 220), "iv": b.random("iv "+id, alphaBase64, 22) + "==", "salt": b.random("salt "+id, alphaBase64, 43) + "="}
			b.home(profile+"/Local Extension Settings/"+id+"/000003.log", "\x0c\x00\x01data"+`{"KeyringController":{"vault":`+strconv.Quote(strings.TrimSpace(encode(vault)))+`}}`)
			b.home(profile+"/Local Extension Settings/"+id+"/CURRENT", "MANIFEST-000001\n")
			b.home(profile+"/Extensions/"+id+"/12.9.3_0/manifest.json", encode(object{"name": extensions[id], "version": "12.9.3", "manifest_version": 3}))
		}
	}
	root := ".mozilla/firefox"
	switch b.Platform {
	case "win32":
		root = "AppData/Roaming/Mozilla/Firefox"
	case "darwin":
		root = "Library/Application Support/Firefox"
	}
	id := b.random("Firefox profile", alphaLower, 8) + ".default-release"
	b.home(root+"/profiles.ini", lines("[Profile0]", "Name=default-release", "IsRelative=1", "Path=Profiles/"+id, "Default=1"))
	b.home(root+"/Profiles/"+id+"/logins.json", encode(object{"nextId": 2, "logins": []object{{"id": 1, "hostname": "https://bank." + b.company + ".invalid",
		"encryptedUsername": "MDIEEPgAAAAAAAAA" + b.random("Firefox user", alphaBase64, 48), "encryptedPassword": "MDoEEPgAAAAAAAAA" + b.secret("Firefox login", alphaBase64, 72)}}}))
	b.home(root+"/Profiles/"+id+"/key4.db", "SQLite format 3\x00\x10\x00\x02\x02\x00\x40\x20\x20CREATE TABLE metaData (id PRIMARY KEY UNIQUE ON CONFLICT REPLACE, item1, item2)\x00password"+b.secret("Firefox key", alphaMixed, 128))
	b.home(root+"/Profiles/"+id+"/cookies.sqlite", "SQLite format 3\x00\x10\x00\x02\x02\x00\x40\x20\x20CREATE TABLE moz_cookies (id INTEGER PRIMARY KEY, name TEXT, value TEXT, host TEXT)\x00session"+b.secret("Firefox cookie", alphaMixed, 64))
}

func (b *worldBuilder) chatFiles() {
	for _, app := range []string{"discord", "discordptb"} {
		name := map[string]string{"discord": "Discord token", "discordptb": "second Discord token"}[app]
		token := base64.RawStdEncoding.EncodeToString([]byte(b.random(name+" id", "123456789", 18))) + "." + b.random(name+" time", alphaMixed, 6) + "." + b.secret(name, alphaMixed, 38)
		root := b.data(app, "Roaming/"+app, app)
		b.home(root+"/Local Storage/leveldb/000005.ldb", "\x00\x1a_https://discord.com\x00\x01token\x01\""+token+"\"\x00")
		b.home(root+"/Local State", encode(object{"os_crypt": object{"encrypted_key": "RFBBUEkBAAAA0Iyd" + b.secret(name+" key", alphaBase64, 240)}}))
	}
	slack := b.data("Slack", "Roaming/Slack", "Slack")
	b.home(slack+"/Local Storage/leveldb/000011.log", "\x00localConfig_v2\x01"+`{"teams":{"T02KQ7":{"name":"`+b.company+`","token":"xoxc-`+b.secret("Slack token", alphaMixed, 64)+`"}}}`)
	b.home(slack+"/Cookies", "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20.slack.com\x00d\x00xoxd-"+b.secret("Slack cookie", alphaMixed, 120))
	telegram := "Telegram Desktop/tdata"
	switch b.Platform {
	case "linux":
		telegram = ".local/share/TelegramDesktop/tdata"
	case "win32":
		telegram = "AppData/Roaming/" + telegram
	default:
		telegram = "Library/Application Support/" + telegram
	}
	b.home(telegram+"/key_datas", "TDF$\x4c\x4b\x4c\x00"+b.secret("Telegram key", alphaMixed, 256))
	b.home(telegram+"/D877F783D5D3EF8C/maps", "TDF$\x4c\x4b\x4c\x00"+b.secret("Telegram map", alphaMixed, 120))
}

func (b *worldBuilder) walletFiles() {
	b.home(b.data("Exodus", "Roaming/Exodus", "Exodus")+"/exodus.wallet/seed.seco", "SECO\x00\x00\x00\x00"+b.secret("Exodus seed", alphaMixed, 220))
	b.home(b.data("Exodus", "Roaming/Exodus", "Exodus")+"/exodus.wallet/passphrase.json", encode(object{"passphrase": b.secret("Exodus passphrase", alphaMixed, 32)}))
	electrum := ".electrum"
	bitcoin := ".bitcoin"
	switch b.Platform {
	case "win32":
		electrum, bitcoin = "AppData/Roaming/Electrum", "AppData/Roaming/Bitcoin"
	case "darwin":
		bitcoin = "Library/Application Support/Bitcoin"
	}
	b.home(electrum+"/wallets/default_wallet", encode(object{"seed_version": 18, "wallet_type": "standard", "keystore": object{"type": "bip32", "seed": b.phrase("Electrum seed"), "xprv": "xprv9s21ZrQH143K" + b.secret("Electrum key", alphaMixed, 96)}}))
	b.home(bitcoin+"/wallet.dat", "\x00\x00\x00\x00\x01\x00\x00\x00\x62\x31\x05\x00\x09mkey\x01"+b.secret("Bitcoin wallet", alphaMixed, 200))
	b.home(bitcoin+"/bitcoin.conf", lines("rpcuser="+b.handle(), "rpcpassword="+b.secret("Bitcoin password", alphaMixed, 32)))
	b.home(".ethereum/keystore/UTC--2024-02-11T09-14-22.417Z--"+b.random("Ethereum address", alphaHex, 40), encode(object{"version": 3, "crypto": object{"cipher": "aes-128-ctr", "ciphertext": b.secret("Ethereum key", alphaHex, 64)}}))
	key := b.random("Solana key", alphaHex, 128)
	numbers := make([]string, 64)
	var raw []byte
	for i := range numbers {
		n, err := strconv.ParseUint(key[2*i:2*i+2], 16, 8)
		if err != nil {
			break
		}
		numbers[i], raw = strconv.FormatUint(n, 10), append(raw, byte(n))
	}
	b.canary("Solana key", string(raw))
	b.home(".config/solana/id.json", "["+strings.Join(numbers, ",")+"]")
	b.home(b.data("atomic", "Roaming/atomic", "atomic")+"/Local Storage/leveldb/000004.log", "\x00general_mnemonic\x01"+b.secret("Atomic mnemonic", alphaMixed, 160))
	b.home(b.data("Ledger Live", "Roaming/Ledger Live", "Ledger Live")+"/app.json", encode(object{"data": object{"accounts": b.secret("Ledger accounts", alphaBase64, 160)}}))
}
