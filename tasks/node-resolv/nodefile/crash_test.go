// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// crash is what the dying disk panics with.
type crash struct{}

// dyingDisk is a disk whose process is killed at its nth step: before it, or
// in the middle of it where it writes. With busy, no file can take the place of
// the one named so, as with a mount point. With refusal, the step fails so
// instead of killing, and with lasting all later ones too.
type dyingDisk struct {
	system
	left    int
	half    bool
	busy    string
	refusal error
	lasting bool
}

// stop ends the process, or is why it is refused.
func (d *dyingDisk) stop() error {
	if d.refusal == nil {
		panic(crash{})
	}
	return d.refusal
}

func (d *dyingDisk) tick() bool {
	d.left--
	return d.left == -1 || d.left < 0 && (d.refusal == nil || d.lasting)
}

func (d *dyingDisk) step(do func() error) error {
	if d.tick() {
		return d.stop()
	}
	return do()
}

func (d *dyingDisk) write(text []byte, do func([]byte) error) error {
	if !d.tick() {
		return do(text)
	}
	if d.half {
		if err := do(text[:len(text)/2]); err != nil {
			return err
		}
	}
	return d.stop()
}

func (d *dyingDisk) create(name string, text []byte) error {
	return d.write(text, func(part []byte) error { return d.system.create(name, part) })
}

func (d *dyingDisk) overwrite(name string, text []byte) error {
	return d.write(text, func(part []byte) error { return d.system.overwrite(name, part) })
}

func (d *dyingDisk) like(name, model string) error {
	return d.step(func() error { return d.system.like(name, model) })
}

func (d *dyingDisk) chmod(name string, mode os.FileMode) error {
	return d.step(func() error { return d.system.chmod(name, mode) })
}

func (d *dyingDisk) sync(name string) error {
	return d.step(func() error { return d.system.sync(name) })
}

func (d *dyingDisk) rename(from, to string) error {
	return d.step(func() error { return d.system.rename(from, to) })
}

func (d *dyingDisk) exchange(a, b string) error {
	if b == d.busy {
		return syscall.EBUSY
	}
	return d.step(func() error { return d.system.exchange(a, b) })
}

func (d *dyingDisk) install(from, to string) error {
	return d.step(func() error { return d.system.install(from, to) })
}

func (d *dyingDisk) truncate(name string, n int64) error {
	return d.step(func() error { return d.system.truncate(name, n) })
}

func (d *dyingDisk) remove(name string) error {
	return d.step(func() error { return d.system.remove(name) })
}

func (d *dyingDisk) mkdir(name string) error {
	return d.step(func() error { return d.system.mkdir(name) })
}

func (d *dyingDisk) rmdir(name string) error {
	return d.step(func() error { return d.system.rmdir(name) })
}

// survives runs do and tells whether it got to its end.
func survives(t *testing.T, do func() error) (alive bool) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(crash); !ok {
				panic(p)
			}
		}
	}()
	if err := do(); err != nil {
		t.Fatal(err)
	}
	return true
}

var texts = []struct{ name, before, after string }{
	{"grows", "nameserver 1.1.1.1\nsearch a\n", "# ours\nnameserver 10.96.0.10\nnameserver 1.1.1.1\nsearch a\n"},
	{"shrinks", "# ours\nnameserver 10.96.0.10\nnameserver 1.1.1.1\nsearch a", "nameserver 1.1.1.1\nsearch a"},
	{"same length", "nameserver 10.96.0.10\n", "nameserver 10.96.0.11\n"},
	{"from nothing", "", "nameserver 10.96.0.10\n"},
	{"to nothing", "nameserver 10.96.0.10\n", ""},
}

