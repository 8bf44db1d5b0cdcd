"""Where sources are and where programs go."""

from dataclasses import dataclass
from pathlib import Path

from gateway import config


@dataclass(frozen=True)
class Layout:
    """The folders of one build. A plant build holds the code for planted delays and bytes; only tests use it."""

    root: Path
    plant: bool = False

    @classmethod
    def of_checkout(cls, *, plant: bool = False) -> "Layout":
        """The checkout that this package lies in."""
        return cls(config.ROOT, plant)

    @property
    def rust(self) -> Path:
        """The cargo workspace."""
        return self.root / "rust_worker"

    @property
    def go(self) -> Path:
        """The Go module."""
        return self.root / "go_service"

    @property
    def bin(self) -> Path:
        """What is built."""
        return self.root / "bin" / "plant" if self.plant else self.root / "bin"

    @property
    def rust_output(self) -> Path:
        """Where cargo leaves programs and libraries."""
        return self.rust / "target" / "release"

    @property
    def stamp(self) -> Path:
        """The fingerprint of the sources that `bin` was built from."""
        return self.bin / ".sources"

    @property
    def log(self) -> Path:
        """All that the tools wrote."""
        return self.root / "build" / "build.log"

    @property
    def lock(self) -> Path:
        """Held while building."""
        return self.root / "build" / "build.lock"

    def has_sources(self) -> bool:
        """False where the package was installed without its checkout."""
        return (self.rust / "Cargo.toml").is_file() and (self.go / "go.mod").is_file()
