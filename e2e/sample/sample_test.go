// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"slices"
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/monorepo"
)

// The larger shop has so many services, each with a Dockerfile and a manifest,
// and its adze.yaml is right.
func TestLarger(t *testing.T) {
	values := Values{Registry: "reg.example/shop", Base: "reg.example/base", Tag: "first"}
	files, services, err := Larger(values, 20)
	if err != nil {
		t.Fatal(err)
	}
	if len(services) != 20 || !slices.IsSorted(services) || len(slices.Compact(slices.Clone(services))) != 20 {
		t.Errorf("services: %v", services)
	}
	for _, service := range services {
		if slices.Contains(Services(), service) {
			continue
		}
		if !strings.Contains(files["microservices/"+service+"/Dockerfile"], "FROM ") {
			t.Errorf("%s has no Dockerfile", service)
		}
		if want := "image: reg.example/shop/" + service + ":first"; !strings.Contains(files["manifests/"+service+"/app.yaml"], want) {
			t.Errorf("%s has no manifest with %s", service, want)
		}
	}
	config, err := monorepo.Parse("adze.yaml", []byte(files["adze.yaml"]))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(config.List, func(e monorepo.Entry) bool { return e.Name == "args" })
	if len(config.List) != 5 || i < 0 || config.List[i].BuildArgs["FROM_IMAGE"] != values.Base {
		t.Errorf("adze.yaml lists %+v", config.List)
	}
}
