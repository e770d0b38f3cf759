package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// lookalikes do for good reasons what malware does.
var lookalikes = []string{
	"esbuild", "sharp", "puppeteer", "playwright", "electron", "cypress", "@sentry/cli", "@prisma/engines", "@swc/core", "core-js", "husky",
	"next", "ethers", "nx", "snyk", "selenium-webdriver", "systeminformation", "terser", "yarn", "bun",
}

// TestLookalikes audits the newest versions of well-known packages, compared with
// their predecessors and as if they were new. It asks the npm registry that is
// configured, and runs only where AMALFI_LOOKALIKES is set.
func TestLookalikes(t *testing.T) {
	if os.Getenv("AMALFI_LOOKALIKES") == "" {
		t.Skip("AMALFI_LOOKALIKES is not set")
	}
	audit := buildAudit(t)
	for _, name := range lookalikes {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), audit, "package", name, "--format", "json").Output()
			var report struct {
				Outcome  string
				Versions []struct {
					Version, Compared string
					Findings          []struct{ Rule, Level, Message string }
				}
			}
			if json.Unmarshal(out, &report) != nil || len(report.Versions) != 1 {
				t.Fatalf("no report: %v", err)
			}
			v := report.Versions[0]
			t.Logf("%s after %q: %s", v.Version, v.Compared, report.Outcome)
			for _, f := range v.Findings {
				if f.Level != "note" || report.Outcome == "block" {
					t.Logf("%s %s: %s", f.Level, f.Rule, f.Message)
				}
			}
			if report.Outcome == "block" {
				t.Error("it is blocked")
			}
		})
	}
}
