// SPDX-License-Identifier: Apache-2.0

package progress

import (
	"bytes"
	"errors"
	"regexp"
	"testing"
)

func TestDoTellsBeginningAndEnd(t *testing.T) {
	broken := errors.New("broken")
	for outcome, err := range map[string]error{"done": nil, "failed": broken} {
		var w bytes.Buffer
		if got := Do(&w, "making x", func() error { return err }); !errors.Is(got, err) {
			t.Errorf("returned %v, want %v", got, err)
		}
		want := regexp.MustCompile(`^making x …\nmaking x: ` + outcome + ` in \d+\.\d s\n$`)
		if !want.Match(w.Bytes()) {
			t.Errorf("wrote %q, want %s", w.String(), want)
		}
	}
}
