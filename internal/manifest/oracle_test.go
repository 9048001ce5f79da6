// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	other "github.com/goccy/go-yaml"
	yaml11 "sigs.k8s.io/yaml/goyaml.v2"
)

// oracle is a parser that the editor does not use.
type oracle struct {
	name string
	read func(text []byte) ([]any, error)
}

// oracles are who reads manifests: Kubernetes, by YAML 1.1; a parser with no line
// of code in common with that of the editor; and for JSON, Go's own.
func oracles(json bool) []oracle {
	if json {
		return []oracle{{"encoding/json", readJSON}}
	}
	return []oracle{{"YAML 1.1", readYAML11}, {"another YAML", readOther}}
}

func readJSON(text []byte) ([]any, error) {
	return all(json.NewDecoder(bytes.NewReader(text)).Decode)
}

func readYAML11(text []byte) ([]any, error) {
	return all(yaml11.NewDecoder(bytes.NewReader(text)).Decode)
}

func readOther(text []byte) ([]any, error) {
	return all(other.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, byteOrderMark))).Decode)
}

func all(next func(any) error) (docs []any, err error) {
	for {
		var doc any
		switch err := next(&doc); {
		case errors.Is(err, io.EOF):
			return docs, nil
		case err != nil:
			return nil, err
		}
		docs = append(docs, doc)
	}
}

// sameButFor tells whether each oracle finds the values of the image in a file,
// as texts, and all else as it was.
func sameButFor(t *testing.T, c composition, before, after string, img Image) {
	t.Helper()
	for _, r := range oracles(c.json) {
		was, err := r.read([]byte(before))
		if err != nil {
			t.Fatalf("%s does not read %v:\n%s", r.name, err, before)
		}
		is, err := r.read([]byte(after))
		if err != nil {
			t.Fatalf("%s does not read what was edited: %v:\n%s", r.name, err, after)
		}
		if at := strays(any(was), any(is), []string{img.Reference(), img.Tag, img.Digest}); at != "" {
			t.Fatalf("%s finds at %s something else in\n%s\nthan in\n%s", r.name, at, after, before)
		}
	}
}

// strays is the path to the first value that differs and is not wanted.
func strays(was, is any, wanted []string) string {
	switch is := is.(type) {
	case []any:
		was, ok := was.([]any)
		if !ok || len(was) != len(is) {
			return " "
		}
		for i := range is {
			if at := strays(was[i], is[i], wanted); at != "" {
				return fmt.Sprintf("%d.%s", i, at)
			}
		}
		return ""
	case map[string]any:
		was, ok := was.(map[string]any)
		return straysBelow(was, is, !ok, wanted)
	case map[any]any:
		was, ok := was.(map[any]any)
		return straysBelow(was, is, !ok, wanted)
	case string:
		if slices.Contains(wanted, strings.TrimSpace(is)) {
			return ""
		}
	}
	if fmt.Sprintf("%T %v", was, was) != fmt.Sprintf("%T %v", is, is) {
		return fmt.Sprintf(" (%v, %v)", was, is)
	}
	return ""
}

func straysBelow[K comparable](was, is map[K]any, otherwise bool, wanted []string) string {
	if otherwise || len(was) != len(is) {
		return " "
	}
	for key, v := range is {
		before, there := was[key]
		if at := strays(before, v, wanted); at != "" || !there {
			return fmt.Sprintf("%v.%s", key, at)
		}
	}
	return ""
}

// overlooked is a value of a key `image` that names a version of the repository
// that is not the wanted one, as a reader finds it; empty when there is none.
func overlooked(read any, wanted Image) string {
	switch v := read.(type) {
	case []any:
		for _, item := range v {
			if ref := overlooked(item, wanted); ref != "" {
				return ref
			}
		}
	case map[string]any:
		return overlookedBelow(v, "image", wanted)
	case map[any]any:
		return overlookedBelow(v, any("image"), wanted)
	}
	return ""
}

func overlookedBelow[K comparable](m map[K]any, image K, wanted Image) string {
	if ref, ok := m[image].(string); ok {
		ref = strings.TrimSpace(ref)
		if img := split(ref); img.Repository == wanted.Repository && versioned(ref) && ref != wanted.Reference() {
			return ref
		}
	}
	for _, value := range m {
		if ref := overlooked(value, wanted); ref != "" {
			return ref
		}
	}
	return ""
}
