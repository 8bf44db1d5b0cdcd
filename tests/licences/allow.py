"""The allow list and what it lets pass."""

import dataclasses
import pathlib
import tomllib
from collections.abc import Mapping
from typing import Self

import boolean
import license_expression

NOT_STATED = "UNKNOWN"
"""What pip-licenses writes for a package whose metadata name none."""


@dataclasses.dataclass(frozen=True)
class Allowed:
    """SPDX identifiers that pass, spellings that stand for one, licences of packages that were read by people."""

    identifiers: frozenset[str]
    spelling: Mapping[str, str]
    read: Mapping[str, str]

    @classmethod
    def load(cls) -> Self:
        """Reads allow.toml."""
        table = tomllib.loads(pathlib.Path(__file__).with_name("allow.toml").read_text())
        return cls(frozenset(table["allow"]), table["spelling"], table["read"])

    def licence(self, package: str, stated: str) -> str:
        """What a package states, or what its own file was read to say where it states nothing."""
        return self.read.get(package, stated) if stated == NOT_STATED else stated

    def passes(self, licence: str) -> bool:
        """True when an SPDX expression (or several spellings joined by "; ") is allowed."""
        spelled = " AND ".join(self.spelling.get(part, part) for part in licence.split("; "))
        symbols = license_expression.get_spdx_licensing()
        try:
            tree = symbols.parse(spelled.replace("/", " OR "), validate=True)
        except license_expression.ExpressionError:
            return False
        return tree is not None and self._holds(tree)

    def _holds(self, tree: license_expression.LicenseExpression) -> bool:
        if isinstance(tree, license_expression.LicenseWithExceptionSymbol):
            return tree.license_symbol.key in self.identifiers
        if isinstance(tree, license_expression.LicenseSymbol):
            return tree.key in self.identifiers
        any_or_all = any if isinstance(tree, boolean.OR) else all
        return any_or_all(self._holds(part) for part in tree.args)
