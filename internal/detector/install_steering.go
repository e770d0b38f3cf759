package detector

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// SteeringPatterns match, below a folder, the files of code that the package
// manager itself runs (path.Match).
var SteeringPatterns = []string{".yarn/releases/*", ".yarn/plugins/*", ".yarn/plugins/@*/*"}

// SteeringNames are the base names of the files that steer installs and are
// compared by InstallSteering.
var SteeringNames = []string{
	".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", ".pnpmfile.mjs", "pnpmfile.js",
	"pnpm-workspace.yaml", "bunfig.toml", "package.json",
}

type steeringRow struct {
	file    string
	setting string
	level   Level
	text    string // what the setting decides
}

// steering says which settings of which file decide what is installed, from
// where, and what may run. Settings end in "*" to stand for all that begin so;
// "" stands for the whole file.
var steering = []steeringRow{
	{".npmrc", "registry", Warning, "the registry packages come from"},
	{".npmrc", "@*", Warning, "the registry of a scope"},
	{".npmrc", "//*", Warning, "credentials or settings of a registry"},
	{".npmrc", "replace-registry-host", Warning, "which hosts are replaced by the registry"},
	{".npmrc", "ignore-scripts", Warning, "whether install scripts run"},
	{".npmrc", "script-shell", Warning, "the shell that runs scripts"},
	{".npmrc", "node-options", Warning, "options of every Node.js process"},
	{".npmrc", "git", Warning, "the program that is run as git"},
	{".npmrc", "proxy", Warning, "the proxy"},
	{".npmrc", "https-proxy", Warning, "the proxy"},
	{".npmrc", "strict-ssl", Warning, "whether certificates are checked"},
	{".npmrc", "cafile", Warning, "which certificates are trusted"},
	{".npmrc", "ca", Warning, "which certificates are trusted"},
	{".npmrc", "*", Note, "a setting of npm"},
	{".yarnrc", "*", Warning, "a setting of yarn"},
	{".yarnrc.yml", "yarnPath", Warning, "the file that is run as yarn"},
	{".yarnrc.yml", "plugins", Warning, "plugins that yarn runs"},
	{".yarnrc.yml", "npmRegistryServer", Warning, "the registry packages come from"},
	{".yarnrc.yml", "npmRegistries", Warning, "settings of registries"},
	{".yarnrc.yml", "npmScopes", Warning, "the registry of a scope"},
	{".yarnrc.yml", "enableScripts", Warning, "whether install scripts run"},
	{".yarnrc.yml", "checksumBehavior", Warning, "what happens when a checksum is wrong"},
	{".yarnrc.yml", "enableStrictSsl", Warning, "whether certificates are checked"},
	{".yarnrc.yml", "httpProxy", Warning, "the proxy"},
	{".yarnrc.yml", "httpsProxy", Warning, "the proxy"},
	{".yarnrc.yml", "*", Note, "a setting of yarn"},
	{".pnpmfile.cjs", "", Warning, "code that pnpm runs at every install"},
	{".pnpmfile.mjs", "", Warning, "code that pnpm runs at every install"},
	{"pnpmfile.js", "", Warning, "code that pnpm runs at every install"},
	{"bunfig.toml", "", Warning, "settings of bun, among them the registry"},
	{"pnpm-workspace.yaml", "registry", Warning, "the registry packages come from"},
	{"pnpm-workspace.yaml", "pnpmfile", Warning, "code that pnpm runs at every install"},
	{"pnpm-workspace.yaml", "globalPnpmfile", Warning, "code that pnpm runs at every install"},
	{"pnpm-workspace.yaml", "nodeOptions", Warning, "options of every Node.js process"},
	{"pnpm-workspace.yaml", "scriptShell", Warning, "the shell that runs scripts"},
	{"pnpm-workspace.yaml", "ignoreScripts", Warning, "whether install scripts run"},
	{"pnpm-workspace.yaml", "onlyBuiltDependencies", Warning, "which packages may run install scripts"},
	{"pnpm-workspace.yaml", "onlyBuiltDependenciesFile", Warning, "which packages may run install scripts"},
	{"pnpm-workspace.yaml", "allowBuilds", Warning, "which packages may run install scripts"},
	{"pnpm-workspace.yaml", "dangerouslyAllowAllBuilds", Warning, "which packages may run install scripts"},
	{"pnpm-workspace.yaml", "configDependencies", Warning, "packages that configure pnpm itself"},
	{"pnpm-workspace.yaml", "registries", Warning, "the registry packages come from"},
	{"pnpm-workspace.yaml", "overrides", Note, "versions that are forced"},
	{"pnpm-workspace.yaml", "patchedDependencies", Note, "packages that are patched"},
	{"pnpm-workspace.yaml", "minimumReleaseAge", Warning, "how old a release must be"},
	{"pnpm-workspace.yaml", "minimumReleaseAgeExclude", Warning, "how old a release must be"},
	{"pnpm-workspace.yaml", "*", Note, "a setting of pnpm"},
	{"package.json", "overrides", Note, "versions that are forced"},
	{"package.json", "resolutions", Note, "versions that are forced"},
	{"package.json", "trustedDependencies", Warning, "which packages may run install scripts"},
	{"package.json", "pnpm.onlyBuiltDependencies", Warning, "which packages may run install scripts"},
	{"package.json", "pnpm.overrides", Note, "versions that are forced"},
	{"package.json", "pnpm.patchedDependencies", Note, "packages that are patched"},
	{"package.json", "pnpm.*", Note, "a setting of pnpm"},
	{"package.json", "packageManager", Note, "the package manager itself"},
	{"package.json", "scripts.preinstall", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.install", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.postinstall", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.pnpm:devPreinstall", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.preprepare", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.postprepare", Warning, "a command that the project runs at install"},
	{"package.json", "scripts.prepublish", Note, "a command that old npm runs at install"},
	{"package.json", "scripts.prepare", Note, "a command that the project runs at install"},
}

// yarnCode are the folders of the code that yarn itself runs.
var yarnCode = []string{".yarn/releases/", ".yarn/plugins/"}

// InstallSteering reports changes of the files that decide what is installed,
// from where, and what may run.
var InstallSteering = &Detector{
	Rule: Rule{
		ID:    "install-steering",
		Title: "Changes what steers installs",
		Level: Warning,
		Tags:  []string{"project"},
		Help: `The change touches a file or setting that decides where packages come from, which of them may run scripts, or
what code the package manager itself runs: ` + "`.npmrc`, `.yarnrc.yml`, `.pnpmfile.cjs`, `pnpm-workspace.yaml`" + `, the
project's own install scripts, overrides. In a dependency update that is unusual: read it before anything else.`,
	},
	Project: func(_ context.Context, p *ProjectPass) error {
		for _, f := range p.Files {
			if bytes.Equal(f.Before, f.After) {
				continue
			}
			p.compareFile(f)
		}
		return nil
	},
}

func (p *ProjectPass) compareFile(f SteeringFile) {
	base := path.Base(f.Path)
	for _, dir := range yarnCode {
		if strings.HasPrefix(f.Path, dir) || strings.Contains(f.Path, "/"+dir) {
			p.Report(Finding{Level: Warning, Confidence: High, Location: Location{Path: f.Path},
				Message: f.Path + " changes: code that yarn runs"})
			return
		}
	}
	if row := steeringOf(base, ""); row != nil && row.setting == "" {
		evidence := fileEvidence(f, base)
		p.Report(Finding{Level: row.level, Confidence: High, Location: evidence[0].place(), Evidence: evidence,
			Message: fmt.Sprintf("%s changes: %s", f.Path, row.text)})
		return
	}
	before, errBefore := settings(base, f.Before)
	after, errAfter := settings(base, f.After)
	if errBefore != nil || errAfter != nil {
		p.Report(Finding{Level: Warning, Confidence: Low, Location: Location{Path: f.Path},
			Message: fmt.Sprintf("%s changes and cannot be read", path.Base(f.Path))})
		return
	}
	keys := make(map[string]bool, len(after))
	for k := range before {
		keys[k] = true
	}
	for k := range after {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		was, is, row := before[k], after[k], steeringOf(base, k)
		if was.text == is.text || row == nil {
			continue
		}
		level, text := row.level, row.text
		if base == "package.json" && k == "packageManager" && strings.Contains(is.text, "://") {
			level, text = Warning, "the package manager is fetched from an address"
		}
		wasShown, isShown := was.show(base, k), is.show(base, k)
		evidence := settingEvidence(f.Path, k, was, is, wasShown, isShown)
		p.Report(Finding{Level: level, Confidence: High, Location: evidence[0].place(), Evidence: evidence,
			Message: fmt.Sprintf("%q of %s changes: %s; was %s, is %s",
				showKey(k), f.Path, text, quoteValue(wasShown), quoteValue(isShown))})
	}
}

// steeringOf returns what a setting decides, or nil for nothing of interest.
func steeringOf(base, key string) *steeringRow {
	for i := range steering {
		s := &steering[i]
		prefix, wild := strings.CutSuffix(s.setting, "*")
		if s.file == base && (s.setting == key || wild && strings.HasPrefix(key, prefix)) {
			return s
		}
	}
	return nil
}

func (e *Evidence) place() Location { return Location{Path: e.Path, Line: e.Line, Column: e.Column} }

// settingEvidence gives what a setting is, and what it was, each where there is
// such a value. The line of the old value is that of the old file.
func settingEvidence(file, key string, was, is setting, wasShown, isShown string) []Evidence {
	at := func(line int, value, note string) Evidence {
		e := Evidence{Path: file, Line: line, Note: note}
		if line > 0 {
			e.Column = 1
		}
		if value != "" {
			e.Snippet = strings.ToValidUTF8(showKey(key), "") + " = " + strings.ToValidUTF8(shorten(value), "")
		}
		return e
	}
	var out []Evidence
	if isShown == "" {
		out = append(out, at(0, "", "not set any more"))
	} else {
		out = append(out, at(is.line, isShown, "is"))
	}
	if wasShown != "" {
		out = append(out, at(was.line, wasShown, "was, in the older file"))
	}
	return out
}

// fileEvidence gives the first line at which a file differs. Settings in it are
// not shown: they may be credentials.
func fileEvidence(f SteeringFile, base string) []Evidence {
	e := Evidence{Path: f.Path, Line: 1, Column: 1, Note: "the first line that differs"}
	before, after := bytes.Split(f.Before, []byte("\n")), bytes.Split(f.After, []byte("\n"))
	for e.Line <= min(len(before), len(after)) && bytes.Equal(before[e.Line-1], after[e.Line-1]) {
		e.Line++
	}
	switch {
	case len(f.After) == 0:
		return []Evidence{{Path: f.Path, Note: "the file is gone or empty"}}
	case len(f.Before) == 0:
		e.Note = "the file is new"
	}
	e.Line = min(e.Line, len(after))
	if base != "bunfig.toml" {
		e.Snippet = strings.ToValidUTF8(shorten(withoutCredentials(string(bytes.TrimSpace(after[e.Line-1])))), "")
	}
	return []Evidence{e}
}

// quoteValue quotes a value for a message; "" stands for none.
func quoteValue(shown string) string {
	const most = 100
	switch {
	case shown == "":
		return "not set"
	case len(shown) > most:
		return fmt.Sprintf("%q", strings.ToValidUTF8(shown[:most], "")+"…")
	}
	return fmt.Sprintf("%q", shown)
}

// setting is one setting of a file. The text is only compared, never printed:
// it may be a credential.
type setting struct {
	text string
	line int
	node *yaml.Node // of a file in YAML
}

// hiddenValue stands for a credential.
const hiddenValue = "***"

// credentials are what may be a credential within a value: what stands before
// the host of an address, what is assigned to a name of one, and known forms.
var credentials = []struct {
	pattern *regexp.Regexp
	shown   string
}{
	{regexp.MustCompile(`//[^/\\?#\s"']*@`), "//" + hiddenValue + "@"},
	{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/=-]+`), "${1} " + hiddenValue},
	{regexp.MustCompile(`(?i)([\w.-]*(?:auth|token|passw|passphrase|secret|username)[\w-]*["']?\s*[=:]\s*["']?)[^\s"'&,;]+`), "${1}" + hiddenValue},
	{regexp.MustCompile(`\b(?:npm_[A-Za-z0-9]{30,}|gh[a-z]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{15,})`), hiddenValue},
}

// credentialKey is a line of .npmrc that is no setting but may be meant as one.
var credentialKey = regexp.MustCompile(`(?i)(_(?:auth|password)\w*[:=]).+`)

// showKey returns the name of a setting without what may be a credential in it.
func showKey(key string) string {
	key = credentials[0].pattern.ReplaceAllString(key, credentials[0].shown)
	return shorten(credentialKey.ReplaceAllString(key, "${1}"+hiddenValue))
}

func withoutCredentials(s string) string {
	for _, c := range credentials {
		s = c.pattern.ReplaceAllString(s, c.shown)
	}
	return s
}

// secretKey tells the names of settings whose values are credentials. Of a key
// such as "//host/:_password" or "@scope:registry" the last part counts.
func secretKey(key string) bool {
	key = strings.ToLower(key[strings.LastIndexAny(key, ":/")+1:])
	for _, part := range []string{"auth", "token", "passw", "passphrase", "secret", "username"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	switch key[strings.LastIndexAny(key, "._-")+1:] {
	case "key", "pass", "otp":
		return true
	}
	return false
}

// show returns the value of a setting with credentials replaced, "" for one
// that is not set.
func (s setting) show(base, key string) string {
	if s.text == "" {
		return ""
	}
	node := s.node
	if base == "package.json" { // JSON is YAML, as far as it is understood here
		var doc yaml.Node
		if yaml.Unmarshal([]byte(s.text), &doc) != nil || len(doc.Content) != 1 {
			return "a value that is not shown"
		}
		node = doc.Content[0]
	}
	var b strings.Builder
	if node != nil {
		showNode(&b, key, node, 0)
		return cmp.Or(b.String(), "empty")
	}
	for line := range strings.Lines(s.text) {
		if value := strings.Trim(line, "= \t\r\n\"'"); value != "" {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString(showScalar(key, value))
		}
	}
	return cmp.Or(b.String(), "empty")
}

func showScalar(key, value string) string {
	if secretKey(key) {
		return hiddenValue
	}
	if i := strings.LastIndexByte(value, '@'); i >= 0 && strings.Contains(strings.ToLower(key), "proxy") && !strings.Contains(value, "//") {
		return hiddenValue + value[i:]
	}
	return withoutCredentials(value)
}

// showNode writes a value of YAML on one line, at least its beginning.
func showNode(b *strings.Builder, key string, n *yaml.Node, depth int) {
	const deepest, enough = 20, 1024
	switch {
	case depth > deepest || b.Len() > enough:
		b.WriteString("…")
		return
	case n.Kind == yaml.AliasNode:
		b.WriteString("*" + n.Value)
		return
	case n.Kind == yaml.ScalarNode:
		b.WriteString(showScalar(key, n.Value))
		return
	}
	brackets, step := "[]", 1
	if n.Kind == yaml.MappingNode {
		brackets, step = "{}", 2
	}
	b.WriteByte(brackets[0])
	for i := 0; i+step <= len(n.Content); i += step {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > enough {
			b.WriteString("…")
			break
		}
		if step == 2 {
			key = n.Content[i].Value
			b.WriteString(showKey(key) + ": ")
		}
		showNode(b, key, n.Content[i+step-1], depth+1)
	}
	b.WriteByte(brackets[1])
}

// settings reads the settings of a file; a file that is not there has none.
func settings(base string, data []byte) (map[string]setting, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, nil
	}
	switch base {
	case "package.json":
		return manifestSettings(data)
	case ".npmrc", ".yarnrc":
		return lineSettings(data), nil
	}
	return yamlSettings(data)
}

// lineSettings reads "key = value" and yarn's "key value" lines.
func lineSettings(data []byte) map[string]setting {
	out := make(map[string]setting)
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		end := strings.IndexAny(line, "= \t")
		if end < 0 {
			end = len(line)
		}
		key := strings.Trim(line[:end], `"'`)
		key = strings.TrimSuffix(key, "[]")
		out[key] = setting{text: out[key].text + "\n" + line[end:], line: n}
	}
	return out
}

func yamlSettings(data []byte) (map[string]setting, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("not a mapping")
	}
	out := make(map[string]setting)
	content := doc.Content[0].Content
	for i := 0; i+1 < len(content); i += 2 {
		var text strings.Builder
		flatten(&text, content[i+1], 0)
		out[content[i].Value] = setting{text.String(), content[i].Line, content[i+1]}
	}
	return out, nil
}

