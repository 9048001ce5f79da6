// SPDX-License-Identifier: Apache-2.0

// Package kubeapi asks a Kubernetes API server the few things that a node's
// resolver depends on: the DNS Service, CoreDNS's ConfigMap and Deployment. It
// also tells it Events. It is plain REST with a service account's token, for an
// agent on every node should weigh little.
package kubeapi
