"""A Go symbol as profiles name it, and what kind of work it stands for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

IO, ALLOCATION, WAITING = "I/O", "allocation", "waiting"
_BEGINNINGS = {
    IO: (
        "syscall.",
        "internal/runtime/syscall.",
        "internal/poll.",
        "runtime/internal/syscall.",
        "golang.org/x/sys/unix.",
        "net.(*",
        "os.(*File)",
        "runtime.netpoll",
    ),
    ALLOCATION: (
        "runtime.mallocgc",
        "runtime.newobject",
        "runtime.makeslice",
        "runtime.growslice",
        "runtime.gc",
        "runtime.bgsweep",
        "runtime.bgscavenge",
        "runtime.sweepone",
    ),
    WAITING: (
        "sync.(*Mutex)",
        "sync.(*RWMutex)",
        "internal/sync.(*Mutex)",
        "runtime.semacquire",
        "runtime.semrelease",
        "runtime.chansend",
        "runtime.chanrecv",
        "runtime.selectgo",
        "runtime.gopark",
        "runtime.park_m",
    ),
}
"""Functions under which time is no computing: their names begin so. The first kind that matches counts."""
_RUNTIME = ("runtime", "internal/runtime", "internal/poll", "syscall")


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function: its package's path (`main` for a program's) and its name within it, such as `F` or `(*T).M`."""

    package: str
    name: str

    def __str__(self) -> str:
        """As `gateway estimate` takes it."""
        return f"{self.package}.{self.name}"

    @property
    def is_plain(self) -> bool:
        """Whether it is a function by itself: no method, no closure, not generic."""
        return self.name.isidentifier()

    @property
    def is_runtime(self) -> bool:
        """Whether it belongs to Go's runtime."""
        return any(self.package == one or self.package.startswith(f"{one}/") for one in _RUNTIME)

    @property
    def is_standard(self) -> bool:
        """Whether it looks like Go's standard library: no dot in the first part of the path (as go itself has it)."""
        return self.package != "main" and "." not in self.package.split("/", 1)[0]

    @property
    def work(self) -> str:
        """The kind of work that everything below it is: I/O, allocation, waiting, or empty for computing."""
        name = str(self)
        return next((kind for kind, begins in _BEGINNINGS.items() if name.startswith(begins)), "")


def parse(raw: str) -> Symbol:
    """Take a profile's name apart; the linker writes dots in the last part of a path as %2e (gopkg.in/yaml%2ev3.F)."""
    # A type argument may hold slashes and dots of its own.
    before_types = raw.partition("[")[0]
    begin = before_types.rfind("/") + 1
    last, dot, name = raw[begin:].partition(".")
    if not dot:
        return Symbol("runtime", raw)  # the runtime's assembly has names without a package
    return Symbol(unquote(raw[:begin] + last), unquote(name))
