// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// questionTimeout is how long one try waits; a resolver waits 5 s.
	questionTimeout = 2 * time.Second
	questionTries   = 2
	dnsPort         = 53
)

// askForCluster asks a nameserver, over UDP, for a name that every cluster
// has: https://github.com/kubernetes/dns/blob/master/docs/specification.md. Any
// answer without an error code will do, for an IPv6 cluster has no A record.
func askForCluster(ctx context.Context, server netip.Addr, domain string) error {
	name, err := dnsmessage.NewName("kubernetes.default.svc." + domain + ".")
	if err != nil {
		return fmt.Errorf("asking %s: the domain %q: %w", server, domain, err)
	}
	for try := 0; ; try++ {
		err := ask(ctx, server, name)
		if err == nil {
			return nil
		}
		if try+1 == questionTries || ctx.Err() != nil {
			return fmt.Errorf("asking the nameserver %s for %s: %w", server, name, withoutPorts(err))
		}
	}
}

// withoutPorts leaves out of an error which port of ours it came to: that is another
// one each time, and the same trouble is to be told once.
func withoutPorts(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// ask sends one question and waits for its answer.
func ask(ctx context.Context, server netip.Addr, name dnsmessage.Name) error {
	id := uint16(rand.Uint32()) //nolint:gosec // the socket is connected, and the answer trusted for no more than being there
	question := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
	}
	packet, err := question.Pack()
	if err != nil {
		return fmt.Errorf("packing the question: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "udp", netip.AddrPortFrom(server, dnsPort).String())
	if err != nil {
		return err
	}
	defer conn.Close()                                          //nolint:errcheck // nothing is buffered
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // wakes the read
	defer stop()
	if _, err := conn.Write(packet); err != nil {
		return err
	}
	return awaitAnswer(conn, id)
}

// awaitAnswer reads packets until the one that answers comes.
func awaitAnswer(conn net.Conn, id uint16) error {
	buffer := make([]byte, 1500)
	for {
		n, err := conn.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return errors.New("it does not answer")
		} else if err != nil {
			return err
		}
		var parser dnsmessage.Parser
		header, err := parser.Start(buffer[:n])
		if err != nil || header.ID != id || !header.Response {
			continue
		}
		if header.RCode != dnsmessage.RCodeSuccess {
			return fmt.Errorf("it answers %s", header.RCode)
		}
		return nil
	}
}
