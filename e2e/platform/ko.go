// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/run"
	"sigs.k8s.io/yaml"
)

// koConfig is the part of ko's configuration that the platform sets; a second
// field of ko.yaml, say, is left to ko.yaml.
type koConfig struct {
	DefaultBaseImage   string            `json:"defaultBaseImage"`
	DefaultPlatforms   []string          `json:"defaultPlatforms,omitempty"`
	DefaultFlags       []string          `json:"defaultFlags,omitempty"`
	DefaultLdflags     []string          `json:"defaultLdflags,omitempty"`
	BaseImageOverrides map[string]string `json:"baseImageOverrides,omitempty"`
}

// stand says which base image of images/ stands in for the public one that
// ko.yaml names for an import path. What is not listed stands on static.
func stand() map[string]string {
	return map[string]string{
		"github.com/adze-ci/adze/cmd/kaniko-build": "kaniko",
		"github.com/adze-ci/adze/cmd/scan-gate":    "trivy",
		"github.com/adze-ci/adze/e2e/forge/server": "git",
		harborProgram: "trivy",
	}
}

// offline rewrites ko.yaml for these programs so that it names base images made
// here: refs has them by their name in images/. An override of ko.yaml without a
// stand-in is an error, as the program would get a base that it does not expect.
func offline(koYAML []byte, refs map[string]string, programs []string) ([]byte, error) {
	var c koConfig
	if err := yaml.UnmarshalStrict(koYAML, &c); err != nil {
		return nil, fmt.Errorf("reading ko.yaml: %w", err)
	}
	c.DefaultBaseImage, c.DefaultPlatforms = refs["static"], []string{"linux/amd64"}
	for path := range c.BaseImageOverrides {
		base, ok := stand()[path]
		if !ok {
			return nil, fmt.Errorf("ko.yaml: no image of images/ stands in for the base of %s", path)
		}
		delete(c.BaseImageOverrides, path)
		if slices.Contains(programs, path) {
			c.BaseImageOverrides[path] = refs[base]
		}
	}
	return yaml.Marshal(c)
}

// ko builds and pushes programs in the module that lies in dir and returns
// their references by digest, by import path. config is what KO_CONFIG_PATH
// would name; ko goes on without a word when it finds none, so it is a must.
func (p *Platform) ko(ctx context.Context, dir string, config []byte, importPaths ...string) (map[string]string, error) {
	program, err := p.Tool(ctx, "ko", "ko")
	if err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "adze-ko-*")
	if err != nil {
		return nil, fmt.Errorf("running ko: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // a temporary folder
	file, list := filepath.Join(work, "ko.yaml"), filepath.Join(work, "refs")
	if err := os.WriteFile(file, config, 0o600); err != nil {
		return nil, fmt.Errorf("running ko: %w", err)
	}
	args := append([]string{"build", "--preserve-import-paths", "--sbom=none", "--image-refs=" + list}, importPaths...)
	cmd := run.Command{Path: program, Args: args, Dir: dir, Env: p.koEnv(file)}
	if err := cmd.Run(ctx); err != nil {
		return nil, fmt.Errorf("building with ko in %s: %w", dir, err)
	}
	out, err := os.ReadFile(list) // #nosec G304 -- a file just made
	if err != nil {
		return nil, fmt.Errorf("reading what ko pushed: %w", err)
	}
	return p.koRefs(string(out), importPaths)
}

// koEnv is ko's environment: no variable of the caller's may override a base
// image, and what is built may not depend on the commit, only on the content.
func (p *Platform) koEnv(config string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "KO_") || strings.HasPrefix(v, "GOFLAGS=")
	})
	return append(env, "KO_CONFIG_PATH="+config, "KO_DOCKER_REPO="+p.Registry,
		"KOCACHE="+filepath.Join(p.Cache, "ko"), "GOFLAGS=-buildvcs=false")
}

// koRefs sorts ko's list of references by import path.
func (p *Platform) koRefs(list string, importPaths []string) (map[string]string, error) {
	refs := map[string]string{}
	for ref := range strings.FieldsSeq(list) {
		path, _, _ := strings.Cut(strings.TrimPrefix(ref, p.Registry+"/"), "@")
		refs[path] = ref
	}
	for _, path := range importPaths {
		if !strings.Contains(refs[strings.ToLower(path)], "@sha256:") {
			return nil, fmt.Errorf("ko pushed no image of %s: %q", path, list)
		}
	}
	return refs, nil
}

// koReference is how YAML names a program that ko is to build.
var koReference = regexp.MustCompile(`ko://[A-Za-z0-9./_-]+`)

// references lists the import paths that YAML names, sorted.
func references(texts ...[]byte) []string {
	var paths []string
	for _, text := range texts {
		for _, m := range koReference.FindAll(text, -1) {
			paths = append(paths, strings.TrimPrefix(string(m), "ko://"))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// resolve puts the references by digest where YAML names import paths.
func resolve(text []byte, refs map[string]string) []byte {
	return koReference.ReplaceAllFunc(text, func(m []byte) []byte {
		return []byte(refs[strings.ToLower(strings.TrimPrefix(string(m), "ko://"))])
	})
}
