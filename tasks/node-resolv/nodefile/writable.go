// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"golang.org/x/sys/unix"
)

// Writable is an error where the file system of a folder of the node, or of the
// nearest above it that is there, can only be read, as in images that nobody is to
// change and in mounts that say so. It asks and writes nothing.
func (e Etc) Writable(folder string) error {
	folder, err := e.Follow(folder)
	if err != nil {
		return err
	}
	for dir := folder; ; dir = path.Dir(dir) {
		err := unix.Access(e.Local(dir), unix.W_OK)
		switch {
		case errors.Is(err, fs.ErrNotExist) && dir != "/":
			continue
		case errors.Is(err, unix.EROFS):
			return explain(fmt.Errorf("the node's %s: %w", dir, err))
		}
		return nil
	}
}
