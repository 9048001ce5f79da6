// SPDX-License-Identifier: Apache-2.0

package apart

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"unsafe"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"
)

// Loopback brings the namespace's loopback device up, with an address besides
// 127.0.0.1, without which glibc takes a machine for one that has no IPv4 and
// gives getaddrinfo(3) no such address.
func Loopback() error {
	if err := loopback(); err != nil {
		return fmt.Errorf("bringing up the loopback device: %w", err)
	}
	return nil
}

func loopback() error {
	up, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	up.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	second, err := unix.NewIfreq("lo:1")
	if err != nil {
		return err
	}
	if err := second.SetInet4Addr([]byte{127, 77, 0, 1}); err != nil {
		return err
	}
	return errors.Join(ask(unix.SIOCSIFFLAGS, up), ask(unix.SIOCSIFADDR, second))
}

// ask does an ioctl(2) of netdevice(7).
func ask(request uintptr, ifreq *unix.Ifreq) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)                                                                                               //nolint:errcheck // a socket without data
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(ifreq))); errno != 0 { //nolint:gosec // the ioctl takes a pointer
		return errno
	}
	return nil
}

// Nameserver answers at an address of the loopback device until the test ends:
// one name, in full and with a dot at its end, has an address, others there are not.
func Nameserver(t *testing.T, at, name string, addr netip.Addr) {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", net.JoinHostPort(at, "53"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if reply := answer(buffer[:n], name, addr); reply != nil {
				_, _ = conn.WriteTo(reply, from) // as lossy as UDP is
			}
		}
	}()
}

// answer answers a question; nil for what is none.
func answer(packet []byte, name string, addr netip.Addr) []byte {
	var m dnsmessage.Message
	if m.Unpack(packet) != nil || len(m.Questions) != 1 {
		return nil
	}
	question := m.Questions[0]
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: true, RecursionAvailable: true, RCode: dnsmessage.RCodeNameError},
		Questions: m.Questions,
	}
	if question.Name.String() == name {
		reply.RCode = dnsmessage.RCodeSuccess
		if question.Type == dnsmessage.TypeA {
			header := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET}
			reply.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}}}
		}
	}
	packed, err := reply.Pack()
	if err != nil {
		return nil
	}
	return packed
}
