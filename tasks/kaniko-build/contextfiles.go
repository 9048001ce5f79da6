// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// contextFiles answers what COPY finds in a build context.
type contextFiles struct {
	dir string
	// ignoreFile is the .dockerignore that counts; empty for none.
	ignoreFile string
	ignored    monorepo.Matcher
}

// newContextFiles reads the .dockerignore: that beside the Dockerfile and named
// after it comes before that of the context.
func newContextFiles(r *recipe.Recipe) (*contextFiles, error) {
	c := &contextFiles{dir: r.Context}
	for _, file := range []string{r.Dockerfile + ".dockerignore", filepath.Join(r.Context, ".dockerignore")} {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, step.Misuse("reading what the build leaves out: %w", err)
		}
		c.ignoreFile = file
		if c.ignored, err = monorepo.ReadDockerignore(".", data); err != nil {
			return nil, step.Misuse("%s: %w", file, err)
		}
		return c, nil
	}
	return c, nil
}

// missing tells why a source is not to be had, and what to do; empty when it is.
func (c *contextFiles) missing(source string) (what, hint string) {
	dropped := false
	for _, path := range c.matches(source) {
		if c.anyLeft(path) {
			return "", ""
		}
		dropped = true
	}
	if dropped {
		return "is there, but left out by .dockerignore", "add the line !" + source + " to " + filepath.Base(c.ignoreFile) + ", or copy something else"
	}
	return "is not in the build context", "check the path; where only a service's inputs are fetched, list it under inputs in adze.yaml"
}

// matches are the paths that a source names, below the context.
func (c *contextFiles) matches(source string) []string {
	if !strings.ContainsAny(source, `*?[`) {
		if _, err := os.Lstat(filepath.Join(c.dir, source)); err != nil {
			return nil
		}
		return []string{source}
	}
	var found []string
	_ = fs.WalkDir(os.DirFS(c.dir), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // what cannot be read is not found
		}
		// A pattern that is none matches nothing; ** stands for * here, which
		// only makes for a warning too many.
		if ok, err := filepath.Match(source, path); ok && err == nil {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// anyLeft tells whether .dockerignore leaves a file, or any below a folder.
func (c *contextFiles) anyLeft(path string) bool {
	if c.ignored == nil || path == "." || !c.ignored.Has(path) {
		return true
	}
	left := false
	_ = fs.WalkDir(os.DirFS(c.dir), path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !c.ignored.Has(p) {
			left = true
			return fs.SkipAll
		}
		return nil
	})
	return left
}
