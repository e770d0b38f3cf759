package chain

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/shell"
)

// requests are the modules whose calls send what they are given.
var requests = map[string]bool{
	"http": true, "https": true, "http2": true, "axios": true, "request": true, "request-promise": true, "request-promise-native": true,
	"got": true, "node-fetch": true, "undici": true, "superagent": true, "needle": true, "phin": true, "bent": true, "ky": true, "wretch": true,
	"ofetch": true, "cross-fetch": true, "isomorphic-fetch": true, "simple-get": true, "follow-redirects": true, "ws": true, "nodemailer": true,
	"socket.io-client": true, "node-telegram-bot-api": true, "telegraf": true, "discord.js": true, "discord-webhook-node": true, "minipass-fetch": true,
}

// isRequest reports whether a call of a path sends its arguments.
func isRequest(p javascript.Path) bool {
	last := ""
	if len(p.Names) > 0 {
		last = p.Names[len(p.Names)-1]
	}
	switch {
	case slices.Contains(p.Names, "createServer"): // what a server is asked, and answers
		return false
	case requests[p.Module]:
		switch last {
		case "createServer", "Server", "Agent", "Router", "on", "once", "then", "catch", "listen", "validateHeaderName", "pipe", "json", "text", "toString", "setTimeout", "destroy", "abort", "isAxiosError", "setEncoding", "resume":
			return false
		}
		return true
	case p.Module == "net" || p.Module == "tls" || p.Module == "dgram":
		return slices.Contains([]string{"write", "end", "send", "connect", "createConnection"}, last)
	case p.Module != "" || len(p.Names) == 0:
		return false
	}
	switch p.Names[0] {
	case "fetch":
		return len(p.Names) == 1
	case "XMLHttpRequest", "WebSocket", "EventSource", "RTCPeerConnection", "WebTransport":
		return len(p.Names) == 1 || slices.Contains([]string{"open", "send", "setRequestHeader"}, last)
	case "navigator":
		return last == "sendBeacon"
	case "$", "jQuery":
		return slices.Contains([]string{"ajax", "get", "post", "getJSON"}, last)
	case "Bun", "Deno":
		return last == "connect" || last == "connectTls"
	}
	return false
}

// isLookup reports whether a call asks for the address of a name.
func isLookup(p javascript.Path) bool {
	if p.Module != "dns" && p.Module != "dns/promises" && p.Module != "native-dns" || len(p.Names) == 0 {
		return false
	}
	last := p.Names[len(p.Names)-1]
	return last == "lookup" || strings.HasPrefix(last, "resolve") && last != "resolver"
}

// ownName reports whether an argument is the machine's name and nothing else: its
// own address is what programs look up.
func ownName(a javascript.Arg) bool {
	return len(a.Paths) == 1 && a.Paths[0].Module == "os" && slices.Equal(a.Paths[0].Names, []string{"hostname", javascript.Called})
}

// isProcess reports whether a call starts a program.
func isProcess(p javascript.Path) bool {
	if len(p.Names) == 0 {
		return p.Module == "execa" || p.Module == "cross-spawn"
	}
	last := p.Names[len(p.Names)-1]
	if len(p.Names) > 2 && p.Names[0] == "require" && p.Names[1] == javascript.Called {
		return true // a function of a module whose name is made at run time
	}
	switch p.Module {
	case "child_process":
		return len(p.Names) == 1 && slices.Contains([]string{"exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync", "fork"}, last)
	case "execa", "cross-spawn", "shelljs", "zx", "nano-spawn", "tinyexec":
		return true
	case "":
		return slices.Equal(p.Names, []string{"Bun", "spawn"}) || slices.Equal(p.Names, []string{"Bun", "spawnSync"}) || slices.Equal(p.Names, []string{"process", "dlopen"})
	case "worker_threads":
		return last == "Worker"
	}
	return false
}

// isEvaluate reports whether a call runs text as code.
func isEvaluate(p javascript.Path) bool {
	if len(p.Names) == 0 {
		return false
	}
	last := p.Names[len(p.Names)-1]
	switch p.Module {
	case "":
		switch p.Names[0] {
		case "eval", "Function", "execScript":
			return len(p.Names) == 1
		case "setTimeout", "setInterval":
			return false // a text is what other rules see
		}
	case "vm":
		return slices.Contains([]string{"runInThisContext", "runInNewContext", "runInContext", "Script", "compileFunction", "SourceTextModule"}, last)
	}
	return last == "_compile"
}

