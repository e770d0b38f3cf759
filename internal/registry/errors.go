package registry

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// The errors that callers tell apart. Every error of a Client that has one of
// these causes wraps it; an integrity mismatch wraps npm.ErrIntegrity.
var (
	// ErrNoRegistry means that no registry is configured for a name.
	ErrNoRegistry = errors.New("no npm registry is configured: " +
		"run \"npm config set registry URL\", set the environment variable npm_config_registry, or pass --registry URL")
	// ErrNotFound means that the registry knows no such package or tarball
	// (HTTP 404 or 410).
	ErrNotFound = errors.New("not found in the registry")
	// ErrUnauthorized means that the credentials are missing or not
	// sufficient (HTTP 401 or 403).
	ErrUnauthorized = errors.New("not authorized")
	// ErrOffline means that something is not in the cache of an offline Client.
	ErrOffline = errors.New("not in the cache, and the network is not to be used")
	// ErrTooLarge means that a response is larger than the limit for its kind.
	ErrTooLarge = errors.New("too large")
	// ErrPackument means that a response is no packument of the name asked for.
	ErrPackument = errors.New("invalid packument")
	// ErrURL means that an address is no http or https URL that is fetched.
	ErrURL = errors.New("unusable URL")
)

// HTTPError is a final response with a status other than success.
type HTTPError struct {
	Status int
	// URL is what was asked for, without user name, password and query.
	URL string
}

func (e *HTTPError) Error() string {
	status := fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))
	if e.Is(ErrUnauthorized) {
		return fmt.Sprintf("%s: %v (%s)", e.URL, ErrUnauthorized, status)
	}
	return e.URL + ": " + status
}

// Is lets errors.Is match ErrNotFound and ErrUnauthorized.
func (e *HTTPError) Is(target error) bool {
	switch e.Status {
	case http.StatusNotFound, http.StatusGone:
		return target == ErrNotFound
	case http.StatusUnauthorized, http.StatusForbidden:
		return target == ErrUnauthorized
	}
	return false
}

// redacted is u for messages: without user name, password, query and fragment,
// any of which may be a secret.
func redacted(u *url.URL) string {
	r := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return r.String()
}
