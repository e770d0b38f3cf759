package shell

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// batch is what the reading of a batch file knows (Microsoft documentation,
// "Windows commands"; help set, help call).
type batch struct {
	// delayed tells that !NAME! is a variable too.
	delayed bool
	// sets counts how often a variable is set, by its name in upper case.
	sets map[string]int
}

var (
	batchSet     = regexp.MustCompile(`(?i)\bset\s+(?:/[ap]\s+)?"?([^\s"=&|<>%!]+)=`)
	batchDelayed = regexp.MustCompile(`(?i)enabledelayedexpansion|/v(?::on)?\s`)
	batchName    = regexp.MustCompile(`^[A-Za-z_#$@.(\[{][\w#$@.()\[\]{}-]*`)
	// batchParameter matches %1, %*, %~dp0 and the variables of for.
	batchParameter = regexp.MustCompile(`^%(?:\*|(?:~[A-Za-z]*(?:\$\w+:)?)?[0-9]|%~?[A-Za-z]*(?:\$\w+:)?[A-Za-z])`)
)

// readBatch reads a batch file.
func (r *reader) readBatch(src *source) {
	r.batch = &batch{delayed: batchDelayed.MatchString(src.text), sets: map[string]int{}}
	for _, m := range batchSet.FindAllStringSubmatch(src.text, -1) {
		r.batch.sets[strings.ToUpper(m[1])]++
	}
	r.split(src, dialectCmd, value{})
}

// comment passes a comment or a label of a batch file, where the position is
// at the start of a command.
func (s *splitter) comment() bool {
	rest := s.text[s.pos:]
	switch {
	case rest[0] == ':' && s.lineStart():
	case len(rest) >= 3 && strings.EqualFold(rest[:3], "rem"):
		behind := strings.TrimLeft(rest[3:], " \t")
		if len(rest) > 3 && isNameByte(rest[3]) || strings.HasPrefix(behind, "&") || strings.HasPrefix(behind, "|") {
			return false // cmd.exe goes on behind these
		}
	default:
		return false
	}
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		s.pos += i
	} else {
		s.pos = len(s.text)
	}
	return true
}

// lineStart reports whether nothing but white space stands in front of the
// position in its line.
func (s *splitter) lineStart() bool {
	i := s.pos
	for i > 0 && strings.IndexByte(" \t\r@;,=", s.text[i-1]) >= 0 {
		i--
	}
	return i == 0 || s.text[i-1] == '\n'
}

// set notes the variable that the set of a batch file writes.
func (s *splitter) set(c *call) {
	args := c.args()
	if s.batch == nil || len(args) == 0 || !strings.EqualFold(strings.TrimPrefix(c.words[0].text, "@"), "set") {
		return
	}
	computed := false
	for len(args) > 0 && strings.HasPrefix(args[0].text, "/") {
		computed = true // /a and /p
		args = args[1:]
	}
	v := value{}
	var b strings.Builder
	for i, w := range args {
		if i > 0 {
			before := args[i-1]
			b.WriteString(s.src.slice(before.offset+len(before.raw), w.offset))
		}
		b.WriteString(w.text)
		v.taint |= w.taint
	}
	name, text, ok := strings.Cut(b.String(), "=")
	if !ok || strings.Contains(name, unknown) {
		return
	}
	v.text = strings.TrimRight(text, " \t")
	if computed || !s.spend(len(v.text)) {
		v.text = unknown
	}
	name = strings.ToUpper(strings.TrimSpace(name))
	key := batchKey(name)
	if old, had := s.vars[key]; had && s.batch.sets[name] > 1 {
		v.taint |= old.taint
		if old.text != v.text {
			v.text = common([]string{old.text, v.text})
		}
	}
	s.vars[key] = v
}

// batchKey is the name under which a variable of a batch file is kept.
func batchKey(name string) string { return "%" + strings.ToUpper(name) }

