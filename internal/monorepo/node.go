// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"errors"
	"fmt"
	"strings"
)

// NodePackage is what a package.json file says of other packages
// (https://docs.npmjs.com/cli/configuring-npm/package-json).
type NodePackage struct {
	// Name is the package's own name; empty where the file gives none.
	Name string
	// Needs are its dependencies of all kinds.
	Needs []NodeNeed
	// Forced are the specifiers that resolutions and overrides set for all
	// packages of the project, and the files of patches.
	Forced []Named
	// Workspaces are globs of the folders of the project's other packages.
	Workspaces []string
}

// NodeNeed is a dependency of a package.
type NodeNeed struct {
	// Name is the name by which it is imported.
	Name string
	// Spec says what is meant: a range, a path, a URL.
	Spec string
	// Line is where it stands.
	Line int
}

// ReadPackageJSON reads a package.json file. Its errors begin with a line.
func ReadPackageJSON(data []byte) (*NodePackage, error) {
	v, err := parseJSON(data)
	if err != nil {
		return nil, fmt.Errorf("reading package.json: %w", err)
	}
	if v.fields == nil && strings.Trim(string(data), "\xef\xbb\xbf{} \t\r\n") != "" {
		return nil, errors.New("reading package.json: line 1: want an object")
	}
	p := &NodePackage{}
	for _, name := range v.get("name") {
		p.Name = name.text
	}
	for _, kind := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		for _, needs := range v.get(kind) {
			for _, f := range needs.fields {
				p.Needs = append(p.Needs, NodeNeed{f.key, f.text, f.line})
			}
		}
	}
	p.Forced = forced(v)
	for _, w := range v.get("workspaces") {
		for _, list := range append(w.get("packages"), w) {
			for _, item := range list.items {
				p.Workspaces = append(p.Workspaces, item.text)
			}
		}
	}
	return p, nil
}

// forced are the specifiers of yarn's resolutions and of npm's and pnpm's
// overrides, and the paths of pnpm's patches.
func forced(v jsonValue) []Named {
	var found []Named
	for _, section := range append(v.get("resolutions"), v.get("overrides")...) {
		found = append(found, section.words()...)
	}
	for _, pnpm := range v.get("pnpm") {
		for _, section := range pnpm.get("overrides") {
			found = append(found, section.words()...)
		}
		for _, section := range pnpm.get("patchedDependencies") {
			found = append(found, patches(section.words())...)
		}
	}
	return found
}

// patches makes paths of words that are paths, with or without "./".
func patches(words []Named) []Named {
	for i := range words {
		words[i].Name = "file:" + words[i].Name
	}
	return words
}

// nodeSpec is what a dependency's specifier means in the repository.
type nodeSpec struct {
	// paths are relative to the package's folder, fromRoot to the project's.
	paths, fromRoot []string
	// name is the package that is meant under another name.
	name string
}

// readSpec reads a specifier
// (https://docs.npmjs.com/cli/using-npm/package-spec, https://pnpm.io/workspaces,
// https://yarnpkg.com/protocols). A range or URL means nothing here.
func readSpec(spec string) nodeSpec {
	protocol, rest, ok := strings.Cut(spec, ":")
	switch {
	case ok && (protocol == "file" || protocol == "link" || protocol == "portal" || protocol == "exec"):
		return nodeSpec{paths: []string{plainPath(rest)}}
	case ok && protocol == "patch":
		return patchSpec(rest)
	case ok && protocol == "workspace":
		return workspaceSpec(rest)
	case ok && protocol == "npm":
		return nodeSpec{name: aliased(rest)}
	case spec == "." || spec == ".." || strings.HasPrefix(spec, "./") || strings.HasPrefix(spec, "../"),
		strings.HasPrefix(spec, `.\`), strings.HasPrefix(spec, `..\`), !ok && isTarball(spec):
		return nodeSpec{paths: []string{plainPath(spec)}}
	}
	return nodeSpec{}
}

// workspaceSpec reads what follows "workspace:": a range, "name@range", or a
// path, which pnpm takes from the package's folder and yarn from the project's.
func workspaceSpec(rest string) nodeSpec {
	if strings.HasPrefix(rest, ".") || strings.Contains(rest, "/") && !strings.HasPrefix(rest, "@") {
		return nodeSpec{paths: []string{rest}, fromRoot: []string{rest}}
	}
	if name := aliased(rest); name != "" || rest == "" || strings.ContainsAny(rest[:1], "*^~<>=0123456789") {
		return nodeSpec{name: name}
	}
	return nodeSpec{fromRoot: []string{rest}}
}

// patchSpec reads what follows yarn's "patch:": the package that is patched,
// "#", and the patches, those with "~/" from the project's folder.
func patchSpec(rest string) nodeSpec {
	inner, files, _ := strings.Cut(rest, "#")
	_, inner, _ = strings.Cut(strings.TrimPrefix(inner, "@"), "@")
	spec := readSpec(strings.ReplaceAll(inner, "%3A", ":"))
	files, _, _ = strings.Cut(files, "::")
	for file := range strings.SplitSeq(files, "&") {
		file = strings.TrimPrefix(file, "optional!")
		if rooted, ok := strings.CutPrefix(file, "~/"); ok {
			spec.fromRoot = append(spec.fromRoot, rooted)
		} else if file != "" && !strings.HasPrefix(file, "~") && !strings.HasPrefix(file, "builtin<") {
			spec.paths = append(spec.paths, file)
		}
	}
	return spec
}

// aliased is the name in "name@range"; empty where there is a range alone.
func aliased(rest string) string {
	if i := strings.LastIndexByte(rest, '@'); i > 0 {
		return rest[:i]
	}
	if strings.HasPrefix(rest, "@") {
		return rest
	}
	return ""
}

// plainPath is a path without what URLs may have around it.
func plainPath(p string) string {
	p, _, _ = strings.Cut(p, "::")
	p, _, _ = strings.Cut(p, "#")
	if rest, ok := strings.CutPrefix(p, "//"); ok && strings.HasPrefix(rest, ".") {
		return rest
	}
	return p
}

func isTarball(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".tgz") || strings.HasSuffix(name, ".tar.gz") || strings.HasSuffix(name, ".tar")
}
