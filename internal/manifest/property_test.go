// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// fragments are pieces of YAML that stand one after the other in any order, each at column 0; the first nine name the image.
var fragments = []string{
	"- image: " + repository + ":old\n",
	"- image:   \"" + repository + ":old\"   # why\n",
	"- {a: [1, ü], image: '" + repository + ":old' , b: c}\n",
	"- image: |-\n    " + repository + ":old\n",
	"- image: >\n\n    " + repository + ":old\n\n\n",
	"- [{image: " + repository + ":old}, {image: " + repository + ":old}]\n",
	"- 🚀: é\n  image: !!str " + repository + ":old\n",
	"-\n  - image:\n      " + repository + ":old\n",
	"- {image: {repository: " + repository + ", tag: old}}\n",
	"- image: other.example/admin:old\n",
	"- image: " + repository + "-two:old\n",
	"- value: " + repository + ":old\n",
	"- text: |\n    image: " + repository + ":old\n     \n",
	"# image: " + repository + ":old\n",
	"\n", "   \n", "- \"a\\\n   b\"\n", "- yes\n", "- 0777\n", "---\n", "- \u2028\n", "-\ttab: bed\n",
}

func TestEditBackRestores(t *testing.T) {
	old := Image{Repository: repository, Tag: "old"}
	for seed := range uint64(3000) {
		src, want := compose(rand.New(rand.NewPCG(seed, 7)))
		there, err := File("f.yaml", []byte(src), image)
		if err != nil {
			continue // a composition that is no YAML
		}
		checkPromise(t, []byte(src), there)
		back, err := File("f.yaml", there.Content, old)
		if err != nil || string(back.Content) != src {
			t.Fatalf("seed %d: %v\n%q\n%q", seed, err, src, back.Content)
		}
		if there.Named != want || len(there.Changes) != want {
			t.Fatalf("seed %d: %d named, %d changed, want %d in\n%s", seed, there.Named, len(there.Changes), want, src)
		}
	}
}

// compose makes a file, and says how many references of the image it holds.
func compose(r *rand.Rand) (string, int) {
	var b strings.Builder
	meant := 0
	for range 1 + r.IntN(12) {
		i := r.IntN(len(fragments))
		b.WriteString(fragments[i])
		meant += references(i)
	}
	src := b.String()
	switch r.IntN(4) {
	case 0:
		src = strings.ReplaceAll(src, "\n", "\r\n")
	case 1:
		src = "\ufeff" + src
	case 2:
		src = strings.TrimRight(src, "\n")
	}
	return src, meant
}

func references(fragment int) int {
	switch {
	case fragment == 5:
		return 2
	case fragment < 9:
		return 1
	default:
		return 0
	}
}

// FuzzFile starts from the corpus.
func FuzzFile(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data)
	}
	f.Add([]byte("? image\n: " + repository + ":old\n...\n%YAML 1.2\n--- !!map\n{image: &a 'it''s', \u0085 image: *a}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if res, err := File("f.yaml", src, image); err == nil {
			checkPromise(t, src, res)
		}
	})
}

// checkPromise holds an outcome to what the editor promises: every byte outside
// of the changed values stays, what was a value of ours and is now the wanted one, and
// a second edit finds nothing to do.
func checkPromise(t *testing.T, src []byte, res Result) {
	t.Helper()
	was, is := 0, 0
	for _, c := range res.Changes {
		gap := c.Start - was
		if gap < 0 || is+gap > len(res.Content) || string(src[was:c.Start]) != string(res.Content[is:is+gap]) {
			t.Fatalf("bytes before %d:%d changed:\n%q\n%q", c.Line, c.Column, src, res.Content)
		}
		was, is = c.End, is+gap
		if !strings.HasPrefix(string(res.Content[is:]), c.Text) || strings.Trim(c.Text, `"'`) != c.New {
			t.Fatalf("%d:%d does not hold %q:\n%q", c.Line, c.Column, c.Text, res.Content)
		}
		is += len(c.Text)
	}
	if string(src[was:]) != string(res.Content[is:]) {
		t.Fatalf("bytes after the last value changed:\n%q\n%q", src, res.Content)
	}
	again, err := File("f.yaml", res.Content, image)
	if err != nil || len(again.Changes) != 0 || again.Named != res.Named {
		t.Fatalf("a second edit changed %d values: %v", len(again.Changes), err)
	}
}
