// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// statusOptions are the flags of the subcommand status.
type statusOptions struct{ etcDir, output string }

func (o *statusOptions) AddFlags(f *step.Flags) {
	f.StringVar(&o.etcDir, "etc-dir", "/etc", "`DIR` where the node's /etc is mounted")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer is written")
}

func (o *statusOptions) Validate() error { return nil }

// ownership is what is owned of one file.
type ownership struct {
	Mode string `json:"mode"`
	// File is the node's path, all links followed.
	File string `json:"file"`
	// Owned lists what node-resolv wrote into it, Means says what comes of it.
	Owned []string `json:"owned"`
	Means string   `json:"means"`
}

// standing is what status tells.
type standing struct {
	Files []ownership `json:"files"`
}

func (o *statusOptions) Run(_ context.Context, env *step.Env) error {
	f := newFacts(&options{etcDir: o.etcDir}, nil)
	is := standing{Files: []ownership{}}
	for _, m := range everyMode(f) {
		owned, err := ownedBy(m, f.opts.etc())
		if err != nil {
			return err
		}
		is.Files = append(is.Files, owned...)
	}
	return o.write(env.Stdout, is)
}

func (o *statusOptions) write(w io.Writer, is standing) error {
	if o.output == "json" {
		return json.NewEncoder(w).Encode(is)
	}
	var b strings.Builder
	for _, file := range is.Files {
		fmt.Fprintf(&b, "file   %s (%s)\n", file.File, file.Mode)
		for _, owned := range file.Owned {
			fmt.Fprintf(&b, "owned  %s\n", owned)
		}
		fmt.Fprintf(&b, "means  %s\n", file.Means)
	}
	if len(is.Files) == 0 {
		b.WriteString("node-resolv owns nothing on this node\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
