// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-github/v60/github"

	"github.com/adze-ci/adze/e2e/forge"
)

// adorn runs once for admin with a look, and wants an outcome and so many
// requests that write.
func (w *world) adorn(look Look, commit string, want Kind, writes int) Outcome {
	w.t.Helper()
	w.forge.ResetRequests()
	r := w.repo()
	r.Look = look
	out, err := r.Propose(w.t.Context(), Alone(service("admin", commit)))
	if err != nil || out.Kind != want {
		w.t.Fatalf("got %+v, %v, want %s", out, err, want)
	}
	if got := w.writes(); got != writes {
		w.t.Errorf("%d requests write, want %d: %v", got, writes, w.forge.CountRequests())
	}
	return out
}

// everything is a Look with all extras, whose names the forge knows.
func (w *world) everything() Look {
	w.t.Helper()
	for _, login := range []string{"kim", "lee"} {
		w.forge.AddUser(login, login, login+"@users.example")
	}
	if err := w.forge.AddTeam("acme/monorepo", "owners"); err != nil {
		w.t.Fatal(err)
	}
	client := w.repo().Client
	if _, _, err := client.Issues.CreateMilestone(w.t.Context(), "acme", "monorepo", &github.Milestone{Title: github.String("one")}); err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := client.Repositories.Edit(w.t.Context(), "acme", "monorepo", &github.Repository{AllowAutoMerge: github.Bool(true)}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.forge.Protect("acme/monorepo", "main", "tests"); err != nil {
		w.t.Fatal(err)
	}
	return Look{Extras: Extras{Labels: []string{"deploy", "adze"}, Assignees: []string{"kim"}, Reviewers: []string{"bot", "lee"},
		Teams: []string{"owners"}, Milestone: "1", AutoMerge: "squash"}}
}

// shown are the extras that the open pull request has.
func (w *world) shown() []string {
	w.t.Helper()
	pulls := w.pulls("open")
	if len(pulls) != 1 {
		w.t.Fatalf("%d pull requests", len(pulls))
	}
	pr := pulls[0]
	var all []string
	for _, l := range pr.Labels {
		all = append(all, l.GetName())
	}
	for _, u := range append(pr.Assignees, pr.RequestedReviewers...) {
		all = append(all, u.GetLogin())
	}
	for _, t := range pr.RequestedTeams {
		all = append(all, t.GetSlug())
	}
	if pr.Milestone != nil {
		all = append(all, pr.Milestone.GetTitle())
	}
	if pr.AutoMerge != nil {
		all = append(all, pr.AutoMerge.GetMergeMethod())
	}
	return all
}

func (w *world) wantShown(want ...string) {
	w.t.Helper()
	if got := w.shown(); !slices.Equal(got, want) {
		w.t.Errorf("the pull request has %q, want %q", got, want)
	}
}

// Each kind costs one request, and the mark one; who opened the pull request is
// not asked to review it.
func TestExtrasAreDoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := w.everything()
	w.adorn(look, w.source[0], Opened, 4+6)
	w.wantShown("deploy", "adze", "kim", "lee", "owners", "one", "squash")
	w.adorn(look, w.source[0], Unchanged, 0)

	// A person takes a label and the reviewer back: it stays so, also in an update.
	client, number := w.repo().Client, w.pulls("open")[0].GetNumber()
	if _, err := client.Issues.RemoveLabelForIssue(t.Context(), "acme", "monorepo", number, "adze"); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PullRequests.RemoveReviewers(t.Context(), "acme", "monorepo", number, github.ReviewersRequest{Reviewers: []string{"lee"}}); err != nil {
		t.Fatal(err)
	}
	w.adorn(look, w.source[1], Updated, 4)
	w.wantShown("deploy", "kim", "owners", "one", "squash")

	// Something new is done beside.
	look.Extras.Labels = append(look.Extras.Labels, "urgent")
	w.adorn(look, w.source[1], Unchanged, 2)
	w.wantShown("deploy", "urgent", "kim", "owners", "one", "squash")
}

