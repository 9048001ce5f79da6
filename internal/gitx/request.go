// SPDX-License-Identifier: Apache-2.0

package gitx

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/adze-ci/adze/internal/step"
)

// listRequest asks for refs (gitprotocol-v2(5), ls-refs).
func (r *remote) listRequest(prefixes []string) []byte {
	var req writer
	r.command(&req, "ls-refs")
	req.line("peel")
	req.line("symrefs")
	for _, p := range prefixes {
		req.line("ref-prefix %s", p)
	}
	req.flush()
	return req.buf
}

func (r *remote) command(req *writer, name string) {
	req.line("command=%s", name)
	req.line("%s", agent())
	if r.said.names {
		req.line("object-format=sha1")
	}
	req.delim()
}

func agent() string { return "agent=adze/" + strings.ReplaceAll(step.Version(), " ", "-") }

// fetchRequest asks for everything at once. A client that says what it has
// takes deltas against that.
func (r *remote) fetchRequest(w want) []byte {
	if r.said.version == 0 {
		return r.fetchZero(w)
	}
	var req writer
	r.command(&req, "fetch")
	req.line("no-progress")
	req.line("ofs-delta")
	if len(w.have) > 0 {
		req.line("thin-pack")
	}
	r.limits(&req, w)
	for _, id := range w.ids {
		req.line("want %s", id)
	}
	for _, id := range w.have {
		req.line("have %s", id)
	}
	req.line("done")
	req.flush()
	return req.buf
}

// limits says what is to be left out. The histories of the commits that we have
// are said to end there, which is the least that we know.
func (r *remote) limits(req *writer, w want) {
	if !r.said.can("shallow") || w.depth == 0 || w.depth == wholeDepth && len(w.have) == 0 {
		w.depth = 0
	} else {
		for _, id := range w.have {
			req.line("shallow %s", id)
		}
		req.line("deepen %d", w.depth)
	}
	if w.filter != "" && r.said.can("filter") {
		req.line("filter %s", w.filter)
	}
}

// fetchZero asks in protocol version 0 (gitprotocol-pack(5)).
func (r *remote) fetchZero(w want) []byte {
	var req writer
	features := []string{agent()}
	for _, f := range []string{"multi_ack", "side-band-64k", "no-progress", "ofs-delta", "filter"} {
		if r.said.can(f) {
			features = append(features, f)
		}
	}
	if len(w.have) > 0 && r.said.can("thin-pack") {
		features = append(features, "thin-pack")
	}
	for i, id := range w.ids {
		if i == 0 {
			req.line("want %s %s", id, strings.Join(features, " "))
		} else {
			req.line("want %s", id)
		}
	}
	r.limits(&req, w)
	req.flush()
	for _, id := range w.have {
		req.line("have %s", id)
	}
	req.line("done")
	return req.buf
}

// readPack reads over what a fetch's answer says first and unpacks the pack.
func (r *remote) readPack(br *bufio.Reader, into *store) error {
	if r.said.version == 0 {
		return r.readZero(br, into)
	}
	for {
		kind, data, err := readPkt(br)
		if err != nil {
			return fmt.Errorf("the answer holds no pack: %w", unexpected(err))
		}
		if kind == pktData && string(bytes.TrimSpace(data)) == "packfile" {
			return unpackBands(&bands{r: br}, into)
		}
	}
}

// readZero reads over shallow lines and acknowledgements.
func (r *remote) readZero(br *bufio.Reader, into *store) error {
	for {
		if head, err := br.Peek(4); err == nil && string(head) == "PACK" && !r.said.can("side-band-64k") {
			return unpack(br, into)
		}
		kind, data, err := readPkt(br)
		if err != nil {
			return fmt.Errorf("the answer holds no pack: %w", unexpected(err))
		}
		if kind != pktData || len(data) == 0 || data[0] > 3 {
			continue
		}
		b := &bands{r: br}
		if err := b.take(data); err != nil {
			return err
		}
		return unpackBands(b, into)
	}
}

// unpackBands unpacks the pack of an answer and reads the answer to its end.
func unpackBands(pack *bands, into *store) error {
	if err := unpack(pack, into); err != nil {
		return fmt.Errorf("reading the pack: %w", err)
	}
	n, err := io.Copy(io.Discard, pack)
	if err == nil && n > 0 {
		return errors.New("something follows the pack")
	}
	return err
}
