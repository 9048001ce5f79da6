// SPDX-License-Identifier: Apache-2.0

package harbor

import (
	"net/url"
	"strconv"
)

// The sizes of pages that the API has, as its description says.
const (
	defaultPage = 10
	largestPage = 100
)

// list answers with one page of a list, and with how long all of it is.
func (c *call) list(all []object) error {
	page, err := c.number("page", 1)
	if err != nil {
		return err
	}
	size, err := c.number("page_size", defaultPage)
	if err != nil {
		return err
	}
	if size > largestPage {
		return invalid("validation failure list:\npage_size in query should be less than or equal to %d", largestPage)
	}
	c.w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	if to < len(all) {
		c.w.Header().Set("Link", "<"+c.pageAt(page+1)+`>; rel="next"`)
	}
	return c.json(append([]object{}, all[from:to]...))
}

// number is a parameter of the query that counts from 1.
func (c *call) number(name string, otherwise int) (int, error) {
	text := c.query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, invalid("validation failure list:\n%s in query must be of type int64, and more than 0: %q", name, text)
	}
	return n, nil
}

// pageAt is the address of another page.
func (c *call) pageAt(page int) string {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		query = url.Values{}
	}
	query.Set("page", strconv.Itoa(page))
	return c.r.URL.EscapedPath() + "?" + query.Encode()
}
