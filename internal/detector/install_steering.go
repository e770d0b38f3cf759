package detector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
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
	if slices.ContainsFunc(steering, func(s steeringRow) bool { return s.file == base && s.setting == "" }) {
		p.reportSetting(f.Path, base, "", 0)
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
		if before[k].text == after[k].text {
			continue
		}
		if base == "package.json" && k == "packageManager" && strings.Contains(after[k].text, "://") {
			p.Report(Finding{Level: Warning, Confidence: High, Location: Location{Path: f.Path, Line: after[k].line},
				Message: fmt.Sprintf("%q of %s changes: the package manager is fetched from an address", k, f.Path)})
			continue
		}
		p.reportSetting(f.Path, base, k, after[k].line)
	}
}

func (p *ProjectPass) reportSetting(file, base, key string, line int) {
	for _, s := range steering {
		prefix, wild := strings.CutSuffix(s.setting, "*")
		if s.file != base || s.setting != key && !(wild && strings.HasPrefix(key, prefix)) {
			continue
		}
		what := fmt.Sprintf("%q of %s", shorten(key), file)
		if key == "" {
			what = file
		}
		p.Report(Finding{Level: s.level, Confidence: High, Location: Location{Path: file, Line: line},
			Message: fmt.Sprintf("%s changes: %s", what, s.text)})
		return
	}
}

// setting is one setting of a file. The text is only compared, never printed:
// it may be a credential.
type setting struct {
	text string
	line int
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
		out[key] = setting{out[key].text + "\n" + line[end:], n}
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
		out[content[i].Value] = setting{text.String(), content[i].Line}
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
				out[key+"."+k] = setting{compact(m), lineOf(data, k)}
			}
			continue
		}
		out[key] = setting{compact(raw), lineOf(data, key)}
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
