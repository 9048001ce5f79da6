// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/adze-ci/adze/internal/plan"
)

// keyFormat begins what is hashed. It changes when images come to be built
// otherwise from the same ingredients.
const keyFormat = "adze-build-v2"

// ingredients are all that decides what an image holds, but for what its RUN
// lines fetch by themselves.
type ingredients struct {
	// inputs is the hash of the files.
	inputs string
	// context and dockerfile are paths, relative to one folder.
	context, dockerfile string
	target, platform    string
	args                map[string]string
	// extra are the executor's arguments, in their order.
	extra []string
	bases []plan.Base
	// executor is the hash of the program that builds.
	executor string
	// secrets are the names of build secrets; what they hold is no ingredient.
	secrets []string
	// ignored are paths that no layer tells of.
	ignored                 []string
	reproducible, rootOwned bool
}

// key is the build key: the hash of lines that end in NUL, which no argument of
// a process and no path can hold.
func (i ingredients) key() string {
	lines := []string{
		keyFormat, "inputs " + i.inputs, "context " + i.context, "dockerfile " + i.dockerfile,
		"target " + i.target, "platform " + i.platform, "executor " + i.executor,
		fmt.Sprintf("reproducible %t", i.reproducible), fmt.Sprintf("root-owned %t", i.rootOwned),
	}
	for _, name := range slices.Sorted(maps.Keys(i.args)) {
		lines = append(lines, "arg "+name+"="+i.args[name])
	}
	for _, list := range []struct {
		word  string
		words []string
	}{{"extra", i.extra}, {"secret", sorted(i.secrets)}, {"ignored", sorted(i.ignored)}} {
		for _, word := range list.words {
			lines = append(lines, list.word+" "+word)
		}
	}
	for _, b := range i.bases {
		lines = append(lines, "base "+b.Name+" "+b.Digest)
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\x00") + "\x00"))
	return hex.EncodeToString(sum[:])
}

// sorted are words each of which counts once, in any order.
func sorted(words []string) []string { return slices.Compact(slices.Sorted(slices.Values(words))) }