// What the forge refuses holds back neither the version nor the rest, and is
// tried again.
func TestRefusedExtras(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := Look{Extras: Extras{Labels: []string{"deploy"}, Reviewers: []string{"nobody"}, Milestone: "7", AutoMerge: "merge"}}
	w.adorn(look, w.source[0], Opened, 4+5)
	w.wantShown("deploy")
	w.forge.AddUser("nobody", "N", "n@users.example")
	w.adorn(look, w.source[0], Unchanged, 4)
	w.wantShown("deploy", "nobody")
}

// A reviewer is asked again while the forge does not know the pull request yet.
func TestReviewersOfAFreshPullRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.forge.AddUser("lee", "Lee", "lee@users.example")
	w.fault(forge.Fault{Method: "POST", Path: "/requested_reviewers$", Status: 422, Count: 2,
		Answer: `{"message":"Could not resolve to a node with the global id of 'PR_x'."}`})
	w.adorn(Look{Extras: Extras{Reviewers: []string{"lee"}}}, w.source[0], Opened, 4+4)
	w.wantShown("lee")
}

// Where the base branch requires nothing, the forge refuses to merge by itself.
// That is told once, and it does so as soon as something is required.
func TestNothingToWaitFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, _, err := w.repo().Client.Repositories.Edit(t.Context(), "acme", "monorepo", &github.Repository{AllowAutoMerge: github.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	run := func() string {
		t.Helper()
		log.Reset()
		r := w.repo()
		r.Look, r.Log = Look{Extras: Extras{AutoMerge: "squash"}}, slog.New(slog.NewTextHandler(&log, nil))
		if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	if said := run(); strings.Count(said, "require a check") != 1 || strings.Contains(said, "WARN") {
		t.Errorf("said:\n%s", said)
	}
	if said := run(); strings.Contains(said, "wait") || strings.Contains(said, "WARN") {
		t.Errorf("said again:\n%s", said)
	}
	if err := w.forge.Protect("acme/monorepo", "main", "tests"); err != nil {
		t.Fatal(err)
	}
	run()
	w.wantShown("squash")
}

// A milestone is found by its title; where there is none, those that there are
// are named, and the next run looks again.
func TestMilestoneByTitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := Look{Extras: Extras{Milestone: "Autumn release"}}
	titles := []string{"summer release", "autumn release"}
	for i, want := range []string{"Autumn release of acme/monorepo: the repository has no open milestone\"", "no open milestone has this title; there are: summer release\"", ""} {
		var log bytes.Buffer
		r := w.repo()
		r.Look, r.Log = look, slog.New(slog.NewTextHandler(&log, nil))
		if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log.String(), want) || want == "" && strings.Contains(log.String(), "refuses") {
			t.Errorf("log lacks %q:\n%s", want, log.String())
		}
		if i < len(titles) {
			if _, _, err := r.Client.Issues.CreateMilestone(t.Context(), "acme", "monorepo", &github.Milestone{Title: &titles[i]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.wantShown("autumn release")
	w.adorn(look, w.source[0], Unchanged, 0)
}

// A title of digits alone is one where no milestone has the number.
func TestMilestoneOfDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, title := range []string{"2026", "1"} {
		if _, _, err := w.repo().Client.Issues.CreateMilestone(t.Context(), "acme", "monorepo", &github.Milestone{Title: &title}); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{"1", "2026"} { // the numbers are 2 and 1
		name := []string{"2", "2026"}[i]
		r := w.repo()
		r.Look = Look{Extras: Extras{Milestone: name}}
		if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[i]))); err != nil {
			t.Fatal(err)
		}
		w.merge(w.pulls("open")[0].GetNumber(), "squash")
		if got := w.pulls("closed")[0].GetMilestone().GetTitle(); got != want {
			t.Errorf("%s is taken for %q, want %q", name, got, want)
		}
	}
}

// A run that dies between two requests is repaired by the next.
func TestExtrasAfterACrash(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"POST /issues/[0-9]+/labels", "POST /requested_reviewers", "PATCH /pulls/[0-9]+"} {
		t.Run(route, func(t *testing.T) {
			w := newWorld(t)
			w.forge.AddUser("lee", "L", "lee@users.example")
			look := Look{Extras: Extras{Labels: []string{"deploy"}, Reviewers: []string{"lee"}}}
			method, path, _ := strings.Cut(route, " ")
			if err := w.forge.AddFault(forge.Fault{Status: http.StatusInternalServerError, Method: method, Path: path, Count: -1}); err != nil {
				t.Fatal(err)
			}
			r := w.repo()
			r.Look = look
			if _, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); err == nil {
				t.Fatal("nothing failed")
			}
			w.forge.ClearFaults()
			r = w.repo()
			r.Look = look
			if out, err := r.Propose(t.Context(), Alone(service("admin", w.source[0]))); err != nil || out.Kind != Unchanged {
				t.Fatalf("got %+v, %v", out, err)
			}
			w.wantShown("deploy", "lee")
			w.adorn(look, w.source[0], Unchanged, 0)
		})
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adorn(Look{Extras: Extras{Draft: true}}, w.source[0], Opened, 4)
	if !w.pulls("open")[0].GetDraft() {
		t.Error("the pull request is no draft")
	}
}

