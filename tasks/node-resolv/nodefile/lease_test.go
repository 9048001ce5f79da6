// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"os"
	"runtime"
	"testing"
)

// Someone has emptied the file and not yet filled it: he is not met half-way,
// however the file is written.
func TestWriteWaitsForWriters(t *testing.T) {
	for _, links := range []bool{false, true} {
		etc := node(t, map[string]string{"etc/resolv.conf": "old"})
		name := etc.Local("/etc/resolv.conf")
		allowed := []string{"etc/resolv.conf"}
		if links {
			if err := os.Link(name, name+"2"); err != nil {
				t.Fatal(err)
			}
			allowed = append(allowed, "etc/resolv.conf2")
		}
		theirs, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(t, etc, "/etc/resolv.conf", system{}, []byte{}, []byte("ours")); !errors.Is(err, ErrChanged) {
			t.Errorf("half-way: %v, want ErrChanged", err)
		}
		if _, err := theirs.WriteString("theirs"); err != nil {
			t.Fatal(err)
		}
		if err := theirs.Close(); err != nil {
			t.Fatal(err)
		}
		only(t, etc, allowed...)
		mustChange(t, etc, "/etc/resolv.conf", []byte("theirs"), []byte("ours"))
	}
}

// waitedFor is a disk on which someone begins to write the file right before it
// is exchanged.
type waitedFor struct {
	system
	begin func()
}

func (d *waitedFor) exchange(a, b string) error {
	if d.begin != nil {
		d.begin()
		d.begin = nil
	}
	return d.system.exchange(a, b)
}

// Someone waits to write the file when ours takes its place: it is put back, so
// that what he writes is not lost.
func TestWriteLetsWaitingWritersIn(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "old"})
	name := etc.Local("/etc/resolv.conf")
	written := make(chan error)
	d := &waitedFor{begin: func() {
		watch, err := takeLease(name)
		if err != nil {
			t.Fatal(err)
		}
		go func() { written <- os.WriteFile(name, []byte("theirs"), 0o600) }()
		for !watch.wanted() {
			runtime.Gosched()
		}
		if err := watch.end(); err != nil {
			t.Error(err)
		}
	}}
	if err := change(t, etc, "/etc/resolv.conf", d, []byte("old"), []byte("ours")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	if got, err := read(name); err != nil || string(got) != "theirs" {
		t.Errorf("it holds %q, %v", got, err)
	}
	only(t, etc, "etc/resolv.conf")
}
