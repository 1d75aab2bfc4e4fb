"""`sansio-tl bench`: the user's files, in each form, beside Telethon."""

from __future__ import annotations

import base64
import gc
import gzip
import json
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sansio_tl import codec, encode, functions, types
from sansio_tl_transports.cli.bench import timing
from sansio_tl_transports.cli.bench.telethon_codec import CannotCompareError, TelethonCodec
from sansio_tl_transports.cli.bench.timing import Timing, time_all
from tests.transports.cli.inspect.command import error, lines

CODE = types.auth.SentCode(types.auth.SentCodeTypeSms(5), "hash!", timeout=60)
DATA = encode(CODE)
STATES = [types.UserEmpty(id=1), types.UserEmpty(id=2)]


def found(*arguments: object) -> dict[str, Any]:
    """What a run with --json prints."""
    parsed: dict[str, Any] = json.loads("\n".join(lines("bench", "--rounds", "2", "--json", *map(str, arguments))))
    return parsed


@pytest.mark.parametrize(
    "content",
    [DATA, DATA.hex().encode(), base64.b64encode(DATA), codec.to_json(CODE).encode()],
    ids=["binary", "hex", "base64", "json"],
)
def test_file_of_each_form_is_measured_beside_telethon(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "payload"
    path.write_bytes(content)
    report = found(path)
    assert report["implementation"] == codec.IMPLEMENTATION
    assert report["rounds"] == 2
    [measured] = report["files"]
    assert (measured["file"], measured["type"], measured["bytes"]) == ("payload", "auth.sentCode", len(DATA))
    for times in (measured["decode"], measured["encode"], *measured["telethon"].values()):
        assert 0 < times["low"] <= times["median"] <= times["high"] < 1
    assert measured["telethon"]["decode"]["ratio"] > 1


def test_table_has_a_line_for_each_operation(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(encode(functions.help.GetConfig()) if name == "two" else DATA)
    head, telethon, titles, *rows = lines("bench", "--rounds", "1", str(tmp_path / "one"), str(tmp_path / "two"))
    assert head.startswith(f"codec: {'compiled' if codec.IMPLEMENTATION == 'c' else 'pure Python'}, layer ")
    assert telethon.startswith("Telethon: 1.")
    assert titles.split() == ["file", "type", "bytes", "time", "MB/s", "Telethon"]
    assert [row.index(row.split()[0]) for row in (titles, *rows[::2])] == [0, 0, 0]
    assert [row.split()[:3] for row in rows[::2]] == [
        ["one", "auth.sentCode", str(len(DATA))],
        ["two", "help.getConfig", "4"],
    ]
    assert [row.split()[0] for row in rows[1::2]] == ["encode", "encode"]
    assert all("times as long" in row for row in rows)


def test_vector_is_measured_as_the_result_of_its_method(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_bytes(codec.encode_result(functions.users.GetUsers, STATES))
    assert "does not name its item type: give --result-of METHOD" in error("bench", str(path))
    [measured] = found("--result-of", "users.getUsers", path)["files"]
    assert measured["type"] == "result of users.getUsers"
    assert measured["telethon"] == {"error": "has no encoder for a bare vector"}
    assert "did you mean users.getUsers" in error("bench", "--result-of", "users.getUser", str(path))


def test_other_schema_is_measured_and_telethon_cannot_read_it(tmp_path: Path) -> None:
    (tmp_path / "small.tl").write_text("thing#00000001 size:int = Thing;\n")
    (tmp_path / "thing").write_text('{"_": "thing", "size": 7}')
    [measured] = found("--schema", tmp_path / "small.tl", tmp_path / "thing")["files"]
    assert (measured["type"], measured["bytes"]) == ("thing", 8)
    assert measured["telethon"] == {"error": "cannot decode it: unknown constructor 00000001"}


def test_without_telethon_only_ours_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "telethon", None)
    (tmp_path / "code").write_bytes(DATA)
    report = found(tmp_path / "code")
    assert report["telethon"] is None
    assert "telethon" not in report["files"][0]
    assert lines("bench", "--rounds", "1", str(tmp_path / "code"))[1] == "Telethon: not installed"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08", "the schema has no constructor with the id 04030201"),
        (DATA[:-4], "cannot be decoded: "),
        (DATA + bytes(4), "cannot be decoded: "),
        (b' [{"_": "nearestDc"}]', "a vector must be binary, hex or base64, not JSON"),
        (b'{"_": "auth.sentCod"}', "did you mean auth.sentCode"),
        (b'{"_": "auth.sentCode"}', "this field is missing"),
        (bytes(range(200, 232)), "cannot be decoded: "),
        (b"\xff" * 40, "sansio-tl decode --auth-key"),
    ],
)
def test_file_that_cannot_be_decoded_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "payload"
    path.write_bytes(content)
    text = error("bench", str(path))
    assert "payload" in text
    assert reason in text
    assert "None" not in text, "nothing is added where there is no advice"
    assert text.count("\n") == 0


