// SPDX-License-Identifier: Apache-2.0

package kanikobuild

import (
	"fmt"
	"io/fs"
	"os"
)

// own gives all below a folder to one user and group. The executor's COPY keeps
// owners, where that of Docker makes files root's:
// https://docs.docker.com/reference/dockerfile/#copy---chown---chmod
// A link's owner is changed, and nothing that it leads to.
func own(dir string, uid, gid int) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("making the files of the build context root's: %w", err)
	}
	defer root.Close() //nolint:errcheck // nothing is written to it
	err = fs.WalkDir(root.FS(), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return root.Lchown(path, uid, gid)
	})
	if err != nil {
		return fmt.Errorf("making the files of the build context root's: %w", err)
	}
	return nil
}
