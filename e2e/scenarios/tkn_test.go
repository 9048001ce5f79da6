// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

// The command line that the README shows starts the Pipeline by hand, for all
// services, and follows it to its end.
func TestTknPipelineStart(t *testing.T) {
	tkn, err := tools.Program(t.Context(), "tkn", "tkn") // before the world's clock runs: on a fresh machine it takes minutes
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	args := w.commandLine("pipelines/README.md", "tkn pipeline start")
	args = append(args, "-p", "base=auto", "-p", "api-url="+w.Inside+"/api/v3", "-p", "registry="+w.ImagePrefix, "-p", "db-repository="+w.Database)
	var out bytes.Buffer
	w.must(run.Command{Path: tkn, Args: args[1:], Env: w.Cluster.Env(), Stdout: &out, Stderr: &out}.Run(w.ctx))
	runs := w.wantRuns(1)
	done, err := w.WaitDone(w.ctx, runs[0].Name, nil)
	w.must(err)
	if !done.IsSuccessful() {
		t.Fatalf("run %s: %s", done.Name, loop.Outcome(done))
	}
	all := []string{"cart", "order", "rate", "user", "web"}
	w.wantBuilt(done, all...)
	w.wantPulls(all...)
	if account := "5 affected, 5 passed"; !strings.Contains(out.String(), account) {
		t.Errorf("what tkn shows lacks %q:\n%s", account, out.String())
	}
}

// commandLine is the command of a README that begins so, in words, with the
// names of this world in place of those of the README.
func (w *world) commandLine(file, begin string) []string {
	w.t.Helper()
	text := strings.ReplaceAll(w.exampleText(file, w.placeholders("")), "\\\n", " ")
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, begin) {
			words := regexp.MustCompile(`\s+`).Split(strings.TrimSpace(line), -1)
			if i := slices.Index(words, "-n"); i >= 0 {
				words[i+1] = w.Namespace
			}
			return words
		}
	}
	w.t.Fatalf("%s shows no command that begins with %q", file, begin)
	return nil
}
