// SPDX-License-Identifier: Apache-2.0

package bare

// Where all commits have files of their own, what descends from what is found without a
// process for each question. The functions here say false where git has to be asked.

// parents are those of a commit, which never change.
func (r *Repo) parents(sha string) ([]string, bool) {
	r.memory.mu.Lock()
	known, ok := r.memory.parents[sha]
	r.memory.mu.Unlock()
	if ok || !IsID(sha) {
		return known, ok
	}
	o, ok := r.loose(sha)
	if !ok || o.Kind != "commit" {
		return nil, false
	}
	c := parseCommit(o)
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	if r.memory.parents == nil {
		r.memory.parents = map[string][]string{}
	}
	r.memory.parents[sha] = c.Parents
	return c.Parents, true
}

func (r *Repo) isCommit(sha string) bool {
	_, ok := r.parents(sha)
	return ok
}

// ancestors are some commits and all that they descend from.
func (r *Repo) ancestors(tips ...string) (map[string]bool, bool) {
	seen := map[string]bool{}
	for next := tips; len(next) > 0; {
		sha := next[0]
		next = next[1:]
		if seen[sha] {
			continue
		}
		parents, ok := r.parents(sha)
		if !ok {
			return nil, false
		}
		seen[sha] = true
		next = append(next[:len(next):len(next)], parents...)
	}
	return seen, true
}

// best are the common ancestors of two commits that are ancestors of no other one.
func (r *Repo) best(a, b string) (shas []string, ok bool) {
	ofA, ok := r.ancestors(a)
	ofB, ok2 := r.ancestors(b)
	if !ok || !ok2 {
		return nil, false
	}
	worse := map[string]bool{}
	for sha := range ofA {
		if parents, _ := r.parents(sha); ofB[sha] {
			for _, p := range parents {
				worse[p] = true
			}
		}
	}
	for sha := range ofA {
		if ofB[sha] && !worse[sha] {
			shas = append(shas, sha)
		}
	}
	return shas, true
}

// line is a history without merges down to those of some commits, newest first.
func (r *Repo) line(tip string, not []string) (shas []string, ok bool) {
	left, ok := r.ancestors(not...)
	for sha := tip; ok && sha != "" && !left[sha]; {
		parents, known := r.parents(sha)
		if !known || len(parents) > 1 {
			return nil, false
		}
		shas, sha = append(shas, sha), ""
		if len(parents) == 1 {
			sha = parents[0]
		}
	}
	return shas, ok
}

// missing counts those of some commits that others lack.
func missing(of, in map[string]bool) int {
	n := 0
	for sha := range of {
		if !in[sha] {
			n++
		}
	}
	return n
}