// fileMethod returns the name of the method of a file system module that a path
// is, or "".
func fileMethod(p javascript.Path) string {
	switch p.Module {
	case "fs", "fs/promises", "fs-extra", "graceful-fs", "original-fs", "mz/fs":
		if n := len(p.Names); n > 0 && n <= 2 && p.Names[n-1] != javascript.Called {
			return p.Names[n-1]
		}
	case "":
		if n := len(p.Names); n == 2 && (p.Names[0] == "Deno" || p.Names[0] == "Bun") {
			return p.Names[1]
		}
	}
	return ""
}

func isFileRead(name string) bool {
	switch name {
	case "readFile", "readFileSync", "createReadStream", "readTextFile", "readTextFileSync", "file", "copyFile", "copyFileSync", "cp", "cpSync", "readJson", "readJSON", "readJsonSync", "open", "openSync", "openAsBlob":
		return true
	}
	return false
}

func isRemoval(name string) bool {
	switch name {
	case "rm", "rmSync", "rmdir", "rmdirSync", "unlink", "unlinkSync", "remove", "removeSync", "emptyDir", "emptyDirSync":
		return true
	}
	return false
}

func isFileWrite(name string) bool {
	switch name {
	case "writeFile", "writeFileSync", "appendFile", "appendFileSync", "outputFile", "outputFileSync", "writeTextFile", "writeTextFileSync", "write", "createWriteStream", "writeJson", "writeJsonSync":
		return true
	}
	return false
}

// isDatabase reports whether a call opens the file of a database.
func isDatabase(p javascript.Path) bool {
	switch p.Module {
	case "better-sqlite3", "classic-level", "level", "levelup", "leveldown":
		return len(p.Names) == 0 || last(p.Names) == "Level" || last(p.Names) == "ClassicLevel"
	case "sqlite3", "sqlite", "sql.js":
		return last(p.Names) == "Database" || last(p.Names) == "DatabaseSync" || last(p.Names) == "open"
	}
	return false
}

// deciphers reports whether a call gives what a cipher hid.
func deciphers(p javascript.Path) bool {
	name := strings.Join(p.Names, ".")
	return strings.HasSuffix(name, "subtle.decrypt") || p.Module == "crypto" && strings.HasPrefix(name, "createDecipher") ||
		p.Module == "crypto-js" && strings.HasSuffix(name, "decrypt")
}

// hashes reports whether a call gives a hash, which tells secrets apart from
// others and is a key of its own.
func hashes(p javascript.Path) bool {
	return p.Module == "crypto" && len(p.Names) > 0 && (p.Names[0] == "createHash" || p.Names[0] == "hash")
}

// digests reports whether a call gives what cannot be turned back: a hash, a
// signature.
func digests(p javascript.Path) bool {
	switch p.Module {
	case "crypto":
		if len(p.Names) == 0 {
			return false
		}
		for _, prefix := range []string{"createHash", "createHmac", "createSign", "createVerify", "sign", "verify", "hash", "pbkdf2", "scrypt", "createPrivateKey", "createPublicKey"} {
			if strings.HasPrefix(p.Names[0], prefix) {
				return true
			}
		}
	case "tweetnacl", "elliptic", "secp256k1", "@noble/curves", "@noble/hashes", "@noble/ed25519", "@noble/secp256k1", "bcrypt", "bcryptjs", "md5", "sha1", "hash.js", "object-hash", "node-machine-id":
		return true
	}
	return false
}

// decodes reports whether a call makes text of what hides it.
func decodes(p javascript.Path, arg func(int) javascript.Arg) bool {
	if len(p.Names) == 0 {
		return false
	}
	last := p.Names[len(p.Names)-1]
	switch p.Module {
	case "":
		switch p.Names[0] {
		case "atob", "unescape":
			return len(p.Names) == 1
		case "Buffer":
			if last == "from" || len(p.Names) == 1 {
				encoding := arg(1).Text
				return encoding == "base64" || encoding == "hex" || encoding == "base64url"
			}
		case "String":
			return last == "fromCharCode"
		}
	case "zlib":
		return strings.Contains(last, "nflate") || strings.Contains(last, "unzip") || strings.Contains(last, "ecompress")
	}
	return false
}

