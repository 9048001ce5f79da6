// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/adze-ci/adze/e2e/kubeyaml"
)

// counted is a registry that counts the manifests that were put.
func counted(puts *atomic.Int32) http.Handler {
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") {
			puts.Add(1)
		}
		inner.ServeHTTP(w, r)
	})
}

func TestPushTwice(t *testing.T) {
	var puts atomic.Int32
	srv := httptest.NewServer(counted(&puts))
	defer srv.Close()
	img, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	repository := strings.TrimPrefix(srv.URL, "http://") + "/base/x"
	first, err := push(t.Context(), img, repository)
	if err != nil {
		t.Fatal(err)
	}
	again, err := push(t.Context(), img, repository)
	if err != nil || again != first || puts.Load() != 1 {
		t.Errorf("pushed as %s and %s, %v, %d manifests put; want the same and 1", first, again, err, puts.Load())
	}
	if missing(t.Context(), []string{first}) {
		t.Error("what was pushed is missing")
	}
	if !missing(t.Context(), []string{first, repository + "@sha256:" + strings.Repeat("0", 64)}) {
		t.Error("what was never pushed is not missing")
	}
}

// The registry's own name is dialled at a local port, and its certificate holds.
func TestPushByTheInsideName(t *testing.T) {
	ca, err := LoadCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	chain, key, err := ca.Issue(RegistryHost)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	var puts atomic.Int32
	srv := httptest.NewUnstartedServer(counted(&puts))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	img, err := artifact([]byte("archive"))
	if err != nil {
		t.Fatal(err)
	}
	address := srv.Listener.Addr().String()
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	trusted := remote.WithTransport(trusting(ca, dial))
	for range 2 {
		if _, err := push(t.Context(), img, TrivyDB, trusted); err != nil {
			t.Fatal(err)
		}
	}
	if puts.Load() != 1 {
		t.Errorf("%d manifests put, want 1", puts.Load())
	}
	manifest, err := remote.Image(name.MustParseReference(TrivyDB), trusted)
	if err != nil {
		t.Fatal(err)
	}
	m, err := manifest.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Layers) != 1 || m.Layers[0].MediaType != dbLayerType || m.Layers[0].Annotations["org.opencontainers.image.title"] != "db.tar.gz" {
		t.Errorf("the database's manifest is %+v", m)
	}
	stranger, err := LoadCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := push(t.Context(), img, RegistryHost+"/library/x:1", remote.WithTransport(trusting(stranger, dial))); err == nil {
		t.Error("a certificate of another CA was accepted")
	}
}

func TestCAIsKept(t *testing.T) {
	dir := t.TempDir()
	first, err := LoadCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadCA(dir)
	if err != nil || string(again.Certificate) != string(first.Certificate) || string(again.Key) != string(first.Key) {
		t.Errorf("the CA was made anew: %v", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(first.Certificate) {
		t.Error("the CA's certificate is no PEM")
	}
}

func TestSecretsStayTheSame(t *testing.T) {
	ca, err := LoadCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &Platform{State: t.TempDir(), CA: ca}
	var texts [2]string
	for i := range texts {
		all, err := p.harborSecrets()
		if err != nil {
			t.Fatal(err)
		}
		text, err := kubeyaml.Render(all)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] != texts[1] {
		t.Error("a second run makes other secrets")
	}
}
