// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// refusal is how a node refuses a step: one way after the other.
func refusal(step int) error {
	all := []error{syscall.EROFS, syscall.ENOSPC, syscall.EPERM, syscall.EACCES, syscall.EDQUOT}
	return all[step%len(all)]
}

// A node that refuses any step of a write, once or from then on, is told of; when
// it lets go the write is done, and nothing else is left.
func TestRefusedAtEachStep(t *testing.T) {
	const path = "/etc/net/resolv.conf"
	for _, c := range texts {
		for _, inPlace := range []bool{false, true} {
			for _, lasting := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s in place %v lasting %v", c.name, inPlace, lasting), func(t *testing.T) {
					for steps, refused := 0, true; refused; steps++ {
						etc := node(t, map[string]string{"etc/x": "", path[1:]: c.before})
						d := &dyingDisk{left: steps, half: true, refusal: refusal(steps), lasting: lasting}
						if inPlace {
							d.busy = etc.Local(path)
						}
						refused = refusedOnce(t, etc, path, d, []byte(c.before), []byte(c.after))
						settle(t, etc, path, []byte(c.after))
						only(t, etc, "etc/x", path[1:])
					}
				})
			}
		}
	}
}

func TestMakingRefusedAtEachStep(t *testing.T) {
	for _, lasting := range []bool{false, true} {
		for steps, refused := 0, true; refused; steps++ {
			etc := node(t, map[string]string{"etc/x": ""})
			d := &dyingDisk{left: steps, half: true, refusal: refusal(steps), lasting: lasting}
			refused = refusedOnce(t, etc, toml, d, nil, []byte("ours"))
			settle(t, etc, toml, []byte("ours"))
			only(t, etc, "etc/x", toml[1:], "etc/"+journalBase)
		}
		for steps, refused := 0, true; refused; steps++ {
			etc := node(t, map[string]string{"etc/x": ""})
			mustChange(t, etc, toml, nil, []byte("ours"))
			d := &dyingDisk{left: steps, refusal: refusal(steps), lasting: lasting}
			refused = refusedOnce(t, etc, toml, d, []byte("ours"), nil)
			settle(t, etc, toml, nil)
			only(t, etc, "etc/x")
		}
	}
}

// refusedOnce writes to a disk that refuses a step, and tells whether it came to that.
func refusedOnce(t *testing.T, etc Etc, path string, d *dyingDisk, before, after []byte) bool {
	t.Helper()
	err := change(t, etc, path, d, before, after)
	if d.left >= 0 {
		if err != nil {
			t.Fatal(err)
		}
		return false
	}
	if !errors.Is(err, d.refusal) || len(step.Hints(err)) == 0 {
		t.Fatalf("refused %d steps before the end: %v, hints %q", -d.left, err, step.Hints(err))
	}
	return true
}

// settle writes until it is done, as the agent does, to a disk that refuses nothing.
func settle(t *testing.T, etc Etc, path string, after []byte) {
	t.Helper()
	for range 5 {
		now, err := read(etc.Local(path))
		if err != nil {
			t.Fatal(err)
		}
		err = change(t, etc, path, system{}, now, after)
		if errors.Is(err, ErrChanged) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		now, err = read(etc.Local(path))
		if err != nil || !bytes.Equal(now, after) {
			t.Errorf("it holds %q, %v; want %q", now, err, after)
		}
		return
	}
	t.Error("it never settles")
}
