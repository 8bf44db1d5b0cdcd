package process

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/sidecar-ipc/gateway/go_service/wire"
)

// Announce writes the one line that a child writes on stdout when it serves; in one write, so that a parent never
// reads half of it.
func Announce(stdout io.Writer, handshake wire.Handshake) error {
	line, err := json.Marshal(handshake)
	if err != nil {
		return fmt.Errorf("handshake of %s: %w", handshake.Role, err)
	}
	line = append(line, '\n')
	if len(line) > wire.MaxHandshakeBytes {
		return fmt.Errorf("handshake of %s: the line has %d bytes, at most %d are allowed; shorten its endpoints",
			handshake.Role, len(line), wire.MaxHandshakeBytes)
	}
	if _, err = stdout.Write(line); err != nil {
		return fmt.Errorf("handshake of %s: %w", handshake.Role, err)
	}
	return nil
}
