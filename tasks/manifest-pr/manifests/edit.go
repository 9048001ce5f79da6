// SPDX-License-Identifier: Apache-2.0

package manifests

import "context"

// Planned is the plan for a group of services, or why there is none.
type Planned struct {
	Plan
	Err error
}

// Edit plans the edit of all manifests of some services. It is all or nothing: a
// file that cannot be edited safely fails the whole.
func Edit(ctx context.Context, from Source, services ...Service) (Plan, error) {
	p := EditEach(ctx, from, services)[0]
	return p.Plan, p.Err
}

// EditEach does so for several groups, in order, and reads what they share once.
// What fails one group does not hold back the others.
func EditEach(ctx context.Context, from Source, groups ...[]Service) []Planned {
	work := make([]*group, len(groups))
	for i, services := range groups {
		work[i] = newGroup(services)
	}
	files := list(ctx, from, work)
	if ahead, ok := from.(Ahead); ok {
		ahead.ReadAhead(ctx, files)
	}
	found := look(ctx, from, files, work)
	planned := make([]Planned, len(groups))
	for i, g := range work {
		for n := range files {
			g.take(files, n, found[n][i])
		}
		planned[i] = g.finish()
	}
	return planned
}
