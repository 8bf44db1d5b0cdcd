"""Which licence a package has, where no SPDX expression says it, and the texts that must go with its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import Distribution
    from pathlib import Path

_FILES = ("LICENSE", "LICENCE", "COPYING", "UNLICENSE", "NOTICE", "COPYRIGHT")
_MARKS = (
    ("Mozilla Public License Version 2.0", "MPL-2.0"),
    ("Apache License Version 2.0", "Apache-2.0"),
    ("Permission is hereby granted, free of charge", "MIT"),
    ("Permission to use, copy, modify, and/or distribute", "ISC"),
    ("Neither the name of", "BSD-3-Clause"),
    ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
)
"""Words that only that licence has, in the order to try: a BSD-3-Clause has those of BSD-2-Clause too."""


def files(folder: Path) -> list[Path]:
    """The files at the top of a package that carry terms or notices."""
    return sorted(one for one in folder.iterdir() if one.is_file() and one.name.upper().startswith(_FILES))


def named(folder: Path, expression: str) -> list[Path]:
    """The files of a folder of licences, each called as SPDX calls it, that the expression names."""
    words = expression.replace("(", " ").replace(")", " ").split()
    return sorted(one for one in folder.iterdir() if one.stem in words)


def identify(text: str) -> str:
    """The SPDX identifier of a licence's text; "" for one that is not known."""
    words = " ".join(text.split())
    return next((identifier for mark, identifier in _MARKS if mark in words), "")


def of_folder(folder: Path) -> str:
    """The licences of a package's files, all of which hold; "" where none is known."""
    found = {identify(one.read_text(encoding="utf-8", errors="replace")) for one in files(folder)} - {""}
    return " AND ".join(sorted(found))


def of_distribution(installed: Distribution, spellings: Mapping[str, str]) -> str:
    """The SPDX expression of a Python package (PEP 639), else what its older metadata stand for; "" for neither."""
    expression, field = (_field(installed, name) for name in ("License-Expression", "License"))
    lines = installed.metadata.get_all("Classifier") or ()
    kinds = {line.rpartition(" :: ")[2] for line in lines if line.startswith("License ::")}
    told = {spellings[kind] for kind in kinds if kind in spellings}
    return expression or " AND ".join(sorted(told)) or _of_field(field, spellings)


def _field(installed: Distribution, name: str) -> str:
    return next(iter(installed.metadata.get_all(name) or ()), "")


def _of_field(text: str, spellings: Mapping[str, str]) -> str:
    """The field License holds an identifier, some name, or the whole text."""
    named = spellings.get(text.strip(), text.strip())
    return identify(text) or (named if _is_identifier(named) else "")


def _is_identifier(name: str) -> bool:
    return bool(name) and not any(mark.isspace() for mark in name)
