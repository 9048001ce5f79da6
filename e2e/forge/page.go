// SPDX-License-Identifier: Apache-2.0

package forge

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// page is what per_page and page ask for; GitHub's default is 30, its most 100.
type page struct {
	number, size int
}

func (c *call) page() page {
	p := page{number: 1, size: 30}
	if n, err := strconv.Atoi(c.query("per_page")); err == nil && n > 0 {
		p.size = min(n, 100)
	}
	if n, err := strconv.Atoi(c.query("page")); err == nil && n > 0 {
		p.number = n
	}
	return p
}

// bounds are the indexes of the page in a list of n.
func (p page) bounds(n int) (from, to int) {
	from = min((p.number-1)*p.size, n)
	return from, min(from+p.size, n)
}

// list answers with the asked page of all, each rendered, and a Link header.
func list[T any](c *call, all []T, render func(T) any) error {
	p := c.page()
	from, to := p.bounds(len(all))
	out := []any{}
	for _, item := range all[from:to] {
		out = append(out, render(item))
	}
	c.linkHeader(p, len(all))
	return c.json(http.StatusOK, out)
}

// linkHeader says where the other pages of a list of total are (RFC 8288).
func (c *call) linkHeader(p page, total int) {
	last := max((total+p.size-1)/p.size, 1)
	var out []string
	add := func(rel string, number int) {
		query := c.r.URL.Query()
		query.Set("page", strconv.Itoa(number))
		here := url.URL{Path: c.links.rel + c.r.URL.Path, RawQuery: query.Encode()}
		out = append(out, fmt.Sprintf("<%s%s>; rel=%q", c.links.web, here.String(), rel))
	}
	if p.number > 1 {
		add("prev", min(p.number-1, last))
	}
	if p.number < last {
		add("next", p.number+1)
		add("last", last)
	}
	if p.number > 1 {
		add("first", 1)
	}
	if len(out) > 0 {
		c.w.Header().Set("Link", strings.Join(out, ", "))
	}
}
