"""`sansio-tl serve`: files that cannot be written are told of in one sentence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from transports import _serve
from transports._terminal import Failure


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"cannot write .*nowhere.*: No such file or directory"):
        _serve._write(tmp_path / "nowhere" / "file", b"content")
    _serve._write(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) & 0o600 == 0o600
