"""The session file: readable by its owner only, and whole or not there."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from sansio_tl_transports._shared import files
from sansio_tl_transports.cli import session_file
from sansio_tl_transports.cli.commands import app
from sansio_tl_transports.cli.session_file import Session, SessionFileError, load, lock, remove, save

SESSION = Session(
    host="127.0.0.1",
    port=443,
    dc_id=2,
    environment="own",
    auth_key=bytes(range(256)),
    user_id=7,
    login={"flow": "phone code"},
)

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.session"


def test_saved_session_is_loaded(path: Path) -> None:
    save(path, SESSION)
    assert load(path) == SESSION
    assert SESSION.key.key == bytes(range(256))


def test_missing_file_loads_as_none(path: Path) -> None:
    assert load(path) is None


@posix
def test_huge_file_is_not_read_whole(path: Path) -> None:
    path.touch(mode=0o600)
    os.truncate(path, 1 << 33)  # sparse
    with pytest.raises(SessionFileError, match="it has more than 1048576 bytes"):
        load(path)


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_session_file_has_mode_0600_under_every_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        save(path, SESSION)
        save(path, SESSION)  # over an old one, too
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
def test_session_file_readable_by_others_is_refused(path: Path) -> None:
    save(path, SESSION)
    path.chmod(0o640)
    with pytest.raises(SessionFileError, match="chmod 600"):
        load(path)


@posix
def test_session_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, SESSION)
    owner = path.stat().st_uid
    monkeypatch.setattr("os.geteuid", lambda: owner + 1)
    with pytest.raises(SessionFileError, match=rf"belongs to another user \(uid {owner}\)"):
        load(path)


@posix
def test_temporary_file_has_mode_0600_before_it_replaces_the_old_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    replace = Path.replace

    def watch(self: Path, target: Path) -> Path:
        modes.append(stat.S_IMODE(self.stat().st_mode))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watch)
    save(path, SESSION)
    assert modes == [0o600]


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.replace", "pathlib.Path.chmod"])
def test_failed_save_leaves_the_old_file_unchanged(path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    save(path, SESSION)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(broken, fail)
        with pytest.raises(SessionFileError, match="No space left"):
            save(path, Session(host="", port=1, dc_id=1, environment="own", auth_key=bytes(256)))
    assert load(path) == SESSION
    assert list(path.parent.iterdir()) == [path], "nothing else is left behind"


def test_missing_directory_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="cannot write"):
        save(tmp_path / "nowhere" / "a.session", SESSION)


@pytest.mark.parametrize("content", [b"", b"{}", b"no json", b"\xff\xfe", b'{"version": 1}'])
def test_damaged_file_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SessionFileError, match="not a session file, or damaged"):
        load(path)


@pytest.mark.parametrize("changes", [{"version": 2}, {"auth_key": bytes(255)}])
def test_session_file_of_another_version_is_refused(path: Path, changes: dict[str, object]) -> None:
    save(path, msgspec.structs.replace(SESSION, **changes))
    with pytest.raises(SessionFileError, match="not written by this version"):
        load(path)


def test_removing_twice_is_allowed(path: Path) -> None:
    save(path, SESSION)
    remove(path)
    remove(path)
    assert load(path) is None


def test_file_that_cannot_be_deleted_is_reported(path: Path) -> None:
    path.mkdir()
    with pytest.raises(SessionFileError, match=r"cannot delete .*; delete it yourself"):
        remove(path)
    assert path.is_dir()


def test_repr_of_a_session_hides_the_key() -> None:
    assert repr(SESSION) == "Session(dc_id=2, ...)"


# -- one process at a time -------------------------------------------------------------------------------------------

_HOLD = """
import sys
from pathlib import Path
from sansio_tl_transports.cli.session_file import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read(1)
"""


@contextlib.contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """It has the lock until the block ends, or it is killed."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_lock_held_by_another_process_is_refused_with_a_hint(path: Path) -> None:
    refused = pytest.raises(SessionFileError, match=r"in use by another sansio-tl.*--session")
    with another_process(path), refused, lock(path):
        pass
    with lock(path):
        pass


