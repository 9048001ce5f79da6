// SPDX-License-Identifier: Apache-2.0

package retry

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// LimitError says that a server's rate limit lasts longer than may be waited.
type LimitError struct {
	// Host is the server, and Limit the name of its limit.
	Host, Limit string
	// End is when the request could be repeated, Until when waiting had to end.
	End, Until time.Time
}

// Error names the limit and both times.
func (e *LimitError) Error() string {
	const clock = "15:04:05 MST"
	return fmt.Sprintf("the %s of %s asks to wait until %s, and the run may wait until %s", e.Limit, e.Host, e.End.UTC().Format(clock), e.Until.UTC().Format(clock))
}

// limit is a refusal because of too many requests; its name is empty for all
// other answers.
type limit struct {
	name string
	// wait is how long to wait where the answer does not say it.
	wait time.Duration
}

// limitOf knows 429 (RFC 6585), and GitHub's 403 for primary and secondary limits;
// untold is the wait for a secondary one that does not say when it ends.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func limitOf(resp *http.Response, untold time.Duration) limit {
	if resp == nil || resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		return limit{}
	}
	told := resp.Header.Get("Retry-After") != "" || resp.Header.Get("X-RateLimit-Remaining") == "0"
	secondary := strings.Contains(strings.ToLower(opening(resp)), "secondary rate limit")
	switch {
	case secondary && told:
		return limit{name: "secondary rate limit"}
	case secondary:
		return limit{"secondary rate limit", untold}
	case told || resp.StatusCode == http.StatusTooManyRequests:
		return limit{name: "rate limit"}
	}
	return limit{}
}

// opening reads the first 4 KiB of an answer and puts them back.
func opening(resp *http.Response) string {
	head, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	rest := io.Reader(resp.Body)
	if err != nil {
		rest = broken{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), resp.Body}
	return string(head)
}

// broken is a body that fails as the answer's did.
type broken struct{ err error }

// Read fails.
func (b broken) Read([]byte) (int, error) { return 0, b.err }
