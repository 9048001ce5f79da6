// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-github/v60/github"
)

// to is a client of a run whose pull requests go to another base.
func (w *world) to(base string) *Repository {
	r := w.repo()
	r.Base = base
	return r
}

// Two bases of one repository have a branch and a pull request each; neither run
// touches the other's, and what is newer on the one says nothing of the other.
func TestTwoBasesHaveABranchEach(t *testing.T) {
	t.Parallel()
	for _, form := range forms[:2] {
		t.Run(string(form), func(t *testing.T) {
			w := newWorld(t)
			at := w.at("main")
			ref := &github.Reference{Ref: github.String("refs/heads/release/1.0"), Object: &github.GitObject{SHA: &at}}
			if _, _, err := w.repo().Client.Git.CreateRef(t.Context(), "acme", "monorepo", ref); err != nil {
				t.Fatal(err)
			}
			first := w.run(form, w.source[2], Opened)
			tip := w.at(onAdmin)
			other, err := w.to("release/1.0").Propose(t.Context(), Alone(inForm(form, "admin", w.source[0])))
			if err != nil || other.Kind != Opened || other.Number == first.Number {
				t.Fatalf("got %+v, %v", other, err)
			}
			if w.at(onAdmin) != tip {
				t.Error("the other base's branch moved")
			}
			if base := w.read("adze/admin@release/1.0").GetMessage(); !strings.Contains(base, "\nAdze-Base: release/1.0\n") {
				t.Errorf("message:\n%s", base)
			}
			w.merge(other.Number, "squash")
			if out, err := w.to("release/1.0").Propose(t.Context(), Alone(inForm(form, "admin", w.source[0]))); err != nil || out.Kind != Unchanged {
				t.Errorf("got %+v, %v", out, err)
			}
			if out, err := w.to("release/1.0").Propose(t.Context(), Alone(inForm(form, "admin", w.source[1]))); err != nil || out.Kind != Opened {
				t.Errorf("got %+v, %v", out, err)
			}
			w.run(form, w.source[2], Unchanged)
			if w.at(onAdmin) != tip {
				t.Error("the other base's branch moved")
			}
		})
	}
}

// A branch that proposes something for another base is not moved, whatever its name.
func TestABranchForAnotherBaseIsNotMoved(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]bool{"its commit says so": false, "its commit is of the time when none said so": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			prod := w.make("", "prod", "main", []string{w.at("main")}, map[string]string{"only-in-prod": "x"})
			if _, _, err := w.repo().Client.Git.CreateRef(t.Context(), "acme", "monorepo",
				&github.Reference{Ref: github.String("refs/heads/prod"), Object: &github.GitObject{SHA: &prod}}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.to("prod").Propose(t.Context(), Alone(service("admin", w.source[0]))); err != nil {
				t.Fatal(err)
			}
			theirs := w.read("adze/admin@prod")
			message := theirs.GetMessage()
			if forget {
				message = strings.Replace(message, "Adze-Base: prod\n", "", 1)
			}
			w.run(forms[0], w.source[0], Opened)
			tip := w.make(onAdmin, message, theirs.GetSHA(), []string{prod}, nil)
			_, err := w.repo().Propose(t.Context(), Alone(service("admin", w.source[1])))
			if !errors.Is(err, ErrForeign) || !forget && !strings.Contains(err.Error(), "a proposal for branch prod") {
				t.Errorf("got %v", err)
			}
			if w.at(onAdmin) != tip {
				t.Error("the branch moved")
			}
		})
	}
}

// A branch of the time when commits did not name their base is gone on with.
func TestABranchOfBeforeIsGoneOnWith(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.run(forms[0], w.source[0], Opened)
	tip := w.read(onAdmin)
	w.make(onAdmin, strings.Replace(tip.GetMessage(), "Adze-Base: main\n", "", 1), tip.GetSHA(), []string{tip.Parents[0].GetSHA()}, nil)
	w.run(forms[0], w.source[0], Unchanged)
	if out := w.run(forms[0], w.source[1], Updated); out.Number != first.Number {
		t.Errorf("got %+v", out)
	}
}
