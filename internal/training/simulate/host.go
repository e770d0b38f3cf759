package simulate

import (
	"fmt"
	"strings"
)

// sink is a kind of place that data is sent to.
type sink string

const (
	oast      sink = "oast"
	discord   sink = "discord"
	collector sink = "collector"
	paste     sink = "paste"
	own       sink = "own"
	address   sink = "address"
	telegram  sink = "telegram"
	tunnel    sink = "tunnel"
)

// sinks holds the kinds with their weights in published reports, in percent.
var sinks = []weighted[sink]{
	{oast, 45}, {discord, 17}, {collector, 16}, {paste, 7}, {own, 6}, {address, 6}, {telegram, 3}, {tunnel, 2},
}

// services names the hosts of each kind. host appends ".invalid".
var services = map[sink][]string{
	oast:      {"oast.fun", "oast.pro", "oast.live", "oast.site", "oast.online", "oast.me", "interact.sh", "oastify.com", "burpcollaborator.net", "dnslog.cn", "ceye.io"},
	discord:   {"discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"},
	collector: {"webhook.site", "m.pipedream.net", "requestcatcher.com", "beeceptor.com", "hookb.in", "requestbin.net"},
	paste:     {"pastebin.com", "raw.githubusercontent.com", "gist.githubusercontent.com", "rentry.co", "paste.ee", "hastebin.com", "npoint.io", "jsonkeeper.com"},
	own:       {"cdn-metrics-api.com", "static-assets-sync.net", "npm-telemetry.io", "api-checker.dev", "pkg-status.org", "cloud-report.xyz", "update-node.top"},
	telegram:  {"api.telegram.org"},
	tunnel:    {"ngrok.io", "ngrok-free.app", "trycloudflare.com", "serveo.net", "loca.lt"},
}

// reserved are the networks for documentation (RFC 5737).
var reserved = []string{"192.0.2.", "198.51.100.", "203.0.113."}

// inert tells whether a host can be reached by nobody.
func inert(host string) bool {
	if strings.HasSuffix(host, ".invalid") {
		return true
	}
	for _, network := range reserved {
		if rest, ok := strings.CutPrefix(host, network); ok && rest != "" && strings.Trim(rest, "0123456789") == "" {
			return true
		}
	}
	return false
}

// host is the one place that makes hosts. Labels go in front of the name.
func (g *generator) host(name string, labels ...string) string {
	return g.known(strings.Join(append(labels, name), ".") + ".invalid")
}

// literal is the one place that makes numeric addresses.
func (g *generator) literal() string {
	return g.known(fmt.Sprintf("%s%d", g.one(reserved...), 1+g.IntN(254)))
}

// known notes a host. One that could be reached is a fault of this package.
func (g *generator) known(host string) string {
	if !inert(host) {
		panic("not an inert host: " + host)
	}
	g.hosts = append(g.hosts, host)
	return host
}

// place is where something is sent to or fetched from.
type place struct {
	kind   sink
	scheme string
	host   string
	port   int
	path   string
}

func (p place) url() string {
	if p.port != 0 {
		return fmt.Sprintf("%s://%s:%d%s", p.scheme, p.host, p.port, p.path)
	}
	return p.scheme + "://" + p.host + p.path
}

// destination draws where data goes.
func (g *generator) destination() place { return g.placeOf(pick(g, sinks)) }

func (g *generator) placeOf(kind sink) place {
	p := place{kind: kind, scheme: "https", path: "/" + g.one("", "", "c", "v1/collect", "log", "p", "report", "data", "api/events")}
	if kind == address {
		p.host = g.literal()
		p.scheme = "http"
		if g.chance(0.7) {
			p.port = []int{8080, 3000, 4444, 5000, 8443, 1337, 8000, 1224}[g.IntN(8)]
		}
		return p
	}
	name := g.one(services[kind]...)
	switch kind {
	case discord:
		p.host = g.host(name)
		p.path = "/api/webhooks/" + g.text("0123456789", 18) + "/" + g.text(letters+"0123456789_-", 68)
	case telegram:
		p.host = g.host(name)
		p.path = "/bot" + g.text("0123456789", 10) + ":" + g.text(letters+"0123456789_-", 35) + "/sendMessage"
	case paste, own:
		p.host = g.host(name)
		p.path = "/" + g.one("raw", "api", "d", "x") + "/" + g.text(lower+"0123456789", 8+g.IntN(8))
	default:
		p.host = g.host(name, g.text(lower+"0123456789", 10+g.IntN(24)))
		if kind == oast && g.chance(0.3) {
			p.scheme = "http"
		}
	}
	return p
}

// download draws where a payload is fetched from.
func (g *generator) download(suffix string) place {
	p := g.placeOf(pick(g, []weighted[sink]{{paste, 45}, {own, 25}, {address, 20}, {tunnel, 10}}))
	if p.path == "/" {
		p.path = "/" + g.one("get", "dl", "u")
	}
	p.path += suffix
	return p
}
