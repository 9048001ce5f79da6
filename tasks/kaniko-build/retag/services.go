// SPDX-License-Identifier: Apache-2.0

package retag

import (
	"bufio"
	"os"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// service is one that a commit leaves as it was.
type service struct {
	// image is its repository, with the registry and without a tag.
	name, image string
	// commits are those since which it is as it was; the first that has an image counts.
	commits []string
}

// readServices reads lines of name, image and commits, with tabs between.
func readServices(file string) ([]service, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, step.Misuse("reading the services: %w", err)
	}
	defer f.Close() //nolint:errcheck // it is only read
	var all []service
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Split(lines.Text(), "\t")
		if len(words) < 3 || words[0] == "" || words[1] == "" {
			return nil, step.Misuse("%s:%d: want a service's name, its image and a commit, with tabs between", file, n)
		}
		all = append(all, service{words[0], words[1], words[2:]})
	}
	if err := lines.Err(); err != nil {
		return nil, step.Misuse("reading the services: %w", err)
	}
	return all, nil
}
