package github

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amalfi-audit/audit/internal/github/githubtest"
)

var (
	idA = strings.Repeat("a", 40)
	idB = strings.Repeat("b", 40)
	idC = strings.Repeat("c", 40) // GITHUB_SHA where the payload decides
)

func TestParseEvent(t *testing.T) {
	const full = "owner/project"
	for name, test := range map[string]struct {
		event   string
		payload []byte
		sha     string
		want    Event
	}{
		"pull request":        {"pull_request", githubtest.PullRequestEvent(full, full, idA, idB), idC, Event{"pull_request", idB, idA, true, 12}},
		"fork":                {"pull_request", githubtest.PullRequestEvent(full, "fork/project", idA, idB), idC, Event{"pull_request", idB, idA, true, 12}},
		"pull request target": {"pull_request_target", githubtest.PullRequestEvent(full, "fork/project", idA, idB), idC, Event{"pull_request_target", idB, idA, true, 12}},
		"merge group":         {"merge_group", githubtest.MergeGroupEvent(full, idA, idB), idC, Event{"merge_group", idB, idA, true, 0}},
		"push":                {"push", githubtest.PushEvent(full, idA, idB), idB, Event{"push", idB, idA, false, 0}},
		"push of a tag":       {"push", githubtest.PushEvent(full, idA, idC), idB, Event{"push", idB, idA, false, 0}},
		"new branch":          {"push", githubtest.PushEvent(full, "", idB), idB, Event{"push", idB, "", false, 0}},
		"deleted branch":      {"push", githubtest.PushEvent(full, idA, ""), idC, Event{"push", "", "", false, 0}},
		"schedule":            {"schedule", githubtest.ScheduleEvent(), idB, Event{"schedule", idB, "", false, 0}},
		"dispatch":            {"workflow_dispatch", nil, idB, Event{"workflow_dispatch", idB, "", false, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseEvent(test.event, test.payload, test.sha)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseEventErrors(t *testing.T) {
	for name, test := range map[string]struct{ event, payload, sha, want string }{
		"unknown event":   {"issue_comment", "{}", idA, `the event "issue_comment" is not known`},
		"no event":        {"", "{}", idA, `the event "" is not known`},
		"no payload":      {"pull_request", "", idA, "the event's payload"},
		"no JSON":         {"push", "<html>", idA, "the event's payload"},
		"other shape":     {"push", `{"before": 1}`, idA, "the event's payload"},
		"empty object":    {"pull_request", "{}", idA, "names no base"},
		"push of nothing": {"push", "{}", idA, "names no base"},
		"no head":         {"pull_request", `{"pull_request":{"base":{"sha":"` + idA + `"}}}`, idC, `"" is no commit`},
		"branch for head": {"pull_request", `{"pull_request":{"base":{"sha":"` + idA + `"},"head":{"sha":"main"}}}`, idC, `"main" is no commit`},
		"hostile base":    {"push", `{"before":"../../x?y\n::error::z"}`, idB, `"../../x?y\n::error::z" is no commit`},
		"no commit":       {"schedule", "{}", "", `"" is no commit`},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := ParseEvent(test.event, []byte(test.payload), test.sha)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, %v; want %q in the error", e, err, test.want)
			}
		})
	}
	if _, err := ParseEvent("push", make([]byte, MaxEventSize+1), idA); err == nil {
		t.Error("a payload of any size is read")
	}
}

// FuzzParseEvent holds that an event is either an error or names commits that
// are safe within an address.
func FuzzParseEvent(f *testing.F) {
	f.Add("pull_request", githubtest.PullRequestEvent("o/r", "f/r", idA, idB), idC)
	f.Add("merge_group", githubtest.MergeGroupEvent("o/r", idA, idB), idC)
	f.Add("push", githubtest.PushEvent("o/r", idA, idB), idB)
	f.Add("push", githubtest.PushEvent("o/r", "", idB), idB)
	f.Add("push", githubtest.PushEvent("o/r", idA, ""), idC)
	f.Add("schedule", githubtest.ScheduleEvent(), idB)
	f.Fuzz(func(t *testing.T, name string, payload []byte, sha string) {
		e, err := ParseEvent(name, payload, sha)
		if err != nil {
			return
		}
		for _, commit := range []string{e.Head, e.Base} {
			if commit != "" && (len(commit) != 40 && len(commit) != 64 || strings.Trim(commit, "0123456789abcdef") != "") {
				t.Errorf("commit %q", commit)
			}
		}
		if e.Head == "" && (name != "push" || e.Base != "") {
			t.Errorf("no head: %+v", e)
		}
	})
}

func TestRef(t *testing.T) {
	for want, e := range map[string]Event{"refs/pull/12/head": {PullRequest: 12}, "refs/heads/main": {}} {
		if got := e.Ref("refs/heads/main"); got != want {
			t.Errorf("ref %q, want %q", got, want)
		}
	}
}
