// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	goregistry "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/images"
)

// The hosts that the registry's two Services are. Nodes of kind have been told to
// trust its CA at the first; the other is the overlays'.
const (
	registryHost = platform.RegistryHost
	overlayHost  = "registry.infra.svc.cluster.local"
)

// registry is an image registry that nodes reach at the cluster IPs of its
// Services alone. It runs here, so that it can tell who asked it.
type registry struct {
	// server speaks HTTPS, bare HTTP.
	server, bare *httptest.Server
	// repository and digest are those of an image with a shell.
	repository, digest string

	mu    sync.Mutex
	asked map[string]int // by the IP that asked
}

// namespaceYAML is where its Services are.
const namespaceYAML = `
apiVersion: v1
kind: Namespace
metadata: {name: infra}
`

// serviceYAML makes the registry a Service; it lacks the name, the address and
// the ports.
const serviceYAML = `---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: infra}
spec:
  ports: [{name: https, port: 443}, {name: http, port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: %[1]s-host
  namespace: infra
  labels: {kubernetes.io/service-name: %[1]s}
addressType: IPv4
endpoints: [{addresses: [%[2]q], conditions: {ready: true}}]
ports: [{name: https, port: %[3]d}, {name: http, port: %[4]d}]
`

// openRegistry starts the registry with an image in it, and makes its Services.
func openRegistry(ctx context.Context, c *kindcluster.Cluster) (*registry, error) {
	ca, err := platform.LoadCA(c.Dir)
	if err != nil {
		return nil, err
	}
	chain, key, err := ca.Issue(registryHost, overlayHost)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	r := &registry{asked: map[string]int{}}
	handler := r.counted(goregistry.New(goregistry.Logger(log.New(io.Discard, "", 0))))
	var ports []int
	for _, server := range []**httptest.Server{&r.server, &r.bare} {
		*server = httptest.NewUnstartedServer(handler)
		(*server).Listener, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(c.HostAddress, "0"))
		if err != nil {
			return nil, err
		}
		ports = append(ports, (*server).Listener.Addr().(*net.TCPAddr).Port)
	}
	r.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	r.server.StartTLS()
	r.bare.Start()
	if err := r.fill(ctx); err != nil {
		return nil, err
	}
	text := namespaceYAML
	for _, service := range []string{"registry-harbor-core", "registry"} {
		text += fmt.Sprintf(serviceYAML, service, c.HostAddress, ports[0], ports[1])
	}
	apply := c.Kubectl("apply", "--server-side", "-f", "-")
	apply.Stdin = strings.NewReader(text)
	return r, apply.Run(ctx)
}

func (r *registry) close() {
	r.server.Close()
	r.bare.Close()
}

// image is the reference of the image at one of the registry's hosts.
func (r *registry) image(host string) string { return host + "/" + r.repository + "@" + r.digest }

// counted notes who asks.
func (r *registry) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		host, _, err := net.SplitHostPort(req.RemoteAddr)
		if err != nil {
			host = req.RemoteAddr
		}
		r.mu.Lock()
		r.asked[host]++
		r.mu.Unlock()
		next.ServeHTTP(w, req)
	})
}

// askedBy tells how often an IP asked so far.
func (r *registry) askedBy(ip string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[ip]
}

// fill pushes an image with a shell in it.
func (r *registry) fill(ctx context.Context) error {
	cache, err := tools.Cache()
	if err != nil {
		return err
	}
	img, err := images.Builder{Cache: filepath.Join(cache, "platform", "images"), Tool: tools.Program}.Build(ctx, "busybox")
	if err != nil {
		return err
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	r.repository, r.digest = "library/busybox", digest.String()
	ref, err := name.ParseReference(r.image(r.server.Listener.Addr().String()))
	if err != nil {
		return err
	}
	// The certificate is for the Services' names, which are not known here.
	transport := r.server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true
	return remote.Write(ref, img, remote.WithContext(ctx), remote.WithTransport(transport))
}
