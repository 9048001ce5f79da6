// SPDX-License-Identifier: Apache-2.0

package noderesolv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// filePoll is how often a file is looked at for a change.
const filePoll = 20 * time.Millisecond

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, text)
	return errors.Join(err, f.Close())
}

// serveAPI is an API server at http://127.0.0.1:8001.
func serveAPI(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:8001")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", getObject)
	mux.HandleFunc("POST /api/v1/namespaces/default/events", postEvent)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := os.Stat("api-down"); err == nil {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	})}
	go server.Serve(listener) //nolint:errcheck // it ends with the process
	return nil
}

func postEvent(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Type, Reason, Message string
		InvolvedObject        struct{ Kind, Name string }
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	line := fmt.Sprintf("%s %s %s/%s %s\n", event.Type, event.Reason, event.InvolvedObject.Kind, event.InvolvedObject.Name, event.Message)
	if err := appendTo("events", line); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func getObject(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.Query().Get("watch") != "" {
		selected, ok := strings.CutPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
		if !ok {
			http.Error(w, "a watch of all objects is forbidden", http.StatusForbidden)
			return
		}
		watchObject(w, r, filepath.Join(name, selected))
		return
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		http.Error(w, `{"kind":"Status","status":"Failure","reason":"NotFound","code":404}`, http.StatusNotFound)
		return
	}
	w.Write(text) //nolint:errcheck // the asker may be gone
}

// watchObject tells each change of an object's file as a watch event; at first,
// to who names no version to begin at, that it is there.
func watchObject(w http.ResponseWriter, r *http.Request, name string) {
	var before []byte
	if r.URL.Query().Has("resourceVersion") {
		before, _ = os.ReadFile(name) // nil where it is gone
	}
	for {
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(filePoll):
		}
		now, _ := os.ReadFile(name) // nil where it is gone
		kind := "MODIFIED"
		switch {
		case bytes.Equal(now, before), now != nil && !json.Valid(now): // the latter is half written
			continue
		case now == nil:
			kind = "DELETED"
		case before == nil:
			kind = "ADDED"
		}
		object := now
		if now == nil {
			object = before
		}
		before = now
		fmt.Fprintf(w, `{"type":%q,"object":%s}`+"\n", kind, object) //nolint:errcheck // the asker may be gone
	}
}

// serveDNS is a nameserver at port 53 of an address.
func serveDNS(ctx context.Context, addr string) error {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp", addr+":53")
	if err != nil {
		return err
	}
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if answer := answerFrom(filepath.Join("dns", addr), buffer[:n]); answer != nil {
				conn.WriteTo(answer, from) //nolint:errcheck // as lossy as UDP is
			}
		}
	}()
	return nil
}

// answerFrom answers a question from a file; nil for silence.
func answerFrom(file string, packet []byte) []byte {
	var m dnsmessage.Message
	names, err := os.ReadFile(file)
	if err != nil || m.Unpack(packet) != nil || len(m.Questions) != 1 {
		return nil
	}
	question := m.Questions[0]
	if err := appendTo("asked", filepath.Base(file)+" "+question.Name.String()+"\n"); err != nil {
		return nil
	}
	reply := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: m.ID, Response: true, RecursionDesired: true, RecursionAvailable: true, RCode: dnsmessage.RCodeNameError},
		Questions: m.Questions,
	}
	for line := range strings.Lines(string(names)) {
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[0]+"." != question.Name.String() {
			continue
		}
		reply.RCode = dnsmessage.RCodeSuccess
		if question.Type == dnsmessage.TypeA {
			header := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET}
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: netip.MustParseAddr(fields[1]).As4()}})
		}
	}
	answer, err := reply.Pack()
	if err != nil {
		return nil
	}
	return answer
}
