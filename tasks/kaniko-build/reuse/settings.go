// SPDX-License-Identifier: Apache-2.0

package reuse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/adze-ci/adze/tasks/kaniko-build/recipe"
)

// settings are the ingredients that are known without a registry and without the
// service's files.
func (s *search) settings(args map[string]string) (ingredients, error) {
	in := ingredients{
		inputs: s.inputHash, target: s.recipe.Target, platform: s.plan.Platform, args: args, extra: s.extraArgs,
		ignored: s.ignored, reproducible: s.reproducible, rootOwned: s.rootOwned,
	}
	for _, arg := range s.recipe.BuildArgs {
		if !strings.Contains(arg, "=") {
			return in, fmt.Errorf("the build argument %s has no value, and takes away that of the Dockerfile", arg)
		}
	}
	var err error
	if in.secrets, err = recipe.SecretIDs(s.secrets); err != nil {
		return in, err
	}
	if in.executor, err = s.executorSum(); err != nil {
		return in, fmt.Errorf("reading the executor: %w", err)
	}
	return in, nil
}

// sumOf is the hash of a file.
func sumOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it is only read
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}