// Killed at any step of a write, or at any step of the repair of one, the next
// start finds the text from before or the one from after, and nothing else in /etc.
func TestKilledAtEachStep(t *testing.T) {
	for _, c := range texts {
		for _, inPlace := range []bool{false, true} {
			for _, half := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s in place %v half %v", c.name, inPlace, half), func(t *testing.T) {
					steps := 0
					for ; !killAt(t, []byte(c.before), []byte(c.after), inPlace, half, steps); steps++ {
						if steps > 50 {
							t.Fatal("the write never ends")
						}
					}
					if steps < 4 {
						t.Errorf("only %d steps were tried", steps)
					}
				})
			}
		}
	}
}

// killAt kills a write at a step and tells whether it was past its end.
func killAt(t *testing.T, before, after []byte, inPlace, half bool, steps int) bool {
	t.Helper()
	etc := node(t, map[string]string{"etc/resolv.conf": string(before)})
	name := filepath.Join(etc.Dir, "resolv.conf")
	busy := ""
	if inPlace {
		busy = name
	}
	f, err := open(etc, "/etc/resolv.conf", &dyingDisk{left: steps, half: half, busy: busy}, false)
	if err != nil {
		t.Fatal(err)
	}
	done := survives(t, func() error { return f.Write(before, after) })
	repair(t, etc, half)
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if done && !bytes.Equal(got, after) || !bytes.Equal(got, after) && !bytes.Equal(got, before) {
		t.Errorf("killed at step %d, then repaired: %q", steps, got)
	}
	only(t, etc, "etc/resolv.conf")
	return done
}

// repair recovers, and is killed at each of its steps before it may end.
func repair(t *testing.T, etc Etc, half bool) {
	t.Helper()
	for left := 0; ; left++ {
		ended := survives(t, func() error { _, err := etc.recover(&dyingDisk{left: left, half: half}); return err })
		if ended {
			return
		}
	}
}

// only fails where there are other files, or folders without files, on the
// node than those named.
func only(t *testing.T, etc Etc, names ...string) {
	t.Helper()
	root := filepath.Dir(etc.Dir)
	want := map[string]bool{".": true, "etc": true}
	for _, name := range names {
		for ; name != "."; name = filepath.Dir(name) {
			want[name] = true
		}
	}
	err := filepath.WalkDir(root, func(name string, _ os.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, name)
		if !want[rel] {
			t.Errorf("%s was left behind", rel)
		}
		delete(want, rel)
		return err
	})
	if err != nil || len(want) > 0 {
		t.Errorf("missing: %v, %v", want, err)
	}
}

// What others wrote over a half-done write is theirs.
func TestRecoverKeepsForeignText(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "nameserver 9.9.9.9\n"})
	j := journal{Doing: &write{Path: "/etc/resolv.conf", Before: []byte("nameserver 1.1.1.1\n"), After: []byte("x\n"), InPlace: true}}
	if err := etc.store(j, system{}); err != nil {
		t.Fatal(err)
	}
	undone, err := etc.Recover()
	got, rerr := os.ReadFile(filepath.Join(etc.Dir, "resolv.conf"))
	if err != nil || rerr != nil || len(undone) > 0 || string(got) != "nameserver 9.9.9.9\n" {
		t.Errorf("undone %v, %q, %v %v", undone, got, err, rerr)
	}
	only(t, etc, "etc/resolv.conf")
}

// Killed right after ours took the place of what others wrote in that moment:
// theirs comes back.
func TestRecoverGivesBackWhatWasExchanged(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "ours\n", "etc/.adze-new-resolv.conf": "theirs\n"})
	j := journal{Doing: &write{Path: "/etc/resolv.conf", Before: []byte("old\n"), After: []byte("ours\n")}}
	if err := etc.store(j, system{}); err != nil {
		t.Fatal(err)
	}
	repair(t, etc, false)
	got, err := os.ReadFile(filepath.Join(etc.Dir, "resolv.conf"))
	if err != nil || string(got) != "theirs\n" {
		t.Errorf("%q, %v", got, err)
	}
	only(t, etc, "etc/resolv.conf")
}
