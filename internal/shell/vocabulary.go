package shell

// SecretName reports whether a variable of this name is likely to hold a
// credential: NPM_TOKEN, AWS_SECRET_ACCESS_KEY.
func SecretName(name string) bool { return secretName(name) }

// IdentityName reports whether a variable of this name tells who and where the
// machine is: USER, HOSTNAME.
func IdentityName(name string) bool { return identityNames[name] }

// SecretPath returns what in a text names a file or service that holds
// credentials, or "". The time is linear in the text.
func SecretPath(text string) string { return secretPath(text) }

// StartupPath returns what in a text names a place from which something is run
// again later, or "": shell profiles, autostart folders, CI workflows, hooks of
// editors and agents. The time is linear in the text.
func StartupPath(text string) string {
	if m := persistPattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}
