// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// containers are those of a workload's pod template.
func containers(o kubeyaml.Object) []kubeyaml.Object {
	list, _ := o.At("spec", "template", "spec")["containers"].([]any)
	var all []kubeyaml.Object
	for _, c := range list {
		if c, ok := c.(map[string]any); ok {
			all = append(all, c)
		}
	}
	return all
}

// first reports whether others need o to be there before them.
func first(o kubeyaml.Object) bool {
	return slices.Contains([]string{"Namespace", "CustomResourceDefinition"}, o.Kind())
}

// fingerprint is a short hash of all that is given.
func fingerprint(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d\n%s", len(part), part) //nolint:errcheck // a hash takes all
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
