// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Git itself is the oracle, over histories with merges made at random.
func TestMergeBaseIsGits(t *testing.T) {
	dir, s := served(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	tree := git(t, dir, "mktree", "--missing")
	var ids []string
	for i := range 120 {
		args := []string{"-c", "user.name=x", "commit-tree", tree, "-m", fmt.Sprint(i)}
		for range min(i, 1+rnd.IntN(2)) {
			p := ids[max(0, i-1-rnd.IntN(12))]
			if !slices.Contains(args, p) {
				args = append(args, "-p", p)
			}
		}
		if i%40 == 39 {
			args = args[:6]
		}
		ids = append(ids, git(t, dir, args...))
		git(t, dir, "update-ref", fmt.Sprintf("refs/heads/b%d", i), ids[i])
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, dir, "clone", "-q", "--no-local", "--depth=1", "--branch=b119", "file://"+dir, shallow)
	for i := range 60 {
		a, b := ids[rnd.IntN(len(ids))], ids[rnd.IntN(len(ids))]
		want, err := tryGit(t.Context(), dir, "merge-base", "--all", a, b)
		for _, o := range []Options{{URL: s.URL + "/repo"}, {Source: dir}, {Source: shallow, URL: s.URL + "/repo"}} {
			if o.Source == "" && i%4 != 0 {
				continue // each of these costs processes
			}
			got, gotErr := open(t, o).MergeBase(t.Context(), plumb(t, a), plumb(t, b))
			switch {
			case err != nil && !errors.Is(gotErr, ErrUnrelated):
				t.Errorf("%s %s %+v: got %v, %v, git finds none", a, b, o, got.ID, gotErr)
			case err == nil && (gotErr != nil || !strings.Contains(want, got.ID.String())):
				t.Errorf("%s %s %+v: got %v, %v, git says %s", a, b, o, got.ID, gotErr, want)
			}
		}
	}
}

func plumb(t *testing.T, s string) ID {
	t.Helper()
	id, err := ParseID(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestMergeBaseFetchesNoMoreThanItNeeds(t *testing.T) {
	dir, s := served(t)
	var stream strings.Builder
	for i := range 300 {
		fmt.Fprintf(&stream, "commit refs/heads/main\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 1\nx\n", i+1, 1_700_000_000+i)
	}
	stream.WriteString("commit refs/heads/topic\ncommitter c <c@example.com> 1700000400 +0000\ndata 1\nx\nfrom :290\n")
	fastImport(t, dir, stream.String())
	main, topic, want := git(t, dir, "rev-parse", "main"), git(t, dir, "rev-parse", "topic"), git(t, dir, "rev-parse", "main~10")
	r := open(t, Options{URL: s.URL + "/repo"})
	base, err := r.MergeBase(t.Context(), plumb(t, main), plumb(t, topic))
	if err != nil || base.ID.String() != want {
		t.Fatalf("got %v, %v", base.ID, err)
	}
	if n := r.store.commits; n > 100 {
		t.Errorf("%d commits were fetched", n)
	}
}
