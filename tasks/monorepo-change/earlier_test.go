// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/gitx"
	"github.com/adze-ci/adze/internal/monorepo"
	"github.com/adze-ci/adze/internal/soak"
)

// randomPaths are the paths of some files, none of which is another's folder.
func randomPaths(rnd *rand.Rand) monorepo.Paths {
	var paths monorepo.Paths
	for range 1 + rnd.IntN(12) {
		var words []string
		for range 1 + rnd.IntN(4) {
			words = append(words, []string{"a", "b", "c", "Dockerfile", "a-b"}[rnd.IntN(5)])
		}
		p := strings.Join(words, "/")
		if !slices.ContainsFunc(paths, func(q string) bool {
			return q == p || strings.HasPrefix(q, p+"/") || strings.HasPrefix(p, q+"/")
		}) {
			paths = append(paths, p)
		}
	}
	return paths
}

// between are the changes from one set of files to another, of which no file
// that stays has another content.
func between(base, head monorepo.Paths) []gitx.Change {
	file := gitx.Entry{Mode: gitx.File}
	var changes []gitx.Change
	for _, p := range base {
		if !slices.Contains(head, p) {
			changes = append(changes, gitx.Change{Path: p, Old: file})
		}
	}
	for _, p := range head {
		if !slices.Contains(base, p) {
			changes = append(changes, gitx.Change{Path: p, New: file})
		}
	}
	slices.SortFunc(changes, func(x, y gitx.Change) int { return strings.Compare(x.Path, y.Path) })
	return changes
}

// The services of a base that are worked out from the head and the changes are
// those that the base's own files make.
func TestServicesOfTheBaseAreWorkedOutRight(t *testing.T) {
	soak.Each(t, 400, func(t *testing.T, rnd *rand.Rand) {
		base, head := randomPaths(rnd), randomPaths(rnd)
		if rnd.IntN(2) == 0 {
			head = append(slices.Clone(base[:rnd.IntN(len(base))]), head...)
			slices.Sort(head)
			head = slices.DeleteFunc(slices.Compact(head), func(p string) bool {
				return slices.ContainsFunc(head, func(q string) bool { return strings.HasPrefix(p, q+"/") })
			})
		}
		for _, discover := range [][]string{{"**"}, {"*"}, {"a/*", "b/**"}} {
			c := monorepo.Default()
			c.Discover = discover
			want, wantErr := c.Resolve(t.Context(), base)
			got, err := c.Resolve(t.Context(), before{head, between(base, head)})
			if (err != nil) != (wantErr != nil) || err == nil && !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, base %q, head %q:\ngot  %+v, %v\nwant %+v, %v", discover, base, head, got, err, want, wantErr)
			}
		}
	})
}
