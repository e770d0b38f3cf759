package registry

import (
	"bytes"
	"fmt"
	"io"

	"github.com/amalfi-audit/audit/internal/npm"
)

// DecodePackument reads the packument of name from r, in the form in which
// registries send it, with the records of those of the versions that it has.
// The limits and errors are those of Client.Packument.
func DecodePackument(r io.Reader, name string, versions ...string) (*npm.Packument, error) {
	var records bytes.Buffer
	index, err := decodePackument(r, name, &records)
	if err != nil {
		return nil, err
	}
	p := &npm.Packument{
		Name: index.Name, DistTags: index.DistTags, Unpublished: index.Unpublished,
		Releases: make([]npm.Release, len(index.Releases)), Records: make(map[string]*npm.VersionRecord, len(versions)),
	}
	wanted := make(map[string]bool, len(versions))
	for _, v := range versions {
		wanted[v] = true
	}
	for i, release := range index.Releases {
		p.Releases[i] = release.Release
		if !wanted[release.Version] {
			continue
		}
		record, err := decodeRecord(records.Bytes()[release.Offset : release.Offset+release.Length])
		if err != nil {
			return nil, fmt.Errorf("%w of %s: version %q: %w", ErrPackument, name, release.Version, err)
		}
		record.Published = release.Published
		p.Records[release.Version] = record
	}
	return p, nil
}
