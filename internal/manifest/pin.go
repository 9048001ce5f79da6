// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"regexp"

	"go.yaml.in/yaml/v3"
)

// bareDigest is a digest without its algorithm, which some charts put before it.
var bareDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

const bareAlgorithm = "sha256:"

// pinKeys are the keys under which a mapping may pin a digest. What else stands
// under sha, a commit for one, is not looked at.
var pinKeys = [...]string{"digest", "sha", "sha256"}

// pins lists the values of a mapping that pin a digest.
func pins(m *yaml.Node) []held {
	var all []held
	for _, key := range pinKeys {
		value := text(m, key)
		if value != "" && (key == pinKeys[0] || isDigest(value)) {
			all = append(all, lookup(m, key))
		}
	}
	return all
}

func isDigest(value string) bool {
	return bareDigest.MatchString(value) || digestPattern.MatchString(value)
}

// pinned is the digest that a mapping pins, with its algorithm; empty when it pins none.
func pinned(m *yaml.Node) string {
	all := pins(m)
	if len(all) == 0 {
		return ""
	}
	digest := resolve(all[0].at).Value
	if bareDigest.MatchString(digest) {
		return bareAlgorithm + digest
	}
	return digest
}
