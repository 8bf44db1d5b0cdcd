package wire_test

import (
	"strings"
	"testing"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

func TestAHandshakeLineIsRead(t *testing.T) {
	got, err := wire.ParseHandshake([]byte(`{"contract":"1.0","role":"worker","pid":4711,"start_ns":81230000123,` +
		`"nonce":"5f","version":"0.1.0","endpoints":{"uds":"/run/w.sock"}}` + "\n"))
	if err != nil || got.PID != 4711 || got.StartNs != 81230000123 || got.Endpoints["uds"] != "/run/w.sock" {
		t.Errorf("read as %+v, %v", got, err)
	}
}

func TestABadHandshakeLineIsRefusedByName(t *testing.T) {
	for _, line := range []string{"", "no json", `{"contract":"one"}`, `{"contract":"1.0"` + strings.Repeat(" ", 4096) + "}"} {
		if _, err := wire.ParseHandshake([]byte(line)); err == nil || !strings.HasPrefix(err.Error(), "handshake: ") {
			t.Errorf("%.20q gives %v", line, err)
		}
	}
}

func TestContractsAgreeWhenTheirMajorsDo(t *testing.T) {
	for text, want := range map[string]bool{"1.0": true, "1.7": true, "2.0": false, "0.9": false} {
		contract, ok := wire.ParseContract(text)
		if !ok || wire.ContractAgrees(contract) != want || wire.ContractName(contract) != text {
			t.Errorf("%s is %d, %t", text, contract, ok)
		}
	}
}
