// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/adze-ci/adze/internal/soak"
)

// scraps are what a slip of the hand puts into a file.
var scraps = []string{
	`"`, `'`, "#", " #", ": ", ":", "- ", "-", "|", ">", "|2-\n", "&a ", "*a ", "{", "}", "[", "]", ",", "? ", "\t", "\n", "\n\n", " ", "    ",
	"---\n", "...\n", "<<: ", "!!int ", "!x ", "%YAML 1.2\n", "\u2028", "\u0085", "\ufeff", "\\", "{{ x }}", "${X}", "@", "`", "\r", "\x00", "ü", "image: ", "tag: ", "null",
}

// A file that is damaged at a few places is refused with a place, or edited as
// exactly as any other: all readers that take it find only what was set, and no
// image that should have been.
func TestDamagedFilesAreRefusedOrEditedExactly(t *testing.T) {
	files := samples(t)
	soak.Each(t, 300, func(t *testing.T, r *rand.Rand) {
		was, wanted := anImage(r), anImage(r)
		c := compose(r, was.byTag() && wanted.byTag())
		if r.IntN(2) == 0 {
			c = choose(r, files)
		}
		src := []byte(damage(r, c.filled(was, was)))
		res, err := Open(c.name, src).Set(Want{"admin", wanted})
		if err != nil {
			refusal := (*Refusal)(nil)
			if !errors.As(err, &refusal) || refusal.File != c.name || refusal.Line < 1 || refusal.Column < 1 || res.Content != nil {
				t.Fatalf("%v for\n%q", err, src)
			}
			return
		}
		promised(t, c.name, src, wanted, res)
		agreed(t, c.name, src, res)
		if docs, err := oracles(isJSON(c.name))[0].read(res.Content); err == nil && len(res.Left) == 0 && !res.Templated {
			if ref := overlooked(docs, wanted); ref != "" {
				t.Fatalf("%s was overlooked in\n%q", ref, src)
			}
		}
	})
}

// samples are all files of the corpus.
func samples(t *testing.T) []composition {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []composition
	for _, file := range archives {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if kind, name, _ := strings.Cut(section.Name, "/"); kind != "why" {
				all = append(all, composition{name: cmp.Or(name, "f.yaml"), text: string(section.Data)})
			}
		}
	}
	return all
}

// damage puts scraps into a text, takes pieces out of it, and repeats lines.
func damage(r *rand.Rand, text string) string {
	for range 1 + r.IntN(3) {
		at := r.IntN(len(text) + 1)
		switch r.IntN(4) {
		case 0:
			text = text[:at] + text[min(at+1+r.IntN(4), len(text)):]
		case 1:
			lines := strings.SplitAfter(text, "\n")
			i := r.IntN(len(lines))
			lines[i] += lines[r.IntN(len(lines))]
			text = strings.Join(lines, "")
		default:
			text = text[:at] + choose(r, scraps) + text[at:]
		}
	}
	return text
}
