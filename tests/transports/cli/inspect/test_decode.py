from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sansio_tl import decode, encode, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject
from tests.helpers.entropy import SeededEntropy
from tests.transports.cli.inspect.command import error, lines, run

CODE = types.auth.SentCode(types.auth.SentCodeTypeSms(5), "hash!", timeout=60)
KEY = AuthKey(bytes(range(256)))
MSG_ID = 1_767_225_600 << 32


def test_decoded_value_is_printed_with_offsets_bytes_fields_and_values() -> None:
    assert lines("decode", encode(CODE).hex()) == [
        " offset  bytes                       field",
        "      0  02 25 00 5e                 auth.sentCode",
        "      4  04 00 00 00                   flags: # = 4 (timeout)",
        "      8  a2 bb 00 c0                   type: auth.SentCodeType = auth.sentCodeTypeSms",
        "     12  05 00 00 00                     length: int = 5",
        "     16  05 68 61 73 68 21 00 00       phone_code_hash: string = ***",
        "     24  3c 00 00 00                   timeout: int = 60",
    ]


def test_secrets_are_shown_only_with_the_option() -> None:
    assert "hash!" not in run("decode", encode(CODE).hex()).stdout
    assert "phone_code_hash: string = 'hash!'" in run("decode", "--secrets", encode(CODE).hex()).stdout


@pytest.mark.parametrize(
    "written",
    [
        encode(CODE).hex(),
        encode(CODE).hex(" ").upper(),
        "0x" + encode(CODE).hex(),
        base64.b64encode(encode(CODE)).decode(),
        base64.urlsafe_b64encode(encode(CODE)).decode().rstrip("="),
    ],
)
def test_hex_and_base64_input_is_decoded(written: str) -> None:
    assert "auth.sentCodeTypeSms" in run("decode", written).stdout


def test_input_is_read_from_a_binary_or_hex_file_or_standard_input(tmp_path: Path) -> None:
    expected = lines("decode", encode(CODE).hex())
    (tmp_path / "raw").write_bytes(encode(CODE))
    (tmp_path / "hex").write_text(encode(CODE).hex(" ") + "\n")
    assert lines("decode", str(tmp_path / "raw")) == expected
    assert lines("decode", str(tmp_path / "hex")) == expected
    assert run("decode", "-", given=encode(CODE)).stdout.splitlines() == expected


def test_flag_words_list_their_fields_and_unknown_bits() -> None:
    settings = types.CodeSettings(allow_flashcall=True, token="t", app_sandbox=True)
    data = bytearray(encode(settings))
    data[7] |= 0x80
    assert "allow_flashcall, token+app_sandbox, bit 31" in run("decode", data.hex()).stdout


def test_vectors_show_their_count_and_number_their_items() -> None:
    output = run(
        "decode", encode(functions.users.GetUsers([types.InputUserSelf(), types.InputUserEmpty()])).hex()
    ).stdout
    assert "id: Vector<InputUser> = 2 items" in output
    assert "id[1]: InputUser = inputUserEmpty" in output


def test_packed_value_is_unpacked_with_its_own_offsets() -> None:
    packed = types.mtproto.GzipPacked(gzip.compress(encode(CODE)))
    answer = bytes.fromhex("016d5cf3") + bytes(8) + encode(packed)
    output = lines("decode", answer.hex())
    assert any("result = gzip_packed, 28 bytes inside" in line for line in output)
    assert any(line.startswith("    +12  05 00 00 00") and line.endswith("length: int = 5") for line in output)


def test_unknown_constructor_is_reported() -> None:
    assert "unknown constructor 04030201, 4 bytes" in run("decode", "0102030405060708").stdout


def test_result_of_option_decodes_a_bare_result() -> None:
    vector = "15c4b51c" + "02000000" + "01000000" + "02000000"
    output = run("decode", "--result-of", "contacts.getContactIDs", vector).stdout
    assert "[1]: int = 2" in output
    assert "did you mean contacts.getContactIDs" in error("decode", "--result-of", "contacts.getContactsIDs", vector)


def test_json_output_can_be_encoded_again() -> None:
    printed = run("decode", "--json", encode(CODE).hex()).stdout
    assert json.loads(printed)["_"] == "auth.sentCode"
    assert decode(bytes.fromhex(run("encode", printed).stdout.strip())) == CODE


def test_schema_option_decodes_with_another_schema(tmp_path: Path) -> None:
    schema = tmp_path / "small.tl"
    schema.write_text("thing#00000001 size:int = Thing;\n")
    assert "size: int = 7" in run("decode", "--schema", str(schema), "0100000007000000").stdout
    schema.write_text("thing#00000001 size:itn = Thing;\n")
    assert "line 1" in error("decode", "--schema", str(schema), "0100000007000000")


# Whole messages


def test_plain_message_is_recognised() -> None:
    output = run("decode", seal_plain(MSG_ID, encode(functions.mtproto.ReqPqMulti(bytes(16)))).hex()).stdout
    assert "plain message: auth_key_id = 0" in output
    assert "made 2026-01-01 00:00:00 UTC by the client" in output
    assert "mtproto.req_pq_multi" in output


def sealed(value: TLObject | bytes, sender: Role) -> bytes:
    body = value if isinstance(value, bytes) else encode(value)
    message = Message(MSG_ID | (0 if sender is Role.CLIENT else 1), 3, body)
    return encrypt_message(
        message, auth_key=KEY, salt=7, session_id=9, sender=sender, entropy=SeededEntropy("message")
    ).packet


