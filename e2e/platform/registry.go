// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	_ "embed" // for the manifest
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// RegistryHost is the name under which Pods, and nodes that can resolve it,
// reach the registry inside of the cluster, on port 443.
const RegistryHost = "registry-harbor-core.infra.svc.cluster.local"

// Busybox is the image in it that Dockerfiles can start from, and TrivyDB the
// vulnerability database, as Trivy's --db-repository wants it. Anybody may pull
// both.
const (
	Busybox = RegistryHost + "/" + publicProject + "/busybox"
	TrivyDB = RegistryHost + "/" + publicProject + "/trivy-db:2"
)

// registryProgram is the main package of the registry, in a module of its own.
const registryProgram = "github.com/adze-ci/adze/e2e/tools/registry"

// registryNamespace is where the registry runs.
const registryNamespace = "infra"

// publicProject is the project that anybody may pull from.
const publicProject = "library"

//go:embed registry.yaml
var registryYAML []byte

// innerRegistry installs the registry inside of the cluster and fills it with
// what pipelines pull: a base for Dockerfiles and Trivy's database.
func (p *Platform) innerRegistry(ctx context.Context) error {
	if err := p.stage(ctx, "registry in the cluster", p.installRegistry); err != nil {
		return err
	}
	return p.stage(ctx, "images in it", p.fill)
}

func (p *Platform) installRegistry(ctx context.Context) error {
	refs, err := p.Bases(ctx, "static")
	if err != nil {
		return err
	}
	secrets, err := p.registrySecrets()
	if err != nil {
		return err
	}
	text, err := kubeyaml.Render(secrets)
	if err != nil {
		return err
	}
	built, err := p.resolved(ctx, "registry", []byte("ko://"+registryProgram), refs["static"])
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("image: IMAGE", "image: "+string(built), "SECRETS}", `"`+fingerprint(text)+`"}`)
	all, err := kubeyaml.Parse([]byte(fill.Replace(string(registryYAML))))
	if err != nil {
		return err
	}
	if err := p.apply(ctx, append(all, secrets...)); err != nil {
		return err
	}
	return p.rolledOut(ctx, all)
}

// fill pushes what pipelines pull.
func (p *Platform) fill(ctx context.Context) error {
	builder, err := p.builder()
	if err != nil {
		return err
	}
	options, err := p.Remote()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		img, err := builder.Build(ctx, "busybox")
		if err != nil {
			return err
		}
		_, err = push(ctx, img, Busybox+":latest", options...)
		return err
	})
	group.Go(func() error {
		img, err := p.trivyDB(ctx)
		if err != nil {
			return err
		}
		_, err = push(ctx, img, TrivyDB, options...)
		return err
	})
	return group.Wait()
}

// registrySecrets are the Secrets and the ConfigMap of the registry. What is
// generated is kept in the state folder, so that a second run changes nothing.
func (p *Platform) registrySecrets() ([]kubeyaml.Object, error) {
	user, err := p.credentials()
	if err != nil {
		return nil, err
	}
	chain, key, err := p.registryCertificate()
	if err != nil {
		return nil, err
	}
	shared, err := p.access()
	if err != nil {
		return nil, err
	}
	for _, o := range shared {
		o.At("metadata")["namespace"] = registryNamespace
	}
	return append(shared,
		secret("registry-tls", "kubernetes.io/tls", map[string]any{"tls.crt": string(chain), "tls.key": string(key)}),
		secret("registry-users", "Opaque", map[string]any{"htpasswd": user.Htpasswd}),
	), nil
}

func secret(name, kind string, data map[string]any) kubeyaml.Object {
	return kubeyaml.Object{
		"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": data,
		"metadata": map[string]any{"name": name, "namespace": registryNamespace},
	}
}

// registryCertificate is the registry's certificate, issued once per CA.
func (p *Platform) registryCertificate() (chain, key []byte, err error) {
	mark := fingerprint(p.CA.Certificate)
	certFile := filepath.Join(p.State, "registry-"+mark+".crt")
	keyFile := filepath.Join(p.State, "registry-"+mark+".key")
	chain, certErr := os.ReadFile(certFile) // #nosec G304 -- in the cluster's own folder
	key, keyErr := os.ReadFile(keyFile)     // #nosec G304 -- in the cluster's own folder
	if certErr == nil && keyErr == nil {
		return chain, key, nil
	}
	chain, key, err = p.CA.Issue(RegistryHost, "registry-harbor-core."+registryNamespace, "localhost")
	if err != nil {
		return nil, nil, err
	}
	if err := replaceFile(keyFile, key); err != nil {
		return nil, nil, fmt.Errorf("keeping the registry's key: %w", err)
	}
	return chain, key, replaceFile(certFile, chain)
}
