// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1" //nolint:gosec // git names objects by it
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What git keeps in files of their own is read without a process for each
// question. What it keeps in packs, git is asked for:
// https://git-scm.com/docs/gitrepository-layout

// header opens the file of an object and says its kind and size.
func (r *Repo) header(sha string) (kind string, size int, rest io.Reader, done func(), err error) {
	f, err := os.Open(filepath.Join(r.Dir, "objects", sha[:2], sha[2:]))
	if err != nil {
		return "", 0, nil, nil, err
	}
	done = func() { f.Close() } //nolint:errcheck,gosec // it was only read
	data, err := zlib.NewReader(f)
	if err != nil {
		done()
		return "", 0, nil, nil, err
	}
	buffered := bufio.NewReader(data)
	head, err := buffered.ReadString(0)
	if err == nil {
		_, err = fmt.Sscanf(head, "%s %d", &kind, &size)
	}
	if err != nil {
		done()
	}
	return kind, size, buffered, done, err
}

// loose reads an object from its file; false where it has none.
func (r *Repo) loose(sha string) (Object, bool) {
	kind, size, rest, done, err := r.header(sha)
	if err != nil {
		return Object{}, false
	}
	defer done()
	data := make([]byte, size)
	if _, err := io.ReadFull(rest, data); err != nil {
		return Object{}, false
	}
	return Object{SHA: sha, Kind: kind, Data: data}, true
}

// writeLoose writes an object to a file, at once and whole.
func (r *Repo) writeLoose(kind string, data []byte) (string, error) {
	whole := append(fmt.Appendf(nil, "%s %d\x00", kind, len(data)), data...)
	sha := fmt.Sprintf("%x", sha1.Sum(whole)) //nolint:gosec // git names objects by it
	folder := filepath.Join(r.Dir, "objects", sha[:2])
	if _, err := os.Stat(filepath.Join(folder, sha[2:])); err == nil {
		return sha, nil
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(whole); err != nil {
		return "", fmt.Errorf("compressing object %s: %w", sha, err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("compressing object %s: %w", sha, err)
	}
	return sha, placeFile(folder, sha[2:], packed.Bytes())
}

// placeFile writes a file that is there whole or not at all.
func placeFile(folder, name string, data []byte) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("making a folder of objects: %w", err)
	}
	temp, err := os.CreateTemp(folder, "tmp_obj_")
	if err != nil {
		return fmt.Errorf("making the file of an object: %w", err)
	}
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("writing the file of an object: %w", err)
	}
	if err := os.Rename(temp.Name(), filepath.Join(folder, name)); err != nil {
		return fmt.Errorf("placing the file of an object: %w", err)
	}
	return nil
}

// allLoose is loose for many objects; false when one of them has no file.
func (r *Repo) allLoose(shas []string) ([]Object, bool) {
	objects := make([]Object, len(shas))
	for i, sha := range shas {
		var ok bool
		if objects[i], ok = r.loose(sha); !ok {
			return nil, false
		}
	}
	return objects, true
}

// looseRefs lists the refs under a prefix from their files; false where some may
// be packed, or where git should have a look.
func (r *Repo) looseRefs(prefix string) ([]Ref, bool) {
	if _, err := os.Lstat(filepath.Join(r.Dir, "packed-refs")); !errors.Is(err, fs.ErrNotExist) {
		return nil, false
	}
	top := filepath.Clean("refs/" + strings.TrimPrefix(prefix, "refs"))
	if !filepath.IsLocal(top) || top != "refs" && !strings.HasPrefix(top, "refs/") {
		return nil, false
	}
	refs, fine := []Ref{}, true
	err := filepath.WalkDir(filepath.Join(r.Dir, top), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), err == nil && (d.IsDir() || strings.HasSuffix(path, ".lock")):
			return nil
		case err != nil:
			return err
		}
		ref, err := r.looseRef(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		refs = append(refs, ref)
		return err
	})
	if err != nil {
		fine = false
	}
	slices.SortFunc(refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return refs, fine
}

// looseRef reads the file of one ref.
func (r *Repo) looseRef(path string) (Ref, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Ref{}, err
	}
	name, err := filepath.Rel(r.Dir, path)
	if err != nil {
		return Ref{}, err
	}
	ref := Ref{Name: filepath.ToSlash(name), SHA: strings.TrimSpace(string(text))}
	if !IsID(ref.SHA) {
		return ref, fmt.Errorf("ref %s is not an id", name)
	}
	kind, _, _, done, err := r.header(ref.SHA)
	if err != nil {
		return ref, fmt.Errorf("ref %s: its object is in no file of its own: %v", name, err) //nolint:errorlint // that it is not there says nothing of the ref
	}
	done()
	ref.Kind = kind
	return ref, nil
}

// looseCommit finds the commit that a full id, a branch or a full ref name means.
func (r *Repo) looseCommit(rev string) (string, bool) {
	for _, name := range []string{"refs/heads/" + rev, "refs/tags/" + rev, rev} {
		if !strings.HasPrefix(name, "refs/") || !filepath.IsLocal(name) {
			continue
		}
		if ref, err := r.looseRef(filepath.Join(r.Dir, name)); err == nil {
			return ref.SHA, ref.Kind == "commit"
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", false
		}
	}
	if !IsID(rev) {
		return "", false
	}
	kind, _, _, done, err := r.header(rev)
	if err != nil {
		return "", false
	}
	done()
	return rev, kind == "commit"
}
