package feature

import (
	"github.com/amalfi-audit/audit/internal/javascript"
	"github.com/amalfi-audit/audit/internal/shell"
)

// The groups of the table.
const (
	groupPersonal    = "personal data"
	groupSystem      = "system access"
	groupAPI         = "specific APIs"
	groupScripts     = "scripts"
	groupConcealment = "concealment"
	groupUpdate      = "update"
	groupEnvironment = "environment"
	groupHosts       = "hosts"
	groupCode        = "obfuscation"
	groupCommands    = "commands"
	groupDependency  = "dependencies"
	groupTogether    = "together"
)

// The features whose values are not counted in scripts, by name.
const (
	nameInstallScripts   = "install-scripts"
	nameBinary           = "binary"
	nameEntropyAverage   = "entropy-average"
	nameEntropyDeviation = "entropy-deviation"
	nameUpdateType       = "update-type"
	nameTime             = "time"
	nameInstallOnly      = "install-only-files"
	nameDependencies     = "dependencies"
	nameRemote           = "remote-dependencies"
	nameUnused           = "unused-dependencies"
	nameMismatch         = "manifest-mismatch"
	nameCollectSend      = "collect-and-send"
	nameDecodeRun        = "decode-and-run"
	nameNewCapabilities  = "new-capabilities"
)

