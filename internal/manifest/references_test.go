// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"pod", "spec:\n  containers:\n    - name: a\n      image: r.test/a:1 # c\n    - image: r.test/b:2\n    - image: other.test/a:3\n", []string{"4 r.test/a:1@ true", "5 r.test/b:2@ true"}},
		{"digest", "image: r.test/a@" + digest + "\n---\nimage: r.test/a:1@" + digest + "\n", []string{"1 r.test/a:@" + digest + " true", "3 r.test/a:1@" + digest + " true"}},
		{"no tag", "image: r.test/a\n", []string{"1 r.test/a:@ true"}},
		{"helm", "image:\n  registry: r.test\n  repository: a\n  tag: \"1.20\"\nother: {image: {repository: r.test/b}}\n", []string{"4 r.test/a:1.20@ false", "5 r.test/b:@ false"}},
		{"image volume", "image:\n  reference: r.test/a:1\n", []string{"2 r.test/a:1@ true"}},
		{"kustomization", "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1\nimages:\n- name: x\n  newName: r.test/a\n  newTag: t\n- {name: r.test/b, digest: \"" + digest + "\"}\n", []string{"6 r.test/a:t@ false", "7 r.test/b:@" + digest + " false"}},
		{"an anchor counts at both places", "x: &i r.test/a:1\na: {image: *i}\nb: {image: *i}\n", []string{"1 r.test/a:1@ true", "1 r.test/a:1@ true"}},
		{"merged", "x: &i {repository: r.test/a, tag: m}\nimage: {<<: *i}\n", []string{"1 r.test/a:m@ false", "1 r.test/a:m@ false"}},
		{"json", `{"kind": "Pod", "spec": {"containers": [{"image": "r.test/a:1"}]}}`, []string{"1 r.test/a:1@ true"}},
		{"marked", "a: {image: r.test/a:1, # adze: a\n  x: y}\ntag: v2 # {\"$imagepolicy\": \"flux:c:tag\"}\nname: q # adze: c:name\nb: r.test/q:3@" + digest + " # adze: d\n", []string{"1 r.test/a:1@ true", "3 :v2@ false c", "5 r.test/q:3@" + digest + " true d"}},
		{"parts under any key", "worker: {repository: r.test/a, tag: x}\n", []string{"1 r.test/a:x@ false"}},
		{"another key", "workerImage: r.test/a:1\n", nil},
		{"marked where no image is named", "tag: v2 # adze: c:tag\n", []string{"1 :v2@ false c"}},
		{"a pattern", "image: \"r.test/a:*\"\n", nil},
		{"a value that waits", "image: {repository: r.test/a, tag: {{ .Tag }}}\n", nil},
		{"templated", "image: r.test/a:{{ .Values.tag }}\n", nil},
		{"not parsed where no image can be", "a: [b, r.test/a\n", nil},
	} {
		refs, err := References("f.yaml", []byte(c.src), func(r string) bool { return r == "r.test/a" || r == "r.test/b" })
		var got []string
		for _, r := range refs {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%d %s:%s@%s %t %s", r.Line, r.Repository, r.Tag, r.Digest, r.Whole, r.Service)))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestReferencesTellWhatCannotBeParsed(t *testing.T) {
	_, err := References("f.yaml", []byte("image: r.test/a:1\nb: [\n"), func(string) bool { return true })
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.File != "f.yaml" || !strings.Contains(err.Error(), "cannot be parsed") {
		t.Errorf("got %v", err)
	}
}

// What the editor changes is what the reader finds.
func TestReferencesAreWhatIsEdited(t *testing.T) {
	src := []byte("a: {image: r.test/a:1}\nb: {image: {repository: r.test/a, tag: x}}\nc: {image: r.test/ab:1}\n")
	is := func(r string) bool { return r == "r.test/a" }
	res, err := File("f.yaml", src, Image{Repository: "r.test/a", Tag: "new"})
	if err != nil {
		t.Fatal(err)
	}
	refs, err := References("f.yaml", res.Content, is)
	if err != nil || len(refs) != res.Named || res.Named != 2 {
		t.Fatalf("%+v, %v; %d edited", refs, err, res.Named)
	}
	for _, r := range refs {
		if r.Tag != "new" {
			t.Errorf("%+v", r)
		}
	}
}

func TestMentions(t *testing.T) {
	for src, want := range map[string]bool{
		"image: r.test/a:{{ .Tag }}": true, "image: r.test/ab:{{ .Tag }}": false, "image: r.test/a": true, "r.test/a-b r.test/a@x": true,
		"xr.test/a": false, "r.test/a_b": false, "": false, "# r.test/a.": true,
	} {
		if Mentions([]byte(src), "r.test/a") != want {
			t.Errorf("%q: want %t", src, want)
		}
	}
}

// Whatever a file holds, reading it ends in references to what is wanted or in a
// refusal with its line, and what the editor would set is found.
func FuzzReferences(f *testing.F) {
	for _, seed := range []string{
		"image: r.test/a:1\n", "images:\n- {name: r.test/a, newTag: t}\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1\n",
		"x: &i {repository: r.test/a, tag: m}\nimage: {<<: *i}\n", "image: [\n", "image: {reference: r.test/a@sha256:0}\n", "? image\n: r.test/a:1\n", "image: &a {<<: *a}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		refs, err := References("kustomization.yaml", src, func(r string) bool { return r == "r.test/a" })
		var refusal *Refusal
		if err != nil && (!errors.As(err, &refusal) || refusal.Line < 1) {
			t.Fatalf("%v", err)
		}
		for _, r := range refs {
			if r.Repository != "r.test/a" && r.Service == "" || r.Line < 1 {
				t.Fatalf("%+v", r)
			}
		}
		res, editErr := File("kustomization.yaml", src, Image{Repository: "r.test/a", Tag: "new", Digest: digest})
		if err == nil && editErr == nil && res.Named > 0 && len(refs) == 0 {
			t.Fatalf("%d values name the image, and none was found in %q", res.Named, src)
		}
	})
}
