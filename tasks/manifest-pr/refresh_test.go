// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/internal/step"
)

// A merge of one pull request and a commit by hand beside another's image: the
// refresh tells of what it did, and of nothing else.
func TestRefreshTellsWhatItDid(t *testing.T) {
	w := newWorld(t, 1, "admin", "user", "web")
	opened := w.propose("opened", w.source[0], "admin", "user", "web").lines
	if _, _, err := w.client.PullRequests.Merge(t.Context(), w.owner, w.name, opened[0].Number, "", nil); err != nil {
		t.Fatal(err)
	}
	w.commit("main", "by hand", "manifests/web/app.yaml", strings.Replace(manifestOf("web", "none"), "replicas: 2", "replicas: 9", 1))
	token, file := w.bot()
	words := []string{"refresh", "--repo=" + w.owner + "/" + w.name, "--api-url=" + w.api, "--token-file=" + file, "--output=json"}
	a := w.run(t.Context(), words)
	want := map[string]string{"user": "unchanged", "web": "updated"}
	if a.code != step.CodeDone || len(a.lines) != len(want) || strings.Contains(a.log, token) {
		t.Fatalf("exit code %d, %+v\n%s", a.code, a.lines, a.log)
	}
	for _, l := range a.lines {
		if l.Outcome != want[l.Service] {
			t.Errorf("%s ended %s, want %s", l.Service, l.Outcome, want[l.Service])
		}
	}
	if got := w.file("manifests/web/app.yaml", "adze/web"); !strings.Contains(got, "replicas: 9") || !strings.Contains(got, imageOf("web", w.source[0])) {
		t.Errorf("got:\n%s", got)
	}
	if tip := w.tip("adze/admin"); tip != "" {
		t.Errorf("the branch of the merged pull request is at %s", tip)
	}
}

// One pull request that cannot be read is reported, and holds back no other.
func TestRefreshGoesOnWithoutWhatCannotBeRead(t *testing.T) {
	w := newWorld(t, 1, "admin", "user", "web")
	w.propose("opened", w.source[0], "admin", "user", "web")
	w.changeOnMain("admin", "user", "web")
	broken := w.pulls("open", "user")[0]
	if err := w.server.AddFault(forge.Fault{Method: "GET", Path: "/compare/.*" + broken.GetHead().GetSHA(), Count: -1, Status: 422, Answer: `{"message":"Sorry, this diff is unavailable."}`}); err != nil {
		t.Fatal(err)
	}
	_, file := w.bot()
	a := w.run(t.Context(), w.refreshWords(file))
	if a.code != step.CodeFailed || !strings.Contains(a.log, broken.GetHTMLURL()) || !strings.Contains(a.log, "unavailable") {
		t.Errorf("exit code %d\n%s", a.code, a.log)
	}
	if len(a.lines) != 2 || a.lines[0].Outcome != "updated" || a.lines[1].Outcome != "updated" {
		t.Errorf("got %+v\n%s", a.lines, a.log)
	}
	for service, want := range map[string]bool{"admin": true, "user": false, "web": true} {
		if got := strings.HasPrefix(w.file("manifests/"+service+"/app.yaml", "adze/"+service), "# new"); got != want {
			t.Errorf("%s is applied anew: %t", service, got)
		}
	}
}
