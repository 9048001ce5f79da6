// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adze-ci/adze/internal/run"
)

// format changes when the way in which tools are built does.
const format = "1"

// key names a build by all that goes into it.
func (r recipe) key(ctx context.Context, src string) (string, error) {
	toolchain, err := run.Command{Path: "go", Args: []string{"env", "GOVERSION", "GOOS", "GOARCH"}, Dir: src}.Output(ctx)
	if err != nil {
		return "", fmt.Errorf("asking go for its version: %w", err)
	}
	return r.keyFor(string(toolchain), os.DirFS(src))
}

func (r recipe) keyFor(toolchain string, src fs.FS) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %q %q %q\n", format, toolchain, r.packages, r.ldflags, r.env) //nolint:errcheck // a hash takes all
	err := fs.WalkDir(src, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !matters(path) {
			return err
		}
		text, err := fs.ReadFile(src, path)
		fmt.Fprintf(h, "%q %q\n", path, text) //nolint:errcheck // a hash takes all
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the sources of tool %s: %w", r.name, err)
	}
	return hex.EncodeToString(h.Sum(nil))[:keyLength], nil
}

// keyLength is the number of hexadecimal digits of a key.
const keyLength = 16

// matters reports whether a file of a tool's folder gets into its programs.
func matters(path string) bool {
	base := filepath.Base(path)
	return !strings.HasPrefix(base, ".") && !strings.HasSuffix(base, "_test.go") && !strings.HasSuffix(base, ".md")
}
