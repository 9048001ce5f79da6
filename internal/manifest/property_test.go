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
	soak.Each(t, 300, func(t *testing.T, r *rand.Rand) {
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

// Images that are set at once make of a file what they make one after the
// other, in any order, and each place is reported for its service.
func TestSeveralAtOnceAreAsOneByOne(t *testing.T) {
	const web = "reg.example:5000/library/web"
	soak.Each(t, 150, func(t *testing.T, r *rand.Rand) {
		was, a, b := anImage(r), anImage(r), anImage(r)
		byTag := was.byTag() && a.byTag() && b.byTag()
		first, second := composeDocs(r, byTag).filled(was, was), composeDocs(r, byTag).filled(was, was)
		for old, now := range map[string]string{repository: web, "library/admin": "library/web", "repository: admin": "repository: web", ":admin": ":web", ": admin": ": web"} {
			second = strings.ReplaceAll(second, old, now)
		}
		src := []byte(first + "\n---\n" + second)
		b.Repository = web
		wants := []Want{{"admin", a}, {"web", b}}
		if r.IntN(2) == 0 {
			wants[0], wants[1] = wants[1], wants[0]
		}
		together, alone := set(t, src, wants...), set(t, src, wants[0])
		after := set(t, alone.Content, wants[1])
		if string(together.Content) != string(after.Content) {
			t.Fatalf("at once\n%s\none by one\n%s", together.Content, after.Content)
		}
		if together.Named != alone.Named+after.Named || len(together.Changes) != len(alone.Changes)+len(after.Changes) {
			t.Fatalf("%d at once, %d and %d one by one in\n%s", together.Named, alone.Named, after.Named, src)
		}
		for _, p := range together.Places {
			if line := 1 + strings.Count(first, "\n"); (p.Service == "admin") != (p.Line <= line) {
				t.Fatalf("%+v in\n%s", p, src)
			}
		}
	})
}

// composeDocs makes a file of documents that end lines in LF and have no mark.
func composeDocs(r *rand.Rand, byTag bool) composition {
	for {
		c := compose(r, byTag)
		if c.name == "f.yaml" && !strings.ContainsAny(c.text, "\r\ufeff") {
			return c
		}
	}
}
