// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// What the finder refuses is told with the place that is in the way.
func TestFindingRefused(t *testing.T) {
	const r = "image: {repository: " + repository + ", "
	tagOnly := Image{Repository: repository, Tag: "new"}
	byDigest := Image{Repository: repository, Digest: digest, Form: ByDigest}
	for _, c := range []struct {
		name, src, want string
		img             Image
	}{
		{"tag twice", "image:\n  repository: " + repository + "\n  tag: a\n  tag: b\n", "4:3: the key tag stands twice", image},
		{"repository twice", "image:\n  repository: elsewhere\n  tag: a\n  repository: " + repository + "\n", "4:3: the key repository stands twice", image},
		{"image twice", "image: other:1\nx: y\nimage: " + repository + ":old\n", "3:1: the key image stands twice", image},
		{"parts twice", "image: other:1\nimage: {repository: " + repository + ", tag: old}\n", "2:1: the key image stands twice", image},
		{"merge twice", "x-a: &a {tag: 1}\nx-b: &b {tag: 2}\nimage: {<<: *a, <<: *b, repository: " + repository + "}\n", "3:17: the key << stands twice", image},
		{"newTag twice", "apiVersion: kustomize.config.k8s.io/v1\nkind: Kustomization\nimages:\n- name: " + repository + "\n  newTag: a\n  newTag: b\n", "6:3: the key newTag stands twice", image},
		{"a pin behind the tag", r + "tag: old@" + digest + "}\n", "1:58: names a tag and pins a digest", tagOnly},
		{"a pin behind the tag, by digest", r + "tag: old@" + digest + "}\n", "1:58: names a tag and pins a digest", byDigest},
		{"tag and tag", "image: {repository: '" + repository + ":old', tag: old}\n", "1:64: a tag stands here, and a version in the repository too", image},
		{"a tag that is a list", r + "tag: [a]}\n", "1:58: names a version, and is no single value", image},
		{"a merge that another image takes", "x-t: &t {tag: old}\na: {image: {<<: *t, repository: " + repository + "}}\nb: {image: {<<: *t, repository: other}}\n", "3:12: the value anchored as &t at line 1 is used here for something else than " + repository, image},
		{"a merge two levels up", "x-t: &t {tag: old}\nx-u: &u {<<: *t}\nimage: {<<: *u, repository: " + repository + "}\nchart: {<<: *u}\n", "4:8: the value anchored as &t", image},
		{"an alias that something else takes", "x-t: &t old\nimage: {repository: " + repository + ", tag: *t}\nversion: *t\n", "3:10: the value anchored as &t at line 1 is used here", image},
		{"an anchor that stands for itself", "version: &t old\nimage: {repository: " + repository + ", tag: *t}\n", "1:10: the value anchored as &t at line 1 serves an image and stands here for something else too; if it only stands here to be shared, begin its key with x-", image},
		{"a list that merges", "x-t: &t {tag: old}\nx-l: &l [*t]\nimage: {<<: *l, repository: " + repository + "}\n", "2:10: the value anchored as &t", image},
		{"the digest of a tag", "x-d: &d {digest: \"" + digest + "\"}\nimage: {<<: *d, repository: " + repository + ", tag: old}\n", "1:18: pins a digest, and the digest of " + repository + ":new is not known", tagOnly},
	} {
		res, err := File("f.yaml", []byte(c.src), c.img)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), "f.yaml:"+c.want) {
			t.Errorf("%s: got %v, %q", c.name, err, res.Content)
		}
	}
}

// Each of these once ended the run, or in an edit without end.
func TestAnchorsInCircles(t *testing.T) {
	for _, src := range []string{
		"image: &a {<<: *a, repository: " + repository + ", tag: old}\n",
		"image: &a {<<: [*a, *a], repository: " + repository + "}\n",
		"x-a: &a {<<: *a}\nimage: {<<: *a, repository: " + repository + ", tag: old}\n",
		"image: {<<: 1, repository: " + repository + ", tag: old}\n",
		"image: &a {repository: " + repository + ", tag: *a}\n",
		"image: &a [*a]\nx: " + repository + "\n",
		"? &k image\n: &v " + repository + ":old\n*k : *v\n",
	} {
		res, err := File("f.yaml", []byte(src), image)
		var refusal *Refusal
		switch {
		case err == nil:
			checkPromise(t, []byte(src), res)
		case !errors.As(err, &refusal):
			t.Errorf("%q: %v", src, err)
		}
	}
}

