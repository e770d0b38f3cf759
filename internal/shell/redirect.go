package shell

import (
	"path"
	"strings"
)

// maxPath bounds FileRun.Path and ScriptRun.Name, in bytes.
const maxPath = 1024

// sink is where a command's standard output goes instead of on to the pipe.
type sink struct {
	away    bool   // it goes elsewhere
	file    string // into this file, by its key
	appends bool
}

// redirect reads the redirections of a command: it replaces stdin where they
// say so and notes what they discard, send or overwrite. With lookup set the
// command has nothing to hide by discarding its output.
func (r *reader) redirect(src *source, offset int, list []redirect, stdin *value, lookup bool) sink {
	var to sink
	const (
		open = iota
		null
		other
	)
	var fds [10]int // what the descriptors are connected to
	for _, rd := range list {
		fd := 1
		if len(rd.fd) == 1 && rd.fd[0] >= '0' && rd.fd[0] <= '9' {
			fd = int(rd.fd[0] - '0')
		}
		target := rd.target
		if host, ok := networkDevice(target.path()); ok {
			r.actAt(src, offset, KindPost, "/dev/tcp or /dev/udp", false)
			r.host(host)
			if strings.Contains(rd.op, "&") { // as in bash -i >& /dev/tcp/…
				*stdin = opaque(fromDownload)
			}
		}
		switch rd.op {
		case "<", "<>":
			in := r.read(target)
			if _, ok := networkDevice(target.path()); ok {
				in = opaque(fromDownload)
			}
			if rd.fd == "" || rd.fd == "0" {
				*stdin = in
			} else {
				r.descriptors[rd.fd] = in
			}
		case "<<", "<<-", "<<<":
			*stdin = rd.body
		case ">&", "<&":
			if n := target.text; len(n) == 1 && n[0] >= '0' && n[0] <= '9' {
				if in, ok := r.descriptors[n]; ok && rd.op == "<&" {
					*stdin = in
				}
				fds[fd] = fds[n[0]-'0']
				continue
			}
			if rd.op == "<&" || target.text == "-" {
				continue
			}
			fallthrough
		case "&>", "&>>":
			fds[1], fds[2] = other, other
			if isNull(target) {
				fds[1], fds[2] = null, null
			}
			to = sink{away: true, file: r.fileKey(target), appends: rd.op == "&>>"}
		case ">", ">>", ">|":
			fds[fd] = other
			if isNull(target) {
				fds[fd] = null
			}
			if fd == 1 {
				to = sink{away: true, file: r.fileKey(target), appends: rd.op == ">>"}
			}
		}
		if strings.Contains(rd.op, ">") && r.isManifest(target) {
			r.actAt(src, offset, KindReplaceManifest, rd.op+" package.json", false)
		}
	}
	if fds[1] == null {
		to.file = ""
		if !lookup {
			detail := "stdout"
			if fds[2] == null {
				detail = "stdout and stderr"
			}
			r.actAt(src, offset, KindDiscardOutput, detail, false)
		}
	}
	return to
}

// isNull reports whether a redirection's target swallows what is written.
func isNull(w word) bool {
	t := strings.ToLower(w.text)
	return t == "/dev/null" || t == "nul" || t == "nul:" || strings.EqualFold(w.raw, "$null")
}

// networkDevice returns the host of bash's /dev/tcp/host/port.
func networkDevice(p string) (host string, ok bool) {
	for _, prefix := range []string{"/dev/tcp/", "/dev/udp/"} {
		if rest, found := strings.CutPrefix(p, prefix); found {
			host, _, _ = strings.Cut(rest, "/")
			return host, true
		}
	}
	return "", false
}

// read returns the content of a file as far as the script's own commands made
// it.
func (r *reader) read(w word) value {
	if v, ok := r.files[r.fileKey(w)]; ok {
		return v
	}
	t := w.taint
	if secretPath(w.path()) != "" {
		t |= fromSecrets
	}
	return opaque(t)
}

// plainSource takes out of a word's source what does not tell files apart.
var plainSource = strings.NewReplacer(`"`, "", "{", "", "}", "", `\`, "/")

// fileKey identifies a file within the script. Words with unknown parts are
// compared by their source.
func (r *reader) fileKey(w word) string {
	p := w.path()
	if strings.Contains(p, unknown) {
		return "?" + plainSource.Replace(w.raw)
	}
	if isAbsolute(p) {
		return path.Clean(p)
	}
	if r.dir == unknown {
		return "?" + p
	}
	return joinPath(r.dir, p)
}

func (r *reader) isManifest(w word) bool { return r.fileKey(w) == "package.json" }

// isAbsolute reports whether a path with forward slashes does not start from
// the working folder: on Unix, with a drive letter, or in a home folder.
func isAbsolute(p string) bool {
	return strings.HasPrefix(p, "/") || strings.HasPrefix(p, "~") || strings.HasPrefix(p, "%") ||
		len(p) > 1 && p[1] == ':'
}

// joinPath joins a relative path to a folder, "" for the start itself.
func joinPath(dir, p string) string {
	p = path.Join(dir, p)
	if p == "." && dir == "" {
		return "."
	}
	return p
}

// shorten cuts text to n bytes.
func shorten(text string, n int) string {
	if len(text) > n {
		return strings.ToValidUTF8(text[:n], "")
	}
	return text
}
