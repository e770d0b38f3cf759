package shell

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// curlShort and curlLong are curl's options that take a value (curl 8 manual).
const curlShort = "AbcCdDeEFHKmoPQrtTuUwxXyYz"

var curlLong = []string{
	"--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii", "--form", "--form-string", "--json",
	"--upload-file", "--request", "--output", "--output-dir", "--header", "--user-agent", "--user", "--url", "--proxy",
	"--cookie", "--cookie-jar", "--referer", "--max-time", "--connect-timeout", "--retry", "--retry-delay",
	"--retry-max-time", "--config", "--cacert", "--capath", "--cert", "--key", "--resolve", "--connect-to", "--interface",
	"--limit-rate", "--range", "--write-out", "--proto", "--proto-default", "--tls-max", "--ciphers", "--dump-header",
	"--dns-servers", "--doh-url", "--socks5", "--socks5-hostname", "--noproxy", "--unix-socket", "--stderr", "--trace",
	"--trace-ascii", "--oauth2-bearer", "--aws-sigv4", "--max-filesize", "--max-redirs", "--speed-limit", "--speed-time",
	"--keepalive-time", "--netrc-file", "--variable", "--expand-data", "--expand-url", "--proxy-user", "--local-port",
}

// wgetShort and wgetLong are wget's options that take a value.
const wgetShort = "OoaePUtTwQBiRADIXl"

var wgetLong = []string{
	"--output-document", "--output-file", "--append-output", "--post-data", "--post-file", "--body-data", "--body-file",
	"--method", "--header", "--user-agent", "--user", "--password", "--timeout", "--tries", "--wait",
	"--directory-prefix", "--input-file", "--base", "--load-cookies", "--save-cookies", "--referer", "--execute",
}

// transfer is what a download tool is asked to do.
type transfer struct {
	urls  []word
	file  word // where the result goes; no text for standard output
	files bool // it goes to a file named after the URL
	post  string
}

func (r *reader) curl(c *call) value {
	opts, operands := options(c.args(), curlShort, curlLong)
	t := transfer{urls: operands}
	for _, o := range opts {
		switch o.name {
		case "-d", "-F", "-T", "--upload-file", "--json", "--form", "--form-string", "--data", "--data-raw",
			"--data-binary", "--data-urlencode", "--data-ascii", "--expand-data":
			t.post = cmp.Or(t.post, o.name)
		case "-X", "--request":
			if isPost(o.value.text) {
				t.post = cmp.Or(t.post, o.name+" "+o.value.text)
			}
		case "-o", "--output":
			t.file = o.value
		case "-O", "--remote-name", "-J", "--remote-name-all":
			t.files = true
		case "--url", "--expand-url":
			t.urls = append(t.urls, o.value)
		case "-K", "--config": // a file that names them
			t.urls = append(t.urls, word{value: opaque(0)})
		}
	}
	// PowerShell has curl and wget as names of its own command.
	if slices.ContainsFunc(c.args(), isOutFile) {
		return r.webRequest(c)
	}
	return r.transfer(c, t)
}

func (r *reader) wget(c *call) value {
	if slices.ContainsFunc(c.args(), isOutFile) {
		return r.webRequest(c)
	}
	opts, operands := options(c.args(), wgetShort, wgetLong)
	t := transfer{urls: operands, files: true}
	for _, o := range opts {
		switch o.name {
		case "--post-data", "--post-file", "--body-data", "--body-file":
			t.post = o.name
		case "--method":
			if isPost(o.value.text) {
				t.post = cmp.Or(t.post, o.name+" "+o.value.text)
			}
		case "-O", "--output-document":
			t.file, t.files = o.value, false
		case "-i", "--input-file": // a file that names them
			t.urls = append(t.urls, word{value: opaque(0)})
		}
	}
	return r.transfer(c, t)
}

// downloader handles tools whose options hardly differ: the file is -o or -O.
func (r *reader) downloader(c *call) value {
	opts, operands := options(c.args(), "oOdsxjk", []string{"--out", "--output", "--dir", "--output-document"})
	t := transfer{urls: operands, files: true}
	for _, o := range opts {
		switch o.name {
		case "-o", "-O", "--out", "--output":
			if o.value.text != "" {
				t.file, t.files = o.value, false
			}
		}
	}
	t.urls = slices.DeleteFunc(t.urls, func(w word) bool { return !isURL(w.text) })
	return r.transfer(c, t)
}

