// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

const toml = "/etc/containerd/certs.d/r.example/hosts.toml"

// change opens a file that may be missing and writes it.
func change(t *testing.T, etc Etc, path string, d disk, before, after []byte) error {
	t.Helper()
	f, err := open(etc, path, d, true)
	if err != nil {
		t.Fatal(err)
	}
	return f.Write(before, after)
}

func mustChange(t *testing.T, etc Etc, path string, before, after []byte) {
	t.Helper()
	if err := change(t, etc, path, system{}, before, after); err != nil {
		t.Fatal(err)
	}
}

func TestMakeAndRemove(t *testing.T) {
	etc := node(t, map[string]string{"etc/containerd/config.toml": ""})
	mustChange(t, etc, toml, nil, []byte("one"))
	mustChange(t, etc, "/etc/containerd/certs.d/s.example/hosts.toml", nil, []byte("two"))
	info, err := os.Stat(etc.Local(toml))
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	made, err := etc.Created()
	if err != nil || !slices.Equal(made, []string{toml, "/etc/containerd/certs.d/s.example/hosts.toml"}) {
		t.Errorf("created %q, %v", made, err)
	}
	mustChange(t, etc, toml, []byte("one"), nil)
	only(t, etc, "etc/containerd/config.toml", "etc/containerd/certs.d/s.example/hosts.toml", "etc/"+journalBase)
	mustChange(t, etc, "/etc/containerd/certs.d/s.example/hosts.toml", []byte("two"), []byte{})
	only(t, etc, "etc/containerd/config.toml")
}

