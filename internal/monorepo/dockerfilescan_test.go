// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

// built tells what Dockerfiles make a service of.
func built(g *Graph, service string) string {
	var words []string
	for _, in := range g.Inputs[service] {
		name := in.Root
		if in.Pattern != nil {
			name = in.Pattern.Text
		}
		if in.Kind == "copy" {
			words = append(words, fmt.Sprintf("%s@%s", name, in.Place))
		}
	}
	for _, e := range g.Edges[service] {
		words = append(words, fmt.Sprintf("%s→%s@%s", e.Kind, e.To, e.Place))
	}
	return strings.Join(words, " ")
}

func TestCopied(t *testing.T) {
	for _, c := range []struct{ name, context, text, want string }{
		{"from the context", "ms", "FROM x\nCOPY b /\n", "ms/b@ms/a/Dockerfile:2"},
		{"from the own folder", ".", "FROM x\nCOPY ms/a ms/a/*.go ms/a/x /\n", ""},
		{"all", ".", "FROM x\nCOPY . /\n", ".@ms/a/Dockerfile:2"},
		{"a glob", ".", "FROM x\nCOPY b/*.[ch] /\n", "/b/*.[ch]@ms/a/Dockerfile:2"},
		{"a glob of folders", "ms", "FROM x\nCOPY --parents ./**/go.mod /\n", "/ms/**/go.mod@ms/a/Dockerfile:2"},
		{"a class that git reads otherwise", ".", "FROM x\nCOPY b/[!a]/x /\n", "b@ms/a/Dockerfile:2"},
		{"a context with a name like a glob", "odd[1]*", "FROM x\nCOPY b* c /\n", `/odd\[1]\*/b*@ms/a/Dockerfile:2 odd[1]*/c@ms/a/Dockerfile:2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := scanned(t, texts{
				FileName:          head + fmt.Sprintf("services: {list: [{name: a, path: ms/a, context: %q}]}\n", c.context),
				"ms/a/Dockerfile": c.text,
			})
			if got := built(g, "a"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDockerignore(t *testing.T) {
	const config = head + "services: {discover: ['ms/*'], list: [{name: a, path: ms/a, context: .}]}\n"
	for _, c := range []struct {
		name   string
		files  texts
		counts string
		not    string
	}{
		{"names", texts{".dockerignore": "# words\n\n/docs\nout\n"}, "main.go sub/out ms/a/out", "docs docs/x out"},
		{"globs", texts{".dockerignore": "*.md\n**/*.tmp\nsub/?\n"}, "sub/x.md sub/xy", "x.md x.tmp a/b/x.tmp sub/x sub/x/y"},
		{"what is taken back", texts{".dockerignore": "*\n!libs\nlibs/*.md\n!libs/keep.md\n"}, "libs/x libs/deep/x.md libs/keep.md", "x libs/x.md"},
		{"all but one below", texts{".dockerignore": "libs\n!libs/a/b\n"}, "libs/a/b libs/a/b/c", "libs/a libs/a/c"},
		{"the service's folder", texts{".dockerignore": "*\n"}, "ms/a/x ms/a/x.md", "x"},
		{"beside the Dockerfile", texts{".dockerignore": "x\n", "ms/a/Dockerfile.dockerignore": "y\n"}, "x", "y"},
		{"an empty one beside the Dockerfile", texts{".dockerignore": "x\n", "ms/a/Dockerfile.dockerignore": ""}, "x y", ""},
		{"one that is a link", texts{".dockerignore": "-> ms/b/ignore", "ms/b/ignore": "x\n"}, "x", ""},
		{"itself and the Dockerfile", texts{".dockerignore": ".dockerignore\nms\n"}, ".dockerignore ms/a/Dockerfile", "ms/b/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.files[FileName], c.files["ms/a/Dockerfile"] = config, "FROM x\nCOPY . /\n"
			g := scanned(t, c.files)
			for file := range strings.FieldsSeq(c.counts) {
				if names(g.Affected([]string{file}, nil)) != "a" {
					t.Errorf("%s does not count", file)
				}
			}
			for file := range strings.FieldsSeq(c.not) {
				if names(g.Affected([]string{file}, nil)) != "" {
					t.Errorf("%s counts", file)
				}
			}
		})
	}
}

func TestABrokenDockerignoreIsAFault(t *testing.T) {
	g := scan(t, texts{"a/Dockerfile": "FROM x\n", "a/.dockerignore": "[\n"})
	if len(g.Faults) != 1 || g.Faults[0].File != "a/.dockerignore" {
		t.Errorf("faults %v", g.Faults)
	}
}

func TestImagesOfOtherServices(t *testing.T) {
	for _, c := range []struct{ name, registry, from, want string }{
		{"by its name", "reg.example.com/lib", "FROM reg.example.com/lib/base", "from→base@app/Dockerfile:1"},
		{"tag and digest", "reg.example.com:5000/lib", "FROM reg.example.com:5000/lib/base:1.2@sha256:00", "from→base@app/Dockerfile:1"},
		{"in another registry", "reg.example.com/lib", "FROM other.example.com/lib/base", ""},
		{"with no registry", "reg.example.com/lib", "FROM base", ""},
		{"no registry is known", "", "FROM reg.example.com/lib/base:1", "from→base@app/Dockerfile:1"},
		{"no registry is known, in no registry", "", "FROM base", "from→base@app/Dockerfile:1"},
		{"no registry is known, a name that ends alike", "", "FROM reg.example.com/database", ""},
		{"an image of two words, none known", "", "FROM reg.example.com/team/odd", "from→deep@app/Dockerfile:1"},
		{"an image of two words, another", "", "FROM reg.example.com/other/odd", ""},
		{"Docker's own registry", "docker.io/lib", "FROM lib/base AS x", "from→base@app/Dockerfile:1"},
		{"a registry that the build gives", "reg.example.com/lib", "ARG REGISTRY\nFROM ${REGISTRY}/base:1", "from→base@app/Dockerfile:2"},
		{"a registry that the build may give", "reg.example.com/lib", "ARG REGISTRY=localhost:5000\nFROM ${REGISTRY}/base:1", "from→base@app/Dockerfile:2"},
		{"a registry with its slash", "reg.example.com/lib", "ARG REGISTRY=\nFROM ${REGISTRY}base:1", "from→base@app/Dockerfile:2"},
		{"a registry with its slash and no value", "reg.example.com/lib", "ARG REGISTRY\nFROM ${REGISTRY}base:1", "from→base@app/Dockerfile:2"},
		{"a registry with its slash, none known", "", "ARG REGISTRY\nFROM ${REGISTRY}base:1", "from→base@app/Dockerfile:2"},
		{"a registry that adze.yaml gives", "reg.example.com/lib", "ARG GIVEN=localhost:5000\nFROM ${GIVEN}/base:1", ""},
		{"a tag that the build gives", "reg.example.com/lib", "ARG TAG\nFROM reg.example.com/lib/base:$TAG", "from→base@app/Dockerfile:2"},
		{"an image that the build gives", "reg.example.com/lib", "ARG BASE\nFROM $BASE", "from→base@app/Dockerfile:2 from→deep@app/Dockerfile:2"},
		{"an image that the build may give", "reg.example.com/lib", "ARG BASE=alpine\nFROM $BASE", ""},
		{"an image that is a default", "reg.example.com/lib", "ARG BASE=reg.example.com/lib/base:1\nFROM $BASE", "from→base@app/Dockerfile:2"},
		{"the platform", "reg.example.com/lib", "FROM reg.example.com/lib/base:$TARGETARCH", "from→base@app/Dockerfile:1"},
		{"--from", "reg.example.com/lib", "FROM x\nCOPY --from=reg.example.com/lib/base:1 a b", "from→base@app/Dockerfile:2"},
		{"a mount", "reg.example.com/lib", "FROM x\nRUN --mount=type=bind,from=reg.example.com/lib/base,target=/b x", "from→base@app/Dockerfile:2"},
		{"a stage of that name", "", "FROM x AS base\nFROM base\nCOPY --from=base a b", ""},
		{"its own", "reg.example.com/lib", "FROM reg.example.com/lib/app", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := scanned(t, texts{
				FileName: head + fmt.Sprintf("registry: %q\n", c.registry) + `services:
  list:
    - {name: app, path: app, buildArgs: {GIVEN: given.example.com}}
    - {name: base, path: base}
    - {name: deep, path: deep, image: team/odd}
`,
				"app/Dockerfile": c.from + "\n", "base/Dockerfile": "FROM scratch\n", "deep/Dockerfile": "FROM scratch\n",
			})
			if got := built(g, "app"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What an image copies with ONBUILD is taken from the context of whoever begins
// with it, and only then.
func TestOnBuildTakesFromTheOtherContext(t *testing.T) {
	g := scanned(t, texts{
		FileName: head + `services:
  list:
    - {name: base, path: base}
    - {name: app, path: app, context: .}
    - {name: copies, path: copies, context: .}
`,
		"base/Dockerfile":   "FROM x\n\nONBUILD COPY package.json *.lock /\n",
		"app/Dockerfile":    "FROM base\n",
		"copies/Dockerfile": "FROM x\nCOPY --from=base a b\n",
	})
	if got, want := built(g, "app"), "package.json@base/Dockerfile:3 /*.lock@base/Dockerfile:3 from→base@app/Dockerfile:1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := built(g, "copies"), "from→base@copies/Dockerfile:2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := built(g, "base"); got != "" {
		t.Errorf("got %q", got)
	}
}
