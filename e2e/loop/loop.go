// SPDX-License-Identifier: Apache-2.0

// Package loop sets adze up in a namespace of its own, around a monorepo of
// its own on the forge, and plays the people around it: the developer who
// pushes, the reviewer who merges, the operator who looks at runs. The demo
// and every scenario are written with it.
package loop

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-github/v60/github"
	tekton "github.com/tektoncd/pipeline/pkg/client/clientset/versioned"
	"k8s.io/client-go/kubernetes"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/tunnel"
)

// Site is the cluster with everything installed on it, shared by all loops.
type Site struct {
	// Cluster is reached by hand, Kube and Tekton from Go, Tunnel reaches its Services.
	Cluster *kindcluster.Cluster
	Kube    kubernetes.Interface
	Tekton  tekton.Interface
	Tunnel  *tunnel.Tunnel
	// Objects are adze's YAML with the images that were built from this tree, Forge that of the
	// GitHub stand-in; Images are those images by import path.
	Objects, Forge []byte
	Images         map[string]string
	// Registry is the host of the Harbor inside of the cluster; Harbor is the way to it for its
	// administrator, Remote the same to it as a registry.
	Registry string
	Harbor   platform.Harbor
	Remote   []remote.Option
	// Base is the image that the sample's Dockerfiles start from, Database the vulnerability database's.
	Base, Database string
	// CA is the PEM that Harbor is trusted by.
	CA []byte
}

// Options say how a loop differs from the plain one.
type Options struct {
	// Name is the namespace, and the repository's owner and name on the forge.
	Name string
	// Watched is the branch that starts runs; empty for main, the repository's default branch.
	Watched string
	// Project are settings of the project in Harbor, such as "prevent_vul": "true"; Quota is how
	// many bytes it may hold, 0 for as many as there is room for.
	Project map[string]string
	Quota   int64
}

// Loop is one monorepo under adze's care.
type Loop struct {
	*Site
	// Namespace holds the listener and the runs.
	Namespace string
	// Owner and Repo name the repository on the forge.
	Owner, Repo string
	// Branch is the watched branch.
	Branch string
	// Project is the loop's project in Harbor, which nobody else may pull from, and ImagePrefix the
	// prefix of the services' images in it.
	Project, ImagePrefix string
	// Inside is the forge's URL as pods see it, Outside as this machine does.
	Inside, Outside string
	// GitHub is a client of the forge as the developer.
	GitHub *github.Client
	// Dir is the developer's clone.
	Dir string
	// First is the commit that was deployed by hand; it is the tag of every service's first image.
	First string

	token  string
	secret string
	// push and pull are config.json of the robot accounts.
	push, pull string
}

// Start makes the namespace, the repository with the sample in it, whose
// services are deployed at its first commit, and the listener.
func Start(ctx context.Context, site *Site, o Options) (*Loop, error) {
	l := &Loop{Site: site, Namespace: o.Name, Owner: o.Name, Repo: "shop", Branch: o.Watched}
	if l.Branch == "" {
		l.Branch = "main"
	}
	// The registry outlives the loop, and an image that exists is not built again.
	l.Project = o.Name + "-" + strings.ToLower(word()[:6])
	l.ImagePrefix = site.Registry + "/" + l.Project
	l.Inside = "http://forge." + o.Name + ".svc.cluster.local"
	for _, stage := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"making the project in Harbor", func(ctx context.Context) error { return l.makeProject(ctx, o) }},
		{"making the namespace", l.makeNamespace},
		{"installing the forge", l.installForge},
		{"installing adze", l.install},
		{"making the repository", l.makeRepository},
		{"waiting for the listener", l.waitListener},
		{"hooking the repository", l.hook},
	} {
		if err := stage.do(ctx); err != nil {
			return nil, fmt.Errorf("starting the loop %s: %s: %w", o.Name, stage.what, err)
		}
	}
	return l, nil
}
