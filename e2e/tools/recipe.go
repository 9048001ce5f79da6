// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// recipe is how a tool is built.
type recipe struct {
	name     string
	version  string   // of the module that the tool stands for
	packages []string // arguments of go build
	ldflags  string
	env      []string
}

// goMod is the part of `go mod edit -json` that a recipe needs.
type goMod struct {
	Require []struct{ Path, Version string }
	Tool    []struct{ Path string }
}

// readRecipe reads the go.mod of a tool.
func readRecipe(ctx context.Context, src, name string) (recipe, error) {
	text, err := run.Command{Path: "go", Args: []string{"mod", "edit", "-json", filepath.Join(src, "go.mod")}}.Output(ctx)
	if err != nil {
		return recipe{}, fmt.Errorf("reading the go.mod of tool %s: %w", name, err)
	}
	var mod goMod
	if err := json.Unmarshal(text, &mod); err != nil {
		return recipe{}, fmt.Errorf("reading the go.mod of tool %s: %w", name, err)
	}
	own, err := filepath.Glob(filepath.Join(src, "*.go"))
	if err != nil {
		return recipe{}, fmt.Errorf("reading the sources of tool %s: %w", name, err)
	}
	return newRecipe(name, mod, len(own) > 0), nil
}

func newRecipe(name string, mod goMod, own bool) recipe {
	r := recipe{name: name, version: mod.version(), ldflags: "-s -w", env: []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"}}
	if len(mod.Tool) > 0 {
		r.packages = append(r.packages, "tool")
	}
	if own {
		r.packages = append(r.packages, ".")
	}
	switch name {
	case "kubernetes":
		r.ldflags += kubernetesVersion(r.version)
	case "trivy":
		r.env = append(r.env, "GOEXPERIMENT=jsonv2")
	}
	return r
}

// version is that of the module that holds the first tool, or else of the first
// module that is required.
func (m goMod) version() string {
	best, version := "", ""
	for _, r := range m.Require {
		for _, t := range m.Tool[:min(1, len(m.Tool))] {
			if strings.HasPrefix(t.Path+"/", r.Path+"/") && len(r.Path) > len(best) {
				best, version = r.Path, r.Version
			}
		}
	}
	if version == "" && len(m.Require) > 0 {
		return m.Require[0].Version
	}
	return version
}

// kubernetesVersion are the linker flags that Kubernetes' own build sets: a
// server without them says v0.0.0, which controllers refuse to work with.
func kubernetesVersion(version string) string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	var flags strings.Builder
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, set := range []string{
			"gitVersion=" + version, "gitMajor=" + major, "gitMinor=" + minor,
			"gitCommit=" + version, "gitTreeState=archive",
		} {
			flags.WriteString(" -X " + pkg + "." + set)
		}
	}
	return flags.String()
}
