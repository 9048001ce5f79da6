// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"
	"strings"
	"testing"
)

// Docker's own registry can be written in several ways, and so can its images that
// belong to nobody. Another way than the wanted one is told, with the wanted one.
func TestShortNames(t *testing.T) {
	for _, c := range []struct {
		wanted string
		told   []string
		others []string
	}{
		{
			"docker.io/library/nginx",
			[]string{"nginx:1", "nginx", "docker.io/nginx:1", "index.docker.io/library/nginx@sha256:" + strings.Repeat("a", 64), "library/nginx:1"},
			[]string{"acme/nginx:1", "registry.example/nginx:1", "localhost/nginx:1", "nginx-two:1", "quay.example/library/nginx:1"},
		},
		{"acme/web", []string{"docker.io/acme/web:1", "index.docker.io/acme/web:1"}, []string{"web:1", "acme/web/part:1", "registry.example:5000/acme/web:1"}},
		{"registry.example/library/nginx", nil, []string{"nginx:1", "docker.io/library/nginx:1"}},
	} {
		want := Want{"admin", Image{Repository: c.wanted, Tag: "2"}}
		for _, written := range append(c.told, c.others...) {
			src := "a: {image: \"" + written + "\"} # nginx, acme/web\n"
			res, err := Open("f.yaml", []byte(src)).Set(want)
			if err != nil || res.Named != 0 || string(res.Content) != src {
				t.Errorf("%s for %s: %+v, %v", written, c.wanted, res, err)
			}
			told := len(res.Left) == 1 && res.Left[0].Line == 1 && strings.HasSuffix(res.Left[0].Reason, "; write "+c.wanted+" to have it set")
			if told != slices.Contains(c.told, written) || len(res.Left) > 1 {
				t.Errorf("%s for %s: told %v", written, c.wanted, res.Left)
			}
		}
		src := "a: {image: \"" + c.wanted + ":1\"}\nb: {image: other}\nimageOfMine: nginx\n"
		if res, err := Open("f.yaml", []byte(src)).Set(want); err != nil || res.Named != 1 || len(res.Changes) != 1 || len(res.Left) != 0 {
			t.Errorf("%s: %+v, %v", c.wanted, res, err)
		}
	}
}

// A file that only speaks of such a name is not looked at, and so need not be sound.
func TestShortNamesOfWords(t *testing.T) {
	src := "{{ if x }}\nhost: nginx\n  kind: [nginx\n"
	res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", Image{Repository: "docker.io/library/nginx", Tag: "2"}})
	if err != nil || res.Templated || len(res.Left) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}
