"""sansio_tl: the default install's codec. Schemas of other layers are given as files, and compiled at run time."""

from __future__ import annotations

import sys
from pathlib import Path

from loop import serve

import sansio_tl

if __name__ == "__main__":
    if len(sys.argv) > 1:
        schema = sansio_tl.Schema.parse(Path(sys.argv[1]).read_text(encoding="utf-8"))
        serve({"version": sansio_tl.__version__, "layer": schema.layer}, schema.decode, schema.encode)
    else:
        serve({"version": sansio_tl.__version__, "layer": sansio_tl.LAYER}, sansio_tl.decode, sansio_tl.encode)
