// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

// The diff is one that git applies, whatever the file is called.
func TestDiff(t *testing.T) {
	for _, text := range []string{
		"a: 1\nimage: reg.example/admin:old\nb: 2\nc:\n  image: reg.example/admin:old",
		"image: reg.example/admin:old", "image: reg.example/admin:old\r\nx: y\r\n", "x:\n- image: \"reg.example/\\\n    admin:old\"\n- b\n",
		"x: {image: reg.example/admin:old, y: {image: reg.example/admin:older}, z: {image: reg.example/user:old}}",
	} {
		for _, name := range []string{"f.yaml", "a b/ü.yaml", "q\"\\\t.yaml"} {
			applies(t, name, text)
		}
	}
}

func TestDiffShowsWhatIsAround(t *testing.T) {
	var text strings.Builder
	for i := range 20 {
		fmt.Fprintf(&text, "l%d: x\n", i)
	}
	got := applies(t, "f.yaml", strings.NewReplacer("l5: x", "l5: {image: reg.example/user:old}", "l12: x", "l12: {image: reg.example/admin:old}").Replace(text.String()))
	want := `--- a/f.yaml
+++ b/f.yaml
@@ -3,14 +3,14 @@
 l2: x
 l3: x
 l4: x
-l5: {image: reg.example/user:old}
+l5: {image: reg.example/user:new}
 l6: x
 l7: x
 l8: x
 l9: x
 l10: x
 l11: x
-l12: {image: reg.example/admin:old}
+l12: {image: reg.example/admin:new}
 l13: x
 l14: x
 l15: x
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

// Values of several services, on lines of their own and on shared ones, over one
// line and over two.
func TestAnyDiffApplies(t *testing.T) {
	pieces := []string{
		"- image: reg.example/admin:old\n", "- x\n", "\n", "# c\n", "- [{image: reg.example/admin:old}, {image: reg.example/user:older}]\n",
		"- image: \"reg.example/\\\n     user:old\" # c\n", "- {image: \"reg.example/\\\n     user:old\", x: {image: reg.example/admin:o}} # c\n",
	}
	soak.Each(t, 20, func(t *testing.T, rnd *rand.Rand) {
		text := pieces[0] + pieces[4]
		for range rnd.IntN(40) {
			text += pieces[min(rnd.IntN(12), rnd.IntN(len(pieces)))]
		}
		if rnd.IntN(2) == 0 {
			text = strings.TrimRight(text, "\n")
		}
		applies(t, "f.yaml", text)
	})
}

// applies gives the diff of what admin and user change in a file, which git
// turns into what they make of it.
func applies(t *testing.T, name, text string) string {
	t.Helper()
	dir, f := folder(t, map[string]string{name: text})
	var sum Sum
	for _, p := range EditEach(t.Context(), f, []Service{of("admin", "")}, []Service{of("user", "")}) {
		if err := sum.Add(p.Plan); err != nil {
			t.Fatal(err)
		}
	}
	files := sum.Files()
	if len(files) != 1 {
		t.Fatalf("%d files of %q", len(files), text)
	}
	var diff bytes.Buffer
	if err := files[0].WriteDiff(&diff); err != nil {
		t.Fatal(err)
	}
	shown := diff.String()
	cmd := exec.CommandContext(t.Context(), "git", "apply", "-")
	cmd.Dir, cmd.Stdin = dir, &diff
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, shown)
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, files[0].After) {
		t.Errorf("got %q, %v, want %q", got, err, files[0].After)
	}
	return shown
}
