"""Programs that were built for another system: how it shows when one is started. Pure."""

import errno
import re

_WANTED = re.compile(r"version `(GLIBC_[\d.]+)' not found")


def why(error: OSError) -> str:
    """What keeps a file that exists and is executable from being run (execve(2), ERRORS)."""
    if error.errno == errno.ENOEXEC:
        return "it is built for another processor or system"
    if error.errno == errno.ENOENT:  # of the interpreter: the file itself was looked at before
        return "it is built for a system with glibc, which this one has not"
    return error.strerror or type(error).__name__


def glibc_wanted(log: str) -> str:
    """The newest symbol version, such as GLIBC_2.34, that the dynamic linker misses; "" where it misses none."""
    found: list[str] = _WANTED.findall(log)
    return max(found, key=lambda name: [int(part) for part in name.removeprefix("GLIBC_").split(".")], default="")
