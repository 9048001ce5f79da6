// SPDX-License-Identifier: Apache-2.0

package monorepochange

import (
	"fmt"

	"github.com/adze-ci/adze/internal/monorepo"
)

// tell puts into words what was compared, and adds the services whose own base
// is not known.
func (j *judgement) tell(rep *report) {
	if j.plan.states == nil {
		rep.Reason += fmt.Sprintf(", %d files differ", rep.Changed)
		return
	}
	behind, fresh, doubtful, pushed := 0, 0, 0, 0
	for _, s := range j.asked(j.head.Services) {
		st := j.plan.states[s.Name]
		_, differs := rep.causes[s.Name]
		switch {
		case st.new:
			fresh++
		case st.doubt != "":
			doubtful++
		case j.pushed[s.Name]:
			pushed++
		case differs:
			behind++
		}
		if !differs && st.doubt != "" {
			rep.causes[s.Name], rep.bases[s.Name] = monorepo.Cause{Note: doubtNote(st)}, ""
		}
	}
	rep.Reason += fmt.Sprintf(": %d services behind", behind)
	for _, n := range []struct {
		count int
		what  string
	}{{fresh, "new"}, {doubtful, "whose base is not known"}, {pushed, "that the push alone affects"}} {
		if n.count > 0 {
			rep.Reason += fmt.Sprintf(", %d %s", n.count, n.what)
		}
	}
}

func doubtNote(s state) string {
	if s.new {
		return isNew + ": " + s.doubt
	}
	return "what is deployed of it is not known: " + s.doubt
}
