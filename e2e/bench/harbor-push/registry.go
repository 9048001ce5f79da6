// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/adze-ci/adze/e2e/platform"
	"github.com/adze-ci/adze/internal/run"
)

// server is a registry on loopback, reached through a listener that counts.
type server struct {
	// Host is where clients reach it.
	Host string
	// sent are bytes from clients, received those to them.
	sent, received atomic.Int64

	listener net.Listener
	backend  string
	links    sync.WaitGroup
	stop     func() error
}

// identity is what a registry speaks TLS with, as files: a certificate and its
// key, and the authority that clients are to trust.
type identity struct{ cert, key, authority string }

// newIdentity makes one for this machine.
func newIdentity(work string) (identity, error) {
	i := identity{filepath.Join(work, "registry.crt"), filepath.Join(work, "registry.key"), filepath.Join(work, "ca.crt")}
	ca, err := platform.LoadCA(work)
	if err != nil {
		return i, err
	}
	cert, key, err := ca.Issue("localhost")
	if err != nil {
		return i, err
	}
	return i, errors.Join(os.WriteFile(i.cert, cert, 0o600), os.WriteFile(i.key, key, 0o600))
}

// startRegistry starts a registry that has nothing.
func (b *bench) startRegistry(ctx context.Context) (*server, error) {
	dir, err := os.MkdirTemp(b.work, "registry-")
	if err != nil {
		return nil, err
	}
	backend, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- run.Command{
			Path: b.programs.registry, Stderr: io.Discard,
			Args: []string{"--anonymous", "--addr=" + backend, "--root=" + filepath.Join(dir, "data"), "--cert=" + b.identity.cert, "--key=" + b.identity.key},
		}.Run(ctx)
	}()
	s := &server{backend: backend, stop: func() error {
		cancel()
		<-ended //nolint:errcheck // it was told to
		return os.RemoveAll(dir)
	}}
	if err := errors.Join(s.ready(ctx, ended), s.listen(ctx)); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// freePort is an address on loopback that nobody listens on now.
func freePort(ctx context.Context) (string, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// ready waits until the registry listens.
func (s *server) ready(ctx context.Context, ended <-chan error) error {
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.backend); err == nil {
			return conn.Close()
		}
		select {
		case err := <-ended:
			return errors.Join(errors.New("the registry ended before it answered"), err)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// listen passes on connections.
func (s *server) listen(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return err
	}
	s.listener, s.Host = ln, "localhost:"+port
	go func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			s.links.Go(func() { s.link(ctx, client) })
		}
	}()
	return nil
}

// link passes bytes on between a client and the registry until both are done.
func (s *server) link(ctx context.Context, client net.Conn) {
	defer client.Close() //nolint:errcheck // the other side is gone
	backend, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.backend)
	if err != nil {
		return
	}
	defer backend.Close() //nolint:errcheck // the other side is gone
	var both sync.WaitGroup
	both.Go(func() { pass(backend, client, &s.sent) })
	both.Go(func() { pass(client, backend, &s.received) })
	both.Wait()
}

// pass copies what comes to where it goes, and then says that no more comes.
func pass(to, from net.Conn, count *atomic.Int64) {
	n, _ := io.Copy(to, from) // a cut is the client's to tell
	count.Add(n)
	if half, ok := to.(*net.TCPConn); ok {
		_ = half.CloseWrite() // it may be gone
	}
}

// seen waits for the connections to end, and tells what went over them.
func (s *server) seen() (sent, received int64) {
	s.links.Wait()
	return s.sent.Swap(0), s.received.Swap(0)
}

// Close ends the registry and removes what it has.
func (s *server) Close() error {
	return errors.Join(s.listener.Close(), s.stop())
}
