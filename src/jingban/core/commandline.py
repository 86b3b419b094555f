"""What the commands share: a group that imports a command only when it is called, errors in Chinese."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import IO, Any

import click

from jingban.core.errors import DomainError


class Complaint(click.ClickException):
    """The user asked for something impossible: exit status 2, one clear line on stderr."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"错误：{self.format_message()}", file=file, err=file is None)


def complaint(error: DomainError) -> Complaint:
    """A domain error as the command line shows it."""
    return Complaint(error.message)


class LazyGroup(click.Group):
    """A group whose commands are named as ``package.module:attribute`` and imported on use only.

    ``jingban --help`` must not load Django.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = dict(lazy or {})

    def invoke(self, ctx: click.Context) -> Any:
        """Whatever a command finds wrong is one clear line, not a traceback."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise complaint(error) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.lazy[cmd_name]} is no command")
        return command
