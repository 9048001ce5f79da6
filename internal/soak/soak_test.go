// SPDX-License-Identifier: Apache-2.0

package soak

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEach(t *testing.T) {
	run := func(few uint64) (names []string, drawn []uint64) {
		Each(t, few, func(t *testing.T, rnd *rand.Rand) {
			names, drawn = append(names, t.Name()), append(drawn, rnd.Uint64())
		})
		return names, drawn
	}
	t.Setenv(countVar, "")
	t.Setenv(seedVar, "")
	names, few := run(2)
	if Long() || !slices.Equal(names, []string{"TestEach/seed_1", "TestEach/seed_2"}) || few[0] == few[1] {
		t.Errorf("in CI: %q drew %d", names, few)
	}
	t.Setenv(countVar, "3")
	t.Setenv(seedVar, "2")
	names, many := run(1)
	if !Long() || len(names) != 3 || many[0] != few[1] {
		t.Errorf("%d seeds from 2 on: %q drew %d, seed 2 drew %d before", 3, names, many, few[1])
	}
}
