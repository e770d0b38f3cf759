package provenance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"time"

	"github.com/amalfi-audit/audit/internal/jsontree"
)

// Key is a key with which a registry signs.
type Key struct {
	ID string
	// Expires is when the registry stopped or will stop signing with it; zero
	// where it does not say.
	Expires time.Time
	// Public is nil for a kind of key that is not supported.
	Public *ecdsa.PublicKey
}

// Keys are the keys of a registry.
type Keys struct{ byID map[string]*Key }

// Find returns the key with an ID, or nil.
func (k *Keys) Find(id string) *Key {
	if k == nil {
		return nil
	}
	return k.byID[id]
}

// keyType and keyScheme are the kind of key that npm's documentation gives.
const (
	keyType   = "ecdsa-sha2-nistp256"
	keyScheme = "ecdsa-sha2-nistp256"
)

// ParseKeys reads a keys document (npm documentation, "ECDSA registry
// signatures": GET /-/npm/v1/keys). A key of another kind is kept without its
// value; one that is not what it says is an error, and so are two keys with
// one ID.
func ParseKeys(data []byte) (*Keys, error) {
	const what = "keys document"
	root, err := parse(what, data, MaxKeysSize)
	if err != nil {
		return nil, err
	}
	list := root.Get("keys")
	if list == nil || list.Kind != jsontree.Array {
		return nil, documentError(what, "it has no list of keys")
	}
	if len(list.Items) > MaxKeys {
		return nil, documentError(what, "it has %d keys, more than %d", len(list.Items), MaxKeys)
	}
	keys := &Keys{byID: make(map[string]*Key)}
	for _, item := range list.Items {
		key, err := parseKey(item)
		if err != nil {
			return nil, documentError(what, "key %.100q: %w", item.Get("keyid").Str(), err)
		}
		if keys.byID[key.ID] != nil {
			return nil, documentError(what, "key %.100q is there twice", key.ID)
		}
		keys.byID[key.ID] = key
	}
	return keys, nil
}

func parseKey(v *jsontree.Value) (*Key, error) {
	key := &Key{ID: v.Get("keyid").Str()}
	if key.ID == "" {
		return nil, errors.New("without keyid")
	}
	if expires := v.Get("expires"); expires != nil && expires.Kind != jsontree.Null {
		var err error
		if key.Expires, err = time.Parse(time.RFC3339, expires.Str()); err != nil {
			return nil, errors.New("expires is no time")
		}
	}
	if v.Get("keytype").Str() != keyType || v.Get("scheme").Str() != keyScheme {
		return key, nil
	}
	der, err := base64.StdEncoding.DecodeString(v.Get("key").Str())
	if err != nil {
		return nil, errors.New("not base64")
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, errors.New("no public key (SubjectPublicKeyInfo)")
	}
	ec, ok := public.(*ecdsa.PublicKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, errors.New("no ECDSA key on the curve P-256")
	}
	key.Public = ec
	return key, nil
}