// identifies returns the source that a call of a path is, or "".
func identifies(p javascript.Path) bool {
	if p.Module != "os" || len(p.Names) == 0 {
		return false
	}
	switch p.Names[0] {
	case "hostname", "userInfo", "networkInterfaces":
		return true
	}
	return false
}

var (
	history     = regexp.MustCompile(`(?i)\.(bash|zsh|node_repl|mysql|psql)_history|Login Data|Local State|cookies\.sqlite|logins\.json|key4\.db|leveldb|Local Extension Settings|wallet\.dat|keystore|\.electrum|exodus|id_rsa|id_ed25519|/etc/(passwd|shadow)|/proc/(self|[0-9]+)/environ`)
	sendCommand = regexp.MustCompile(`(?i)(^|[\s;&|(/"'])(curl|wget|nc|ncat|netcat|telnet|ftp|scp|rsync|invoke-webrequest|invoke-restmethod|iwr|irm|bitsadmin)(\.exe)?($|[\s"'])`)
	lookCommand = regexp.MustCompile(`(?i)(^|[\s;&|(/"'])(nslookup|dig|host|ping|resolve-dnsname)(\.exe)?($|[\s"'])`)
	whoCommand  = regexp.MustCompile(`(?i)(^|[\s;&|(/"'])(whoami|hostname|ipconfig|ifconfig|ip addr|uname|systeminfo|id|net user)(\.exe)?($|[\s"';&|)])`)
	// foreign are programs of the system by which others are run unseen.
	foreign = regexp.MustCompile(`(?i)\b(certutil|rundll32|regsvr32|bitsadmin|mshta|wscript|cscript|schtasks)\b|powershell.{0,80}(-e(nc|ncodedcommand)?\b|hidden|iex|downloadstring)|\b(curl|wget)\b`)
	// living are those of them that no script names by chance.
	living     = regexp.MustCompile(`(?i)\b(certutil|rundll32|regsvr32|bitsadmin|mshta|wscript|cscript)\b`)
	envCommand = regexp.MustCompile(`(?i)^\s*(env|printenv|set|export( -p)?)\s*($|[|;&>])`)
)

// secretIn reports whether texts that make a path name what holds credentials.
func secretIn(texts []string) string {
	whole := strings.Join(texts, "/")
	for _, text := range append(texts, whole) {
		if s := shell.SecretPath(text); s != "" {
			return s
		}
		if m := history.FindString(text); m != "" {
			return m
		}
	}
	return ""
}

// consumers reports whether texts that make a path name the manifest of who
// installs the package.
func consumers(texts []string) bool {
	whole := path.Clean(strings.Join(texts, "/"))
	return whole == "package.json" || strings.HasSuffix(whole, "../../package.json")
}

// manifest reports whether texts that make a module's name end in a manifest
// below the working folder.
func manifest(texts []string) bool { return len(texts) > 0 && !strings.HasPrefix(texts[0], ".") }

// keyName reports whether a parameter is called after key material.
func keyName(name string) bool {
	name = strings.ToLower(strings.Trim(name, "_$"))
	switch name {
	case "passphrase", "seed", "secret", "keypair", "wif", "xprv", "password", "keyfile":
		return true
	}
	return slices.ContainsFunc([]string{"privatekey", "privkey", "secretkey", "secretorkey", "mnemonic", "seedphrase", "keypem"}, func(part string) bool { return strings.Contains(name, part) })
}

// takesKey tells functions that are handed a key by their name.
var takesKey = regexp.MustCompile(`(?i)^(from(seed|secret(key)?|private(key)?|mnemonic|phrase|wif)|(import|load|add|set)(private|secret)key)$`)

// makesKey reports whether a call gives a private key.
func makesKey(p javascript.Path) bool {
	name := strings.Join(p.Names, ".")
	return p.Module == "crypto" && (strings.HasPrefix(name, "generateKeyPair") || strings.HasSuffix(name, "subtle.exportKey")) ||
		p.Module == "" && strings.HasSuffix(name, "crypto.subtle.exportKey")
}

// member tells the members of objects that are not known that are of interest:
// the fields of a form, and the addresses that a page loads.
func member(name string) bool {
	switch name {
	case "elements", "src", "href", "headers", "rawHeaders", "to":
		return true
	}
	return false
}

