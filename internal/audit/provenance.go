package audit

import (
	"context"
	"errors"
	"net/http"

	"github.com/amalfi-audit/audit/internal/provenance"
	"github.com/amalfi-audit/audit/internal/registry"
)

// attest has the registry's signatures and the attestations of a version
// verified. A version that no registry has, or whose bytes are not known, has
// none. What fails is in the result.
func (a *Auditor) attest(ctx context.Context, f *fetched) {
	v := f.version
	if a.Provenance == nil || v.Record == nil || len(v.Integrity) == 0 {
		return
	}
	var d provenance.Documents
	fetch := func(get func() ([]byte, error)) []byte {
		data, err := get()
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			d.Err = errors.Join(d.Err, err)
		}
		return data
	}
	d.Keys = fetch(func() ([]byte, error) {
		data, err := a.Registry.SigningKeys(ctx, v.Name)
		if v.Public {
			return data, err
		}
		// A registry of one's own that refuses an address it does not know, or has
		// a page for every one, has no keys.
		var status *registry.HTTPError
		if errors.As(err, &status) && (status.Status == http.StatusUnauthorized || status.Status == http.StatusForbidden) {
			return nil, nil
		}
		if _, invalid := provenance.ParseKeys(data); invalid != nil {
			data = nil
		}
		return data, err
	})
	if v.Record.Dist.Attestations != "" {
		d.Attestations = fetch(func() ([]byte, error) {
			return a.Registry.Attestations(ctx, v.PackageVersion)
		})
	}
	v.Provenance = provenance.Check(a.Provenance, provenance.Subject{PackageVersion: v.PackageVersion, Tarball: v.Integrity, Record: v.Record}, d)
}
