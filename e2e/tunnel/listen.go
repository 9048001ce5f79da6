// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"context"
	"fmt"
	"io"
	"net"
)

// Listen opens a port on this machine's loopback for programs that cannot be
// given a dialler, such as git: what connects to it reaches the Service at
// address. It is closed when the context ends.
func (t *Tunnel) Listen(ctx context.Context, address string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listening for %s: %w", address, err)
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go t.join(ctx, near, address)
		}
	}()
	return l.Addr().String(), nil
}

func (t *Tunnel) join(ctx context.Context, near net.Conn, address string) {
	defer func() { _ = near.Close() }()
	far, err := t.DialContext(ctx, "tcp", address)
	if err != nil {
		return // the program sees its connection end
	}
	defer func() { _ = far.Close() }()
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(far, near)
		close(done)
	}()
	_, _ = io.Copy(near, far)
	_ = near.Close()
	<-done
}
