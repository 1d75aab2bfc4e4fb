"""The help of `sansio-tl`: sections of commands, examples, `-h` and `--version`.

Plain text, because the panels of rich leave a column of a few letters for the texts on a narrow terminal.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from sansio_tl import LAYER, __version__, codec
from sansio_tl_transports.cli.terminal import echo, print_error
from sansio_tl_transports.cli.terminal_input import INTERRUPTED, discard_typed_ahead

HELP_OPTIONS: Final = {"help_option_names": ["-h", "--help"]}

ROOT: Final = "A client of Telegram's protocol, a test data center, and tools for the protocol."

_SECTIONS: Final = MappingProxyType(
    {
        "Account": ("login", "logout", "sessions", "accept", "password"),
        "Test server": ("serve", "conform"),
        "Proxy": ("web-proxy",),
        "Protocol tools": ("describe", "decode", "encode", "trace", "bench"),
    }
)


def examples(*commands: str) -> str:
    """The end of a help text: commands to copy, a line each."""
    return "\n".join(("\b", "Examples:", *(f"  {command}" for command in commands)))


def completion(values: Iterable[str]) -> Callable[[str], list[str]]:
    """The `autocompletion` of a parameter with these values. Shells split values with blanks, which are left out."""

    def complete(incomplete: str) -> list[str]:
        return [value for value in values if value.startswith(incomplete) and " " not in value]

    return complete


class Group(TyperGroup):
    """The commands in sections, each with its whole first sentence; Ctrl-C ends with status 130."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections, for the top level; other groups are short."""
        listed = {name for names in _SECTIONS.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in listed)
        for title, names in (*_SECTIONS.items(), ("Commands", others)):
            commands = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name, command.get_short_help_str(1000)) for name, command in commands if command is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command. Its help has no Python types after the arguments, which newer versions of typer add."""
        command = super().get_command(ctx, cmd_name)
        for parameter in () if command is None else command.params:
            if parameter.param_type_name == "argument":
                vars(parameter)["display_type_rich"] = lambda ctx: None  # noqa: ARG005
        return command

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            discard_typed_ahead()
            print_error("interrupted")
            raise typer.Exit(INTERRUPTED) from None


def _print_version(requested: bool) -> None:  # noqa: FBT001  typer passes the value
    if requested:
        python = f"{platform.python_implementation()} {platform.python_version()}"
        echo(f"sansio-tl {__version__} (API layer {LAYER}, {codec.IMPLEMENTATION} codec, {python})")
        raise typer.Exit


VersionOption = Annotated[
    bool,
    typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Show the version and exit."),
]
