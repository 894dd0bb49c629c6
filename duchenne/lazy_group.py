"""A click group whose commands are imported only when they are called, so that help imports no part at all."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """`table`: command to its module below `package` and what help says of it.

    The module holds the command under the command's name, or under the module's.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], package: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self._table, self._package = table, package

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module = self._table[cmd_name][0]
        names = (cmd_name.replace("-", "_"), module.rpartition(".")[2])
        found = import_module(f"{self._package}.{module}")
        command = next((getattr(found, name) for name in names if hasattr(found, name)), None)
        assert isinstance(command, click.Command), f"{found.__name__} holds no command {cmd_name}"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in self._table.items()])
