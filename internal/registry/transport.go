// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// idle is how long a connection may carry nothing in the middle of a request.
const idle = time.Minute

// longestWait is the longest wait between two tries: a step that waits for a
// registry to restart goes on soon after it is back.
const longestWait = 5 * time.Second

// newTransport trusts further authorities and repeats what is worth repeating.
func newTransport(caFiles []string, limit time.Duration, log *slog.Logger) (http.RoundTripper, error) {
	pool, err := loadPool(caFiles)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &retry.Transport{Limit: limit, Max: longestWait, Log: log, Base: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{conn}, nil
		},
		TLSClientConfig:     &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     idle,
	}}, nil
}

// loadPool is the system's authorities and those of the given files.
func loadPool(paths []string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // an image without certificates
	}
	files, err := CertificateFiles(paths)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, step.Misuse("reading the certificate authority: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, step.Misuse("%s holds no PEM certificate", file)
		}
	}
	return pool, nil
}

// CertificateFiles lists the files that --ca-file paths stand for: a folder
// stands for its .crt and .pem files, of which there may be none, as in an
// optional Secret that does not exist.
func CertificateFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, step.Misuse("reading the certificate authority: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		for _, pattern := range []string{"*.crt", "*.pem"} {
			found, err := filepath.Glob(filepath.Join(path, pattern))
			if err != nil {
				return nil, step.Misuse("listing the certificate authorities in %s: %w", path, err)
			}
			files = append(files, found...)
		}
	}
	return files, nil
}

// watchedConn ends a connection on which nothing moves, so that a registry
// that stops in the middle of a layer is noticed, however long layers take.
type watchedConn struct{ net.Conn }

func (c *watchedConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *watchedConn) Write(b []byte) (int, error) {
	// The read that waits for the answer must not time out while we still send.
	if err := c.SetDeadline(time.Now().Add(idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}
