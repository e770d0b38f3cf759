package report

import (
	"strings"

	"github.com/amalfi-audit/audit/internal/detector"
	"github.com/amalfi-audit/audit/internal/feature"
)

// capabilityLead begins the sentence that Verdict.Capabilities continue.
func capabilityLead(v *detector.Verdict) string {
	if v.Compared == "" {
		return "this version: "
	}
	return "newly since " + v.Compared + ": "
}

// capabilityTexts says each capability in words. They are untrusted.
func capabilityTexts(capabilities []feature.Capability) []string {
	out := make([]string, len(capabilities))
	for i := range capabilities {
		out[i] = capabilities[i].String()
	}
	return out
}

// capabilitySentence says all that is new of a version in one sentence, ""
// where nothing is. It is untrusted.
func capabilitySentence(v *detector.Verdict) string {
	if len(v.Capabilities) == 0 {
		return ""
	}
	return capabilityLead(v) + strings.Join(capabilityTexts(v.Capabilities), "; ")
}

// changesCapabilities reports whether a version does what the one that it
// replaces did not. One that is compared with nothing changes nothing.
func changesCapabilities(v *detector.Verdict) bool {
	return v.Compared != "" && len(v.Capabilities) > 0
}
