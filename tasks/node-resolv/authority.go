// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/adze-ci/adze/tasks/node-resolv/kubeapi"
)

// caKey is the key of the Secret with the registries' CA, as cert-manager and
// Secrets of the type kubernetes.io/tls have it.
const caKey = "ca.crt"

// authority is what is known of a CA that --registry-ca names.
type authority struct {
	// of is the registry that it is of, as --registry has it; empty for those that
	// have none of their own.
	of   string
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

// parseAuthorities reads the values of --registry-ca.
func parseAuthorities(values, registries []string) ([]*authority, error) {
	var all []*authority
	for _, value := range values {
		of, secret, ok := strings.Cut(value, "=")
		if !ok {
			of, secret = "", value
		} else if !slices.Contains(registries, of) {
			return nil, fmt.Errorf("%s: no --registry=%s is there", value, of)
		}
		name, err := parseName(secret)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(c *authority) bool { return c.of == of }) {
			return nil, fmt.Errorf("%s: another Secret is named for the same; put all certificates into one", value)
		}
		all = append(all, &authority{of: of, name: name})
	}
	return all, nil
}

// authorityOf is a registry's CA: its own, or else that of all; nil where none
// is named.
func (f *facts) authorityOf(r *registry) *authority {
	for _, of := range []string{r.name.String(), ""} {
		if i := slices.IndexFunc(f.authorities, func(c *authority) bool { return c.of == of }); i >= 0 {
			return f.authorities[i]
		}
	}
	return nil
}

// check is nil where the certificates are known.
func (c *authority) check() error {
	switch {
	case c.pem != nil:
		return nil
	case errors.Is(c.err, kubeapi.ErrNotFound):
		return refusal{c.err}
	case c.err != nil:
		return c.err
	default:
		return errStarting
	}
}

// followAuthorities tells what the API server says of them until the context ends.
func (f *facts) followAuthorities(ctx context.Context, tell func(news)) {
	for _, c := range f.authorities {
		go f.api.FollowSecret(ctx, c.name, func(s kubeapi.Secret, err error) {
			tell(func(*facts) { c.learn(s, err) })
		})
	}
}
