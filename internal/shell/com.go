package shell

import (
	"strings"
)

// comCall is a call of a method of a COM object (Microsoft's Windows Script
// Host, XML, ADO and shell objects), as VBScript and PowerShell make it. Names
// are in lower case.
type comCall struct {
	src   *source
	at    int // the offset at which the call stands
	class string
	name  string
	self  object
	args  []object
}

func (c *comCall) arg(i int) object {
	if i < len(c.args) {
		return c.args[i]
	}
	return opaqueObject(0)
}

// words makes words of an argument: one for each text that it may be.
func (c *comCall) words(i int) []word {
	o := c.arg(i)
	var out []word
	for _, t := range o.texts() {
		w := word{value: value{t, o.taint}, raw: strings.ReplaceAll(t, unknown, "$?"), offset: c.at, exact: -1}
		if o.plain > 0 && t == o.text {
			w.exact = o.plain - 1
		}
		out = append(out, w)
	}
	return out
}

// command makes a command of the call, so that it is read as a shell's would
// be.
func (c *comCall) command(words ...word) *call {
	name := c.class + "." + c.name
	program := word{value: value{text: name}, offset: c.at, exact: -1}
	return &call{src: c.src, offset: c.at, name: name, words: append([]word{program}, words...)}
}

// The classes of COM objects by what they do.
func isHTTPClass(class string) bool {
	for _, prefix := range []string{"msxml2.xmlhttp", "msxml2.serverxmlhttp", "microsoft.xmlhttp", "winhttp.winhttprequest"} {
		if strings.HasPrefix(class, prefix) {
			return true
		}
	}
	return false
}

// com reads a call of a method of a COM object.
func (r *reader) com(c *comCall) object {
	t := c.self.taint
	for _, a := range c.args {
		t |= a.taint
	}
	switch {
	case c.class == "wscript.shell":
		return r.comShell(c, t)
	case c.class == "scripting.filesystemobject", c.class == "textstream":
		return r.comFile(c, t)
	case isHTTPClass(c.class):
		switch c.name {
		case "open":
			cmd := c.command(c.words(1)...)
			tr := transfer{}
			for i := range cmd.words[1:] {
				r.inspectWord(cmd, &cmd.words[1+i], false, false)
			}
			tr.urls = append(tr.urls, cmd.words[1:]...)
			if isPost(c.arg(0).text) {
				tr.post = strings.TrimSpace(c.arg(0).text + " " + c.arg(1).text)
			}
			r.transfer(cmd, tr)
		case "send":
			if t&(fromSecrets|fromIdentity) != 0 {
				r.act(c.command(), KindPost, c.class+" with data of the machine")
			}
		}
		return opaqueObject(fromDownload)
	}
	switch c.class + "." + c.name {
	case "shell.application.shellexecute":
		for _, w := range c.words(0) {
			if isURL(w.text) { // it opens a page
				continue
			}
			words := []word{w}
			for _, f := range strings.Fields(c.arg(1).text) {
				words = append(words, literal(strings.Trim(f, `"`), w))
			}
			if show := c.arg(4); show.kind == objNumber && show.number == 0 {
				r.act(c.command(), KindBackground, "ShellExecute without a window")
			}
			r.run(&call{src: c.src, offset: c.at, words: words, via: []string{"ShellExecute"}})
		}
		return opaqueObject(0)
	case "adodb.stream.write", "adodb.stream.writetext":
		r.stream |= t
		return opaqueObject(0)
	case "adodb.stream.loadfromfile":
		for _, w := range c.words(0) {
			cmd := c.command(w)
			r.inspect(cmd)
			r.stream |= r.read(cmd.words[1]).taint
		}
		return opaqueObject(0)
	case "adodb.stream.savetofile":
		for _, w := range c.words(0) {
			cmd := c.command(w)
			r.inspectWord(cmd, &cmd.words[1], false, true)
			r.files[r.fileKey(w)] = opaque(r.stream)
			if r.isManifest(w) {
				r.act(cmd, KindReplaceManifest, cmd.name)
			}
		}
		return opaqueObject(0)
	case "adodb.stream.read", "adodb.stream.readtext":
		return opaqueObject(r.stream | t)
	case "winmgmts.create":
		return r.windowsCommand(c, 0, "Win32_Process.Create")
	case "winmgmts.setstringvalue", "winmgmts.setexpandedstringvalue", "winmgmts.createkey":
		for _, w := range c.words(1) {
			if m := autostart(w.path()); m != "" {
				r.act(c.command(), KindPersistence, m)
			}
		}
		return opaqueObject(0)
	case "winmgmts.execquery", "winmgmts.instancesof":
		for class := range identityClasses {
			if strings.Contains(strings.ToLower(c.arg(0).text), class) {
				r.act(c.command(), KindHostIdentity, c.name+" of WMI")
				return refObject("com:winmgmts", fromIdentity)
			}
		}
	case "schedule.service.registertaskdefinition", "schedule.service.registertask":
		r.act(c.command(), KindPersistence, c.name)
		return opaqueObject(0)
	case "internetexplorer.application.navigate":
		cmd := c.command(c.words(0)...)
		r.inspect(cmd)
		r.transfer(cmd, transfer{urls: cmd.words[1:]})
		return opaqueObject(fromDownload)
	}
	if strings.HasPrefix(c.class, "winmgmts") || strings.HasPrefix(c.class, "schedule.service") {
		return refObject("com:"+c.class, t) // of the same service
	}
	return opaqueObject(t)
}

