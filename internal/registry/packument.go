package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/amalfi-audit/audit/internal/npm"
)

// The limits of a packument. The largest one known has 21 MB and 3,500
// versions.
const (
	// MaxPackumentSize is the size of the largest response that is read, in
	// bytes, after decompression.
	MaxPackumentSize = 256 << 20
	// maxValueSize bounds one value within it, such as the record of one
	// version, in bytes; this is what decoding holds in memory at once.
	maxValueSize = 8 << 20
	// maxReleases is how many versions a name can have.
	maxReleases = 100_000
	// maxVersionLength is the length of a version, in bytes (node-semver).
	maxVersionLength = 256
	// maxPersonLength bounds the names and addresses of people, in bytes.
	maxPersonLength = 256
)

// recordFields are what is kept of a version's record, in the order in which
// it is written. Names of fields count in their exact case, as they do for
// npm.
var recordFields = []string{
	"name", "version", "scripts", "dependencies", "optionalDependencies", "peerDependencies",
	"bundleDependencies", "bundledDependencies", "bin", "main", "type", "exports", "repository",
	"homepage", "bugs", "gypfile", "dist", "gitHead", "_npmUser", "maintainers", "deprecated",
}

// packumentIndex is a packument without the records.
type packumentIndex struct {
	Name        string            `json:"name"`
	DistTags    map[string]string `json:"distTags,omitempty"`
	Releases    []releaseIndex    `json:"releases"`
	Unpublished []string          `json:"unpublished,omitempty"`
}