def test_missing_file_and_value_that_encodes_to_other_bytes_are_errors(tmp_path: Path) -> None:
    assert "cannot read" in error("bench", str(tmp_path / "none"))
    packed = codec.encode(types.mtproto.GzipPacked(gzip.compress(DATA)))
    path = tmp_path / "packed"
    path.write_bytes(packed)
    assert "encodes to other bytes" in error("bench", str(path))


def test_operations_take_turns_in_a_new_order_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(step=1.0)
    monkeypatch.setattr(timing, "process_time", lambda: next(clock))
    called: list[str] = []
    timings = time_all({name: lambda name=name: called.append(name) for name in "abc"}, 3)  # type: ignore[misc]
    assert called == [*"abc", *"abc", *"bca", *"cab"], "a warm-up call of each, then the rounds"
    assert timings["a"].samples == (1.0, 1.0, 1.0)


def test_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    ours, theirs = Timing((1.0, 10.0, 1.0)), Timing((3.0, 20.0, 3.0))
    assert theirs.ratio_to(ours) == 3.0
    assert (ours.median, ours.quartiles) == (1.0, (1.0, 10.0))
    assert Timing((2.0,)).quartiles == (2.0, 2.0)


def test_sample_is_as_many_calls_as_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def work() -> None:
        nonlocal now
        now += 0.0003

    monkeypatch.setattr(timing, "process_time", lambda: now)
    timings = time_all({"work": work}, 3)
    assert [round(sample, 9) for sample in timings["work"].samples] == [0.0003] * 3
    assert round(now / 0.0003) == 1 + 2 + 4 + 8 + 16 + 32 + 3 * 33, "half a sample is found, then three of 33 calls"


def test_collector_is_off_while_operations_are_timed() -> None:
    seen: list[bool] = []
    assert gc.isenabled()
    time_all({"work": lambda: seen.append(gc.isenabled())}, 1)
    assert set(seen) == {False}
    assert gc.isenabled()
    gc.disable()
    try:
        time_all({"work": lambda: None}, 1)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_binary_payload_may_begin_like_json(tmp_path: Path) -> None:
    """`{` and `[` are the first bytes of some constructors."""
    for begin in ("7b", "5b"):
        schema, path = tmp_path / "small.tl", tmp_path / "thing"
        schema.write_text(f"thing#ff0000{begin} size:int = Thing;\n")
        path.write_bytes(bytes.fromhex(begin) + b"\0\0\xff" + bytes(4))
        [measured] = found("--schema", schema, path)["files"]
        assert (measured["type"], measured["bytes"]) == ("thing", 8)


class Value:
    """As Telethon reads it."""

    def __init__(self, written: bytes | Exception) -> None:
        self.written = written

    def __bytes__(self) -> bytes:
        if isinstance(self.written, Exception):
            raise self.written
        return self.written


class Reader:
    """Telethon's reader of a value."""

    def __init__(self, value: object, position: int) -> None:
        self.value, self.position = value, position

    def tgread_object(self) -> object:
        return self.value

    def tell_position(self) -> int:
        return self.position


@pytest.mark.parametrize(
    ("value", "read", "reason"),
    [
        (Value(b"12345678"), 4, "reads only 4 of 8 bytes"),
        (Value(b"1234"), 8, "encodes it to other bytes (4 instead of 8)"),
        (Value(ValueError("no")), 8, "cannot encode it: ValueError"),
        ([Value(b"")], 8, "has no encoder for a bare vector"),
    ],
)
def test_what_telethon_cannot_do_is_said(value: object, read: int, reason: str) -> None:
    other = TelethonCodec("1.0", 7, lambda _: Reader(value, read))
    with pytest.raises(CannotCompareError) as raised:
        other.operations(b"12345678")
    assert str(raised.value) == reason


def test_both_operations_of_telethon_are_timed() -> None:
    value = Value(b"12345678")
    decode, encode_ = TelethonCodec("1.0", 7, lambda _: Reader(value, 8)).operations(b"12345678")
    assert decode() is value
    assert encode_() == b"12345678"


def test_remark_is_in_the_first_line_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_bytes(codec.encode_result(functions.users.GetUsers, STATES))
    first, second = lines("bench", "--rounds", "1", "--result-of", "users.getUsers", str(path))[-2:]
    assert first.endswith("has no encoder for a bare vector")
    assert second.split()[0] == "encode"
    assert "has no" not in second
    assert len(second) < len(first)
