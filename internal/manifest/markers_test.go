// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strings"
	"testing"
)

func TestMarkersRefused(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"behind a flow mapping", "image: {repository: x, tag: old} # adze: admin:tag\n", "1:8: the marker stands behind a group of values"},
		{"behind a block's key", "image: # {\"$imagepolicy\": \"a:admin\"}\n  repository: x\n", "2:3: the marker stands behind a group of values"},
		{"no namespace", "image: x # {\"$imagepolicy\": \"admin\"}\n", "1:8: the marker behind this value is not understood"},
		{"unknown part", "image: x # {\"$imagepolicy\": \"a:admin:tags\"}\n", "1:8: the marker behind this value is not understood"},
		{"two", "image: x # {\"$imagepolicy\": \"a:admin\"} {\"$imagepolicy\": \"a:user\"}\n", "1:8: the marker behind this value is not understood"},
		{"words", "image: x # adze: admin but later\n", "1:8: the marker behind this value is not understood"},
		{"words at our image", "image: " + repository + ":old # adze: leave this be\n", "1:8: the marker behind this value is not understood"},
		{"a digest that is not known", "x: y # adze: admin:digest\n", "1:4: pins a digest, and the digest of"},
		{"a pin that is not known", "x: y@" + digest + " # adze: admin:tag\n", "1:4: pins a digest, and the digest of"},
		{"another registry", "image:\n  registry: elsewhere\n  repository: a # adze: admin:name\n  tag: x\n", "3:15: the registry elsewhere stands beside this repository"},
		{"a part that is missing", "image:\n  repository: a # adze: admin:name\n", "2:3: has no tag to set"},
		{"one value for two", "a: &v x # adze: admin:tag\nb: *v # adze: user:tag\n", "2:4: the value at line 1 would have to become"},
	} {
		admin, user := image, image
		admin.Digest, user.Tag = "", "other"
		res, err := Open("f.yaml", []byte(c.src)).Set(Want{"user", user}, Want{"admin", admin})
		if err == nil || !strings.HasPrefix(err.Error(), "f.yaml:"+c.want) {
			t.Errorf("%s: got %v, %q", c.name, err, res.Content)
		}
	}
}

// A file that names the service in a marker alone is looked at, and a marker of
// another service is told where the image would have been set.
func TestMarkersAreTold(t *testing.T) {
	src := "a: x:1 # adze: admin\nimage: " + repository + ":old # adze: user\n"
	res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
	if err != nil || res.Named != 1 || len(res.Left) != 1 || res.Left[0] != (Left{"admin", 2, 8, "is marked for user"}) {
		t.Errorf("%+v %v", res, err)
	}
	alone := "tag: old # {\"$imagepolicy\": \"x:shop-front:tag\"}\n"
	res, err = Open("f.yaml", []byte(alone)).Set(Want{"shop-front", Image{Repository: "r.test/y/z", Tag: "new"}})
	if err != nil || string(res.Content) != strings.Replace(alone, "old", "new", 1) || res.Places[0].Was.Tag != "old" {
		t.Errorf("%+v %v", res, err)
	}
}

// A marker goes before what the key makes of a value.
func TestMarkersUnderOtherKeys(t *testing.T) {
	for _, key := range []string{"values", "patch", "sidecarImage", "image", "value"} {
		src := key + ": " + repository + ":old # adze: admin\n"
		res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
		if err != nil || len(res.Changes) != 1 || len(res.Places) != 1 || len(res.Left) != 0 {
			t.Errorf("%q: %+v %v", src, res, err)
		}
	}
}

// What an anchor shares with a value that is marked for another service stays too.
func TestMarkersOfAnotherReachAnchors(t *testing.T) {
	for src, want := range map[string]string{
		"x-i: &i " + repository + ":old # adze: user\nimage: *i\n":                                           "left",
		"x-i: &i " + repository + ":old\na: {image: *i}\nb:\n  image: *i # adze: user\n":                     "f.yaml:4:10: the value anchored as &i",
		"x-t: &t\n  tag: old # adze: user:tag\nimage: {<<: *t, repository: " + repository + "}\n":            "left",
		"image:\n  repository: " + repository + " # adze: user:name\n  tag: old\n":                           "left",
		"x-t: &t old\na: {image: {repository: " + repository + ", tag: *t}}\nb:\n  tag: *t # adze: user:tag": "f.yaml:4:8: the value anchored as &t",
	} {
		res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
		switch {
		case want == "left":
			if err != nil || len(res.Left) != 1 || len(res.Changes) != 0 {
				t.Errorf("%q: %+v %v", src, res, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), want):
			t.Errorf("%q: got %v", src, err)
		}
	}
}

// Text that only looks like a marker is none.
func TestNoMarkers(t *testing.T) {
	for _, src := range []string{
		"# adze: user\nimage: " + repository + ":old\n",
		"image: \"" + repository + ":old\"\ntext: 'x # adze: user'\n",
		"image: " + repository + ":old # see https://adze:user\n",
		"image: |\n  " + repository + ":old\n# adze: user\n",
	} {
		res, err := Open("f.yaml", []byte(src)).Set(Want{"admin", image})
		if err != nil || len(res.Changes) != 1 {
			t.Errorf("%q: %+v %v", src, res, err)
		}
	}
}
