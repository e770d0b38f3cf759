package leak

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// joined is a text put together from pieces of things sent, from the first to the
// last.
type joined struct {
	text []byte
	// how names the places the pieces come from, encoding what each was decoded
	// from.
	how, encoding string
	from, to      int
}

// Limits of join, shared by groups and items as those of Find are.
const (
	maxJoined = MaxDecoded // bytes of texts that are put together
	maxPieces = 1 << 16    // pieces that requests are taken apart into
)

// join puts pieces together in each way that senders use: over those that went to
// one registrable domain, and within an item.
func join(items []Sent) []joined {
	j := joiner{items: items, known: make(map[string]bool), left: maxJoined}
	groups := make(map[string][]int)
	var order []string
	space := maxPieces
	for i, item := range items {
		found := pieces(item.Data, space/(len(items)-i))
		space -= len(found)
		j.pieces = append(j.pieces, found)
		key := registrable(hostOf(item.To))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	for i, key := range order {
		j.share = j.left / (len(order) - i + len(items))
		j.names(groups[key], strings.Count(key, ".")+1)
		if len(groups[key]) > 1 {
			j.requests(groups[key])
		}
	}
	for i := range items {
		j.share = j.left / (len(items) - i)
		j.inside(i)
	}
	return j.out
}

type joiner struct {
	items  []Sent
	pieces [][]piece // by item
	out    []joined
	known  map[string]bool
	// left is how many bytes may still be put together, share how many of the group
	// or item at hand.
	left, share int
}

// maxFields is over how many fields of different names of one request a value is
// taken to be spread.
const maxFields = 32

// add joins pieces as they are, and decoded one by one where that is not the same.
func (j *joiner) add(how string, from, to int, parts ...string) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if len(parts) < 2 || size < MinValue || size > j.share {
		return
	}
	j.text(joined{[]byte(strings.Join(parts, "")), how, "", from, to})
	for _, r := range radices {
		if text := r.each(parts); text != nil {
			j.text(joined{text, how, r.how, from, to})
		}
	}
}

func (j *joiner) text(t joined) {
	if key := string(t.text); len(key) >= MinValue && len(key) <= j.share && !j.known[key] {
		j.known[key] = true
		j.share -= len(key)
		j.left -= len(key)
		j.out = append(j.out, t)
	}
}

// each decodes pieces that were encoded one by one; nil where they were not, or
// where joining them first gives the same.
func (r radix) each(parts []string) []byte {
	rest := 0
	for i, p := range parts {
		p = strings.TrimRight(p, "=")
		for k := range len(p) {
			if r.digits[p[k]] >= apart {
				return nil
			}
		}
		if i < len(parts)-1 {
			rest += len(p) * r.bits % 8
		}
	}
	if rest == 0 {
		return nil
	}
	var out []byte
	for _, p := range parts {
		out = r.appendDecoded(out, []byte(p))
	}
	return out
}

// hostOf returns the host of an address or of a host with a port.
func hostOf(to string) string {
	if _, rest, ok := strings.Cut(to, "://"); ok {
		to = rest
	}
	if i := strings.IndexAny(to, "/?#"); i >= 0 {
		to = to[:i]
	}
	to = to[strings.LastIndexByte(to, '@')+1:]
	if i := strings.LastIndexByte(to, ':'); i >= 0 && !strings.Contains(to[:i], ":") {
		to = to[:i]
	}
	return strings.TrimSuffix(to, ".")
}

// registrable returns what of a host name one buys: the last two labels, or
// three, where the second to last is short ("co.uk"; a little longer below
// "invalid", so that "x.webhook.site.invalid" is as without it). Addresses are
// returned whole.
func registrable(host string) string {
	labels := strings.Split(host, ".")
	n, short := 2, 3
	if labels[len(labels)-1] == "invalid" {
		short = 4
	}
	if l := len(labels); l > 2 && len(labels[l-2]) <= short {
		n = 3
	}
	if last := labels[len(labels)-1]; len(labels) <= n || last != "" && digit(last[0]) {
		return host
	}
	return strings.Join(labels[len(labels)-n:], ".")
}

// names joins the labels below a registrable domain of so many labels, of one
// name and of all names.
func (j *joiner) names(group []int, base int) {
	type name struct {
		item   int
		labels []string
	}
	var names []name
	last := ""
	for _, i := range group {
		host := hostOf(j.items[i].To)
		if host == last {
			continue
		}
		last = host
		if labels := strings.Split(host, "."); len(labels) > base {
			labels = labels[:len(labels)-base]
			names = append(names, name{i, labels})
			j.add("dns labels", i, i, labels...)
			j.add("dns labels", i, i, slices.DeleteFunc(slices.Clone(labels), counter)...)
			j.add("dns labels", i, i, labels[:len(labels)-1]...)
		}
	}
	if len(names) < 2 {
		return
	}
	// Labels that all names end with are the collector's, or a session's.
	same := len(names[0].labels) - 1
	for _, n := range names[1:] {
		same = min(same, len(n.labels)-1)
		for k := range same {
			if n.labels[len(n.labels)-1-k] != names[0].labels[len(names[0].labels)-1-k] {
				same = k
				break
			}
		}
	}
	// A counter in each name gives the order.
	at := -1
	for k := range names[0].labels {
		if !slices.ContainsFunc(names, func(n name) bool { return k >= len(n.labels) || !counter(n.labels[k]) }) {
			at = k
			break
		}
	}
	from, to := names[0].item, names[len(names)-1].item
	sorted := slices.Clone(names)
	if at >= 0 {
		slices.SortStableFunc(sorted, func(a, b name) int { return cmp.Compare(atoi(a.labels[at]), atoi(b.labels[at])) })
	}
	for _, pick := range []func(labels []string) []string{
		func(labels []string) []string { return slices.DeleteFunc(slices.Clone(labels), counter) },
		func(labels []string) []string { return []string{longest(labels)} },
		func(labels []string) []string {
			return []string{longest(strings.FieldsFunc(longest(labels), func(r rune) bool { return r == '-' || r == '_' }))}
		},
		func(labels []string) []string { return labels },
	} {
		for _, order := range [][]name{sorted, names} {
			var parts []string
			for _, n := range order {
				parts = append(parts, pick(n.labels[:len(n.labels)-same])...)
			}
			j.add("dns names", from, to, parts...)
		}
	}
}

