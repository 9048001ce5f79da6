// SPDX-License-Identifier: Apache-2.0

package finding

import (
	"fmt"
	"slices"
)

// Fix says whether a version of the package without the vulnerability exists.
type Fix int

// The three answers. A source that does not say is not one that says no: only
// NoFix lets a finding pass where a policy asks for nothing but updates.
const (
	FixUnknown Fix = iota
	NoFix
	Fixed
)

func fixNames() []string { return []string{"unknown", "none", "fixed"} }

func (f Fix) String() string { return fixNames()[f] }

// MarshalText is unknown, none or fixed.
func (f Fix) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (f *Fix) UnmarshalText(text []byte) error {
	i := slices.Index(fixNames(), string(text))
	if i < 0 {
		return fmt.Errorf("fix %q is none of unknown, none, fixed", text)
	}
	*f = Fix(i)
	return nil
}

// FixOf is what a version and a status tell, in the words of Trivy, which Harbor
// passes on: https://trivy.dev/docs/latest/configuration/filtering/#by-status
func FixOf(version, status string) Fix {
	switch {
	case version != "":
		return Fixed
	case slices.Contains([]string{"affected", "will_not_fix", "fix_deferred", "end_of_life"}, status):
		return NoFix
	default:
		return FixUnknown
	}
}
