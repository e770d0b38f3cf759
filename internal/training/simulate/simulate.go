package simulate

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options steer Generate. The zero value draws everything.
type Options struct {
	// Chain is the number of the chain, 1 to 17; 0 draws one by weight.
	Chain int
	// Obfuscate, where set, obfuscates scripts instead of the built-in forms,
	// except for the large file of chain 8. The preset is "low", "medium" or
	// "high"; an error ends Generate.
	Obfuscate func(source, preset string) (string, error)
}

// ErrChain is returned for a chain that does not exist.
var ErrChain = errors.New("no such chain")

// heldOut are the chains kept out of all tuning: of each kind (run by a hook, at
// import, without a script of its own, in a browser, by a build) the one whose
// name, "chain-01" to "chain-17", has the lowest SHA-256.
var heldOut = []int{4, 5, 7, 13, 16}

// HeldOut lists the chains that no classifier may be tuned on, in order. The rule
// was fixed before anything was measured.
func HeldOut() []int { return slices.Clone(heldOut) }

// Family names the family of a chain and carrier, "chain-01/hook-script".
// Families that agree up to the slash must be kept together.
func Family(chain int, carrier string) string { return fmt.Sprintf("chain-%02d/%s", chain, carrier) }

// Generate makes a malicious version. With a base it is the version after base,
// as an account takeover would publish it: a new version number, changes as
// releases have them, and a payload. Without one it is a new package. base is not
// changed. The result depends on the arguments alone.
func Generate(seed uint64, base *Package, o Options) (after Package, family string, err error) {
	g, err := newGenerator(seed, maliciousStream, base, o)
	if err != nil {
		return Package{}, "", err
	}
	c, err := g.chain(o.Chain)
	if err != nil {
		return Package{}, "", err
	}
	if err := g.build(c); err != nil {
		return Package{}, "", fmt.Errorf("chain %d: %w", c.number, err)
	}
	return g.finished(), Family(c.number, g.carrier), nil
}

// The streams of dice of Generate and Benign.
const (
	maliciousStream = "malicious"
	honestStream    = "benign"
)

// generator is the state of one change.
type generator struct {
	dice
	options  Options
	hasBase  bool
	after    Package
	manifest object
	carrier  string

	style    style
	naming   naming
	encoding encoding
	decoder  bool
	esm      bool
	honest   bool // a legitimate change
	browser  bool
	traits   traits

	names        map[string]string // of placeholders
	used         map[string]bool
	importName   map[string]bool
	dependencies map[string]string

	fixedHook  string // the hook that a chain needs
	scriptOnly string // a script that something else than a hook runs
	wantBundle bool
	count      int // of snippets, to keep their names apart

	// hosts, inside and code are what tests look at: hosts that were made, code
	// before it was encoded, and code before it was obfuscated.
	hosts, inside, code []string
}

func newGenerator(seed uint64, stream string, base *Package, o Options) (*generator, error) {
	g := &generator{
		dice:         newDice(seed, stream),
		options:      o,
		honest:       stream == honestStream,
		hasBase:      base != nil,
		names:        make(map[string]string),
		used:         make(map[string]bool),
		importName:   make(map[string]bool),
		dependencies: make(map[string]string),
	}
	g.style = g.drawStyle()
	g.naming = pick(g, []weighted[naming]{{plainNames, 50}, {shortNames, 12}, {camouflaged, 18}, {hexNames, 5}, {randomNames, 8}, {underscored, 7}})
	g.encoding = g.drawEncoding()
	g.decoder = g.chance(0.5)
	g.traits = g.drawTraits()
	if base == nil {
		g.newPackage()
		return g, nil
	}
	g.after = base.clone()
	manifest, err := parseObject(base.Files[ManifestName])
	if err != nil {
		return nil, fmt.Errorf("base: package.json: %w", err)
	}
	g.manifest = manifest
	g.bump()
	if main := g.mainFile(); main != "" {
		g.esm = g.isModule(main)
	}
	g.noise()
	return g, nil
}

func (g *generator) chain(number int) (chain, error) {
	if number == 0 {
		list := make([]weighted[chain], len(chains))
		for i, c := range chains {
			list[i] = weighted[chain]{c, c.weight}
		}
		return pick(g, list), nil
	}
	for _, c := range chains {
		if c.number == number {
			return c, nil
		}
	}
	return chain{}, fmt.Errorf("%w: %d", ErrChain, number)
}

// build draws the chain's payload and puts it into the package.
func (g *generator) build(c chain) error {
	p := c.plan(g)
	if p.main != "" {
		if err := g.carry(p); err != nil {
			return err
		}
	}
	if p.finish != nil {
		p.finish(g)
	}
	for _, name := range sortedKeys(g.dependencies) {
		g.manifest.put("dependencies", name, g.dependencies[name])
	}
	if g.carrier == "" {
		g.carrier = "script"
	}
	return nil
}

func (g *generator) finished() Package {
	g.after.Files[ManifestName] = g.manifest.bytes()
	return g.after
}

// script sets a lifecycle script. One that exists is kept in front of it.
func (g *generator) script(hook, command string) {
	if scripts, err := parseObject(g.manifest.get("scripts")); err == nil {
		if old := scripts.get(hook); len(old) > 2 && g.chance(0.8) {
			var text string
			if unquoteJSON(old, &text) {
				command = text + " && " + command
			}
		}
	}
	g.manifest.put("scripts", hook, command)
	g.carrier = "script"
}

// dropInstallScripts removes what runs at install by a script's name.
func (g *generator) dropInstallScripts() {
	scripts, err := parseObject(g.manifest.get("scripts"))
	if err != nil {
		return
	}
	scripts = slices.DeleteFunc(scripts, func(f field) bool {
		return f.key == "preinstall" || f.key == "install" || f.key == "postinstall"
	})
	g.manifest.set("scripts", scripts.compact())
}

// hook draws the lifecycle script that runs a payload, with published weights.
func (g *generator) hook() string {
	if g.fixedHook != "" {
		return g.fixedHook
	}
	return pick(g, []weighted[string]{{"preinstall", 84}, {"postinstall", 12}, {"install", 3}})
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// freePath gives a path that no file has yet.
func (g *generator) freePath(wishes ...string) string {
	for _, i := range g.Perm(len(wishes)) {
		if !g.taken(wishes[i]) {
			return wishes[i]
		}
	}
	for {
		dir, name := "", g.one(wishes...)
		if cut := strings.LastIndexByte(name, '/'); cut >= 0 {
			dir, name = name[:cut+1], name[cut+1:]
		}
		if path := dir + g.text(lower, 4) + "-" + name; !g.taken(path) {
			return path
		}
	}
}

// taken tells whether a path cannot be used: a file has it, is a folder of it or
// lies below it.
func (g *generator) taken(path string) bool {
	for name := range g.after.Files {
		if name == path || strings.HasPrefix(path, name+"/") || strings.HasPrefix(name, path+"/") {
			return true
		}
	}
	return false
}
