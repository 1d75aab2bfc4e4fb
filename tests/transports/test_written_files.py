"""Files that are replaced as a whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from sansio_tl_transports._shared.files import access_problem, write_whole


@pytest.mark.parametrize("name", [None, ".new"])
def test_file_is_replaced_with_its_mode_and_nothing_is_left(name: str | None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    temporary = None if name is None else tmp_path / name
    if temporary is not None:
        temporary.write_bytes(b"left by a process that was killed")
    write_whole(path, b"new", 0o600, temporary)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", [None, ".new"])
def test_file_that_cannot_be_written_stays_as_it_was(
    name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(_: int) -> NoReturn:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"new", 0o600, None if name is None else tmp_path / name)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be opened elsewhere")
@pytest.mark.parametrize("name", [None, ".new"])
def test_whole_file_and_then_its_folder_are_made_durable(
    name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[bool, int, int]] = []
    handles: list[int] = []

    def fsync(handle: int) -> None:
        status = os.fstat(handle)
        is_folder = stat.S_ISDIR(status.st_mode)
        handles.append(handle)
        synced.append((True, 0, 0) if is_folder else (False, stat.S_IMODE(status.st_mode), status.st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(tmp_path / "file", b"new", 0o644, None if name is None else tmp_path / name)
    assert synced == [(False, 0o600, 3), (True, 0, 0)]
    for handle in handles:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_only_the_owner_may_read_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.touch()
    for mode, is_safe in ((0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o601, False), (0o610, False)):
        path.chmod(mode)
        assert (access_problem(path, path.stat()) is None) is is_safe, oct(mode)
    path.chmod(0o600)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert access_problem(path, path.stat()) == (
        f"{path} belongs to another user (uid {owner}), who could use your account: name another file"
    )
    monkeypatch.setattr(os, "name", "nt")
    problem = access_problem(path, path.stat())
    monkeypatch.undo()
    assert problem is None
