// SPDX-License-Identifier: Apache-2.0

package step

import (
	"encoding/json"
	"strings"
)

// JSON is an answer for stdout: indented, with a line end, and with <, > and &
// as they are.
func JSON(answer any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(answer)
	return b.String(), err
}
