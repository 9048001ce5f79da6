// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
)

// wire carries requests to git-upload-pack on a server.
type wire interface {
	// name is the server's URL without secrets.
	name() string
	// ask sends a request and has the answer read; an empty request asks for
	// what the server says first. It has protocol version 2 asked for.
	ask(ctx context.Context, request []byte, read func(*bufio.Reader) error) error
}

// brokenError says that an answer broke off or was damaged on its way, so that
// asking again may mend it.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

// readAnswer has an answer read, no more of it than is taken, and tells what is
// worth asking again for.
func readAnswer(ctx context.Context, body io.Reader, read func(*bufio.Reader) error) error {
	limited := &limitedReader{r: body, left: maxAnswer}
	err := read(bufio.NewReaderSize(limited, 1<<16))
	var said *serverError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &said), errors.Is(err, errTooMuch), errors.Is(err, errCollision), errors.Is(err, errNotGit):
		return err
	}
	return &brokenError{fmt.Errorf("reading the answer: %w", err)}
}

// limitedReader fails where more comes than is taken.
type limitedReader struct {
	r    io.Reader
	left int64
}

// Read is part of io.Reader.
func (l *limitedReader) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("%w: an answer of more than %d MiB", errTooMuch, int64(maxAnswer)>>20)
	}
	n, err := l.r.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}
