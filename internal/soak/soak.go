// SPDX-License-Identifier: Apache-2.0

// Package soak says how long random tests go on.
//
// In CI a test goes through a few seeds, the same ones each time, so that what
// fails does so again. `make soak` goes through many, from a first seed of its
// own that it prints. Each seed is a subtest that bears its number; to have one
// again:
//
//	ADZE_SOAK=1 ADZE_SEED=48879 go test -run TestName ./its/package
package soak

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// The variables that `make soak` sets: how many seeds, and which is the first.
const (
	countVar = "ADZE_SOAK"
	seedVar  = "ADZE_SEED"
)

// Long tells whether tests are to go on for long, and so may try every case of
// which CI tries a sample.
func Long() bool { return os.Getenv(countVar) != "" }

// Each runs a test once for each seed, as a subtest: for a few seeds, or for as
// many as ADZE_SOAK says, from ADZE_SEED on.
func Each(t *testing.T, few uint64, test func(t *testing.T, rnd *rand.Rand)) {
	t.Helper()
	count, first := number(t, countVar, few), number(t, seedVar, 1)
	for seed := first; seed < first+count; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			test(t, rand.New(rand.NewPCG(seed, 11))) //nolint:gosec // chance that can be had again is wanted
		})
	}
}

// number reads a variable; where it is not set, otherwise holds.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: want a number: %v", name, err)
	}
	return n
}
