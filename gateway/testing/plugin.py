"""The pytest plugin: the session fixture `gateway_stack`, and where it runs by `--gateway-target local|compose`.

It is loaded into every pytest run of an environment that has this package, so it imports little until it is used.
"""

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.errors import GatewayError
from gateway.target import LOCAL, NAMES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from gateway.testing.stack import GatewayStack

FIXTURE = "gateway_stack"
ROLES = ("worker", "gateway", "service")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options; a project sets its own defaults by `addopts`."""
    group = parser.getgroup("gateway", "the sidecar gateway of the fixture gateway_stack")
    group.addoption(
        "--gateway-target",
        choices=NAMES,
        default=LOCAL,
        help="Run worker, proxy and service as processes of this machine (local, the default) or in containers.",
    )
    group.addoption(
        "--gateway-compose-file",
        type=Path,
        metavar="FILE",
        help="With --gateway-target compose: the compose file, else the docker-compose.yml of the gateway's checkout.",
    )


@pytest.fixture(scope="session")
def gateway_stack(pytestconfig: pytest.Config) -> "Iterator[GatewayStack]":
    """A running worker, proxy and service for all tests of the session, and clients of them."""
    with told(), _started(pytestconfig) as stack:
        yield stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    """Show what the stack has logged below a test that used it and failed."""
    report = yield
    stack: GatewayStack | None = getattr(item, "funcargs", {}).get(FIXTURE)
    if report.failed and stack is not None:
        for role in ROLES:
            with suppress(GatewayError):  # of an engine that is gone: the test's own failure is what counts
                report.sections.append((f"end of the log of the {role}", stack.log(role)))
    return report


@contextmanager
def told() -> "Iterator[None]":
    """A Refusal or Failure as one line in place of a traceback, below the end of a log where there is one."""
    try:
        yield
    except GatewayError as error:
        detail = getattr(error, "detail", "")
        raise pytest.fail.Exception(f"{detail}\n{error}".lstrip("\n"), pytrace=False) from None


def _started(config: pytest.Config) -> "AbstractContextManager[GatewayStack]":
    from gateway.testing import containers, local, options

    common = options.of_project(config.rootpath)
    if config.getoption("gateway_target") == LOCAL:
        return local.started(common)
    file: Path | None = config.getoption("gateway_compose_file")
    return containers.started(containers.project(file.absolute() if file else None), common)
