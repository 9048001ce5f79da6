// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/soak"
)

// A reader that resolves every alias and merge sees, after an edit, the new
// version wherever it saw the image, and everything else as it was; only what
// stands for aliases alone may differ. Where that cannot be, the edit is refused.
func TestSharedValues(t *testing.T) {
	tried, edited := 0, 0
	soak.Each(t, 400, func(t *testing.T, rnd *rand.Rand) {
		tried++
		src := sharing(rnd)
		res, err := File("f.yaml", []byte(src), image)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, src)
		}
		edited++
		checkPromise(t, []byte(src), res)
		if at := otherwise("", resolved(t, src), resolved(t, string(res.Content))); at != "" {
			t.Fatalf("at %s in\n%s\n%s", at, src, res.Content)
		}
	})
	if tried >= 100 && edited*4 < tried {
		t.Errorf("%d of %d compositions were edited, the others refused", edited, tried)
	}
}

func resolved(t *testing.T, src string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(src), &v); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return v
}

// sharing makes a document whose values share parts.
func sharing(rnd *rand.Rand) string {
	var b strings.Builder
	var anchors []string
	anchor := func() string { return anchors[rnd.IntN(len(anchors))] }
	parts := func() string {
		var p []string
		if len(anchors) > 0 && rnd.IntN(2) == 0 {
			p = append(p, []string{"<<: *" + anchor(), "<<: [*" + anchor() + ", *" + anchor() + "]"}[rnd.IntN(2)])
		}
		if rnd.IntN(3) > 0 {
			p = append(p, "repository: "+[]string{repository, repository, "elsewhere.test/other"}[rnd.IntN(3)])
		}
		if rnd.IntN(2) == 0 {
			p = append(p, "tag: "+[]string{"old", "'1.20'", "*text"}[rnd.IntN(3)])
		}
		if rnd.IntN(5) == 0 {
			p = append(p, "digest: "+digest)
		}
		return "{" + strings.Join(p, ", ") + "}"
	}
	b.WriteString("x-text: &text old\n")
	for i := range 2 + rnd.IntN(7) {
		name, prefix := fmt.Sprintf("m%d", i), []string{"x-", ".", ""}[rnd.IntN(3)]
		switch rnd.IntN(6) {
		case 0, 1:
			fmt.Fprintf(&b, "%s%s: &%s %s\n", prefix, name, name, parts())
			anchors = append(anchors, name)
		case 2, 3:
			fmt.Fprintf(&b, "%s: {image: %s}\n", name, parts())
		case 4:
			fmt.Fprintf(&b, "%s: {image: &%s %s}\n", name, name, parts())
			anchors = append(anchors, name)
		case 5:
			if len(anchors) > 0 {
				fmt.Fprintf(&b, "%s: {%s: *%s}\n", name, []string{"image", "image", "chart"}[rnd.IntN(3)], anchor())
			}
		}
	}
	return b.String()
}

// otherwise is the first place at which a reader sees what it should not.
func otherwise(at string, before, after any) string {
	old, isMap := before.(map[string]any)
	now, still := after.(map[string]any)
	if !isMap || !still {
		if !reflect.DeepEqual(before, after) {
			return at
		}
		return ""
	}
	for key, value := range old {
		switch {
		case (key == "tag" || key == "digest") && old["repository"] == repository:
			if want := map[string]string{"tag": "new", "digest": image.Digest}[key]; now[key] != want {
				return at + "/" + key
			}
		case at == "" && strings.Trim(key, "x-.") != key:
		default:
			if where := otherwise(at+"/"+key, value, now[key]); where != "" {
				return where
			}
		}
	}
	if len(old) != len(now) {
		return at
	}
	return ""
}
