from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from sansio_tl import encode, types
from tests.transports.cli.inspect.command import error, lines, run

CODE = types.auth.SentCode(types.auth.SentCodeTypeSms(5), "hash!", timeout=60)
JSON = (
    '{"_": "auth.sentCode", "type": {"_": "auth.sentCodeTypeSms", "length": 5}, '
    '"phone_code_hash": "hash!", "timeout": 60}'
)


def test_json_is_encoded_as_hex_or_base64() -> None:
    assert lines("encode", JSON) == [encode(CODE).hex()]
    assert lines("encode", "--base64", JSON) == [base64.b64encode(encode(CODE)).decode()]


def test_long_values_are_printed_whole_and_can_be_decoded() -> None:
    value = types.JsonString("x\u202e\n" * 3000)
    written = run("decode", "--json", "-", given=encode(value)).stdout
    assert json.loads(written) == {"_": "jsonString", "value": value.value}
    for option, text in (((), encode(value).hex()), (("--base64",), base64.b64encode(encode(value)).decode())):
        assert run("encode", "-", *option, given=written).stdout == f"{text}\n"
        assert run("decode", "--json", "-", given=text).stdout == written


def test_json_is_read_from_a_file_or_standard_input_and_bytes_written_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "value.json").write_text(JSON)
    assert lines("encode", str(tmp_path / "value.json")) == [encode(CODE).hex()]
    assert run("encode", "-", given=JSON).stdout.strip() == encode(CODE).hex()
    assert lines("encode", "--out", str(tmp_path / "bytes"), JSON) == []
    assert (tmp_path / "bytes").read_bytes() == encode(CODE)


def test_schema_option_encodes_with_another_schema(tmp_path: Path) -> None:
    (tmp_path / "small.tl").write_text("thing#00000001 size:int = Thing;\n")
    assert lines("encode", "--schema", str(tmp_path / "small.tl"), '{"_": "thing", "size": 7}') == ["0100000007000000"]


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ('{"_": "auth.sentCod"}', "did you mean auth.sentCode or"),
        ('{"_": "auth.sentCode", "typ": 1}', "auth.sentCode has no field typ; did you mean type?"),
        ('{"_": "auth.sentCode"}', "auth.sentCode > type: this field is missing"),
        (
            '{"_": "auth.sentCodeTypeSms", "length": 4294967296}',
            "auth.sentCodeTypeSms > length: expected an int of 32 bits",
        ),
        ("{", "invalid JSON"),
        ("no-such-file.json", "and no file has this name"),
        ("[]", "found a list"),
    ],
)
def test_bad_input_is_explained_with_a_suggestion(given: str, reported: str) -> None:
    assert reported in error("encode", given)


def test_encode_error_hides_the_secret() -> None:
    assert "4711" not in error("encode", JSON.replace('"hash!"', "4711"))


def test_unwritable_output_file_is_reported(tmp_path: Path) -> None:
    assert "cannot write" in error("encode", "--out", str(tmp_path / "no" / "where"), JSON)
