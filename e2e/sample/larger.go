// SPDX-License-Identifier: Apache-2.0

package sample

import (
	_ "embed" // the files
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed larger.txtar
var larger string

// Larger are files that make the shop's services so many, nine at least, and
// change those five; with the names of all, sorted. The others use what
// Dockerfiles can: stages, COPY from each of them, build arguments, a layer of
// 500 MB; most are small.
func Larger(v Values, n int) (files map[string]string, services []string, err error) {
	shop, err := Files(v)
	if err != nil {
		return nil, nil, err
	}
	parts, err := filled(larger, v)
	if err != nil {
		return nil, nil, err
	}
	files, added, small := map[string]string{}, map[string]bool{}, map[string]string{}
	for name, text := range parts {
		switch service, file, _ := strings.Cut(name, "/"); service {
		case "entries":
			files["adze.yaml"] = strings.Replace(shop["adze.yaml"], "  list:\n", "  list:\n"+text, 1)
		case "small":
			small[file] = text
		default:
			files["microservices/"+name], added[service] = text, true
		}
	}
	for i := len(Services()) + len(added); i < n; i++ {
		service := fmt.Sprintf("small-%02d", i)
		for file, text := range small {
			files["microservices/"+service+"/"+file] = text
		}
		added[service] = true
	}
	for service := range added {
		files[Manifests+service+"/app.yaml"] = strings.ReplaceAll(shop[Manifests+"web/app.yaml"], "web", service)
	}
	for _, service := range Services() {
		files["microservices/"+service+"/text"] = "in a larger shop\n"
	}
	services = slices.AppendSeq(Services(), maps.Keys(added))
	slices.Sort(services)
	return files, services, nil
}
