// SPDX-License-Identifier: Apache-2.0

package triggers

import (
	"strings"
	"testing"
)

const zeros = "0000000000000000000000000000000000000000"

// Each push that is refused has a twin beside it that differs in the one thing
// that matters, and is let through.
func TestFilter(t *testing.T) {
	all := load(t, "*.yaml")
	f := fixtures(t)
	commits := func(names ...string) []any {
		list := make([]any, 0, len(names))
		for _, name := range names {
			list = append(list, f[name])
		}
		return list
	}
	changed := func(name string, over fields) []any { return []any{with(f[name], over)} }
	for _, tc := range []struct {
		name string
		over fields
		runs bool
	}{
		{"one commit", fields{"commits": commits("service")}, true},
		{"several commits", fields{"commits": commits("service", "service", "service")}, true},

		{"our update pushed", fields{"commits": commits("update")}, false},
		{"our update, and a service in the same commit", fields{"commits": changed("update", fields{"modified": []any{"manifests/user/app.yaml", "microservices/user/main.go"}})}, true},
		{"our update, and a service added", fields{"commits": changed("update", fields{"added": []any{"microservices/new/Dockerfile"}})}, true},
		{"our update, and a service removed", fields{"commits": changed("update", fields{"removed": []any{"microservices/user/Dockerfile"}})}, true},
		{"a commit that only begins like ours", fields{"commits": changed("service", fields{"message": "[Update manifest] of the build"})}, true},
		{"our words in the middle", fields{"commits": changed("update", fields{"message": "Revert \"[Update manifest] user: 1111111 → 2222222\""})}, true},
		{"a folder whose name begins alike", fields{"commits": changed("update", fields{"modified": []any{"manifests-old/user.yaml"}})}, true},
		{"a folder below a service", fields{"commits": changed("update", fields{"modified": []any{"microservices/user/manifests/app.yaml"}})}, true},
		{"our update with no paths told", fields{"commits": changed("update", fields{"modified": []any{}})}, true},
		{"our update from a forge that tells no paths", fields{"commits": changed("update", fields{"modified": nil})}, true},

		{"merge of our pull request", fields{"commits": commits("update", "merge")}, false},
		{"merge of our pull request, no paths told for the merge", fields{"commits": append(commits("update"), changed("merge", fields{"modified": []any{}})...)}, false},
		{"merge of another branch", fields{"commits": append(commits("update"), changed("merge", fields{"message": "Merge pull request #13 from example/feature"})...)}, true},
		{"merge of a branch whose name holds ours", fields{"commits": append(commits("update"), changed("merge", fields{"message": "Merge pull request #13 from example/fix/adze/user"})...)}, true},
		{"merge of our branch with a person's commit on it", fields{"commits": commits("update", "service", "merge")}, true},
		{"merge of our branch that changes a service itself", fields{"commits": append(commits("update"), changed("merge", fields{"modified": []any{"microservices/user/main.go"}})...)}, true},
		{"squash of our pull request", fields{"commits": commits("squash")}, false},
		{"squash of our pull request without its body", fields{"commits": changed("squash", fields{"message": "[Update manifest] user: 1111111 → 2222222 (#12)"})}, false},
		{"rebase of our pull request", fields{"commits": changed("update", fields{"committer": f["merge"]["committer"]})}, false},
		{"rebase of two of ours", fields{"commits": commits("update", "update")}, false},

		{"ours, then a service", fields{"commits": commits("update", "service")}, true},
		{"a service, then ours", fields{"commits": commits("service", "update")}, true},

		{"force push to an older commit", fields{"forced": true, "commits": []any{}}, true},
		{"force push that keeps only ours", fields{"forced": true, "commits": commits("update")}, true},
		{"no commits listed", fields{"commits": []any{}}, true},
		{"a forge that lists no commits", fields{"commits": nil}, true},
		{"a forge that does not tell what is forced", fields{"forced": nil, "commits": commits("update")}, true},

		{"new branch", fields{"before": zeros, "created": true, "commits": commits("service")}, true},
		{"new branch without commits of its own", fields{"before": zeros, "created": true, "commits": []any{}}, true},
		{"branch deleted", fields{"after": zeros, "deleted": true, "commits": []any{}}, false},

		{"another branch", fields{"ref": "refs/heads/feature", "commits": commits("service")}, false},
		{"a branch whose name ends alike", fields{"ref": "refs/heads/old/main", "commits": commits("service")}, false},
		{"a branch whose name begins alike", fields{"ref": "refs/heads/main2", "commits": commits("service")}, false},
		{"a tag of the branch's name", fields{"ref": "refs/tags/main", "commits": commits("service")}, false},
		{"another repository", fields{"repository": with(f["push"]["repository"].(map[string]any), fields{"full_name": "example/other"}), "commits": commits("service")}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := deliver(t, all, signed(t, with(f["push"], tc.over)))
			if tc.runs && (got.refused != "" || len(got.created) != 1) {
				t.Errorf("made %d runs (%s), want 1", len(got.created), got.refused)
			}
			if !tc.runs && !strings.HasPrefix(got.refused, "filter: expression ") {
				t.Errorf("made %d runs (%q), want a refusal by the filter", len(got.created), got.refused)
			}
		})
	}
}

// Only GitHub can make a run: the body is signed, and only pushes count.
func TestSignature(t *testing.T) {
	all := load(t, "*.yaml")
	f := fixtures(t)
	push := with(f["push"], fields{"commits": []any{f["service"]}})
	for _, tc := range []struct {
		name    string
		change  func(*delivery)
		refused string
	}{
		{"as sent", func(*delivery) {}, ""},
		{"body changed on the way", func(d *delivery) { d.body = append(d.body, ' ') }, "signature: payload signature check failed"},
		{"not signed", func(d *delivery) { d.header.Del("X-Hub-Signature-256") }, "signature: no X-Hub-Signature-256 header set"},
		{"signed the old way only", func(d *delivery) {
			d.header.Del("X-Hub-Signature-256")
			d.header.Set("X-Hub-Signature", "sha1=0000000000000000000000000000000000000000")
		}, "signature: no X-Hub-Signature-256 header set"},
		{"a ping", func(d *delivery) { d.header.Set("X-Github-Event", "ping") }, "signature: event type ping is not allowed"},
		{"a form", func(d *delivery) { d.header.Set("Content-Type", "application/x-www-form-urlencoded") }, "signature: form parameter encoding not supported"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := signed(t, push)
			tc.change(&d)
			got := deliver(t, all, d)
			if tc.refused == "" && len(got.created) != 1 || !strings.HasPrefix(got.refused, tc.refused) {
				t.Errorf("made %d runs, refused by %q; want %q", len(got.created), got.refused, tc.refused)
			}
		})
	}
}
