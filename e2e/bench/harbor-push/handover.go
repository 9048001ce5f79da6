// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/adze-ci/adze/internal/plan"
)

// handover is what a build takes that hands its image on: kaniko-build, whose
// executor holds no password, and harbor-push after it.
type handover struct{ context, executor, layout, plan string }

// newHandover makes a build below a folder whose executor does nothing but push:
// with crane, which has the library that Kaniko pushes with.
func newHandover(work, crane, image string) (handover, error) {
	h := handover{filepath.Join(work, "context"), filepath.Join(work, "executor"), filepath.Join(work, "built"), filepath.Join(work, "plan.json")}
	script := "#!/bin/sh\nfor a; do case $a in --destination=*) exec '" + crane + "' push --insecure '" + image + "' \"${a#*=}\";; esac; done\nexit 1\n"
	return h, errors.Join(
		os.Mkdir(h.context, 0o750),
		os.WriteFile(filepath.Join(h.context, "Dockerfile"), []byte("FROM base\nCOPY . /\n"), 0o600),
		os.WriteFile(h.executor, []byte(script), 0o700), //nolint:gosec // it is run
	)
}

// writePlan says that the layers of an image are a base's, and where they are.
func (h handover) writePlan(image, repository string) error {
	index, err := layout.ImageIndexFromPath(image)
	if err != nil {
		return err
	}
	listed, err := index.IndexManifest()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(image, "blobs", "sha256", listed.Manifests[0].Digest.Hex))
	if err != nil {
		return err
	}
	var manifest v1.Manifest
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return err
	}
	base := plan.Base{Name: "base", Repository: repository, Digest: listed.Manifests[0].Digest.String()}
	for _, l := range manifest.Layers {
		base.Layers = append(base.Layers, plan.Layer{Digest: l.Digest.String(), Size: l.Size, MediaType: string(l.MediaType)})
	}
	return plan.Write(h.plan, &plan.Plan{Platform: "linux/amd64", Bases: []plan.Base{base}})
}

// command builds and pushes. Files keep their times: fixing them is no part of
// handing the image over.
func (h handover) command(p programs, a ask) []string {
	build := []string{p.build, "--context=" + h.context, "--executor=" + h.executor, "--layout=" + h.layout, "--reproducible=false"}
	send := push(p, a, h.layout)
	if a.plan {
		build, send = append(build, "--plan="+h.plan), append(send, "--plan="+h.plan)
	}
	return []string{"/bin/sh", "-ec", quote(build) + "\n" + quote(send)}
}

// quote writes a command for a shell.
func quote(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
	}
	return strings.Join(quoted, " ")
}
