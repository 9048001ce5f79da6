// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// Times of a connection over SSH.
const (
	// sshHandshake is how long dialing, and then logging in, may take.
	sshHandshake = 20 * time.Second
	// sshKeepAlive is how often a connection is kept from being forgotten by what
	// lies in between.
	sshKeepAlive = 30 * time.Second
)

// dial connects and logs in, again where the network fails.
func (s *sshWire) dial(ctx context.Context) (*ssh.Client, error) {
	wait := 500 * time.Millisecond
	for try := 1; ; try++ {
		client, err := s.dialOnce(ctx)
		if err == nil {
			go keepAlive(client)
			return client, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var network net.Error
		temporary := errors.As(err, &network) || errors.Is(err, io.EOF)
		if try == tries || !temporary || errors.Is(err, errHostKey) {
			return nil, s.explain(err)
		}
		s.log.Warn("trying again", "operation", "ssh", "host", s.target.address(), "cause", err.Error(), "wait", wait.String())
		if err := retry.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		wait *= 2
	}
}

func (s *sshWire) dialOnce(ctx context.Context) (*ssh.Client, error) {
	dialer := &net.Dialer{Timeout: sshHandshake, KeepAlive: sshKeepAlive}
	conn, err := dialer.DialContext(ctx, "tcp", s.target.address())
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(sshHandshake)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c, channels, requests, err := ssh.NewClientConn(conn, s.target.address(), s.config)
	if err != nil {
		return nil, errors.Join(err, ignoreClosed(conn.Close()))
	}
	return ssh.NewClient(c, channels, requests), conn.SetDeadline(time.Time{})
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// explain adds what can be done about a refused login.
func (s *sshWire) explain(err error) error {
	err = fmt.Errorf("connecting to %s: %w", s.name(), err)
	if strings.Contains(err.Error(), "unable to authenticate") {
		return step.Hint(err, "the server takes none of the keys for the user %s; give it the public half of the key in --credentials", s.target.user)
	}
	return err
}

// keepAlive sends what OpenSSH sends, until the connection ends.
func keepAlive(client *ssh.Client) {
	tick := time.NewTicker(sshKeepAlive)
	defer tick.Stop()
	for range tick.C {
		if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			return
		}
	}
}
