// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// plainRef is a name that surely is one for git.
var plainRef = regexp.MustCompile(`^refs(/[A-Za-z0-9_-]+(\.?[A-Za-z0-9_@-]+)*)+$`)

// swapLoose moves one ref that has a file of its own as git does, under its lock file, and
// tells whether it could; where it could not, nothing is changed and git says why:
// https://git-scm.com/docs/gitrepository-layout
func (r *Repo) swapLoose(ctx context.Context, u RefUpdate) bool {
	if _, err := os.Lstat(filepath.Join(r.Dir, "packed-refs")); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	lock, err := r.lockRef(ctx, u)
	if lock != "" {
		defer os.Remove(lock) //nolint:errcheck // it is gone where it became the ref
	}
	switch file := filepath.Join(r.Dir, u.Name); {
	case err != nil:
		return false
	case u.New == Zero:
		return os.Remove(file) == nil
	default:
		return os.Rename(lock, file) == nil
	}
}

// lockRef takes the lock of a ref and writes the new value there, if the ref is at its old one.
func (r *Repo) lockRef(ctx context.Context, u RefUpdate) (lock string, err error) {
	file := filepath.Join(r.Dir, u.Name)
	if !plainRef.MatchString(u.Name) || strings.HasSuffix(u.Name, ".lock") {
		return "", fmt.Errorf("ref %s is left to git", u.Name)
	}
	if u.New != Zero {
		if kind, err := r.Kind(ctx, u.New); err != nil {
			return "", err
		} else if kind != "commit" && strings.HasPrefix(u.Name, "refs/heads/") {
			return "", fmt.Errorf("ref %s is to be at a %s", u.Name, kind)
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return "", err
	}
	f, err := os.OpenFile(file+".lock", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(u.New + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return f.Name(), err
	}
	switch now, err := os.ReadFile(file); {
	case errors.Is(err, fs.ErrNotExist) && u.Old == Zero && u.New != Zero:
		return f.Name(), nil
	case err != nil:
		return f.Name(), err // a folder among them
	case strings.TrimSpace(string(now)) != u.Old:
		return f.Name(), fmt.Errorf("ref %s is elsewhere", u.Name)
	}
	return f.Name(), nil
}
