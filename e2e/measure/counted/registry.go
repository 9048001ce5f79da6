// SPDX-License-Identifier: Apache-2.0

package counted

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

	"github.com/adze-ci/adze/internal/run"
)

// Registry is a registry on loopback, reached through a listener that counts.
type Registry struct {
	// Host is where clients reach it.
	Host string
	// sent are bytes from clients, received those to them.
	sent, received atomic.Int64

	listener net.Listener
	backend  string
	links    sync.WaitGroup
	stop     func() error
}

// Start starts a registry that has nothing, as a program below a folder.
func Start(ctx context.Context, program, work string, as Identity) (*Registry, error) {
	dir, err := os.MkdirTemp(work, "registry-")
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
			Path: program, Stderr: io.Discard,
			Args: []string{"--anonymous", "--addr=" + backend, "--root=" + filepath.Join(dir, "data"), "--cert=" + as.cert, "--key=" + as.key},
		}.Run(ctx)
	}()
	r := &Registry{backend: backend, stop: func() error {
		cancel()
		<-ended //nolint:errcheck // it was told to
		return os.RemoveAll(dir)
	}}
	if err := errors.Join(r.ready(ctx, ended), r.listen(ctx)); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
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
func (r *Registry) ready(ctx context.Context, ended <-chan error) error {
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.backend); err == nil {
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
func (r *Registry) listen(ctx context.Context) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		return err
	}
	r.listener, r.Host = ln, "localhost:"+port
	go func() {
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			r.links.Go(func() { r.link(ctx, client) })
		}
	}()
	return nil
}

// link passes bytes on between a client and the registry until both are done.
func (r *Registry) link(ctx context.Context, client net.Conn) {
	defer client.Close() //nolint:errcheck // the other side is gone
	backend, err := (&net.Dialer{}).DialContext(ctx, "tcp", r.backend)
	if err != nil {
		return
	}
	defer backend.Close() //nolint:errcheck // the other side is gone
	var both sync.WaitGroup
	both.Go(func() { pass(backend, client, &r.sent) })
	both.Go(func() { pass(client, backend, &r.received) })
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

// Seen waits for the connections to end, and tells the bytes that clients sent and
// received since it was last asked.
func (r *Registry) Seen() (sent, received int64) {
	r.links.Wait()
	return r.sent.Swap(0), r.received.Swap(0)
}

// Close ends the registry and removes what it has.
func (r *Registry) Close() error {
	return errors.Join(r.listener.Close(), r.stop())
}
