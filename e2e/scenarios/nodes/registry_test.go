// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package nodes

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	goregistry "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/cluster/kindcluster"
	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/images"
)

// registry is an image registry that nodes reach at the cluster IP of a
// Service alone. It runs here, so that it can tell who asked it.
type registry struct {
	server *httptest.Server
	// image is an image with a shell, by the Service's name.
	image string

	mu    sync.Mutex
	asked map[string]int // by the IP that asked
}

// serviceYAML makes the registry a Service; it lacks the address and the port.
const serviceYAML = `
apiVersion: v1
kind: Namespace
metadata: {name: infra}
---
apiVersion: v1
kind: Service
metadata: {name: registry-harbor-core, namespace: infra}
spec:
  ports: [{name: https, port: 443}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: registry-harbor-core-host
  namespace: infra
  labels: {kubernetes.io/service-name: registry-harbor-core}
addressType: IPv4
endpoints: [{addresses: [%q], conditions: {ready: true}}]
ports: [{name: https, port: %d}]
`

// openRegistry starts the registry with an image in it, and makes its Service.
func openRegistry(ctx context.Context, c *kindcluster.Cluster) (*registry, error) {
	ca, err := platform.LoadCA(c.Dir)
	if err != nil {
		return nil, err
	}
	chain, key, err := ca.Issue(platform.RegistryHost)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, err
	}
	r := &registry{asked: map[string]int{}}
	r.server = httptest.NewUnstartedServer(r.counted(goregistry.New(goregistry.Logger(log.New(io.Discard, "", 0)))))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(c.HostAddress, "0"))
	if err != nil {
		return nil, err
	}
	r.server.Listener = listener
	r.server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	r.server.StartTLS()
	if err := r.fill(ctx); err != nil {
		return nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	apply := c.Kubectl("apply", "--server-side", "-f", "-")
	apply.Stdin = bytes.NewReader(fmt.Appendf(nil, serviceYAML, c.HostAddress, port))
	return r, apply.Run(ctx)
}

func (r *registry) close() { r.server.Close() }

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
	r.image = platform.RegistryHost + "/library/busybox@" + digest.String()
	ref, err := name.ParseReference(r.server.Listener.Addr().String() + "/library/busybox@" + digest.String())
	if err != nil {
		return err
	}
	// The certificate is for the Service's name, which is not known here.
	transport := r.server.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true
	return remote.Write(ref, img, remote.WithContext(ctx), remote.WithTransport(transport))
}
