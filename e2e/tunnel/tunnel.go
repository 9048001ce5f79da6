// SPDX-License-Identifier: Apache-2.0

// Package tunnel reaches Services inside a cluster from outside, through the
// API server's port-forward and nothing else: no NodePort, no route, no proxy.
//
//	t, err := tunnel.New(config)
//	client := &http.Client{Transport: &http.Transport{DialContext: t.DialContext}}
//	client.Get("http://forge.forge.svc.cluster.local/")
//
// The port-forward protocol is that of kubectl:
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ (portforward).
package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport/spdy"
)

// Tunnel dials Services of one cluster.
type Tunnel struct {
	config *rest.Config
	kube   kubernetes.Interface
	ids    atomic.Int64
}

// New makes a tunnel into the cluster that config reaches.
func New(config *rest.Config) (*Tunnel, error) {
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a tunnel: %w", err)
	}
	return &Tunnel{config: config, kube: kube}, nil
}

// DialContext connects to NAME.NAMESPACE[.svc.cluster.local]:PORT, a Service's
// port. Other hosts are dialled directly.
func (t *Tunnel) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	name, namespace, ok := service(host)
	if !ok {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	pod, target, err := t.backend(ctx, namespace, name, port)
	if err != nil {
		return nil, fmt.Errorf("dialling %s: %w", address, err)
	}
	conn, err := t.open(namespace, pod, target)
	if err != nil {
		return nil, fmt.Errorf("dialling %s by way of pod %s: %w", address, pod, err)
	}
	return conn, nil
}

// service reads a Service's name and namespace out of a host name.
func service(host string) (name, namespace string, ok bool) {
	if net.ParseIP(host) != nil {
		return "", "", false
	}
	words := strings.SplitN(strings.TrimSuffix(host, ".svc.cluster.local"), ".", 3)
	if len(words) != 2 {
		return "", "", false
	}
	return words[0], words[1], true
}

// backend finds a ready pod behind a Service, and the pod's port.
func (t *Tunnel) backend(ctx context.Context, namespace, name string, port int) (string, int, error) {
	svc, err := t.kube.CoreV1().Services(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", 0, err
	}
	pods, err := t.kube.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(svc.Spec.Selector).String()})
	if err != nil {
		return "", 0, err
	}
	for i := range pods.Items {
		if pod := &pods.Items[i]; ready(pod) {
			target, err := targetPort(svc, pod, port)
			return pod.Name, target, err
		}
	}
	return "", 0, errors.New("no pod of the Service is ready")
}

func ready(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// targetPort is the pod's port behind a Service's one.
func targetPort(svc *corev1.Service, pod *corev1.Pod, port int) (int, error) {
	for _, p := range svc.Spec.Ports {
		switch {
		case int(p.Port) != port:
		case p.TargetPort.StrVal != "":
			return namedPort(pod, p.TargetPort.StrVal)
		case p.TargetPort.IntVal != 0:
			return int(p.TargetPort.IntVal), nil
		default:
			return port, nil
		}
	}
	return 0, fmt.Errorf("the Service has no port %d", port)
}

func namedPort(pod *corev1.Pod, name string) (int, error) {
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if p.Name == name {
				return int(p.ContainerPort), nil
			}
		}
	}
	return 0, fmt.Errorf("pod %s has no port named %s", pod.Name, name)
}

// open starts a forwarded connection to a pod's port.
func (t *Tunnel) open(namespace, pod string, port int) (net.Conn, error) {
	transport, upgrader, err := spdy.RoundTripperFor(t.config)
	if err != nil {
		return nil, err
	}
	url := t.kube.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	dialer := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	session, _, err := dialer.Dial("portforward.k8s.io")
	if err != nil {
		return nil, err
	}
	return newConn(session, port, t.ids.Add(1))
}
