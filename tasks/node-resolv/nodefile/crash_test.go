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
// in the middle of it where it writes. With busy, no file can be renamed over
// the one named so, as with a mount point.
type dyingDisk struct {
	system
	left int
	half bool
	busy string
}

func (d *dyingDisk) tick() bool {
	d.left--
	return d.left < 0
}

func (d *dyingDisk) step(do func() error) error {
	if d.tick() {
		panic(crash{})
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
	panic(crash{})
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

func (d *dyingDisk) sync(name string) error {
	return d.step(func() error { return d.system.sync(name) })
}

func (d *dyingDisk) rename(from, to string) error {
	if to == d.busy {
		return syscall.EBUSY
	}
	return d.step(func() error { return d.system.rename(from, to) })
}

func (d *dyingDisk) truncate(name string, n int64) error {
	return d.step(func() error { return d.system.truncate(name, n) })
}

func (d *dyingDisk) remove(name string) error {
	return d.step(func() error { return d.system.remove(name) })
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
	etc := Etc{Dir: filepath.Join(t.TempDir(), "etc")}
	name := filepath.Join(etc.Dir, "resolv.conf")
	if err := os.Mkdir(etc.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, before, 0o644); err != nil {
		t.Fatal(err)
	}
	busy := ""
	if inPlace {
		busy = name
	}
	run := func(left int, do func(*File) error) bool {
		f, err := open(etc, "/etc/resolv.conf", &dyingDisk{left: left, half: half, busy: busy})
		if err != nil {
			t.Fatal(err)
		}
		return survives(t, func() error { return do(f) })
	}
	done := run(steps, func(f *File) error { return f.Write(before, after) })
	repair := func(f *File) error { _, err := f.Recover(); return err }
	for again := 0; !run(again, repair); again++ {
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if done && !bytes.Equal(got, after) || !bytes.Equal(got, after) && !bytes.Equal(got, before) {
		t.Errorf("killed at step %d, then repaired: %q", steps, got)
	}
	onlyFile(t, etc.Dir, "resolv.conf")
	return done
}

func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != name {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// What others wrote over a half-done write is theirs.
func TestRecoverKeepsForeignText(t *testing.T) {
	etc := Etc{Dir: t.TempDir()}
	name := filepath.Join(etc.Dir, "resolv.conf")
	if err := os.WriteFile(name, []byte("nameserver 9.9.9.9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Open(etc, "/etc/resolv.conf")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.writeJournal(journal{Path: "/etc/resolv.conf", Before: []byte("nameserver 1.1.1.1\n"), After: []byte("x\n")}); err != nil {
		t.Fatal(err)
	}
	undone, err := f.Recover()
	got, rerr := os.ReadFile(name)
	if err != nil || rerr != nil || undone || string(got) != "nameserver 9.9.9.9\n" {
		t.Errorf("undone %v, %q, %v %v", undone, got, err, rerr)
	}
	onlyFile(t, etc.Dir, "resolv.conf")
}
