// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A file that is being written anew is empty for a moment.
func TestFileThatIsWrittenAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	write("127.0.0.1 localhost\n")
	want, err := sumFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write("")
	timer := time.AfterFunc(2*emptyPause, func() { write("127.0.0.1 localhost\n") })
	defer timer.Stop()
	if got, err := sumFile(file); err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	write("")
	if got, err := sumFile(file); err != nil || got == want || got == "" {
		t.Errorf("of one that stays empty: %s, %v", got, err)
	}
}
