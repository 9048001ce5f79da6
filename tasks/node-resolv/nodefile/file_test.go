// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// node makes a node's root with some files and links ("to -> target").
func node(t *testing.T, files map[string]string) Etc {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(to, name)
		} else {
			err = os.WriteFile(name, []byte(text), 0o640)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return Etc{Dir: filepath.Join(root, "etc")}
}

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"plain", map[string]string{"etc/resolv.conf": ""}, "/etc/resolv.conf"},
		{"relative", map[string]string{"etc/resolv.conf": "-> ../run/systemd/resolve/stub-resolv.conf"}, "/run/systemd/resolve/stub-resolv.conf"},
		{"absolute", map[string]string{"etc/resolv.conf": "-> /run/resolvconf/resolv.conf"}, "/run/resolvconf/resolv.conf"},
		{"absolute into etc", map[string]string{"etc/resolv.conf": "-> /etc/net/resolv.conf"}, "/etc/net/resolv.conf"},
		{"through a linked folder", map[string]string{"etc/resolv.conf": "-> /var/run/r.conf", "var/run": "-> /run", "run/r.conf": ""}, "/run/r.conf"},
		{"out of the root and back", map[string]string{"etc/resolv.conf": "-> ../../../etc/other"}, "/etc/other"},
		{"chain", map[string]string{"etc/resolv.conf": "-> a", "etc/a": "-> b", "etc/b": ""}, "/etc/b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := node(t, c.files).Follow("/etc/resolv.conf"); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
	if got, err := node(t, map[string]string{"etc/resolv.conf": "-> resolv.conf"}).Follow("/etc/resolv.conf"); err == nil {
		t.Errorf("a loop of links leads to %q", got)
	}
}

func TestSame(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "", "etc/link": "-> resolv.conf", "etc/own.conf": ""})
	for other, want := range map[string]bool{"/etc/resolv.conf": true, "/etc/link": true, "/etc/own.conf": false, "/run/not/mounted": false} {
		if got, err := etc.Same("/etc/resolv.conf", other); err != nil || got != want {
			t.Errorf("%s: same %v, %v; want %v", other, got, err, want)
		}
	}
}

func TestWriteKeepsLinkAndMode(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "-> ../run/r.conf", "run/r.conf": "old"})
	f, err := Open(etc, "/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write([]byte("old"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	to, err := os.Readlink(filepath.Join(etc.Dir, "resolv.conf"))
	if err != nil || to != "../run/r.conf" {
		t.Errorf("the link is now %q, %v", to, err)
	}
	info, err := os.Stat(etc.Local("/run/r.conf"))
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("the target has mode %v, %v", info.Mode(), err)
	}
	if got, err := f.Read(); string(got) != "new" || err != nil {
		t.Errorf("it holds %q, %v", got, err)
	}
}

func TestWriteKeepsHardLinks(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "old"})
	other := filepath.Join(etc.Dir, "other")
	if err := os.Link(filepath.Join(etc.Dir, "resolv.conf"), other); err != nil {
		t.Fatal(err)
	}
	f, err := Open(etc, "/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write([]byte("old"), []byte("newer")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(other); string(got) != "newer" || err != nil {
		t.Errorf("the other name holds %q, %v", got, err)
	}
}

func TestWriteNoticesForeignWrites(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "theirs"})
	f, err := Open(etc, "/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write([]byte("old"), []byte("new")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if got, err := f.Read(); string(got) != "theirs" || err != nil {
		t.Errorf("it holds %q, %v", got, err)
	}
	only(t, etc, "etc/resolv.conf")
}

func TestEqualTextWritesNothing(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "same"})
	f, err := open(etc, "/etc/resolv.conf", &dyingDisk{}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !survives(t, func() error { return f.Write([]byte("same"), []byte("same")) }) {
		t.Error("it touched the disk")
	}
}

func TestOpenSaysWhatToMount(t *testing.T) {
	for _, files := range []map[string]string{
		{"etc/resolv.conf": "-> ../run/systemd/resolve/stub-resolv.conf"}, {"etc/hosts": ""}, {"etc/resolv.conf/x": ""},
	} {
		if _, err := Open(node(t, files), "/etc/resolv.conf"); !errors.Is(err, ErrNoFile) {
			t.Errorf("%v: %v, want ErrNoFile", files, err)
		}
	}
}

func TestLockIsExclusive(t *testing.T) {
	etc := Etc{Dir: t.TempDir()}
	unlock, err := etc.Lock(t.Context(), func() { t.Error("held by whom?") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := etc.Lock(ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("a second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := etc.Lock(t.Context(), func() { t.Error("still held") }); err != nil {
		t.Error(err)
	}
}
