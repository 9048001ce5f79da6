// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/soak"
)

var tags = []string{"old", "new", "v1.2.3", "1.20", "1234567", "0777", "yes", "on", "1e3", "0o7", "null", "2026-01-02", "4f1c2d9e0b7a", "_x"}

// anImage is the image of some build, in some form.
func anImage(r *rand.Rand) Image {
	const digits = "0123456789abcdef"
	img := Image{Repository: repository, Tag: choose(r, tags), Digest: "sha256:" + strings.Repeat(digits[r.IntN(16):][:1], 64)}
	img.Form = choose(r, []Form{"", ByTag, ByTag, ByDigest, ByTagAndDigest})
	return img
}

func (i Image) byTag() bool { return i.Form == "" || i.Form == ByTag }

// After an edit the bytes outside of the values are what they were, every value
// is the new one for every parser, and editing back restores the file, but for
// quotes that a tag needed on the way.
func TestEveryEditIsExact(t *testing.T) {
	soak.Each(t, 500, func(t *testing.T, r *rand.Rand) {
		was, wanted := anImage(r), anImage(r)
		c := compose(r, was.byTag() && wanted.byTag())
		src := c.filled(was, was)
		there := exact(t, c, src, wanted, was)
		sameButFor(t, c, src, string(there.Content), wanted)
		back := exact(t, c, string(there.Content), was, was)
		if quotes := len(back.Content) - len(src); quotes == 0 && !strings.Contains(c.text, "‹bare›") && string(back.Content) != src {
			t.Fatalf("editing back does not restore\n%s\nbut makes\n%s", src, back.Content)
		}
	})
}

// exact sets an image and holds the outcome to the composition.
func exact(t *testing.T, c composition, src string, wanted, decoy Image) Result {
	t.Helper()
	res, err := Open(c.name, []byte(src)).Set(Want{"admin", wanted})
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	want, slots := c.pattern(wanted, decoy)
	if !want.MatchString(string(res.Content)) {
		t.Fatalf("setting %s makes of\n%s\nthis:\n%s", wanted.Reference(), src, res.Content)
	}
	if res.Named != slots || len(res.Places) != slots || len(res.Left) != 0 || res.Templated {
		t.Fatalf("%d values, %d places, %v left; want %d in\n%s", res.Named, len(res.Places), res.Left, slots, src)
	}
	promised(t, c.name, []byte(src), wanted, res)
	return res
}

func checkPromise(t *testing.T, src []byte, res Result) {
	t.Helper()
	promised(t, "f.yaml", src, image, res)
}

// promised holds an outcome to what the editor promises: every byte outside
// of the changed values stays, what was a value of ours is now the wanted one, and
// a second edit finds nothing to do.
func promised(t *testing.T, name string, src []byte, img Image, res Result) {
	t.Helper()
	was, is := 0, 0
	for _, c := range res.Changes {
		gap := c.Start - was
		if gap < 0 || is+gap > len(res.Content) || string(src[was:c.Start]) != string(res.Content[is:is+gap]) {
			t.Fatalf("bytes before %d:%d changed:\n%q\n%q", c.Line, c.Column, src, res.Content)
		}
		was, is = c.End, is+gap
		if !strings.HasPrefix(string(res.Content[is:]), c.Text) || strings.Trim(c.Text, ` "'`) != c.New {
			t.Fatalf("%d:%d does not hold %q:\n%q", c.Line, c.Column, c.Text, res.Content)
		}
		is += len(c.Text)
	}
	if string(src[was:]) != string(res.Content[is:]) {
		t.Fatalf("bytes after the last value changed:\n%q\n%q", src, res.Content)
	}
	again, err := Open(name, res.Content).Set(Want{"admin", img})
	if err != nil || len(again.Changes) != 0 || again.Named != res.Named {
		t.Fatalf("a second edit changed %d values: %v in\n%q", len(again.Changes), err, res.Content)
	}
}
