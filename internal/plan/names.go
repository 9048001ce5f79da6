// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

// sumFile is the hash of a file; empty where there is none.
func sumFile(file string) (string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // it is only read
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}
