// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/adze-ci/adze/e2e/tunnel"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"k8s.io/client-go/tools/clientcmd"
)

// push writes img under a tag, unless the tag names it already, and returns the
// reference by digest.
func push(ctx context.Context, img v1.Image, tag string, options ...remote.Option) (string, error) {
	ref, err := name.NewTag(tag)
	if err != nil {
		return "", fmt.Errorf("pushing %s: %w", tag, err)
	}
	digest, err := img.Digest()
	if err != nil {
		return "", fmt.Errorf("pushing %s: %w", tag, err)
	}
	options = append([]remote.Option{remote.WithContext(ctx)}, options...)
	byDigest := ref.Context().Digest(digest.String()).String()
	if there, err := remote.Head(ref, options...); err == nil && there.Digest == digest {
		return byDigest, nil
	}
	if err := remote.Write(ref, img, options...); err != nil {
		return "", fmt.Errorf("pushing %s: %w", tag, err)
	}
	return byDigest, nil
}

// Harbor is the way to Harbor inside of the cluster, for its administrator.
type Harbor struct {
	// Transport reaches it from this machine, by its name there, and verifies its
	// certificate.
	Transport http.RoundTripper
	// User and Password are the administrator's.
	User, Password string
}

// Remote are the options that reach it as a registry.
func (h Harbor) Remote() []remote.Option {
	return []remote.Option{remote.WithTransport(h.Transport), remote.WithAuth(&authn.Basic{Username: h.User, Password: h.Password})}
}

// Client asks its API as the administrator.
func (h Harbor) Client() *http.Client { return &http.Client{Transport: h} }

// RoundTrip implements [http.RoundTripper].
func (h Harbor) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.SetBasicAuth(h.User, h.Password)
	return h.Transport.RoundTrip(r)
}

// Harbor tells how to reach it.
func (p *Platform) Harbor() (Harbor, error) {
	config, err := clientcmd.BuildConfigFromFlags("", p.Kubeconfig)
	if err != nil {
		return Harbor{}, fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	inside, err := tunnel.New(config)
	if err != nil {
		return Harbor{}, err
	}
	password, err := p.HarborPassword()
	return Harbor{Transport: trusting(p.CA, inside.DialContext), User: "admin", Password: password}, err
}

// trusting connects by dial and trusts one CA.
func trusting(ca CA, dial func(ctx context.Context, network, address string) (net.Conn, error)) http.RoundTripper {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.Certificate)
	return &http.Transport{
		DialContext:           dial,
		TLSClientConfig:       &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost:   8,
	}
}
