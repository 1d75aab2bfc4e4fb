"""Running `sansio-tl` in this process."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from sansio_tl_transports.cli.commands import app


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    """The result of one command line; `given` is what comes on standard input."""
    return CliRunner().invoke(app, list(arguments), input=given)


def lines(*arguments: str) -> list[str]:
    """What a command prints that succeeds."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def error(*arguments: str, given: str | bytes | None = None) -> str:
    """What a command says on standard error that ends with status 2."""
    result = run(*arguments, given=given)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("sansio-tl: ")
    return result.stderr.strip()
