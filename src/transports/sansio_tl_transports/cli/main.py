"""The `sansio-tl` command: a client and a test data center.

Exit status: 0 for success, 2 for invalid options, 130 after Ctrl-C, 1 for other errors.
"""

from __future__ import annotations

import atexit
import sys

from sansio_tl_transports.cli.terminal_input import INTERRUPTED, discard_typed_ahead


def main() -> None:
    """Run the command line. The extra `cli` installs its two dependencies."""
    try:
        _run()
    except KeyboardInterrupt:  # while modules are imported: the commands handle it themselves
        discard_typed_ahead()
        sys.stderr.write("sansio-tl: interrupted\n")
        sys.exit(INTERRUPTED)


def _run() -> None:
    try:
        from sansio_tl_transports.cli.commands import app
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"typer", "rich"}:
            raise
        discard_typed_ahead()
        sys.exit(f"sansio-tl: {missing} is missing. The extra cli installs it: pip install '.[cli]' in a checkout")
    try:
        app(prog_name="sansio-tl")
    except SystemExit as end:
        if end.code:  # an invalid option, too
            discard_typed_ahead()
            atexit.register(discard_typed_ahead)  # what was typed since
        raise


if __name__ == "__main__":
    main()
