// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/adze-ci/adze/e2e/progress"
	"github.com/adze-ci/adze/internal/run"
)

// packages tells which Debian package holds a program.
var packages = map[string]string{
	"docker": "docker.io", "dockerd": "docker.io", "gcc": "gcc", "git": "git", "mmdebstrap": "mmdebstrap", "skopeo": "skopeo",
}

// MissingError lists the programs that are not there and cannot be installed
// without the user.
type MissingError struct{ Programs []string }

// Error names every program and the command that installs all.
func (e *MissingError) Error() string {
	var names []string
	for _, p := range e.Programs {
		names = append(names, packages[p])
	}
	slices.Sort(names)
	text := fmt.Sprintf("missing: %s\nhint: on Debian: sudo apt-get install --no-install-recommends %s",
		strings.Join(e.Programs, ", "), strings.Join(slices.Compact(names), " "))
	if slices.Contains(e.Programs, "dockerd") {
		text += "\nhint: or start a Docker daemon elsewhere and name it in DOCKER_HOST"
	}
	return text
}

// Provide gives the path of a program, which is installed if need be, as root on
// Debian. Elsewhere what is missing is a [MissingError].
func Provide(ctx context.Context, w io.Writer, program string) (string, error) {
	if err := provide(ctx, w, []string{program}); err != nil {
		return "", err
	}
	return find(program), nil
}

// provide installs the programs that are missing, as root on Debian.
func provide(ctx context.Context, w io.Writer, programs []string) error {
	missing := slices.DeleteFunc(slices.Clone(programs), func(p string) bool { return find(p) != "" })
	if len(missing) == 0 {
		return nil
	}
	if os.Geteuid() != 0 || find("apt-get") == "" {
		return &MissingError{Programs: missing}
	}
	return install(ctx, w, missing)
}

// find looks a program up in PATH and where daemons are kept.
func find(program string) string {
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/sbin", "/usr/local/sbin"} {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

func install(ctx context.Context, w io.Writer, programs []string) error {
	var names []string
	for _, p := range programs {
		names = append(names, packages[p])
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return progress.Do(w, "installing "+strings.Join(names, ", "), func() error {
		env := append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
		for _, args := range [][]string{
			{"update", "-q"},
			append([]string{"install", "-q", "--yes", "--no-install-recommends"}, names...),
		} {
			if err := (run.Command{Path: "apt-get", Args: args, Env: env}).Run(ctx); err != nil {
				return fmt.Errorf("installing %s: %w", strings.Join(names, ", "), err)
			}
		}
		return nil
	})
}