// flatten writes the content of a node without its layout and comments.
func flatten(b *strings.Builder, n *yaml.Node, depth int) {
	const deepest = 100
	if depth > deepest {
		return
	}
	fmt.Fprintf(b, "%d %q %q(", n.Kind, n.Tag, n.Value)
	for _, c := range n.Content {
		flatten(b, c, depth+1)
	}
	b.WriteByte(')')
}

// manifestSettings reads the settings of a package.json, with the members of
// pnpm and scripts one by one.
func manifestSettings(data []byte) (map[string]setting, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(bytes.TrimPrefix(data, []byte("\ufeff")), &fields); err != nil {
		return nil, err
	}
	out := make(map[string]setting, len(fields))
	for key, raw := range fields {
		var members map[string]json.RawMessage
		if (key == "pnpm" || key == "scripts") && json.Unmarshal(raw, &members) == nil {
			for k, m := range members {
				out[key+"."+k] = setting{text: compact(m), line: lineOf(data, k)}
			}
			continue
		}
		out[key] = setting{text: compact(raw), line: lineOf(data, key)}
	}
	return out, nil
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// lineOf returns the first line on which a key stands, 0 where none does.
func lineOf(data []byte, key string) int {
	i := bytes.Index(data, []byte(`"`+key+`"`))
	if i < 0 {
		return 0
	}
	return 1 + bytes.Count(data[:i], []byte("\n"))
}