// Who writes much below our text makes ours shorter, for all of it has a limit.
func TestLongTextOfAPersonStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	pr := w.pulls("open")[0]
	theirs := "\n" + strings.Repeat("tested\n", 9250)
	text := pr.GetBody() + theirs
	if _, _, err := w.repo().Client.PullRequests.Edit(t.Context(), "acme", "monorepo", pr.GetNumber(), &github.PullRequest{Body: &text}); err != nil {
		t.Fatal(err)
	}
	w.propose(w.source[1], Updated)
	if got := w.pulls("open")[0].GetBody(); !strings.HasSuffix(got, " -->"+theirs) || len(got) > 65536 {
		t.Errorf("%d bytes, beginning %.300s", len(got), got)
	}
}

// What a person writes below our text stays, and costs no request.
func TestTextOfAPersonStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.propose(w.source[0], Opened)
	pr := w.pulls("open")[0]
	text := strings.ReplaceAll(pr.GetBody(), "\n", "\r\n") + "\r\n\r\nTested by hand, **go**.\r\n"
	if _, _, err := w.repo().Client.PullRequests.Edit(t.Context(), "acme", "monorepo", pr.GetNumber(), &github.PullRequest{Body: &text}); err != nil {
		t.Fatal(err)
	}
	w.adorn(Look{}, w.source[0], Unchanged, 0)
	w.propose(w.source[1], Updated)
	got := w.pulls("open")[0].GetBody()
	if !strings.HasSuffix(got, " -->\r\n\r\nTested by hand, **go**.\r\n") || !strings.Contains(got, w.source[1]) || strings.Contains(got, w.source[0]) {
		t.Errorf("got:\n%s", got)
	}
}

// The run that opened the pull request is slow to mark it, and a newer one says
// meanwhile what it proposes: that stays.
func TestExtrasOfASlowRunKeepTheNewerText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	look := Look{Extras: Extras{Labels: []string{"deploy"}}}
	slow := w.repo()
	slow.Look = look
	base := slow.Client.BaseURL
	newer := func() { w.adorn(look, w.source[1], Updated, 4+1) }
	slow.Client = github.NewClient(&http.Client{Transport: before{slow.Client.Client().Transport, http.MethodPatch, newer, &sync.Once{}}})
	slow.Client.BaseURL = base
	out, err := slow.Propose(t.Context(), Alone(service("admin", w.source[0])))
	if err != nil || out.Kind != Superseded {
		t.Fatalf("got %+v, %v", out, err)
	}
	pr := w.pulls("open")[0]
	if !strings.Contains(pr.GetBody(), w.source[1]) || strings.Contains(pr.GetBody(), w.source[0]) || !strings.HasSuffix(pr.GetTitle(), w.source[1][:7]) {
		t.Errorf("%s:\n%s", pr.GetTitle(), pr.GetBody())
	}
	w.adorn(look, w.source[1], Unchanged, 0)
	w.wantShown("deploy")
}

// before does something once, before the first request of a method.
type before struct {
	http.RoundTripper

	method string
	do     func()
	once   *sync.Once
}

// RoundTrip sends the request.
func (b before) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == b.method {
		b.once.Do(b.do)
	}
	return b.RoundTripper.RoundTrip(req)
}
