// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"crypto/x509"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/internal/step"
)

// authorities are the system's and those of the given files.
func authorities(paths []string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // an image without certificates
	}
	files, err := CertificateFiles(paths)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, step.Misuse("reading the certificate authority: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, step.Misuse("%s holds no PEM certificate", file)
		}
	}
	return pool, nil
}

// CertificateFiles lists the files that --ca-file paths stand for: a folder
// stands for its .crt and .pem files, of which there may be none, as in an
// optional Secret that does not exist. Empty paths are skipped.
func CertificateFiles(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, step.Misuse("reading the certificate authority: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		for _, pattern := range []string{"*.crt", "*.pem"} {
			found, err := filepath.Glob(filepath.Join(path, pattern))
			if err != nil {
				return nil, step.Misuse("listing the certificate authorities in %s: %w", path, err)
			}
			files = append(files, found...)
		}
	}
	return files, nil
}
