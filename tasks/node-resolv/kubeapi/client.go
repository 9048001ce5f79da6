// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// ErrNotFound says that the object does not exist.
var ErrNotFound = errors.New("not found")

const (
	// callTimeout is how long one question may take, repetitions included.
	callTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read, in bytes.
	maxAnswer = 4 << 20
)

// Client talks to one API server.
type Client struct {
	server    string
	tokenFile string
	calls     *http.Client
	watches   *http.Client
}

// Config says where the API server is and how to be let in.
type Config struct {
	// Server is the API server's URL.
	Server string
	// TokenFile holds the bearer token; it is read anew for each request,
	// because the kubelet renews it. Empty for none.
	TokenFile string
	// CAFile holds the certificates that the server's is checked by; empty for the system's.
	CAFile string
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

// InCluster is the configuration that each pod finds in its environment:
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
func InCluster() (Config, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return Config{}, step.Hint(errors.New("finding the API server: KUBERNETES_SERVICE_HOST is not set"), "outside of a pod name it with --api-server")
	}
	return Config{Server: "https://" + net.JoinHostPort(host, port), TokenFile: serviceAccount + "token", CAFile: serviceAccount + "ca.crt"}, nil
}

// New makes a client. It asks nothing yet.
func New(c Config) (*Client, error) {
	transport := &http.Transport{
		TLSHandshakeTimeout: callTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        2,
		IdleConnTimeout:     90 * time.Second,
		// A watch is silent for minutes; pings tell a quiet server from a dead one.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the API server's CA: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("reading the API server's CA: no certificate in %s", c.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{
		server:    strings.TrimSuffix(c.Server, "/"),
		tokenFile: c.TokenFile,
		calls:     &http.Client{Transport: &retry.Transport{Base: transport, Limit: callTimeout}},
		watches:   &http.Client{Transport: transport},
	}, nil
}

// get reads an object.
func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.call(ctx, http.MethodGet, path, nil, into)
}

// call sends a body, if there is one, and reads the answer, if it is wanted.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encoding for %s: %w", path, err)
		}
	}
	resp, err := c.send(ctx, c.calls, method, path, nil, text)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or given up
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(into); err != nil {
		return fmt.Errorf("reading the API server's answer to %s %s: %w", method, path, err)
	}
	return nil
}

// send sends a request and refuses every answer but 2xx.
func (c *Client) send(ctx context.Context, client *http.Client, method, path string, query url.Values, body []byte) (*http.Response, error) {
	address := c.server + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("asking the API server: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := c.authorize(req); err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the API server: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // only its status matters
	if resp.StatusCode == http.StatusNotFound && saysNotFound(resp.Body) {
		return nil, fmt.Errorf("asking the API server: %s %s: %w", method, path, ErrNotFound)
	}
	return nil, fmt.Errorf("asking the API server: %s %s: %s", method, path, resp.Status)
}

// saysNotFound tells whether a 404 is the API server's word on an object, and not that
// of a load balancer before it that knows of no API server:
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
func saysNotFound(body io.Reader) bool {
	var status struct{ Kind, Reason string }
	err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&status)
	return err == nil && status.Kind == "Status" && status.Reason == "NotFound"
}

func (c *Client) authorize(req *http.Request) error {
	if c.tokenFile == "" {
		return nil
	}
	token, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return fmt.Errorf("reading the API token: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	return nil
}
