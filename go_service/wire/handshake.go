package wire

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// MaxHandshakeBytes bounds the handshake line, line feed included.
const MaxHandshakeBytes = 4096

// Handshake is the one line that a child writes on stdout when it serves; protos/HANDSHAKE.md.
type Handshake struct {
	// Contract is "major.minor".
	Contract string `json:"contract"`
	// Role is "worker", "service" or "driver".
	Role string `json:"role"`
	// PID of the child.
	PID int `json:"pid"`
	// StartNs is CLOCK_MONOTONIC at the start of main.
	StartNs uint64 `json:"start_ns"`
	// Nonce is what the parent gave, empty without.
	Nonce string `json:"nonce"`
	// Version of the program.
	Version string `json:"version"`
	// Endpoints are addresses by channel or protocol.
	Endpoints map[string]string `json:"endpoints"`
}

// ParseHandshake reads the line. The contract's major is checked by the caller, who knows what to say.
func ParseHandshake(line []byte) (Handshake, error) {
	var handshake Handshake
	if len(line) > MaxHandshakeBytes {
		return handshake, fmt.Errorf("handshake: the line has %d bytes, at most %d are allowed", len(line), MaxHandshakeBytes)
	}
	if err := json.Unmarshal(line, &handshake); err != nil {
		return handshake, fmt.Errorf("handshake: no JSON line of protos/HANDSHAKE.md: %w", err)
	}
	if _, ok := ParseContract(handshake.Contract); !ok {
		return handshake, fmt.Errorf("handshake: contract %q is not of the form major.minor", handshake.Contract)
	}
	return handshake, nil
}

// ParseContract reads "major.minor" into the number that frames carry.
func ParseContract(text string) (contract uint32, ok bool) {
	majorText, minorText, found := strings.Cut(text, ".")
	major, majorErr := strconv.ParseUint(majorText, 10, 16)
	minor, minorErr := strconv.ParseUint(minorText, 10, 16)
	return uint32(major)<<16 | uint32(minor), found && majorErr == nil && minorErr == nil
}

// ContractAgrees says that the majors do, which is all that two sides need.
func ContractAgrees(contract uint32) bool { return contract>>16 == ContractMajor }

// ContractName writes a contract number as "major.minor".
func ContractName(contract uint32) string {
	return fmt.Sprintf("%d.%d", contract>>16, contract&0xffff)
}

// ContractMismatch is the error of two sides whose majors differ.
func ContractMismatch(peer string, contract uint32) *Error {
	return Failf(ReasonContractMismatch, "%s speaks contract %s, this client %s", peer, ContractName(contract), ContractText)
}
