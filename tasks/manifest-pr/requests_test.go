// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"
)

var update = flag.Bool("update", false, "rewrite the table of requests in README.md")

// scene is what a run finds, and what then becomes of its services. The run is
// for the commit source[1], the middle one of three.
type scene struct {
	name, outcome string
	prepare       func(w *world, services ...string)
}

// nameOnMain makes the base name a commit's images, as a merge does.
func (w *world) nameOnMain(commit string, services ...string) {
	for _, s := range services {
		w.commit("main", "by hand", "manifests/"+s+"/app.yaml", manifestOf(s, commit))
	}
}

func scenes() []scene {
	return []scene{
		{"none", "opened", func(*world, ...string) {}},
		{"none, with labels, an assignee and a reviewer to add", "opened", func(w *world, _ ...string) {
			w.invite()
			w.flags = []string{"--label=deploy", "--assignee=developer", "--reviewer=reviewer"}
		}},
		{"one for an older commit", "updated", func(w *world, services ...string) { w.propose("opened", w.source[0], services...) }},
		{"one for this commit", "unchanged", func(w *world, services ...string) { w.propose("opened", w.source[1], services...) }},
		{"one for this commit, and the base went on elsewhere", "unchanged", func(w *world, services ...string) {
			w.propose("opened", w.source[1], services...)
			w.commit("main", "elsewhere", "README.md", "hello\n")
		}},
		{"one for this commit, and the base changed the manifest", "updated", func(w *world, services ...string) {
			w.propose("opened", w.source[1], services...)
			for _, s := range services {
				w.commit("main", "by hand", "manifests/"+s+"/app.yaml", strings.Replace(manifestOf(s, "none"), "replicas: 2", "replicas: 9", 1))
			}
		}},
		{"one for a newer commit", "superseded", func(w *world, services ...string) { w.propose("opened", w.source[2], services...) }},
		{"one that a person committed to", "refused", func(w *world, services ...string) {
			w.propose("opened", w.source[0], services...)
			for _, s := range services {
				w.commit("adze/"+s, "by hand", "manifests/"+s+"/app.yaml", manifestOf(s, "mine"))
			}
		}},
		{"one for this commit that a person closed", "refused", func(w *world, services ...string) {
			w.propose("opened", w.source[1], services...)
			for _, s := range services {
				w.close(w.pulls("open", s)[0].GetNumber())
			}
		}},
		{"the base names this commit", "unchanged", func(w *world, services ...string) { w.nameOnMain(w.source[1], services...) }},
		{"the same, and one for an older commit, which is closed", "unchanged", func(w *world, services ...string) {
			w.propose("opened", w.source[0], services...)
			w.nameOnMain(w.source[1], services...)
		}},
		{"the base names a newer commit", "superseded", func(w *world, services ...string) { w.nameOnMain(w.source[2], services...) }},
	}
}

// close closes a pull request as a person does.
func (w *world) close(number int) {
	w.t.Helper()
	if _, _, err := w.client.PullRequests.Edit(w.t.Context(), w.owner, w.name, number, &github.PullRequest{State: github.String("closed")}); err != nil {
		w.t.Fatal(err)
	}
}

// The README says how many requests a run makes in each case, and it makes just
// as many.
func TestRequestsAreCounted(t *testing.T) {
	table := "| pull request that is found | outcome | requests | of these write | for each further service |\n|---|---|---|---|---|\n"
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			one, two := s.count(t, "admin"), s.count(t, "admin", "user")
			table += fmt.Sprintf("| %s | `%s` | %d | %d | %d |\n", s.name, s.outcome, one.all, one.writes, two.all-one.all)
			if s.outcome == "unchanged" && one.writes > 0 && !strings.Contains(s.name, "closed") {
				t.Errorf("%d requests write, and there is nothing to do", one.writes)
			}
		})
	}
	if !t.Failed() {
		compareTable(t, "requests", table)
	}
}

// count counts the requests of a run.
func (s scene) count(t *testing.T, services ...string) count {
	t.Helper()
	w := newWorld(t, 3, services...)
	s.prepare(w, services...)
	token, file := w.bot()
	a := w.run(t.Context(), w.words(file, w.source[1], services...))
	for _, l := range a.lines {
		if l.Outcome != s.outcome {
			t.Errorf("%s ended %s, want %s:\n%s", l.Service, l.Outcome, s.outcome, a.log)
		}
	}
	return w.gate.counted(token)
}

// compareTable wants a table of the README, between its marks, to be this one.
func compareTable(t *testing.T, mark, table string) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), "<!-- "+mark+":begin -->\n")
	old, after, ok2 := strings.Cut(rest, "<!-- "+mark+":end -->\n")
	switch {
	case !ok1 || !ok2:
		t.Fatalf("README.md has no marks of %s", mark)
	case strings.TrimSpace(old) == strings.TrimSpace(table):
	case !*update:
		t.Errorf("README.md has not this table; go test ./tasks/manifest-pr -run %s -update writes it:\n%s", t.Name(), table)
	default:
		text := fmt.Sprintf("%s<!-- %s:begin -->\n\n%s\n<!-- %s:end -->\n%s", before, mark, table, mark, after)
		if err := os.WriteFile("README.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
