// SPDX-License-Identifier: Apache-2.0

// Package graph is the subcommand monorepo-change graph: it tells what the
// services of one commit are made of and what they depend on, each input and
// edge with the file and line that says so.
//
// The answer is text, JSON, or a drawing as Mermaid or DOT. With --service it
// is about one service, what it needs and what needs it, however far away.
package graph

import (
	"context"
	"fmt"
	"io"

	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/monorepo-change/draw"
	"github.com/adze-ci/adze/tasks/monorepo-change/origin"
)

// Command is the subcommand.
func Command() step.Command {
	return step.Command{
		Name:    "graph",
		Summary: "what services are made of, and what they depend on",
		New:     func() step.Options { return &options{} },
	}
}

type options struct {
	origin          origin.Options
	service, output string
}

// AddFlags is part of step.Options.
func (o *options) AddFlags(f *step.Flags) {
	o.origin.AddFlags(f, "`commit` to read: a full id, branch, tag or ref")
	f.StringVar(&o.service, "service", "", "only the service of this `name`, what it needs and what needs it")
	f.ChoiceVar(&o.output, "output", "text", []string{"text", "json", "mermaid", "dot"}, "how the graph is written to stdout")
}

// Validate is part of step.Options.
func (o *options) Validate() error { return o.origin.Validate() }

// Run is part of step.Options.
func (o *options) Run(ctx context.Context, env *step.Env) error {
	scanned, err := o.origin.Scan(ctx, env.Log)
	if err != nil {
		return err
	}
	if _, ok := scanned.Services.Get(o.service); !ok && o.service != "" {
		return scanned.NoService(o.service)
	}
	a := newAnswer(scanned.ID.String(), scanned.Graph, o.service)
	for _, c := range a.Cycles {
		env.Log.Warn("services depend on each other in a circle: " + c.String())
	}
	for _, f := range a.Faults {
		env.Log.Warn("a file cannot be understood, so the graph may lack something", "file", f.File, "error", f.Message)
	}
	return o.write(env, a)
}

func (o *options) write(env *step.Env, a *answer) error {
	var text string
	var err error
	switch o.output {
	case "json":
		text, err = step.JSON(a)
	case "mermaid":
		d := a.drawing(o.service)
		text = d.Mermaid()
		if len(d.Arrows) > draw.MaxEdges || len(text) > draw.MaxText {
			env.Log.Warn("Mermaid draws a graph of this size only when its maxEdges and maxTextSize are raised; --service shows a part",
				"edges", len(d.Arrows), "maxEdges", draw.MaxEdges, "characters", len(text), "maxTextSize", draw.MaxText)
		}
	case "dot":
		text = a.drawing(o.service).DOT()
	default:
		text = a.text()
	}
	if err == nil {
		_, err = io.WriteString(env.Stdout, text)
	}
	if err != nil {
		return fmt.Errorf("writing the graph: %w", err)
	}
	return nil
}
