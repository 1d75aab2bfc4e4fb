"""The `sansio-tl` command: a data center of your own, and a log-in to any.

Exit status: 0 when all went well, 2 for options that cannot be right, 1 for anything else that went wrong.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. Its two libraries come with the extra `cli`."""
    try:
        from sansio_tl_transports.cli.commands import app
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"typer", "rich"}:
            raise
        sys.exit(f"sansio-tl: {missing} is missing. The extra cli brings it: pip install '.[cli]' in a checkout")
    app(prog_name="sansio-tl")


if __name__ == "__main__":
    main()
