// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// Where a link led is known after it was turned, until all is given back.
func TestLedIsRemembered(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "-> ../run/r.conf", "run/r.conf": "old", "etc/own.conf": ""})
	mustChange(t, etc, "/etc/resolv.conf", []byte("old"), []byte("new"))
	turn(t, etc, "own.conf")
	led, err := etc.Led("/etc/resolv.conf")
	if err != nil || !slices.Equal(led, []string{"/run/r.conf"}) {
		t.Errorf("it led to %q, %v", led, err)
	}
	if err := etc.Forget(); err != nil {
		t.Error(err)
	}
	only(t, etc, "etc/resolv.conf", "run/r.conf", "etc/own.conf")
}

// turn makes /etc/resolv.conf a link to another file.
func turn(t *testing.T, etc Etc, to string) {
	t.Helper()
	name := etc.Local("/etc/resolv.conf")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

// What is not mounted is neither taken for gone nor forgotten.
func TestForgetWantsToSee(t *testing.T) {
	const dropIn = "/run/systemd/resolved.conf.d/a.conf"
	etc := node(t, map[string]string{"etc/resolv.conf": "-> ../var/r/r.conf", "var/r/r.conf": "old", "run/systemd/x": ""})
	mustChange(t, etc, "/etc/resolv.conf", []byte("old"), []byte("new"))
	mustChange(t, etc, dropIn, nil, []byte("ours"))
	move := func(from, to string) {
		t.Helper()
		for _, folder := range []string{"/run", "/var"} {
			if err := os.Rename(etc.Local(folder)+from, etc.Local(folder)+to); err != nil {
				t.Fatal(err)
			}
		}
	}
	move("", ".away")
	if _, err := etc.Recover(); err != nil {
		t.Error(err)
	}
	err := etc.Forget()
	hints := strings.Join(step.Hints(err), " ")
	if err == nil || !strings.Contains(hints, "mount the node's /run/systemd at") || !strings.Contains(hints, "mount the node's /var/r at") {
		t.Errorf("%v, hints %q", err, hints)
	}
	move(".away", "")
	if made, err := etc.Created(); err != nil || !slices.Equal(made, []string{dropIn}) {
		t.Errorf("made %q, %v", made, err)
	}
	if led, err := etc.Led("/etc/resolv.conf"); err != nil || !slices.Equal(led, []string{"/var/r/r.conf"}) {
		t.Errorf("led to %q, %v", led, err)
	}
}

// A journal with what this version does not know is not written over.
func TestJournalOfAnotherVersion(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "old", "etc/" + journalBase: `{"made":["/etc/x"],"later":1}`})
	err := change(t, etc, "/etc/resolv.conf", system{}, []byte("old"), []byte("new"))
	if err == nil || len(step.Hints(err)) == 0 {
		t.Errorf("got %v, hints %q", err, step.Hints(err))
	}
	text, rerr := read(etc.journalName())
	if rerr != nil || string(text) != `{"made":["/etc/x"],"later":1}` {
		t.Errorf("the journal holds %q, %v", text, rerr)
	}
	only(t, etc, "etc/resolv.conf", "etc/"+journalBase)
}
