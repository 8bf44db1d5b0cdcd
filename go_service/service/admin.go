package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"

	"github.com/sidecar-ipc/gateway/go_service/client"
	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// maxAdminBytes bounds a request's body.
const maxAdminBytes = 64 << 10

// admin lets an operator on this machine look at policies and change them (docs/way-back.md has its calls), and see what
// the Go runtime uses.
type admin struct{ policies *policies }

func (a *admin) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /policies", a.all)
	mux.HandleFunc("GET /policies/{kernel}", a.one)
	mux.HandleFunc("PUT /policies/{kernel}", a.changes(a.put))
	mux.HandleFunc("POST /policies/{kernel}/kill", a.changes(a.kill))
	mux.HandleFunc("POST /policies/{kernel}/restore", a.changes(a.restore))
	mux.HandleFunc("GET /runtime", a.runtime)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		problem := problemOf(wire.Fail(wire.ReasonUnknownKernel,
			"no such path or method; there are GET /policies, GET and PUT /policies/{kernel}, POST /policies/{kernel}/kill and …/restore, GET /runtime"))
		problem.Status = http.StatusNotFound
		problem.write(w)
	})
	return onlyLocal(mux)
}

// onlyLocal refuses what a browser brings from elsewhere: a page cannot choose the Host of a name that is rebound to
// this machine, nor leave Origin out of a request that changes something.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) || r.Header.Get("Origin") != "" {
			problem := problemOf(wire.Fail(wire.ReasonMalformedHeader, "the admin endpoint answers programs on this machine alone"))
			problem.Status = http.StatusForbidden
			problem.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loopback says that a host, with or without a port, is this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (a *admin) all(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, struct {
		Policies []PolicyReport `json:"policies"`
		File     *FileReport    `json:"file,omitempty"`
	}{a.policies.reports(), a.policies.file()})
}

func (a *admin) one(w http.ResponseWriter, r *http.Request) {
	report, ok := a.policies.report(r.PathValue("kernel"))
	if !ok {
		problem := problemOf(wire.Fail(wire.ReasonUnknownKernel, "no policy is set for a kernel of that name; PUT one"))
		problem.Status = http.StatusNotFound
		problem.write(w)
		return
	}
	writeJSON(w, report)
}

// changes wraps what changes a kernel's policy, and answers with the new one.
func (a *admin) changes(change func(kernel string, body []byte) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kernel := r.PathValue("kernel")
		body, err := readBody(w, r, maxAdminBytes)
		if err == nil {
			_, err = client.Lookup(kernel)
		}
		if err == nil {
			err = change(kernel, body)
		}
		if err != nil {
			refuseAdmin(w, err)
			return
		}
		a.one(w, r)
	}
}

func (a *admin) put(kernel string, body []byte) error {
	var form PolicyForm
	if err := decodeStrictly(body, &form); err != nil {
		return err
	}
	policy, err := form.policy()
	if err != nil {
		return err
	}
	return a.policies.set(kernel, policy, byAdmin)
}

func (a *admin) kill(kernel string, body []byte) error {
	reason := struct {
		Why string `json:"why"`
	}{"by the admin endpoint"}
	if len(body) > 0 {
		if err := decodeStrictly(body, &reason); err != nil {
			return err
		}
	}
	return a.policies.kill(kernel, reason.Why, byAdmin)
}

func (a *admin) restore(kernel string, _ []byte) error { return a.policies.restore(kernel, byAdmin) }

// decodeStrictly takes one JSON value with known fields.
func decodeStrictly(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return &client.FieldError{Field: "body", Problem: err.Error()}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &client.FieldError{Field: "body", Problem: "has more than one value"}
	}
	return nil
}

// refuseAdmin answers a wrong field with 400 and its name.
func refuseAdmin(w http.ResponseWriter, err error) {
	problem := problemOf(failureOf(err))
	var field *client.FieldError
	var own httpError
	switch {
	case errors.As(err, &own):
		problem.Status = own.status
	case errors.As(err, &field):
		problem = problemOf(wire.Fail(wire.ReasonMalformedPayload, field.Error()))
		problem.Detail = field.Error()
	}
	problem.write(w)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value)
}

// listenAdmin binds the admin endpoint; an address that is not this machine's own is refused.
func listenAdmin(address string) (net.Listener, error) {
	if !loopback(address) {
		return nil, fmt.Errorf("--admin %s: the admin endpoint has no authentication and listens on loopback alone; take 127.0.0.1:PORT", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--admin %s: %w; choose a free address", address, err)
	}
	if ip, _ := netip.ParseAddrPort(listener.Addr().String()); !ip.Addr().IsLoopback() {
		_ = listener.Close()
		return nil, fmt.Errorf("--admin %s: the name does not lead to this machine's loopback; take 127.0.0.1:PORT", address)
	}
	return listener, nil
}
