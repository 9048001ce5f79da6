// SPDX-License-Identifier: Apache-2.0

package bare

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// mostAnswers is how many answers are kept before all are forgotten.
const mostAnswers = 4096

// memory keeps what git said of objects. These are named by their content, so that what
// it said once of ids and nothing else holds for good.
type memory struct {
	mu      sync.Mutex
	answers map[string]answer
	parents map[string][]string // of commits
	trees   map[string][]item
}

type answer struct {
	out []byte
	err error
}

// recall runs a command of git's that only depends on its arguments and on objects, of
// which revs are all it names, or gives what was answered before. Whoever asks must
// not change the answer. Refs and short ids move, so that git is asked anew for them.
func (r *Repo) recall(ctx context.Context, revs []string, args ...string) ([]byte, error) {
	if slices.ContainsFunc(revs, func(rev string) bool { return !IsID(rev) }) {
		return r.gitEnv(ctx, literalPaths(), nil, args...)
	}
	return r.once(strings.Join(args, "\x00"), func() ([]byte, error) {
		return r.gitEnv(ctx, literalPaths(), nil, args...)
	})
}

// literalPaths has git take paths as they stand.
func literalPaths() []string { return []string{"GIT_LITERAL_PATHSPECS=1"} }

// once does what always ends alike, unless its answer is known. An exit status of 1 is an
// answer too: no. Other failures are none, for an object may come yet.
func (r *Repo) once(key string, do func() ([]byte, error)) ([]byte, error) {
	r.memory.mu.Lock()
	known, ok := r.memory.answers[key]
	r.memory.mu.Unlock()
	if ok {
		return known.out, known.err
	}
	out, err := do()
	if err != nil && exitCode(err) != 1 {
		return out, err
	}
	r.memory.mu.Lock()
	defer r.memory.mu.Unlock()
	if r.memory.answers == nil || len(r.memory.answers) >= mostAnswers {
		r.memory.answers = map[string]answer{}
	}
	r.memory.answers[key] = answer{out, err}
	return out, err
}
