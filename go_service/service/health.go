package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/process"
)

// healthCommand is the first argument that asks for another service's health instead of a service.
const healthCommand = "health"

// healthTimeout bounds the question; a health check is given a second by most who ask for it. It is longer than what the
// service gives its own question to a worker.
const healthTimeout = 800 * time.Millisecond

// health asks a service whether requests would find what they need, and gives the exit code: 0 when it is ready, 1 with
// one line of why when not, 2 for bad flags. It is for a container that has no other client to ask with.
func health(arguments []string, stderr io.Writer) int {
	set := flag.NewFlagSet("sidecar-service "+healthCommand, flag.ContinueOnError)
	address := set.String("http", cmp.Or(os.Getenv("SIDECAR_HTTP"), defaultHTTP), "`address` that the service serves HTTP on")
	err := process.Parse(set, arguments, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return process.ExitDrained
	}
	code := process.ExitBadFlags
	if err == nil {
		code, err = process.ExitCut, askReady(*address)
	}
	if err != nil {
		fmt.Fprintf(stderr, "sidecar-service: %v\n", err)
		return code
	}
	return process.ExitDrained
}

// askReady gives nil when the service at the address is ready.
func askReady(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dialable(address)+"/readyz", http.NoBody)
	if err != nil {
		return fmt.Errorf("--http %s: %w", address, err)
	}
	direct := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // no proxy stands before one's own service
	response, err := direct.Do(request)
	if err != nil {
		return fmt.Errorf("no answer at %s: %w; does the service run?", address, errors.Unwrap(err))
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var problem Problem
	_ = json.NewDecoder(io.LimitReader(response.Body, maxHeaderBytes)).Decode(&problem)
	return fmt.Errorf("the service at %s is not ready: %s", address, cmp.Or(problem.Detail, response.Status))
}

// dialable puts a loopback address in the place of one that stands for all.
func dialable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return address
}
