package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/xeipuuv/gojsonschema"
	"gopkg.in/yaml.v3"
)

// TestSchema holds that docs/amalfi.schema.json and Parse agree. What a schema
// cannot say, such as that a key is there twice, is not in the table.
func TestSchema(t *testing.T) {
	data, err := os.ReadFile("../../docs/amalfi.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewBytesLoader(data))
	if err != nil {
		t.Fatal(err)
	}
	entry := func(text string) string { return "allow: [{reason: r, " + text + "}]" }
	for good, files := range map[bool][]string{
		true: {
			"", "{}", "null", "private: []", "private: ['@acme/*', b, '@acme/x']",
			"minimum-release-age: 0", "minimum-release-age: '0'", "minimum-release-age: 3d", "intel-max-age: 12 hours",
			"fail-on: block", "fail-on: warn", "fail-on: never",
			"rules: {}", "rules: {install-script: off, a: never, b-2: warn, c: block}",
			"allow: []", entry("package: a, version: 1.0.0"), entry("package: '@acme/a', version: ^1.0.0 || 2.x"), entry("package: a, version: '*'"),
			entry("package: a, integrity: " + digest("A")), entry("package: a, integrity: " + digest("A") + " " + digest("B")),
			entry("package: a, version: 1.0.0, integrity: " + digest("A") + ", rule: known-malware, finding: 0123456789abcdef0123456789abcdef, expires: 2030-12-31"),
			entry("path: .npmrc, rule: install-steering"), entry("path: web/yarn.lock, rule: a, finding: 0123456789abcdef0123456789abcdef"),
			entry("package: a, version: 1.0.0, expires: '2030-12-31'"),
			"ignore: ['examples/**', examples/, 'fixtures/*/package-lock.json', '**/testdata', 'p?ckage-*.json', .hidden/x, 'a/**/b']",
			"registries: {default: https://r.invalid}", "registries: {'@acme': 'https://r.invalid:8443/npm/'}",
		},
		false: {
			"[]", "a", "privat: []", "private: b", "private: [1]", "private: ['*']", "private: ['@acme*']", "private: ['a/*']",
			"minimum-release-age: soon", "minimum-release-age: 3", "minimum-release-age: -3d", "intel-max-age: [3d]",
			"fail-on: error", "fail-on: off", "fail-on: true", "fail-on: [warn]",
			"rules: []", "rules: {a: on}", "rules: {A: off}", "rules: {a-: off}", "rules: {a: {b: off}}",
			"allow: {}", "allow: [a]", "allow: [{package: a, version: 1.0.0}]", "allow: [{package: a, version: 1.0.0, reason: ' '}]",
			entry("package: a"), entry("version: 1.0.0"), entry("package: a, version: 1.0"), entry("package: a, version: ''"), entry("package: a, version: next"),
			entry("package: 'a*', version: 1.0.0"), entry("package: '@acme/*', version: 1.0.0"), entry("package: a, path: b, version: 1.0.0, rule: c"),
			entry("package: a, integrity: sha512-AAAA"), entry("package: a, integrity: sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA="), entry("package: a, integrity: ''"),
			entry("path: .npmrc"), entry("path: /x, rule: a"), entry("path: '', rule: a"), entry("path: a, rule: b, version: 1.0.0"),
			entry("path: a, rule: b, finding: abc"), entry("path: a, rule: b, finding: 0123456789ABCDEF0123456789ABCDEF"), entry("package: a, version: 1.0.0, rule: A"),
			entry("package: a, version: 1.0.0, expires: soon"), entry("package: a, version: 1.0.0, expires: 2026-02-30"), entry("package: a, version: 1.0.0, until: 2026-02-03"),
			"ignore: a", "ignore: [1]", "ignore: ['']", "ignore: [/a]", "ignore: [../a]", "ignore: [a/./b]", "ignore: [a//b]", "ignore: ['a**']", "ignore: ['**/b**/c']",
			"ignore: ['**']", "ignore: ['*/**']", "ignore: ['{a,b}']", "ignore: ['!a']", "ignore: ['[a]']",
			"registries: []", "registries: {default: http://r.invalid/}", "registries: {default: 'https://u:p@r.invalid/'}", "registries: {default: 'https://r.invalid/?a'}",
			"registries: {default: 'https://r.invalid/../a'}", "registries: {acme: 'https://r.invalid/'}", "registries: {'@acme/a': 'https://r.invalid/'}", "registries: {default: 1}",
		},
	} {
		for _, file := range files {
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(file), &doc); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			result, err := schema.Validate(gojsonschema.NewGoLoader(plain(&doc)))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			_, parsed := Parse([]byte(file))
			if result.Valid() != good || (parsed == nil) != good {
				t.Errorf("%s: wanted %t, the schema says %t (%v), Parse says %v", file, good, result.Valid(), result.Errors(), parsed)
			}
		}
	}
}

// plain is a YAML document as JSON has it; a date is a string.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		return plain(n.Content[0])
	case yaml.SequenceNode:
		out := []any{}
		for _, c := range n.Content {
			out = append(out, plain(c))
		}
		return out
	case yaml.MappingNode:
		out := make(map[string]any)
		for i := 0; i+1 < len(n.Content); i += 2 {
			out[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return out
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return json.Number(n.Value)
	case "!!bool":
		return n.Value == "true"
	case "!!null", "":
		return nil
	}
	return n.Value
}

// TestSchemaKeys holds that the schema describes the keys that Parse knows.
func TestSchemaKeys(t *testing.T) {
	data, err := os.ReadFile("../../docs/amalfi.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Properties map[string]struct{ Description string }
	}
	var schema struct {
		object
		Definitions struct{ Entry object }
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	check := func(of object, known []string) {
		for _, key := range known {
			if len(of.Properties[key].Description) < 10 {
				t.Errorf("the schema does not describe %s", key)
			}
			if !strings.Contains(string(doc), "| `"+key+"` |") {
				t.Errorf("docs/configuration.md does not describe %s", key)
			}
		}
		if len(of.Properties) != len(known) {
			t.Errorf("the schema has %d properties, Parse knows %d", len(of.Properties), len(known))
		}
	}
	var keys []string
	for key := range settings {
		keys = append(keys, key)
	}
	check(schema.object, keys)
	check(schema.Definitions.Entry, entryKeys)
}

// TestExample: the example of the documentation can be used.
func TestExample(t *testing.T) {
	doc, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if c := parse(t, example); !ok || len(c.Allow) != 1 || len(c.Registries()) != 1 || c.FailOn != Warn || !c.Ignored("examples/a") {
		t.Errorf("%+v", c)
	}
}
