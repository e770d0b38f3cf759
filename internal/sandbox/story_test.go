package sandbox

import (
	"strings"
	"testing"
)

// TestPreludeAgrees holds what Go looks for in a story to what the prelude puts
// there.
func TestPreludeAgrees(t *testing.T) {
	for _, want := range []string{"const TOKEN = '" + RemoteText + "'", "https://" + pageHost + "/api/pay", "https://" + pageHost + "/api/order", "'ANSWER '", "https://" + argumentHost + "/"} {
		if !strings.Contains(builtin().text, want) {
			t.Errorf("the prelude does not have %q", want)
		}
	}
}
