// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/gitssh"
	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// transports are the ways to the same repository, each as flags.
func transports(t *testing.T, root, dir string) map[string][]string {
	t.Helper()
	s := serve(t, root)
	gitOutput(t, root, "", "clone", "-q", "--mirror", dir, "plain")
	gitOutput(t, filepath.Join(root, "plain"), "", "config", "uploadpack.allowFilter", "false")
	url := s.URL + "/" + filepath.Base(dir)
	secure, err := gitssh.New(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	credentials := t.TempDir()
	if err := secure.Credentials(credentials); err != nil {
		t.Fatal(err)
	}
	clone := func(name string, args ...string) string {
		gitOutput(t, root, "", slices.Concat([]string{"clone", "-q", "--no-checkout"}, args, []string{url, name})...)
		return "--source=" + filepath.Join(root, name)
	}
	return map[string][]string{
		"url":            {"--url=" + url},
		"without filter": {"--url=" + s.URL + "/plain"},
		"file":           {"--url=file://" + dir},
		"ssh":            {"--url=" + secure.URL(filepath.Base(dir)), "--credentials=" + credentials},
		"full":           {clone("full")},
		"shallow":        {clone("shallow", "--depth=2", "--branch=c9"), "--url=" + url},
		"blobless":       {clone("blobless", "--filter=blob:none", "--branch=c9")},
		"treeless":       {clone("treeless", "--filter=tree:0", "--branch=c9")},
	}
}

// truth is what git itself says of two commits.
type truth struct {
	affected, removed []string
	changed           int
	// none tells that there is no service on either side.
	none bool
}

func askGit(t *testing.T, dir, a, b string) truth {
	t.Helper()
	before, after := holders(t, dir, a), holders(t, dir, b)
	diff := gitOutput(t, dir, "", "diff", "-z", "--no-renames", "--name-only", a, b)
	w := truth{changed: strings.Count(diff, "\x00"), none: len(before)+len(after) == 0}
	for _, name := range after {
		differs := strings.Contains("\x00"+diff, "\x00ms/"+name+"/") || strings.Contains("\x00"+diff, "\x00ms/"+name+"\x00")
		if differs || !slices.Contains(before, name) {
			w.affected = append(w.affected, name)
		}
	}
	for _, name := range before {
		if !slices.Contains(after, name) {
			w.removed = append(w.removed, name)
		}
	}
	return w
}

// holders are the services of a commit as git lists its tree.
func holders(t *testing.T, dir, rev string) []string {
	t.Helper()
	var found []string
	for line := range strings.SplitSeq(gitOutput(t, dir, "", "ls-tree", "-rz", "--name-only", rev), "\x00") {
		if ok, err := path.Match("ms/*/Dockerfile", line); err == nil && ok {
			found = append(found, path.Base(path.Dir(line)))
		}
	}
	slices.Sort(found)
	return found
}

// Without edges, a service is affected when git says that a path of its folder
// differs, or that it is new: whatever the history, through every transport.
func TestAffectedIsWhatGitSays(t *testing.T) {
	t.Parallel()
	soak.Each(t, 2, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		root := t.TempDir()
		dir := filepath.Join(root, "repo")
		config := "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {discover: ['ms/*']}\n"
		s := newStory(rnd, 60, tree{"adze.yaml": {regular, config}})
		newRepo(t, dir, s.String())
		ways := transports(t, root, dir)
		o := oracle{t: t, dir: dir, ids: ids(t, dir, s.commits)}
		for range 25 {
			a, b := 1+rnd.IntN(s.commits), 1+rnd.IntN(s.commits)
			for name, way := range ways {
				if soak.Long() || rnd.IntN(len(ways)) < 2 {
					o.pair(name, way, a, b)
				}
			}
		}
		if o.seen < 10 {
			t.Errorf("only %d services were affected in all", o.seen)
		}
	})
}

// ids are the commits' ids, the Nth being that of cN.
func ids(t *testing.T, dir string, commits int) []string {
	t.Helper()
	out := make([]string, commits+1)
	for line := range strings.Lines(gitOutput(t, dir, "", "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)")) {
		var n int
		var id string
		if _, err := fmt.Sscanf(line, "c%d %s", &n, &id); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		out[n] = id
	}
	return out
}

// oracle compares answers with git's.
type oracle struct {
	t    *testing.T
	dir  string
	ids  []string
	seen int
}

// pair asks for two commits, by what differs between them and by what differs
// since their merge base.
func (o *oracle) pair(way string, from []string, a, b int) {
	o.t.Helper()
	args := append(slices.Clone(from), "--base="+o.ids[a], "--revision="+o.ids[b])
	o.compare(way, args, o.ids[a], o.ids[b])
	bases, _, err := tryGit(o.t, o.dir, "", "merge-base", "--all", o.ids[a], o.ids[b])
	rep, log, code := answer(o.t, append(args, "--merge-base")...)
	if code == step.CodeMisused && askGit(o.t, o.dir, o.ids[b], o.ids[b]).none {
		return
	}
	switch {
	case code != step.CodeDone:
		o.t.Errorf("%s: merge base of c%d and c%d: code %d, %s", way, a, b, code, log)
	case err != nil && (!rep.All || rep.Reason == ""):
		o.t.Errorf("%s: git finds no merge base of c%d and c%d, the answer is %+v", way, a, b, rep)
	case err == nil && (rep.Base == "" || !strings.Contains(bases, rep.Base)):
		o.t.Errorf("%s: merge base of c%d and c%d: got %s, git says %s", way, a, b, rep.Base, bases)
	case err == nil:
		o.compare(way, args, rep.Base, o.ids[b])
	}
}

func (o *oracle) compare(way string, args []string, a, b string) {
	o.t.Helper()
	args = append(slices.Clone(args), "--base="+a)
	want := askGit(o.t, o.dir, a, b)
	got, log, code := answer(o.t, args...)
	if want.none {
		if code != step.CodeMisused {
			o.t.Errorf("%s %v: code %d without any service", way, args, code)
		}
		return
	}
	o.seen += got.Count
	if code != step.CodeDone || got.All || got.Changed != want.changed || !slices.Equal(got.names(), want.affected) || !slices.Equal(got.Removed, append([]string{}, want.removed...)) {
		o.t.Errorf("%s %v:\ngot  %v, removed %v, %d files (all %v, code %d: %s)\nwant %v, removed %v, %d files", way, args,
			got.names(), got.Removed, got.Changed, got.All, code, log, want.affected, want.removed, want.changed)
	}
}
