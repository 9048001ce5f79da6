// SPDX-License-Identifier: Apache-2.0

// Package gitssh serves git repositories over SSH on loopback, for tests: git's
// own upload-pack does the work, and what a client did is told.
package gitssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Server serves the repositories of one folder to one key.
type Server struct {
	// RefuseEnv refuses environment variables, as sshd without AcceptEnv does, so
	// that protocol version 0 is spoken.
	RefuseEnv bool
	// CutAfter, when positive, ends that many sessions in the middle of an answer.
	CutAfter int
	// Silent has git say nothing at all.
	Silent bool
	// Deaf has the server answer nothing once a client has logged in.
	Deaf bool
	// Say, when set, is written to the client's standard error in place of an answer.
	Say string

	root     string
	listener net.Listener
	host     ssh.Signer
	client   ed25519.PrivateKey
	config   *ssh.ServerConfig

	mu    sync.Mutex
	conns []net.Conn
	runs  []string
}

// New starts a server that ends with the context.
func New(ctx context.Context, root string) (*Server, error) {
	_, hostKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	_, clientKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	host, err := ssh.NewSignerFromKey(hostKey)
	if err != nil {
		return nil, err
	}
	allowed, err := ssh.NewSignerFromKey(clientKey)
	if err != nil {
		return nil, err
	}
	s := &Server{root: root, host: host, client: clientKey}
	s.config = &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(allowed.PublicKey().Marshal()) {
			return nil, errors.New("an unknown key")
		}
		return &ssh.Permissions{}, nil
	}}
	s.config.AddHostKey(host)
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, s.Close)
	go s.accept(ctx)
	return s, nil
}

// Close ends the server and its connections.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.Hang()
}

// Hang ends the connections that there are.
func (s *Server) Hang() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

// Addr is the server's host and port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is a repository's.
func (s *Server) URL(repo string) string { return "ssh://git@" + s.Addr() + "/" + repo }

// Runs are the commands since the last call, with the protocol that was asked for.
func (s *Server) Runs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	runs := s.runs
	s.runs = nil
	return runs
}

// KnownHosts is the server's line of known_hosts.
func (s *Server) KnownHosts() string {
	return knownhosts.Line([]string{s.Addr()}, s.host.PublicKey()) + "\n"
}

// Key is the client's private key, encrypted where a passphrase is given.
func (s *Server) Key(passphrase string) (string, error) {
	block, err := ssh.MarshalPrivateKey(s.client, "test")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(s.client, "test", []byte(passphrase))
	}
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(block)), nil
}

// Credentials fills a folder as a kubernetes.io/ssh-auth Secret does.
func (s *Server) Credentials(dir string) error {
	key, err := s.Key("")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(dir, "ssh-privatekey"), []byte(key), 0o600),
		os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(s.KnownHosts()), 0o600))
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		go s.serve(ctx, conn)
	}
}

func (s *Server) serve(ctx context.Context, conn net.Conn) {
	_, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		_ = conn.Close()
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		if s.Deaf {
			continue
		}
		if c.ChannelType() != "session" {
			_ = c.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, reqs, err := c.Accept()
		if err != nil {
			return
		}
		go s.session(ctx, channel, reqs)
	}
}

func (s *Server) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, fmt.Sprintf(format, args...))
}
