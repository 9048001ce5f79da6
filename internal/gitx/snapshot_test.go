// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// nested makes a commit of nested folders with a symlink, and gives what lies below ms.
func nested(t *testing.T, dir string) (id ID, below string) {
	t.Helper()
	write(t, dir, "ms/a/x/y/z/file", "deep", "ms/a/Dockerfile", "FROM x", "ms/b/x/y/file", "b",
		"ms/twin/x/y/z/file", "deep", "other/o/file", strings.Repeat("0123456789", 1000))
	if err := os.Symlink("../../other/o", filepath.Join(dir, "ms/b/link")); err != nil {
		t.Fatal(err)
	}
	return commit(t, dir), "ms ms/a ms/a/x ms/a/x/y ms/a/x/y/z ms/b ms/b/x ms/b/x/y ms/twin ms/twin/x ms/twin/x/y ms/twin/x/y/z"
}

func snapshot(t *testing.T, r *Repo, id ID) *Snapshot {
	t.Helper()
	commits, err := r.Commits(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r.Snapshot(commits[0])
}

func TestWhatLiesBelowComesAtOnce(t *testing.T) {
	for _, c := range []struct {
		name, setting string
		most          int
	}{
		{"filters", "uploadpack.allowFilter=true", 3}, // two of them to find ms/a/Dockerfile
		{"no filter", "uploadpack.allowFilter=false", 0},
		{"no filter for blobs", "uploadpackfilter.blob:none.allow=false", 5},
		{"no filter for trees", "uploadpackfilter.tree.allow=false", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, server := served(t, "uploadpack.allowAnySHA1InWant=true")
			id, want := nested(t, dir)
			key, value, _ := strings.Cut(c.setting, "=")
			git(t, dir, "config", key, value)
			s := snapshot(t, open(t, Options{URL: server.URL + "/repo"}), id)
			if _, err := s.Dirs(t.Context(), []string{"."}); err != nil {
				t.Fatal(err)
			}
			server.Requests()
			found, err := s.Below(t.Context(), []string{"ms", "ms/a", "nowhere", "ms/a/Dockerfile"})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(slices.Sorted(maps.Keys(found)), " "); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if made := server.Requests(); len(made) > c.most {
				t.Errorf("%d requests: %v", len(made), made)
			}
			files, err := s.Walk(t.Context(), []string{"ms", "other"})
			if err != nil || len(files) != 6 || files["ms/b/link"].Mode != Symlink {
				t.Errorf("files %v, %v", files, err)
			}
		})
	}
}

func TestWhatLiesBelowInPartsAtHand(t *testing.T) {
	dir, server := served(t)
	id, want := nested(t, dir)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, t.TempDir(), "clone", "-q", "--filter=tree:0", "--no-checkout", server.URL+"/repo", clone)
	for _, path := range []string{"ms/a/x/y", "ms/b/x/y"} { // as much as somebody once looked at
		git(t, clone, "rev-parse", "HEAD:"+path)
	}
	found, err := snapshot(t, open(t, Options{Source: clone}), id).Below(t.Context(), []string{"ms"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(found)), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLinksAreReadAsWritten(t *testing.T) {
	dir, _ := served(t)
	id, _ := nested(t, dir)
	s := snapshot(t, open(t, Options{URL: dir}), id)
	links, err := s.Links(t.Context(), []string{"ms/b/link", "ms/a/Dockerfile", "ms/b", "nowhere", "ms/b/link/file"})
	if err != nil || len(links) != 1 || links["ms/b/link"] != "../../other/o" {
		t.Errorf("links %v, %v", links, err)
	}
}
