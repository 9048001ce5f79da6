// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/plan"
)

var (
	one   = "sha256:" + strings.Repeat("1", 64)
	two   = "sha256:" + strings.Repeat("2", 64)
	three = "sha256:" + strings.Repeat("3", 64)
)

func sample() *plan.Plan {
	return &plan.Plan{Key: strings.Repeat("a", 64), Platform: "linux/amd64", CacheRepository: "registry.example.com/shop/cache", Bases: []plan.Base{
		{Name: "debian:12", Repository: "registry.example.com/mirror/debian", Digest: one, Layers: []plan.Layer{{Digest: two, Size: 7, MediaType: "application/vnd.oci.image.layer.v1.tar+gzip"}}},
		{Name: "node:24", Repository: "registry.example.com/mirror/node", Digest: three, Layers: []plan.Layer{{Digest: two, Size: 7}, {Digest: one, Size: 8}}},
	}}
}

func TestReadsWhatWasWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.json")
	want := sample()
	if err := plan.Write(file, want); err != nil {
		t.Fatal(err)
	}
	got, err := plan.Read(file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
}

// Who reads a plan in a Pod whose files for names were written to since is told.
func TestNamesAreAsTheyWere(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
	file := filepath.Join(t.TempDir(), "plan.json")
	want := sample()
	if err := plan.Write(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := plan.Read(file); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("read %+v, %v; want %+v", got, err, want)
	}
	for _, shared := range []string{"/etc/hosts", "/etc/resolv.conf"} {
		sum, ok := want.Names[shared]
		if !ok {
			t.Fatalf("the plan says nothing of %s", shared)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "plan.json")
		changed := strings.Replace(string(raw), `"`+shared+`": "`+sum, `"`+shared+`": "another`, 1)
		if err := os.WriteFile(other, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := plan.Read(other); err == nil || !strings.Contains(err.Error(), shared+", which the containers of a Pod share, is not what it was before the build") {
			t.Errorf("%s is another: %v", shared, err)
		}
	}
}

func TestLayerIsFoundWithItsBases(t *testing.T) {
	p := sample()
	layer, bases, ok := p.Layer(two)
	if !ok || layer.Size != 7 || len(bases) != 2 || bases[1].Name != "node:24" {
		t.Errorf("found %+v in %+v, %v", layer, bases, ok)
	}
	if _, bases, ok := p.Layer(three); ok || bases != nil {
		t.Errorf("a base's own digest is found as a layer in %+v", bases)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"another schema":   {"adze.dev/plan/v1", "adze.dev/plan/v2", `schema is "adze.dev/plan/v2"`},
		"an unknown field": {`"key"`, `"kye"`, `unknown field "kye"`},
		"a key":            {strings.Repeat("a", 64), strings.Repeat("a", 63) + "/", "is not 64 hex digits"},
		"no platform":      {"linux/amd64", "", "platform is empty"},
		"no repository":    {"registry.example.com/mirror/node", "", `base "node:24": name or repository is empty`},
		"a digest":         {three, "latest", `base "node:24": `},
		"a layer's digest": {two, two + "2", `base "debian:12": layer: `},
		"a layer's size":   {`"size": 8`, `"size": -8`, "has a size of -8"},
		"a second plan":    {"\n}\n", "\n}\n{}", "more follows after its end"},
		"too much":         {"\n}\n", "\n}\n" + strings.Repeat(" ", 1<<20), "more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "plan.json")
			if err := plan.Write(file, sample()); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.ReplaceAll(string(data), c.old, c.new)
			if changed == string(data) {
				t.Fatalf("%q is not in the plan", c.old)
			}
			if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := plan.Read(file); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("%v, want %q and the file's name", err, c.want)
			}
		})
	}
}

func TestWriteRefusesAPlanThatCannotBeRead(t *testing.T) {
	p := sample()
	p.Bases[0].Digest = "latest"
	file := filepath.Join(t.TempDir(), "plan.json")
	if err := plan.Write(file, p); err == nil {
		t.Error("it was written")
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file is there")
	}
}
