// SPDX-License-Identifier: Apache-2.0

package gitssh

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// session answers the requests of one session: its environment and its command.
func (s *Server) session(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request) {
	protocol := ""
	for req := range requests {
		switch req.Type {
		case "env":
			var v struct{ Name, Value string }
			ok := ssh.Unmarshal(req.Payload, &v) == nil && !s.RefuseEnv && v.Name == "GIT_PROTOCOL"
			if ok {
				protocol = v.Value
			}
			_ = req.Reply(ok, nil)
		case "exec":
			var v struct{ Command string }
			ok := ssh.Unmarshal(req.Payload, &v) == nil
			_ = req.Reply(ok, nil)
			if ok {
				s.note("%s %s", v.Command, protocol)
				go s.run(ctx, channel, v.Command, protocol)
			}
		default:
			_ = req.Reply(false, nil)
		}
	}
}

// run runs git and tells how it ended.
func (s *Server) run(ctx context.Context, channel ssh.Channel, command, protocol string) {
	status := struct{ Status uint32 }{}
	if s.Say != "" {
		status.Status = 1
		_, _ = io.WriteString(channel.Stderr(), s.Say)
	} else if err := s.git(ctx, channel, command, protocol); err != nil {
		status.Status = 128
	}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(&status))
	_ = channel.Close()
}

func (s *Server) git(ctx context.Context, channel ssh.Channel, command, protocol string) error {
	quoted, ok := strings.CutPrefix(command, "git-upload-pack '")
	if !ok {
		return errors.New("only git-upload-pack is run")
	}
	dir := strings.NewReplacer(`'\''`, "'", `'\!'`, "!").Replace(strings.TrimSuffix(quoted, "'"))
	cmd := exec.CommandContext(ctx, "git", "upload-pack", filepath.Join(s.root, filepath.Clean("/"+dir)))
	cmd.Env = append(os.Environ(), "GIT_PROTOCOL="+protocol, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	cmd.Stdout, cmd.Stderr = s.out(channel), channel.Stderr()
	in, err := cmd.StdinPipe() // so that the end of git does not wait for the client's
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(in, channel)
		_ = in.Close()
	}()
	return cmd.Wait()
}

// out is where git's answers go.
func (s *Server) out(channel ssh.Channel) io.Writer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Silent {
		return io.Discard
	}
	if s.CutAfter > 0 {
		s.CutAfter--
		return &cutWriter{w: channel, left: 400}
	}
	return channel
}

// cutWriter ends after some bytes.
type cutWriter struct {
	w    ssh.Channel
	left int
}

// Write is part of io.Writer.
func (c *cutWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p[:min(len(p), c.left)])
	if c.left -= n; err == nil && n < len(p) {
		err = errors.Join(io.ErrShortWrite, c.w.Close())
	}
	return n, err
}
