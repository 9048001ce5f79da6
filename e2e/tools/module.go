// SPDX-License-Identifier: Apache-2.0

package tools

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/adze-ci/adze/internal/run"
)

// ModuleDir returns the folder with the source of a module that a tool
// requires, downloaded if need be. What lies there must not be changed.
func ModuleDir(ctx context.Context, name, module string) (string, error) {
	b, err := Default()
	if err != nil {
		return "", err
	}
	out, err := run.Command{Path: "go", Args: []string{"mod", "download", "-json", module}, Dir: b.source(name)}.Output(ctx)
	if err != nil {
		return "", fmt.Errorf("downloading module %s of tool %s: %w", module, name, err)
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", fmt.Errorf("downloading module %s of tool %s: %w", module, name, err)
	}
	return m.Dir, nil
}
