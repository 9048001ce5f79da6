// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"go.yaml.in/yaml/v3"

	"github.com/adze-ci/adze/tasks/scan-gate/finding"
)

// Rule refuses an image by an expression over all findings and the image, in CEL:
// https://github.com/google/cel-spec/blob/master/doc/langdef.md
type Rule struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	// Refuse is the expression; true refuses.
	Refuse string `json:"refuse"`

	program cel.Program
}

// subject is a finding as expressions see it.
type subject struct {
	ID        string    `cel:"id"`
	Aliases   []string  `cel:"aliases"`
	Package   string    `cel:"package"`
	Installed string    `cel:"installed"`
	FixedIn   string    `cel:"fixedIn"`
	Fix       string    `cel:"fix"`
	Status    string    `cel:"status"`
	Severity  string    `cel:"severity"`
	Score     int       `cel:"score"`
	CVSS      float64   `cel:"cvss"`
	Published time.Time `cel:"published"`
	PURL      string    `cel:"purl"`
	Target    string    `cel:"target"`
	Platform  string    `cel:"platform"`
	IsNew     bool      `cel:"isNew"`
	Outcome   string    `cel:"outcome"`
}

// picture is the image as expressions see it.
type picture struct {
	Repository  string    `cel:"repository"`
	Digest      string    `cel:"digest"`
	OS          string    `cel:"os"`
	EndOfLife   bool      `cel:"endOfLife"`
	Packages    int       `cel:"packages"`
	Scanner     string    `cel:"scanner"`
	Database    time.Time `cel:"database"`
	HasBaseline bool      `cel:"hasBaseline"`
}

// mostCost bounds what an expression may compute, in CEL's own units.
const mostCost = 1_000_000

// compile checks an expression: it knows all names in it, and is true or false.
func compile(text string) (cel.Program, error) {
	env, err := cel.NewEnv(
		ext.NativeTypes(reflect.TypeFor[subject](), reflect.TypeFor[picture](), ext.ParseStructTags(true)),
		cel.Variable("findings", cel.ListType(cel.ObjectType("policy.subject"))),
		cel.Variable("image", cel.ObjectType("policy.picture")),
		cel.Variable("now", cel.TimestampType),
		ext.Strings(), ext.Lists(),
	)
	if err != nil {
		return nil, err
	}
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, fmt.Errorf("%d:%d: %s", first.Location.Line(), first.Location.Column()+1, first.Message)
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("it is of type %s, and must be true or false", ast.OutputType())
	}
	return env.Program(ast, cel.CostLimit(mostCost), cel.InterruptCheckFrequency(100))
}

// compares tells whether it asks what is new; a word too much costs a look.
func (r Rule) compares() bool {
	return strings.Contains(r.Refuse, "isNew") || strings.Contains(r.Refuse, "hasBaseline")
}

// rule reads a rule.
func (r *reader) rule(n *yaml.Node, p *Policy) {
	var rule Rule
	at := n
	r.mapping(n, map[string]func(*yaml.Node){
		"name":   func(v *yaml.Node) { r.scalar(v, &rule.Name) },
		"reason": func(v *yaml.Node) { r.scalar(v, &rule.Reason) },
		"refuse": func(v *yaml.Node) { at = v; r.scalar(v, &rule.Refuse) },
	})
	if rule.Name == "" || strings.TrimSpace(rule.Reason) == "" || rule.Refuse == "" {
		r.fail(n, "a rule needs name, reason and refuse")
		return
	}
	var err error
	if rule.program, err = compile(rule.Refuse); err != nil {
		r.fail(at, "the expression, %v", err)
	}
	p.Rules = append(p.Rules, rule)
}

// refuses evaluates a rule. Its error means that there is no answer.
func (r Rule) refuses(ctx context.Context, input map[string]any) (bool, error) {
	got, _, err := r.program.ContextEval(ctx, input)
	if err != nil {
		return false, fmt.Errorf("evaluating the policy's rule %s: %w", r.Name, err)
	}
	return got.Value() == true, nil
}

// input is what expressions see of a case and its judged findings.
func (j *judgement) input(findings []Judged) map[string]any {
	subjects := make([]subject, 0, len(findings))
	for _, f := range findings {
		subjects = append(subjects, subject{
			ID: f.ID, Aliases: f.Aliases, Package: f.Package, Installed: f.Installed, FixedIn: f.FixedIn, Fix: f.Fix.String(), Status: f.Status,
			Severity: f.Severity.String(), Score: int(f.Severity), CVSS: f.CVSS, Published: told(f.Published), PURL: f.PURL, Target: f.Target,
			Platform: f.Platform, IsNew: !j.old(f.Finding), Outcome: string(f.Outcome),
		})
	}
	return map[string]any{
		"findings": subjects, "now": j.Now,
		"image": picture{
			Repository: j.Image.Context().Name(), Digest: j.Image.Identifier(), OS: j.Scan.OS, EndOfLife: j.Scan.EndOfLife,
			Packages: j.Scan.Packages, Scanner: j.Scan.Scanner.Name, Database: told(j.Scan.Database), HasBaseline: len(j.Baseline) > 0,
		},
	}
}

// told is a time as expressions see it: one that is not told is long ago. The zero
// time is too long ago for a duration, and would leave expressions without a value.
func told(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t
}

// old tells whether the whole baseline has a finding too, and as bad.
func (j *judgement) old(f finding.Finding) bool {
	was, ok := j.known[f.Key()]
	return ok && f.Severity <= was
}
