package action

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// stub is a program of a release that shows what it gets. Other shells drop
// variables with a "-" in their name.
const stub = `#!/usr/bin/env bash
echo "arguments: $*"
env | grep -a '^INPUT_' | LC_ALL=C sort
`

// releaseServer serves a release's files over HTTPS and returns its address and
// a file with its certificate.
func releaseServer(t *testing.T, files map[string]string) (address, certificate string) {
	t.Helper()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := files[filepath.Base(r.URL.Path)]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(srv.Close)
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	write(t, certificate, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	return srv.URL + "/acme/audit/releases/download/v1.2.3", certificate
}

// TestRunScript runs the composite variant's script as a runner would.
func TestRunScript(t *testing.T) {
	script(t, "build.sh")
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	names := []string{"audit_linux_amd64", "audit_linux_arm64", "audit_darwin_amd64", "audit_darwin_arm64", "audit_windows_amd64.exe", "audit_windows_arm64.exe"}
	files := make(map[string]string)
	var sums strings.Builder
	for _, name := range names {
		files[name] = stub + "echo " + name + "\n"
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	address, certificate := releaseServer(t, files)
	tampered, tamperedCertificate := releaseServer(t, map[string]string{"audit_linux_amd64": "#!/bin/sh\necho tampered\n"})

	const token = "gh-token"
	for _, test := range []struct {
		name    string
		environ []string
		sums    string
		code    int
		want    []string
	}{
		{"Linux", nil, sums.String(), 0, []string{
			"arguments: action", "audit_linux_amd64", "INPUT_FAIL-ON=warn", "INPUT_SARIF-FILE=a b.sarif", "INPUT_PATHS=one", "INPUT_TOKEN=" + token,
		}},
		{"Linux ARM64", []string{"RUNNER_ARCH=ARM64"}, sums.String(), 0, []string{"audit_linux_arm64"}},
		{"macOS", []string{"RUNNER_OS=macOS", "RUNNER_ARCH=ARM64"}, sums.String(), 0, []string{"audit_darwin_arm64"}},
		{"Windows", []string{"RUNNER_OS=Windows"}, sums.String(), 0, []string{"audit_windows_amd64.exe"}},
		{"another system", []string{"RUNNER_OS=Plan 9"}, sums.String(), 3, []string{"::error title=Amalfi Audit::There is no program for this operating system."}},
		{"another architecture", []string{"RUNNER_ARCH=X86"}, sums.String(), 3, []string{"::error title=Amalfi Audit::There is no program for this architecture."}},
		{"no release", []string{"AUDIT_RELEASE="}, sums.String(), 3, []string{"::error title=Amalfi Audit::This commit is no release"}},
		{"no checksums", nil, "", 3, []string{"::error title=Amalfi Audit::This commit is no release"}},
		{"not in the checksums", nil, "0  audit_linux_amd64\n", 3, []string{"::error title=Amalfi Audit::SHA256SUMS has no audit_linux_amd64."}},
		{"other bytes", []string{"AUDIT_RELEASE=" + tampered, "CURL_CA_BUNDLE=" + tamperedCertificate}, sums.String(), 3,
			[]string{"::error title=Amalfi Audit::The program that was fetched is not the release's"}},
		{"not there", []string{"AUDIT_RELEASE=" + tampered, "CURL_CA_BUNDLE=" + tamperedCertificate, "RUNNER_ARCH=ARM64"}, sums.String(), 3,
			[]string{"::error title=Amalfi Audit::The program could not be fetched."}},
		{"not encrypted", []string{"AUDIT_RELEASE=" + strings.Replace(address, "https:", "http:", 1)}, sums.String(), 3,
			[]string{"::error title=Amalfi Audit::The program could not be fetched."}},
		{"another authority", []string{"CURL_CA_BUNDLE=/dev/null"}, sums.String(), 3,
			[]string{"::error title=Amalfi Audit::The program could not be fetched."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, temp := t.TempDir(), t.TempDir()
			write(t, filepath.Join(dir, "run.sh"), read(t, filepath.Join(root, "composite", "run.sh")))
			if test.sums != "" {
				write(t, filepath.Join(dir, "SHA256SUMS"), test.sums)
			}
			r := runIn(t, temp, append([]string{
				"PATH=" + os.Getenv("PATH"), "RUNNER_TEMP=" + temp, "RUNNER_OS=Linux", "RUNNER_ARCH=X64", "AUDIT_RELEASE=" + address, "CURL_CA_BUNDLE=" + certificate,
				"GITHUB_SERVER_URL=https://github.invalid", "INPUT_FAIL_ON=warn", "INPUT_SARIF_FILE=a b.sarif", "INPUT_PATHS=one\ntwo", "INPUT_TOKEN=" + token,
			}, test.environ...), "bash", filepath.Join(dir, "run.sh"))
			if r.code != test.code {
				t.Errorf("exit code %d, want %d\n%s%s", r.code, test.code, r.stdout, r.stderr)
			}
			for _, want := range test.want {
				if !strings.Contains("\n"+r.stdout, "\n"+want) {
					t.Errorf("no line %q in\n%s%s", want, r.stdout, r.stderr)
				}
			}
			if test.code != 0 && (strings.Contains(r.stdout, "arguments:") || strings.Contains(r.stdout, "\ntampered")) {
				t.Errorf("the program was run:\n%s", r.stdout)
			}
		})
	}
}

// TestRunScriptAttestation has a GitHub CLI that verifies, and one that does not.
func TestRunScriptAttestation(t *testing.T) {
	script(t, "build.sh")
	const program = stub + "echo ran\n"
	// The address is GitHub's, so that curl has to be a stand-in as well.
	bin, dir, temp := t.TempDir(), t.TempDir(), t.TempDir()
	executable := func(name, text string) {
		t.Helper()
		write(t, filepath.Join(bin, name), text)
		if err := os.Chmod(filepath.Join(bin, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(temp, "served"), program)
	executable("curl", "#!/bin/sh\nwhile [ \"$1\" != --output ]; do shift; done\ncp \"$RUNNER_TEMP/served\" \"$2\"\n")
	write(t, filepath.Join(dir, "run.sh"), read(t, filepath.Join(root, "composite", "run.sh")))
	write(t, filepath.Join(dir, "SHA256SUMS"), fmt.Sprintf("%x  audit_linux_amd64\n", sha256.Sum256([]byte(program))))
	for _, test := range []struct {
		name, gh string
		environ  []string
		code     int
		asked    bool
	}{
		{"verified", "exit 0", nil, 0, true},
		{"not verified", "exit 1", nil, 3, true},
		{"no token", "exit 1", []string{"INPUT_TOKEN="}, 0, false},
		{"another server", "exit 1", []string{"GITHUB_SERVER_URL=https://github.example.invalid"}, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "log")
			executable("gh", "#!/bin/sh\necho \"$GH_TOKEN $*\" >> "+log+"\n"+test.gh+"\n")
			r := runIn(t, temp, append([]string{
				"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "RUNNER_TEMP=" + temp, "RUNNER_OS=Linux", "RUNNER_ARCH=X64",
				"AUDIT_RELEASE=https://github.com/acme/audit/releases/download/v1.2.3", "GITHUB_SERVER_URL=https://github.com", "INPUT_TOKEN=gh-token",
			}, test.environ...), "bash", filepath.Join(dir, "run.sh"))
			if ran := strings.Contains(r.stdout, "\nran\n"); r.code != test.code || ran != (test.code == 0) {
				t.Errorf("exit code %d, want %d; run: %t\n%s%s", r.code, test.code, ran, r.stdout, r.stderr)
			}
			data, _ := os.ReadFile(log)
			if asked := len(data) > 0; asked != test.asked {
				t.Fatalf("gh was asked: %t, want %t", asked, test.asked)
			}
			if test.asked && (!strings.HasPrefix(string(data), "gh-token attestation verify ") ||
				!strings.HasSuffix(string(data), " --repo acme/audit --signer-workflow acme/audit/.github/workflows/release.yml\n")) {
				t.Errorf("gh was asked %q", data)
			}
		})
	}
}
