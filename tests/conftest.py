"""What every test can rely on."""

import signal


def pytest_configure() -> None:
    # A job in the background inherits an ignored SIGINT, and so would every child that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