// Table holds all features, Amalfi's set first. Vectors have its order. A use of
// a module is a place where a member of it is called, constructed or read, or
// where it is handed on; giving it a name is none, the name's uses are. A
// pattern names a global or module#, with members; "!" at its end asks for just
// that and no member of it.
var Table = []Feature{
	{
		Name: "pii", Group: groupPersonal, Paper: true,
		Meaning: "Personal data and credentials of a user",
		Counts:  "reads of members that are called after passwords, credit cards, cookies, auth tokens, private keys or wallets",
		Does:    "handles passwords, cards, cookies, tokens or keys",
		member:  isPersonal,
	},
	{
		Name: "file-system", Group: groupSystem, Paper: true,
		Meaning: "Access to files",
		Counts:  "uses of fs and of libraries in its place",
		Does:    "reads or writes files",
		uses: []string{
			"fs#", "fs/promises#", "fs-extra#", "graceful-fs#", "original-fs#", "mz/fs#", "fs-jetpack#", "memfs#", "pn/fs#",
			"rimraf#", "del#", "mkdirp#", "make-dir#", "glob#", "fast-glob#", "globby#", "tiny-glob#", "chokidar#", "jsonfile#",
			"write-file-atomic#", "load-json-file#", "write-json-file#", "cpy#", "ncp#", "cp-file#", "move-file#", "klaw#", "klaw-sync#",
			"readdirp#", "recursive-readdir#", "tmp#", "tempy#", "temp-write#", "proper-lockfile#", "find-up#",
			"Deno.readFile", "Deno.readFileSync", "Deno.readTextFile", "Deno.readTextFileSync", "Deno.writeFile", "Deno.writeFileSync",
			"Deno.writeTextFile", "Deno.writeTextFileSync", "Deno.open", "Deno.openSync", "Deno.remove", "Deno.removeSync", "Deno.readDir",
			"Deno.readDirSync", "Bun.file", "Bun.write", "showOpenFilePicker", "showSaveFilePicker", "showDirectoryPicker",
		},
	},
	{
		Name: "process-creation", Group: groupSystem, Paper: true,
		Meaning: "Starting other programs",
		Counts:  "uses of child_process and of libraries in its place, and of process.binding",
		Does:    "starts programs",
		uses: []string{
			"child_process#", "execa#", "shelljs#", "cross-spawn#", "cross-spawn-async#", "zx#", "foreground-child#", "node-pty#",
			"child-process-promise#", "mz/child_process#", "node-cmd#", "npm-run#", "nano-spawn#", "tinyexec#", "sudo-prompt#", "open#", "opn#",
			"process.binding", "process._linkedBinding", "process.dlopen", "cluster#fork", "Bun.spawn", "Bun.spawnSync", "Bun.$", "bun#$", "bun#spawn",
			"Deno.Command", "Deno.run",
		},
	},
	{
		Name: "network", Group: groupSystem, Paper: true,
		Meaning: "Talking to other machines",
		Counts:  "uses of the network modules, of fetch, XMLHttpRequest, WebSocket and their like, and of libraries for requests",
		Does:    "talks to the network",
		uses: []string{
			"http#", "https#", "http2#", "net#", "tls#", "dgram#", "dns#", "dns/promises#", "quic#",
			"fetch", "XMLHttpRequest", "WebSocket", "EventSource", "RTCPeerConnection", "WebTransport", "navigator.sendBeacon", "importScripts",
			"$.ajax", "$.get", "$.post", "$.getJSON", "$.getScript", "jQuery.ajax", "jQuery.get", "jQuery.post", "jQuery.getJSON", "jQuery.getScript",
			"axios#", "request#", "request-promise#", "request-promise-native#", "got#", "node-fetch#", "undici#", "superagent#", "needle#", "phin#", "bent#",
			"ky#", "ky-universal#", "wretch#", "ofetch#", "cross-fetch#", "isomorphic-fetch#", "whatwg-fetch#", "unfetch#", "isomorphic-unfetch#",
			"minipass-fetch#", "make-fetch-happen#", "follow-redirects#", "simple-get#", "download#", "nugget#", "ws#", "websocket#", "faye-websocket#",
			"socket.io#", "socket.io-client#", "engine.io-client#", "sockjs-client#", "mqtt#", "nodemailer#", "ssh2#", "node-ssh#", "ftp#", "basic-ftp#",
			"telegraf#", "node-telegram-bot-api#", "discord.js#", "discord-webhook-node#", "native-dns#", "socks#", "http-proxy#",
			"Deno.connect", "Deno.connectTls", "Deno.listen", "Bun.connect", "Bun.serve", "Bun.listen",
		},
	},
	{
		Name: "cryptography", Group: groupAPI, Paper: true,
		Meaning: "Ciphers and hashes",
		Counts:  "uses of crypto, of the Web Crypto API and of libraries in their place",
		uses: []string{
			"crypto#", "crypto.", "webcrypto", "crypto-js#", "node-forge#", "tweetnacl#", "libsodium-wrappers#", "libsodium#", "sodium-native#", "bcrypt#",
			"bcryptjs#", "elliptic#", "secp256k1#", "@noble/hashes#", "@noble/curves#", "@noble/ciphers#", "@noble/secp256k1#", "@noble/ed25519#", "aes-js#",
			"jsrsasign#", "node-rsa#", "openpgp#", "sjcl#", "hash.js#", "sha.js#", "create-hash#", "create-hmac#", "browserify-aes#", "browserify-cipher#",
			"md5#", "sha1#", "js-sha256#", "js-sha3#", "blakejs#", "scrypt-js#", "pbkdf2#", "simple-crypto-js#", "cryptr#",
		},
	},
	{
		Name: "data-encoding", Group: groupAPI, Paper: true,
		Meaning: "Turning data into other forms",
		Counts:  "conversions from and to base64 and hex, atob, btoa, escape, encodeURIComponent and their inverses, TextEncoder, TextDecoder, zlib and libraries in their place",
		uses: []string{
			"atob", "btoa", "escape", "unescape", "encodeURIComponent", "decodeURIComponent", "encodeURI", "decodeURI", "TextDecoder", "TextEncoder",
			"Buffer.from", "Buffer!", "Buffer.alloc", "Uint8Array.fromBase64", "Uint8Array.fromHex", "buffer#atob", "buffer#btoa", "buffer#transcode",
			"util#TextDecoder", "util#TextEncoder", "DecompressionStream", "CompressionStream",
			"zlib#", "pako#", "fflate#", "base64-js#", "js-base64#", "base-64#", "Base64.", "iconv-lite#", "lz-string#", "LZString.", "string_decoder#", "querystring#escape", "querystring#unescape",
			"bs58#", "base-x#", "base32.js#", "hi-base32#", "ascii85#",
		},
		when:    encodes,
		methods: map[string]func(*javascript.Use) bool{"toString": namesEncoding, "toBase64": nil, "toHex": nil, "setFromBase64": nil, "setFromHex": nil},
	},
	{
		Name: "dynamic-code", Group: groupAPI, Paper: true,
		Meaning: "Code that is made or chosen while the program runs",
		Counts:  "eval, Function, vm, timers that are given text, Module._compile, WebAssembly, and require and import() of a name that is not constant",
		Does:    "runs code that it makes or chooses at run time",
		uses: []string{
			"eval!", "execScript!", "Function!", "vm#", "vm2#", "isolated-vm#", "setTimeout!", "setInterval!", "setImmediate!", "WebAssembly.",
			"require!", "import!", "module.require!", "__non_webpack_require__!", "module#prototype._compile", "module#_compile", "module#_load!", "module#Module._load!",
			"require-from-string#", "eval#", "node-eval#", "import-fresh#", "safe-eval#", "static-eval#", "Deno.dlopen", "process.getBuiltinModule!",
		},
		when:    makesCode,
		methods: map[string]func(*javascript.Use) bool{"_compile": nil},
	},
	{
		Name: nameInstallScripts, Group: groupScripts, Paper: true,
		Meaning: "Commands that run at install",
		Counts:  "preinstall, install and postinstall scripts, the implicit native build, and for a git dependency the scripts that prepare it",
		Does:    "runs an install script", names: true,
	},
	{
		Name: "minified", Group: groupConcealment, Paper: true,
		Meaning: "Scripts whose layout is not for people",
		Counts:  "files that are minified or obfuscated by their layout",
		signs:   []javascript.SignKind{javascript.Minified},
	},
	{
		Name: nameBinary, Group: groupConcealment, Paper: true,
		Meaning: "Files that hold machine code or other files",
		Counts:  "native executables and libraries, WebAssembly, Java classes, and tarballs and zip files, by content and not by name",
		Does:    "ships binary files",
	},
	{
		Name: nameEntropyAverage, Group: groupConcealment, Paper: true, Kind: Measured,
		Meaning: "How dense the files are",
		Counts:  "the mean of the Shannon entropy of all files that are not empty, in bits per byte",
	},
	{
		Name: nameEntropyDeviation, Group: groupConcealment, Paper: true, Kind: Measured,
		Meaning: "How different the files are in density",
		Counts:  "the standard deviation of the Shannon entropy of all files that are not empty, in bits per byte",
	},
	{
		Name: nameUpdateType, Group: groupUpdate, Paper: true, Kind: Updated,
		Meaning: "What semantic versioning calls the step between the versions",
		Counts:  "0 first version, 1 major, 2 minor, 3 patch, 4 prerelease, 5 build or the same version, 6 a lower version",
	},
	{
		Name: nameTime, Group: groupUpdate, Paper: true, Kind: Updated,
		Meaning: "How long after the version before it was published",
		Counts:  "seconds between the two, where the registry says",
	},

	{
		Name: "environment", Group: groupEnvironment,
		Meaning: "Environment variables that are read by name",
		Counts:  "reads of members of process.env and its like, constant or computed",
		Does:    "reads process.env", names: true,
		uses: []string{"process.env", "import.meta.env.", "Bun.env", "Deno.env", "bun#env"},
		when: readsVariable,
	},
	{
		Name: "environment-whole", Group: groupEnvironment,
		Meaning: "The whole environment",
		Counts:  "places where process.env as a whole is handed on, copied or listed",
		Does:    "reads the whole of process.env",
		uses:    []string{"process.env!", "Bun.env!", "Deno.env.toObject!", "bun#env!"},
		when:    isRead,
	},
	{
		Name: "environment-secrets", Group: groupEnvironment,
		Meaning: "Environment variables that hold credentials",
		Counts:  "reads of variables that are called after tokens, passwords, keys and their like",
		Does:    "reads credentials from process.env", names: true,
		uses: []string{"process.env", "Bun.env", "bun#env"},
		when: readsSecret,
	},
	{
		Name: "host-identity", Group: groupEnvironment,
		Meaning: "Who and where the machine is",
		Counts:  "uses of os.hostname, os.userInfo, os.networkInterfaces and of libraries for it, and reads of variables like USER and HOSTNAME",
		Does:    "asks who and where the machine is", names: true,
		uses: []string{
			"os#hostname", "os#userInfo", "os#networkInterfaces", "process.env", "process.getuid", "process.geteuid", "systeminformation#", "node-machine-id#", "getmac#", "macaddress#",
			"public-ip#", "ip#address", "username#", "fullname#", "os-locale#", "address#", "default-gateway#",
		},
		when: readsIdentity,
		acts: []shell.Kind{shell.KindHostIdentity},
	},
	{
		Name: "home-folder", Group: groupEnvironment,
		Meaning: "The user's home folder",
		Counts:  "uses of os.homedir, and reads of variables like HOME and APPDATA",
		Does:    "looks into the home folder",
		uses:    []string{"os#homedir", "process.env", "Bun.env", "os-homedir#", "user-home#", "home-dir#", "xdg-basedir#", "env-paths#"},
		when:    readsHome,
	},
	{
		Name: "credential-paths", Group: groupEnvironment,
		Meaning: "Files and services that hold credentials",
		Counts:  "constant strings that name such as .npmrc, .ssh, cloud credentials, browser profiles, wallets, shell histories and metadata services",
		Does:    "names files with credentials", names: true,
		text: credentialPath,
	},
	{
		Name: "startup-paths", Group: groupEnvironment,
		Meaning: "Places from which something is run again later",
		Counts:  "constant strings that name shell profiles, autostart folders, CI workflows, git hooks and settings of editors and agents",
		Does:    "names places that run code later", names: true,
		text: startupPath,
		acts: []shell.Kind{shell.KindPersistence},
	},
	{
		Name: "browser-data", Group: groupEnvironment,
		Meaning: "What a browser knows of its user",
		Counts:  "uses of cookies, storage, clipboard, credentials and wallet providers in a page",
		Does:    "reads what a browser stores", names: true,
		uses: []string{
			"document.cookie", "cookieStore", "localStorage", "sessionStorage", "indexedDB", "navigator.clipboard", "navigator.credentials",
			"ethereum", "solana", "phantom", "tronWeb", "BinanceChain", "keplr", "unisat", "web3",
		},
	},
	{
		Name: "global-patches", Group: groupEnvironment,
		Meaning: "Functions of the platform that are replaced for everyone",
		Counts:  "assignments to fetch, XMLHttpRequest, WebSocket, console, wallet providers, the module loader and the prototypes of network and built-in classes",
		Does:    "replaces functions of the platform", names: true,
		uses: []string{
			"fetch!", "XMLHttpRequest!", "XMLHttpRequest.prototype", "WebSocket!", "WebSocket.prototype", "EventTarget.prototype", "HTMLFormElement.prototype", "console.",
			"ethereum", "solana", "navigator.clipboard", "module#prototype", "module#Module.prototype", "module#_load", "module#Module._load", "module#_extensions", "module#_resolveFilename", "require.extensions", "require.cache",
			"http#request", "http#get", "https#request", "https#get", "http#ClientRequest.prototype", "net#Socket.prototype", "fs#readFile", "fs#readFileSync", "fs#writeFile", "child_process#spawn", "child_process#exec",
			"process.stdout.write", "process.emit", "process.binding", "Function.prototype", "Object.prototype", "Array.prototype", "String.prototype", "Promise.prototype", "JSON.parse", "JSON.stringify", "eval!",
		},
		writes: true,
	},

	{
		Name: "ip-hosts", Group: groupHosts,
		Meaning: "Public IP addresses instead of names",
		Counts:  "constant strings that are a public IP address or a URL of one",
		Does:    "names public IP addresses", names: true,
		text: publicAddress,
	},
	{
		Name: "webhook-hosts", Group: groupHosts,
		Meaning: "Services that take in whatever is posted",
		Counts:  "constant strings with hosts of webhooks, bots and request collectors",
		Does:    "names webhooks or request collectors", names: true,
		hosts: []string{
			"discord.com/api/webhooks", "discordapp.com/api/webhooks", "hooks.slack.com", "api.telegram.org", "webhook.site", "pipedream.net", "hookb.in",
			"requestbin.com", "requestbin.net", "requestcatcher.com", "beeceptor.com", "mockbin.org", "webhook.cool", "typedwebhook.tools", "ptsv2.com", "ptsv3.com", "postb.in",
			"smee.io", "hooks.zapier.com", "maker.ifttt.com", "hook.eu1.make.com", "hook.us1.make.com", "webhookrelay.com", "putsreq.com", "httpdump.app", "request-inspector.glitch.me",
		},
	},
	{
		Name: "paste-hosts", Group: groupHosts,
		Meaning: "Services that hand out files of anybody",
		Counts:  "constant strings with hosts of paste, raw-file and drop services",
		Does:    "names paste or raw-file hosts", names: true,
		hosts: []string{
			"pastebin.com", "paste.ee", "hastebin.com", "rentry.co", "rentry.org", "ghostbin.com", "dpaste.com", "dpaste.org", "gist.githubusercontent.com", "raw.githubusercontent.com",
			"ix.io", "termbin.com", "controlc.com", "justpaste.it", "paste.rs", "transfer.sh", "file.io", "anonfiles.com", "gofile.io", "catbox.moe", "0x0.st", "bashupload.com", "filebin.net",
			"tmpfiles.org", "cdn.discordapp.com/attachments", "jsonkeeper.com", "npoint.io", "jsonbin.io", "mocky.io", "pastefy.app", "paste.c-net.org", "telegra.ph", "oshi.at", "temp.sh", "litter.catbox.moe",
		},
	},
	{
		Name: "tunnel-hosts", Group: groupHosts,
		Meaning: "Services that make a private machine reachable",
		Counts:  "constant strings with hosts of tunnels",
		Does:    "names tunnel hosts", names: true,
		hosts: []string{
			"ngrok.io", "ngrok.app", "ngrok.dev", "ngrok-free.app", "ngrok-free.dev", "trycloudflare.com", "serveo.net", "localhost.run", "lhr.life", "loca.lt", "localtunnel.me",
			"pagekite.me", "telebit.io", "tunnelto.dev", "bore.pub", "portmap.io", "playit.gg", "zrok.io", "pinggy.link", "pinggy.io", "devtunnels.ms",
		},
	},
	{
		Name: "oast-hosts", Group: groupHosts,
		Meaning: "Services that tell who looked up a name or asked a page",
		Counts:  "constant strings with hosts of out-of-band testing",
		Does:    "names hosts of out-of-band testing", names: true,
		hosts: []string{
			"oastify.com", "burpcollaborator.net", "interact.sh", "interactsh.com", "oast.pro", "oast.live", "oast.site", "oast.online", "oast.fun", "oast.me", "oast.us",
			"dnslog.cn", "ceye.io", "canarytokens.com", "canarytokens.org", "requestrepo.com", "bxss.me", "xss.ht", "eyes.sh", "dig.pm", "tu4.org", "dnsbin.zhack.ca", "r87.me",
		},
	},
	{
		Name: "dns-data", Group: groupHosts,
		Meaning: "Names that are looked up and put together from data",
		Counts:  "DNS lookups whose name the call itself puts together",
		Does:    "looks up names that it puts together",
		uses:    []string{"dns#", "dns/promises#", "native-dns#"},
		when:    looksUpData,
		acts:    []shell.Kind{shell.KindDNSLookup},
	},

	{
		Name: "decoded-code", Group: groupCode,
		Meaning: "Text that is decoded and then run",
		Counts:  "eval, Function and vm on what a decoder gives, packed scripts, and commands that decode and run",
		Does:    "decodes text and runs it",
		signs:   []javascript.SignKind{javascript.DecodeRun},
		acts:    []shell.Kind{shell.KindDecodeRun},
	},
	{
		Name: "string-arrays", Group: groupCode,
		Meaning: "Strings that are moved into an array and read through a function",
		Counts:  "such arrays",
		Does:    "hides its strings",
		signs:   []javascript.SignKind{javascript.StringArray},
	},
	{
		Name: "flattened-control-flow", Group: groupCode,
		Meaning: "Statements that are shuffled into a switch within a loop",
		Counts:  "such loops",
		Does:    "hides its control flow",
		signs:   []javascript.SignKind{javascript.ControlFlowFlattening},
	},
	{
		Name: "hex-names", Group: groupCode,
		Meaning: "Names that an obfuscator made up",
		Counts:  "files with names such as _0x3f2a",
		Does:    "has names that an obfuscator made",
		signs:   []javascript.SignKind{javascript.HexNames},
	},
	{
		Name: "self-defence", Group: groupCode,
		Meaning: "Code that resists being looked at",
		Counts:  "traps for debuggers, checks of its own source text, and replaced consoles",
		Does:    "resists being looked at",
		signs:   []javascript.SignKind{javascript.SelfDefence},
	},
	{
		Name: "escaped-strings", Group: groupCode,
		Meaning: "Strings whose ordinary characters are written as escapes",
		Counts:  "files whose strings mostly are",
		Does:    "writes its strings as escapes",
		signs:   []javascript.SignKind{javascript.EscapedStrings},
	},
	{
		Name: "dense-literals", Group: groupCode,
		Meaning: "Long literals that look like encoded or encrypted data",
		Counts:  "strings of 200 bytes or more in base64 or hex of high entropy, without images, fonts, keys and source maps, and arrays of numbers that decode to text",
		Does:    "carries encoded data",
		signs:   []javascript.SignKind{javascript.HighEntropyLiteral, javascript.ManyNumbers},
	},
	{
		Name: "invisible-characters", Group: groupConcealment,
		Meaning: "Characters that an editor does not show, or shows out of order",
		Counts:  "invisible characters that writing does not need, and bidirectional controls",
		Does:    "has invisible characters in its code",
		signs:   []javascript.SignKind{javascript.InvisibleUnicode, javascript.BidiUnicode},
	},
	{
		Name: "pushed-code", Group: groupConcealment,
		Meaning: "Code that lies outside of an editor's window",
		Counts:  "places with code behind a long run of spaces, tabs or empty lines",
		Does:    "pushes code out of sight",
		signs:   []javascript.SignKind{javascript.PushedRight},
	},

	{
		Name: "command-download", Group: groupCommands,
		Meaning: "Shell commands that fetch something",
		Counts:  "downloads in lifecycle commands, shipped shell files and constant commands that scripts run",
		Does:    "downloads something by a command", names: true,
		acts: []shell.Kind{shell.KindDownload, shell.KindDownloadRun},
	},
	{
		Name: "command-run", Group: groupCommands,
		Meaning: "Shell commands that run what they fetch",
		Counts:  "the same that hand it to an interpreter or start it",
		Does:    "runs what a command downloads",
		acts:    []shell.Kind{shell.KindDownloadRun},
	},
	{
		Name: "command-send", Group: groupCommands,
		Meaning: "Shell commands that send something out",
		Counts:  "the same that post or upload",
		Does:    "sends data out by a command", names: true,
		acts: []shell.Kind{shell.KindPost},
	},
	{
		Name: "command-inline", Group: groupCommands,
		Meaning: "Program text in shell commands",
		Counts:  "code handed to node, python and other interpreters on the command line, other than a plain require",
		Does:    "runs code that stands in a command",
		acts:    []shell.Kind{shell.KindInlineCode},
	},
	{
		Name: "command-hidden", Group: groupCommands,
		Meaning: "Shell commands that are not to be seen",
		Counts:  "output that is thrown away, and commands that are not waited for",
		acts:    []shell.Kind{shell.KindDiscardOutput, shell.KindBackground},
	},
	{
		Name: "command-traces", Group: groupCommands,
		Meaning: "Shell commands that remove traces",
		Counts:  "removal of scripts and manifests, and replacing the package's own manifest",
		Does:    "removes its own files",
		acts:    []shell.Kind{shell.KindDelete, shell.KindReplaceManifest},
	},
	{
		Name: "command-secrets", Group: groupCommands,
		Meaning: "Shell commands that touch credentials",
		Counts:  "the same that read credentials or the whole environment",
		Does:    "reads credentials by a command",
		acts:    []shell.Kind{shell.KindReadSecrets},
	},
	{
		Name: "command-publish", Group: groupCommands,
		Meaning: "Shell commands that install, publish or push",
		Counts:  "package managers and git where they change something outside of the package",
		Does:    "installs, publishes or pushes by a command",
		acts:    []shell.Kind{shell.KindPackageManager},
	},
	{
		Name: nameInstallOnly, Group: groupScripts,
		Meaning: "Files that only an install command leads to",
		Counts:  "scripts that run at install and that no entry point of the package leads to",
		Does:    "has scripts that nothing else runs",
	},

	{
		Name: nameDependencies, Group: groupDependency, Kind: Listed,
		Meaning: "Packages that are installed along",
		Counts:  "names of dependencies and optional dependencies",
		Does:    "depends on", names: true,
	},
	{
		Name: nameRemote, Group: groupDependency, Kind: Listed,
		Meaning: "Dependencies that do not come from the registry",
		Counts:  "dependencies on git repositories and URLs",
		Does:    "depends on git repositories or URLs", names: true,
	},
	{
		Name: nameUnused, Group: groupDependency, Kind: Listed,
		Meaning: "Packages that are installed along and that nothing loads",
		Counts:  "names of dependencies and optional dependencies that no script loads by a constant name; none where a script could not be read, and no packages of types",
	},
	{
		Name: nameMismatch, Group: groupDependency, Kind: Updated,
		Meaning: "The registry's manifest says something else than the tarball's",
		Counts:  "names, versions, dependencies and install scripts in which they differ, after what npm changes at publish",
	},

	{
		Name: nameCollectSend, Group: groupTogether,
		Meaning: "Scripts that look for secrets or identities and talk to other machines",
		Counts:  "files with one of pii, environment-whole, environment-secrets, host-identity, credential-paths, browser-data and command-secrets, and one of network, dns-data and command-send",
	},
	{
		Name: nameDecodeRun, Group: groupTogether,
		Meaning: "Scripts that decode or decrypt and run code or programs",
		Counts:  "files with one of data-encoding, cryptography and dense-literals, and one of dynamic-code and process-creation",
	},
	{
		Name: nameNewCapabilities, Group: groupTogether, Kind: Updated,
		Meaning: "How many kinds of things it does that the version before did not do at all",
		Counts:  "features that say what a version does (of scripts, commands and files, not of dependencies) and that the version before had none of",
	},
}
