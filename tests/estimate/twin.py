"""A user's module around the Go twin of `redact`: what `gateway estimate` is told, and nothing of the Rust."""

from pathlib import Path

from gateway.build.layout import Layout

REFERENCE = "./internal/redact.Redact"
_GO_MOD = "module example.com/twin\n\ngo 1.26\n"
_SOURCE = """// Package redact stands for a user's own.
package redact

import "github.com/sidecar-ipc/gateway/go_service/kernel"

// memory is used again, as the bench's callers do.
var memory []byte

// Redact masks personal data and secrets.
func Redact(text []byte) ([]byte, error) {
	masked, err := kernel.Redact(memory[:0], text, kernel.Checkpoint{})
	memory = masked
	return masked, err
}
"""


def write(folder: Path) -> Path:
    """Write the module; a workspace stands in for a published go_service, as for a project of one's own."""
    ours = Layout.of_checkout().go
    package = folder / "internal" / "redact"
    package.mkdir(parents=True)
    (package / "redact.go").write_text(_SOURCE)
    (folder / "go.mod").write_text(_GO_MOD)
    (folder / "go.work").write_text(f"go 1.26.0\n\nuse (\n\t.\n\t{ours}\n)\n")
    (folder / "go.work.sum").write_bytes((ours / "go.sum").read_bytes())
    return folder
