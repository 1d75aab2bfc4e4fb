"""The lock of a session file leaves nothing open."""

from __future__ import annotations

from pathlib import Path

import pytest

from transports._session_file import SessionFileError, lock

OPEN = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN.is_dir(), reason="this system does not list the open files of a process")
def test_a_lock_that_was_given_back_or_refused_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(OPEN.iterdir()))
    for _ in range(3):
        with lock(tmp_path / "a.session"):
            held = len(list(OPEN.iterdir()))
            with pytest.raises(SessionFileError, match="in use"), lock(tmp_path / "a.session"):
                pass
            assert len(list(OPEN.iterdir())) == held == before + 1
    assert len(list(OPEN.iterdir())) == before
