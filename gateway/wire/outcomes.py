"""How a call ended, in words. Two errors are the same when code and reason agree, never by text."""

from gateway.wire.lists_generated import Reason, Status


def describe(status: int, reason: int, message: str = "") -> str:
    """Code and reason by name, numbers where the lists have none, and the text behind them."""
    if status == Status.OK:
        return "OK"
    text = f": {message}" if message else ""
    return f"{_name(Status, status)} {_name(Reason, reason)}{text}"


def _name(names: type[Status] | type[Reason], number: int) -> str:
    try:
        return names(number).name
    except ValueError:
        return str(number)
