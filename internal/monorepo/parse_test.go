// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"slices"
	"strings"
	"testing"
)

const whole = `apiVersion: adze.dev/v1alpha1
kind: Monorepo
registry: registry.example.com/library
services:
  discover: ["microservices/*"]
  list:
    - name: admin
      path: microservices/admin
      context: microservices
      dockerfile: build/Dockerfile
      image: back-office
      inputs: ["proto/**", "!**/*.md"]
      buildArgs: {VERSION: "1"}
      target: release
      dependsOn: [user]
      manifests: ["manifests/admin"]
ignore: ["**/*.md", "docs/**"]
global: ["go.work", "build/**"]
`

func TestParseReadsEveryKey(t *testing.T) {
	c, err := Parse(FileName, []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Resolve(t.Context(), Paths{"microservices/admin/build/Dockerfile", "microservices/user/Dockerfile"})
	if err != nil {
		t.Fatal(err)
	}
	admin, ok := s.Get("admin")
	if !ok || len(s.All) != 2 {
		t.Fatalf("services %+v", s)
	}
	if admin.Image != "registry.example.com/library/back-office" || admin.Context != "microservices" ||
		admin.Dockerfile != "microservices/admin/build/Dockerfile" || admin.Target != "release" ||
		admin.BuildArgs["VERSION"] != "1" || admin.Manifests[0] != "manifests/admin" || admin.Lines["dependsOn user"] != 15 {
		t.Errorf("admin %+v", admin)
	}
	if user, _ := s.Get("user"); user.Image != "registry.example.com/library/user" || user.Context != "microservices/user" {
		t.Errorf("user %+v", user)
	}
	if !c.Ignore.Has("a/b.md") || !c.Global.Has("build/x/y") || c.Ignore.Has("main.go") {
		t.Error("ignore or global do not match as written")
	}
}

func TestParseNamesThePlaceOfEachFault(t *testing.T) {
	head := "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"
	for _, c := range []struct{ name, text, want string }{
		{"misspelt key", head + "servcies: {}\n", `adze.yaml:3:1: unknown key "servcies", did you mean "services"?`},
		{"misspelt inner key", head + "services:\n  list:\n    - name: a\n      dockerFile: x\n", `adze.yaml:6:7: unknown key "dockerFile", did you mean "dockerfile"?`},
		{"far key", head + "zzz: 1\n", `adze.yaml:3:1: unknown key "zzz", want one of [`},
		{"twice", head + "registry: a\nregistry: b\n", "adze.yaml:4:1"},
		{"version", "apiVersion: adze.dev/v2\nkind: Monorepo\n", `adze.yaml:1:13: "adze.dev/v2" is not known`},
		{"no version", "kind: Monorepo\n", "apiVersion is missing"},
		{"list wanted", head + "ignore: docs\n", "adze.yaml:3:9: want a list, this is a word"},
		{"word wanted", head + "registry: {a: b}\n", "adze.yaml:3:11: want a word, this is a mapping"},
		{"nothing there", head + "registry:\n", "want a word, this is nothing"},
		{"path leaves", head + "services:\n  list: [{name: a, path: ../x}]\n", `path "../x"`},
		{"bad name", head + "services:\n  list: [{name: A b}]\n", `service name "A b"`},
		{"same name", head + "services:\n  list: [{name: a, path: x}, {name: a, path: y}]\n", `"a" is listed twice`},
		{"bad pattern", head + "ignore: ['[a']\n", "adze.yaml:3:10: pattern"},
		{"bad glob", head + "services: {discover: ['[a']}\n", "adze.yaml:3:23: discover"},
		{"syntax", head + "ignore: [\n", "adze.yaml:3:9: did not find expected node content"},
		{"syntax in a line's middle", head + "registry: a: b\n", "adze.yaml:3:12: mapping values are not allowed"},
		{"syntax in a second document", head + "---\na: 'b\n", "adze.yaml:4:4: found unexpected end of stream"},
		{"empty", "", "adze.yaml:1:1: the file is empty"},
		{"two documents", head + "---\n" + head, "adze.yaml:3:1: one document is wanted, there is a second"},
		{"scalar", "hello\n", "adze.yaml:1:1: want a mapping"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(FileName, []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(FileName, data)
		if err != nil {
			return
		}
		if _, err := c.Resolve(t.Context(), Paths{"a/Dockerfile", "b/c/Dockerfile"}); err != nil && !strings.Contains(err.Error(), FileName) {
			t.Errorf("an error without its place: %v", err)
		}
	})
}

func TestDeriveSwitchesReadersOff(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "dockerfile go node links",
		"derive:\n":                     "dockerfile go node links",
		"derive: []\n":                  "",
		"derive: [links, dockerfile]\n": "dockerfile links",
	} {
		c, err := Parse(FileName, []byte("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		on := slices.DeleteFunc(Derivable(), func(name string) bool { return !c.Derives(name) })
		if got := strings.Join(on, " "); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	_, err := Parse(FileName, []byte("apiVersion: adze.dev/v1alpha1\nkind: Monorepo\nderive: [dockerfiles]\n"))
	if err == nil || !strings.Contains(err.Error(), `adze.yaml:3:10`) || !strings.Contains(err.Error(), `did you mean "dockerfile"?`) {
		t.Errorf("a misspelt reader: %v", err)
	}
}
