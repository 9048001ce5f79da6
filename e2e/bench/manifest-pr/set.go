// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The image that is to be named, in place of another tag of it.
const (
	repository = "reg.example:5000/library/admin"
	newTag     = "new"
)

// set is a folder of manifests.
type set struct {
	name string
	// files is how many it has; one in so many names the image.
	files, every int
	// file gives the nth file's path and content; hit says whether it names the image.
	file func(n int, hit bool) (path, content string)
	// right tells whether a file names the new image.
	right func(content []byte) bool
	ways  []way
}

// The names of the sets.
const (
	setAll       = "Deployments that all name the image"
	setFew       = "Deployments, one in a hundred names it"
	setKustomize = "kustomizations that all name it"
)

func sets(files int) []set {
	named := func(content []byte) bool { return bytes.Contains(content, []byte(repository+":"+newTag)) }
	return []set{
		{setAll, files, 1, deployment, named, []way{own, yqEach, yqFew}},
		{setFew, files, 100, deployment, named, []way{own, yqFew, grepYQ}},
		{setKustomize, files, 1, kustomization, func(content []byte) bool {
			return bytes.Contains(content, []byte("newTag: "+newTag))
		}, []way{own, yqFew, kustomizeEdit}},
	}
}

// deployment is a manifest of some nine hundred bytes.
func deployment(n int, hit bool) (path, content string) {
	image := fmt.Sprintf("reg.example:5000/library/service-%d", n)
	if hit {
		image = repository
	}
	return fmt.Sprintf("team-%02d/service-%d/deployment.yaml", n%50, n), fmt.Sprintf(`# What runs service %[1]d.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-%[1]d
  labels: {app: service-%[1]d}

spec:
  replicas: 2
  selector:
    matchLabels: {app: service-%[1]d}
  template:
    metadata:
      labels: {app: service-%[1]d}
    spec:
      containers:
        - name: main
          image: "%[2]s:old"  # set by the pipeline
          ports:
            - containerPort: 8080
              name: http
          env:
            - name: LOG_LEVEL
              value: info
            - {name: GREETING, value: 'hello: %[1]d'}

          readinessProbe:
            httpGet: {path: /ready, port: http}
          resources:
            requests: {cpu: 50m, memory: 64Mi}
            limits: {memory: 128Mi}
      serviceAccountName: service-%[1]d
      terminationGracePeriodSeconds: 30
`, n, image)
}

// kustomization is one that sets the image's tag.
func kustomization(n int, _ bool) (path, content string) {
	return fmt.Sprintf("team-%02d/service-%d/kustomization.yaml", n%50, n), fmt.Sprintf(`# What service %[1]d runs in production.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization

namespace: service-%[1]d
resources:
- ../base

images:
- name: %[2]s
  newTag: old  # set by the pipeline
- name: reg.example:5000/library/proxy
  newTag: v1.2.3
`, n, repository)
}

// hits is how many files name the image.
func (s set) hits() int { return (s.files + s.every - 1) / s.every }

// fill makes the folder.
func (s set) fill(dir string) error {
	for n := range s.files {
		path, content := s.file(n, n%s.every == 0)
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// count is how many files of the folder name the new image.
func (s set) count(dir string) (n int, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		if s.right(content) {
			n++
		}
		return err
	})
	return n, err
}
