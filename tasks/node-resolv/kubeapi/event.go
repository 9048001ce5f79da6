// SPDX-License-Identifier: Apache-2.0

package kubeapi

import (
	"context"
	"net/http"
	"time"
)

// Event is something that happened to a node.
type Event struct {
	// Node is the node's name.
	Node string
	// Warning tells whether it wants someone's attention.
	Warning bool
	// Reason is one word in CamelCase, Message a sentence.
	Reason, Message string
}

// maxMessage is how long an Event's message may be, in bytes:
// https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
const maxMessage = 1024

// Tell creates the Event. Events of nodes, which have no namespace, live in
// the namespace default.
func (c *Client) Tell(ctx context.Context, e Event) error {
	kind := "Normal"
	if e.Warning {
		kind = "Warning"
	}
	now := time.Now().UTC().Format(time.RFC3339)
	return c.call(ctx, http.MethodPost, "/api/v1/namespaces/default/events", map[string]any{
		"apiVersion":     "v1",
		"kind":           "Event",
		"metadata":       map[string]any{"generateName": "node-resolv-", "namespace": "default"},
		"involvedObject": map[string]any{"apiVersion": "v1", "kind": "Node", "name": e.Node},
		"type":           kind,
		"reason":         e.Reason,
		"message":        e.Message[:min(len(e.Message), maxMessage)],
		"source":         map[string]any{"component": "node-resolv", "host": e.Node},
		"firstTimestamp": now,
		"lastTimestamp":  now,
		"count":          1,
	}, nil)
}
