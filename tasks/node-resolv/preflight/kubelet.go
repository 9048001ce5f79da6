// SPDX-License-Identifier: Apache-2.0

package preflight

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/internal/step"
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
	if err := replaced(configFile); err != nil {
		return "", err
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

// replaced is an error where another file has taken the place of this one: the file
// is mounted by itself, without the folder with all pods' secrets, and a mount goes
// on showing the old one. An editor does that, and whoever writes files with care.
func replaced(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("looking at the kubelet's configuration: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink == 0 {
		err := fmt.Errorf("reading the kubelet's configuration %s: another file has taken its place since this pod began", file)
		return step.Hint(err, "delete this pod: the next one sees the new file")
	}
	return nil
}
