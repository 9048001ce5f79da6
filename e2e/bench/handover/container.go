// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// container is a root for one build, with what a Pod mounts into it. Kaniko clears
// and packs what is its root, so nothing else may be there.
type container struct {
	root, context string
	// between is the folder that build and push share.
	between string
}

// Where a container has what.
const (
	executor    = "/kaniko/executor"
	authority   = "/kaniko/ssl/certs/ca.crt"
	kanikoBuild = "/ko-app/kaniko-build"
	harborPush  = "/ko-app/harbor-push"
	source      = "/adze/source"
	shared      = "/adze/layout"
	planFile    = "/adze/plan/plan.json"
)

// newContainer makes one below a folder, for a context.
func (b *bench) newContainer(context string) (c container, err error) {
	dir, err := os.MkdirTemp(b.work, "container-")
	if err != nil {
		return c, err
	}
	c = container{filepath.Join(dir, "root"), filepath.Join(b.work, context), filepath.Join(dir, "between")}
	for _, d := range []string{"kaniko/ssl/certs", "kaniko/.docker", "ko-app", "proc", "dev", "etc", "tmp", source, shared, "adze/plan"} {
		err = errors.Join(err, os.MkdirAll(filepath.Join(c.root, d), 0o755)) //nolint:gosec // as in an image
	}
	return c, errors.Join(err,
		os.Mkdir(c.between, 0o755), //nolint:gosec // as an emptyDir volume is
		os.Link(filepath.Join(b.programs(), "executor"), c.root+executor),
		os.Link(filepath.Join(b.programs(), "kaniko-build"), c.root+kanikoBuild),
		os.Link(filepath.Join(b.programs(), "harbor-push"), c.root+harborPush),
		copyFile(b.identity.Authority, c.root+authority),
		os.WriteFile(filepath.Join(c.root, "etc", "hosts"), []byte("127.0.0.1 localhost\n"), 0o644), //nolint:gosec // as in a Pod
		os.WriteFile(filepath.Join(c.root, "dev", "null"), nil, 0o600),                              // for the mount
	)
}

// remove removes all of it. Its mounts went with its processes.
func (c container) remove() error { return os.RemoveAll(filepath.Dir(c.root)) }

// command runs commands one after the other in the container, in namespaces of their
// own for mounts and processes.
func (c container) command(steps [][]string) []string {
	script := []string{
		quote([]string{"mount", "-t", "proc", "proc", c.root + "/proc"}),
		quote([]string{"mount", "--bind", "/dev/null", c.root + "/dev/null"}),
		quote([]string{"mount", "--bind", c.context, c.root + source}),
		quote([]string{"mount", "--bind", c.between, c.root + shared}),
	}
	for _, s := range steps {
		script = append(script, quote(append([]string{"chroot", c.root}, s...)))
	}
	return []string{"unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/sh", "-ec", strings.Join(script, "\n")}
}

// environment is that of a step: no password, and whom to trust.
func environment() []string {
	return []string{"SSL_CERT_DIR=" + filepath.Dir(authority), "DOCKER_CONFIG=/kaniko/.docker"}
}

// quote writes a command for a shell.
func quote(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
	}
	return strings.Join(quoted, " ")
}

// copyFile copies a file with its mode.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it is only read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
