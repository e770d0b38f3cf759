package javascript

import "strings"

// minMachineNames is how many distinct names make a scheme. Any one may be
// chance or a joke; the smallest output of an obfuscator has dozens.
const minMachineNames = 5

// minMachineName is the length of the shortest such name.
const minMachineName = 5

// name notes a name in one of the schemes of HexNames.
func (s *signer) name(name string, pos int) {
	if s.machines == nil {
		s.machines = make(map[string]struct{})
	}
	if len(s.machines) == 0 || pos < s.machine.Pos {
		s.machine = Sign{Pos: pos, End: pos + len(name), Detail: name}
	}
	s.machines[name] = struct{}{}
}

// machineName tells names that obfuscators make and neither people nor
// minifiers.
func machineName(name string) bool {
	switch name[0] {
	case 'I', 'l', '1':
		return strings.Trim(name, "Il1") == "" && mixed(name)
	case 'O', 'o', 'Q':
		return strings.Trim(name, "O0oQ") == "" && mixed(name)
	case '_', '$':
		if strings.Trim(name, "_$") == "" {
			return mixed(name)
		}
		if strings.HasPrefix(name, "_$_") {
			return hexDigits(name[3:], 4)
		}
	}
	// A prefix may stand before _0x, as obfuscators offer it.
	i := strings.Index(name, "_0x")
	return i >= 0 && i <= 8 && hexDigits(name[i+3:], 3)
}

// mixed reports whether a name has more than one character of its alphabet.
func mixed(name string) bool { return strings.Trim(name, name[:1]) != "" }

// hexDigits reports whether text is at least n lower-case hexadecimal digits.
func hexDigits(text string, n int) bool {
	return len(text) >= n && strings.Trim(text, "0123456789abcdef") == ""
}
