"""The `sansio-tl` command: a client and a test data center.

Exit status: 0 for success, 2 for invalid options, 1 for other errors.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line. The extra `cli` installs its two dependencies."""
    try:
        from sansio_tl_transports.cli.commands import app
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"typer", "rich"}:
            raise
        sys.exit(f"sansio-tl: {missing} is missing. The extra cli installs it: pip install '.[cli]' in a checkout")
    app(prog_name="sansio-tl")


if __name__ == "__main__":
    main()
