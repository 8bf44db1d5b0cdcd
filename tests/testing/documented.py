"""The code that docs/testing.md shows, so that what it shows is what is run."""

import re

from gateway import config

PAGE = config.ROOT / "docs" / "testing.md"


def code(language: str) -> str:
    """The page's only block of that language."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{PAGE} has {len(found)} blocks of {language}"
    return found[0]
