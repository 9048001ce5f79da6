// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadDockerfile(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "FROM a\nCOPY x y /z/\nADD w /v\n", "x:2 y:2 w:3"},
		{"whole context", "FROM a\nCOPY . /z\nCOPY / /z\nCOPY ./ /z\n", ".:2 .:3 .:4"},
		{"json", "FROM a\nCOPY [\"a b\", \"c\", \"/z\"]\n", "a b:2 c:2"},
		{"stages and images", "FROM a AS b\nCOPY --from=b x /y\nCOPY --from=other.example.com/i --chown=1 x /y\n", ""},
		{"flags", "FROM a\nCOPY --chown=1:1 --link x /y\n", "x:2"},
		{"continued lines", "FROM a\nCOPY x \\\n  y \\\n  /z\nCOPY w /z\n", "x:2 y:2 w:5"},
		{"url and git", "FROM a\nADD https://example.com/x git@example.com:x/y /z\n", ""},
		{"here-document", "FROM a\nCOPY <<EOF /x\nCOPY not /this\nEOF\nCOPY w /z\n", "w:5"},
		{"variable", "ARG D\nFROM a\nARG D=x\nCOPY $D/y ${D} /z\n", ".:4 .:4"},
		{"glob", "FROM a\nCOPY *.go sub/*/x /z\n", "*.go:2 sub/*/x:2"},
		{"dots", "FROM a\nCOPY ../../x /z\n", "x:2"},
		{"mounts", "FROM a\nRUN --mount=target=. --mount=type=cache,target=/c --mount=type=bind,from=b,target=/b make\nRUN --mount=type=bind,source=lib,target=/l make\n", ".:2 lib:3"},
		{"lower case", "from a\ncopy x /y\n", "x:2"},
		{"escape", "# escape=`\nFROM a\nCOPY x `\n  /y\n", "x:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := ReadDockerfile([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, f := range found {
				words = append(words, fmt.Sprintf("%s:%d", f.Source, f.Line))
			}
			if got := strings.Join(words, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzReadDockerfile(f *testing.F) {
	f.Add([]byte("FROM a\nCOPY --from=b x y\nRUN --mount=type=bind,source=x make\nADD <<E /y\nE\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := ReadDockerfile(data)
		for _, c := range found {
			if err == nil && (c.Source == "" || c.Source == ".." || strings.HasPrefix(c.Source, "../") || strings.HasPrefix(c.Source, "/")) {
				t.Errorf("source %q leaves the context", c.Source)
			}
		}
	})
}
