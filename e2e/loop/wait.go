// SPDX-License-Identifier: Apache-2.0

package loop

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// interval is how often the cluster is asked while something is awaited.
const interval = 300 * time.Millisecond

// poll asks until the answer is yes, an error comes, or the context ends.
func poll(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	for {
		done, err := ask(ctx)
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		case <-time.After(interval):
		}
	}
}

// word is a secret that nobody guesses.
func word() string { return rand.Text() }
