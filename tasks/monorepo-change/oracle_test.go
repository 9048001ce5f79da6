// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx/githttp"
	"github.com/adze-ci/adze/internal/step"
)

// history is a git-fast-import(1) stream of commits over some services, with
// merges, renames, mode changes, submodules, and services that come and go.
func history(rnd *rand.Rand, commits int) string {
	services := []string{"ms/a", "ms/b", "ms/c", "ms/d", "ms/e", "other"}
	files := []string{"x", "y z", "sub/x", "sub", "\xfe"}
	var b strings.Builder
	for i := 1; i <= commits; i++ {
		fmt.Fprintf(&b, "commit refs/heads/c%d\nmark :%d\ncommitter c <c@example.com> %d +0000\ndata 1\nx\n", i, i, 1_700_000_000+i)
		if i > 1 {
			fmt.Fprintf(&b, "from :%d\n", i-1-rnd.IntN(min(i-1, 4)))
		}
		if i > 5 && rnd.IntN(4) == 0 {
			fmt.Fprintf(&b, "merge :%d\n", 1+rnd.IntN(i-2))
		}
		for range rnd.IntN(5) {
			s := services[rnd.IntN(len(services))]
			name := s + "/" + files[rnd.IntN(len(files))]
			switch rnd.IntN(8) {
			case 0:
				fmt.Fprintf(&b, "D \"%s\"\n", name)
			case 1:
				fmt.Fprintf(&b, "D %s\n", s)
			case 2:
				fmt.Fprintf(&b, "M 100755 inline \"%s\"\ndata 1\n%d\n", name, rnd.IntN(3))
			case 3:
				fmt.Fprintf(&b, "M 160000 %040x \"%s\"\n", 1+rnd.IntN(2), name)
			case 4:
				fmt.Fprintf(&b, "M 120000 inline \"%s\"\ndata 1\n%d\n", name, rnd.IntN(3))
			case 5:
				fmt.Fprintf(&b, "M 100644 inline %s/Dockerfile\ndata 7\nFROM x\n\n", s)
			default:
				fmt.Fprintf(&b, "M 100644 inline \"%s\"\ndata 1\n%d\n", name, rnd.IntN(3))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func gitOutput(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git %v: %v: %s", args, err, stderr.String())
	}
	return string(out)
}

// holders are the services of a commit as git lists its tree.
func holders(t *testing.T, dir, rev string) []string {
	t.Helper()
	var found []string
	for line := range strings.SplitSeq(gitOutput(t, dir, "", "ls-tree", "-rz", "--name-only", rev), "\x00") {
		if s, ok := strings.CutSuffix(line, "/Dockerfile"); ok && strings.HasPrefix(s, "ms/") {
			found = append(found, strings.TrimPrefix(s, "ms/"))
		}
	}
	return found
}

func answer(t *testing.T, args ...string) (rep report, log string, code step.Code) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = step.Execute(context.Background(), Command(), append(args, "--output=json"), &step.Env{Stdout: &stdout, Stderr: &stderr})
	if code == step.CodeDone {
		if err := json.Unmarshal(stdout.Bytes(), &rep); err != nil {
			t.Fatalf("%v in %s", err, stdout.String())
		}
	}
	return rep, stderr.String(), code
}

// Without edges, a service is affected when git says that a path of its folder
// differs, or that it is new.
func TestAffectedIsWhatGitSays(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rnd := rand.New(rand.NewPCG(3, 5))
	dir := filepath.Join(root, "r")
	gitOutput(t, root, "", "init", "-q", dir)
	gitOutput(t, dir, "", "config", "uploadpack.allowFilter", "true")
	const commits = 150
	config := "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nservices: {discover: ['ms/*']}\n"
	stream := strings.Replace(history(rnd, commits), "x\n", fmt.Sprintf("x\nM 100644 inline adze.yaml\ndata %d\n%s\n", len(config), config), 1)
	gitOutput(t, dir, stream, "fast-import", "--quiet")
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := 0
	for i := range 200 {
		a, b := fmt.Sprint("c", 1+rnd.IntN(commits)), fmt.Sprint("c", 1+rnd.IntN(commits))
		before, after := holders(t, dir, a), holders(t, dir, b)
		var want, gone []string
		diff := gitOutput(t, dir, "", "diff", "-z", "--no-renames", "--name-only", a, b)
		for _, name := range after {
			if strings.Contains("\x00"+diff, "\x00ms/"+name+"/") || !slices.Contains(before, name) {
				want = append(want, name)
			}
		}
		for _, name := range before {
			if !slices.Contains(after, name) {
				gone = append(gone, name)
			}
		}
		from := "--source=" + dir
		if i%8 == 0 {
			from = "--url=" + s.URL + "/r"
		}
		rep, log, code := answer(t, from, "--base="+a, "--revision="+b)
		if len(before)+len(after) == 0 {
			if code != step.CodeMisused {
				t.Fatalf("%s..%s: code %d without any service", a, b, code)
			}
			continue
		}
		if code != step.CodeDone || rep.All || !slices.Equal(rep.names(), want) || !slices.Equal(rep.Removed, gone) {
			t.Fatalf("%s..%s %s: got %v removed %v (all %v, code %d: %s), want %v removed %v", a, b, from, rep.names(), rep.Removed, rep.All, code, log, want, gone)
		}
		seen += len(want)
	}
	if seen < 100 {
		t.Errorf("only %d services were affected in all", seen)
	}
}

// Wherever the server fails for good, the answer is right, or all, or none is given.
func TestAServerThatFailsNeverMakesAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "r")
	gitOutput(t, root, "", "init", "-q", "-b", "main", dir)
	gitOutput(t, dir, "", "config", "uploadpack.allowFilter", "true")
	gitOutput(t, dir, strings.Join([]string{
		"commit refs/heads/main\ncommitter c <c@example.com> 1 +0000\ndata 1\nx",
		"M 100644 inline a/Dockerfile\ndata 6\nFROM x", "M 100644 inline b/Dockerfile\ndata 6\nFROM x",
		"commit refs/heads/main\ncommitter c <c@example.com> 2 +0000\ndata 1\nx", "M 100644 inline a/x\ndata 1\nx", "",
	}, "\n"), "fast-import", "--quiet")
	s, err := githttp.New(t.Context(), root, false)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	outcomes := map[string]int{}
	for fail := range 12 {
		n := 0
		s.Break = func(w http.ResponseWriter, _ *http.Request) bool {
			if n++; n <= fail {
				return false
			}
			w.WriteHeader(http.StatusInternalServerError)
			return true
		}
		rep, log, code := answer(t, "--url="+s.URL+"/r", "--revision=main", "--base=main~1")
		switch {
		case code != step.CodeDone && log != "":
			outcomes["none"]++
		case code == step.CodeDone && rep.All && rep.Count == 2 && rep.Reason != "":
			outcomes["all"]++
		case code == step.CodeDone && slices.Equal(rep.names(), []string{"a"}):
			outcomes["right"]++
		default:
			t.Errorf("after %d requests: %+v, code %d, %s", fail, rep, code, log)
		}
	}
	if outcomes["none"] == 0 || outcomes["all"] == 0 || outcomes["right"] == 0 {
		t.Errorf("outcomes %v", outcomes)
	}
}
