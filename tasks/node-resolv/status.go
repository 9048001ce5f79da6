// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/adze-ci/adze/internal/step"
)

// statusOptions are the flags of the subcommand status.
type statusOptions struct{ etcDir, agent, output string }

func (o *statusOptions) AddFlags(f *step.Flags) {
	f.StringVar(&o.etcDir, "etc-dir", "/etc", "`DIR` where the node's /etc is mounted")
	f.StringVar(&o.agent, "agent", "", "`ADDRESS` where the running node-resolv answers (its --health-listen), to say why it does what it does")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json"}, "how the answer is written")
}

func (o *statusOptions) Validate() error { return nil }

const (
	// agentTime is how long a running agent may take to answer.
	agentTime = 5 * time.Second
	// maxStanding is how much of its answer is read, in bytes.
	maxStanding = 64 << 10
)

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
	// Agent is where things stand, as the running agent says.
	Agent string `json:"agent,omitempty"`
}

func (o *statusOptions) Run(ctx context.Context, env *step.Env) error {
	f := newFacts(&options{etcDir: o.etcDir}, nil)
	_, owned, err := ownedByAll(everyMode(f), f.opts.etc())
	if err != nil {
		return err
	}
	is := standing{Files: append([]ownership{}, owned...)}
	if o.agent != "" {
		if is.Agent, err = askAgent(ctx, o.agent); err != nil {
			return step.NoAnswer("asking the running node-resolv: %w", err)
		}
	}
	return o.write(env.Stdout, is)
}

// askAgent asks a running agent where things stand.
func askAgent(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, agentTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxStanding))
	return strings.TrimSpace(string(text)), err
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
		if file.Means != "" {
			fmt.Fprintf(&b, "means  %s\n", file.Means)
		}
	}
	if len(is.Files) == 0 {
		b.WriteString("node-resolv owns nothing on this node\n")
	}
	if is.Agent != "" {
		fmt.Fprintf(&b, "agent  %s\n", is.Agent)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