@pytest.mark.parametrize(
    ("sender", "output"),
    [
        (Role.CLIENT, "a message from the client to the server"),
        (Role.SERVER, "a message from the server to the client"),
    ],
)
def test_encrypted_message_of_each_sender_is_decrypted(sender: Role, output: str) -> None:
    printed = run("decode", "--auth-key", KEY.key.hex(), sealed(CODE, sender).hex()).stdout
    for words in (
        output,
        "salt = 7",
        "session_id = 9",
        "seqno = 3, to be acknowledged",
        "auth.sentCode",
        "padding, ",
    ):
        assert words in printed
    assert KEY.key.hex() not in printed


def test_each_part_of_an_encrypted_message_shows_its_bytes() -> None:
    packet, body = sealed(CODE, Role.CLIENT), encode(CODE)
    printed = lines("decode", "--auth-key", KEY.key.hex(), packet.hex())
    by_offset = {row.split()[0]: " ".join(row.split()[1:]) for row in printed[1:]}
    for offset, data in (
        ("0", KEY.id),
        ("8", packet[8:16]),
        ("24", (7).to_bytes(8, "little")),
        ("32", (9).to_bytes(8, "little")),
        ("40", MSG_ID.to_bytes(8, "little")),
        ("48", (3).to_bytes(4, "little")),
        ("52", len(body).to_bytes(4, "little")),
        ("56", body[:4]),
    ):
        assert by_offset[offset].startswith(data.hex(" ") + " "), offset
    padding = len(packet) - 24 - 32 - len(body)
    assert by_offset[str(56 + len(body))].endswith(f"padding, {padding} bytes")


def test_long_bytes_are_base64_and_nonces_hex() -> None:
    nonce = bytes(range(0x80, 0x90)) * 2
    query = functions.mtproto.SetClientDHParams(nonce[:16], nonce[16:], nonce)
    printed = run("decode", "--secrets", encode(query).hex()).stdout
    assert f": int128 = {nonce[:16].hex()}" in printed
    assert base64.b64encode(nonce).decode() in printed
    inner = types.mtproto.PQInnerDataDc(b"pq", b"p", b"q", nonce[:16], nonce[16:], nonce, 2)
    assert f"new_nonce: int256 = {nonce.hex()}" in run("decode", "--secrets", encode(inner).hex()).stdout


def test_offsets_of_an_encrypted_message_count_from_the_packet() -> None:
    printed = lines("decode", "--auth-key", KEY.key.hex(), sealed(CODE, Role.SERVER).hex())
    assert any(line.split()[0] == "56" and line.endswith("auth.sentCode") for line in printed)


def test_messages_of_a_container_are_shown_one_by_one() -> None:
    good, bad = encode(CODE), encode(CODE)[:8]
    body = join([Message(MSG_ID + 1, 1, bad), Message(MSG_ID + 5, 3, good)])
    printed = run("decode", "--auth-key", KEY.key.hex(), sealed(body, Role.SERVER).hex()).stdout
    assert "msg_container, 2 messages" in printed
    assert "cannot be decoded: TL9" in printed
    assert "timeout: int = 60" in printed


def test_auth_key_is_read_from_a_key_or_session_file(tmp_path: Path) -> None:
    packet = sealed(CODE, Role.CLIENT).hex()
    (tmp_path / "key").write_bytes(KEY.key)
    assert "auth.sentCode" in run("decode", "--auth-key", str(tmp_path / "key"), packet).stdout
    session = {"host": "h", "port": 1, "dc_id": 2, "environment": "own", "auth_key": base64.b64encode(KEY.key).decode()}
    (tmp_path / "session").write_text(json.dumps(session))
    (tmp_path / "session").chmod(0o600)
    assert "auth.sentCode" in run("decode", "--auth-key", str(tmp_path / "session"), packet).stdout


# Bad input


def test_fields_before_a_decode_error_are_printed() -> None:
    result = run("decode", encode(CODE).hex()[:-8])
    assert result.exit_code == 2
    assert "phone_code_hash" in result.stdout
    assert "auth.sentCode > timeout at byte 24" in result.stderr


def test_missing_or_empty_input_is_reported() -> None:
    assert "neither hexadecimal nor base64, and no file has this name" in error("decode", "no-such-file.bin")
    assert "no file has this name" in error("decode", "/nosuch")
    assert "standard input is empty" in error("decode", "-", given=b"")


def test_wrong_key_is_reported_without_showing_it() -> None:
    packet = sealed(CODE, Role.CLIENT).hex()
    other = bytes(reversed(KEY.key))
    assert "EN2" in error("decode", "--auth-key", other.hex(), packet)
    assert other.hex() not in error("decode", "--auth-key", other.hex(), packet)
    assert "256 bytes, not 16" in error("decode", "--auth-key", "00" * 16, packet)
    assert "EN3" in error("decode", "--auth-key", KEY.key.hex(), packet[:-2] + "00")


def test_encrypted_message_without_a_key_reports_the_missing_option() -> None:
    assert "give --auth-key" in error("decode", (encode(CODE)[:4] + bytes(20) + bytes(64)).hex())


def test_output_is_plain_when_piped_and_coloured_when_forced() -> None:
    command = [sys.executable, "-m", "sansio_tl_transports.cli.main", "decode", encode(CODE).hex()]
    piped = subprocess.run(command, capture_output=True, check=True)
    assert b"\x1b" not in piped.stdout
    forced = subprocess.run(
        command, capture_output=True, check=True, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    )
    assert b"\x1b[" in forced.stdout
