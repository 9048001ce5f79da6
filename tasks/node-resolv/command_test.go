// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"strings"
	"testing"

	"github.com/adze-ci/adze/internal/step"
)

// What is wrong is told by the name of its flag.
func TestValidateNamesTheFlag(t *testing.T) {
	for words, want := range map[string]string{
		"":                                "",
		"--cluster-domain=k8s.example":    "",
		"--mode=hosts --registry=infra/r": "",
		"--registry=infra/r --registry-ca=infra/r=infra/tls": "",
		"--cluster-domain=cluster.local.":                    "--cluster-domain",
		"--cluster-domain=a..b":                              "--cluster-domain",
		"--cluster-domain=a/b":                               "--cluster-domain",
		"--cluster-domain=":                                  "--cluster-domain",
		"--service=kube-dns":                                 "--service",
		"--coredns=kube-system/":                             "--coredns",
		"--registry=Infra/r":                                 "--registry",
		"--registry-ca=infra/r=infra/tls":                    "--registry-ca",
		"--mode=hosts":                                       "--registry",
		"--probe-interval=0s":                                "--probe-interval",
		"--restore --dry-run":                                "--dry-run",
	} {
		o := &options{}
		flags := step.FlagsOf(step.Command{Name: "node-resolv", New: func() step.Options { return o }})
		if err := flags.Parse(strings.Fields(words)); err != nil {
			t.Fatal(err)
		}
		err := o.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", words, err)
		}
	}
}
