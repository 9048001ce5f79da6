// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"crypto/rand"
	_ "embed" // for the manifest
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// RegistryHost is the name under which Pods, and nodes that can resolve it,
// reach Harbor inside of the cluster, on port 443.
const RegistryHost = "registry-harbor-core.infra.svc.cluster.local"

// Busybox is the image in it that Dockerfiles can start from, and TrivyDB the
// vulnerability database, as Trivy's --db-repository wants it. Anybody may pull
// both.
const (
	Busybox = RegistryHost + "/" + publicProject + "/busybox"
	TrivyDB = RegistryHost + "/" + publicProject + "/trivy-db:2"
)

// The main packages of the stand-in for Harbor's API, and of the registry
// behind it, which is in a module of its own.
const (
	harborProgram   = "github.com/adze-ci/adze/e2e/harbor/server"
	registryProgram = "github.com/adze-ci/adze/e2e/tools/registry"
)

// harborNamespace is where Harbor runs.
const harborNamespace = "infra"

// publicProject is the project that anybody may pull from.
const publicProject = "library"

//go:embed harbor.yaml
var harborYAML []byte

// harbor installs Harbor inside of the cluster and fills it with what pipelines
// pull: a base for Dockerfiles and Trivy's database.
func (p *Platform) harbor(ctx context.Context) error {
	if err := p.stage(ctx, "Harbor in the cluster", p.installHarbor); err != nil {
		return err
	}
	return p.stage(ctx, "images in it", p.fill)
}

func (p *Platform) installHarbor(ctx context.Context) error {
	refs, err := p.Bases(ctx, "static")
	if err != nil {
		return err
	}
	secrets, err := p.harborSecrets()
	if err != nil {
		return err
	}
	text, err := kubeyaml.Render(secrets)
	if err != nil {
		return err
	}
	registry, err := p.resolved(ctx, "registry", []byte("ko://"+registryProgram), refs["static"])
	if err != nil {
		return err
	}
	config, err := p.koYAML(ctx, harborProgram)
	if err != nil {
		return err
	}
	harbor, err := p.ko(ctx, p.Tree, config, harborProgram)
	if err != nil {
		return err
	}
	fill := strings.NewReplacer("image: HARBOR", "image: "+harbor[harborProgram], "image: REGISTRY", "image: "+string(registry),
		"SECRETS}", `"`+fingerprint(text)+`"}`)
	all, err := kubeyaml.Parse([]byte(fill.Replace(string(harborYAML))))
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
	harbor, err := p.Harbor()
	if err != nil {
		return err
	}
	options := harbor.Remote()
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

// harborSecrets are Harbor's Secrets and its ConfigMap. What is generated is kept
// in the state folder, so that a second run changes nothing.
func (p *Platform) harborSecrets() ([]kubeyaml.Object, error) {
	password, err := p.HarborPassword()
	if err != nil {
		return nil, err
	}
	chain, key, err := p.registryCertificate()
	if err != nil {
		return nil, err
	}
	return []kubeyaml.Object{
		secret("registry-tls", "kubernetes.io/tls", map[string]any{"tls.crt": string(chain), "tls.key": string(key)}),
		secret("harbor-admin", "Opaque", map[string]any{"password": password}),
		{
			"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"ca.crt": string(p.CA.Certificate)},
			"metadata": map[string]any{"name": "adze-ca", "namespace": harborNamespace},
		},
	}, nil
}

func secret(name, kind string, data map[string]any) kubeyaml.Object {
	return kubeyaml.Object{
		"apiVersion": "v1", "kind": "Secret", "type": kind, "stringData": data,
		"metadata": map[string]any{"name": name, "namespace": harborNamespace},
	}
}

// HarborPassword is that of Harbor's administrator, made up once per cluster.
func (p *Platform) HarborPassword() (string, error) {
	file := filepath.Join(p.State, "harbor-password")
	kept, err := os.ReadFile(file) // #nosec G304 -- in the cluster's own folder
	if errors.Is(err, fs.ErrNotExist) {
		made := rand.Text()
		return made, replaceFile(file, []byte(made))
	}
	if err != nil {
		return "", fmt.Errorf("reading the password of Harbor's administrator: %w", err)
	}
	return string(kept), nil
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
	chain, key, err = p.CA.Issue(RegistryHost, "registry-harbor-core."+harborNamespace, "localhost")
	if err != nil {
		return nil, nil, err
	}
	if err := replaceFile(keyFile, key); err != nil {
		return nil, nil, fmt.Errorf("keeping the registry's key: %w", err)
	}
	return chain, key, replaceFile(certFile, chain)
}
