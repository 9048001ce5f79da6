// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// caKey is the key of the Secret with the registries' CA, as cert-manager and
// Secrets of the type kubernetes.io/tls have it.
const caKey = "ca.crt"

// authority is what is known of the CA that --registry-ca names.
type authority struct {
	name kubeapi.Name
	// pem are its certificates, the last good; nil before they are known.
	pem []byte
	err error
}

// learn takes in what is known of the Secret. Bad news change nothing.
func (c *authority) learn(s kubeapi.Secret, err error) {
	pem := s.Data[caKey]
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(pem) {
		err = fmt.Errorf("it has no certificate under the key %s", caKey)
	}
	if err != nil {
		c.err = fmt.Errorf("reading the Secret %s: %w", c.name, err)
		return
	}
	c.pem, c.err = pem, nil
}

// check is nil where the certificates are known, or where none are named.
func (c *authority) check() error {
	switch {
	case c == nil || c.pem != nil:
		return nil
	case errors.Is(c.err, kubeapi.ErrNotFound):
		return refusal{c.err}
	case c.err != nil:
		return c.err
	default:
		return errStarting
	}
}

// followCA tells what the API server says of the CA until the context ends.
func (f *facts) followCA(ctx context.Context, tell func(news)) {
	if f.ca != nil {
		go f.api.FollowSecret(ctx, f.ca.name, func(s kubeapi.Secret, err error) {
			tell(func(f *facts) { f.ca.learn(s, err) })
		})
	}
}
