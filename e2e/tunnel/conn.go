// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream" //nolint:staticcheck // the type that this client-go deals in
)

// conn is one forwarded connection in a session of its own. A pipe stands
// between stream and caller, for a stream has no deadlines, and HTTP needs them.
type conn struct {
	net.Conn
	session httpstream.Connection
}

// Close ends the connection and its session.
func (c *conn) Close() error {
	err := c.Conn.Close()
	_ = c.session.Close() // the other side may be gone already
	return err
}

// newConn opens the error and the data stream that the protocol wants.
func newConn(session httpstream.Connection, port int, id int64) (net.Conn, error) {
	header := http.Header{}
	header.Set(corev1.PortHeader, strconv.Itoa(port))
	header.Set(corev1.PortForwardRequestIDHeader, strconv.FormatInt(id, 10))
	header.Set(corev1.StreamType, corev1.StreamTypeError)
	errs, err := session.CreateStream(header)
	if err != nil {
		return nil, closing(session, err)
	}
	_ = errs.Close() // nothing is written to it
	header.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := session.CreateStream(header)
	if err != nil {
		return nil, closing(session, err)
	}
	near, far := net.Pipe()
	go pump(far, data)
	go func() {
		_, _ = io.Copy(data, far)
		_ = data.Close()
	}()
	go func() {
		_, _ = io.Copy(io.Discard, errs) // ends with the connection
		_ = far.SetDeadline(time.Now().Add(time.Minute))
	}()
	return &conn{Conn: near, session: session}, nil
}

// pump copies what comes from the pod and closes the pipe behind it.
func pump(far net.Conn, data httpstream.Stream) {
	_, _ = io.Copy(far, data)
	_ = far.Close()
}

func closing(session httpstream.Connection, err error) error {
	_ = session.Close()
	return fmt.Errorf("opening a stream: %w", err)
}
