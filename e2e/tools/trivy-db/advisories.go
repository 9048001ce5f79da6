// SPDX-License-Identifier: Apache-2.0

package main

import "github.com/aquasecurity/trivy-db/pkg/types"

// source is where an advisory was published, and its bucket in the database.
type source struct {
	bucket string
	types.DataSource
}

// advisory is one published vulnerability of one package.
type advisory struct {
	id, pkg, title string
	source         source
	severity       types.Severity
	vector         string // CVSS v3
	score          float64
	weaknesses     []string
	versions       types.Advisory
	references     []string
}

func (a advisory) cvss() types.VendorCVSS {
	if a.vector == "" {
		return nil
	}
	return types.VendorCVSS{"nvd": types.CVSS{V3Vector: a.vector, V3Score: a.score}}
}

func npm() source {
	return source{"npm::GitHub Security Advisory npm", types.DataSource{
		ID: "ghsa", Name: "GitHub Security Advisory npm",
		URL: "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Anpm",
	}}
}

func debian12() source {
	return source{"debian 12", types.DataSource{
		ID: "debian", Name: "Debian Security Tracker",
		URL: "https://salsa.debian.org/security-tracker-team/security-tracker",
	}}
}

func alpine316() source {
	return source{"alpine 3.16", types.DataSource{
		ID: "alpine", Name: "Alpine Secdb", URL: "https://secdb.alpinelinux.org/",
	}}
}

// affected are versions of a language's package, and the fixed ones, if any.
func affected(vulnerable []string, patched ...string) types.Advisory {
	return types.Advisory{VulnerableVersions: vulnerable, PatchedVersions: patched}
}

func ghsa(id string) []string { return []string{"https://github.com/advisories/" + id} }

// advisories are all that the database knows.
func advisories() []advisory {
	return []advisory{
		{
			id: "CVE-2021-44906", pkg: "minimist", source: npm(), severity: types.SeverityCritical,
			title:  "Prototype Pollution in minimist",
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", score: 9.8, weaknesses: []string{"CWE-1321"},
			versions:   affected([]string{">=1.0.0, <1.2.6", "<0.2.4"}, "1.2.6", "0.2.4"),
			references: ghsa("GHSA-xvch-5gv4-984h"),
		},
		{
			id: "CVE-2021-23337", pkg: "lodash", source: npm(), severity: types.SeverityHigh,
			title:  "Command Injection in lodash",
			vector: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", score: 7.2, weaknesses: []string{"CWE-77", "CWE-94"},
			versions:   affected([]string{"<4.17.21"}, "4.17.21"),
			references: ghsa("GHSA-35jh-r3h4-6jhm"),
		},
		{
			id: "CVE-2020-28500", pkg: "lodash", source: npm(), severity: types.SeverityMedium,
			title:  "Regular Expression Denial of Service (ReDoS) in lodash",
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L", score: 5.3, weaknesses: []string{"CWE-400", "CWE-1333"},
			versions:   affected([]string{">=4.0.0, <4.17.21"}, "4.17.21"),
			references: ghsa("GHSA-29mw-wpgm-hmr9"),
		},
		{
			id: "CVE-2024-29415", pkg: "ip", source: npm(), severity: types.SeverityHigh,
			title:  "ip SSRF improper categorization in isPublic",
			vector: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", score: 8.1, weaknesses: []string{"CWE-918"},
			versions:   affected([]string{"<=2.0.1"}),
			references: ghsa("GHSA-2p57-rm9w-gvfp"),
		},
		{
			id: "CVE-2023-28155", pkg: "request", source: npm(), severity: types.SeverityMedium,
			title:  "Server-Side Request Forgery in Request",
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", score: 6.1, weaknesses: []string{"CWE-918"},
			versions:   affected([]string{"<=2.88.2"}),
			references: ghsa("GHSA-p8p7-x288-28g6"),
		},
		{
			id: "CVE-2024-47764", pkg: "cookie", source: npm(), severity: types.SeverityLow,
			title:      "cookie accepts cookie name, path, and domain with out of bounds characters",
			weaknesses: []string{"CWE-74"},
			versions:   affected([]string{"<0.7.0"}, "0.7.0"),
			references: ghsa("GHSA-pxg6-pf52-xh8x"),
		},
		{
			id: "CVE-2023-4911", pkg: "glibc", source: debian12(), severity: types.SeverityHigh,
			title:  "glibc: buffer overflow in ld.so leading to privilege escalation",
			vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", score: 7.8, weaknesses: []string{"CWE-122", "CWE-787"},
			versions:   types.Advisory{FixedVersion: "2.36-9+deb12u3", VendorIDs: []string{"DSA-5514-1"}},
			references: []string{"https://security-tracker.debian.org/tracker/CVE-2023-4911"},
		},
		{
			id: "CVE-2022-37434", pkg: "zlib", source: alpine316(), severity: types.SeverityCritical,
			title:  "zlib: heap-based buffer over-read and overflow in inflate() via a large extra field",
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", score: 9.8, weaknesses: []string{"CWE-787"},
			versions:   types.Advisory{FixedVersion: "1.2.12-r2"},
			references: []string{"https://nvd.nist.gov/vuln/detail/CVE-2022-37434"},
		},
	}
}
