// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/config"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// local is a repository in a folder, only ever read.
type local struct {
	dir   string
	store *filesystem.Storage
	// head is the work tree's HEAD, which a linked work tree has of its own.
	head   *filesystem.Storage
	config *config.Config
	// whole tells that what a commit is made of is there when the commit is: no
	// partial clone (partial-clone in git's technical documentation).
	whole bool
}

func openLocal(dir string) (*local, error) {
	gitDir, err := findGitDir(dir)
	if err != nil {
		return nil, err
	}
	shared := gitDir
	if b, err := os.ReadFile(filepath.Join(gitDir, "commondir")); err == nil {
		shared = absolute(gitDir, strings.TrimSpace(string(b)))
	}
	l := &local{dir: dir, store: openStore(shared)}
	l.head = l.store
	if shared != gitDir {
		l.head = openStore(gitDir)
	}
	if l.config, err = readConfig(filepath.Join(shared, "config")); err != nil {
		return nil, fmt.Errorf("reading the config of %s: %w", dir, err)
	}
	return l, l.check()
}

// readConfig reads a config as it is written, for most of it is none of ours to
// judge; one that is not there is empty.
func readConfig(name string) (*config.Config, error) {
	cfg := config.New()
	f, err := os.Open(name) //nolint:gosec // the repository that was named
	if errors.Is(err, fs.ErrNotExist) {
		return cfg, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	return cfg, config.NewDecoder(f).Decode(cfg)
}

// deltaBases is how much of objects that others differ from is kept at hand.
const deltaBases = 2 * cache.MiByte

func openStore(gitDir string) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(osfs.New(gitDir), cache.NewObjectLRU(deltaBases),
		filesystem.Options{KeepDescriptors: true, AlternatesFS: osfs.New("/", osfs.WithBoundOS())})
}

// findGitDir finds the folder that holds a repository's objects and refs: the
// folder itself, its .git, or where its .git file points.
func findGitDir(dir string) (string, error) {
	dotGit := filepath.Join(dir, ".git")
	info, err := os.Stat(dotGit)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Join(dir, "objects")); err != nil {
			return "", fmt.Errorf("%s is no git repository", dir)
		}
		return dir, nil
	case err != nil:
		return "", err
	case info.IsDir():
		return dotGit, nil
	}
	b, err := os.ReadFile(dotGit)
	if err != nil {
		return "", err
	}
	return absolute(dir, strings.TrimSpace(strings.TrimPrefix(string(b), "gitdir:"))), nil
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// check refuses the repository formats that cannot be read.
func (l *local) check() error {
	ext := l.config.Section("extensions")
	for key, want := range map[string]string{"objectformat": "sha1", "refstorage": "files"} {
		if got := ext.Option(key); got != "" && got != want {
			return fmt.Errorf("%s: extensions.%s %s is not supported, only %s", l.dir, key, got, want)
		}
	}
	l.whole = ext.Option("partialclone") == ""
	for _, remote := range l.config.Section("remote").Subsections {
		l.whole = l.whole && !remote.Options.Has("promisor") && !remote.Options.Has("partialclonefilter")
	}
	return nil
}

func (l *local) name() string { return l.dir }

// origin is the URL that the repository was cloned from, that of the remote
// origin or of the only one there is; empty for none.
func (l *local) origin() string {
	remotes := l.config.Section("remote").Subsections
	for _, remote := range remotes {
		if urls := remote.Options.GetAll("url"); len(urls) > 0 && (remote.Name == "origin" || len(remotes) == 1) {
			return urls[0]
		}
	}
	return ""
}

func (l *local) refs(_ context.Context, prefixes []string) ([]Ref, error) {
	var out []Ref
	add := func(store *filesystem.Storage, name plumbing.ReferenceName) {
		if ref, err := store.Reference(name); err == nil {
			if r, ok := l.follow(ref); ok {
				out = append(out, r)
			}
		}
	}
	iter, err := l.store.IterReferences()
	if err != nil {
		return nil, fmt.Errorf("listing refs of %s: %w", l.dir, err)
	}
	defer iter.Close()
	err = iter.ForEach(func(ref *plumbing.Reference) error {
		for _, p := range prefixes {
			if ref.Name() != plumbing.HEAD && strings.HasPrefix(ref.Name().String(), p) {
				add(l.store, ref.Name())
				break
			}
		}
		return nil
	})
	add(l.head, plumbing.HEAD)
	return out, err
}

// follow resolves a symbolic ref.
func (l *local) follow(ref *plumbing.Reference) (Ref, bool) {
	out := Ref{Name: ref.Name().String(), Target: ref.Target().String()}
	for range 5 {
		if ref.Type() == plumbing.HashReference {
			out.ID = ref.Hash()
			return out, true
		}
		var err error
		if ref, err = l.store.Reference(ref.Target()); err != nil {
			return out, false
		}
	}
	return out, false
}

// load takes the objects themselves; history comes one commit at a time, for
// it costs no round trip.
func (l *local) load(ctx context.Context, w want, into *store) error {
	var missing []ID
	for _, id := range w.ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		k, data, err := l.object(id)
		var gone *MissingError
		if errors.As(err, &gone) {
			missing = append(missing, id)
			continue
		}
		if err != nil {
			return err
		}
		named, _, err := into.put(k, data)
		if err == nil && named != id {
			err = fmt.Errorf("%w: its content is that of %s", ErrCorrupt, named)
		}
		if err != nil {
			return fmt.Errorf("reading %s from %s: %w", id, l.dir, err)
		}
	}
	if len(missing) > 0 {
		return &MissingError{IDs: missing, Where: l.dir}
	}
	return nil
}

// object reads one object.
func (l *local) object(id ID) (kind, []byte, error) {
	obj, err := l.store.EncodedObject(plumbing.AnyObject, id)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return 0, nil, &MissingError{IDs: []ID{id}, Where: l.dir}
	}
	if err != nil {
		return 0, nil, fmt.Errorf("reading %s from %s: %w", id, l.dir, err)
	}
	if obj.Size() > maxObject {
		return 0, nil, fmt.Errorf("reading %s from %s: %w: an object of %d bytes", id, l.dir, errTooMuch, obj.Size())
	}
	r, err := obj.Reader()
	if err != nil {
		return 0, nil, fmt.Errorf("reading %s from %s: %w", id, l.dir, err)
	}
	defer r.Close() //nolint:errcheck // only read from
	data := make([]byte, obj.Size())
	if _, err := io.ReadFull(r, data); err != nil {
		return 0, nil, fmt.Errorf("reading %s from %s: %w", id, l.dir, err)
	}
	return kind(obj.Type()), data, nil //nolint:gosec // both number the types as packs do
}
