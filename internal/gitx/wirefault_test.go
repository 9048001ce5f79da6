// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/adze-ci/adze/internal/retry"
	"github.com/adze-ci/adze/internal/step"
	"github.com/adze-ci/adze/internal/transport"
)

// damaged has every answer of git go through a change, the first few times or always.
func damaged(t *testing.T, s http.Handler, times int, change func([]byte) []byte) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("X-Again") != "" || r.Method == http.MethodGet || times == 0 {
			return false
		}
		times--
		r.Header.Set("X-Again", "1")
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, r)
		body := change(rec.Body.Bytes())
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		if _, err := w.Write(body); err != nil {
			t.Log(err)
		}
		return true
	}
}

// An answer that is cut or changed on its way is asked for again; where it stays
// so, there is an error and no answer.
func TestADamagedAnswerIsAskedForAgainOrAnError(t *testing.T) {
	dir, s := served(t)
	before, after := twoCommits(t, dir)
	for name, change := range map[string]func([]byte) []byte{
		"cut":         func(b []byte) []byte { return b[:len(b)/2] },
		"cut short":   func(b []byte) []byte { return b[:len(b)-1] },
		"empty":       func([]byte) []byte { return nil },
		"flipped":     func(b []byte) []byte { b[len(b)-30] ^= 4; return b },
		"no end":      func(b []byte) []byte { return b[:len(b)-4] },
		"garbage":     func([]byte) []byte { return []byte("<html>") },
		"more behind": func(b []byte) []byte { return append(b[:len(b)-4], "0006\x01x0000"...) },
	} {
		s.Break = damaged(t, s, 2, change)
		tellsThem(t, open(t, Options{URL: s.URL + "/repo"}), before, after)
		s.Break = damaged(t, s, -1, change)
		r := open(t, Options{URL: s.URL + "/repo"})
		if c, err := r.Commits(t.Context(), before, after); err == nil {
			t.Errorf("%s: got %v", name, c)
		}
	}
}

// A server that sends another object than was asked for has not sent that one.
func TestAnotherObjectThanWasAskedFor(t *testing.T) {
	dir, s := served(t)
	before, after := twoCommits(t, dir)
	s.Break = func(_ http.ResponseWriter, r *http.Request) bool {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(body), before.String(), after.String())))
		return false
	}
	_, err := open(t, Options{URL: s.URL + "/repo"}).Commits(t.Context(), before)
	var missing *MissingError
	if !errors.As(err, &missing) || missing.IDs[0] != before {
		t.Errorf("got %v", err)
	}
}

func TestStatusesOfServers(t *testing.T) {
	dir, s := served(t)
	before, after := twoCommits(t, dir)
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusBadGateway} {
		busy := 1
		s.Break = func(w http.ResponseWriter, _ *http.Request) bool {
			if busy--; busy < 0 {
				return false
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return true
		}
		tellsThem(t, open(t, Options{URL: s.URL + "/repo"}), before, after)
	}
	for status, hint := range map[int]string{http.StatusNotImplemented: "", http.StatusUnauthorized: "--credentials", http.StatusForbidden: "--credentials", http.StatusNotFound: "check the URL"} {
		s.Break = func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "words", status)
			return true
		}
		_, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(t.Context(), "main")
		var said *StatusError
		if !errors.As(err, &said) || said.Code != status || said.Text != "words" || !strings.Contains(fmt.Sprint(step.Hints(err)), hint) {
			t.Errorf("%d: got %v, hints %q", status, err, step.Hints(err))
		}
	}
}

// A server that stops in the middle is given up, and so is one that never begins.
func TestAServerThatHangs(t *testing.T) {
	dir, s := served(t)
	twoCommits(t, dir)
	base, err := transport.New(nil, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &retry.Transport{Base: base, Initial: time.Millisecond, Limit: 10 * time.Millisecond, Always: true}}
	for _, first := range []string{"", "0008NAK\n"} {
		s.Break = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				return false
			}
			if _, err := io.WriteString(w, first); err != nil {
				t.Error(err)
			}
			if err := http.NewResponseController(w).Flush(); err != nil && first != "" {
				t.Error(err)
			}
			<-r.Context().Done()
			return true
		}
		r := open(t, Options{URL: s.URL + "/repo"})
		r.sources[0].(*remote).wire.(*httpWire).client = client
		if _, err := r.Resolve(t.Context(), "main"); err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("after %q: %v", first, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := open(t, Options{URL: s.URL + "/repo"}).Resolve(ctx, "main"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %q, with a deadline: %v", first, err)
		}
		cancel()
	}
}

// A server that says something for ever is ended, whatever it says.
func TestAnAnswerWithoutEnd(t *testing.T) {
	two, zero := &advert{version: 2}, &advert{fetch: []string{"side-band-64k"}}
	for name, c := range map[string]struct {
		said        *advert
		first, line string
	}{
		"progress":      {two, "000dpackfile\n", "0006\x02."},
		"nothing":       {two, "000dpackfile\n", "0005\x01"},
		"sections":      {two, "", "000bsection"},
		"old progress":  {zero, "0008NAK\n", "0006\x02."},
		"shallow lines": {zero, "", "0035shallow 0123456789012345678901234567890123456789\n"},
		"acknowledging": {zero, "", "0008NAK\n"},
	} {
		body := &limitedReader{r: io.MultiReader(strings.NewReader(c.first), &endless{line: c.line}), left: 1 << 20}
		if err := (&remote{said: c.said}).readPack(bufio.NewReader(body), newStore()); !errors.Is(err, errTooMuch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := readLines(bufio.NewReader(&endless{line: "0009line\n"})); !errors.Is(err, errTooMuch) {
		t.Errorf("lines: %v", err)
	}
	err := readAnswer(t.Context(), &endless{line: strings.Repeat("x", 1<<16)}, func(br *bufio.Reader) error {
		_, err := io.Copy(io.Discard, br)
		return err
	})
	var broken *brokenError
	if !errors.Is(err, errTooMuch) || errors.As(err, &broken) {
		t.Errorf("an answer: %v", err)
	}
}

// endless repeats a line.
type endless struct {
	line string
	at   int
}

// Read is part of io.Reader.
func (e *endless) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		c := copy(b[n:], e.line[e.at:])
		n += c
		e.at = (e.at + c) % len(e.line)
	}
	return n, nil
}
