"""Which codec runs, and what is reported where the compiled one is missing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sansio_tl import codec
from sansio_tl.tl import implementation

REPORT = "from sansio_tl.tl import implementation as i; print(i.IMPLEMENTATION, i.Walker is not None)"


@pytest.mark.parametrize(("pure", "possible"), [("1", {"python False"}), ("0", {"c True", "python False"})])
def test_environment_selects_the_codec_in_python(pure: str, possible: set[str]) -> None:
    environment = {**os.environ, "SANSIO_TL_PURE": pure}
    done = subprocess.run([sys.executable, "-c", REPORT], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in possible


def test_missing_compiled_codec_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implementation, "Walker", None)
    with pytest.raises(ImportError, match="the compiled codec is not installed"):
        implementation.compiled(codec.coder.pure)
