// SPDX-License-Identifier: Apache-2.0

//go:build contract

package monorepo

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

// npmWorld is a made-up workspace of npm, some of whose packages are services.
func npmWorld(t *testing.T, r *rand.Rand) texts {
	dirs := []string{"ms/a", "ms/b", "ms/c", "ms/c/client", "libs/d", "libs/e", "libs/deep/f", "libs/old", "tools/g"}
	all := [][]string{{"ms/*", "libs/*"}, {"ms/**", "./libs/**", "!libs/old"}, {"{ms,libs}/*/", "tools/g"}, {"**"}}
	globs := all[r.IntN(len(all))]
	members, err := readGlobs(globs)
	if err != nil {
		t.Fatal(err)
	}
	files := texts{"package.json": inJSON(t, map[string]any{"name": "root", "workspaces": globs})}
	for _, dir := range dirs {
		manifest := map[string]any{"name": path.Base(dir), "version": "1.0.0"}
		for i, other := range dirs {
			kind := []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}[i%4]
			spec := []string{"*", "^1.0.0", "1.x"}[r.IntN(3)]
			if !members.has(other) {
				spec = "file:" + strings.Repeat("../", strings.Count(dir, "/")+1) + other
				kind = "dependencies"
			}
			if other == dir || r.IntN(5) > 0 {
				continue
			}
			if manifest[kind] == nil {
				manifest[kind] = map[string]string{}
			}
			manifest[kind].(map[string]string)[path.Base(other)] = spec
		}
		files[dir+"/package.json"] = inJSON(t, manifest)
		if isMain(dir) {
			files[dir+"/Dockerfile"] = "FROM x\n"
		}
	}
	return files
}

func inJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// npmLock is package-lock.json, as far as it tells what depends on what
// (https://docs.npmjs.com/cli/configuring-npm/package-lock-json).
type npmLock struct {
	Packages map[string]struct {
		Resolved                                                              string
		Link                                                                  bool
		Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]string
	}
}

// npmResolves is what npm makes of a workspace, without a network.
func npmResolves(t *testing.T, root string) npmLock {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "npm", "install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "HOME="+root, "npm_config_update_notifier=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm install: %v: %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(root, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lock npmLock
	if err := json.Unmarshal(text, &lock); err != nil {
		t.Fatal(err)
	}
	return lock
}

// closure are the folders that a service is made of, by npm's reckoning. One
// that is a service's brings all packages in it.
func (l npmLock) closure(service string, isService func(dir string) bool) map[string]bool {
	found := map[string]bool{}
	for todo := []string{service}; len(todo) > 0; todo = todo[1:] {
		dir := todo[0]
		if found[dir] {
			continue
		}
		found[dir] = true
		for other := range l.Packages {
			if _, ok := within(dir, other); ok && isService(dir) {
				todo = append(todo, other)
			}
		}
		p := l.Packages[dir]
		for _, needs := range []map[string]string{p.Dependencies, p.DevDependencies, p.OptionalDependencies, p.PeerDependencies} {
			for name := range needs {
				if link := l.Packages["node_modules/"+name]; link.Link {
					todo = append(todo, link.Resolved)
				}
			}
		}
	}
	return found
}

// What a service of a workspace depends on is what npm links.
func TestNodeAgainstNPM(t *testing.T) {
	soak.Each(t, 3, func(t *testing.T, rnd *rand.Rand) {
		files := npmWorld(t, rnd)
		root := t.TempDir()
		files.write(t, root)
		g := scanned(t, files)
		lock := npmResolves(t, root)
		// npm leaves out what nothing needs; as part of a service's folder it counts here.
		_, installed := lock.Packages["ms/c/client"]
		edges := 0
		for _, s := range g.Services.All {
			made := lock.closure(s.Path, isMain)
			edges += len(made) - 1
			for file := range files {
				dir := path.Dir(file)
				_, got := g.Affected([]string{dir + "/x.js"}, nil)[s.Name]
				want := slices.ContainsFunc(upward(dir), func(above string) bool { return made[above] })
				if want && !got || got && !want && installed {
					t.Errorf("%s/x.js affects %s: %t, want %t, of %v", dir, s.Name, got, want, made)
				}
			}
		}
		if edges == 0 {
			t.Error("no service depends on anything")
		}
	})
}
