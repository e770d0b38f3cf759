package githubtest

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The payloads of events in GitHub's shape ("Webhook events and payloads"),
// with the fields that matter here and their neighbours. Texts that whoever
// opens a pull request chooses are hostile.

const noCommit = "0000000000000000000000000000000000000000"

const hostile = "::error::injected\n::set-output name=outcome::clean ${{ github.token }} `id` @everyone"

func payload(v map[string]any) []byte {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return data
}

func repository(fullName string) map[string]any {
	owner, name, _ := strings.Cut(fullName, "/")
	return map[string]any{
		"id": len(fullName), "node_id": "R_1", "name": name, "full_name": fullName, "private": false,
		"owner":          map[string]any{"login": owner, "id": len(owner), "type": "Organization"},
		"fork":           false,
		"url":            "https://api.github.invalid/repos/" + fullName,
		"default_branch": "main",
	}
}

var sender = map[string]any{"login": "octocat", "id": 1, "type": "User"}

// PullRequestEvent is the payload of pull_request and pull_request_target.
// from is the repository that the head comes from, another one for a fork.
func PullRequestEvent(to, from, base, head string) []byte {
	branch := func(name, full, sha string) map[string]any {
		owner, _, _ := strings.Cut(full, "/")
		return map[string]any{"label": owner + ":" + name, "ref": name, "sha": sha, "repo": repository(full),
			"user": map[string]any{"login": owner}}
	}
	return payload(map[string]any{
		"action": "synchronize", "number": 12, "before": noCommit, "after": head,
		"pull_request": map[string]any{
			"url": "https://api.github.invalid/repos/" + to + "/pulls/12", "id": 1, "number": 12, "state": "open",
			"title": hostile, "body": hostile, "user": sender, "draft": false, "merged": false,
			"base": branch("main", to, base), "head": branch("bump", from, head),
			"merge_commit_sha": strings.Repeat("c", 40), "changed_files": 2,
		},
		"repository": repository(to), "sender": sender,
	})
}

// MergeGroupEvent is the payload of merge_group.
func MergeGroupEvent(full, base, head string) []byte {
	return payload(map[string]any{
		"action": "checks_requested",
		"merge_group": map[string]any{
			"head_sha": head, "head_ref": fmt.Sprintf("refs/heads/gh-readonly-queue/main/pr-12-%s", base),
			"base_sha": base, "base_ref": "refs/heads/main",
			"head_commit": map[string]any{"id": head, "message": hostile},
		},
		"repository": repository(full), "sender": sender,
	})
}

// PushEvent is the payload of push. Without before the ref is new, without
// after it is deleted.
func PushEvent(full, before, after string) []byte {
	p := map[string]any{
		"ref": "refs/heads/main", "before": before, "after": after, "base_ref": nil,
		"created": before == "", "deleted": after == "", "forced": false, "commits": []any{},
		"head_commit": map[string]any{"id": after, "message": hostile},
		"pusher":      map[string]any{"name": "octocat", "email": "octocat@example.invalid"},
		"repository":  repository(full), "sender": sender,
	}
	if before == "" {
		p["before"] = noCommit
	}
	if after == "" {
		p["after"], p["head_commit"] = noCommit, nil
	}
	return payload(p)
}

// ScheduleEvent is the payload of schedule.
func ScheduleEvent() []byte { return payload(map[string]any{"schedule": "30 5 * * 1"}) }