// windowsCommand reads a command line that Windows runs.
func (r *reader) windowsCommand(c *comCall, i int, how string) object {
	t := taint(0)
	for _, w := range c.words(i) {
		cmd := c.command(w)
		r.executed(cmd, w.taint, how)
		if strings.Trim(w.text, unknown+" ") == "" {
			if w.text != "" && w.taint&(fromDownload|fromDecoder) == 0 {
				r.act(cmd, KindDynamicCommand, how)
			}
			continue
		}
		if c.src.depth >= MaxDepth {
			r.limit("shells nested more than %d levels deep", MaxDepth)
			continue
		}
		in := c.src.inside(strings.ReplaceAll(w.text, unknown, "%_%"), w, how)
		t |= r.split(in, dialectCmd, value{}).taint
	}
	return opaqueObject(t | fromProcess)
}

// comShell reads the methods of WScript.Shell.
func (r *reader) comShell(c *comCall, t taint) object {
	switch c.name {
	case "run", "exec":
		if show := c.arg(1); c.name == "run" && show.kind == objNumber && show.number == 0 {
			r.act(c.command(), KindBackground, "WScript.Shell.Run without a window")
		}
		return r.windowsCommand(c, 0, "WScript.Shell."+c.name)
	case "regwrite":
		for _, w := range c.words(0) {
			if m := autostart(w.path()); m != "" {
				r.act(c.command(), KindPersistence, m)
			}
		}
		return opaqueObject(0)
	case "expandenvironmentstrings":
		return r.expandPercent(c)
	case "environment":
		return refObject("com:environment", 0)
	case "specialfolders":
		if strings.Contains(strings.ToLower(c.arg(0).text), "startup") {
			return textObject(unknown+"/Programs/Startup", 0)
		}
		return opaqueObject(0)
	case "createshortcut":
		for _, w := range c.words(0) {
			if m := startup(w.path()); m != "" {
				r.act(c.command(), KindPersistence, m)
			}
		}
		return opaqueObject(0)
	}
	return opaqueObject(t)
}

// expandPercent reads the variables in a text with %NAME%.
func (r *reader) expandPercent(c *comCall) object {
	o := c.arg(0)
	for _, text := range o.texts() {
		for _, m := range percentPattern.FindAllStringSubmatch(text, -1) {
			o.taint |= r.environmentRead(c.src, c.at, m[1]+m[2])
		}
	}
	return r.each(o, func(s string) string { return percentPattern.ReplaceAllString(s, unknown) })
}

// environmentRead records that code reads a variable of the environment.
func (r *reader) environmentRead(src *source, at int, name string) taint {
	if secretName(name) {
		r.actAt(src, at, KindReadSecrets, "$"+name, false)
		return fromSecrets
	}
	r.actAt(src, at, KindReadEnvironment, "$"+name, false)
	if identityNames[strings.ToUpper(name)] {
		return fromIdentity
	}
	return 0
}

// comFile reads the methods of Scripting.FileSystemObject and of the files that
// it opens.
func (r *reader) comFile(c *comCall, t taint) object {
	switch c.name {
	case "opentextfile", "createtextfile", "getfile", "getfolder":
		mode := c.arg(1)
		writes := c.name == "createtextfile" || c.name == "opentextfile" && mode.kind == objNumber && mode.number > 1
		o := refObject("com:textstream", 0)
		for _, w := range c.words(0) {
			cmd := c.command(w)
			r.inspectWord(cmd, &cmd.words[1], !writes, writes)
			o.taint |= cmd.words[1].taint
			if !writes {
				o.taint |= r.read(w).taint
			}
			if writes && r.isManifest(w) {
				r.act(cmd, KindReplaceManifest, cmd.name)
			}
			o.path = w.text
		}
		return o
	case "write", "writeline":
		if c.self.path != "" {
			w := word{value: value{text: c.self.path}, raw: strings.ReplaceAll(c.self.path, unknown, "$?"), offset: c.at, exact: -1}
			v := c.arg(0).value
			if c.name == "writeline" {
				v.text += "\r\n"
			}
			r.write(r.fileKey(w), v, true)
		}
		return opaqueObject(0)
	case "readall", "readline", "read":
		return opaqueObject(t)
	case "deletefile", "deletefolder":
		for _, w := range c.words(0) {
			r.remove(c.command(w))
		}
		return opaqueObject(0)
	case "copyfile", "movefile":
		for _, from := range c.words(0) {
			for _, to := range c.words(1) {
				cmd := c.command(from, to)
				r.inspectWord(cmd, &cmd.words[1], true, false)
				r.inspectWord(cmd, &cmd.words[2], false, true)
				r.copyFile(cmd)
			}
		}
		return opaqueObject(0)
	case "getspecialfolder":
		return opaqueObject(0)
	case "getabsolutepathname", "getbasename", "getfilename":
		return c.arg(0)
	case "getparentfoldername":
		return r.each(c.arg(0), parentFolder)
	case "buildpath":
		return r.join(r.join(c.arg(0), textObject("/", 0)), c.arg(1))
	}
	return opaqueObject(t)
}

// comProperty returns what a property of a COM object holds.
func (r *reader) comProperty(src *source, at int, o object, name string) object {
	class := strings.TrimPrefix(o.ref, "com:")
	switch {
	case isHTTPClass(class) && strings.HasPrefix(name, "response"):
		return opaqueObject(o.taint | fromDownload)
	case name == "nodetypedvalue":
		return opaqueObject(o.taint | fromDecoder)
	case class == "wscript.network" && (name == "username" || name == "computername" || name == "userdomain"):
		r.actAt(src, at, KindHostIdentity, "WScript.Network."+name, false)
		return opaqueObject(fromIdentity)
	case class == "adodb.stream" && (name == "readtext" || name == "read"):
		return opaqueObject(r.stream | o.taint)
	case class == "textstream":
		return opaqueObject(o.taint)
	}
	return opaqueObject(o.taint)
}
