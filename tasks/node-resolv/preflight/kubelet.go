// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"
)

// defaultResolvConf is what the kubelet uses where its configuration names no
// file: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
const defaultResolvConf = "/etc/resolv.conf"

// kubeletResolvConf reads from a KubeletConfiguration which of the node's files
// pods with dnsPolicy Default get; empty for none. A missing configuration
// counts as the default.
func kubeletResolvConf(configFile string) (string, error) {
	if configFile == "" {
		return defaultResolvConf, nil
	}
	text, err := os.ReadFile(configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return defaultResolvConf, nil
	} else if err != nil {
		return "", fmt.Errorf("reading the kubelet's configuration: %w", err)
	}
	var config struct {
		ResolvConf *string `yaml:"resolvConf"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("reading the kubelet's configuration %s: %w", configFile, err)
	}
	if config.ResolvConf == nil {
		return defaultResolvConf, nil
	}
	return *config.ResolvConf, nil
}
