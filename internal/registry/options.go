// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"log/slog"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// DefaultTimeout is how long an operation goes on trying when Options.Timeout is 0.
const DefaultTimeout = 2 * time.Minute

// Options are what a step's flags say about talking to registries.
type Options struct {
	// DockerConfig is a docker config file, or a folder that holds config.json
	// or .dockerconfigjson. Empty: $DOCKER_CONFIG, and without it no credentials.
	// The home folder is never searched: in a pod other steps can write there.
	DockerConfig string
	// CAFiles are PEM files, or folders of .crt and .pem files, of authorities
	// trusted besides the system's; empty names are skipped.
	CAFiles []string
	// Insecure are the registries (HOST[:PORT]) that may be spoken to in plain HTTP.
	Insecure []string
	// Timeout is how long one operation may be repeated while the registry does
	// not answer; 0 for DefaultTimeout.
	Timeout time.Duration
}

// AddFlags declares the flags.
func (o *Options) AddFlags(f *step.Flags) {
	f.StringVar(&o.DockerConfig, "docker-config", "", "docker config `PATH` with the registry's credentials: a file, or a folder with config.json or .dockerconfigjson; default $DOCKER_CONFIG")
	f.StringArrayVar(&o.CAFiles, "ca-file", nil, "PEM `FILE`, or folder of .crt and .pem files, of authorities to trust besides the system's; repeatable")
	f.StringArrayVar(&o.Insecure, "insecure", nil, "registry `HOST[:PORT]` that may be spoken to in plain HTTP; repeatable")
	f.DurationVar(&o.Timeout, "registry-timeout", DefaultTimeout, "how long an operation is repeated while the registry does not answer")
}

// Validate checks what can be checked without the network.
func (o *Options) Validate() error {
	if o.Timeout < 0 {
		return step.Misuse("--registry-timeout=%s is negative", o.Timeout)
	}
	return nil
}

// DockerConfigFile is the docker config file that the options lead to, for
// programs that want one; empty for none.
func (o *Options) DockerConfigFile() (string, error) { return findConfig(o.DockerConfig) }

// Client makes a client; log is told of repetitions and of pushed layers.
func (o *Options) Client(log *slog.Logger) (*Client, error) {
	c := &Client{log: log, insecure: o.Insecure, timeout: o.Timeout, firstWait: time.Second / 2}
	if c.timeout == 0 {
		c.timeout = DefaultTimeout
	}
	var err error
	if c.keychain, err = loadKeychain(o.DockerConfig); err != nil {
		return nil, err
	}
	through, err := newTransport(o.CAFiles, o.Insecure, c.timeout, log)
	if err != nil {
		return nil, err
	}
	return c, c.speak(through)
}
