// SPDX-License-Identifier: Apache-2.0

package scangate

import (
	"time"

	"github.com/adze-ci/adze/internal/result"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/tasks/scan-gate/policy"
	"github.com/adze-ci/adze/tasks/scan-gate/show"
)

// results are what other steps read. They say unknown until the work is done: a pass
// whose tag was not put is none.
type results struct {
	set                                              *result.Set
	verdict, scanOutput, testOutput, summary, judged *result.Value
}

func (r *results) addFlags(f *step.Flags) {
	r.set = &f.Results
	r.verdict = f.Result("verdict", "pass, refused or unknown")
	r.scanOutput = f.Result("SCAN_OUTPUT", "how many findings of each severity, as JSON; unpatched ones are those without a fix")
	r.testOutput = f.Result("TEST_OUTPUT", "the verdict as JSON: result is SUCCESS, FAILURE, WARNING (findings that are tolerated for now) or ERROR")
	r.summary = f.Result("summary", "the findings by severity in one line, for people; none of its words is the image's")
	r.judged = f.Result("judged", "repository@digest that the verdict is about")
}

// hand sets the results of a verdict; the error says that Tekton cannot carry them.
func (r *results) hand(v *policy.Verdict, now time.Time) error {
	r.verdict.Set(v.Word())
	r.scanOutput.Set(show.ScanOutput(v))
	r.summary.Set(show.Summary(v))
	r.testOutput.Set(show.TestOutput(v, now))
	return r.set.Fit()
}

// unknown sets the results where there is no verdict.
func (r *results) unknown(why string, now time.Time) {
	r.verdict.Set("unknown")
	r.testOutput.Set(show.Unknown(why, now))
	r.scanOutput.Unset()
	r.summary.Unset()
}

// unjudged sets the results where there is no verdict, and the image passes.
func (r *results) unjudged(why string, now time.Time) {
	r.unknown(why, now)
	r.testOutput.Set(show.Unjudged(why, now))
}