// batchVariable reads a variable or a parameter of a batch file at the
// position. It returns its value, its name, and how many bytes it takes, 0
// where there is none.
func (s *splitter) batchVariable() (v value, name string, n int) {
	rest := s.text[s.pos:min(s.pos+maxBatchName, len(s.text))]
	if m := batchParameter.FindString(rest); m != "" {
		return s.batchParameter(m), "", len(m)
	}
	mark := rest[:1]
	m := batchName.FindString(rest[1:])
	if m == "" {
		return value{}, "", 0
	}
	end := 1 + len(m)
	edit := ""
	if end < len(rest) && rest[end] == ':' {
		i := strings.IndexAny(rest[end:], mark+"\n")
		if i < 0 || rest[end+i] == '\n' {
			return value{}, "", 0
		}
		edit = rest[end+1 : end+i]
		end += i
	}
	if end >= len(rest) || rest[end:end+1] != mark {
		return value{}, "", 0
	}
	v, ok := s.vars[batchKey(m)]
	if !ok {
		v = s.variable(m)
		if program, ok := wellKnown[strings.ToUpper(m)]; ok {
			v.text = program
		}
	}
	if edit != "" {
		v = edited(v, edit)
	}
	return v, m, end + 1
}

// isBatchVariable reports whether a variable stands at the position.
func (s *splitter) isBatchVariable() bool {
	_, _, n := s.batchVariable()
	return n > 0
}

// maxBatchName is how much text a variable with its modifiers may take, in
// bytes.
const maxBatchName = 512

// batchParameter returns the value of %0 and its relatives; others are
// unknown.
func (s *splitter) batchParameter(text string) value {
	own, ok := s.vars["0"]
	if strings.HasPrefix(text, "%%") {
		return opaque(s.vars["%"].taint)
	}
	if !ok || text[len(text)-1] != '0' {
		return opaque(0)
	}
	form := strings.ToLower(strings.Trim(text, "%~0"))
	name := own.text
	if strings.Contains(form, "n") && !strings.Contains(form, "x") {
		name = strings.TrimSuffix(name, path.Ext(name))
	}
	switch {
	case strings.Contains(form, "n") && !strings.Contains(form, "p"):
		return value{text: path.Base(name)}
	case strings.Contains(form, "p") && !strings.Contains(form, "n"):
		return value{text: path.Dir(name) + "/"}
	case strings.Trim(form, "dfnpsx") == "":
		return value{text: name}
	}
	return opaque(0)
}

// edited applies what stands behind the colon of a variable: ~start,length or
// old=new.
func edited(v value, edit string) value {
	if !v.known() {
		return opaque(v.taint)
	}
	rest, ok := strings.CutPrefix(edit, "~")
	if !ok {
		old, now, found := strings.Cut(edit, "=")
		if !found || old == "" || strings.HasPrefix(old, "*") || strings.Contains(now, unknown) {
			return opaque(v.taint)
		}
		re, err := regexp.Compile("(?i)" + regexp.QuoteMeta(old))
		if err != nil || len(v.text)*(len(now)+1) > maxWork {
			return opaque(v.taint)
		}
		return value{re.ReplaceAllLiteralString(v.text, now), v.taint}
	}
	first, second, both := strings.Cut(rest, ",")
	from, err := strconv.Atoi(strings.TrimSpace(first))
	to := len(v.text)
	if err != nil && strings.TrimSpace(first) != "" {
		return opaque(v.taint)
	}
	if from < 0 {
		from = max(from+len(v.text), 0)
	}
	from = min(from, len(v.text))
	if both {
		n, err := strconv.Atoi(strings.TrimSpace(second))
		if err != nil {
			return opaque(v.taint)
		}
		if to = from + n; n < 0 {
			to = len(v.text) + n
		}
	}
	to = min(max(to, from), len(v.text))
	return value{strings.ToValidUTF8(v.text[from:to], ""), v.taint}
}
