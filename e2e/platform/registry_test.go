// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/crypto/bcrypt"
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
func TestPushThroughForward(t *testing.T) {
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
	to := pusher{dialing(address, ca), authn.Anonymous}
	for range 2 {
		if err := to.push(t.Context(), img, "library/trivy-db", "2"); err != nil {
			t.Fatal(err)
		}
	}
	if puts.Load() != 1 {
		t.Errorf("%d manifests put, want 1", puts.Load())
	}
	manifest, err := remote.Image(name.MustParseReference(RegistryHost+"/library/trivy-db:2"), remote.WithTransport(to.transport))
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
	if err := (pusher{dialing(address, stranger), authn.Anonymous}).push(context.Background(), img, "library/x", "1"); err == nil {
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
		all, err := p.registrySecrets()
		if err != nil {
			t.Fatal(err)
		}
		text, err := stream(all)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	if texts[0] != texts[1] {
		t.Error("a second run makes other secrets")
	}
	user, err := p.credentials()
	if err != nil {
		t.Fatal(err)
	}
	_, hash, _ := strings.Cut(strings.TrimSpace(user.Htpasswd), ":")
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(user.Password)); err != nil {
		t.Errorf("the registry would refuse its own user: %v", err)
	}
}

func TestForwarded(t *testing.T) {
	if got, err := forwarded(strings.NewReader("Forwarding from 127.0.0.1:40123 -> 5000\n")); err != nil || got != "127.0.0.1:40123" {
		t.Errorf("forwarded = %q, %v", got, err)
	}
	if _, err := forwarded(strings.NewReader("error: unable to forward\n")); err == nil {
		t.Error("a failed forward gave an address")
	}
}
