"""The session file: readable by its owner only, and whole or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from transports._session_file import Session, SessionFileError, load, remove, save

SESSION = Session(
    host="127.0.0.1",
    port=443,
    dc_id=2,
    environment="own",
    auth_key=bytes(range(256)),
    user_id=7,
    log_in={"flow": "phone code"},
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.session"


def test_what_was_saved_is_loaded(path: Path) -> None:
    save(path, SESSION)
    assert load(path) == SESSION
    assert SESSION.key.key == bytes(range(256))


def test_no_file_is_no_session(path: Path) -> None:
    assert load(path) is None


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_mode_is_0600_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        save(path, SESSION)
        save(path, SESSION)  # over an old one, too
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_a_file_that_others_can_read_is_refused(path: Path) -> None:
    save(path, SESSION)
    path.chmod(0o640)
    with pytest.raises(SessionFileError, match="chmod 600"):
        load(path)


@posix
def test_it_is_never_there_for_others_to_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    replace = Path.replace

    def watch(self: Path, target: Path) -> Path:
        modes.append(stat.S_IMODE(self.stat().st_mode))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watch)
    save(path, SESSION)
    assert modes == [0o600]


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
def test_a_failure_in_the_middle_leaves_the_old_one_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    save(path, SESSION)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(broken, fail)
        with pytest.raises(SessionFileError, match="No space left"):
            save(path, Session(host="", port=1, dc_id=1, environment="own", auth_key=bytes(256)))
    assert load(path) == SESSION
    assert list(path.parent.iterdir()) == [path], "nothing else is left behind"


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="cannot write"):
        save(tmp_path / "nowhere" / "a.session", SESSION)


@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b"\xff\xfe", b'{"version": 1}'])
def test_a_damaged_file_is_refused_without_showing_it(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SessionFileError, match="no session file, or damaged"):
        load(path)


@pytest.mark.parametrize("changes", [{"version": 2}, {"auth_key": bytes(255)}])
def test_another_version_is_refused(path: Path, changes: dict[str, object]) -> None:
    save(path, msgspec.structs.replace(SESSION, **changes))
    with pytest.raises(SessionFileError, match="not written by this version"):
        load(path)


def test_removing_twice_does_no_harm(path: Path) -> None:
    save(path, SESSION)
    remove(path)
    remove(path)
    assert load(path) is None


def test_the_repr_shows_no_key() -> None:
    assert repr(SESSION) == "Session(dc_id=2, ...)"
