// SPDX-License-Identifier: Apache-2.0

package kindnode

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/internal/run"
)

// layOut does to the root what kind's Dockerfile and `kind build node-image` do.
func (r root) layOut(ctx context.Context, b Builder) error {
	if err := r.copyKind(filepath.Join(b.Kind, "images", "base", "files")); err != nil {
		return fmt.Errorf("copying kind's files: %w", err)
	}
	for _, program := range []string{"kubeadm", "kubectl", "kubelet"} {
		if err := r.install(filepath.Join(b.Tools["kubernetes"], program), "/usr/bin/"+program); err != nil {
			return err
		}
	}
	if err := r.link(); err != nil {
		return err
	}
	if err := os.WriteFile(r.path("/kind/version"), []byte(b.Version), 0o644); err != nil { //nolint:gosec // kind reads it as any user
		return fmt.Errorf("writing the node's version: %w", err)
	}
	return r.shell(ctx, services)
}

// copyKind copies kind's own files; programs among them get the mode that its
// Dockerfile gives them.
func (r root) copyKind(from string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		switch filepath.Dir(name) {
		case "usr/local/bin", "kind/bin":
			mode = 0o755
		}
		return r.write(path, name, mode)
	})
}

// install copies a program into the root.
func (r root) install(from, to string) error {
	if err := r.write(from, to, 0o755); err != nil {
		return fmt.Errorf("installing %s: %w", to, err)
	}
	return nil
}

func (r root) write(from, to string, mode fs.FileMode) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(r.path(to)), 0o755); err != nil { //nolint:gosec // a system's folders are for all
		return err
	}
	return os.WriteFile(r.path(to), text, mode) //nolint:gosec // names come from kind's module
}

// link puts Debian's programs where kind's files expect their own.
func (r root) link() error {
	for name, target := range map[string]string{
		"/usr/local/bin/containerd":              "/usr/bin/containerd",
		"/usr/local/bin/containerd-shim-runc-v2": "/usr/bin/containerd-shim-runc-v2",
		"/usr/local/bin/ctr":                     "/usr/bin/ctr",
		"/usr/local/sbin/runc":                   "/usr/sbin/runc",
		"/opt/cni/bin":                           "/usr/lib/cni",
		"/sbin/init":                             "/usr/lib/systemd/systemd",
	} {
		if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o755); err != nil { //nolint:gosec // a system's folders are for all
			return fmt.Errorf("linking %s: %w", name, err)
		}
		if err := os.Symlink(target, r.path(name)); err != nil {
			return fmt.Errorf("linking %s: %w", name, err)
		}
	}
	return os.MkdirAll(r.path("/etc/kubernetes/manifests"), 0o755) //nolint:gosec // as kubeadm's package makes it
}

// services leaves systemd with what a node runs, as kind's Dockerfile does, and
// writes the base of every pod's OCI spec.
const services = `
find /lib/systemd/system/sysinit.target.wants/ -name systemd-tmpfiles-setup.service -delete
rm -f /lib/systemd/system/multi-user.target.wants/* /etc/systemd/system/*.wants/*
rm -f /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/basic.target.wants/*
rm -f /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl*
# A link to resolved's file, over which Docker could not mount its own.
rm -f /etc/resolv.conf /etc/.resolv.conf.systemd-resolved.bak
echo ReadKMsg=no >>/etc/systemd/journald.conf
systemctl enable kubelet.service containerd.service undo-mount-hacks.service
systemctl mask systemd-binfmt.service
ctr oci spec |
  jq '.hooks.createContainer[.hooks.createContainer | length] |= . + {"path": "/kind/bin/mount-product-files.sh"}' |
  jq 'del(.process.rlimits)' >/etc/containerd/cri-base.json
test -s /etc/containerd/cri-base.json
`

// shell runs a script inside the root, in mount and process namespaces of its own.
func (r root) shell(ctx context.Context, script string) error {
	return run.Command{
		Path: "unshare",
		Args: []string{"--mount", "--pid", "--fork", "--kill-child", "chroot", r.dir, "/bin/sh", "-euc", "mount -t proc proc /proc\n" + script},
		Env:  []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"},
	}.Run(ctx)
}