func TestMakeAndRemoveAmongOthers(t *testing.T) {
	ours := []byte("ours")
	for _, c := range []struct {
		name   string
		files  map[string]string
		meddle func(etc Etc) error
		before []byte
		want   error
		left   []string
	}{
		{name: "an empty folder of theirs stays", files: map[string]string{"etc/containerd/certs.d/r.example/x": ""}, before: ours,
			left: []string{"etc/containerd/certs.d/r.example/x"}},
		{name: "they put a file beside ours", before: ours, left: []string{"etc/containerd/certs.d/r.example/theirs"},
			meddle: func(etc Etc) error {
				return os.WriteFile(etc.Local("/etc/containerd/certs.d/r.example/theirs"), nil, 0o600)
			}},
		{name: "they removed ours", meddle: func(etc Etc) error { return os.Remove(etc.Local(toml)) }},
		{name: "they removed the folders", meddle: func(etc Etc) error { return os.RemoveAll(etc.Local("/etc/containerd")) }},
		{name: "they emptied ours", before: []byte{}, left: []string{"etc/containerd/certs.d/r.example/hosts.toml"},
			meddle: func(etc Etc) error { return os.Truncate(etc.Local(toml), 0) }},
		{name: "they wrote it meanwhile", before: ours, want: ErrChanged, left: []string{"etc/containerd/certs.d/r.example/hosts.toml", "etc/" + journalBase},
			meddle: func(etc Etc) error { return os.WriteFile(etc.Local(toml), []byte("theirs"), 0o600) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			etc := node(t, c.files)
			if c.files == nil {
				if err := os.Mkdir(etc.Dir, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			mustChange(t, etc, toml, nil, ours)
			if c.meddle != nil {
				if err := c.meddle(etc); err != nil {
					t.Fatal(err)
				}
			}
			if err := change(t, etc, toml, system{}, c.before, nil); !errors.Is(err, c.want) {
				t.Errorf("removing: %v, want %v", err, c.want)
			}
			only(t, etc, c.left...)
		})
	}
}

// A file that appeared meanwhile is not written over.
func TestMakeNoticesForeignFile(t *testing.T) {
	etc := node(t, map[string]string{"etc/hosts": "theirs"})
	if err := change(t, etc, "/etc/hosts", system{}, nil, []byte("ours")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if text, err := os.ReadFile(etc.Local("/etc/hosts")); err != nil || string(text) != "theirs" {
		t.Errorf("it holds %q, %v", text, err)
	}
	only(t, etc, "etc/hosts")
}

// One that was made and that others then wrote to is theirs at the end.
func TestForgetMadeFileWithForeignText(t *testing.T) {
	etc := node(t, map[string]string{"etc/x": ""})
	mustChange(t, etc, toml, nil, []byte("ours\n"))
	mustChange(t, etc, toml, []byte("ours\n"), []byte("theirs\n"))
	for left, ended := 0, false; !ended; left++ {
		ended = survives(t, func() error { _, err := etc.forget(&dyingDisk{left: left}); return err })
		repair(t, etc, false)
	}
	text, err := os.ReadFile(etc.Local(toml))
	if err != nil || string(text) != "theirs\n" {
		t.Errorf("it holds %q, %v", text, err)
	}
	only(t, etc, "etc/x", strings.TrimPrefix(toml, "/"))
}

func TestOpenOrNewRefuses(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"a dangling link":   {"etc/hosts": "-> ../run/hosts"},
		"a folder":          {"etc/hosts/x": ""},
		"a loop of links":   {"etc/hosts": "-> hosts"},
		"a link to nowhere": {"etc/hosts": "-> ../../../../nowhere/hosts"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := OpenOrNew(node(t, files), "/etc/hosts"); !errors.Is(err, ErrNoFile) {
				t.Errorf("got %v, want ErrNoFile", err)
			}
		})
	}
}

// What is not mounted is not made in its place.
func TestMakeWantsTheNodesFolder(t *testing.T) {
	etc := node(t, map[string]string{"etc/x": ""})
	err := change(t, etc, "/run/systemd/resolved.conf.d/a.conf", system{}, nil, []byte("a"))
	if err == nil || !strings.Contains(err.Error(), "/run") {
		t.Errorf("got %v", err)
	}
	only(t, etc, "etc/x")
}

// Killed at any step of the making or of the removing of a file with its
// folders, and at any step of the repair, the next start finds all of it or
// nothing of it; and then removes it.
func TestMakingKilledAtEachStep(t *testing.T) {
	text, rel := []byte("ours\n"), strings.TrimPrefix(toml, "/")
	for _, half := range []bool{false, true} {
		for steps, done := 0, false; !done; steps++ {
			etc := node(t, map[string]string{"etc/containerd/config.toml": ""})
			done = survives(t, func() error { return change(t, etc, toml, &dyingDisk{left: steps, half: half}, nil, text) })
			repair(t, etc, half)
			before, err := read(etc.Local(toml))
			switch {
			case err != nil, before != nil && string(before) != string(text), done && before == nil:
				t.Fatalf("killed at step %d: %q, %v", steps, before, err)
			case before == nil:
				only(t, etc, "etc/containerd/config.toml")
			default:
				only(t, etc, "etc/containerd/config.toml", rel, "etc/"+journalBase)
			}
			mustChange(t, etc, toml, before, nil)
			only(t, etc, "etc/containerd/config.toml")
		}
	}
}

func TestRemovingKilledAtEachStep(t *testing.T) {
	text, rel := []byte("ours\n"), strings.TrimPrefix(toml, "/")
	for steps, done := 0, false; !done; steps++ {
		etc := node(t, map[string]string{"etc/containerd/config.toml": ""})
		mustChange(t, etc, toml, nil, text)
		done = survives(t, func() error { return change(t, etc, toml, &dyingDisk{left: steps}, text, nil) })
		repair(t, etc, false)
		before, err := read(etc.Local(toml))
		if err != nil || done && before != nil {
			t.Fatalf("killed at step %d: %q, %v", steps, before, err)
		}
		if before == nil {
			only(t, etc, "etc/containerd/config.toml")
			continue
		}
		only(t, etc, "etc/containerd/config.toml", rel, "etc/"+journalBase)
		mustChange(t, etc, toml, before, nil)
		only(t, etc, "etc/containerd/config.toml")
	}
}