def test_lock_does_not_cover_other_sessions(path: Path) -> None:
    with another_process(path), lock(path.with_name("b.session")):
        pass


def test_lock_of_a_killed_process_is_released(path: Path) -> None:
    with another_process(path) as process:
        process.kill()
        process.wait()
        with lock(path):
            pass


def test_released_lock_leaves_no_file(path: Path) -> None:
    save(path, SESSION)
    with contextlib.suppress(ZeroDivisionError), lock(path):
        raise ZeroDivisionError
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with lock(path):
        assert len(list(path.parent.iterdir())) == 2


@posix
def test_lock_is_taken_again_if_its_file_was_deleted_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening the file and locking it, the process that had the lock may end and delete it."""
    real = files.lock_handle
    calls: list[int] = []

    def slow(handle: int) -> None:
        if not calls:
            path.with_name(f".{path.name}.lock").unlink()
        calls.append(handle)
        real(handle)

    monkeypatch.setattr(session_file, "lock_handle", slow)
    with lock(path):
        assert len(calls) == 2
        monkeypatch.setattr(session_file, "lock_handle", real)
        with pytest.raises(SessionFileError), lock(path):
            pass


@posix
def test_session_and_its_symlinks_share_a_lock(path: Path) -> None:
    save(path, SESSION)
    link = path.parent / "elsewhere" / "link.session"
    link.parent.mkdir()
    link.symlink_to(path)
    with another_process(path), pytest.raises(SessionFileError, match="in use"), lock(link):
        pass
    with lock(link):
        save(link, SESSION)
        with pytest.raises(SessionFileError, match="in use"), lock(path):
            pass
    assert link.is_symlink()
    remove(link)
    assert not path.exists()


@posix
def test_lock_file_that_is_a_symlink_is_not_followed(path: Path) -> None:
    target = path.with_name("made-by-lock")
    path.with_name(f".{path.name}.lock").symlink_to(target)
    with pytest.raises(SessionFileError, match="cannot lock"), lock(path):
        pass
    assert not target.exists()


@posix
def test_named_pipe_is_refused_without_blocking(path: Path) -> None:
    os.mkfifo(path, 0o600)
    with pytest.raises(SessionFileError, match="not a regular file"):
        load(path)


def test_lock_in_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="there is no folder"), lock(tmp_path / "none" / "a.session"):
        pass


@pytest.mark.parametrize(
    "command",
    [
        ["login", "--api-id", "1", "--api-hash", "x", "--phone", "12345"],
        ["logout", "--session"],
        ["sessions", "--session"],
        ["password", "--session"],
        ["accept", "tg://login?token=AA", "--session"],
    ],
)
def test_every_session_command_refuses_a_session_in_use(path: Path, command: list[str]) -> None:
    save(path, SESSION)
    with lock(path):
        result = CliRunner().invoke(app, [*command, *(["--session"] if "--session" not in command else []), str(path)])
    assert result.exit_code == 1
    assert "in use by another sansio-tl" in result.stderr


def test_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.session"
    path.write_text("{}")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(SessionFileError, match=f"^cannot read {path}: {os.strerror(errno.EIO)}$") as caught:
        load(path)
    assert isinstance(caught.value.__cause__, OSError)


def test_session_file_that_another_locks_directly_is_in_use_and_not_left_open(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked: list[int] = []

    def lock_handle(handle: int) -> None:
        locked.append(handle)
        if len(locked) == 2:
            raise BlockingIOError

    save(path, SESSION)
    monkeypatch.setattr(session_file, "lock_handle", lock_handle)
    with pytest.raises(SessionFileError, match="is in use by another sansio-tl"), lock(path):
        raise AssertionError
    assert len(locked) == 2
    for handle in locked:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)
