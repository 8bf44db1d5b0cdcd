"""What came of calls that each leave a line in a file, and what the file then says of them. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Counted:
    """Ids of calls by their outcome: acknowledged, failed and surely not executed, failed and perhaps executed."""

    acknowledged: set[str] = field(default_factory=set[str])
    not_executed: set[str] = field(default_factory=set[str])
    unknown: set[str] = field(default_factory=set[str])
    reasons: Counter[str] = field(default_factory=Counter[str])

    def wrong(self, lines: Iterable[str], *, every_answer: bool = False) -> str:
        """What a file with one line an executed call shows to be wrong, "" for nothing.

        With `every_answer` no call may have run either whose caller was left without its answer.
        """
        times = Counter(lines)
        ran = set(times)
        answers = self.acknowledged if every_answer else self.acknowledged | self.unknown
        found = {
            "acknowledged calls are lost": self.acknowledged - ran,
            "calls ran more than once": {name for name, number in times.items() if number > 1},
            "calls ran of which the caller was told that they did not": self.not_executed & ran,
            "calls ran without an answer": (ran & self.unknown) - answers,
            "calls ran that nobody made": ran - self.acknowledged - self.not_executed - self.unknown,
        }
        told = [f"{len(names)} {what}" for what, names in found.items() if names]
        if not self.acknowledged:
            told.append("no call was acknowledged")
        return f"{'; '.join(told)} (reasons: {dict(self.reasons)})" if told else ""
