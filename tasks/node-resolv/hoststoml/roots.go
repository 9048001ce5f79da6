// SPDX-License-Identifier: Apache-2.0

package hoststoml

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
)

// Roots lists the folders, by their node paths, in which containerd looks for a
// registry's folder: the registry config_path of its configuration at config, a
// node path, and of what that imports. Where none is named, or there is no
// configuration, there are none: containerd before 2.2 then looks nowhere, and
// from then on in /etc/containerd/certs.d and /etc/docker/certs.d.
//
// Configurations of the versions 1 to 3 are read. As in containerd, a file's
// section for a plugin replaces the whole section of the files before it.
func Roots(etc nodefile.Etc, config string) ([]string, error) {
	sections := map[string]string{}
	seen := map[string]bool{}
	for todo := []string{config}; len(todo) > 0; todo = todo[1:] {
		if name := todo[0]; !seen[name] {
			seen[name] = true
			imports, err := readConfig(etc, name, sections)
			if err != nil {
				return nil, fmt.Errorf("reading containerd's configuration %s: %w", name, err)
			}
			todo = append(todo, imports...)
		}
	}
	for _, plugin := range registryPlugins() {
		if list, ok := sections[plugin]; ok {
			return slices.DeleteFunc(strings.Split(list, ":"), func(dir string) bool { return dir == "" }), nil
		}
	}
	return nil, nil
}

// registryPlugins are the plugins that pull images, as configurations of the
// versions 3, 2 and 1 name them.
// https://github.com/containerd/containerd/blob/main/docs/cri/config.md
func registryPlugins() []string {
	return []string{"io.containerd.cri.v1.images", "io.containerd.grpc.v1.cri", "cri"}
}

// readConfig takes a file's config_path of each plugin into sections, and lists
// the files that it imports.
func readConfig(etc nodefile.Etc, name string, sections map[string]string) ([]string, error) {
	target, err := etc.Follow(name)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(etc.Local(target))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var file struct {
		Imports []string                  `toml:"imports"`
		Plugins map[string]map[string]any `toml:"plugins"`
	}
	if err := toml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for plugin, section := range file.Plugins {
		registry, _ := section["registry"].(map[string]any)
		list, _ := registry["config_path"].(string)
		sections[plugin] = list
	}
	return importsOf(etc, name, file.Imports)
}

// importsOf resolves imports, which may be relative to the file's folder and may
// have a pattern as their last word.
func importsOf(etc nodefile.Etc, config string, imports []string) ([]string, error) {
	var files []string
	for _, name := range imports {
		if !path.IsAbs(name) {
			name = path.Join(path.Dir(config), name)
		}
		if !strings.ContainsAny(name, "*?[") {
			files = append(files, name)
			continue
		}
		matches, err := glob(etc, name)
		if err != nil {
			return nil, err
		}
		files = append(files, matches...)
	}
	return files, nil
}

// glob lists the files of one folder that match, in order.
func glob(etc nodefile.Etc, pattern string) ([]string, error) {
	dir, err := etc.Follow(path.Dir(pattern))
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(etc.Local(dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		ok, err := path.Match(path.Base(pattern), e.Name())
		if err != nil {
			return nil, fmt.Errorf("the import %s: %w", pattern, err)
		}
		if ok {
			files = append(files, path.Join(dir, e.Name()))
		}
	}
	return files, nil
}
