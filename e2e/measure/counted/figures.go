// SPDX-License-Identifier: Apache-2.0

package counted

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/adze-ci/adze/e2e/measure"
)

// Figures are what a command took.
type Figures struct {
	measure.Spent
	// Sent are bytes to registries, Received those from them.
	Sent, Received int64
}

// InTurns goes each of some ways as often as told, and gives the median of each. It
// takes them in turns, so that none has a better time of the machine than another.
func InTurns(runs, ways int, once func(way int) (Figures, error)) ([]Figures, error) {
	all := make([][]Figures, ways)
	for range runs {
		for way := range ways {
			f, err := once(way)
			if err != nil {
				return nil, err
			}
			all[way] = append(all[way], f)
		}
	}
	medians := make([]Figures, ways)
	for way := range ways {
		medians[way] = Median(all[way])
	}
	return medians, nil
}

// Median is of each figure the median of its own.
func Median(all []Figures) Figures {
	return Figures{
		Spent: measure.Spent{
			Took:   middle(all, func(f Figures) time.Duration { return f.Took }),
			Busy:   middle(all, func(f Figures) time.Duration { return f.Busy }),
			Memory: middle(all, func(f Figures) int64 { return f.Memory }),
		},
		Sent:     middle(all, func(f Figures) int64 { return f.Sent }),
		Received: middle(all, func(f Figures) int64 { return f.Received }),
	}
}

func middle[T cmp.Ordered](all []Figures, of func(Figures) T) T {
	var values []T
	for _, f := range all {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Place says what a folder's files are on.
func Place(dir string) string {
	var at unix.Statfs_t
	if err := unix.Statfs(dir, &at); err == nil && at.Type == unix.TMPFS_MAGIC {
		return "in memory"
	}
	return "on its disk"
}
