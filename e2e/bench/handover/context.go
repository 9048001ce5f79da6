// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// layers is how many the first image has; the second has one more.
const layers = 8

// The folders of what is built.
const (
	contextNew   = "new"
	contextSmall = "small"
)

// makeContexts makes both below a folder, always the same: a file for each layer,
// which have so many bytes together and do not compress, and a file on top of these.
func makeContexts(work string, bytes int64) error {
	lines := []string{"FROM scratch"}
	err := os.Mkdir(filepath.Join(work, contextNew), 0o750)
	for n := range uint64(layers) {
		file := fmt.Sprintf("file%d", n)
		err = errors.Join(err, makeFile(filepath.Join(work, contextNew, file), n, bytes/layers))
		lines = append(lines, "COPY "+file+" /"+file)
	}
	small := filepath.Join(work, contextSmall)
	return errors.Join(err, os.Mkdir(small, 0o750), makeFile(filepath.Join(small, "small"), layers, 1000),
		os.WriteFile(filepath.Join(work, contextNew, "Dockerfile"), []byte(strings.Join(lines, "\n")+"\n"), 0o600),
		os.WriteFile(filepath.Join(small, "Dockerfile"), []byte("ARG BASE\nFROM $BASE\nCOPY small /small\n"), 0o600))
}

// makeFile makes a file of bytes that do not compress, those of a number.
func makeFile(path string, n uint64, size int64) error {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], n)
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.NewChaCha8(seed), size)
	return errors.Join(err, f.Close())
}
