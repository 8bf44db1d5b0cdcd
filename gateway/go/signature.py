"""Parameters and results of a Go function, read off the line that declares it. Pure."""

import re
from dataclasses import dataclass

_FUNCTION = re.compile(r"^func (?P<name>\w+)\((?P<taken>[^()]*)\)\s*(?:\((?P<several>[^()]*)\)|(?P<one>[^({]*))$")
_GENERIC = re.compile(r"^func \w+\[")
_METHOD = re.compile(r"^func \(")


@dataclass(frozen=True)
class Signature:
    """Types without names: `taken` such as `[]byte`, `given` such as `[]byte, error`; both empty for what is none."""

    taken: str
    given: str


def parse(declaration: str) -> Signature:
    """The signature in a line of `go doc -short`; an empty one where it takes or gives functions, or declares none."""
    match = _FUNCTION.match(declaration)
    return (
        Signature(_types(match["taken"]), _types(match["several"] or match["one"] or ""))
        if match
        else Signature("", "")
    )


def kind(declaration: str) -> str:
    """What is declared: `method`, `generic`, `function`, or `type`, `var`, `const`."""
    if _METHOD.match(declaration):
        return "method"
    if _GENERIC.match(declaration):
        return "generic"
    word = declaration.split(" ", 1)[0]
    return "function" if word == "func" else word


def _types(fields: str) -> str:
    """`in []byte` gives `[]byte`; `out []byte, err error` gives `[]byte, error`."""
    types = [part.split()[-1] if part.split() else "" for part in fields.split(",")]
    return ", ".join(types).replace("[]uint8", "[]byte")
