"""The options of the command `gateway` for fixtures: what gateway.toml and the environment say."""

from typing import TYPE_CHECKING

import click

from gateway import config
from gateway.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def of_project(folder: "Path") -> config.Common:
    """What `gateway` would take when it ran in that folder. Raises Refusal for what is unknown or impossible."""
    from gateway.cli import gateway

    file = config.find(folder)
    arguments = [*(("--config", str(file)) if file else ()), "up"]
    try:
        with gateway.make_context("gateway", arguments) as context:
            project, policy = context.meta.get(config.PROJECT), context.meta.get(config.POLICY, {})
            return config.Common(**context.params, project=project, policy=policy)
    except click.ClickException as error:
        raise Refusal(error.format_message().rstrip("."), f"see {file or 'the GATEWAY_ variables'}") from error
