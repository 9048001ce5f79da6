// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxLinks is how many symbolic links are followed before it counts as a
// loop; MAXSYMLINKS of Linux.
const maxLinks = 40

// Etc is where a node's /etc is seen by this process.
type Etc struct {
	// Dir is the folder that is the node's /etc. What lies beside it is taken
	// for the node's root: with /host/etc, the node's /run is /host/run.
	Dir string
}

// Local is the path under which this process sees a node's path.
func (e Etc) Local(nodePath string) string {
	nodePath = path.Clean("/" + nodePath)
	if rest, ok := strings.CutPrefix(nodePath, "/etc"); ok && (rest == "" || rest[0] == '/') {
		return filepath.Join(e.Dir, rest)
	}
	return filepath.Join(filepath.Dir(filepath.Clean(e.Dir)), nodePath)
}

// Follow resolves all symbolic links of a node's path as the node does. What
// does not exist, or is not mounted here, is taken as no link.
func (e Etc) Follow(nodePath string) (string, error) {
	todo := strings.Split(nodePath, "/")
	done := "/"
	for links := 0; len(todo) > 0; {
		word := todo[0]
		todo = todo[1:]
		next := path.Join(done, word)
		to, err := os.Readlink(e.Local(next))
		if err != nil || next == "/etc" || next == "/" {
			done = next
			continue
		}
		if links++; links > maxLinks {
			return "", absence{fmt.Errorf("following %s on the node: too many symbolic links", nodePath)}
		}
		if path.IsAbs(to) {
			done = "/"
		}
		todo = append(strings.Split(to, "/"), todo...)
	}
	return done, nil
}

// Same tells whether two of a node's paths lead to one file.
func (e Etc) Same(a, b string) (bool, error) {
	a, err := e.Follow(a)
	if err != nil {
		return false, err
	}
	b, err = e.Follow(b)
	if err != nil || a == b {
		return a == b, err
	}
	infoA, err := os.Stat(e.Local(a))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("looking at the node's %s: %w", a, err)
	}
	infoB, err := os.Stat(e.Local(b))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("looking at the node's %s: %w", b, err)
	}
	return os.SameFile(infoA, infoB), nil
}
