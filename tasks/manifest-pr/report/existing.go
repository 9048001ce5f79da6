// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plain"
)

// existing are the affected services that need no run of their own, for their
// images existed and passed again: those that the task which looked did not leave.
// Their digests are missing where a result could not hold them all.
func existing(changes taskRun) []service {
	results := changes.Status.Results
	if find(results, "any-left").text() == "" {
		return nil // nobody looked
	}
	digests := map[string]string{}
	for _, tagged := range find(results, "tagged").list() {
		name, digest, _ := strings.Cut(tagged, "=")
		digests[name] = plain.Line(digest, maxWord)
	}
	left := find(results, "left").list()
	var all []service
	for _, name := range find(results, "affected").list() {
		if !slices.Contains(left, name) {
			all = append(all, service{Name: name, Image: digests[name], Build: "reused", Gate: "pass"})
		}
	}
	return all
}
