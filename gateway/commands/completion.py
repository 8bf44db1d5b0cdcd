"""`gateway completion`: the script that lets a shell complete commands, options and names."""

import click
from click.shell_completion import get_completion_class

from gateway import exit_codes


@click.command(
    help="""Print the completion script of a shell.

    \b
    Examples:
      gateway completion bash > ~/.local/share/bash-completion/completions/gateway
      gateway completion zsh > ~/.zfunc/_gateway
      gateway completion fish > ~/.config/fish/completions/gateway.fish
    """
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script."""
    completion = get_completion_class(shell)
    assert completion is not None  # noqa: S101 - the choice lists only what click has
    root = ctx.find_root().command
    click.echo(completion(root, {}, "gateway", "_GATEWAY_COMPLETE").source())
    return exit_codes.OK
