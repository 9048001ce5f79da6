// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"testing"

	"github.com/adze-ci/adze/internal/plan"
)

// The plan names each layer of the image that is built on.
func TestPlanOfABase(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	i, err := makeImages(work, layers*1000)
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHandover(work, "crane", i.after)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.writePlan(i.before, "registry.test/library/app"); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Read(h.plan)
	if err != nil {
		t.Fatal(err)
	}
	here := blobs(t, i.before)
	for _, l := range p.Bases[0].Layers {
		if !here[l.Digest[len("sha256:"):]] {
			t.Errorf("the image has no layer %s", l.Digest)
		}
	}
	if len(p.Bases[0].Layers) != layers {
		t.Errorf("%d layers", len(p.Bases[0].Layers))
	}
}

// A shell reads what was quoted as it was.
func TestQuote(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", quote([]string{"printf", "%s|", "a b", "it's", "$HOME"})).Output()
	if err != nil || string(out) != "a b|it's|$HOME|" {
		t.Errorf("got %s, %v", out, err)
	}
}
