// SPDX-License-Identifier: Apache-2.0

package result

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	var s Set
	any := s.Add("any", "", false)
	affected := s.Add("affected", "", true)
	unset := s.Add("reason", "", false)
	nowhere := s.Add("count", "", false)
	*any.Path() = filepath.Join(dir, "any")
	*affected.Path() = filepath.Join(dir, "deep", "affected")
	*unset.Path() = filepath.Join(dir, "reason")
	any.Set("true")
	affected.SetArray([]string{"a,b", `c"d`})
	nowhere.Set("2")
	if err := s.Write(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"any": "true", "deep/affected": `["a,b","c\"d"]`} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "reason")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a result without a value was written: %v", err)
	}
}

func TestEmptyArrayIsAList(t *testing.T) {
	var s Set
	v := s.Add("affected", "", true)
	v.SetArray(nil)
	if v.value != "[]" {
		t.Errorf("got %q, want []", v.value)
	}
}

func TestTooLargeWritesNothing(t *testing.T) {
	dir := t.TempDir()
	var s Set
	small, large := s.Add("any", "", false), s.Add("affected", "", true)
	*small.Path(), *large.Path() = filepath.Join(dir, "any"), filepath.Join(dir, "affected")
	small.Set("true")
	large.SetArray(strings.Split(strings.Repeat("service,", 500), ","))
	err := s.Write()
	if !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "affected") {
		t.Fatalf("got %v, want ErrTooLarge that names the result", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %v behind", left)
	}
}

// Quotes are escaped twice on the way, so they count more than once.
func TestSizeCountsTheEncodedMessage(t *testing.T) {
	var s Set
	v := s.Add("affected", "", true)
	v.SetArray(strings.Split(strings.Repeat("x,", 700), ","))
	if len(v.value) > MaxBytes {
		t.Fatalf("the plain value is %d bytes already", len(v.value))
	}
	if err := (carrier{limit: MaxBytes}).fits([]*Value{v}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}

func TestFlagName(t *testing.T) {
	if got := (&Value{Name: "IMAGE_DIGEST"}).Flag(); got != "result-image-digest" {
		t.Error(got)
	}
}
