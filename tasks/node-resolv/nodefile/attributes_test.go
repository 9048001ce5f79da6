// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Mode, owner and extended attributes are the old file's afterwards; CI runs as
// root, who alone can give a file away.
func TestWriteKeepsAttributes(t *testing.T) {
	etc := node(t, map[string]string{"etc/resolv.conf": "old"})
	name := etc.Local("/etc/resolv.conf")
	owner := os.Getuid()
	if owner == 0 {
		owner = 65534
	}
	label, err := "label\x00", unix.Setxattr(name, "user.adze", []byte("label\x00"), 0)
	if errors.Is(err, unix.ENOTSUP) {
		label, err = "", nil // a file system without any
	}
	for _, err := range []error{err, os.Chown(name, owner, os.Getgid()), os.Chmod(name, 0o604|os.ModeSetgid)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	mustChange(t, etc, "/etc/resolv.conf", []byte("old"), []byte("new"))
	var st unix.Stat_t
	if err := unix.Stat(name, &st); err != nil {
		t.Fatal(err)
	}
	if int(st.Uid) != owner || st.Mode&0o7777 != 0o2604 {
		t.Errorf("owner %d, mode %o; want %d, 2604", st.Uid, st.Mode&0o7777, owner)
	}
	attrs, err := attributes(name)
	if err != nil || string(attrs["user.adze"]) != label {
		t.Errorf("attributes %q, %v", attrs, err)
	}
}