// replaced tells the functions of a page, and of its wallets, that send.
func replaced(name string) bool {
	switch name {
	case "", "fetch", "open", "send", "sendAsync", "request", "sendTransaction", "signTransaction", "signAndSendTransaction", "writeText", "sendBeacon":
		return true
	}
	return false
}

// literal tells the texts that are of interest by themselves: paths of
// credentials, addresses of wallets.
func literal(text string) bool {
	if len(text) < 4 || len(text) > maxLiteral {
		return false
	}
	// Most texts are words, and few words name what holds credentials.
	path := strings.ContainsAny(text, "./\\ _") || strings.Contains(text, "leveldb") || strings.Contains(text, "keystore") || strings.Contains(strings.ToLower(text), "exodus")
	return path && secretIn([]string{text}) != "" || isWallet(text)
}

// maxLiteral bounds the texts that are looked at, in bytes.
const maxLiteral = 300

var (
	// walletAddress is an address: of Ethereum, Bitcoin (also segregated witness)
	// and Tron.
	walletAddress = regexp.MustCompile(`^(0x[0-9a-fA-F]{40}|bc1[0-9a-z]{25,59}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})$`)
	// walletPattern is what patterns that find them have in common: 40 digits behind
	// 0x, the prefix of segregated witness, a class of Base58.
	walletPattern = regexp.MustCompile(`^/.*(0x\[[^\]]{3,20}\]\{40\}|bc1|A-HJ-NP-Z)`)
	// placeWord is by what scripts ask for the time zone, the locale and the country of
	// a machine.
	placeWord = regexp.MustCompile(`resolvedOptions|getTimezoneOffset|ip-api\.|ipinfo\.|ipgeolocation|geoip|ipapi\.|LC_ALL|env\.LANG\b|countryCode|country_code|country_name`)
	// credentialField names what a form has for passwords and cards.
	credentialField = regexp.MustCompile(`(?i)\b(passw(or)?d|pwd|card-?_?num(ber)?|cc-?_?num(ber)?|cvv|cvc|credit-?_?card)\b|["'|/(]pass["'|/)]`)
	// deliveryHeader names headers that content delivery networks add, where they
	// are not read.
	deliveryHeader = regexp.MustCompile(`(?i)(?:[^(\[\s]\s*|set(?:Header)?\(\s*|append\(\s*|^)["'\x60]` + deliveryNames + `["'\x60]|\[\s*["'\x60]` + deliveryNames + `["'\x60]\s*\]\s*=[^=]`)
)

const deliveryNames = `(cf-ray|cf-cache-status|x-amz-cf-(id|pop)|x-served-by|x-fastly-[a-z-]+|x-akamai-[a-z-]+|x-edge-[a-z-]+|x-cache(-hits)?|x-cdn-[a-z-]+)`

// isWallet reports whether a literal is the address of a wallet or a pattern that
// finds such.
func isWallet(text string) bool {
	if strings.HasPrefix(text, "/") {
		return walletPattern.MatchString(text)
	}
	return len(text) >= 26 && walletAddress.MatchString(text)
}

// keyArgument returns which argument of a call is a secret key, or -1.
func keyArgument(p javascript.Path) int {
	switch p.Module {
	case "crypto":
		switch strings.Join(p.Names, ".") {
		case "createHmac", "createCipheriv":
			return 1
		case "createPrivateKey", "privateDecrypt", "privateEncrypt", "createSign.().sign", "createSign.().update.().sign":
			return 0
		case "sign":
			return 2
		}
	case "bip39", "ethers", "@solana/web3.js", "@noble/curves", "@noble/secp256k1", "@noble/ed25519", "tweetnacl":
		switch last(p.Names) {
		case "Wallet", "fromSecretKey", "fromSeed", "mnemonicToSeed", "mnemonicToSeedSync", "mnemonicToEntropy", "fromPhrase", "getPublicKey":
			return 0
		case "sign":
			return 1
		}
	}
	return -1
}

// typed are the events of a page that carry what its user enters.
func typed(event string) bool {
	switch event {
	case "submit", "input", "change", "keydown", "keyup", "keypress", "blur", "paste", "beforeinput", "focusout":
		return true
	}
	return false
}
