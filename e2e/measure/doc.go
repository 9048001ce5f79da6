// SPDX-License-Identifier: Apache-2.0

// Package measure is what the programs in e2e/bench share: the time and memory
// that a command takes, how figures are written, and the marks in a README
// between which a program keeps its tables.
package measure
