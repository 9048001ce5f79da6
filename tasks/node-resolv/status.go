// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/node-resolv/nodefile"
	"github.com/adze-ci/adze/tasks/node-resolv/resolvconf"
)

// statusOptions are the flags of the subcommand status.
type statusOptions struct{ etcDir, output string }

func (o *statusOptions) AddFlags(f *step.Flags) {
	f.StringVar(&o.etcDir, "etc-dir", "/etc", "`DIR` where the node's /etc is mounted")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer is written")
}

func (o *statusOptions) Validate() error { return nil }

// ownership is what status tells.
type ownership struct {
	// File is the node's path, all links followed.
	File string `json:"file"`
	// Owned are the nameservers that node-resolv wrote.
	Owned []netip.Addr `json:"owned"`
	// Asked are the nameservers that resolvers ask, in order; Ignored are the rest.
	Asked   []netip.Addr `json:"asked"`
	Ignored []netip.Addr `json:"ignored"`
}

func (o *statusOptions) Run(_ context.Context, env *step.Env) error {
	file, err := nodefile.Open(nodefile.Etc{Dir: o.etcDir}, resolvConf)
	if err != nil {
		return err
	}
	text, err := file.Read()
	if err != nil {
		return err
	}
	_, owned := resolvconf.Strip(text)
	all, ignored := resolvconf.Nameservers(text), resolvconf.Ignored(text)
	return o.write(env.Stdout, ownership{file.NodePath(), owned, all[:len(all)-len(ignored)], ignored})
}

func (o *statusOptions) write(w io.Writer, is ownership) error {
	if o.output == "json" {
		return json.NewEncoder(w).Encode(is)
	}
	_, err := fmt.Fprintf(w, "file     %s\nowned    %v\nasked    %v\nignored  %v\n", is.File, is.Owned, is.Asked, is.Ignored)
	return err
}
