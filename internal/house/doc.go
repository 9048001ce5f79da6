// SPDX-License-Identifier: Apache-2.0

// Package house holds the rules of this repository as tests: what lives
// where, who may import whom, what each binary may link. It has no code that
// ships.
package house
