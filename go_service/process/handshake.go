package process

import (
	"encoding/json"
	"fmt"
	"io"
)

// MaxHandshakeBytes bounds the handshake line, line feed included.
const MaxHandshakeBytes = 4096

// Handshake is the one line that a child writes on stdout when it serves.
type Handshake struct {
	Contract  string            `json:"contract"`
	Role      string            `json:"role"`
	PID       int               `json:"pid"`
	StartNs   int64             `json:"start_ns"` // CLOCK_MONOTONIC at the start of main
	Nonce     string            `json:"nonce"`
	Version   string            `json:"version"`
	Endpoints map[string]string `json:"endpoints"`
}

// Announce writes the line in one write, so that a parent never reads half of it.
func Announce(stdout io.Writer, handshake Handshake) error {
	line, err := json.Marshal(handshake)
	if err != nil {
		return fmt.Errorf("handshake of %s: %w", handshake.Role, err)
	}
	line = append(line, '\n')
	if len(line) > MaxHandshakeBytes {
		return fmt.Errorf("handshake of %s: the line has %d bytes, at most %d are allowed; shorten its endpoints",
			handshake.Role, len(line), MaxHandshakeBytes)
	}
	if _, err = stdout.Write(line); err != nil {
		return fmt.Errorf("handshake of %s: %w", handshake.Role, err)
	}
	return nil
}
