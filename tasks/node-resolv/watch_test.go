// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// What the kernel says of a node that allows too few watches leads astray.
func TestAWatchThatCannotBeHadNamesItsSysctl(t *testing.T) {
	for cause, hint := range map[error]string{
		syscall.EMFILE:   "fs.inotify.max_user_instances",
		syscall.ENOSPC:   "no disk is full",
		fs.ErrPermission: "",
	} {
		err := watching("/etc", cause)
		if got := strings.Join(step.Hints(err), "; "); !strings.Contains(got, hint) || (got == "") != (hint == "") {
			t.Errorf("%v: the hint is %q, want %q", cause, got, hint)
		}
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), "watching /etc: ") {
			t.Errorf("got %v", err)
		}
	}
}
