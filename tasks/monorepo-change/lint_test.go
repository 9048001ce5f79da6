// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
	"github.com/adze-ci/adze/internal/step"
)

// strangers are what a lint must find in a tree among the files of services, by
// rule and path: submodules, and symlinks that lead out or to nothing.
func strangers(t tree) []string {
	var want []string
	for name, e := range t {
		words := strings.Split(name, "/")
		if len(words) < 3 || words[0] != "ms" {
			continue
		}
		if d := t["ms/"+words[1]+"/Dockerfile"]; d.mode != regular && d.mode != executable {
			continue
		}
		end := path.Join(path.Dir(name), e.data)
		switch {
		case e.mode == submodule:
			want = append(want, "submodule "+readable(name))
		case e.mode == link && (path.IsAbs(e.data) || end == ".." || strings.HasPrefix(end, "../")):
			want = append(want, "link-outside "+readable(name))
		case e.mode == link: // links of a story lead to names that no file has
			want = append(want, "link-nowhere "+readable(name))
		}
	}
	slices.Sort(want)
	return want
}

func TestLintFindsWhatABuildDoesNotGet(t *testing.T) {
	t.Parallel()
	soak.Each(t, 3, func(t *testing.T, rnd *rand.Rand) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "repo")
		s := newStory(rnd, 60, tree{
			"adze.yaml":          {regular, "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {discover: ['ms/*']}\n"},
			"ms/kept/out":        {link, "/etc/hosts"}, // so that there is something to be found in each story
			"ms/kept/Dockerfile": {regular, "FROM scratch\n"},
		})
		newRepo(t, dir, s.String())
		seen := 0
		for i, tree := range s.trees {
			var stdout, stderr bytes.Buffer
			code := step.Execute(t.Context(), Command(), []string{"lint", "--source=" + dir, fmt.Sprintf("--revision=c%d", i+1), "--output=json"}, &step.Env{Stdout: &stdout, Stderr: &stderr})
			var got struct {
				Errors   int
				Findings []struct{ Rule, File string }
			}
			if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || (code == step.CodeDone) != (got.Errors == 0) || code != step.CodeDone && code != step.CodeNo {
				t.Fatalf("c%d: %v, code %d, %s, %s", i+1, err, code, stdout.String(), stderr.String())
			}
			var found []string
			for _, f := range got.Findings {
				if slices.Contains([]string{"submodule", "link-outside", "link-nowhere"}, f.Rule) {
					found = append(found, f.Rule+" "+f.File)
				}
			}
			slices.Sort(found)
			if want := strangers(tree); !slices.Equal(found, want) {
				t.Errorf("c%d: found %q, want %q", i+1, found, want)
			}
			seen += len(found)
		}
		if seen == 0 {
			t.Error("nothing was to be found in the whole history")
		}
	})
}
