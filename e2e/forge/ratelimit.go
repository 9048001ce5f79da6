// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"strconv"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// overLimit refuses a token that has used up its requests, as GitHub's primary
// rate limit does: 403, X-RateLimit-Remaining: 0.
func (c *call) overLimit() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == nil || c.token.limit == 0 || c.token.used <= c.token.limit {
		return nil
	}
	return refuse(http.StatusForbidden, "API rate limit exceeded for user ID %d.", c.token.account.ID)
}

func (c *call) getRateLimit() error {
	limit, used := defaultLimit, 0
	c.mu.Lock()
	if c.token != nil {
		c.token.used-- // asking costs nothing
		used = c.token.used
		if c.token.limit > 0 {
			limit = c.token.limit
		}
	}
	c.mu.Unlock()
	one := func(limit, used int) object {
		return object{"limit": limit, "used": used, "remaining": max(limit-used, 0), "reset": c.rateReset().Unix()}
	}
	core := one(limit, used)
	return c.json(http.StatusOK, object{"rate": core, "resources": object{
		"core": core, "search": one(30, 0), "graphql": one(defaultLimit, 0),
	}})
}

// String names the route.
func (r Route) String() string { return fmt.Sprintf("%s %s", r.Method, r.Path) }
