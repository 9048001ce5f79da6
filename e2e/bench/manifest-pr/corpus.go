// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/adze-ci/adze/internal/manifest"
)

// corpusFolder holds the files that the editor of manifests is held to.
const corpusFolder = "internal/manifest/testdata"

// digest is the one of the new image in the corpus.
var digest = "sha256:" + strings.Repeat("ab", 32)

// wanted is the image that the corpus is edited for.
var wanted = manifest.Want{Service: "admin", Image: manifest.Image{Repository: repository, Tag: newTag, Digest: digest}}

// sample is a manifest of the corpus.
type sample struct {
	// group is the first word of its file's name.
	group string
	// name is what the manifest is called, without a folder.
	name    string
	content []byte
}

// isKustomization tells whether kustomize edits it.
func (s sample) isKustomization() bool {
	return bytes.Contains(s.content, []byte("apiVersion: kustomize.config.k8s.io/"))
}

// corpus reads all samples that are to be edited. The test of the package says
// what the sections of its files are.
func corpus(root string) ([]sample, error) {
	files, err := filepath.Glob(filepath.Join(root, corpusFolder, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var all []sample
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			return nil, err
		}
		group := strings.FieldsFunc(filepath.Base(file), func(r rune) bool { return r == '-' || r == '.' })[0]
		for _, section := range archive.Files {
			if name := sampleName(section.Name); name != "" {
				all = append(all, newSample(group, name, section.Data))
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s holds no samples", corpusFolder)
	}
	return all, nil
}

// sampleName is what the manifest of a section is called, empty where it holds none.
func sampleName(section string) string {
	kind, name, _ := strings.Cut(section, "/")
	switch kind {
	case "before.yaml":
		return "manifest.yaml"
	case "before":
		return name
	}
	return ""
}

func newSample(group, name string, content []byte) sample {
	s := sample{group, path.Base(name), content}
	if s.isKustomization() {
		s.name = "kustomization.yaml" // kustomize takes no other
	}
	return s
}

// variant writes a sample in another way that means the same.
type variant struct {
	name  string
	apply func([]byte) []byte
}

func variants() []variant {
	return []variant{
		{"", func(b []byte) []byte { return b }},
		{"all, lines ending in CR LF", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }},
		{"all, behind a byte order mark", func(b []byte) []byte { return append([]byte("\ufeff"), b...) }},
		{"all, without a newline at the end", func(b []byte) []byte { return bytes.TrimRight(b, "\n") }},
	}
}
