// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Whatever an edit might do besides, it is noticed before the result is handed out.
func TestProveNoticesWhatElseChanged(t *testing.T) {
	const src = "# head\na: &x 1 # one\nimage: r.test/a:old # two\nb: [*x, \"c\"]\n# foot\n---\nd: {<<: {e: f}}\n"
	before, err := parse("f.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var target []target
	for i, n := range before[0].Content[0].Content {
		if i > 0 && n.Value == "r.test/a:old" {
			target = append(target, aim(n, "1.20"))
		}
	}
	for change, want := range map[string]string{
		`r.test/a:old→"1.20"`:       "",
		`r.test/a:old→1.20`:         "f.yaml:3:8: an edit would change more than the image",
		`r.test/a:old→"1.21"`:       "f.yaml:3:8: an edit would change more than the image",
		`r.test/a:old→[1.20`:        "f.yaml:3:8: the file could not be parsed after the edit",
		`r.test/a:old # two→"1.20"`: "f.yaml:3:8: an edit would change more than the image",
		`# head→#`:                  "f.yaml:2:1: an edit would change more than the image",
		`# foot→# feet`:             "f.yaml:2:1: an edit would change more than the image",
		`&x 1→&x 2`:                 "f.yaml:2:4: an edit would change more than the image",
		`&x 1→&x "1"`:               "f.yaml:2:4: an edit would change more than the image",
		`"c"→'c'`:                   "f.yaml:4:9: an edit would change more than the image",
		`"c"→"c", d`:                "f.yaml:4:4: an edit would change more than the image",
		`<<: {e→"<<": {e`:           "f.yaml:7:5: an edit would change more than the image",
		"---\nd→\nd":                "f.yaml:3:8: an edit would change the number of documents",
	} {
		old, now, _ := strings.Cut(change, "→")
		edited := strings.Replace(src, old, now, 1)
		if !strings.Contains(change, "r.test/a:old") {
			edited = strings.Replace(edited, "r.test/a:old", `"1.20"`, 1)
		}
		err := prove("f.yaml", before, target, []byte(edited))
		if (want == "") != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", change, err, want)
		}
	}
}

func aim(n *yaml.Node, want string) target { return target{node: n, want: want} }
