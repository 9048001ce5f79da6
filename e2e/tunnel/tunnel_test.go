// SPDX-License-Identifier: Apache-2.0

package tunnel

import (
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestService(t *testing.T) {
	for host, want := range map[string]string{
		"forge.forge":                          "forge/forge",
		"el-adze.demo.svc.cluster.local":       "el-adze/demo",
		"127.0.0.1":                            "",
		"localhost":                            "",
		"one.two.example.com":                  "",
		"registry-harbor-core.infra.svc.local": "",
	} {
		name, namespace, ok := service(host)
		got := name + "/" + namespace
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
}

func TestTargetPort(t *testing.T) {
	svc := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{
		{Port: 80, TargetPort: intstr.FromString("web")}, {Port: 443, TargetPort: intstr.FromInt32(8443)}, {Port: 53},
	}}}
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}}}}}}
	for port, want := range map[int]int{80: 8080, 443: 8443, 53: 53} {
		if got, err := targetPort(svc, pod, port); err != nil || got != want {
			t.Errorf("port %d: got %d, %v, want %d", port, got, err, want)
		}
	}
	if _, err := targetPort(svc, pod, 81); err == nil || !strings.Contains(err.Error(), "81") {
		t.Errorf("a port that the Service does not have: %v", err)
	}
}

// A forwarded connection must be usable as any other: both directions, and closed from one side.
func TestConnCarriesBothDirections(t *testing.T) {
	session := &fakeSession{streams: make(chan *fakeStream, 2)}
	c, err := newConn(session, 80, 1)
	if err != nil {
		t.Fatal(err)
	}
	errs, data := <-session.streams, <-session.streams
	if errs.header.Get(corev1.StreamType) != "error" || data.header.Get(corev1.PortHeader) != "80" {
		t.Errorf("streams opened with %v and %v", errs.header, data.header)
	}
	go func() { _, _ = io.WriteString(c, "ping") }()
	got := make([]byte, 4)
	if _, err := io.ReadFull(data.fromCaller, got); err != nil || string(got) != "ping" {
		t.Errorf("got %q, %v", got, err)
	}
	go func() { _, _ = io.WriteString(data.toCaller, "pong"); _ = data.toCaller.Close() }()
	if all, err := io.ReadAll(c); err != nil || string(all) != "pong" {
		t.Errorf("got %q, %v", all, err)
	}
	if err := c.Close(); err != nil || !session.closed {
		t.Errorf("closing: %v, session closed: %v", err, session.closed)
	}
}

// fakeStream is one stream of a session, with the pod's ends of its pipes.
type fakeStream struct {
	io.Reader
	io.WriteCloser
	header     http.Header
	fromCaller *io.PipeReader
	toCaller   *io.PipeWriter
}

func (s *fakeStream) Reset() error         { return nil }
func (s *fakeStream) Headers() http.Header { return s.header }
func (s *fakeStream) Identifier() uint32   { return 1 }
