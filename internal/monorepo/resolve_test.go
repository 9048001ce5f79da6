// SPDX-License-Identifier: Apache-2.0

package monorepo

import (
	"fmt"
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	head := "apiVersion: adze.dev/v1alpha1\nkind: Monorepo\n"
	for _, c := range []struct {
		name, text string
		files      Paths
		want       string
	}{
		{"no file", "", Paths{"a/Dockerfile", "b/c/Dockerfile", "b/c/main.go", "d/main.go"}, "a=a c=b/c"},
		{"no file, two named alike", "", Paths{"a/api/Dockerfile", "b/api/Dockerfile", "c/Dockerfile"}, "a-api=a/api b-api=b/api c=c"},
		{"no file, at the root", "", Paths{"Dockerfile"}, "root=."},
		{"a folder named Dockerfile", "", Paths{"a/Dockerfile/x"}, ""},
		{"glob", head + "services: {discover: ['ms/*']}\n", Paths{"ms/a/Dockerfile", "ms/a/b/Dockerfile", "Dockerfile", "x/Dockerfile"}, "a=ms/a"},
		{"deep glob", head + "services: {discover: ['ms/**']}\n", Paths{"ms/a/Dockerfile", "ms/a/b/Dockerfile", "x/Dockerfile"}, "a=ms/a b=ms/a/b"},
		{"renamed", head + "services: {discover: ['*'], list: [{name: x, path: a}]}\n", Paths{"a/Dockerfile", "b/Dockerfile"}, "b=b x=a"},
		{"path from discovery", head + "services: {discover: ['ms/*'], list: [{name: a, target: t}]}\n", Paths{"ms/a/Dockerfile"}, "a=ms/a"},
		{"gone", head + "services: {list: [{name: a, path: ms/a}, {name: b, path: ms/b}]}\n", Paths{"ms/a/Dockerfile"}, "a=ms/a gone=[b]"},
		{"a file that says nothing of services", head, Paths{"a/Dockerfile"}, "a=a"},
		{"discover nothing", head + "services: {discover: []}\n", Paths{"a/Dockerfile"}, "a=a"},
		{"a list alone", head + "services: {list: [{name: b, path: b}]}\n", Paths{"a/Dockerfile", "b/Dockerfile"}, "b=b"},
		{"no path", head + "services:\n  list:\n    - name: a\n", Paths{"x/Dockerfile"}, "! adze.yaml:5:7: service \"a\" was not discovered"},
		{"one name twice", head + "services: {discover: ['*'], list: [{name: b, path: x/y}]}\n", Paths{"b/Dockerfile", "x/y/Dockerfile"}, `! adze.yaml:3:37: two services are named "b"`},
		{"upper case", "", Paths{"Foo/Dockerfile"}, "! adze.yaml:1:1: folder Foo cannot name a service"},
		{"unknown dependency", head + "services: {discover: ['*'], list: [{name: a, path: a, dependsOn: [usr]}]}\n", Paths{"a/Dockerfile", "user/Dockerfile"}, `! adze.yaml:3:67: service "a" depends on "usr", which is no service, did you mean "user"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := Default()
			if c.text != "" {
				var err error
				if cfg, err = Parse(FileName, []byte(c.text)); err != nil {
					t.Fatal(err)
				}
			}
			s, err := cfg.Resolve(t.Context(), c.files)
			if want, bad := strings.CutPrefix(c.want, "! "); bad {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := show(s); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func show(s Services) string {
	var words []string
	for _, svc := range s.All {
		words = append(words, svc.Name+"="+svc.Path)
	}
	if len(s.Gone) > 0 {
		words = append(words, fmt.Sprintf("gone=%v", s.Gone))
	}
	return strings.Join(words, " ")
}

func TestImageName(t *testing.T) {
	for _, c := range []struct{ registry, image, want string }{
		{"reg.example.com/library", "a", "reg.example.com/library/a"},
		{"reg.example.com/library", "team/a", "reg.example.com/library/team/a"},
		{"reg.example.com/library", "other.example.com/x/a", "other.example.com/x/a"},
		{"reg.example.com/library", "localhost/a", "localhost/a"},
		{"", "a", "a"},
	} {
		if got := imageName(c.registry, c.image); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}
