// SPDX-License-Identifier: Apache-2.0

package manifest

import "bytes"

// hasMarker tells whether a file may hold a marker.
func hasMarker(src []byte) bool {
	return bytes.Contains(src, []byte("$imagepolicy")) || bytes.Contains(src, []byte("# adze:"))
}
