"""`gateway doctor`: what can this machine run, and what disturbs measuring on it?"""

from itertools import groupby
from typing import TYPE_CHECKING

import click

from gateway import exit_codes

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.doctor import Finding

MARKS = {True: "ok", False: "NO", None: "--"}


@click.command(
    help="""Say what this machine can run, which routes are unavailable and why, and what disturbs measuring.

    Exit code 1 when a tool or a route is missing.

    \b
    Examples:
      gateway doctor
      gateway doctor --json
    """
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
@click.pass_obj
def command(common: "Common", /, *, as_json: bool) -> int:
    """Examine and print."""
    from gateway import doctor

    findings = doctor.examine(common)
    click.echo(_json(findings) if as_json else _text(findings))
    return exit_codes.FAILED if doctor.bad(findings) else exit_codes.OK


def _text(findings: "list[Finding]") -> str:
    parts = groupby(findings, key=lambda finding: finding.section)
    return "\n\n".join("\n".join([section, *(_line(one) for one in of_section)]) for section, of_section in parts)


def _line(finding: "Finding") -> str:
    name = f"{finding.name:<24}" if finding.name else ""
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"  {MARKS[finding.ok]}  {name}{finding.text}{remedy}"


def _json(findings: "list[Finding]") -> str:
    import json
    from dataclasses import asdict

    return json.dumps([asdict(finding) for finding in findings], indent=2)
