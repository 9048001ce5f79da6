// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"reflect"
	"strings"
	"testing"
)

// one is a proposal of a single service.
func one(tree string, p Part) Proposal {
	return Proposal{Key: p.Service, Parts: []Part{p}, tree: tree}
}

func TestMessageRoundTrip(t *testing.T) {
	a, b := strings.Repeat("a1", 20), strings.Repeat("b2", 20)
	digest := "sha256:" + strings.Repeat("cd", 32)
	for title, p := range map[string]Proposal{
		"[Update manifest] admin: a1a1a1a → b2b2b2b": one(a, Part{Service: "admin", Commit: b, Image: "r.example:5000/admin:" + b, Digest: digest,
			Edits: []Edit{{"a/b c.yaml", "r.example:5000/admin:" + a, "r.example:5000/admin:" + b}, {"k.yaml", a, b}}}),
		"[Update manifest] admin: none → b2b2b2b":                          one("", Part{Service: "admin", Commit: b, Image: "r/admin:" + b, Edits: []Edit{{"v.yaml", "", b}}}),
		"[Update manifest] admin: sha256:cdcdcdc, v1 → v2, sha256:cdcdcdc": one("", Part{Service: "admin", Image: "r/admin:v2", Edits: []Edit{{"v.yaml", "r/admin@" + digest, "r/admin:v2"}, {"w.yaml", "v1", digest}}}),
		"[Update manifest] admin: v1 and 2 others → v4":                    one("", Part{Service: "admin", Image: "r/admin:v4", Edits: []Edit{{"v.yaml", "v1", "v4"}, {"v.yaml", "v2", "v4"}, {"v.yaml", "v3", "v4"}}}),
		"[Update manifest] admin, user: none → v1, v2": {Key: "all", tree: b, Parts: []Part{
			{Service: "admin", Commit: a, Image: "r/admin:v1", Edits: []Edit{{"v.yaml", "none", "v1"}}},
			{Service: "user", Commit: b, Image: "r/user:v2", Digest: digest, Edits: []Edit{{"v.yaml", "none", "v2"}, {"w.yaml", "none", "v2"}}},
		}},
		"[Update manifest] admin: none → v1": {Key: "run-a1", Parts: []Part{{Service: "admin", Image: "r/admin:v1", Edits: []Edit{{"v.yaml", "none", "v1"}}}}},
	} {
		if p.Title() != title {
			t.Errorf("title %q, want %q", p.Title(), title)
		}
		if got, ok := ParseMessage(p.Message()); !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v, want %+v from\n%s", got, p, p.Message())
		}
	}
	if _, ok := ParseMessage("[Update manifest] admin: a → b\n\nby hand"); ok {
		t.Error("a message without trailers was taken as ours")
	}
}
