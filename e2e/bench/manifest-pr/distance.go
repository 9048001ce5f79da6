// SPDX-License-Identifier: Apache-2.0

package main

// distance is how few bytes have to be deleted from a and inserted into it to
// make it b, by the algorithm of E. Myers, An O(ND) Difference Algorithm and Its
// Variations, 1986.
func distance(a, b []byte) int {
	most := len(a) + len(b)
	reached := make([]int, 2*most+3) // the furthest of a on each diagonal
	for d := 0; d <= most; d++ {
		for k := -d; k <= d; k += 2 {
			at := reached[most+k] + 1 // from the left: one of a deleted
			if k == -d || k != d && reached[most+k] < reached[most+k+2] {
				at = reached[most+k+2] // from above: one of b inserted
			}
			for at < len(a) && at-k < len(b) && a[at] == b[at-k] {
				at++
			}
			if reached[most+k+1] = at; at >= len(a) && at-k >= len(b) {
				return d
			}
		}
	}
	return most
}
