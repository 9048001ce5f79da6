// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/forge/bare"
)

// history is all that ever happened to one repository, in its own order.
type history struct {
	w    *world
	git  *bare.Repo
	open map[string]int64 // head → the number of the open pull request
	at   map[string]int   // service → the newest commit its branch named so far, -1 before the first
	main string
}

// checkHistory goes through everything that the forge did.
func (w *world) checkHistory(services []string) {
	w.t.Helper()
	h := &history{w: w, git: &bare.Repo{Dir: w.dir()}, open: map[string]int64{}, at: map[string]int{}}
	for _, s := range services {
		h.at[s] = -1
	}
	for i, e := range w.server.Journal(w.owner + "/" + w.name) {
		var wrong string
		switch service, ours := strings.CutPrefix(e.Ref, "refs/heads/adze/"); {
		case e.Number != 0:
			wrong = h.pull(e.Number, e.Action, e.Head)
		case e.Ref == "refs/heads/main":
			if h.main = e.New; e.User != "developer" {
				wrong = "main was moved"
			}
		case !ours || !slices.Contains(services, service):
			wrong = "this is no branch of a service"
		case e.User == "developer" && e.New != w.theirs[service] && e.New != bare.Zero:
			wrong = "a person moved it"
		case e.User != "developer" && e.New != bare.Zero:
			wrong = h.moved(service, e.New)
		}
		if wrong != "" {
			w.t.Errorf("%s, at entry %d: %+v", wrong, i, e)
		}
	}
}

// pull follows one pull request: of a branch only one is open at any time.
func (h *history) pull(number int64, action, head string) string {
	before := h.open[head]
	switch {
	case action == "closed" && before == number:
		delete(h.open, head)
	case action == "opened" || action == "reopened":
		h.open[head] = number
		if before != 0 {
			return fmt.Sprintf("pull request %d is open already", before)
		}
	}
	return ""
}

// moved looks at what a branch holds now: an image no older than any before it,
// and beside it just what main had.
func (h *history) moved(service, commit string) string {
	path, ctx := "manifests/"+service+"/app.yaml", h.w.t.Context()
	text, err := h.git.File(ctx, commit, path)
	if err != nil {
		return err.Error()
	}
	named := slices.Index(h.w.source, tagIn(text))
	if named < h.at[service] {
		return fmt.Sprintf("commit %d came after commit %d", named, h.at[service])
	}
	h.at[service] = named
	forks, err := h.git.MergeBases(ctx, h.main, commit)
	if err != nil {
		return err.Error()
	}
	wrong := "it has no commit in common with main"
	for _, fork := range forks { // several, where an earlier proposal was merged meanwhile
		if wrong = h.since(fork, commit, path, text); wrong == "" {
			return ""
		}
	}
	return wrong
}

// since looks at what a branch changed since it left main: the tag alone.
func (h *history) since(fork, commit, path string, text []byte) string {
	ctx := h.w.t.Context()
	base, err := h.git.File(ctx, fork, path)
	if err != nil {
		return err.Error()
	}
	files, err := h.git.Names(ctx, fork, commit)
	switch {
	case err != nil:
		return err.Error()
	case len(files) > 1 || len(files) == 1 && files[0].Path != path:
		return fmt.Sprintf("it changes %d files besides its own", len(files)-1)
	case string(text) != strings.Replace(string(base), tagIn(base), tagIn(text), 1):
		return fmt.Sprintf("it makes of\n%s\nthis:\n%s", base, text)
	}
	return ""
}

var tagged = regexp.MustCompile(`reg\.example/library/[a-z0-9-]+:([a-z0-9]+)`)

// tagIn is the tag that a manifest names.
func tagIn(text []byte) string {
	if m := tagged.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return "none at all"
}

// story tells the journal, with commits of main by their number.
func (w *world) story() string {
	var b strings.Builder
	for i, e := range w.server.Journal(w.owner + "/" + w.name) {
		switch {
		case e.Number != 0:
			fmt.Fprintf(&b, "%d %s: pull request %d of %s %s, at %.7s: %s\n", i, e.User, e.Number, e.Head, e.Action, e.HeadSHA, e.Title)
		default:
			fmt.Fprintf(&b, "%d %s: %s from %.7s to %.7s\n", i, e.User, e.Ref, e.Old, e.New)
		}
	}
	for i, c := range w.source {
		fmt.Fprintf(&b, "commit %d is %.7s\n", i, c)
	}
	return b.String()
}
