"""The lock of a session file: no open file is left, and one process at a time holds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sansio_tl_transports.cli.session_file import Session, SessionFileError, lock, save

OPEN = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN.is_dir(), reason="this system does not list the open files of a process")
def test_released_or_refused_lock_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(OPEN.iterdir()))
    for _ in range(3):
        with lock(tmp_path / "a.session"):
            held = len(list(OPEN.iterdir()))
            with pytest.raises(SessionFileError, match="in use"), lock(tmp_path / "a.session"):
                pass
            assert len(list(OPEN.iterdir())) == held == before + 1
    assert len(list(OPEN.iterdir())) == before


TAKES = """
import sys
from pathlib import Path
from sansio_tl_transports.cli.session_file import SessionFileError, lock
try:
    with lock(Path(sys.argv[1])):
        print("in")
except SessionFileError as error:
    print(error)
"""
SESSION = Session(host="127.0.0.1", port=1, dc_id=2, environment="own", auth_key=bytes(256))
advisory = pytest.mark.skipif(sys.platform == "win32", reason="a locked file could not be read or replaced there")


def taken_by_another(path: Path) -> str:
    """The error of another process that requests this lock."""
    command = [sys.executable, "-c", TAKES, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@advisory
@pytest.mark.parametrize("saves", [0, 2], ids=["only read", "written meanwhile"])
def test_deleted_lock_file_does_not_release_the_lock(saves: int, tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    save(path, SESSION)
    with lock(path):
        for _ in range(saves):
            save(path, SESSION)
        (tmp_path / ".a.session.lock").unlink()
        assert "in use" in taken_by_another(path)
    assert taken_by_another(path) == "in\n"


@advisory
def test_new_session_file_is_locked_once_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with lock(Path("a.session")):
        save(Path("a.session"), SESSION)
        (tmp_path / ".a.session.lock").unlink()
        assert "in use" in taken_by_another(tmp_path / "a.session")


@advisory
def test_hard_links_to_a_session_share_a_lock(tmp_path: Path) -> None:
    save(tmp_path / "a.session", SESSION)
    os.link(tmp_path / "a.session", tmp_path / "b.session")
    with lock(tmp_path / "a.session"):
        assert "in use" in taken_by_another(tmp_path / "b.session")
        assert not (tmp_path / ".b.session.lock").exists()
    assert taken_by_another(tmp_path / "b.session") == "in\n"


@advisory
def test_process_does_not_remove_the_lock_file_of_another(tmp_path: Path) -> None:
    other = tmp_path / ".a.session.lock"
    with lock(tmp_path / "a.session"):
        other.unlink()
        other.write_bytes(b"")
    assert other.exists()


@advisory
@pytest.mark.skipif(not OPEN.is_dir(), reason="this system does not list the open files of a process")
def test_session_file_that_is_replaced_is_not_left_open(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    with lock(path):
        save(path, SESSION)
        before = len(list(OPEN.iterdir()))
        for _ in range(3):
            save(path, SESSION)
        assert len(list(OPEN.iterdir())) == before
