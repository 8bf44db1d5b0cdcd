"""Which files are run as worker, service, driver, references and proxy."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import installed
from gateway.errors import Refusal

if TYPE_CHECKING:
    from gateway.config import Common

PYTHON = Path(sys.executable)
MODULE = ("-m",) if installed.is_checkout() else ("-P", "-m")
"""How it runs a module of this package; -P, since the user's folder may have a gateway of its own."""
PROXY = (PYTHON, *MODULE, "gateway", "proxy")
"""The proxy is this package."""
WORKER, SERVICE, DRIVER = "sidecar-worker", "sidecar-service", "sidecar-driver"
REFERENCES = "sidecar-references"


@dataclass(frozen=True)
class Programs:
    """The executables; each is checked when it is about to be run."""

    worker: "Path"
    service: "Path"
    driver: "Path"
    references: "Path" = installed.programs() / REFERENCES
    """The test bed's own, whosever the others are."""

    @classmethod
    def in_folder(cls, folder: "Path") -> "Programs":
        """The programs as `gateway build` lays them out."""
        return cls(folder / WORKER, folder / SERVICE, folder / DRIVER, folder / REFERENCES)

    @classmethod
    def chosen(cls, common: "Common", built: "Path") -> "Programs":
        """The user's own programs where given, those of `--bin` or else of `built` where not."""
        default = cls.in_folder(common.bin_dir or built)
        return cls(
            common.worker or default.worker,
            common.service or default.service,
            common.driver or default.driver,
            default.references,
        )


def runnable(program: "Path") -> "Path":
    """`program` when it is an executable file, with an absolute path."""
    if not program.is_file():
        raise Refusal(f"{program} does not exist", installed.remedy())
    if not os.access(program, os.X_OK):
        raise Refusal(f"{program} is not executable", "chmod +x it, or name the right file")
    return program.absolute()  # a link is kept: by it a Python knows its environment
