// SPDX-License-Identifier: Apache-2.0

// Package transport makes the HTTP transport below the clients of registries, git
// servers and forges: it heeds the proxy variables, trusts private authorities
// besides the system's, and ends a connection on which nothing moves.
//
// The last is what a deadline for a whole answer cannot be: a layer may take
// an hour, and a server that falls silent in its middle is noticed all the same.
package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// connectTimeout is how long a connection, and then its TLS, may take to be made.
const connectTimeout = 10 * time.Second

// New makes a transport. CAFiles are as [CertificateFiles] takes them; silence is how
// long a connection may carry nothing in the middle of a request.
func New(caFiles []string, silence time.Duration) (*http.Transport, error) {
	pool, err := authorities(caFiles)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{conn, silence}, nil
		},
		TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: connectTimeout,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     silence,
	}, nil
}

// watchedConn ends a connection on which nothing moves.
type watchedConn struct {
	net.Conn
	silence time.Duration
}

// Read waits for as long as the peer may be silent.
func (c *watchedConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// Write waits for as long, and lets the read that waits for the answer wait
// on: it must not time out while we still send.
func (c *watchedConn) Write(b []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
