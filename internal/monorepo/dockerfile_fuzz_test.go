// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// FuzzReadDockerfile holds the reader to BuildKit's own: whatever that takes
// from the context in a Dockerfile without variables is found, by its line.
func FuzzReadDockerfile(f *testing.F) {
	for _, seed := range []string{
		"FROM a\nCOPY --from=b x y\nRUN --mount=type=bind,source=x make\nADD <<E /y\nE\n",
		"FROM a AS b\nCOPY [\"x y\", \"/z\"]\nFROM b\nADD --keep-git-dir=true git@a:b x /y\n",
		"# escape=`\nFROM a\nCOPY x `\n y /z\nONBUILD COPY w /z\n",
		"FROM a\nCOPY --link --parents --exclude=*.md ./a/./b *.go [a-z]?.c /z\n",
		"FROM a\nCOPY <<a <<-'b' c /d/\na\nx\n\tb\nCOPY \"q r\" /s\n",
		"ARG A=b\nFROM $A\nARG A\nENV B=$A C=${A:-x}\nCOPY ${C%x} $B /d\n",
		"FROM a\nRUN --mount=from=b --mount=type=cache,target=/c,source=x --mount='type=bind,\"source=a,b\"' make\n",
		"# syntax=docker/dockerfile:1\nFROM a\nCOPY ../../x ./ / /z\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := ReadDockerfile(data, map[string]string{"A": "../a"})
		if err != nil {
			return
		}
		for _, c := range found.Copied {
			if c.Line < 1 || c.Source != path.Clean(c.Source) || strings.HasPrefix(c.Source, "/") || outOfContext(c.Source) {
				t.Errorf("source %q in line %d", c.Source, c.Line)
			}
		}
		if bytes.ContainsAny(data, "$\\`\x00") {
			return
		}
		for _, want := range taken(data) {
			if !covers(found.Copied, want) {
				t.Errorf("%q of line %d is missing from %v", want.Source, want.Line, found.Copied)
			}
		}
	})
}

func outOfContext(source string) bool { return source == ".." || strings.HasPrefix(source, "../") }

func covers(found []Copied, want Copied) bool {
	for _, c := range found {
		if _, ok := within(c.Source, want.Source); ok && c.Line == want.Line {
			return true
		}
	}
	return false
}

// taken is what BuildKit's own reader says that a Dockerfile copies.
func taken(data []byte) []Copied {
	res, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	stages, _, err := instructions.Parse(res.AST, nil)
	if err != nil {
		return nil
	}
	var all []Copied
	for _, stage := range stages {
		for _, cmd := range stage.Commands {
			line := cmd.Location()[0].Start.Line
			for _, source := range paths(cmd) {
				source = strings.Trim(source, `"'`)
				if !strings.ContainsAny(source, `"'`) {
					all = append(all, Copied{path.Join(".", path.Join("/", source)[1:]), line})
				}
			}
		}
	}
	return all
}

func paths(cmd instructions.Command) []string {
	switch c := cmd.(type) {
	case *instructions.CopyCommand:
		if c.From == "" {
			return c.SourcePaths
		}
	case *instructions.AddCommand:
		var local []string
		for _, source := range c.SourcePaths {
			if !isRemote(source) {
				local = append(local, source)
			}
		}
		return local
	case *instructions.RunCommand:
		var mounted []string
		if err := c.Expand(func(word string) (string, error) { return word, nil }); err != nil {
			return nil
		}
		for _, m := range instructions.GetMounts(c) {
			if m.Type == instructions.MountTypeBind && m.From == "" {
				mounted = append(mounted, m.Source)
			}
		}
		return mounted
	}
	return nil
}
