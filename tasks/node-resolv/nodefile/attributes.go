// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The kernel's bounds of a file's list of attributes and of one's value: xattr(7).
const (
	maxAttributeList  = 64 << 10
	maxAttributeValue = 64 << 10
)

func (system) like(name, model string) error {
	var st unix.Stat_t
	if err := unix.Stat(model, &st); err != nil {
		return fmt.Errorf("looking at %s: %w", model, err)
	}
	if int(st.Uid) != os.Getuid() || int(st.Gid) != os.Getgid() {
		if err := os.Chown(name, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	if err := copyAttributes(name, model); err != nil {
		return err
	}
	if err := unix.Chmod(name, st.Mode&0o7777); err != nil { // last: an ACL changes it
		return fmt.Errorf("setting the mode of %s: %w", name, err)
	}
	return nil
}

// copyAttributes gives a file the extended attributes of another, among them
// the SELinux label and the ACL. One that it has already is not set, which might
// not be allowed; an ACL that it has from its folder is taken away.
func copyAttributes(name, model string) error {
	want, err := attributes(model)
	if err != nil {
		return err
	}
	has, err := attributes(name)
	if err != nil {
		return err
	}
	for attr := range has {
		if _, ok := want[attr]; ok || strings.HasPrefix(attr, "security.") {
			continue
		}
		if err := unix.Lremovexattr(name, attr); err != nil {
			return fmt.Errorf("removing %s of %s: %w", attr, name, err)
		}
	}
	for attr, value := range want {
		if old, ok := has[attr]; ok && bytes.Equal(old, value) {
			continue
		}
		if err := unix.Lsetxattr(name, attr, value, 0); err != nil {
			return fmt.Errorf("setting %s of %s: %w", attr, name, err)
		}
	}
	return nil
}

// attributes reads the extended attributes of a file.
func attributes(name string) (map[string][]byte, error) {
	list := make([]byte, maxAttributeList)
	n, err := unix.Llistxattr(name, list)
	if errors.Is(err, unix.ENOTSUP) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("listing the attributes of %s: %w", name, err)
	}
	found := map[string][]byte{}
	value := make([]byte, maxAttributeValue)
	for attr := range strings.SplitSeq(strings.TrimSuffix(string(list[:n]), "\x00"), "\x00") {
		if attr == "" {
			continue
		}
		n, err := unix.Lgetxattr(name, attr, value)
		if err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w", attr, name, err)
		}
		found[attr] = slices.Clone(value[:n])
	}
	return found, nil
}
