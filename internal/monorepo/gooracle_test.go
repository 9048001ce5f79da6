// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// write puts a commit's files and symlinks on disk.
func (x texts) write(t *testing.T, dir string) {
	t.Helper()
	for name, text := range x {
		file := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		if target, ok := strings.CutPrefix(text, arrow); ok {
			err = errors.Join(err, os.Symlink(target, file))
		} else {
			err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// goWorld is a made-up repository of Go packages that import one another.
type goWorld struct {
	r *rand.Rand
	texts
	// packages are folders, and paths are what they are imported by.
	packages []string
	paths    map[string]string
}

// source adds a package that imports some of those that come after it.
func (w *goWorld) source(i int) {
	dir := w.packages[i]
	var imports strings.Builder
	for _, later := range w.packages[i+1:] {
		if !isMain(later) && w.r.IntN(4) == 0 {
			fmt.Fprintf(&imports, "import _ %q\n", w.paths[later])
		}
	}
	name := "p"
	if isMain(dir) {
		name = "main"
		w.texts[dir+"/Dockerfile"] = "FROM x\n"
	}
	text := fmt.Sprintf("package %s\n%s", name, imports.String())
	if w.r.IntN(3) == 0 {
		text += "import _ \"embed\"\n//go:embed data/*.txt\nvar x string\n"
		w.texts[path.Join(dir, "data/x.txt")] = ""
	}
	w.texts[path.Join(dir, "p.go")] = text
	w.texts[path.Join(dir, "p_test.go")] = "package " + name + "\nimport _ \"testing/iotest\"\n"
}

// isMain tells whether a folder is a service's own.
func isMain(dir string) bool { return strings.HasPrefix(dir, "ms/") && strings.Count(dir, "/") == 1 }

// listed is what the go command says: by folder, the files of the repository
// that its package is built from, those that it imports included.
func listed(t *testing.T, root string, patterns ...string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-json=Dir,ImportPath,Deps,GoFiles,EmbedFiles"}, patterns...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, stderr.String())
	}
	type pkg struct {
		Dir, ImportPath           string
		Deps, GoFiles, EmbedFiles []string
	}
	files, deps, dirs := map[string][]string{}, map[string][]string{}, map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		dir, err := filepath.Rel(root, p.Dir)
		if err != nil || strings.HasPrefix(dir, "..") {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			files[p.ImportPath] = append(files[p.ImportPath], path.Join(dir, name))
		}
		deps[dir], dirs[p.ImportPath] = append(p.Deps, p.ImportPath), dir
	}
	built := map[string][]string{}
	for dir, paths := range deps {
		for _, p := range paths {
			built[dir] = append(built[dir], files[p]...)
		}
	}
	return built
}

// mustAffect is what must affect each service: what its packages are built from,
// and where that lies in another service's folder, all that affects that one.
func mustAffect(services []Service, built map[string][]string) map[string]map[string]bool {
	want := map[string]map[string]bool{}
	for _, s := range services {
		want[s.Name] = map[string]bool{}
		for dir, files := range built {
			if _, ok := within(s.Path, dir); ok {
				for _, file := range files {
					want[s.Name][file] = true
				}
			}
		}
	}
	for range services {
		for _, s := range services {
			for _, other := range services {
				for file := range want[s.Name] {
					if _, ok := within(other.Path, file); ok {
						for more := range want[other.Name] {
							want[s.Name][more] = true
						}
						break
					}
				}
			}
		}
	}
	return want
}

// holdTo holds the graph to what is wanted, file by file.
func holdTo(t *testing.T, g *Graph, files texts, want map[string]map[string]bool, exact bool) {
	t.Helper()
	n := 0
	for file := range files {
		affected := g.Affected([]string{file}, nil)
		for _, s := range g.Services.All {
			_, got := affected[s.Name]
			switch _, own := within(s.Path, file); {
			case want[s.Name][file] && !got:
				t.Errorf("%s does not affect %s", file, s.Name)
			case exact && !own && got && !want[s.Name][file] && strings.HasSuffix(file, "p.go"):
				t.Errorf("%s affects %s", file, s.Name)
			case want[s.Name][file] && !own:
				n++
			}
		}
	}
	if n == 0 {
		t.Error("no service is built from any file of another folder")
	}
}

// What a service of a one-module repository is made of is what go list says.
func TestImportsAgainstTheGoCommand(t *testing.T) {
	soak.Each(t, 4, func(t *testing.T, rnd *rand.Rand) {
		w := &goWorld{rnd, texts{"go.mod": "module example.com/m\n\ngo 1.26\n"}, nil, map[string]string{}}
		w.packages = []string{"ms/a", "ms/b", "ms/c", "ms/a/sub", "ms/b/client", "ms/c/api/v1", "lib/p", "lib/p/q", "lib/r", "pkg/s", "pkg/t", "deep/er/u"}
		for _, dir := range w.packages {
			w.paths[dir] = "example.com/m/" + dir
		}
		for i := range w.packages {
			w.source(i)
		}
		root := t.TempDir()
		w.write(t, root)
		g := scanned(t, w.texts)
		holdTo(t, g, w.texts, mustAffect(g.Services.All, listed(t, root, "./...")), true)
	})
}

// So it is with a module for each service and go.work. Where modules require one
// another, which counts for them as a whole, nothing may be missing; where none
// does, nothing may be too much.
func TestGoWorkAgainstTheGoCommand(t *testing.T) {
	soak.Each(t, 6, func(t *testing.T, rnd *rand.Rand) {
		w := &goWorld{rnd, texts{}, nil, map[string]string{}}
		w.packages = []string{"ms/a", "ms/b", "ms/c", "ms/a/sub", "ms/b/client", "ms/c/api", "lib/p", "lib/p/q", "far/r", "far/s"}
		requires := rnd.IntN(2) == 1
		modules := []string{"ms/a", "ms/b", "ms/c", "lib", "far"}
		patterns := w.modules(modules, requires)
		if !requires {
			w.packages = append(w.packages, "out/u")
			w.texts["out/go.mod"] = "module example.com/out\n\ngo 1.26\n"
			w.texts["far/go.mod"] += "require example.com/out v0.0.0\nreplace example.com/out => ../out\n"
		}
		for _, dir := range w.packages {
			w.paths[dir] = "example.com/" + dir
		}
		for i := range w.packages {
			w.source(i)
		}
		root := t.TempDir()
		w.write(t, root)
		g := scanned(t, w.texts)
		holdTo(t, g, w.texts, mustAffect(g.Services.All, listed(t, root, patterns...)), !requires)
	})
}

// modules adds go.mod files and the go.work file that uses them, and names the
// patterns of all their packages.
func (w *goWorld) modules(dirs []string, requires bool) (patterns []string) {
	work := "go 1.26\n"
	for i, dir := range dirs {
		text := fmt.Sprintf("module example.com/%s\n\ngo 1.26\n", dir)
		for _, other := range dirs[i+1:] {
			if requires && w.r.IntN(3) == 0 {
				text += "require example.com/" + other + " v0.0.0\n"
			}
		}
		w.texts[dir+"/go.mod"] = text
		work += "use ./" + dir + "\n"
		patterns = append(patterns, "./"+dir+"/...")
	}
	w.texts["go.work"] = work
	return patterns
}
