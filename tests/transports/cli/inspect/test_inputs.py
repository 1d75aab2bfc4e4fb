"""Inputs that the commands cannot read: what is wrong is one line, and the exit status 2."""

from __future__ import annotations

import base64
import errno
import gzip
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest
import typer

from sansio_tl import encode, types
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.message import Message
from sansio_tl_transports.cli.inspect.commands import usage_errors
from sansio_tl_transports.cli.inspect.inputs import from_content, from_text
from tests.transports.cli.inspect.command import error, lines, run

CODE = types.auth.SentCode(types.auth.SentCodeTypeSms(5), "hash!", timeout=60)
HEX = encode(CODE).hex()
BASE64 = base64.b64encode(encode(CODE)).decode()
KEY = bytes(range(256)).hex()


@pytest.fixture
def latin(tmp_path: Path) -> str:
    """A file that is not UTF-8."""
    (tmp_path / "latin").write_bytes(b"thing#00000001 name:string = Thing; // \xe9\n")
    return str(tmp_path / "latin")


@pytest.mark.parametrize("command", [("decode", HEX), ("describe", "thing"), ("encode", '{"_": "thing"}')])
def test_schema_that_is_not_utf_8_is_named(command: tuple[str, ...], latin: str) -> None:
    assert error(*command, "--schema", latin) == f"sansio-tl: {latin} is not UTF-8 text"


def test_value_that_is_not_utf_8_is_named(latin: str) -> None:
    assert error("encode", latin) == f"sansio-tl: {latin} is not UTF-8 text"


def test_missing_schema_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.tl")
    assert error("decode", HEX, "--schema", missing) == f"sansio-tl: cannot read {missing}: No such file or directory"


@pytest.mark.parametrize(
    ("method", "command"), [("read_bytes", ("decode",)), ("read_text", ("encode",)), ("read_text", ("describe", "x"))]
)
def test_file_that_cannot_be_read_is_named(
    method: str, command: tuple[str, ...], latin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, method, fail)
    option = ("--schema",) if command[1:] else ()
    assert error(*command, *option, latin) == f"sansio-tl: cannot read {latin}: {os.strerror(errno.EIO)}"


def test_json_is_of_a_value_without_a_key_and_a_method() -> None:
    for option in (("--auth-key", KEY), ("--result-of", "help.getConfig")):
        text = error("decode", "--json", HEX, *option)
        assert text == "sansio-tl: --json cannot be used with --auth-key or --result-of"


def test_value_that_is_cut_short_is_no_encrypted_message() -> None:
    result = run("decode", HEX[:-16])
    assert result.exit_code == 2
    assert "phone_code_hash" not in result.stdout
    assert "auth.sentCode > phone_code_hash at byte 17" in result.stderr
    assert "--auth-key" not in result.stderr


def test_damaged_session_file_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text("{}")
    expected = f"sansio-tl: {path} is not a session file, or damaged: use another one, or delete it"
    assert error("decode", HEX, "--auth-key", str(path)) == expected


def test_text_that_is_no_key_is_not_shown() -> None:
    expected = "sansio-tl: the auth key is neither hexadecimal nor base64, and no file has this name"
    assert error("decode", HEX, "--auth-key", "no key!") == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"0x{HEX[:2]}, 0X{HEX[2:4]} 0x1", "has an odd number of hexadecimal digits"),
        (f"0x{HEX[:8]}xxx", "is base64 of an impossible length: characters are missing"),
        (f"0x{HEX[:8]}1xx!", "stops being hexadecimal at offset 11, base64 at offset 13"),
        (f"{HEX[:20]}... (36 more)", "stops being hexadecimal or base64 at offset 20"),
        (f"{bytes.fromhex(HEX).hex(':')}|", "stops being hexadecimal at offset 83"),
        (f"{HEX[:8]}x{HEX[9:]}!", "stops being hexadecimal at offset 8, base64 at offset 56"),
        (f"{HEX[:-1]}\n", "has an odd number of hexadecimal digits"),
        (HEX[:7], "has an odd number of hexadecimal digits"),
        (f"{BASE64[:20]}?", "stops being base64 at offset 20"),
        (f"{BASE64[:29]}\n", "is base64 of an impossible length: characters are missing"),
    ],
)
def test_damaged_hex_or_base64_is_not_taken_as_binary_data(text: str, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(text, newline="")
    assert error("decode", str(path)) == f"sansio-tl: {path} {fault}"
    assert error("decode", HEX, "--auth-key", str(path)) == f"sansio-tl: {path} {fault}"
    assert error("decode", "-", given=text) == f"sansio-tl: standard input {fault}"


@pytest.mark.parametrize("content", [b"", b" \n"])
def test_blank_file_is_empty(content: bytes) -> None:
    assert error("decode", "-", given=content) == "sansio-tl: standard input is empty"


@pytest.mark.parametrize(
    "content",
    [b"{}", b"abcdef!!", b"abcdefg!", HEX.encode() + b"\x7f", HEX.encode() + b"!\0", HEX.encode() + b"!\x80", bytes(8)],
)
def test_bytes_that_do_not_begin_as_hex_or_base64_are_binary_data(content: bytes) -> None:
    assert from_content(content, "file") == content


def test_odd_number_of_hex_digits_is_not_base64_without_padding() -> None:
    assert from_text(HEX[:15]) is None
    assert from_text(f"{HEX[:15]}=") == base64.b64decode(f"{HEX[:15]}=")


def test_message_after_a_packed_one_is_shown_with_its_own_bytes() -> None:
    packed = encode(types.mtproto.GzipPacked(gzip.compress(encode(CODE))))
    data = join([Message(5, 1, packed), Message(9, 3, encode(types.mtproto.Pong(1, 2)))])
    printed = lines("decode", data.hex())
    assert printed[-7:-4] == [
        "    +24  3c 00 00 00                           timeout: int = 60",
        "     76  09 00 00 00 00 00 00 00           msg_id: long = 9",
        "     84  03 00 00 00                       seqno: int = 3",
    ]
    assert printed[-1] == "    104  02 00 00 00 00 00 00 00             ping_id: long = 2"


def test_only_names_that_the_schema_lacks_are_corrected() -> None:
    for given in ('{"_": 7, "a": {"_": "auth.sentCod"}}', '[{"_": "auth.sentCodeTypeSms"}, {"_": "auth.sentCod"}]'):
        assert "did you mean auth.sentCode" in error("encode", given)


def test_reader_of_a_pipe_that_has_ended_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with pytest.raises(typer.Exit) as caught, usage_errors():
        raise BrokenPipeError
    assert caught.value.exit_code == 0
    assert stderr.closed, "Python writes to it on exit"


def test_invalid_container_is_named() -> None:
    data = bytes.fromhex("dcf8f173") + (5).to_bytes(4, "little") + bytes(8)
    text = error("decode", data.hex())
    assert text.startswith("sansio-tl: ")
    assert "container" in text


def test_invalid_schema_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.tl"
    path.write_text("thing#00000001 size:int = Thing;\nno declaration;\n")
    text = error("describe", "thing", "--schema", str(path))
    assert text.startswith(f"sansio-tl: {path}, line 2")
