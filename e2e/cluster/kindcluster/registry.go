// SPDX-License-Identifier: Apache-2.0

package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/adze-ci/adze/e2e/cluster/engine"
	"github.com/adze-ci/adze/e2e/tools"
	"github.com/adze-ci/adze/internal/run"
)

const (
	registryName   = "adze-registry" // the container's and its volume's
	registryPort   = "5000"          // inside of the network
	innerRegistry  = "registry-harbor-core.infra.svc.cluster.local"
	registryFolder = "/var/lib/registry"
)

// ensureRegistry runs the registry beside the clusters and returns its address
// on kind's network. What it holds survives until the last cluster goes.
func ensureRegistry(ctx context.Context, e engine.Engine) (string, error) {
	image, err := registryImage(ctx, e)
	if err != nil {
		return "", err
	}
	state, err := e.Docker(ctx, "inspect", "--format", "{{.State.Running}} {{.Config.Image}}", registryName)
	if err != nil || state != "true "+image {
		if err := runRegistry(ctx, e, image); err != nil {
			return "", fmt.Errorf("running the registry %s: %w", registryName, err)
		}
	}
	address, err := e.Docker(ctx, "inspect", "--format", `{{(index .NetworkSettings.Networks "`+network+`").IPAddress}}`, registryName)
	if err != nil || address == "" {
		return "", fmt.Errorf("asking for the registry's address: %w", errors.Join(err, errors.New("it has none")))
	}
	return address + ":" + registryPort, nil
}

func runRegistry(ctx context.Context, e engine.Engine, image string) error {
	if _, err := e.Docker(ctx, "rm", "--force", registryName); err != nil {
		_ = err // there was none
	}
	_, err := e.Docker(ctx, "run", "--detach", "--name", registryName, "--restart", "always",
		"--label", madeLabel+"=true", "--network", network, "--publish", "127.0.0.1:5001:"+registryPort,
		"--volume", registryName+":"+registryFolder, image)
	return err
}

// registryImage makes the registry's image, of the one program that it is.
func registryImage(ctx context.Context, e engine.Engine) (string, error) {
	program, err := tools.Program(ctx, "registry", "registry")
	if err != nil {
		return "", err
	}
	image := "adze.local/" + filepath.Base(filepath.Dir(program)) + ":latest"
	if _, err := e.Docker(ctx, "image", "inspect", image); err == nil {
		return image, nil
	}
	read, write := io.Pipe()
	tar := run.Command{Path: "tar", Args: []string{
		"--create", "--owner=0", "--group=0", "--directory", filepath.Dir(program), filepath.Base(program),
	}, Stdout: write}
	go func() { _ = write.CloseWithError(tar.Run(ctx)) }() // the import fails with tar's error
	docker := e.Command("import", "--change", `ENTRYPOINT ["/registry", "--anonymous", "--addr=:`+registryPort+`", "--root=`+registryFolder+`"]`, "-", image)
	docker.Stdin = read
	err = docker.Run(ctx)
	_ = read.CloseWithError(err) // ends tar where docker failed first
	if err != nil {
		return "", fmt.Errorf("making the registry's image: %w", err)
	}
	return image, nil
}

func removeRegistry(ctx context.Context, e engine.Engine) error {
	if _, err := e.Docker(ctx, "inspect", registryName); err == nil {
		if _, err := e.Docker(ctx, "rm", "--force", "--volumes", registryName); err != nil {
			return fmt.Errorf("removing the registry: %w", err)
		}
	}
	if _, err := e.Docker(ctx, "volume", "inspect", registryName); err == nil {
		if _, err := e.Docker(ctx, "volume", "rm", registryName); err != nil {
			return fmt.Errorf("removing what the registry held: %w", err)
		}
	}
	return nil
}

// writeCerts writes how containerd reaches the registries: certs.d has a folder
// per host, with hosts.toml and the CA to trust.
func writeCerts(dir, registry string, ca []byte) error {
	inner := filepath.Join(dir, "certs.d", innerRegistry)
	for path, text := range map[string]string{
		filepath.Join(dir, "certs.d", RegistryAddress, "hosts.toml"): fmt.Sprintf(
			"server = \"http://%s\"\n\n[host.\"http://%s\"]\n  capabilities = [\"pull\", \"resolve\"]\n", registry, registry),
		filepath.Join(inner, "hosts.toml"): fmt.Sprintf(
			"server = \"https://%s\"\n\n[host.\"https://%s\"]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = \"/etc/containerd/certs.d/%s/ca.crt\"\n",
			innerRegistry, innerRegistry, innerRegistry),
		filepath.Join(inner, "ca.crt"): string(ca),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // the node's programs read it
			return fmt.Errorf("writing the registries' settings: %w", err)
		}
		if err := replace(path, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
