// SPDX-License-Identifier: Apache-2.0

package propose

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// DefaultAPI is the root of github.com's REST API.
const DefaultAPI = "https://api.github.com"

// The path of the REST API on a GitHub Enterprise Server, and the domain of
// GitHub Enterprise Cloud's own hosts, whose API is a host beside them:
// https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api
const (
	serverPath  = "/api/v3/"
	cloudDomain = ".ghe.com"
	apiPrefix   = "api."
)

// apiRoot reads the API's URL. The address of the forge itself stands for that
// of its API; one with a path is taken as it is, as that of a proxy may have to be. A login in it would show in links to the forge.
func apiRoot(text string) (*url.URL, error) {
	root, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/") + "/")
	switch {
	case err != nil || root.Host == "" || root.Scheme != "https" && root.Scheme != "http":
		return nil, step.Misuse("--api-url is no URL of an API")
	case root.User != nil:
		return nil, step.Misuse("--api-url at %s holds a login, which belongs into --token-file", root.Host)
	case root.RawQuery != "" || root.Fragment != "":
		return nil, step.Misuse("--api-url at %s holds more than the root of an API", root.Host)
	case root.Path != "/" || strings.HasPrefix(root.Host, apiPrefix):
	case root.Host == "github.com" || strings.HasSuffix(root.Host, cloudDomain):
		root.Host = apiPrefix + root.Host
	default:
		root.Path = serverPath
	}
	return root, nil
}

// apiPath is the part of a forge's path that leads to its API.
var apiPath = regexp.MustCompile(`(/api(/v[0-9]+)?)?/$`)

// site is the address of the forge for people, without a slash at its end.
func site(api *url.URL) string {
	u := *api
	u.Path = apiPath.ReplaceAllString(u.Path, "")
	if host, ok := strings.CutPrefix(u.Host, apiPrefix); ok && u.Path == "" && (host == "github.com" || strings.HasSuffix(host, cloudDomain)) {
		u.Host = host
	}
	return strings.TrimSuffix(u.String(), "/")
}
