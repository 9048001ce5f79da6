// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// names are those by which files are read in their own way.
var names = []string{"f.yaml", "kustomization.yaml", "f.json"}

// FuzzFile starts from the corpus: under each name, for each form, an edit keeps
// its promises or is refused with its place; other parsers agree; and setting
// another image and this one again leaves the file as this one did.
func FuzzFile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i, section := range archive.Files {
			f.Add(section.Data, byte(i), byte(i))
		}
	}
	f.Add([]byte("? image\n: "+repository+":old\n...\n%YAML 1.2\n--- !!map\n{image: &a 'it''s', \u0085 image: *a}"), byte(0), byte(0))
	f.Fuzz(func(t *testing.T, src []byte, name, form byte) {
		file, img := names[int(name)%len(names)], image
		img.Form = []Form{ByTag, ByDigest, ByTagAndDigest, ""}[form%4]
		res, err := Open(file, src).Set(Want{"admin", img})
		if err != nil {
			if refusal := (*Refusal)(nil); !errors.As(err, &refusal) || refusal.File != file || refusal.Line < 1 || refusal.Column < 1 {
				t.Fatalf("%v for\n%q", err, src)
			}
			return
		}
		promised(t, file, src, img, res)
		agreed(t, file, src, res)
		away := exchange(t, file, res.Content, Image{Repository: repository, Tag: "v2", Digest: digest, Form: img.Form})
		if back := exchange(t, file, away, img); !bytes.Equal(back, res.Content) {
			t.Fatalf("set away and back:\n%q\n%q", res.Content, back)
		}
	})
}

func exchange(t *testing.T, file string, src []byte, img Image) []byte {
	t.Helper()
	res, err := Open(file, src).Set(Want{"admin", img})
	if err != nil {
		t.Fatalf("%v for\n%q", err, src)
	}
	return res.Content
}

// agreed asks the parser of Kubernetes, where it takes the file at all, whether
// only what was set differs.
func agreed(t *testing.T, file string, src []byte, res Result) {
	t.Helper()
	var set []string
	for _, c := range res.Changes {
		set = append(set, c.New)
	}
	for _, r := range oracles(strings.HasSuffix(file, ".json")) {
		was, err := r.read(src)
		if err != nil || r.name == "another YAML" {
			continue
		}
		is, err := r.read(res.Content)
		if err != nil {
			t.Fatalf("%s does not read what was edited: %v\n%q\n%q", r.name, err, src, res.Content)
		}
		if at := strays(was, is, set); at != "" {
			t.Fatalf("%s finds something else at %s:\n%q\n%q", r.name, at, src, res.Content)
		}
	}
}
