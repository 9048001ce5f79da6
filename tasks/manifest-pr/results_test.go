// SPDX-License-Identifier: Apache-2.0

package manifestpr

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/manifest-pr/propose"
)

// withResults are options whose results go to a folder.
func withResults(t *testing.T) (*options, string) {
	t.Helper()
	o, dir := &options{}, t.TempDir()
	flags := step.FlagsOf(step.Command{New: func() step.Options { return o }})
	for _, v := range flags.Results.Values() {
		if err := flags.Set(v.Flag(), filepath.Join(dir, v.Name)); err != nil {
			t.Fatal(err)
		}
	}
	return o, dir
}

// opened are services whose pull requests were opened.
func opened(count int) (*tally, []string) {
	all, names := &tally{}, []string{}
	for i := range count {
		name := fmt.Sprintf("service-%03d", i)
		names = append(names, name)
		all.lines = append(all.lines, line{Service: name, Outcome: propose.Opened, Number: i, URL: fmt.Sprintf("https://github.com/example/monorepo/pull/%d", i)})
	}
	return all, names
}

func TestResultsOfManyPullRequests(t *testing.T) {
	for _, tc := range []struct {
		count   int
		numbers bool
		urls    string
	}{
		{3, true, `["https://github.com/example/monorepo/pull/0","https://github.com/example/monorepo/pull/1","https://github.com/example/monorepo/pull/2"]`},
		{200, false, `["https://github.com/example/monorepo/pulls?q=is%3Apr+is%3Aopen+head%3Aadze%2F"]`},
	} {
		o, dir := withResults(t)
		all, names := opened(tc.count)
		if err := errors.Join(o.results.reserve(names, "https://github.com/example/monorepo"), all.hand(o, slog.New(slog.DiscardHandler)), o.results.set.Write()); err != nil {
			t.Fatalf("%d services: %v", tc.count, err)
		}
		urls, _ := os.ReadFile(filepath.Join(dir, "pull-request-urls"))
		if string(urls) != tc.urls {
			t.Errorf("%d services: the addresses are %s", tc.count, urls)
		}
		if _, err := os.Stat(filepath.Join(dir, "numbers")); (err == nil) != tc.numbers {
			t.Errorf("%d services: numbers: %v", tc.count, err)
		}
		outcome, _ := os.ReadFile(filepath.Join(dir, "outcome"))
		if got := strings.Count(string(outcome), `"service-`); got != tc.count {
			t.Errorf("%d services: the outcome names %d", tc.count, got)
		}
	}
}

// What could not be told is not begun.
func TestTooManyServicesAreRefusedBeforehand(t *testing.T) {
	o, dir := withResults(t)
	_, names := opened(400)
	err := o.results.reserve(names, "https://github.com/example/monorepo")
	if step.CodeOf(err) != step.CodeMisused || !errors.Is(err, result.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	if err := o.results.set.Write(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("it wrote %v", left)
	}
}
