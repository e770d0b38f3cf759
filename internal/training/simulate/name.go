package simulate

import (
	"strconv"
	"strings"
)

// naming is how local names are chosen.
type naming uint8

const (
	plainNames naming = iota
	shortNames
	camouflaged
	hexNames
	randomNames
	underscored
)

var cover = struct{ first, second []string }{
	first:  []string{"telemetry", "analytics", "metrics", "usage", "build", "runtime", "session", "perf", "health", "config", "cache", "diag", "env", "report", "stats", "locale", "feature", "release"},
	second: []string{"Info", "Sample", "Client", "Payload", "Buffer", "Entry", "Handler", "Options", "Result", "Context", "Batch", "Loader", "State", "Summary", "Event", "Queue", "Store", "Record"},
}

// synonyms of names that templates use most.
var synonyms = map[string][]string{
	"info":    {"info", "data", "details", "systemInfo", "payload", "trackingData", "out", "result"},
	"send":    {"send", "sendData", "post", "report", "push", "upload", "exfil", "notify", "ping"},
	"collect": {"collect", "gather", "getInfo", "getSystemInfo", "snapshot", "read", "build"},
	"body":    {"body", "payload", "data", "content", "message", "postData"},
	"run":     {"run", "main", "init", "start", "setup", "bootstrap", "install", "execute"},
	"err":     {"err", "e", "error", "_", "ex"},
	"req":     {"req", "request", "r", "call"},
	"res":     {"res", "response", "resp"},
	"decode":  {"decode", "d", "fromBase64", "unpack", "dec"},
}

// name gives the local name of a placeholder.
func (g *generator) name(placeholder string) string {
	if n, ok := g.names[placeholder]; ok {
		return n
	}
	wish := numbered.ReplaceAllString(placeholder, "")
	if list := synonyms[wish]; list != nil {
		wish = g.one(list...)
	}
	n := wish
	if g.naming != plainNames || reservedWords[n] || g.used[n] {
		n = g.fresh(wish)
	}
	g.names[placeholder] = n
	g.used[n] = true
	return n
}

// reservedWords are names that code outside of templates may mean.
var reservedWords = map[string]bool{
	"process": true, "module": true, "exports": true, "require": true, "global": true, "window": true, "document": true,
	"do": true, "in": true, "if": true, "of": true, "as": true, "is": true, "fs": true, "os": true,
}

// fresh makes a name that was not used.
func (g *generator) fresh(wish string) string {
	for i := 0; ; i++ {
		var n string
		switch g.naming {
		case shortNames:
			n = g.text(letters, 1)
			if i > 8 {
				n += strconv.Itoa(g.IntN(100))
			}
		case camouflaged:
			n = g.one(cover.first...) + g.one(cover.second...)
			if i > 4 {
				n += g.one(cover.second...)
			}
		case hexNames:
			n = "_0x" + g.text(hexes, 6)
		case randomNames:
			n = g.text(letters, 4+g.IntN(5))
		case underscored:
			n = "_" + wish + strings.Repeat("_", i%3)
			if i > 2 {
				n += strconv.Itoa(i)
			}
		default:
			n = wish + strconv.Itoa(i+1)
			if i == 0 {
				n = "$" + wish
			}
		}
		if !g.used[n] && !reservedWords[n] && !keyword[n] {
			g.used[n] = true
			return n
		}
	}
}

var keyword = func() map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields("break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield async await of get set eval arguments undefined NaN Infinity") {
		m[w] = true
	}
	return m
}()
