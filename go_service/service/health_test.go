package service

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sidecar-ipc/gateway/go_service/process/processtest"
)

func healthOf(t *testing.T, arguments ...string) (int, string) {
	t.Helper()
	var stderr bytes.Buffer
	code := Main(append([]string{"health"}, arguments...), io.Discard, &stderr)
	return code, stderr.String()
}

func TestAReadyServiceIsHealthyAlsoByAnAddressThatStandsForAll(t *testing.T) {
	service := processtest.Start(t, asService, "--http", "0.0.0.0:0")
	_, port, err := net.SplitHostPort(service.Endpoints["http"])
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"127.0.0.1:" + port, "0.0.0.0:" + port, ":" + port} {
		if code, said := healthOf(t, "--http", address); code != 0 || said != "" {
			t.Errorf("%s: exit code %d, %q", address, code, said)
		}
	}
}

func TestAServiceThatIsNotReadySaysWhyInOneLine(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	lonely := processtest.Start(t, asService, "--http", "127.0.0.1:0", "--uds", "/nonexistent/w.sock", "--route", "uds/msgpack")
	for _, test := range []struct{ name, address, want string }{
		{"nobody listens", "127.0.0.1:1", "no answer at 127.0.0.1:1"},
		{"nobody answers", deaf.Addr().String(), "no answer"},
		{"no worker", lonely.Endpoints["http"], "uds/msgpack"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			code, said := healthOf(t, "--http", test.address)
			if code != 1 || !strings.Contains(said, test.want) || strings.Count(said, "\n") != 1 {
				t.Errorf("exit code %d, %q; want 1 and one line with %q", code, said, test.want)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestBadFlagsOfHealthAreRefused(t *testing.T) {
	for _, arguments := range [][]string{{"--nope"}, {"now"}} {
		if code, said := healthOf(t, arguments...); code != 2 || said == "" {
			t.Errorf("%v: exit code %d, %q", arguments, code, said)
		}
	}
}
