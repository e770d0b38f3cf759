package shell

import (
	"cmp"
	"slices"
	"strings"
)

// callProcess handles what starts programs.
func (p *python) callProcess(ref string, c *pyCall) (object, bool) {
	a, _ := c.get(0, "args", "command", "cmd", "file", "path")
	switch ref {
	case "os.system", "os.popen", "os.popen2", "os.popen3", "os.popen4", "subprocess.getoutput", "subprocess.getstatusoutput",
		"asyncio.create_subprocess_shell", "popen2.popen2", "popen2.popen3", "popen2.popen4", "pexpect.spawn", "pexpect.run",
		"platform.popen":
		return p.shellText(c, ref, a), true
	case "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen":
		return p.subprocess(c, ref, a), true
	case "asyncio.create_subprocess_exec", "os.execl", "os.execle", "os.execlp", "os.execlpe":
		return p.listed(c, ref, c.args, strings.HasPrefix(ref, "os.")), true
	case "os.spawnl", "os.spawnle", "os.spawnlp", "os.spawnlpe":
		return p.listed(c, ref, c.args[min(1, len(c.args)):], true), true
	case "os.execv", "os.execve", "os.execvp", "os.execvpe", "os.posix_spawn", "os.posix_spawnp":
		return p.vector(c, ref, 0), true
	case "os.spawnv", "os.spawnve", "os.spawnvp", "os.spawnvpe":
		return p.vector(c, ref, 1), true
	case "pty.spawn":
		return p.subprocess(c, ref, a), true
	case "os.startfile":
		for _, w := range p.words(a) {
			p.runsFile(p.command(c, ref), "", w)
		}
		return opaqueObject(0), true
	case "os.fork", "os.forkpty", "os.daemon":
		p.note(c, KindBackground, ref)
		return opaqueObject(0), true
	case "pip.main", "pip._internal.main", "pip._internal.cli.main.main":
		if a.kind == objList {
			words := []word{{value: value{text: "pip"}, offset: c.at, exact: -1}}
			for _, item := range a.items {
				words = append(words, item.word(p.src, a.start, a.end))
			}
			p.again(p.command(c, ref), ref, words)
		}
		return opaqueObject(0), true
	}
	if method, ok := strings.CutPrefix(ref, "subprocess.Popen()."); ok {
		// What is written to a shell or an interpreter is run by it.
		if program := commandName(c.self.path); program != "" {
			if _, known := interpreters[canonical(program)]; known || isShellName(program) || program == "node" {
				t := c.taint() &^ c.self.taint
				if strings.HasPrefix(method, "communicate") || strings.HasPrefix(method, "stdin.write") {
					p.executed(p.command(c, ref), t, program+" from a pipe")
				}
			}
		}
	}
	return object{}, false
}

// isShellName reports whether a program is a Unix shell, cmd.exe or PowerShell.
func isShellName(name string) bool {
	switch name {
	case "sh", "bash", "zsh", "dash", "ash", "ksh", "cmd", "powershell", "pwsh":
		return true
	}
	return false
}

// shellText hands a text to a shell.
func (p *python) shellText(c *pyCall, ref string, a pyArgument) object {
	out := opaqueObject(fromProcess)
	for _, w := range p.words(a) {
		cmd := p.command(c, ref, w)
		p.redirected(c, cmd, p.resplit(w))
		v := p.nested(cmd, w.value, w, ref)
		out = p.either(out, valueObject(v))
	}
	out.taint |= fromProcess
	return out
}

func (p *python) either(a, b object) object {
	if a.text == unknown {
		return b.tainted(a.taint)
	}
	return either(a, b)
}

// subprocess handles the functions of that module.
func (p *python) subprocess(c *pyCall, ref string, a pyArgument) object {
	dir := p.dir
	defer func() { p.dir = dir }()
	if cwd, ok := c.get(-1, "cwd"); ok && cwd.text != "" {
		p.cd(p.command(c, "cd", p.word(cwd)))
	}
	if flags := c.arg(-1, "creationflags"); detached(flags) {
		p.note(c, KindBackground, ref+" without a window")
	}
	if session, ok := c.get(-1, "start_new_session"); ok && session.kind == objNumber && session.number != 0 {
		p.note(c, KindBackground, ref+" in a new session")
	}
	if before := c.arg(-1, "preexec_fn"); before.ref == "os.setsid" || before.ref == "os.setpgrp" {
		p.note(c, KindBackground, ref+" in a new session")
	}
	shell := c.arg(-1, "shell")
	list := a.kind == objList && len(a.items) > 0
	program := ""
	if list {
		program = a.items[0].text
	} else if fields := strings.Fields(a.text); len(fields) > 0 {
		program = fields[0]
	}
	var out object
	switch {
	case list && shell.kind == objNumber && shell.number != 0:
		a.object = a.items[0]
		out = p.shellText(c, ref, a)
	case list:
		out = p.start(c, ref, a, a.items)
	default:
		out = p.shellText(c, ref, a)
	}
	if ref == "subprocess.check_output" || ref == "pty.spawn" {
		return out
	}
	o := refObject(ref+"()", out.taint)
	o.path = program
	return o
}

// detached reports whether flags of a process keep its window away.
func detached(flags object) bool {
	const noWindow, alone = 0x08000000, 0x00000008
	if flags.kind == objNumber {
		return flags.number&(noWindow|alone) != 0
	}
	return strings.HasSuffix(flags.ref, "CREATE_NO_WINDOW") || strings.HasSuffix(flags.ref, "DETACHED_PROCESS")
}

