// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/adze-ci/adze/internal/step"
)

// sshUser is who logs in where nothing names a user, as on all forges.
const sshUser = "git"

// sshLogin finds the keys and the known hosts in the credentials' folder, and
// completes the target by its config. Nothing is taken from a home folder or an agent.
func sshLogin(t sshTarget, dir string) (sshTarget, *ssh.ClientConfig, error) {
	if dir == "" {
		return t, nil, step.Hint(step.Misuse("ssh://%s needs a key and the host's key", t.host), "give --credentials, a folder with ssh-privatekey (or id_*) and known_hosts")
	}
	if _, err := os.Stat(filepath.Join(dir, ".ssh")); err == nil {
		dir = filepath.Join(dir, ".ssh") // as Tekton lays out $(credentials.path), and a home folder
	}
	text, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, nil, step.Misuse("reading the credentials: %w", err)
	}
	config, err := readSSHConfig(string(text), t.host)
	if err != nil {
		return t, nil, err
	}
	t = sshTarget{cmp.Or(t.user, config.user, sshUser), cmp.Or(config.hostName, t.host), cmp.Or(t.port, config.port, "22"), t.path}
	signers, err := sshKeys(dir, config.identities)
	if err != nil {
		return t, nil, err
	}
	check, algorithms, err := sshHosts(t, dir, config.knownHosts)
	if err != nil {
		return t, nil, err
	}
	return t, &ssh.ClientConfig{
		User: t.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signers...)},
		HostKeyCallback: check, HostKeyAlgorithms: algorithms,
	}, nil
}

// sshKeys reads the private keys of a folder: those that a config names, or
// ssh-privatekey (the key of a kubernetes.io/ssh-auth Secret) and id_*.
func sshKeys(dir string, names []string) ([]ssh.Signer, error) {
	if len(names) == 0 {
		names = []string{ssh1Key}
		found, err := filepath.Glob(filepath.Join(dir, "id_*"))
		if err != nil {
			return nil, step.Misuse("reading the credentials: %w", err)
		}
		for _, name := range found {
			if !strings.HasSuffix(name, ".pub") {
				names = append(names, filepath.Base(name))
			}
		}
	}
	var signers []ssh.Signer
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, step.Misuse("reading the credentials: %w", err)
		}
		signer, err := ssh.ParsePrivateKey(append(bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r"), nil)), '\n'))
		if err != nil {
			return nil, badKey(filepath.Join(dir, name), err)
		}
		signers = append(signers, signer)
	}
	if len(signers) == 0 {
		return nil, step.Misuse("%s holds no private key for ssh: want %s", dir, strings.Join(slices.Compact(append(names, "id_*")), ", "))
	}
	return signers, nil
}

// ssh1Key is corev1.SSHAuthPrivateKey.
const ssh1Key = "ssh-privatekey"

func badKey(name string, err error) error {
	var encrypted *ssh.PassphraseMissingError
	if errors.As(err, &encrypted) {
		return step.Hint(step.Misuse("the key %s is encrypted", name), "make a deploy key without a passphrase: ssh-keygen -t ed25519 -N ''")
	}
	return step.Misuse("the key %s cannot be read: %w", name, err)
}

// sshHosts makes the check of the host's key, and lists the algorithms of the
// keys that are known, for the server to show one of these.
func sshHosts(t sshTarget, dir string, names []string) (ssh.HostKeyCallback, []string, error) {
	if len(names) == 0 {
		names = []string{"known_hosts"}
	}
	var files []string
	authority := false
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			files = append(files, filepath.Join(dir, name))
			authority = authority || bytes.Contains(text, []byte("@cert-authority"))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, step.Misuse("reading the credentials: %w", err)
		}
	}
	hint := fmt.Sprintf("put the server's line into known_hosts: ssh-keyscan -p %s %s prints it; compare its fingerprint with the one that the server's owner publishes", t.port, t.host)
	if len(files) == 0 {
		return nil, nil, step.Hint(step.Misuse("%s holds no known_hosts, so that the server's key cannot be checked", dir), "%s", hint)
	}
	check, err := knownhosts.New(files...)
	if err != nil {
		return nil, nil, step.Misuse("reading the known hosts: %w", err)
	}
	known := knownKeys(check, t)
	if len(known) == 0 && !authority {
		return nil, nil, step.Hint(step.Misuse("%s does not know the host %s", strings.Join(files, ", "), knownhosts.Normalize(t.address())), "%s", hint)
	}
	callback := func(host string, remote net.Addr, key ssh.PublicKey) error {
		return hostError(check(host, remote, key), t, key)
	}
	if authority {
		return callback, nil, nil
	}
	return callback, algorithms(known), nil
}

// knownKeys are a host's, which a check against none of them tells.
func knownKeys(check ssh.HostKeyCallback, t sshTarget) []knownhosts.KnownKey {
	var unlike *knownhosts.KeyError
	if err := check(t.address(), &net.TCPAddr{}, noKey{}); errors.As(err, &unlike) {
		return unlike.Want
	}
	return nil
}

// noKey is a key that no host has.
type noKey struct{}

// Type is part of ssh.PublicKey, and so are the others.
func (noKey) Type() string { return "none" }

// Marshal gives no key.
func (noKey) Marshal() []byte { return []byte("none") }

// Verify finds no signature right.
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("no key") }

// algorithms are those of the known keys; an RSA key signs with SHA-2 alone (RFC 8332).
func algorithms(known []knownhosts.KnownKey) []string {
	var out []string
	for _, k := range known {
		if kind := k.Key.Type(); kind == ssh.KeyAlgoRSA {
			out = append(out, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else {
			out = append(out, kind)
		}
	}
	return out
}

// errHostKey says that the server shows another key than it should.
var errHostKey = errors.New("the server's key is not to be trusted")

func hostError(err error, t sshTarget, key ssh.PublicKey) error {
	var unlike *knownhosts.KeyError
	var revoked *knownhosts.RevokedError
	shown := fmt.Sprintf("%s shows the %s key %s", knownhosts.Normalize(t.address()), key.Type(), ssh.FingerprintSHA256(key))
	switch {
	case err == nil:
		return nil
	case errors.As(err, &revoked):
		return fmt.Errorf("%w: %s, which known_hosts revokes", errHostKey, shown)
	case errors.As(err, &unlike) && len(unlike.Want) > 0:
		k := unlike.Want[0]
		return step.Hint(fmt.Errorf("%w: %s, which is not the one that %s:%d has, %s", errHostKey, shown, k.Filename, k.Line, ssh.FingerprintSHA256(k.Key)),
			"somebody may be in between; replace the line in known_hosts only when the server's owner says that its key changed")
	case errors.As(err, &unlike):
		return fmt.Errorf("%w: %s, which known_hosts has not", errHostKey, shown)
	}
	return fmt.Errorf("%w: %s: %w", errHostKey, shown, err)
}
