// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"slices"
	"strings"
	"testing"
)

// A registry's CA is its own, or else that of all; and none but it is trusted there.
func TestAuthorityOf(t *testing.T) {
	for _, c := range []struct {
		values []string
		// want are the Secrets of the registries infra/a and infra/b.
		want []string
	}{
		{nil, []string{"", ""}},
		{[]string{"infra/all"}, []string{"infra/all", "infra/all"}},
		{[]string{"infra/a=infra/own"}, []string{"infra/own", ""}},
		{[]string{"infra/all", "infra/b=other/own"}, []string{"infra/all", "other/own"}},
	} {
		o := &options{clusterDomain: "cluster.local", registries: []string{"infra/a", "infra/b"}, registryCAs: c.values}
		f := newFacts(o, nil)
		var got []string
		for _, r := range f.registries {
			name := ""
			if ca := f.authorityOf(r); ca != nil {
				name = ca.name.String()
			}
			got = append(got, name)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.values, got, c.want)
		}
	}
}

func TestParseAuthoritiesRefuses(t *testing.T) {
	for value, want := range map[string]string{
		"infra":                       "NAMESPACE/NAME",
		"infra/b=infra/own":           "no --registry=infra/b is there",
		"infra/a=":                    "NAMESPACE/NAME",
		"infra/all infra/more":        "another Secret",
		"infra/a=i/own infra/a=i/own": "another Secret",
	} {
		if _, err := parseAuthorities(strings.Fields(value), []string{"infra/a"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", value, err)
		}
	}
}
