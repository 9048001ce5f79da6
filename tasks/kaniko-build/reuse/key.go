// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plan"
)

// keyFormat begins what is hashed. It changes when images come to be built
// otherwise from the same ingredients.
const keyFormat = "adze-build-v1"

// tagPrefix and a key make the tag under which an image is found again.
const tagPrefix = "adze-build-"

// ingredients are all that decides what an image holds, but for what its RUN
// lines fetch by themselves.
type ingredients struct {
	// inputs is the hash of the files.
	inputs string
	// context and dockerfile are paths, relative to one folder.
	context, dockerfile string
	target, platform    string
	args                map[string]string
	extra               []string
	bases               []plan.Base
}

// key is the build key: the hash of lines that end in NUL, which no argument of
// a process and no path can hold.
func (i ingredients) key() string {
	lines := []string{
		keyFormat, "inputs " + i.inputs, "context " + i.context, "dockerfile " + i.dockerfile,
		"target " + i.target, "platform " + i.platform,
	}
	for _, name := range slices.Sorted(maps.Keys(i.args)) {
		lines = append(lines, "arg "+name+"="+i.args[name])
	}
	for _, arg := range i.extra {
		lines = append(lines, "extra "+arg)
	}
	for _, b := range i.bases {
		lines = append(lines, "base "+b.Name+" "+b.Digest)
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\x00") + "\x00"))
	return hex.EncodeToString(sum[:])
}