// releaseIndex is a release and the place of its record.
type releaseIndex struct {
	npm.Release
	Offset   int64  `json:"offset"`
	Length   int64  `json:"length"`
	Checksum uint32 `json:"checksum"` // CRC-32C
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// decodePackument reads the packument of name from r, one version at a time,
// and writes the reduced records to w one behind the other.
func decodePackument(r io.Reader, name string, w io.Writer) (*packumentIndex, error) {
	d := &packumentDecoder{
		limits:   limitedReader{r: r, total: MaxPackumentSize},
		w:        w,
		versions: make(map[string]bool),
		names:    make(map[string]string),
	}
	d.dec = json.NewDecoder(&d.limits)
	err := d.document()
	if err == nil && d.index.Name != name {
		err = fmt.Errorf("its name is %.250q", d.index.Name)
	}
	var broken *readError
	switch {
	case err == nil:
		return d.finish(), nil
	case errors.As(err, &broken), errors.Is(err, ErrTooLarge), errors.As(err, new(writeError)):
		return nil, fmt.Errorf("packument of %s: %w", name, err)
	}
	return nil, fmt.Errorf("%w of %s: %w", ErrPackument, name, err)
}

type packumentDecoder struct {
	limits   limitedReader
	dec      *json.Decoder
	w        io.Writer
	offset   int64
	index    packumentIndex
	versions map[string]bool
	names    map[string]string // people, so that each is in memory once
	times    map[string]json.RawMessage
}

// writeError is an error of the writer of records.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// limitedReader fails with ErrTooLarge after total bytes, and after value
// bytes, which is set anew before each value.
type limitedReader struct {
	r            io.Reader
	total, value int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	left := min(l.total, l.value)
	if left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := l.r.Read(p[:min(int64(len(p)), left)])
	l.total -= int64(n)
	l.value -= int64(n)
	return n, err
}

func (d *packumentDecoder) token() (json.Token, error) {
	d.limits.value = maxValueSize
	t, err := d.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func (d *packumentDecoder) decode(v any) error {
	d.limits.value = maxValueSize
	err := d.dec.Decode(v)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (d *packumentDecoder) document() error {
	if t, err := d.token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return errors.New("it is no JSON object")
	}
	seen := make(map[string]bool)
	var skipped json.RawMessage
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		field := t.(string) // the decoder allows nothing else here
		if seen[field] {
			return fmt.Errorf("the field %.100q is there twice", field)
		}
		switch field {
		case "name":
			err = d.decode(&d.index.Name)
		case "dist-tags":
			err = d.distTags()
		case "versions":
			err = d.records()
		case "time":
			err = d.decode(&d.times)
		default:
			if err := d.decode(&skipped); err != nil {
				return fmt.Errorf("%.100q: %w", field, err)
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", field, err)
		}
		seen[field] = true
	}
	if _, err := d.token(); err != nil {
		return err
	}
	d.limits.value = maxValueSize
	switch _, err := d.dec.Token(); err {
	case io.EOF:
		return nil
	case nil:
		return errors.New("there is more behind its end")
	default:
		return err
	}
}

func (d *packumentDecoder) distTags() error {
	var tags map[string]json.RawMessage
	if err := d.decode(&tags); err != nil {
		return err
	}
	d.index.DistTags = make(map[string]string, len(tags))
	for tag, raw := range tags {
		if version := text(raw); version != "" {
			d.index.DistTags[tag] = version
		}
	}
	return nil
}

func (d *packumentDecoder) records() error {
	t, err := d.token()
	if err != nil || t == nil { // null
		return err
	}
	if t != json.Delim('{') {
		return errors.New("no object")
	}
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		version := t.(string)
		switch {
		case version == "" || len(version) > maxVersionLength:
			return fmt.Errorf("a version of %d bytes", len(version))
		case d.versions[version]:
			return fmt.Errorf("%q is there twice", version)
		case len(d.index.Releases) == maxReleases:
			return fmt.Errorf("%w: more than %d versions", ErrTooLarge, maxReleases)
		}
		d.versions[version] = true
		var record map[string]json.RawMessage
		if err := d.decode(&record); err != nil {
			return fmt.Errorf("%q: %w", version, err)
		}
		if record == nil {
			return fmt.Errorf("%q: null", version)
		}
		if err := d.record(version, record); err != nil {
			return err
		}
	}
	_, err = d.token()
	return err
}

// record writes the reduced record of one version and indexes it.
func (d *packumentDecoder) record(version string, record map[string]json.RawMessage) error {
	data := reduce(record)
	if _, err := d.w.Write(data); err != nil {
		return writeError{err}
	}
	release := npm.Release{
		Version:   version,
		Publisher: person(record["_npmUser"]).Name,
		Attested:  attestations(members(record["dist"])) != "",
	}
	if known, ok := d.names[release.Publisher]; ok {
		release.Publisher = known
	} else {
		d.names[release.Publisher] = release.Publisher
	}
	d.index.Releases = append(d.index.Releases, releaseIndex{
		Release:  release,
		Offset:   d.offset,
		Length:   int64(len(data)),
		Checksum: checksum(data),
	})
	d.offset += int64(len(data))
	return nil
}

// reduce returns the record with the fields of recordFields alone.
func reduce(record map[string]json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, field := range recordFields {
		raw, ok := record[field]
		if !ok {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + field + `":`) // letters only
		b.Write(raw)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// finish puts in what may stand behind the versions in the response.
func (d *packumentDecoder) finish() *packumentIndex {
	for i := range d.index.Releases {
		r := &d.index.Releases[i]
		r.Published = instant(d.times[r.Version])
	}
	slices.SortFunc(d.index.Releases, func(a, b releaseIndex) int {
		return npm.CompareVersions(a.Version, b.Version)
	})

	gone := make(map[string]bool)
	for version, raw := range d.times {
		switch version {
		case "created", "modified", "unpublished":
			continue
		}
		if !instant(raw).IsZero() {
			gone[version] = true
		}
	}
	// What unpublishing all of a name leaves behind.
	var versions []string
	if raw, ok := members(d.times["unpublished"])["versions"]; ok && json.Unmarshal(raw, &versions) == nil {
		for _, version := range versions {
			gone[version] = true
		}
	}
	for version := range gone {
		if !d.versions[version] && version != "" && len(version) <= maxVersionLength && len(d.index.Unpublished) < maxReleases {
			d.index.Unpublished = append(d.index.Unpublished, version)
		}
	}
	slices.SortFunc(d.index.Unpublished, npm.CompareVersions)
	return &d.index
}

// decodeRecord reads a version's record, reduced or as the registry sends it.
// Beside invalid JSON only an integrity that is not understood is an error.
func decodeRecord(data []byte) (*npm.VersionRecord, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	r := new(npm.VersionRecord)
	if err := json.Unmarshal(data, &r.Manifest); err != nil {
		return nil, err
	}
	r.Manifest.DevDependencies = nil
	r.GitHead = text(fields["gitHead"])
	r.Publisher = person(fields["_npmUser"])
	r.Deprecated = deprecated(fields["deprecated"])
	var people []json.RawMessage
	if json.Unmarshal(fields["maintainers"], &people) != nil {
		people = []json.RawMessage{fields["maintainers"]} // a single one
	}
	for _, raw := range people {
		if p := person(raw); p != (npm.Person{}) {
			r.Maintainers = append(r.Maintainers, p)
		}
	}
	return r, decodeDist(members(fields["dist"]), &r.Dist)
}

func decodeDist(fields map[string]json.RawMessage, dist *npm.Dist) error {
	dist.Tarball = text(fields["tarball"])
	dist.FileCount = int(integer(fields["fileCount"]))
	dist.UnpackedSize = integer(fields["unpackedSize"])
	dist.Attestations = attestations(fields)
	var signatures []json.RawMessage
	if json.Unmarshal(fields["signatures"], &signatures) == nil {
		for _, raw := range signatures {
			s := members(raw)
			dist.Signatures = append(dist.Signatures, npm.Signature{KeyID: text(s["keyid"]), Sig: text(s["sig"])})
		}
	}
	integrity, err := npm.ParseIntegrity(text(fields["integrity"]))
	if err != nil {
		return err
	}
	if shasum := text(fields["shasum"]); shasum != "" {
		sha1, err := npm.HexIntegrity("sha1", shasum)
		if err != nil {
			return err
		}
		integrity = integrity.Merge(sha1)
	}
	dist.Integrity = integrity
	return nil
}

// attestations returns the URL in dist.attestations.
func attestations(dist map[string]json.RawMessage) string {
	return text(members(dist["attestations"])["url"])
}

// members returns the fields of an object, nil for any other value.
func members(raw json.RawMessage) map[string]json.RawMessage {
	var fields map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	return fields
}

// text returns a string's content, "" for any other value.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// integer returns a number's value, 0 for what is no whole number from 0 on.
func integer(raw json.RawMessage) int64 {
	var n int64
	if json.Unmarshal(raw, &n) != nil || n < 0 {
		return 0
	}
	return n
}

// instant returns the time that a string gives, the zero time for anything else.
func instant(raw json.RawMessage) time.Time {
	t, err := time.Parse(time.RFC3339, text(raw))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// person reads an object with name and email, or a string such as
// "name <email> (url)".
func person(raw json.RawMessage) npm.Person {
	if fields := members(raw); fields != nil {
		return npm.Person{Name: clip(text(fields["name"])), Email: clip(text(fields["email"]))}
	}
	s, _, _ := strings.Cut(text(raw), "(")
	name, rest, _ := strings.Cut(s, "<")
	email, _, _ := strings.Cut(rest, ">")
	return npm.Person{Name: clip(strings.TrimSpace(name)), Email: clip(strings.TrimSpace(email))}
}

func clip(s string) string {
	if len(s) > maxPersonLength {
		s = strings.ToValidUTF8(s[:maxPersonLength], "")
	}
	return strings.Clone(s)
}

// deprecated returns the deprecation message; for the bare value true, which
// some registries send, the text "true".
func deprecated(raw json.RawMessage) string {
	if string(raw) == "true" {
		return "true"
	}
	return text(raw)
}