// counter says that a piece is a number that counts pieces.
func counter(s string) bool {
	return s != "" && len(s) <= 4 && strings.Trim(s, "0123456789") == ""
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func longest(parts []string) string {
	best := ""
	for _, p := range parts {
		if len(p) > len(best) {
			best = p
		}
	}
	return best
}

// piece is a value in a request, with the name of its field: a parameter, a
// header, a JSON key without digits at its end, or "/2" for a part of a path.
type piece struct{ name, value string }

// stops are the characters that end a name or a value.
var stops = func() (t [256]bool) {
	for _, c := range []byte("&?;,=: \t\r\n\"'`{}[]()<>\\/") {
		t[c] = true
	}
	return t
}()

// pieces finds the fields of a request, of a form or of a JSON text, without
// parsing either. Values without a name have "".
func pieces(data []byte, most int) []piece {
	var out []piece
	text := string(data)
	name, path, quoted := "", 0, false
	for len(text) > 0 && len(out) < most {
		n := 0
		for n < len(text) && (!stops[text[n]] || text[n] == '/' && name != "") { // base64 has slashes
			n++
		}
		token, stop := text, byte(0)
		if n < len(text) {
			token, stop = text[:n], text[n]
			text = text[n+1:]
		} else {
			text = ""
		}
		switch {
		case (stop == '=' || stop == ':') && token != "" && name == "" && !strings.HasPrefix(text, "//"):
			name, path = token, 0
			continue
		case stop == '"' && strings.HasPrefix(text, ":"):
			name, text = token, text[1:]
			continue
		case token != "" && name != "":
			out = append(out, piece{strings.TrimRight(name, "0123456789"), token})
		case token != "" && path > 0:
			out = append(out, piece{"/" + strconv.Itoa(path), token})
		case token != "":
			out = append(out, piece{"", token})
		}
		switch {
		case stop == '/':
			path++
		case token != "" || stop == '&' || stop == '?':
			path = 0
		}
		// The strings of an array have one name.
		if stop == '&' || stop == ';' || stop == '\n' || stop == '}' || stop == ',' && !quoted {
			name = ""
		}
		quoted = stop == '"' || stop == '\''
	}
	return out
}

// inside joins pieces of one item: those of the same field, and all.
func (j *joiner) inside(item int) {
	var all []string
	fields, order := make(map[string][]string), []string(nil)
	for _, p := range j.pieces[item] {
		if fields[p.name] == nil {
			order = append(order, p.name)
		}
		fields[p.name] = append(fields[p.name], p.value)
		if p.name != "" && p.name[0] != '/' && !counter(p.value) {
			all = append(all, p.value)
		}
	}
	for _, name := range order {
		if name != "" || len(order) == 1 {
			j.add("fields", item, item, fields[name]...)
		}
	}
	if len(all) <= maxFields {
		j.add("fields", item, item, all...)
	}
}

// requests joins the pieces of the same field over several items, and what is
// different in the data of each.
func (j *joiner) requests(group []int) {
	type field struct {
		parts    []string
		from, to int
	}
	fields, order := make(map[string]*field), []string(nil)
	for _, i := range group {
		for _, p := range j.pieces[i] {
			f := fields[p.name]
			if f == nil {
				f = &field{from: i}
				fields[p.name] = f
				order = append(order, p.name)
			}
			f.to = i
			if len(f.parts) == 0 || f.parts[len(f.parts)-1] != p.value {
				f.parts = append(f.parts, p.value)
			}
		}
	}
	for _, name := range order {
		if f := fields[name]; f.to > f.from {
			j.add("requests", f.from, f.to, f.parts...)
			j.add("requests", f.from, f.to, slices.DeleteFunc(slices.Clone(f.parts), counter)...)
		}
	}
	var bodies [][]byte
	for _, i := range group {
		if data := j.items[i].Data; len(data) > 0 && (len(bodies) == 0 || !bytes.Equal(bodies[len(bodies)-1], data)) {
			bodies = append(bodies, data)
		}
	}
	var whole, middles []string
	before, after := common(bodies)
	for _, b := range bodies {
		whole = append(whole, string(b))
		middles = append(middles, string(b[before:len(b)-after]))
	}
	from, to := group[0], group[len(group)-1]
	j.add("requests", from, to, middles...)
	if before+after < MinPart { // which may be by chance
		j.add("requests", from, to, whole...)
	}
}

// common returns how many bytes all texts begin and end with alike.
func common(texts [][]byte) (before, after int) {
	if len(texts) == 0 {
		return 0, 0
	}
	first := texts[0]
	before, after = len(first), len(first)
	for _, t := range texts[1:] {
		before = min(before, len(t))
		for k := range before {
			if t[k] != first[k] {
				before = k
				break
			}
		}
		after = min(after, len(t))
		for k := range after {
			if t[len(t)-1-k] != first[len(first)-1-k] {
				after = k
				break
			}
		}
	}
	shortest := len(first)
	for _, t := range texts {
		shortest = min(shortest, len(t))
	}
	return min(before, shortest), min(after, shortest-min(before, shortest))
}
