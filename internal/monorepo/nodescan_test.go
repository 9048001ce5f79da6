// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"testing"
)

func TestNode(t *testing.T) {
	for _, c := range []struct {
		name  string
		files texts
		want  string
	}{
		{"a workspace of npm", texts{
			"package.json": `{"name": "root", "workspaces": ["services/*", "libs/*"]}`, "package-lock.json": "{}", "README.md": "",
			"a/package.json":      "{\"dependencies\": {\n\"b\": \"^1.0.0\",\n\"lib\": \"*\"}, \"devDependencies\":\n {\"tool\": \"9.9.9\"}, \"peerDependencies\": {\"far\": \"1\"}}",
			"b/package.json":      `{"name": "b"}`,
			"lib/package.json":    "{\"name\": \"lib\",\n\"optionalDependencies\": {\"deep\": \"*\"}}",
			"deep/package.json":   `{"name": "deep", "dependencies": {"lib": "*"}}`,
			"tool/package.json":   `{"name": "tool"}`,
			"unused/package.json": `{"name": "unused"}`,
		}, "node:package.json@package.json node:package-lock.json@package-lock.json node:libs/lib@services/a/package.json:3 " +
			"node:libs/deep@libs/lib/package.json:2 node:libs/tool@services/a/package.json:4 node→b@services/a/package.json:2"},
		{"a workspace of yarn, with all its files", texts{
			"package.json": `{"workspaces": {"packages": ["services/**"]}, "resolutions": {"x": "file:./libs/lib", "y": "patch:y@npm:1#~/.yarn/y.patch"}}`,
			"yarn.lock":    "", ".yarnrc.yml": "", ".npmrc": "", ".yarn/y.patch": "",
			"a/package.json":   `{"dependencies": {"b": "workspace:^", "c": "workspace:services/b"}}`,
			"b/package.json":   `{"name": "b"}`,
			"lib/package.json": `{"dependencies": {"deep": "link:../deep"}}`, "deep/x": "",
		}, "node:package.json@package.json node:.npmrc@.npmrc node:yarn.lock@yarn.lock node:.yarnrc.yml@.yarnrc.yml node:libs/lib@package.json:1 " +
			"node:libs/deep@libs/lib/package.json:1 node:.yarn/y.patch@package.json:1 node→b@services/a/package.json:1"},
		{"a workspace of pnpm", texts{
			"pnpm-workspace.yaml": "packages:\n- services/*\n- libs/**\n- '!libs/old'\noverrides:\n  z: link:libs/z\npatchedDependencies:\n  y@1: patches/y.patch\n",
			"package.json":        "{}", "pnpm-lock.yaml": "", ".pnpmfile.cjs": "",
			"a/package.json":   `{"dependencies": {"other": "workspace:lib@*", "old": "*"}}`,
			"lib/package.json": `{"name": "lib"}`, "old/package.json": `{"name": "old"}`, "patches/y.patch": "",
		}, "node:package.json@package.json node:pnpm-workspace.yaml@pnpm-workspace.yaml node:pnpm-lock.yaml@pnpm-lock.yaml " +
			"node:.pnpmfile.cjs@.pnpmfile.cjs node:libs/z@pnpm-workspace.yaml:6 node:patches/y.patch@pnpm-workspace.yaml:8 " +
			"node:libs/lib@services/a/package.json:1"},
		{"paths without a workspace", texts{
			"package.json":   `{"name": "not of it"}`,
			"a/package.json": "{\"dependencies\": {\n\"b\": \"file:../b\",\n\"l\": \"../../libs/lib\",\n\"t\": \"file:../../t-1.0.0.tgz\",\n\"o\": \"file:../../../out\",\n\"me\": \"file:.\"}}",
			"b/package.json": `{"name": "b"}`, "lib/package.json": `{"dependencies": {"deep": "portal:../deep"}}`,
		}, "node:libs/lib@services/a/package.json:3 node:libs/deep@libs/lib/package.json:1 node:t-1.0.0.tgz@services/a/package.json:4 node→b@services/a/package.json:2"},
		{"a package deep in the service's folder", texts{
			"package.json":       `{"workspaces": ["services/*/*", "libs/*"]}`,
			"a/web/package.json": `{"dependencies": {"lib": "*"}}`, "lib/package.json": `{"name": "lib"}`,
			"a/node_modules/x/package.json": `{"dependencies": {"lib": "file:../../../../libs/no"}}`,
		}, "node:package.json@package.json node:libs/lib@services/a/web/package.json:1"},
		{"a project in a project", texts{
			"package.json":       `{"workspaces": ["services/*", "libs/*"]}`,
			"a/package.json":     `{"workspaces": ["web"], "dependencies": {"inner": "*"}}`,
			"a/web/package.json": `{"name": "web", "dependencies": {"lib": "*"}}`,
			"lib/package.json":   `{"name": "lib", "workspaces": ["inner"]}`, "lib/inner/package.json": `{"name": "inner"}`,
		}, "node:package.json@package.json node:libs/lib/inner@services/a/package.json:1 node:libs/lib/package.json@libs/lib/package.json node:libs/lib@services/a/web/package.json:1"},
		{"a package in another service's folder", texts{
			"package.json":   `{"workspaces": ["services/**"]}`,
			"a/package.json": `{"dependencies": {"client": "*"}}`, "b/client/package.json": `{"name": "client"}`,
		}, "node:package.json@package.json node:services/b/client@services/a/package.json:1"},
		{"no Node", texts{"package.json": "what", "pnpm-workspace.yaml": "- what\n"}, ""},
		{"no member", texts{"package.json": `{"workspaces": ["libs/*"]}`, "a/package.json": `{"dependencies": {"lib": "*"}}`, "lib/package.json": `{"name": "lib"}`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := texts{"services/a/Dockerfile": "FROM x\n", "services/b/Dockerfile": "FROM x\n"}
			for name, text := range c.files {
				switch name[:min(2, len(name))] {
				case "a/", "b/":
					name = "services/" + name
				case "li", "de", "to", "un", "ol":
					name = "libs/" + name
				}
				files[name] = text
			}
			if got := depends(scanned(t, files), "a"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestNodeFaults(t *testing.T) {
	for name, files := range map[string]texts{
		"a/package.json":      {"a/package.json": "{\n"},
		"package.json":        {"a/package.json": "{}", "package.json": "{,}"},
		"pnpm-workspace.yaml": {"a/package.json": "{}", "pnpm-workspace.yaml": "- a\n"},
		"b/package.json":      {"a/package.json": "{}", "package.json": `{"workspaces": ["a", "b"]}`, "b/package.json": "x"},
		"lib/package.json":    {"a/package.json": `{"dependencies": {"b": "link:../lib"}}`, "lib/package.json": "x"},
	} {
		files["a/Dockerfile"] = "FROM x\n"
		files["z/Dockerfile"], files["z/package.json"] = "FROM x\n", `{"dependencies": {"a": "file:../a"}}`
		g := scan(t, files)
		if len(g.Faults) != 1 || g.Faults[0].File != name {
			t.Errorf("%s: faults %v", name, g.Faults)
		}
	}
}

// What is asked for does not grow with the number of services.
func TestNodeIsReadInFewRounds(t *testing.T) {
	asked := func(n int) string {
		files := texts{"package.json": `{"workspaces": ["s/*", "libs/*"]}`, "libs/l/package.json": `{"name": "l"}`}
		var all []Service
		for i := range n {
			dir := fmt.Sprint("s/", i)
			all = append(all, Service{Name: dir, Path: dir, Context: dir, Dockerfile: dir + "/Dockerfile"})
			files[dir+"/Dockerfile"] = "FROM x\n"
			files[dir+"/package.json"] = fmt.Sprintf(`{"name": "s%d", "dependencies": {"s%d": "*", "l": "*"}}`, i, (i+1)%n)
		}
		c := &counted{texts: files}
		g, err := Scan(t.Context(), &Config{Derive: []string{"node"}}, Services{All: all}, c)
		if err != nil || len(g.Faults) > 0 {
			t.Fatal(err, g)
		}
		if got := len(g.Affected([]string{"s/2/x"}, nil)); got != n {
			t.Errorf("%d of %d are affected", got, n)
		}
		return fmt.Sprint(c.walks, c.lists, c.reads)
	}
	if few, many := asked(3), asked(300); few != many || few != "1 2 3" {
		t.Errorf("asked %s for 3 services and %s for 300", few, many)
	}
}