// Merges that double with each level are walked once.
func TestMergesThatDouble(t *testing.T) {
	var b strings.Builder
	b.WriteString("x-0: &m0 {repository: " + repository + "}\n")
	for i := range 60 {
		fmt.Fprintf(&b, "x-%d: &m%d {<<: [*m%d, *m%d]}\n", i+1, i+1, i, i)
	}
	b.WriteString("image: {<<: *m60, tag: old}\n")
	res, err := File("f.yaml", []byte(b.String()), image)
	if err != nil || len(res.Changes) != 1 {
		t.Errorf("%+v %v", res.Changes, err)
	}
}

// What is filled in later is left alone, and said.
func TestLeftOpen(t *testing.T) {
	for src, want := range map[string]string{
		"image: " + repository + ":${TAG}\n":                             "1:8",
		"image: " + repository + ":$(TAG)\n":                             "1:8",
		"image: {repository: " + repository + ", tag: \"${TAG:=v1}\"}\n": "1:8",
		"image: {repository: \"${REGISTRY}/admin\", tag: v1}\n":          "1:8",
		"image: ${REGISTRY}/library/admin:v1\n":                          "1:8",
		"image: " + repository + ":{{ .Tag }}\n":                         "1:8",
		"image: {repository: " + repository + ", tag: {{ .Tag }}}\n":     "1:8",
		"image: '{{ .Registry }}/admin:v1'\n":                            "1:8",
		"image: elsewhere.test/admin:${TAG}\n":                           "",
		"image: ${REGISTRY}/library/administrator:v1\n":                  "",
		"image: ${REGISTRY}/library/other:v1 # admin\n":                  "",
	} {
		res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
		got := ""
		for _, l := range res.Left {
			got += fmt.Sprintf("%d:%d", l.Line, l.Column)
			if l.Service != "admin" || strings.Contains(l.Reason, "variable") == strings.Contains(src, "{{") {
				t.Errorf("%q: %+v", src, l)
			}
		}
		if err != nil || got != want || res.Named != 0 || string(res.Content) != src {
			t.Errorf("%q: %+v %v", src, res, err)
		}
	}
}

// A text inside a file is not edited, and said where it names the image.
func TestLeftInAText(t *testing.T) {
	src := "patches:\n- patch: |-\n    - op: replace\n      value: " + repository + ":old\n- patch: |\n    image: " + repository + "-two:old\nvalues: \"\\nimage: " + repository + "@x\"\n"
	res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
	want := []Left{{"admin", 2, 10, byText}, {"admin", 7, 9, byText}}
	if err != nil || !slices.Equal(res.Left, want) || res.Named != 0 {
		t.Errorf("%+v %v", res, err)
	}
}

// One value can name two services; each is told of it, and it changes once.
func TestTwoServicesOfOneImage(t *testing.T) {
	src := "a: {image: " + repository + ":old}\n"
	wants := []Want{{"a", image}, {"b", image}}
	res, err := Open("f.yaml", []byte(src)).Set(wants...)
	if err != nil || len(res.Changes) != 1 || res.Named != 1 || len(res.Places) != 2 || res.Places[0].Service != "a" || res.Places[1].Service != "b" {
		t.Errorf("%+v %v", res, err)
	}
	wants[1].Tag = "newer"
	if _, err := Open("f.yaml", []byte(src)).Set(wants...); err == nil || !strings.Contains(err.Error(), "would have to become both") {
		t.Errorf("got %v", err)
	}
}

// Services that change apart set their images in one parsed file.
func TestSetAtOnce(t *testing.T) {
	src := "x-tag: &t old\na: {image: {repository: r.test/a, tag: *t}}\nb: {image: r.test/b:old}\nc: {image: r.test/c:old} # adze: d\n"
	m := Open("f.yaml", []byte(src))
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			name := string(rune('a' + i%2))
			res, err := m.Set(Want{name, Image{Repository: "r.test/" + name, Tag: "v2"}})
			if err != nil || len(res.Changes) != 1 || res.Places[0].Service != name {
				t.Errorf("%s: %+v %v", name, res, err)
			}
		})
	}
	running.Wait()
}

// A tag that two images share by an anchor can be set when both get the same.
func TestATagOfTwoImages(t *testing.T) {
	src := "x-tag: &t old\na: {image: {repository: r.test/a, tag: *t}}\nb: {image: {repository: r.test/b, tag: *t}}\n"
	a, b := Want{"a", Image{Repository: "r.test/a", Tag: "v2"}}, Want{"b", Image{Repository: "r.test/b", Tag: "v2"}}
	res, err := Open("f.yaml", []byte(src)).Set(a, b)
	if err != nil || len(res.Changes) != 1 || !slices.Equal([]int{1, 1}, []int{res.Places[0].Line, res.Places[1].Line}) {
		t.Errorf("%+v %v", res, err)
	}
	if _, err := Open("f.yaml", []byte(src)).Set(a); err == nil || !strings.HasPrefix(err.Error(), "f.yaml:3:") {
		t.Errorf("got %v", err)
	}
}
