// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/adze-ci/adze/internal/plain"
)

// sshWire is git-upload-pack over SSH. One session takes all requests of
// protocol version 2; of version 0 each request takes its own.
type sshWire struct {
	target  sshTarget
	config  *ssh.ClientConfig
	log     *slog.Logger
	silence time.Duration

	client  *ssh.Client
	session *sshSession
}

// sshSession is a git-upload-pack that runs on the server.
type sshSession struct {
	*ssh.Session
	in  io.WriteCloser
	out io.Reader
	err tail
	// two tells that it speaks protocol version 2, known once it was greeted.
	two bool
}

func newSSH(url, credentials string, log *slog.Logger) (*sshWire, error) {
	target, err := parseSSH(url)
	if err != nil {
		return nil, err
	}
	target, config, err := sshLogin(target, credentials)
	if err != nil {
		return nil, err
	}
	return &sshWire{target: target, config: config, log: log, silence: silence}, nil
}

func (s *sshWire) name() string { return s.target.name() }

func (s *sshWire) ask(ctx context.Context, request []byte, read func(*bufio.Reader) error) (err error) {
	if s.client == nil {
		if s.client, err = s.dial(ctx); err != nil {
			return err
		}
	}
	client := s.client
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	if request == nil {
		s.end()
	}
	if s.session == nil {
		err = s.start(ctx, request == nil, read)
	}
	if err == nil && request != nil {
		err = s.exchange(ctx, request, read)
	}
	if err != nil {
		s.end()
		var broken *brokenError
		if errors.As(err, &broken) || ctx.Err() != nil {
			_ = client.Close()
			s.client = nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// start runs git-upload-pack and reads what it says first.
func (s *sshWire) start(ctx context.Context, greeting bool, read func(*bufio.Reader) error) error {
	stop := s.guard()
	defer stop()
	session, err := s.client.NewSession()
	if err != nil {
		return &brokenError{fmt.Errorf("opening a session: %w", err)}
	}
	s.session = &sshSession{Session: session}
	session.Stderr = &s.session.err
	var inErr, outErr error
	s.session.in, inErr = session.StdinPipe()
	s.session.out, outErr = session.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return err
	}
	if err := session.Setenv("GIT_PROTOCOL", "version=2"); err != nil {
		s.log.Warn("the ssh server takes no GIT_PROTOCOL, so protocol version 0 is spoken; AcceptEnv GIT_PROTOCOL in its sshd_config changes that", "host", s.target.host)
	}
	err = session.Start(s.target.command())
	if stop(); err != nil {
		return &brokenError{fmt.Errorf("starting git-upload-pack: %w", err)}
	}
	return s.listen(ctx, func(br *bufio.Reader) error {
		head, err := br.Peek(len("000eversion 2"))
		if err != nil {
			return s.ended(unexpected(err))
		}
		s.session.two = string(head[4:]) == "version 2"
		if greeting {
			return read(br)
		}
		_, err = readAdvert(br)
		return err
	})
}

// guard ends a connection on which something takes too long that is no reading.
func (s *sshWire) guard() (stop func()) {
	client := s.client
	timer := time.AfterFunc(s.silence, func() { _ = client.Close() })
	return func() { timer.Stop() }
}

// exchange sends a request and has its answer read.
func (s *sshWire) exchange(ctx context.Context, request []byte, read func(*bufio.Reader) error) error {
	stop := s.guard()
	_, err := s.session.in.Write(request)
	if stop(); err != nil {
		return &brokenError{fmt.Errorf("sending a request: %w", err)}
	}
	err = s.listen(ctx, read)
	if !s.session.two {
		s.end()
	}
	return err
}

// listen has an answer read, and gives up when nothing comes any more.
func (s *sshWire) listen(ctx context.Context, read func(*bufio.Reader) error) error {
	client := s.client
	watch := &watchedReader{r: s.session.out, silence: s.silence, end: func() { _ = client.Close() }}
	defer watch.stop()
	err := readAnswer(ctx, watch, read)
	if watch.silent() {
		return &brokenError{fmt.Errorf("nothing came from %s for %s", s.name(), s.silence)}
	}
	return err
}

// errEnded says that the server ended before it said anything.
var errEnded = errors.New("the server ended the session")

// ended tells what a server said that ended at once: a shell without git, a
// forge that does not know the repository.
func (s *sshWire) ended(cause error) error {
	done := make(chan struct{})
	go func() { _ = s.session.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
	}
	if said := plain.Line(s.session.err.String(), maxSaid); said != "" {
		return &serverError{said}
	}
	return fmt.Errorf("%w: %w", errEnded, cause)
}

func (s *sshWire) end() {
	if s.session != nil {
		_ = s.session.Close()
		s.session = nil
	}
}
