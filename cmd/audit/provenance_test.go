package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"

	"github.com/amalfi-audit/audit/internal/npmtest"
)

// TestSignatures has a registry that signs what it publishes.
func TestSignatures(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	id := sha256.Sum256(spki)
	keyID := "SHA256:" + base64.StdEncoding.EncodeToString(id[:])
	sign := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(sig)
	}
	srv := npmtest.NewServer()
	defer srv.Close()
	for _, name := range []string{"signed", "forged", "plain"} {
		integrity := srv.Publish(name, "1.0.0", npmtest.Files{"index.js": "module.exports = 1\n"}, nil)
		text := name + "@1.0.0:" + integrity.String()
		switch name {
		case "signed":
			srv.Sign(name, "1.0.0", keyID, sign(text))
		case "forged":
			srv.Sign(name, "1.0.0", keyID, sign(text+"x"))
		}
	}
	audit := func(name, cache string) (int, string) {
		cmd := exec.CommandContext(t.Context(), "audit", "package", name+"@1.0.0", "--cache", cache)
		cmd.Env = []string{"HOME=" + t.TempDir(), "npm_config_registry=" + srv.URL}
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	expect := func(name, cache string, code int, words string) {
		t.Helper()
		if got, out := audit(name, cache); got != code || !strings.Contains(out, words) {
			t.Errorf("%s: exit code %d, want %d and %q:\n%s", name, got, code, words, out)
		}
	}
	// A registry without keys is not judged.
	expect("forged", t.TempDir(), exitOK, "clean")
	srv.Keys(npmtest.Fields{"keyid": keyID, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256",
		"key": base64.StdEncoding.EncodeToString(spki), "expires": nil})
	cache := t.TempDir()
	expect("signed", cache, exitOK, "clean")
	expect("forged", cache, exitFindings, "invalid-signature")
	expect("plain", cache, exitOK, "clean")
	// What cannot be fetched is not clean.
	srv.Fault("/-/npm/v1/keys", npmtest.Fault{Status: 500})
	expect("signed", t.TempDir(), exitIncomplete, "signatures and attestations could not be fetched")
}
