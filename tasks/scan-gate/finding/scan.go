// SPDX-License-Identifier: Apache-2.0

package finding

import "time"

// Scan is what a scanner found in one image, and how much that is worth.
type Scan struct {
	Findings []Finding `json:"findings"`
	Caveats  []Caveat  `json:"caveats,omitempty"`
	// Packages is how many packages the scanner knew in the image; -1 where it does not say.
	Packages int `json:"packages"`
	// OS is the distribution, such as "debian 12.5", and EndOfLife that it gets no
	// security fixes any more. The name is the image's own word.
	OS        string  `json:"os,omitempty"`
	EndOfLife bool    `json:"endOfLife,omitempty"`
	Scanner   Scanner `json:"scanner"`
	// Database is when the scanner's knowledge was made; zero where it does not say.
	Database time.Time `json:"database,omitzero"`
	// Started and Finished are the scan's times; zero where they are not told.
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	// Report is the scanner's own name of its report; may be empty.
	Report string `json:"report,omitempty"`
}

// Scanner is the program that scanned.
type Scanner struct {
	Name    string `json:"name"`
	Vendor  string `json:"vendor,omitempty"`
	Version string `json:"version,omitempty"`
}

// Caveat says where no findings need not mean that there is nothing to find.
type Caveat struct {
	// Text is in words of ours.
	Text string `json:"text"`
	// Of is in words of the report, on one line; may be empty.
	Of string `json:"of,omitempty"`
}

func (c Caveat) String() string {
	if c.Of == "" {
		return c.Text
	}
	return c.Text + ": " + c.Of
}
