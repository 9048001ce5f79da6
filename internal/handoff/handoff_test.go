// SPDX-License-Identifier: Apache-2.0

package handoff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type content struct{ A string }

func TestWhatIsWrittenIsRead(t *testing.T) {
	file, got := filepath.Join(t.TempDir(), "x"), content{}
	if err := Write(file, 20, content{"of use"}); err != nil {
		t.Fatal(err)
	}
	if err := Read(file, 20, &got); err != nil || got.A != "of use" {
		t.Errorf("%+v, %v", got, err)
	}
	if err := Write(file, 20, content{"of no use at all"}); err == nil {
		t.Error("more than the limit is written")
	}
	if err := Read(file, 20, &got); err != nil || got.A != "of use" {
		t.Errorf("the file that was there is gone: %+v, %v", got, err)
	}
	if err := Read(file, 19, &got); err == nil || !strings.Contains(err.Error(), "more than 19 bytes") {
		t.Errorf("more than the limit is read: %v", err)
	}
}

func TestReadIsStrict(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	for text, want := range map[string]string{
		`{"A": "x", "B": 1}`: "unknown field", `{"A": "x"} {}`: "more follows", ``: "EOF", `[]`: "cannot unmarshal",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Read(file, 100, &content{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
