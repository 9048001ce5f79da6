// SPDX-License-Identifier: Apache-2.0

// Package step is the harness around every task binary.
//
// A binary describes itself as a [Command]: its options declare flags and
// results, check themselves and do the work. [Main] parses, logs, runs, writes
// the results and maps the error to an exit code:
//
//	0  done
//	1  failed
//	2  misused: a flag or a file is wrong
//	3  the answer is no
//	4  no answer could be had
//
// SIGTERM and SIGINT cancel the context that Run gets. Human lines go to
// stderr, the machine's answer to stdout. The same declaration makes --help
// and the tables of the README.
package step
