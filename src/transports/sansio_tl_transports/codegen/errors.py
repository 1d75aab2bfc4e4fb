"""Write the modules of `sansio_tl.errors.generated` from schema/errors.json: ``python -m
sansio_tl_transports.codegen.errors``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sansio_tl
from sansio_tl.errors.generator import generate

CATALOGUE = Path(sansio_tl.__file__).parent / "schema" / "errors.json"
PACKAGE = Path(sansio_tl.__file__).parent / "errors" / "generated"


def main() -> int:
    """Replace every module of the package and print the changes."""
    PACKAGE.mkdir(exist_ok=True)
    files = generate(CATALOGUE.read_text(encoding="utf-8"))
    for stale in set(PACKAGE.glob("*.py")) - {PACKAGE / name for name in files}:
        stale.unlink()
        print(f"removed {stale.name}")
    for name, source in files.items():
        path = PACKAGE / name
        if not path.exists() or path.read_text(encoding="utf-8") != source:
            path.write_text(source, encoding="utf-8")
            print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
