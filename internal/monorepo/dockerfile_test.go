// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadDockerfile(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "FROM a\nCOPY x y /z/\nADD w /v\n", "x:2 y:2 w:3 a:1"},
		{"whole context", "FROM a\nCOPY . /z\nCOPY / /z\nCOPY ./ /z\n", ".:2 .:3 .:4 a:1"},
		{"json", "FROM a\nCOPY [\"a b\", \"c\", \"/z\"]\n", "a b:2 c:2 a:1"},
		{"quotes", "FROM a\nCOPY \"x\" 'y' /z\n", "x:2 y:2 a:1"},
		{"stages and images", "FROM a AS b\nCOPY --from=b x /y\nCOPY --from=other.example.com/i --chown=1 x /y\n", "a:1 other.example.com/i:3"},
		{"stages by number and in any case", "FROM a AS Build\nFROM b\nCOPY --from=0 x /y\nCOPY --from=bUILD x /y\nFROM build\nCOPY --from=1 x /y\n", "a:1 b:2"},
		{"a stage of the future is an image", "FROM a\nCOPY --from=b x /y\nFROM c AS b\n", "a:1 b:2 c:3"},
		{"scratch and a platform", "FROM scratch\nFROM --platform=$BUILDPLATFORM a AS b\n", "a:2"},
		{"ADD knows no --from", "FROM a\nADD --from=b x /y\n", "x:2 a:1"},
		{"flags", "FROM a\nCOPY --chown=1:1 --chmod=0755 --link --parents --exclude=*.md ./x/./y /z\n", "x/y:2 a:1"},
		{"continued lines", "FROM a\nCOPY x \\\n  # words between\n  y \\\n\n  /z\nCOPY w /z\n", "x:2 y:2 w:7 a:1"},
		{"url and git", "FROM a\nADD --checksum=sha256:0 https://example.com/x git@example.com:x/y git://x/y /z\n", "a:1"},
		{"what looks like a url to COPY", "FROM a\nCOPY http://x /z\n", "http:/x:2 a:1"},
		{"here-documents", "FROM a\nCOPY <<EOF <<-'END' v /x\nCOPY not /this\nEOF\n\tCOPY nor /this\n\tEND\nRUN <<EOF\nCOPY nor /that\nEOF\nCOPY w /z\n", "v:2 w:10 a:1"},
		{"glob", "FROM a\nCOPY *.go sub/*/x /z\n", "*.go:2 sub/*/x:2 a:1"},
		{"dots", "FROM a\nCOPY ../../x /z\n", "x:2 a:1"},
		{"mounts", "FROM a\nRUN --mount=target=. --mount=type=cache,target=/c --mount=type=bind,from=b,target=/b make\nRUN --mount=type=bind,source=lib,target=/l make\nRUN --mount=type=secret,id=x --mount='type=tmpfs,target=/t' make\n", ".:2 lib:3 a:1 b:2"},
		{"mounts from a stage", "FROM a AS b\nRUN --mount=from=b,target=/b --mount=from=0,target=/c x\n", "a:1"},
		{"lower case", "from a\ncopy x /y\n", "x:2 a:1"},
		{"escape", "# escape=`\nFROM a\nCOPY x `\n  /y\n", "x:3 a:2"},
		{"a Dockerfile's syntax", "# syntax=mirror.example.com/docker/dockerfile:1.9-labs\nFROM a\nCOPY x /y\n", "x:3 a:2"},
		{"another syntax", "# syntax=example.com/other/language\nFROM a\nCOPY x /y\n", ".:1 x:3 a:2"},
		{"on build", "FROM a\nONBUILD COPY x /y\nONBUILD RUN --mount=source=z,target=/z x\n", "x:2 z:3 a:1 onbuild x:2 z:3"},
		{"an image that may copy", "FROM node:20-onbuild\n", ".:1 node:20-onbuild:1"},
		{"comments and a byte order mark", "\ufeff# a\nFROM a\n# COPY not /this\nCOPY x /y\n", "x:4 a:2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, c.text, nil); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What a checksum pins is what the Dockerfile says; what only looks like an
// address to COPY is a path.
func TestReadDockerfileFindsWhatIsRemote(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"none", "FROM a\nCOPY http://x /z\nADD x <<E /z\nhttp://x\nE\n", "[]"},
		{"addresses", "FROM a\nADD x https://example.com/x git@example.com:x /z\nADD --chown=1 HTTP://y /z\n", "[{https://example.com/x 2} {git@example.com:x 2} {HTTP://y 3}]"},
		{"pinned", "FROM a\nADD --checksum=sha256:0 https://example.com/x /z\nADD --checksum= https://example.com/y /z\n", "[{https://example.com/y 3}]"},
		{"what may be one", "FROM a\nARG K=x\nADD $U $K ${U}/y /z\n", "[{ 3} {/y 3}]"},
		{"on build", "FROM a\nONBUILD ADD http://x /z\n", "[{http://x 2}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := ReadDockerfile([]byte(c.text), nil)
			if got := fmt.Sprint(found.Remote); err != nil || got != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestReadDockerfileReplacesVariables(t *testing.T) {
	args := map[string]string{"GIVEN": "g", "BASE": "base:2"}
	for _, c := range []struct{ name, text, want string }{
		{"a default", "FROM a\nARG D=x\nCOPY $D/y ${D} ${D:+z} /z\n", "x/y:3 x:3 z:3 a:1"},
		{"none", "ARG D=x\nFROM a\nCOPY $D/y /z\n", ".:3 a:2"},
		{"no value", "FROM a\nARG D\nCOPY w $D/y ${D:-x} /z\n", "w:3 .:3 .:3 a:1"},
		{"a global default", "ARG D=x\nFROM a\nARG D\nCOPY $D /z\n", "x:4 a:2"},
		{"the build's argument", "ARG GIVEN=x\nFROM a\nARG GIVEN=y\nCOPY $GIVEN /z\n", "g:4 a:2"},
		{"an argument that is not declared", "FROM a\nCOPY $GIVEN /z\n", ".:2 a:1"},
		{"ENV hides ARG", "FROM a\nARG D=x\nENV D=y E=$D\nCOPY $D $E /z\n", "y:4 x:4 a:1"},
		{"ENV of old", "FROM a\nENV D x y\nCOPY [\"$D\", \"/z\"]\n", "x y:3 a:1"},
		{"ENV that is not known", "FROM a\nARG D=x\nENV D=$PATH\nCOPY $D /z\n", ".:4 a:1"},
		{"ENV comes along, ARG may not", "FROM a AS b\nARG D=x\nENV E=y\nFROM b\nCOPY $D $E /z\n", ".:5 y:5 a:1"},
		{"ENV of another stage", "FROM a AS b\nENV E=y\nFROM a\nCOPY $E /z\n", ".:4 a:1 a:3"},
		{"no variable in single quotes", "FROM a\nCOPY '$x' /z\n", "$x:2 a:1"},
		{"the platform", "FROM a\nARG TARGETARCH\nCOPY bin/$TARGETOS/x$TARGETARCH $TARGETPLATFORM/x /z\n", "bin:3 .:3 a:1"},
		{"a url that is not known to its end", "FROM a\nADD https://example.com/$V $U /z\n", ".:2 a:1"},
		{"an image's argument", "ARG TAG=1\nARG REG=example.com\nFROM $REG/a:$TAG\n", "example.com/a:1~*/a:*:3"},
		{"an image without a value", "ARG REG\nFROM ${REG}/a\n", "~*/a:2"},
		{"an image that is given", "ARG BASE\nFROM $BASE\n", "base:2:2"},
		{"FROM a stage by a variable", "ARG B=build\nFROM a AS build\nFROM $B\n", "a:2"},
		{"--from by a variable", "FROM a\nARG I=x/y\nCOPY --from=$I a /b\n", "a:1 x/y~*:3"},
		{"a mount by a variable", "FROM a\nARG D=x\nRUN --mount=type=bind,source=$D,target=/x make\n", "x:3 a:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, c.text, args); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func read(t *testing.T, text string, args map[string]string) string {
	t.Helper()
	found, err := ReadDockerfile([]byte(text), args)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, f := range found.Copied {
		words = append(words, fmt.Sprintf("%s:%d", f.Source, f.Line))
	}
	for _, ref := range found.Images {
		if ref.Loose != "" {
			ref.Name += "~" + ref.Loose
		}
		words = append(words, fmt.Sprintf("%s:%d", ref.Name, ref.Line))
	}
	for i, f := range found.OnBuild {
		if i == 0 {
			words = append(words, "onbuild")
		}
		words = append(words, fmt.Sprintf("%s:%d", f.Source, f.Line))
	}
	return strings.Join(words, " ")
}
