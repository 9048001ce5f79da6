// SPDX-License-Identifier: Apache-2.0

// Package sample is the monorepo that the demo and the scenarios work on: a
// little shop of five services with their manifests.
package sample

import (
	"bytes"
	_ "embed" // the files
	"fmt"
	"strings"
	"text/template"

	"golang.org/x/tools/txtar"
)

//go:embed shop.txtar
var shop string

// Services are the names of the shop's services.
func Services() []string { return []string{"cart", "order", "rate", "user", "web"} }

// Values are what differs from one shop to the next.
type Values struct {
	// Registry is the prefix of the services' images, without a final slash.
	Registry string
	// Base is the image that the Dockerfiles start from.
	Base string
	// Tag is the tag of the images that the manifests name.
	Tag string
}

// Manifests is the folder of the services' manifests.
const Manifests = "manifests/"

// Files are the shop's files by path.
func Files(v Values) (map[string]string, error) { return filled(shop, v) }

// filled are the files of an archive with the values filled in.
func filled(archive string, v Values) (map[string]string, error) {
	files := map[string]string{}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		tmpl, err := template.New(f.Name).Parse(string(f.Data))
		if err != nil {
			return nil, fmt.Errorf("reading the sample's %s: %w", f.Name, err)
		}
		var out bytes.Buffer
		if err := tmpl.Execute(&out, v); err != nil {
			return nil, fmt.Errorf("filling in the sample's %s: %w", f.Name, err)
		}
		files[f.Name] = out.String()
	}
	return files, nil
}

// Split parts the files into the sources and the manifests, which name a
// commit of the sources and so come after them.
func Split(files map[string]string) (sources, manifests map[string]string) {
	sources, manifests = map[string]string{}, map[string]string{}
	for name, text := range files {
		if strings.HasPrefix(name, Manifests) {
			manifests[name] = text
		} else {
			sources[name] = text
		}
	}
	return sources, manifests
}
