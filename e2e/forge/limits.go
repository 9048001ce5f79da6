// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"net/http"
	"regexp"
	"sync"
	"time"
)

// Limits are those of GitHub besides the primary one, for each who asks; 0 is
// no limit. GitHub's own numbers are 900 points a minute, 80 contents a minute, 500 an
// hour and 100 requests at once:
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
type Limits struct {
	// Points are how many a minute has: a read costs one, a write five.
	Points int `json:"points"`
	// Contents are how many issues, comments, pull requests and reviews may be
	// made in a minute, ContentsHour in an hour.
	Contents     int `json:"contents"`
	ContentsHour int `json:"contents_hour"`
	// AtOnce is how many requests may be under way at the same time.
	AtOnce int `json:"at_once"`
	// TreeEntries is where a recursive listing is cut off; 0 for 100,000.
	TreeEntries int `json:"tree_entries"`
}

// limiter holds the limits, and counts who asks by login.
type limiter struct {
	mu   sync.Mutex
	set  Limits
	used map[string]*usage
}

type usage struct {
	points, contents, contentsHour window
	atOnce                         int
}

// window counts from its first request on, for as long as it lasts.
type window struct {
	ends time.Time
	used int
}

// take counts, and tells whether it is too much; what is refused does not count.
func (w *window) take(now time.Time, lasts time.Duration, cost, limit int) (over bool) {
	if !now.Before(w.ends) {
		*w = window{ends: now.Add(lasts)}
	}
	if limit > 0 && w.used+cost > limit {
		return true
	}
	w.used += cost
	return false
}

// SetLimits sets the limits from now on, with nothing used up.
func (s *Server) SetLimits(l Limits) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.limiter.set, s.limiter.used = l, map[string]*usage{}
}

func (s *Server) controlLimits(r *http.Request) (any, error) {
	var in Limits
	if err := read(r, &in); err != nil {
		return nil, err
	}
	s.SetLimits(in)
	return object{}, nil
}

// contentPath are the operations that make what people are told of.
var contentPath = regexp.MustCompile(`/(issues|pulls|comments|reviews|requested_reviewers)$`)

// admit refuses what is over a secondary limit. GitHub need not say when to come
// back, and so does not here. Done is called when the request is.
func (c *call) admit() (done func(), err error) {
	l := &c.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.actor == nil || l.set == (Limits{TreeEntries: l.set.TreeEntries}) {
		return func() {}, nil
	}
	u := l.used[c.actor.Login]
	if u == nil {
		u = &usage{}
		l.used[c.actor.Login] = u
	}
	content := c.r.Method == http.MethodPost && contentPath.MatchString(c.route.Path)
	now := c.now()
	switch {
	case l.set.AtOnce > 0 && u.atOnce >= l.set.AtOnce, u.points.take(now, time.Minute, c.cost(), l.set.Points):
		return nil, refuse(http.StatusForbidden, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
	case content && (u.contents.take(now, time.Minute, 1, l.set.Contents) || u.contentsHour.take(now, time.Hour, 1, l.set.ContentsHour)):
		return nil, refuse(http.StatusForbidden, "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.")
	}
	u.atOnce++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.atOnce--
	}, nil
}

// cost is what a request takes of the points.
func (c *call) cost() int {
	switch {
	case c.route.Path == "/graphql" && !mutates.Match(peek(c.r)):
		return 1
	case c.r.Method == http.MethodGet, c.r.Method == http.MethodHead:
		return 1
	default:
		return 5
	}
}

// mutates knows a GraphQL mutation in a request's body.
var mutates = regexp.MustCompile(`"query"\s*:\s*"\s*mutation`)

// treeEntries is where a recursive listing is cut off.
func (s *Server) treeEntries() int {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	if n := s.limiter.set.TreeEntries; n > 0 {
		return n
	}
	return maxTreeEntries
}
