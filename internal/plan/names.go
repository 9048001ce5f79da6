// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// nameFiles say where names lead. A kubelet and its container runtime mount one and
// the same file of each into all containers of a Pod, and root may write to it in any:
// what a RUN line writes there would lead the steps after the build to registries and
// scanners of its own.
func nameFiles() []string { return []string{"/etc/hosts", "/etc/resolv.conf"} }

// sumNames is what these files hold, as hashes, where this process is in a Pod.
func sumNames() (map[string]string, error) {
	if os.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return nil, nil
	}
	sums := map[string]string{}
	for _, file := range nameFiles() {
		sum, err := sumFile(file)
		if err != nil {
			return nil, err
		}
		sums[file] = sum
	}
	return sums, nil
}

// checkNames holds the files to what they were when the plan was made.
func (p *Plan) checkNames() error {
	for file, want := range p.Names {
		got, err := sumFile(file)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%s, which the containers of a Pod share, is not what it was before the build: a RUN line may have written to it, and names may lead elsewhere", file)
		}
	}
	return nil
}

// A kubelet empties /etc/hosts and writes it anew each time that it starts a container
// of the Pod, and on a busy node it still does so while the first ones run.
const (
	emptyLooks = 40
	emptyPause = 50 * time.Millisecond
)

// sumFile is the hash of a file; empty where there is none. One that holds nothing is
// looked at again for a while.
func sumFile(file string) (string, error) {
	for look := 1; ; look++ {
		raw, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", nil
		case err != nil:
			return "", err
		case len(raw) > 0 || look == emptyLooks:
			sum := sha256.Sum256(raw)
			return hex.EncodeToString(sum[:]), nil
		}
		time.Sleep(emptyPause)
	}
}
