// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// original is what the node's resolv.conf is at first.
const original = "nameserver 192.0.2.1\nsearch lan.example\n"

// loopScript is what such loops do: the file as it was, below the nameserver that
// the Service has. It runs with the node's /etc as its folder.
const loopScript = `cp resolv.conf resolv.conf.default
while :; do
  ip=$("$KUBECTL" --server=http://` + apiAddress + ` --namespace=kube-system get service kube-dns -o 'jsonpath={.spec.clusterIP}')
  { echo "nameserver $ip"; cat resolv.conf.default; } >resolv.conf.new && cat resolv.conf.new >resolv.conf
  sleep 60
done`

// contender is a program that keeps a file.
type contender struct {
	file string
	cmd  *exec.Cmd
	log  bytes.Buffer
}

// startOwn starts node-resolv as the DaemonSet does.
func (w *world) startOwn(ctx context.Context) (*contender, error) {
	if err := os.WriteFile("kubelet.yaml", []byte("resolvConf: /etc/kubernetes/resolv.conf\n"), 0o600); err != nil {
		return nil, err
	}
	c, err := newContender("own")
	if err != nil {
		return nil, err
	}
	c.cmd = exec.CommandContext(ctx, w.nodeResolv, "--mode=resolv-conf", "--etc-dir="+filepath.Dir(c.file), "--kubelet-config=kubelet.yaml",
		"--api-server=http://"+apiAddress, "--node-name=node", "--health-listen=127.0.0.1:9353")
	c.cmd.Env = append(os.Environ(), "GOMEMLIMIT=20MiB")
	return c, c.start()
}

// startLoop starts a loop.
func (w *world) startLoop(ctx context.Context, i int) (*contender, error) {
	c, err := newContender(fmt.Sprintf("loop%d", i))
	if err != nil {
		return nil, err
	}
	c.cmd = exec.CommandContext(ctx, "bash", "-c", loopScript)
	c.cmd.Dir = filepath.Dir(c.file)
	c.cmd.Env = append(os.Environ(), "KUBECTL="+w.kubectl, "HOME="+c.cmd.Dir)
	return c, c.start()
}

// newContender makes a node's /etc below a folder.
func newContender(folder string) (*contender, error) {
	etc, err := filepath.Abs(filepath.Join(folder, "etc"))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(etc, 0o750); err != nil {
		return nil, err
	}
	c := &contender{file: filepath.Join(etc, "resolv.conf")}
	return c, os.WriteFile(c.file, []byte(original), 0o600)
}

// start starts the program in a process group that ends with it.
func (c *contender) start() error {
	c.cmd.Stdout, c.cmd.Stderr = &c.log, &c.log
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.cmd.Cancel = c.kill
	return c.cmd.Start()
}

func (c *contender) kill() error { return syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) }

// stop ends the program and all that it started.
func (c *contender) stop() {
	_ = c.kill()     // it may have ended
	_ = c.cmd.Wait() // it was killed
}

// names tells whether the file has an address for its first nameserver.
func (c *contender) names(ip string) bool {
	text, err := os.ReadFile(c.file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		if word, ok := strings.CutPrefix(line, "nameserver "); ok {
			return word == ip+"\n"
		}
	}
	return false
}

// follow waits until the file names an address.
func (c *contender) follow(ctx context.Context, ip string, within, poll time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !c.names(ip) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not name %s after %s: %s", c.file, ip, within, c.log.String())
		case <-time.After(poll):
		}
	}
	return nil
}
