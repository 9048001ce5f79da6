// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/manifest"
)

// of is a service whose manifests lie below the paths.
func of(name string, paths ...string) Service {
	return Service{Name: name, Paths: paths, Image: manifest.Image{Repository: "reg.example/" + name, Tag: "new"}}
}

// counted counts what is asked of a source.
type counted struct {
	Source
	asked map[string]int
}

func (c counted) List(ctx context.Context, path string) ([]File, error) {
	c.asked["list "+path]++
	return c.Source.List(ctx, path)
}

func (c counted) Read(ctx context.Context, f File) ([]byte, error) {
	c.asked["read "+f.Path]++
	if strings.HasSuffix(f.Path, "unreadable.yaml") {
		return nil, errors.New("out of order")
	}
	return c.Source.Read(ctx, f)
}

// A file that three services share, a broken one and one that
// cannot be read: all is listed and read once, and each fails for itself.
func TestEachGroupForItselfAndEachFileOnce(t *testing.T) {
	_, f := folder(t, map[string]string{
		"m/shared.yaml": "a: {image: reg.example/alpha:old}\nb: [{image: reg.example/beta:old}, {image: reg.example/gamma:old}]\n",
		"m/gamma.yaml":  "image: reg.example/gamma:old\nimage: [\n", "x/unreadable.yaml": "", "m/delta.yaml": "image: reg.example/delta:{{ .Tag }}\n",
	})
	from := counted{f, map[string]int{}}
	all := EditEach(t.Context(), from, []Service{of("alpha", "m"), of("beta", "./m/")}, []Service{of("gamma", "m")}, []Service{of("delta", "m")}, []Service{of("epsilon", "x")})
	if all[0].Err != nil || names(all[0].Files) != "m/shared.yaml" || len(all[0].Files[0].Changes) != 2 {
		t.Errorf("alpha and beta: %+v", all[0])
	}
	for i, want := range map[int]string{1: "m/gamma.yaml:2", 2: "no manifest names the image reg.example/delta of service delta: searched 3 files below m", 3: "reading x/unreadable.yaml: out of order"} {
		if all[i].Err == nil || !strings.HasPrefix(all[i].Err.Error(), want) || len(all[i].Files) > 0 {
			t.Errorf("%d: %+v", i, all[i])
		}
	}
	if fmt.Sprint(from.asked) != "map[list m:1 list x:1 read m/delta.yaml:1 read m/gamma.yaml:1 read m/shared.yaml:1 read x/unreadable.yaml:1]" {
		t.Errorf("asked %v", from.asked)
	}
}

// A path is a folder's or a file's, never the beginning of another's.
func TestAPathCoversWhatLiesBelow(t *testing.T) {
	for pair, want := range map[[2]string]bool{{"", "a/b"}: true, {"a", "a/b"}: true, {"a/b", "a/b"}: true, {"a", "ab"}: false, {"a/b", "a"}: false} {
		if covers(pair[0], pair[1]) != want {
			t.Errorf("%q: want %t", pair, want)
		}
	}
}

func TestSumPutsPlansTogether(t *testing.T) {
	text := "a: {image: reg.example/a:old, x: {image: reg.example/b:old}}\n"
	_, f := folder(t, map[string]string{"f.yaml": text, "g.yaml": "image: reg.example/a:old"})
	again, other := of("a", "."), of("b", "f.yaml")
	again.Name = "again"
	clash := of("clash", "f.yaml")
	clash.Image = manifest.Image{Repository: "reg.example/b", Tag: "newer"}
	var sum Sum
	for i, p := range EditEach(t.Context(), f, []Service{of("a", ".")}, []Service{other}, []Service{again}, []Service{clash}) {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		err := sum.Add(p.Plan)
		if i < 3 && err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if i == 3 && (err == nil || err.Error() != "f.yaml:1:42: service b wants reg.example/b:new here and service clash wants reg.example/b:newer; give them images of their own") {
			t.Errorf("%d: %v", i, err)
		}
	}
	files := sum.Files()
	if names(files) != "f.yaml g.yaml" || string(files[0].After) != strings.ReplaceAll(text, "old", "new") || string(files[0].Before) != text {
		t.Errorf("%+v", files)
	}
}
