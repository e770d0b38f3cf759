package shell

import (
	"cmp"
	"slices"
	"strings"
)

// httpClients are what has methods named after those of HTTP.
var httpClients = set("requests", "requests.Session()", "requests.session()", "httpx", "httpx.Client()", "httpx.AsyncClient()",
	"aiohttp.ClientSession()", "aiohttp", "urllib3", "urllib3.PoolManager()", "urllib3.HTTPConnectionPool()", "cloudscraper.create_scraper()",
	"urllib.request.build_opener()", "urllib.request.URLopener()", "urllib.request.FancyURLopener()", "httplib2.Http()",
	"http.client.HTTPConnection()", "http.client.HTTPSConnection()", "requests_html.HTMLSession()", "mechanize.Browser()")

// callNetwork handles what fetches from and sends to hosts.
func (p *python) callNetwork(ref string, c *pyCall) (object, bool) {
	i := strings.LastIndexByte(ref, '.')
	if i < 0 {
		return object{}, false
	}
	base, verb := ref[:i], ref[i+1:]
	body, hasBody := c.get(-1, "data", "json", "files", "content", "body", "fields")
	if hasBody && body.kind == objUnknown && body.taint == 0 && body.text == unknown && p.isNone(body) {
		hasBody = false
	}
	switch {
	case httpClients[base]:
		url, method := 0, ""
		switch verb {
		case "get", "head", "options", "delete", "open", "retrieve":
			if base == "urllib.request.build_opener()" || strings.HasSuffix(base, "URLopener()") {
				_, hasBody = c.get(1, "data")
			}
		case "post", "put", "patch":
			method = verb
		case "request", "stream", "urlopen", "putrequest":
			url = 1
			if m := c.arg(0, "method"); isPost(m.text) {
				method = m.text
			}
			if base == "httplib2.Http()" {
				url = 0
			}
			if _, ok := c.get(2, "body", "data"); ok && strings.HasPrefix(base, "http.client.") {
				hasBody = true
			}
		case "getresponse":
			return refObject(ref+"()", c.self.taint|fromDownload), true
		default:
			return object{}, false
		}
		a, _ := c.get(url, "url")
		if strings.HasPrefix(base, "http.client.") && len(c.self.items) > 0 {
			a.object = c.self.items[0]
		}
		return p.transferred(ref, c, a, hasBody, method), true
	case ref == "urllib.request.Request":
		a, _ := c.get(0, "url")
		o := refObject(ref+"()", c.taint())
		o.items = []object{a.object}
		_, sends := c.get(1, "data")
		if m := c.arg(-1, "method"); sends || isPost(m.text) {
			o.number = 1
		}
		return o, true
	case ref == "urllib.request.urlopen", ref == "urllib.request.urlretrieve":
		a, _ := c.get(0, "url")
		_, sends := c.get(1, "data")
		if ref == "urllib.request.urlretrieve" {
			_, sends = c.get(3, "data")
		}
		if a.ref == "urllib.request.Request()" && len(a.items) > 0 {
			sends = sends || a.number > 0
			t := a.taint
			a.object = a.items[0]
			a.taint |= t
		}
		return p.transferred(ref, c, a, sends, ""), true
	case ref == "wget.download", ref == "gdown.download":
		a, _ := c.get(0, "url")
		return p.transferred(ref, c, a, false, ""), true
	case ref == "http.client.HTTPConnection", ref == "http.client.HTTPSConnection", ref == "ftplib.FTP", ref == "ftplib.FTP_TLS",
		ref == "smtplib.SMTP", ref == "smtplib.SMTP_SSL", ref == "telnetlib.Telnet", ref == "urllib3.HTTPConnectionPool",
		ref == "xmlrpc.client.ServerProxy", ref == "websocket.create_connection", ref == "websockets.connect",
		ref == "websocket.WebSocketApp", ref == "imaplib.IMAP4_SSL":
		a, ok := c.get(0, "host", "uri", "url")
		o := refObject(ref+"()", c.taint())
		if !ok {
			return o, true
		}
		o.items = []object{a.object}
		p.namedHost(a)
		if base == "telnetlib" || base == "xmlrpc.client" || strings.HasPrefix(base, "websocket") {
			p.note(c, KindPost, ref)
			o.taint |= fromDownload
		}
		return o, true
	case strings.HasPrefix(ref, "smtplib.") && (verb == "sendmail" || verb == "send_message"),
		strings.HasPrefix(ref, "ftplib.") && strings.HasPrefix(verb, "stor"):
		p.note(c, KindPost, ref)
		return opaqueObject(0), true
	case strings.HasPrefix(ref, "ftplib.") && strings.HasPrefix(verb, "retr"):
		p.note(c, KindDownload, ref)
		return opaqueObject(fromDownload), true
	case ref == "paramiko.SSHClient().connect", ref == "paramiko.Transport":
		a, _ := c.get(0, "hostname")
		p.namedHost(a)
		p.note(c, KindPost, ref)
		return opaqueObject(fromDownload), true
	}
	return object{}, false
}

// isNone reports whether an argument is the word None.
func (p *python) isNone(a pyArgument) bool { return p.src.slice(a.start, a.end) == "None" }

