// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/adze-ci/adze/internal/plain"
	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
)

// Times of a connection over SSH.
const (
	// sshHandshake is how long dialing, and then logging in, may take.
	sshHandshake = 20 * time.Second
	// sshKeepAlive is how often a connection is kept from being forgotten by what
	// lies in between.
	sshKeepAlive = 30 * time.Second
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
	}
	return err
}

// start runs git-upload-pack and reads what it says first.
func (s *sshWire) start(ctx context.Context, greeting bool, read func(*bufio.Reader) error) error {
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
	if err := session.Start(s.target.command()); err != nil {
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

// exchange sends a request and has its answer read.
func (s *sshWire) exchange(ctx context.Context, request []byte, read func(*bufio.Reader) error) error {
	if _, err := s.session.in.Write(request); err != nil {
		return &brokenError{fmt.Errorf("sending a request: %w", err)}
	}
	err := s.listen(ctx, read)
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

// maxSaid is how much of what a server writes to its errors is kept.
const maxSaid = 1000

// tail keeps the beginning of what is written.
type tail struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write is part of io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b.Write(p[:min(len(p), maxSaid-min(maxSaid, t.b.Len()))])
	return len(p), nil
}

// String is what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.b.String())
}

// watchedReader ends what it reads from when nothing comes.
type watchedReader struct {
	r       io.Reader
	silence time.Duration
	end     func()

	mu    sync.Mutex
	timer *time.Timer
	fired bool
}

// Read waits for as long as the peer may be silent.
func (w *watchedReader) Read(b []byte) (int, error) {
	w.mu.Lock()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.silence, func() {
			w.mu.Lock()
			w.fired = true
			w.mu.Unlock()
			w.end()
		})
	} else {
		w.timer.Reset(w.silence)
	}
	w.mu.Unlock()
	return w.r.Read(b)
}

func (w *watchedReader) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watchedReader) silent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fired
}

// dial connects and logs in, again where the network fails.
func (s *sshWire) dial(ctx context.Context) (*ssh.Client, error) {
	wait := 500 * time.Millisecond
	for try := 1; ; try++ {
		client, err := s.dialOnce(ctx)
		if err == nil {
			go keepAlive(client)
			return client, nil
		}
		var network net.Error
		temporary := errors.As(err, &network) || errors.Is(err, io.EOF)
		if try == tries || ctx.Err() != nil || !temporary || errors.Is(err, errHostKey) {
			return nil, s.explain(err)
		}
		s.log.Warn("trying again", "operation", "ssh", "host", s.target.address(), "cause", err.Error(), "wait", wait.String())
		if err := retry.Sleep(ctx, wait); err != nil {
			return nil, err
		}
		wait *= 2
	}
}

func (s *sshWire) dialOnce(ctx context.Context) (*ssh.Client, error) {
	dialer := &net.Dialer{Timeout: sshHandshake, KeepAlive: sshKeepAlive}
	conn, err := dialer.DialContext(ctx, "tcp", s.target.address())
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(sshHandshake)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c, channels, requests, err := ssh.NewClientConn(conn, s.target.address(), s.config)
	if err != nil {
		return nil, errors.Join(err, ignoreClosed(conn.Close()))
	}
	return ssh.NewClient(c, channels, requests), conn.SetDeadline(time.Time{})
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// explain adds what can be done about a refused login.
func (s *sshWire) explain(err error) error {
	err = fmt.Errorf("connecting to %s: %w", s.name(), err)
	if strings.Contains(err.Error(), "unable to authenticate") {
		return step.Hint(err, "the server takes none of the keys for the user %s; give it the public half of the key in --credentials", s.target.user)
	}
	return err
}

// keepAlive sends what OpenSSH sends, until the connection ends.
func keepAlive(client *ssh.Client) {
	tick := time.NewTicker(sshKeepAlive)
	defer tick.Stop()
	for range tick.C {
		if _, _, err := client.SendRequest("keepalive@openssh.com", true, nil); err != nil {
			return
		}
	}
}
