"""`python -m tests.licences`: one line a refused dependency, then the count; exit code 1 when there is one."""

import sys

from tests.licences.allow import Allowed
from tests.licences.sources import Dependency, go_modules, python_packages, rust_crates


def main() -> int:
    """Checks all three languages."""
    allowed = Allowed.load()
    dependencies = [*go_modules(), *rust_crates(), *python_packages()]
    refused = [dependency for dependency in dependencies if not allowed.passes(_licence(dependency, allowed))]
    for dependency in refused:
        print(_refusal(dependency), file=sys.stderr)
    print(f"licences: {len(dependencies)} dependencies, {len(refused)} refused")
    return 1 if refused else 0


def _licence(dependency: Dependency, allowed: Allowed) -> str:
    return allowed.licence(dependency.name.split(" ")[0], dependency.licence)


def _refusal(dependency: Dependency) -> str:
    return (
        f"{dependency.language} {dependency.name}: licence {dependency.licence!r} is not allowed; "
        "replace the dependency, or add the licence to tests/licences/allow.toml after reading it"
    )


if __name__ == "__main__":
    sys.exit(main())
