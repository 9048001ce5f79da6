// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// Where all that mentions an image was left alone, the error says where it stands
// and what to do there, of some places.
func TestWhatMentionsItIsTold(t *testing.T) {
	_, f := folder(t, map[string]string{
		"m/k.yaml":     "patches:\n- patch: |\n    image: reg.example/admin:old\n",
		"m/t.yaml":     "{{ if x }}\nimage: {{ .r }}/admin:old\n{{ end }}\n",
		"m/v.yaml":     "sidecarImage: reg.example/admin:old\n",
		"m/w.yaml":     strings.Repeat("---\njob: {image: \"reg.example/admin:${TAG}\"}\n", 9),
		"m/other.yaml": "image: reg.example/other:old\n",
	})
	s := admin
	s.Paths = []string{"m"}
	_, err := Edit(t.Context(), f, s)
	hint := strings.Join(step.Hints(err), "\n")
	for _, want := range []string{
		"m/k.yaml:2:10 names the image inside a text, which is not edited; keep it in a file of its own. ",
		"m/t.yaml holds template braces; keep the image in a values file. ",
		"m/v.yaml:1:15 names the image under another key than image; put # adze: admin behind it to have it set. ",
		"m/w.yaml:2:14 holds a variable that is filled in later; set the image where the variable gets its value. ",
	} {
		if !strings.Contains(hint, want) {
			t.Errorf("it lacks %q:\n%s", want, hint)
		}
	}
	if !strings.HasSuffix(hint, ". and 7 more") {
		t.Errorf("it does not count the rest:\n%s", hint)
	}
}
