// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/e2e/measure"
)

// line is one of the table.
var line = regexp.MustCompile(`^\| ([^|]+) \| \d+ s \| [\d.]+× \| [\d.]+ [kM]B \| [\d.]+× \| [\d.]+ [kM]B \| [\d.]+× \|$`)

// pushed are the pushes that a table has.
func pushed(t *testing.T, text string) []string {
	t.Helper()
	_, body, ok := strings.Cut(text, header)
	if !ok {
		t.Fatalf("no table headed\n%s in\n%s", header, text)
	}
	var got []string
	for l := range strings.Lines(body) {
		m := line.FindStringSubmatch(strings.TrimSpace(l))
		if m == nil {
			break
		}
		got = append(got, m[1])
	}
	return got
}

// The README keeps what was measured in the form that the program writes.
func TestReadmeKeepsTheTable(t *testing.T) {
	t.Parallel()
	text, err := measure.Between(filepath.Join("..", "..", "..", readme))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := pushed(t, text), []string{rowAll, rowReuse, rowOne}; !slices.Equal(got, want) {
		t.Errorf("%s has the lines %q, the program writes %q", readme, got, want)
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	text := document([]row{
		{rowAll, 200 * time.Second, traffic{30_000_000, 90_000_000}},
		{rowOne, 20 * time.Second, traffic{2_000_000, 60_000_000}},
	})
	for _, want := range []string{"| all twenty are built | 200 s | 10× | 30 MB | 15× | 90 MB | 1.5× |", "| one is wanted, and built | 20 s | 1.0× |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The registry is found in what a kubelet says.
func TestRegistryOf(t *testing.T) {
	t.Parallel()
	const summary = `{"node":{},"pods":[
		{"podRef":{"name":"registry-0","namespace":"other"},"network":{"time":"2026-01-01T00:00:00Z","rxBytes":1,"txBytes":2}},
		{"podRef":{"name":"registry-5987f6d5df-kh425","namespace":"infra"},"network":{"time":"2026-01-02T00:00:00Z","rxBytes":3,"txBytes":4}}]}`
	got, when, err := registryOf([]byte(summary))
	if want := (traffic{received: 3, sent: 4}); err != nil || got != want || when.Day() != 2 {
		t.Errorf("%+v at %s, %v; want %+v", got, when, err, want)
	}
	if _, when, err := registryOf([]byte(`{"pods":[]}`)); err != nil || !when.IsZero() {
		t.Errorf("where it is not: %s, %v", when, err)
	}
	if _, _, err := registryOf([]byte("no")); err == nil {
		t.Error("what is no summary is read")
	}
}