// httpie handles http, https and xh: a method, a URL, and items to send.
func (r *reader) httpie(c *call) value {
	opts, operands := options(c.args(), "aosp", []string{"--auth", "--output", "--session"})
	var t transfer
	for _, o := range opts {
		if o.name == "-o" || o.name == "--output" {
			t.file = o.value
		}
	}
	for _, w := range operands {
		switch {
		case isPost(w.text):
			t.post = w.text
		case len(t.urls) == 0 && !isMethod(w.text):
			t.urls = append(t.urls, w)
		case len(t.urls) > 0 && strings.ContainsAny(w.text, "=@"):
			t.post = cmp.Or(t.post, "data")
		}
	}
	return r.transfer(c, t)
}

// webRequest handles PowerShell's Invoke-WebRequest and Invoke-RestMethod.
func (r *reader) webRequest(c *call) value {
	var t transfer
	args := c.args()
	for i := 0; i < len(args); i++ {
		name := strings.ToLower(args[i].text)
		if !strings.HasPrefix(name, "-") {
			t.urls = append(t.urls, args[i])
			continue
		}
		var v word
		if name != "-usebasicparsing" && name != "-usedefaultcredentials" && name != "-passthru" && i+1 < len(args) {
			i++
			v = args[i]
		}
		switch {
		case isOutFile(word{value: value{text: name}}):
			t.file = v
		case len(name) > 1 && strings.HasPrefix("-uri", name), strings.HasPrefix(name, "-sourc"):
			t.urls = append(t.urls, v)
		case strings.HasPrefix(name, "-des"):
			t.file = v
		case strings.HasPrefix(name, "-b"), strings.HasPrefix(name, "-inf"), strings.HasPrefix(name, "-form"):
			t.post = name
		case strings.HasPrefix(name, "-me") && isPost(v.text):
			t.post = cmp.Or(t.post, name+" "+v.text)
		}
	}
	return r.transfer(c, t)
}

// isOutFile matches PowerShell's -OutFile, which may be shortened.
func isOutFile(w word) bool {
	t := strings.ToLower(w.text)
	return len(t) >= 5 && strings.HasPrefix("-outfile", t)
}

// certutil handles the download hidden in Windows' certificate tool.
func (r *reader) certutil(c *call) value {
	var t transfer
	decodes := false
	var operands []word
	for _, w := range c.args() {
		switch name := strings.ToLower(w.text); {
		case strings.HasPrefix(name, "-decode"), strings.HasPrefix(name, "/decode"):
			decodes = true
		case isURL(w.text):
			t.urls = append(t.urls, w)
		case strings.HasPrefix(name, "-"), strings.HasPrefix(name, "/"):
		default:
			operands = append(operands, w)
		}
	}
	if decodes && len(operands) > 1 {
		r.files[r.fileKey(operands[1])] = opaque(r.read(operands[0]).taint | fromDecoder)
		return value{}
	}
	if len(operands) > 0 {
		t.file = operands[0]
	}
	return r.transfer(c, t)
}

// bitsadmin handles Windows' background transfers: /transfer name URL file.
func (r *reader) bitsadmin(c *call) value {
	var t transfer
	for i, w := range c.args() {
		if isURL(w.text) {
			t.urls = append(t.urls, w)
			if i+2 < len(c.words) {
				t.file = c.args()[i+1]
			}
		}
	}
	return r.transfer(c, t)
}

// transfer records what a download tool does and returns what it prints.
func (r *reader) transfer(c *call, t transfer) value {
	t.urls = slices.DeleteFunc(t.urls, func(w word) bool { return strings.HasPrefix(strings.ToLower(w.text), "file:") })
	if len(t.urls) == 0 {
		return value{}
	}
	for _, u := range t.urls {
		if !strings.Contains(u.text, "://") {
			host, _, _ := strings.Cut(u.text, "/")
			r.hostWord(authorityHost(host))
		}
		if host := cmp.Or(firstHost(u.text), u.text); slices.Contains(metadataHosts, host) {
			r.act(c, KindReadSecrets, host)
		}
	}
	carried := c.taint() & (fromSecrets | fromIdentity)
	switch {
	case t.post != "":
		r.act(c, KindPost, c.name+" "+t.post)
	case carried != 0:
		r.act(c, KindPost, c.name+" with data of the machine")
	default:
		r.act(c, KindDownload, c.name+" "+t.urls[0].text)
	}
	got := opaque(fromDownload)
	if t.file.text != "" && t.file.text != "-" {
		if !isNull(t.file) {
			r.files[r.fileKey(t.file)] = got
		}
		if r.isManifest(t.file) {
			r.act(c, KindReplaceManifest, c.name)
		}
		return value{}
	}
	if t.files && t.file.text == "" {
		for _, u := range t.urls {
			name, _, _ := strings.Cut(u.text, "?")
			if name = path.Base(name); !strings.Contains(name, unknown) {
				r.files[r.fileKey(literal(name, u))] = got
			}
		}
		return value{}
	}
	return got
}