// start runs a program given by its words.
func (p *python) start(c *pyCall, ref string, a pyArgument, items []object) object {
	for i, item := range items {
		if len(item.others) > 0 && common(item.others) == unknown { // all that it may be
			out := opaqueObject(fromProcess)
			for _, text := range item.others {
				one := slices.Clone(items)
				one[i] = textObject(text, item.taint)
				out.taint |= p.start(c, ref, a, one).taint
			}
			return out
		}
	}
	var words []word
	for _, item := range items {
		w := item.word(p.src, a.start, a.end)
		if item.plain > 0 {
			w.offset = item.plain - 1
		}
		words = append(words, w)
	}
	if len(words) == 0 {
		return opaqueObject(0)
	}
	cmd := &call{src: p.src, offset: c.at, words: words, via: []string{ref}}
	p.redirected(c, cmd, words)
	last := p.last
	v := p.reader.run(cmd)
	p.last = last
	return valueObject(value{v.text, v.taint | fromProcess})
}

// redirected notes where a program's input comes from, and what becomes of its
// output.
func (p *python) redirected(c *pyCall, cmd *call, words []word) {
	name := ""
	if len(words) > 0 && words[0].known() {
		name = commandName(words[0].text)
	}
	if in, ok := c.get(-1, "input", "stdin"); ok {
		cmd.stdin = value{unknown, in.taint}
		if raw, ok := in.constant(); ok {
			cmd.stdin.text = withoutNUL(raw)
		}
		if in.ref == "subprocess.PIPE" || in.ref == "subprocess.DEVNULL" {
			cmd.stdin = value{}
		}
	}
	null := func(name string) bool {
		o := c.arg(-1, name)
		return o.ref == "subprocess.DEVNULL" || o.path == "/dev/null" || o.path == "nul"
	}
	if !null("stdout") || hidesNothing(&call{name: name, words: words}) {
		return
	}
	detail := "stdout"
	if null("stderr") || c.arg(-1, "stderr").ref == "subprocess.STDOUT" {
		detail = "stdout and stderr"
	}
	p.note(c, KindDiscardOutput, detail)
}

// listed runs a program whose words are the arguments. With named, the
// second one is only what the program is told as its name.
func (p *python) listed(c *pyCall, ref string, args []pyArgument, named bool) object {
	var items []object
	for i, a := range args {
		if a.name == "" && (i != 1 || !named) {
			items = append(items, a.object)
		}
	}
	if len(items) == 0 {
		return opaqueObject(0)
	}
	return p.start(c, ref, args[0], items)
}

// vector runs a program given by its path and a list of words.
func (p *python) vector(c *pyCall, ref string, i int) object {
	file, _ := c.get(i, "file", "path")
	items := []object{file.object}
	if list := c.arg(i+1, "args", "argv"); list.kind == objList && len(list.items) > 0 {
		items = append(items, list.items[1:]...)
	}
	return p.start(c, ref, file, items)
}

// callNative handles code of the machine: libraries and memory.
func (p *python) callNative(ref string, c *pyCall) (object, bool) {
	rest, ok := strings.CutPrefix(ref, "ctypes.")
	if !ok {
		if ref == "cffi.FFI().dlopen" {
			rest, ok = "CDLL", true
		}
	}
	if !ok {
		return object{}, false
	}
	switch rest {
	case "CDLL", "WinDLL", "PyDLL", "OleDLL", "cdll.LoadLibrary", "windll.LoadLibrary", "oledll.LoadLibrary", "pydll.LoadLibrary":
		a, ok := c.get(0, "name")
		if !ok || p.isNone(a) {
			a.object = textObject("", 0)
		}
		p.note(c, KindNativeCode, strings.TrimSpace(ref+" "+cmp.Or(a.text, "the program itself")))
		for _, w := range p.words(a) {
			if strings.ContainsAny(w.path(), "/") && !strings.HasPrefix(w.path(), "/") {
				p.runsFile(p.command(c, "ctypes"), "ctypes", w)
			}
		}
		return refObject("ctypes.CDLL()", a.taint), true
	case "CFUNCTYPE", "WINFUNCTYPE", "util.find_library", "sizeof", "byref", "create_string_buffer", "POINTER", "cast", "pointer", "c_char_p",
		"c_void_p", "c_int", "c_ulong":
		return refObject(ref+"()", c.taint()), true
	}
	for _, prefix := range []string{"windll.", "cdll.", "oledll.", "CDLL().", "pythonapi."} {
		if strings.HasPrefix(rest, prefix) {
			p.note(c, KindNativeCode, ref)
			return opaqueObject(c.taint()), true
		}
	}
	return object{}, false
}

// callLater handles what arranges for something to run again.
func (p *python) callLater(ref string, c *pyCall) (object, bool) {
	switch ref {
	case "winreg.OpenKey", "winreg.OpenKeyEx", "winreg.CreateKey", "winreg.CreateKeyEx":
		o := refObject("winreg.key()", 0)
		o.path = slashes(c.arg(1, "sub_key", "key").text)
		return o, true
	case "winreg.SetValueEx", "winreg.SetValue":
		key := c.arg(0)
		name := key.path
		if ref == "winreg.SetValue" && name == "" {
			name = slashes(c.arg(1).text)
		}
		if m := autostart(name); m != "" {
			p.note(c, KindPersistence, m)
		}
		return opaqueObject(0), true
	case "crontab.CronTab", "crontab.CronTab().write":
		p.note(c, KindPersistence, ref)
		return refObject(ref+"()", 0), true
	}
	return object{}, false
}
