// SPDX-License-Identifier: Apache-2.0

package manifests

import (
	"fmt"
	"strings"
	"testing"
)

// deployments makes a folder of manifests, each naming its service's image.
func deployments(b *testing.B, files, services int) *Folder {
	b.Helper()
	text := make(map[string]string, files)
	for n := range files {
		text[fmt.Sprintf("team-%d/s%d/deployment.yaml", n%50, n)] = fmt.Sprintf(`# one of many
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: main
          image: reg.example/service-%d:old # set by the pipeline

          env: [{name: A, value: "1"}]
`, n%services) + strings.Repeat("# as long as most are\n", 30)
	}
	_, f := folder(b, text)
	return f
}

// Ten services, each of which may stand in any of 10,000 files.
func BenchmarkTenServices(b *testing.B) {
	f := deployments(b, 10_000, 1000)
	var groups [][]Service
	for n := range 10 {
		groups = append(groups, []Service{of(fmt.Sprintf("service-%d", n), "")})
	}
	for b.Loop() {
		for _, p := range EditEach(b.Context(), f, groups...) {
			if p.Err != nil || len(p.Files) != 10 {
				b.Fatalf("%d files, %v", len(p.Files), p.Err)
			}
		}
	}
}

// One service that 1,000 files name, all of which are written.
func BenchmarkWrite(b *testing.B) {
	f := deployments(b, 1000, 1)
	s := of("service-0", "")
	for n := 0; b.Loop(); n++ {
		s.Image.Tag = fmt.Sprintf("v%d", n)
		p, err := Edit(b.Context(), f, s)
		if err == nil {
			err = f.Write(p.Files)
		}
		if err != nil || len(p.Files) != 1000 {
			b.Fatalf("%d files, %v", len(p.Files), err)
		}
	}
}
