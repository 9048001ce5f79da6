// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/forge"
	"github.com/adze-ci/adze/tasks/manifest-pr/manifests"
)

// spread adds manifests below manifests/admin: 120 in all, of which one is no UTF-8.
func (w *world) spread() {
	w.t.Helper()
	files := map[string]*string{}
	for n := range 119 {
		text := fmt.Sprintf("# ü %d\nimage: reg.example/library/admin:none\r\n", n)
		if n == 7 {
			text = "# \xfc\nimage: reg.example/library/other:none\n"
		}
		files[fmt.Sprintf("manifests/admin/d%d/a b.yaml", n)] = &text
	}
	if _, err := w.forge.Commit(w.t.Context(), "acme/monorepo", forge.CommitOptions{Branch: "main", Message: "many", Files: files}); err != nil {
		w.t.Fatal(err)
	}
}

// counted counts the requests whose path, or whose GraphQL fields, hold a word.
func (w *world) counted(word string) int {
	n := 0
	for _, q := range w.forge.Requests() {
		if strings.Contains(q.Path+" "+q.Operation, word) {
			n++
		}
	}
	return n
}

// plan reads the manifests of admin at the tip of main.
func (w *world) plan(r *Repository) (manifests.Plan, error) {
	w.t.Helper()
	tip, err := r.baseTip(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	base, err := r.snapshot(w.t.Context(), tip)
	if err != nil {
		w.t.Fatal(err)
	}
	return manifests.Edit(w.t.Context(), base, service("admin", w.source[0]))
}

func TestManyManifestsAreReadTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spread()
	w.forge.ResetRequests()
	r := w.repo()
	plan, err := w.plan(r)
	if err != nil || len(plan.Files) != 119 {
		t.Fatalf("%d files, %v", len(plan.Files), err)
	}
	for _, f := range plan.Files {
		if blobID(f.Before) != f.ID {
			t.Errorf("%s is not what git has", f.Path)
		}
	}
	if queries, single := w.counted("query repository"), w.counted("/git/blobs/"); queries != 3 || single != 1 {
		t.Errorf("%d queries and %d requests for single files", queries, single)
	}
	if _, err := w.plan(r); err != nil || w.counted("query repository") != 3 || w.counted("/git/blobs/") != 1 {
		t.Errorf("what was read is read again: %v", err)
	}
}

// A forge without GraphQL, or with one that is out of order, has them read one by one.
func TestManyManifestsWithoutGraphQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.spread()
	if err := w.forge.AddFault(forge.Fault{Method: "POST", Path: "/graphql", Status: 404, Answer: `{"message":"Not Found"}`}); err != nil {
		t.Fatal(err)
	}
	w.forge.ResetRequests()
	if plan, err := w.plan(w.repo()); err != nil || len(plan.Files) != 119 {
		t.Fatalf("%d files, %v", len(plan.Files), err)
	}
	if single := w.counted("/git/blobs/"); single != 120 {
		t.Errorf("%d requests for single files", single)
	}
}
