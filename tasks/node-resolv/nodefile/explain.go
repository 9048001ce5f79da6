// SPDX-License-Identifier: Apache-2.0

package nodefile

import (
	"errors"
	"syscall"

	"github.com/adze-ci/adze/internal/step"
)

// explain adds to a refusal of the node what can be done about it.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.EROFS):
		return step.Hint(err, "mount the file's folder and /etc writable; where the node itself has them read-only, take another --mode")
	case errors.Is(err, syscall.EPERM):
		return step.Hint(err, "someone made the file immutable (lsattr shows an i, chattr -i takes it off), or another user owns it: then add the capabilities CHOWN and FOWNER")
	case errors.Is(err, syscall.EACCES):
		return step.Hint(err, "another user owns the folder (add the capabilities DAC_OVERRIDE, CHOWN and FOWNER), or SELinux forbids it (seLinuxOptions.type: spc_t)")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return step.Hint(err, "make room on the node's file system; nothing was changed")
	default:
		return err
	}
}
