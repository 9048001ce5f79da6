// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"strings"
	"testing"
)

const repository = "reg.example:5000/library/admin"

var image = Image{Repository: repository, Tag: "new", Digest: "sha256:" + strings.Repeat("ab", 32)}

func TestTagsThatYAMLWouldReadAsSomethingElse(t *testing.T) {
	for tag, want := range map[string]string{
		"1.20": `"1.20"`, "1234567": `"1234567"`, "0123456": `"0123456"`, "12e4567": `"12e4567"`, "1e3": `"1e3"`,
		"0o7": `"0o7"`, "0x1F": `"0x1F"`, "yes": `"yes"`, "On": `"On"`, "null": `"null"`, "y": `"y"`, "true": `"true"`,
		"1_000": `"1_000"`, "2026-01-02": `"2026-01-02"`, "685230.15": `"685230.15"`, "v1": "v1", "1.2.x": "1.2.x", "a1b2c3d": "a1b2c3d", "12ab": "12ab", "latest": "latest",
	} {
		img := Image{Repository: repository, Tag: tag}
		res, err := File("values.yaml", []byte("image: {repository: "+repository+", tag: abc} # c\n"), img)
		if err != nil {
			t.Error(tag, err)
			continue
		}
		if got := string(res.Content); got != "image: {repository: "+repository+", tag: "+want+"} # c\n" {
			t.Errorf("%s: got %s", tag, got)
		}
	}
}

func TestPlainNumberBecomesString(t *testing.T) {
	src := "image:\n  repository: " + repository + "\n  tag: 1234567\n"
	res, err := File("values.yaml", []byte(src), Image{Repository: repository, Tag: "1234567"})
	if err != nil || !strings.Contains(string(res.Content), `tag: "1234567"`) {
		t.Errorf("%v\n%s", err, res.Content)
	}
}

func TestRefused(t *testing.T) {
	tagOnly := Image{Repository: repository, Tag: "new"}
	for _, c := range []struct {
		name, src, want string
		img             Image
	}{
		{"syntax", "a: b\nimage: " + repository + ":old\n  c: [\n", "f.yaml:3:4: cannot be parsed: mapping values are not allowed", image},
		{"shared anchor", "a: {image: &i " + repository + ":old}\nb: {value: *i}\n", "f.yaml:2:12: the value anchored as &i at line 1", image},
		{"anchor of something else", "v: &i " + repository + ":old\nb: {image: *i}\n", "f.yaml:1:4: the value anchored as &i", image},
		{"shared parts", "base: &b {repository: " + repository + ", tag: old}\nimage: *b\nx: {<<: *b, repository: other}\n", "f.yaml:3:4: the value anchored as &b", image},
		{"digest not known", "image: {repository: " + repository + ", digest: \"sha256:12\"}\n", "f.yaml:1:", tagOnly},
		{"nothing to set", "a:\n  image: {repository: " + repository + "}\n", "f.yaml:2:10: has no tag to set", image},
		{"tag from a merge", "b: &b {tag: old}\nimage: {<<: *b, repository: " + repository + "}\n", "f.yaml:1:4: the value anchored as &b at line 1 serves an image and stands here", image},
		{"digest from a merge", "b: &b {digest: " + digest + "}\nimage: {<<: *b, repository: " + repository + ", tag: old}\n", "f.yaml:1:4: the value anchored as &b at line 1 serves an image and stands here", image},
		{"a tag without a colon", "image: {repository: " + repository + ", tag}\n", "f.yaml:1:56: the value \"\" cannot be replaced safely", image},
		{"digest wanted, none there", "image: {repository: " + repository + ", tag: a}\n", "f.yaml:1:8: has no digest to set", Image{Repository: repository, Digest: image.Digest, Form: ByDigest}},
	} {
		res, err := File("f.yaml", []byte(c.src), c.img)
		var refusal *Refusal
		if !errors.As(err, &refusal) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, %q", c.name, err, res.Content)
		}
	}
}

func TestLeftAlone(t *testing.T) {
	res, err := File("f.yaml", []byte("image: "+repository+":{{ .Tag }}\n"), image)
	if err != nil || !res.Templated || len(res.Changes) != 0 {
		t.Errorf("%+v %v", res, err)
	}
	res, err = File("f.yaml", []byte("not: [yaml, but no mention either\n"), image)
	if err != nil || res.Templated || res.Named != 0 {
		t.Errorf("%+v %v", res, err)
	}
}

func TestForms(t *testing.T) {
	for form, want := range map[Form]string{
		ByTag: repository + ":new", ByDigest: repository + "@" + image.Digest, ByTagAndDigest: repository + ":new@" + image.Digest,
	} {
		img := image
		img.Form = form
		res, err := File("f.yaml", []byte("image: "+repository+":old"), img)
		if err != nil || string(res.Content) != "image: "+want {
			t.Errorf("%s: %s %v", form, res.Content, err)
		}
		if back, err := Parse(want); err != nil || back.Reference() != want {
			t.Errorf("%s: %+v %v", form, back, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, ref := range []string{"", "admin", "reg.example:5000/admin", "a b:c", "admin:ta g", "admin@sha256:zz", "admin:a\nb", "Ädmin:a", "/admin:a"} {
		if img, err := Parse(ref); err == nil {
			t.Errorf("%q was taken as %+v", ref, img)
		}
	}
}

func TestChangesSayWhere(t *testing.T) {
	src := "x: y\nä: {image: " + repository + ":old}\n"
	res, err := File("f.yaml", []byte(src), image)
	if err != nil || len(res.Changes) != 1 {
		t.Fatal(res, err)
	}
	c := res.Changes[0]
	if c.Line != 2 || c.Column != 12 || c.Old != repository+":old" || c.New != repository+":new" {
		t.Errorf("%+v", c)
	}
}

func TestSeveralServicesInOneFile(t *testing.T) {
	src := "a: {image: r.test/a:1}\nb: {image: {repository: r.test/b, tag: x}}\nc: {image: r.test/a:2}\nd: {image: r.test/d:1}\n"
	res, err := Open("f.yaml", []byte(src)).Set(
		Want{Service: "b", Image: Image{Repository: "r.test/b", Tag: "y"}}, Want{Service: "a", Image: Image{Repository: "r.test/a", Tag: "2"}})
	if err != nil || res.Named != 3 || len(res.Changes) != 2 || len(res.Places) != 3 {
		t.Fatalf("%+v %v", res, err)
	}
	for i, want := range []Place{
		{"a", 1, 12, "r.test/a:1", "r.test/a:2", Image{Repository: "r.test/a", Tag: "1"}},
		{"b", 2, 40, "x", "y", Image{Repository: "r.test/b", Tag: "x"}},
		{"a", 3, 12, "r.test/a:2", "r.test/a:2", Image{Repository: "r.test/a", Tag: "2"}},
	} {
		if res.Places[i] != want {
			t.Errorf("got %+v, want %+v", res.Places[i], want)
		}
	}
	if c := res.Changes[1]; c.Service != "b" || src[c.Start:c.End] != "x" || c.Text != `"y"` {
		t.Errorf("%+v", c)
	}
}
