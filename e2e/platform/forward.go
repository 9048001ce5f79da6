// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/adze-ci/adze/internal/run"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// pusher pushes into the registry inside of the cluster.
type pusher struct {
	transport http.RoundTripper
	auth      authn.Authenticator
}

// push writes img unless the tag names it already.
func (to pusher) push(ctx context.Context, img v1.Image, repository, tag string) error {
	ref, err := name.NewTag(RegistryHost + "/" + repository + ":" + tag)
	if err != nil {
		return fmt.Errorf("pushing %s: %w", repository, err)
	}
	digest, err := img.Digest()
	if err != nil {
		return fmt.Errorf("pushing %s: %w", repository, err)
	}
	options := []remote.Option{remote.WithContext(ctx), remote.WithTransport(to.transport), remote.WithAuth(to.auth)}
	if there, err := remote.Head(ref, options...); err == nil && there.Digest == digest {
		return nil
	}
	if err := remote.Write(ref, img, options...); err != nil {
		return fmt.Errorf("pushing %s: %w", ref, err)
	}
	return nil
}

// Transport returns a transport for the registry inside of the cluster, by its
// name there and with its certificate verified, that works from this machine
// until stop is called.
func (p *Platform) Transport(ctx context.Context) (transport http.RoundTripper, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() {
		cmd := run.Command{Path: p.Kubectl, Stdout: in, Args: []string{
			"--kubeconfig", p.Kubeconfig, "--namespace", registryNamespace,
			"port-forward", "--address=127.0.0.1", "service/registry-harbor-core", ":443",
		}}
		err := cmd.Run(ctx)
		_ = in.CloseWithError(errors.Join(io.EOF, err))
		done <- err
		close(done)
	}()
	stop = func() {
		cancel()
		for range done { // it ended because it was told to
		}
	}
	address, err := forwarded(out)
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("forwarding a port to the registry: %w", errors.Join(err, <-done))
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // it tells of each connection
	return dialing(address, p.CA), stop, nil
}

// forwarded reads the local address from what kubectl port-forward prints.
func forwarded(out io.Reader) (string, error) {
	pattern := regexp.MustCompile(`^Forwarding from (127\.0\.0\.1:\d+) `)
	line, err := bufio.NewReader(out).ReadString('\n')
	m := pattern.FindStringSubmatch(line)
	if m == nil {
		return "", fmt.Errorf("unexpected line %q: %w", line, err)
	}
	return m[1], nil
}

// dialing connects every request to one address and trusts one CA.
func dialing(address string, ca CA) http.RoundTripper {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.Certificate)
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
		TLSClientConfig:       &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout: time.Minute,
		MaxIdleConnsPerHost:   8,
	}
}

// throughForward runs do with a pusher that reaches the registry.
func (p *Platform) throughForward(ctx context.Context, do func(context.Context, pusher) error) error {
	transport, stop, err := p.Transport(ctx)
	if err != nil {
		return err
	}
	defer stop()
	user, err := p.credentials()
	if err != nil {
		return err
	}
	return do(ctx, pusher{transport, &authn.Basic{Username: user.Username, Password: user.Password}})
}
