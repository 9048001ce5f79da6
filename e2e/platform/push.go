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

// Remote are the options that reach the registry inside of the cluster from
// this machine, by its name there, with its certificate verified and as its user.
func (p *Platform) Remote() ([]remote.Option, error) {
	config, err := clientcmd.BuildConfigFromFlags("", p.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("reading the cluster's kubeconfig: %w", err)
	}
	inside, err := tunnel.New(config)
	if err != nil {
		return nil, err
	}
	user, err := p.credentials()
	if err != nil {
		return nil, err
	}
	return []remote.Option{
		remote.WithTransport(trusting(p.CA, inside.DialContext)),
		remote.WithAuth(&authn.Basic{Username: user.Username, Password: user.Password}),
	}, nil
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
