// SPDX-License-Identifier: Apache-2.0

package platform

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// lifetime is how long certificates are good for: longer than any test cluster.
const lifetime = 10 * 365 * 24 * time.Hour

// CA is a certificate authority, made for one cluster. Both fields are PEM.
type CA struct {
	Certificate, Key []byte
}

// LoadCA reads ca.crt and ca.key from a folder, and makes them when neither is
// there. The nodes are told to trust ca.crt when they are made.
func LoadCA(dir string) (CA, error) {
	var ca CA
	certFile, keyFile := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	var certErr, keyErr error
	ca.Certificate, certErr = os.ReadFile(certFile) // #nosec G304 -- in the cluster's own folder
	ca.Key, keyErr = os.ReadFile(keyFile)           // #nosec G304 -- in the cluster's own folder
	if !errors.Is(certErr, fs.ErrNotExist) || !errors.Is(keyErr, fs.ErrNotExist) {
		if err := errors.Join(certErr, keyErr); err != nil {
			return CA{}, fmt.Errorf("reading the cluster's CA: %w", err)
		}
		return ca, nil
	}
	ca, err := newCA()
	if err != nil {
		return CA{}, fmt.Errorf("making the cluster's CA: %w", err)
	}
	return ca, errors.Join(replaceFile(keyFile, ca.Key), replaceFile(certFile, ca.Certificate))
}

func newCA() (CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return CA{}, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "adze test cluster"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return sign(template, template, key.Public(), key, key)
}

// Issue signs a certificate for a server of these names and returns the chain
// and its key.
func (ca CA) Issue(hosts ...string) (chain, key []byte, err error) {
	pair, err := ca.pair()
	if err != nil {
		return nil, nil, err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: hosts[0]}, DNSNames: hosts,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	issued, err := sign(template, pair.cert, own.Public(), pair.key, own)
	if err != nil {
		return nil, nil, fmt.Errorf("issuing a certificate: %w", err)
	}
	return issued.Certificate, issued.Key, nil
}

// parsed is a CA ready to sign.
type parsed struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (ca CA) pair() (parsed, error) {
	certBlock, _ := pem.Decode(ca.Certificate)
	keyBlock, _ := pem.Decode(ca.Key)
	if certBlock == nil || keyBlock == nil {
		return parsed{}, errors.New("reading the cluster's CA: no PEM")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return parsed{}, fmt.Errorf("reading the cluster's CA: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		return parsed{}, fmt.Errorf("reading the cluster's CA key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return parsed{}, errors.New("reading the cluster's CA key: it cannot sign")
	}
	return parsed{cert, signer}, nil
}

// sign completes the template and has the parent's key sign it.
func sign(template, parent *x509.Certificate, public crypto.PublicKey, signer, own crypto.Signer) (CA, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return CA{}, err
	}
	template.SerialNumber = serial
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(lifetime)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return CA{}, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return CA{}, err
	}
	return CA{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	}, nil
}
