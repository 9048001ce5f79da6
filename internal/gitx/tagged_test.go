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

// taggedHistory is a random history whose every ninth commit has a tag, plain
// and annotated ones by turns.
func taggedHistory(rnd *rand.Rand, commits int) string {
	var b strings.Builder
	for i := range commits {
		fmt.Fprintf(&b, "commit refs/heads/b%d\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 0\n", i, i+1, 1700000000+i)
		parents := map[int]bool{}
		for _, word := range []string{"from", "merge"}[:min(i, 1+rnd.IntN(2))] {
			if p := max(1, i-rnd.IntN(9)); !parents[p] {
				parents[p] = true
				fmt.Fprintf(&b, "%s :%d\n", word, p)
			}
		}
		switch i % 18 {
		case 8:
			fmt.Fprintf(&b, "reset refs/tags/t%d\nfrom :%d\n\n", i, i+1)
		case 17:
			fmt.Fprintf(&b, "tag t%d\nfrom :%d\ntagger c <c@example.com> 1700000000 +0000\ndata 0\n", i, i+1)
		}
	}
	return b.String()
}

// Git's own list of merged tags is the oracle; commits are as old as they are late.
func TestPreviousTagIsTheNewestAncestorWithOne(t *testing.T) {
	dir, s := served(t)
	const commits = 300
	fastImport(t, dir, taggedHistory(rand.New(rand.NewPCG(3, 4)), commits))
	var order []string
	for i := range commits {
		order = append(order, git(t, dir, "rev-parse", fmt.Sprintf("b%d", i)))
	}
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, dir, "clone", "-q", "--no-local", "--depth=1", "--branch=b299", "file://"+dir, shallow)
	for i := 0; i < commits; i += 13 {
		want := -1
		for _, id := range strings.Fields(git(t, dir, "for-each-ref", "--merged="+order[i], "--format=%(objectname) %(*objectname)", "refs/tags")) {
			if n := slices.Index(order, id); n < i {
				want = max(want, n)
			}
		}
		for _, o := range []Options{{URL: s.URL + "/repo"}, {Source: dir}, {Source: shallow, URL: s.URL + "/repo"}} {
			c, tag, err := open(t, o).PreviousTag(t.Context(), plumb(t, order[i]))
			switch {
			case want < 0 && !errors.Is(err, ErrNoTag):
				t.Errorf("b%d %+v: got %v, %v, git finds none", i, o, c.ID, err)
			case want >= 0 && (err != nil || c.ID.String() != order[want] || tag != fmt.Sprintf("refs/tags/t%d", want)):
				t.Errorf("b%d %+v: got %s %v, %v, want t%d", i, o, tag, c.ID, err, want)
			}
		}
	}
}

func TestWithoutATagNoHistoryIsRead(t *testing.T) {
	dir, s := served(t)
	commit(t, dir)
	id := commit(t, dir)
	git(t, dir, "tag", "v1")
	if _, _, err := open(t, Options{URL: s.URL + "/repo"}).PreviousTag(t.Context(), id); !errors.Is(err, ErrNoTag) {
		t.Error(err)
	}
	if n := len(s.Requests()); n != 2 {
		t.Errorf("%d requests, want the capabilities and the refs", n)
	}
}
