package detector

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// DeprecatedSecurity reports versions that the registry calls harmful.
var DeprecatedSecurity = &Detector{
	Rule: Rule{
		ID:    "deprecated-security",
		Title: "Deprecated for a security problem",
		Level: Warning,
		Tags:  []string{"registry"},
		Help: `The maintainers or the registry deprecated the version with a message about security. Where the message says
that this version is malicious, compromised or hijacked it warns: take another version, and treat machines that
installed this one as compromised until you know better. A vulnerability, or advice not to use the version, is a note:
that is a mistake and no malware, and other tools look after it.

Messages that name other versions only, say what a version is not, or point to where security fixes are made are read
as what they are.`,
	},
	Version: func(_ context.Context, p *Pass) error {
		if p.After.Record == nil || p.After.Record.Deprecated == "" {
			return nil
		}
		message := p.After.Record.Deprecated
		if len(message) > maxDeprecation {
			message = message[:maxDeprecation]
		}
		f := Finding{Confidence: Medium, Evidence: []Evidence{{Snippet: shorten(message), Note: "the deprecation message"}}}
		switch {
		case speaksOf(message, maliciousWords) && concerns(message, p.After.Version):
			f.Level, f.Confidence, f.Message = Warning, High, "its deprecation message says that the version is malicious"
		case speaksOf(message, maliciousWords):
			f.Message = "its deprecation message speaks of other versions that are malicious"
		case speaksOf(message, vulnerableWords):
			f.Message = "its deprecation message speaks of a security problem"
		case speaksOf(message, avoidWords):
			f.Confidence, f.Message = Low, "its deprecation message advises not to use it"
		default:
			return nil
		}
		p.Report(f)
		return nil
	},
}

// maxDeprecation bounds what is read of a message, in bytes.
const maxDeprecation = 4096

var (
	// What is said of malware and of nothing else.
	maliciousWords = regexp.MustCompile(`(?i)\b(malicious|malware|hijacked|back-?door(ed)?|trojan horse|trojani[sz]ed|compromised|` +
		`crypto-?(miner|jacking|stealer)|supply[- ]chain attack|steals? (your |user )?(credentials|tokens|passwords|secrets|keys|funds))\b`)
	vulnerableWords = regexp.MustCompile(`(?i)(\bvulnerab|\bcve-\d{4}-\d+|\bghsa-[a-z0-9]{4}-|\bexploit|\binsecure\b|\bprototype pollution|\bredos\b|` +
		`\bxss\b|\bremote code execution|\bcode injection|` +
		`\bsecurity[- ]?(related )?(issue|problem|flaw|hole|bug|risk|breach|concern|incident|leak|reason|advisory|advisories|alert|threat|defect)|` +
		`\bfor security reasons)`)
	avoidWords = regexp.MustCompile(`(?i)\b(do not|don['’]?t|never) (use|install)\b`)
	// What turns a word into its opposite, shortly before it: "no known
	// vulnerabilities", "scans for malware", "is not malicious".
	denial = regexp.MustCompile(`(?i)\b(no|not|never|without|\w+n['’]t|free|against|detect\w*|find\w*|prevent\w*|protect\w*|scan\w*|false)` +
		`[ ,]+((known|any|a|an|the|been|be|have|has|by|for|from|of|actually|really|currently|longer|itself|contain\w*|includ\w*|report\w*|as) ){0,4}["'(]*$`)
	// What a tool against it is called, right behind it: "malware scanner".
	toolBehind   = regexp.MustCompile(`(?i)^\w* (scan|detect|check|analy|protect|filter|prevention|database|blocker)`)
	ownVersion   = regexp.MustCompile(`(?i)\b(this|the)( \w+)? (version|release|package|module|library|publish)`)
	versionForms = regexp.MustCompile(`\d+\.\d+\.\d+(-[0-9A-Za-z.-]*[0-9A-Za-z])?`)
)

// speaksOf reports whether a message has one of the words and does not deny it.
func speaksOf(message string, words *regexp.Regexp) bool {
	for _, at := range words.FindAllStringIndex(message, -1) {
		before, behind := message[max(0, at[0]-60):at[0]], message[at[1]:]
		if strings.HasSuffix(before, "-") || strings.HasSuffix(before, "/") || strings.HasPrefix(behind, "-") || strings.HasPrefix(behind, "/") {
			continue // part of a name, such as malware-scan
		}
		if !denial.MatchString(before) && !toolBehind.MatchString(behind) {
			return true
		}
	}
	return false
}

// concerns reports whether a message is about a version, and not only about
// others that it names.
func concerns(message, version string) bool {
	named := versionForms.FindAllString(message, -1)
	return len(named) == 0 || ownVersion.MatchString(message) || slices.Contains(named, version)
}
