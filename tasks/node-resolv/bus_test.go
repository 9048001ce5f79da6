// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/godbus/dbus/v5"
)

// serveBus is a system bus with systemd on it, where the working folder has
// run/dbus. Each unit that is to reload is appended to the file reloads.
// systemd-resolved's list of servers is then made of its drop-in.
func serveBus(ctx context.Context) error {
	if _, err := os.Stat("run/dbus"); err != nil {
		return nil //nolint:nilerr // a world without a bus
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", "run/dbus/system_bus_socket")
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go serveConn(conn)
		}
	}()
	return nil
}

func serveConn(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // the client sees what is missing
	r := bufio.NewReader(conn)
	if err := letIn(r, conn); err != nil {
		return
	}
	for serial := uint32(1); ; serial++ {
		m, err := dbus.DecodeMessage(r)
		if err != nil {
			return
		}
		reply, err := answerCall(m)
		if err != nil {
			return
		}
		reply.Type = dbus.TypeMethodReply
		reply.Headers[dbus.FieldReplySerial] = dbus.MakeVariant(m.Serial())
		if err := reply.EncodeTo(conn, binary.LittleEndian); err != nil {
			return
		}
	}
}

// letIn answers the lines that stand before a connection's messages:
// https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
func letIn(r *bufio.Reader, w io.Writer) error {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		word := strings.Fields(strings.TrimLeft(line, "\x00"))
		answer := "ERROR\r\n"
		switch {
		case word[0] == "BEGIN":
			return nil
		case word[0] == "AUTH" && len(word) == 1:
			answer = "REJECTED EXTERNAL\r\n"
		case word[0] == "AUTH" && word[1] == "EXTERNAL":
			answer = "OK 1234deadbeef\r\n"
		}
		if _, err := io.WriteString(w, answer); err != nil {
			return err
		}
	}
}

// answerCall does what a call asks for.
func answerCall(m *dbus.Message) (*dbus.Message, error) {
	reply := &dbus.Message{Headers: map[dbus.HeaderField]dbus.Variant{}}
	var result any
	switch member := m.Headers[dbus.FieldMember].Value(); member {
	case "Hello":
		result = ":1.7"
	case "ReloadOrTryRestartUnit":
		if err := reloadResolved(fmt.Sprintln(m.Body...)); err != nil {
			return nil, err
		}
		result = dbus.ObjectPath("/org/freedesktop/systemd1/job/1")
	default:
		return nil, fmt.Errorf("unexpected %v", member)
	}
	reply.Body = []any{result}
	reply.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(result))
	return reply, nil
}

// reloadResolved reads the drop-in as systemd-resolved does.
func reloadResolved(words string) error {
	text, err := os.ReadFile("run/systemd/resolved.conf.d/adze-node-resolv.conf")
	list := ""
	for line := range strings.Lines(string(text)) {
		if server, ok := strings.CutPrefix(line, "DNS="); ok {
			list += "nameserver " + server
		}
	}
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, appendTo("reloads", words),
		os.WriteFile("run/systemd/resolve/resolv.conf", []byte(list+"nameserver 192.0.2.1\n"), 0o644))
}
