// SPDX-License-Identifier: Apache-2.0

// Command build builds a pinned outside tool and prints the folder of its
// programs, or runs one of them.
//
//	build TOOL                     # print the folder
//	build TOOL[/PROGRAM] -- ARG…   # run it with these arguments
//
// PROGRAM is needed only where a tool has several, as kubernetes/kubectl.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}