// hostWord records a word that stands for a host if it looks like one.
func (r *reader) hostWord(name string) {
	if strings.ContainsAny(name, "."+unknown) || name == "localhost" {
		r.host(name)
	}
}

func firstHost(text string) string {
	if m := urlPattern.FindStringSubmatch(text); m != nil {
		return authorityHost(m[2])
	}
	return ""
}

func isPost(method string) bool {
	switch strings.ToUpper(method) {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

func isMethod(s string) bool {
	switch strings.ToUpper(s) {
	case "GET", "HEAD", "DELETE", "OPTIONS":
		return true
	}
	return isPost(s)
}

// socket handles nc, socat, telnet: bytes go out and come back.
func (r *reader) socket(c *call) value {
	_, operands := options(c.args(), "pswqixXIOTGce", []string{"--exec", "--sh-exec", "--source-port", "--wait"})
	if len(operands) == 0 && len(c.args()) == 0 {
		return value{}
	}
	r.act(c, KindPost, c.name)
	if len(operands) > 0 {
		host := operands[0].text
		if c.name == "socat" {
			for _, w := range operands { // TCP:host:port,options
				if kind, rest, ok := strings.Cut(w.text, ":"); ok && strings.HasPrefix(strings.ToUpper(kind), "TCP") {
					host = rest
				}
			}
		}
		r.hostWord(authorityHost(host))
	}
	return opaque(fromDownload | c.taint())
}

// secureShell handles ssh and its copying relatives.
func (r *reader) secureShell(c *call) value {
	_, operands := options(c.args(), "bcDEeFIiJLlmOopQRSWwP", nil)
	if len(operands) == 0 {
		return value{}
	}
	remote := func(w word) bool {
		return strings.Contains(strings.TrimPrefix(w.text, "rsync:"), ":") || isURL(w.text)
	}
	for _, w := range operands {
		if m := scpPattern.FindStringSubmatch(w.text); m != nil {
			r.host(m[1])
		}
	}
	switch {
	case c.name == "ssh":
		host := operands[0].text
		r.host(host[strings.LastIndexByte(host, '@')+1:])
		r.act(c, KindPost, "ssh")
		return opaque(fromDownload)
	case remote(operands[len(operands)-1]):
		r.act(c, KindPost, c.name)
	case remote(operands[0]):
		r.act(c, KindDownload, c.name)
		r.files[r.fileKey(operands[len(operands)-1])] = opaque(fromDownload)
	}
	return value{}
}

// lookup handles nslookup, dig and host.
func (r *reader) lookup(c *call) value {
	_, operands := options(c.args(), "bcfkpqtxRTWm", nil)
	for _, w := range operands {
		if strings.ContainsAny(w.text, "."+unknown) && !strings.HasPrefix(w.text, "+") {
			detail := c.name
			if !w.known() || w.taint&(fromSecrets|fromIdentity) != 0 {
				detail += " of a name made at run time"
			}
			r.act(c, KindDNSLookup, detail)
			r.host(strings.TrimPrefix(w.text, "@"))
		}
	}
	return opaque(fromDownload | c.stdin.taint)
}

// ping is a lookup where the name is made at run time; else it is a common way
// to wait.
func (r *reader) ping(c *call) value {
	_, operands := options(c.args(), "cinwWtsIlpM", nil)
	for _, w := range operands {
		if !w.known() || w.taint&(fromSecrets|fromIdentity) != 0 || percentPattern.MatchString(w.text) {
			r.act(c, KindDNSLookup, c.name+" of a name made at run time")
		}
		r.hostWord(w.text)
	}
	return opaque(0)
}
