// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"

	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// inputsFormat begins what is hashed of files on disk, so that their hash is
// never taken for one of a commit.
const inputsFormat = "adze-files-v2\x00"

// hashInputs is the hash of what a build can read: the Dockerfile, and the files and
// folders of its context that .dockerignore leaves there, by path, mode, owner
// and content, for COPY takes all of these over. A link that leads out of the context is an error, for what it leads to is not
// hashed.
func hashInputs(r *recipe.Recipe, dockerfile []byte) (string, error) {
	root, err := os.OpenRoot(r.Context)
	if err != nil {
		return "", err
	}
	defer root.Close() //nolint:errcheck // it is only read
	ignored, err := dockerignore(r)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	write(h, inputsFormat)
	write(h, fmt.Sprintf("dockerfile %x\x00", sha256.Sum256(dockerfile)))
	for _, pattern := range ignored {
		write(h, "ignored "+pattern+"\x00")
	}
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." || ignored.Out(path) {
			return err
		}
		sum, err := hashFile(root, path, d)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		write(h, sum+"\t"+path+"\x00")
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// write adds to a hash, which never fails.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

// hashFile is a file's type, mode, owner and content.
func hashFile(root *os.Root, path string, d fs.DirEntry) (string, error) {
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		target, err := root.Readlink(path)
		if err == nil && !filepath.IsLocal(filepath.Join(filepath.Dir(path), target)) || filepath.IsAbs(target) {
			return "", errors.New("it is a link that leads out of the build context")
		}
		return "link " + target, err
	case !d.Type().IsRegular() && !d.IsDir():
		return "", fmt.Errorf("it is a %s", d.Type())
	}
	f, err := root.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it is only read
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if !d.IsDir() {
		if _, err := io.Copy(h, f); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s %s %x", info.Mode(), owner(info), h.Sum(nil)), nil
}

// owner is whose a file is, as UID:GID.
func owner(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", stat.Uid, stat.Gid)
}

// left holds the patterns of .dockerignore.
type left []string

// Out tells whether the build never sees a file. The executor's own matching
// looks at one parent folder of each pattern only (pkg/util of v1.25.0), and so
// keeps files, or drops them, that others do not: what one of both keeps is hashed.
func (l left) Out(path string) bool {
	for _, matches := range []func(string, []string) (bool, error){patternmatcher.MatchesOrParentMatches, patternmatcher.Matches} {
		if out, err := matches(path, l); err != nil || !out {
			return false
		}
	}
	return true
}

// dockerignore reads what the executor reads: the file named after the
// Dockerfile comes before that of the context.
func dockerignore(r *recipe.Recipe) (left, error) {
	for _, file := range []string{r.Dockerfile + ".dockerignore", filepath.Join(r.Context, ".dockerignore")} {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		patterns, err := ignorefile.ReadAll(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		return patterns, nil
	}
	return nil, nil
}
