// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package scenarios

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/adze-ci/adze/e2e/loop"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

// The demo plays the whole loop, from the push to the pod that runs the digest
// that was judged, and ends badly if any of it does not happen.
func TestDemo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	l := &loop.Loop{Site: where, Namespace: "demo-as-scenario"}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(l.Story(context.Background()))
		}
		if err := l.Delete(context.Background()); err != nil {
			t.Error(err)
		}
	})
	var out bytes.Buffer
	err = run.Command{
		Path: "make", Args: []string{"demo", "DEMO=--namespace=" + l.Namespace}, Dir: root, Stdout: &out, Stderr: &out,
	}.Run(ctx)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, said := range []string{"PipelineRun ci-", "[Update manifest] rate: ", "the digest that was judged", "push to pull request", "no second run"} {
		if !strings.Contains(out.String(), said) {
			t.Errorf("the demo does not say %q:\n%s", said, out.String())
		}
	}
}
