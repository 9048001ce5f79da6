// SPDX-License-Identifier: Apache-2.0

package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// format changes when the way in which images are assembled does.
const format = "2"

// key names an image by all that goes into it: the definition, the files, the
// tool's bytes and the base's key. Debian packages count by name alone.
func (b Builder) key(ctx context.Context, d *Definition) (string, error) {
	h := sha256.New()
	if d.Base != "" {
		base, err := Load(d.Base)
		if err != nil {
			return "", err
		}
		below, err := b.key(ctx, base)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, "base", below) //nolint:errcheck // a hash takes all
	}
	definition, err := sources.ReadFile(path.Join(d.Name, "image.yaml"))
	if err != nil {
		return "", err
	}
	files, err := d.root()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "format %s definition %q\n", format, definition) //nolint:errcheck // a hash takes all
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "file %q %q\n", name, files[name]) //nolint:errcheck // a hash takes all
	}
	if d.Tool != nil {
		if err := b.hashTool(ctx, h, d.Tool); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

func (b Builder) hashTool(ctx context.Context, w io.Writer, tool *Tool) error {
	name, err := b.Tool(ctx, tool.Name, tool.Program)
	if err != nil {
		return err
	}
	f, err := os.Open(name) // #nosec G304 -- the path of the program just built
	if err != nil {
		return fmt.Errorf("reading %s: %w", tool.Name, err)
	}
	defer f.Close() //nolint:errcheck // only read
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("reading %s: %w", tool.Name, err)
	}
	return nil
}

// configure gives img the platform and what the definition's config sets.
func (d *Definition) configure(img v1.Image) (v1.Image, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the config of the base of %s: %w", d.Name, err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	if c := d.Config; c.User != "" {
		file.Config.User = c.User
	}
	if c := d.Config; c.WorkingDir != "" {
		file.Config.WorkingDir = c.WorkingDir
	}
	if c := d.Config; c.Env != nil {
		file.Config.Env = c.Env
	}
	if c := d.Config; c.Entrypoint != nil || c.Cmd != nil {
		file.Config.Entrypoint, file.Config.Cmd = c.Entrypoint, c.Cmd
	}
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return nil, fmt.Errorf("writing the config of %s: %w", d.Name, err)
	}
	img = mutate.MediaType(img, types.OCIManifestSchema1)
	return mutate.ConfigMediaType(img, types.OCIConfigJSON), nil
}