// transferred records a request.
func (p *python) transferred(ref string, c *pyCall, a pyArgument, sends bool, method string) object {
	cmd := p.command(c, ref, p.words(a)...)
	for i := range cmd.words[1:] {
		p.inspectWord(cmd, &cmd.words[1+i], false, false)
	}
	cmd.stdin.taint = c.taint()
	t := transfer{urls: slices.Clone(cmd.words[1:])}
	switch {
	case method != "" && method != verbOf(ref):
		t.post = method
	case method != "":
		t.post = strings.TrimSpace(t.urls[0].text)
	case sends:
		t.post = strings.TrimSpace("data to " + t.urls[0].text)
	}
	for _, arg := range c.args {
		if t.post != "" || c.taint()&fromSecrets != 0 {
			p.stringified(arg.object, c.at)
		}
	}
	if strings.HasSuffix(ref, "retrieve") || strings.HasSuffix(ref, ".download") {
		if file, ok := c.get(1, "filename", "out", "output"); ok {
			t.file = p.word(file)
		} else {
			t.files = true
		}
	}
	v := p.transfer(cmd, t)
	return refObject(ref+"()", v.taint|fromDownload)
}

func verbOf(ref string) string { return ref[strings.LastIndexByte(ref, '.')+1:] }

// namedHost records a host that an argument names, with or without a URL.
func (p *python) namedHost(a pyArgument) {
	for _, w := range p.words(a) {
		host := cmp.Or(firstHost(w.text), authorityHost(w.text))
		p.hostWord(host)
	}
}

// callSocket handles connections and names of hosts.
func (p *python) callSocket(ref string, c *pyCall) (object, bool) {
	switch ref {
	case "socket.gethostbyname", "socket.getaddrinfo", "socket.gethostbyname_ex", "dns.resolver.resolve", "dns.resolver.query",
		"dns.resolver.Resolver().resolve", "dns.resolver.Resolver().query":
		a, _ := c.get(0, "host", "qname", "hostname")
		if a.text == unknown && a.taint&fromIdentity != 0 && len(a.others) == 0 { // its own address
			p.note(c, KindHostIdentity, ref)
			return opaqueObject(fromIdentity), true
		}
		detail := ref
		if !a.isText() {
			detail += " of a name made at run time"
		}
		if a.text == "" || a.isText() && !strings.Contains(a.text, ".") {
			return opaqueObject(0), true
		}
		p.note(c, KindDNSLookup, detail)
		for _, w := range p.words(a) {
			p.hostWord(w.text)
		}
		return opaqueObject(fromDownload), true
	case "socket.create_connection", "asyncio.open_connection", "socket.socket().connect", "socket.socket().connect_ex",
		"ssl.wrap_socket().connect", "ssl.SSLContext().wrap_socket().connect", "ssl.create_default_context().wrap_socket().connect":
		a, _ := c.get(0, "address", "host")
		p.connected(ref, c, a)
		o := refObject("socket.socket()", fromDownload)
		return o, true
	case "socket.socket().sendto":
		a, _ := c.get(len(c.args) - 1)
		p.connected(ref, c, a)
		return opaqueObject(0), true
	case "os.dup2":
		if strings.HasPrefix(c.arg(0).ref, "socket.socket()") {
			p.note(c, KindDownloadRun, "input and output of a program tied to a socket")
		}
		return opaqueObject(0), true
	}
	if strings.HasPrefix(ref, "socket.socket().recv") || strings.HasPrefix(ref, "socket.socket().makefile") ||
		strings.HasPrefix(ref, "ssl.") && strings.HasSuffix(ref, ".recv") {
		return opaqueObject(fromDownload), true
	}
	return object{}, false
}

// connected records a connection to (host, port).
func (p *python) connected(ref string, c *pyCall, a pyArgument) {
	if host, ok := a.at(0); ok && a.kind == objList {
		a.object = host
	}
	p.namedHost(a)
	p.note(c, KindPost, ref)
}

// callIdentity handles what tells who and where the machine is.
func (p *python) callIdentity(ref string, c *pyCall) (object, bool) {
	switch ref {
	case "socket.gethostname", "socket.getfqdn", "platform.node", "platform.uname", "getpass.getuser", "os.getlogin", "os.uname",
		"uuid.getnode", "pwd.getpwuid", "pwd.getpwall", "psutil.users", "netifaces.ifaddresses", "win32api.GetUserName",
		"win32api.GetComputerName":
		p.note(c, KindHostIdentity, ref)
		return opaqueObject(fromIdentity), true
	case "os.getcwd", "os.getcwdb", "pathlib.Path.cwd":
		o := p.pathOf(valueObject(p.pwd()))
		return o, true
	case "platform.platform", "os.getuid", "os.getpid":
		return opaqueObject(fromIdentity), true
	case "keyring.get_password", "keyring.get_credential", "win32crypt.CryptUnprotectData", "netrc.netrc", "browser_cookie3.load",
		"browser_cookie3.chrome", "browser_cookie3.firefox", "browser_cookie3.edge":
		p.note(c, KindReadSecrets, ref)
		return opaqueObject(fromSecrets), true
	}
	return object{}, false
}
