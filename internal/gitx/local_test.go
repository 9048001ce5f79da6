// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// footprint is all that can be seen of a folder: names, modes, times and contents.
func footprint(t *testing.T, dir string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		seen[path] = fmt.Sprint(info.Mode(), info.ModTime(), info.Size())
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			seen[path] += fmt.Sprintf("%x", sha256.Sum256(text))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// From every kind of clone the answers are the same, what is missing comes from
// where it was cloned, and not a byte of it changes.
func TestALocalRepositoryIsLeftAsItIs(t *testing.T) {
	dir, s := served(t)
	s.User, s.Password = "u", "secret"
	before, after := twoCommits(t, dir)
	secure, keys := overSSH(t, dir)
	web := strings.Replace(s.URL, "://", "://u:secret@", 1) + "/repo"
	login := t.TempDir()
	write(t, login, "username", "u", "password", "secret")
	root := t.TempDir()
	for name, c := range map[string]struct {
		from        string
		args        []string
		credentials string
		then        func(clone string)
	}{
		"full":              {dir, nil, "", nil},
		"bare":              {dir, []string{"--bare"}, "", nil},
		"shallow, a folder": {"file://" + dir, []string{"--depth=1"}, "", nil},
		"shallow, http":     {web, []string{"--depth=1"}, "", nil},
		"blobless, http":    {web, []string{"--filter=blob:none", "--no-checkout"}, "", nil},
		"treeless, http":    {web, []string{"--filter=tree:0", "--no-checkout"}, "", nil},
		"shallow, a login": {web, []string{"--depth=1"}, login, func(clone string) {
			git(t, clone, "remote", "set-url", "origin", s.URL+"/repo")
		}},
		"shallow, ssh": {"file://" + dir, []string{"--depth=1"}, keys, func(clone string) {
			git(t, clone, "remote", "set-url", "origin", secure.URL("repo"))
		}},
		"alternates":   {dir, []string{"--shared"}, "", nil},
		"packed":       {dir, nil, "", func(clone string) { git(t, clone, "gc", "-q") }},
		"another name": {"file://" + dir, []string{"--depth=1", "--origin=upstream"}, "", nil},
		"an odd config": {"file://" + dir, []string{"--depth=1"}, "", func(clone string) {
			git(t, clone, "config", "--add", "remote.origin.fetch", "^refs/heads/topic")
			git(t, clone, "config", "http.https://git.example.com/.extraheader", "AUTHORIZATION: basic x")
			git(t, clone, "config", "remote.other.promisor", "false")
		}},
		"a folder gone": {dir, nil, "", func(clone string) { git(t, clone, "remote", "set-url", "origin", "/no/such/folder") }},
	} {
		t.Run(name, func(t *testing.T) {
			clone := filepath.Join(root, strings.ReplaceAll(name, " ", "-"))
			git(t, root, append(append([]string{"clone", "-q", "--no-local"}, c.args...), c.from, clone)...)
			if c.then != nil {
				c.then(clone)
			}
			was := footprint(t, root)
			tellsThem(t, open(t, Options{Source: clone, Credentials: c.credentials}), before, after)
			if is := footprint(t, root); !maps.Equal(was, is) {
				t.Error("the folder has changed")
			}
		})
	}
}

func TestALinkedWorkTreeIsLeftAsItIs(t *testing.T) {
	dir, _ := served(t)
	before, after := twoCommits(t, dir)
	linked := filepath.Join(t.TempDir(), "linked")
	git(t, dir, "worktree", "add", "-q", "--detach", linked, before.String())
	git(t, dir, "pack-refs", "--all")
	was, wasLinked := footprint(t, dir), footprint(t, linked)
	r := open(t, Options{Source: linked})
	if c, err := r.Resolve(t.Context(), "HEAD"); err != nil || c.ID != before {
		t.Errorf("HEAD is %v, %v", c.ID, err)
	}
	tellsThem(t, r, before, after)
	if !maps.Equal(was, footprint(t, dir)) || !maps.Equal(wasLinked, footprint(t, linked)) {
		t.Error("the folders have changed")
	}
}

func TestWhatIsMissingEverywhereIsMissing(t *testing.T) {
	dir, _ := served(t)
	before, _ := twoCommits(t, dir)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--depth=1", "file://"+dir, clone)
	for _, origin := range []string{"/no/such/folder", "ssh://git@127.0.0.1:1/repo", ""} {
		if origin == "" {
			git(t, clone, "remote", "remove", "origin")
		} else {
			git(t, clone, "remote", "set-url", "origin", origin)
		}
		r := open(t, Options{Source: clone})
		if _, err := r.Resolve(t.Context(), "HEAD"); err != nil {
			t.Errorf("%q: what is there: %v", origin, err)
		}
		_, err := r.Resolve(t.Context(), before.String())
		var missing *MissingError
		if err == nil || !strings.HasPrefix(origin, "ssh") && !errors.As(err, &missing) {
			t.Errorf("%q: got %v", origin, err)
		}
	}
}

func TestFormatsOfLocalRepositoriesAreRefusedByName(t *testing.T) {
	for key, value := range map[string]string{"objectformat": "sha256", "refstorage": "reftable"} {
		dir, _ := served(t)
		twoCommits(t, dir)
		config := filepath.Join(dir, ".git", "config")
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, ".git/config", string(text)+"[extensions]\n\t"+key+" = "+value+"\n")
		if _, err := Open(Options{Source: dir, Log: quiet()}); err == nil || !strings.Contains(err.Error(), value) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := Open(Options{Source: t.TempDir(), Log: quiet()}); err == nil || !strings.Contains(err.Error(), "no git repository") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestADamagedLocalObjectIsCorrupt(t *testing.T) {
	dir, _ := served(t)
	before, after := twoCommits(t, dir)
	name := func(id ID) string { return filepath.Join(".git/objects", id.String()[:2], id.String()[2:]) }
	text, err := os.ReadFile(filepath.Join(dir, name(before)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, name(after))); err != nil {
		t.Fatal(err)
	}
	write(t, dir, name(after), string(text)) // another commit under its name
	if c, err := open(t, Options{Source: dir}).Resolve(t.Context(), after.String()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v, %v", c, err)
	}
}
