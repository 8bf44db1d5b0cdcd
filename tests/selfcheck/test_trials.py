"""`gateway selfcheck` on a real route: large plants are found however busy the machine is, and the bed is ended."""

from __future__ import annotations

import json

from tests.running import gateway


def test_a_call_that_became_half_as_long_again_is_found_on_a_real_route() -> None:
    ended = gateway("selfcheck", "--trials", "3", "--route", "cgo/raw", "--plant", "50%", "--json")
    document = json.loads(ended.stdout)
    assert ended.returncode == 3, ended.stderr  # three trials are too few to judge by
    assert document["rates"][-1]["trials"] == 3
    found = [trial["planted"]["estimate"] for trial in document["trials"]]
    assert sorted(found)[1] > 1.2, found
    plant = document["planted"]["cgo/raw"]
    assert plant["steps"] * plant["step_ns"] > 0.49 * plant["call_ns"]


def test_a_route_that_cannot_run_is_refused_in_one_line() -> None:
    ended = gateway("selfcheck", "--trials", "1", "--route", "native/original")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("gateway: native/original cannot run spin here: ")
