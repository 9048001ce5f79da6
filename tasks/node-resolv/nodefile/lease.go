// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lease is a read lease of a file, fcntl(2): it can be had only while nobody has
// the file open for writing, and who wants to open it so then waits. A writer that
// empties a file before it fills it is so neither met half-way nor left with a
// file that another has taken the place of.
//
// Where leases are not known, or the file belongs to another user, there is none.
type lease struct {
	file *os.File
	held bool
}

// takeLease is ErrChanged while someone writes the file.
func takeLease(name string) (*lease, error) {
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrChanged
	} else if err != nil {
		return nil, err
	}
	_, err = unix.FcntlInt(file.Fd(), unix.F_SETLEASE, unix.F_RDLCK)
	if errors.Is(err, unix.EAGAIN) {
		return nil, errors.Join(fmt.Errorf("%w: it is open for writing", ErrChanged), file.Close())
	}
	return &lease{file: file, held: err == nil}, nil
}

// wanted tells whether someone waits to write the file.
func (l *lease) wanted() bool {
	if !l.held {
		return false
	}
	kind, err := unix.FcntlInt(l.file.Fd(), unix.F_GETLEASE, 0)
	return err != nil || kind != unix.F_RDLCK
}

// end lets others write again.
func (l *lease) end() error { return l.file.Close() }
