"""Session strings of other libraries."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import Client, ClientConfig, Config, session_strings
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import FORMATS, SavedAccount, mtcute
from tests.helpers.entropy import SeededEntropy

KEYS = st.binary(min_size=256, max_size=256).filter(any).map(AuthKey)
HOSTS = st.sampled_from(["149.154.167.51", "2001:67c:4e8:f002::a"])
ACCOUNTS = st.builds(
    SavedAccount,
    auth_key=KEYS,
    dc_id=st.integers(1, 5),
    host=HOSTS,
    port=st.integers(1, 32767),
    test_mode=st.booleans(),
    user_id=st.integers(1, 2**52),
    is_bot=st.booleans(),
    api_id=st.integers(1, 2**31 - 1),
)
KEPT = {
    "telethon": {"auth_key", "dc_id", "host", "port"},
    "gramjs": {"auth_key", "dc_id", "host", "port"},
    "pyrogram": {"auth_key", "dc_id", "test_mode", "user_id", "is_bot", "api_id"},
    "mtcute": {"auth_key", "dc_id", "host", "port", "test_mode", "user_id", "is_bot"},
}
KEPT["kurigram"] = KEPT["pyrogram"]


def kept(account: SavedAccount, name: str) -> dict[str, Any]:
    return {field: getattr(account, field) for field in KEPT[name]}


@pytest.mark.parametrize("name", FORMATS)
@given(account=ACCOUNTS)
def test_written_string_is_recognised_and_read_back(name: str, account: SavedAccount) -> None:
    text = FORMATS[name].write(account)
    assert kept(FORMATS[name].read(text), name) == kept(account, name)
    assert kept(session_strings.read(text), name) == kept(account, name)


@given(text=st.text(max_size=600) | st.binary(max_size=500).map(lambda data: data.hex()))
def test_random_text_is_refused_without_being_shown(text: str) -> None:
    for form in FORMATS.values():
        try:
            form.read(text)
        except LocalProtocolError as error:
            assert len(text) < 9 or text not in str(error)


@given(account=ACCOUNTS, data=st.data())
def test_truncated_string_is_refused(account: SavedAccount, data: st.DataObject) -> None:
    for form in FORMATS.values():
        text = form.write(account)
        lengths = st.integers(0, len(text) - 5)
        if form.read is FORMATS["pyrogram"].read:
            lengths = lengths.filter(lambda length: length not in {351, 356})  # those of older, shorter strings
        cut = text[: data.draw(lengths)]
        with pytest.raises(LocalProtocolError):
            form.read(cut)


@given(account=ACCOUNTS)
def test_repr_of_an_account_hides_the_key(account: SavedAccount) -> None:
    assert account.auth_key.key.hex() not in repr(account)
    assert repr(account.auth_key.key)[2:40] not in repr(account)


@pytest.mark.parametrize("missing", ["api_id", "user_id"])
def test_pyrogram_string_without_api_id_or_user_id_is_refused(missing: str) -> None:
    facts: dict[str, Any] = {"auth_key": AuthKey(SeededEntropy("k")(256)), "dc_id": 2, "api_id": 1, "user_id": 2}
    with pytest.raises(LocalProtocolError, match="api_id and user_id"):
        FORMATS["pyrogram"].write(SavedAccount(**facts | {missing: None}))


def test_gramjs_string_with_a_port_above_32767_is_refused() -> None:
    account = SavedAccount(auth_key=AuthKey(SeededEntropy("k")(256)), dc_id=2, host="127.0.0.1", port=32768)
    with pytest.raises(LocalProtocolError, match="cannot read a port above 32767"):
        FORMATS["gramjs"].write(account)


@pytest.mark.parametrize("is_bot", [None, False, True])
def test_is_bot_survives_a_client_snapshot(is_bot: bool | None) -> None:
    account = SavedAccount(auth_key=AuthKey(SeededEntropy("k")(256)), dc_id=2, user_id=7, is_bot=is_bot)
    client = Client(
        ClientConfig(connection_config=Config(api_id=1)),
        snapshot=account.to_snapshot(),
        entropy=SeededEntropy("c"),
        now=1.8e9,
    )
    again = SavedAccount.from_snapshot(client.snapshot(), api_id=5)
    assert (again.is_bot, again.api_id) == (is_bot, 5)


def test_account_round_trips_through_a_client_snapshot() -> None:
    account = SavedAccount(auth_key=AuthKey(SeededEntropy("k")(256)), dc_id=4, user_id=9)
    snapshot = json.loads(json.dumps(account.to_snapshot()))
    client = Client(
        ClientConfig(connection_config=Config(api_id=1)), snapshot=snapshot, entropy=SeededEntropy("c"), now=1.8e9
    )
    assert (client.home_dc, client.user_id) == (4, 9)
    again = SavedAccount.from_snapshot(client.snapshot())
    assert (again.auth_key, again.dc_id, again.user_id) == (account.auth_key, 4, 9)
    assert again.host == "149.154.167.91"


def test_default_address_is_that_of_telegram() -> None:
    key = AuthKey(SeededEntropy("k")(256))
    assert SavedAccount(auth_key=key, dc_id=1).address() == ("149.154.175.50", 443)
    with pytest.raises(LocalProtocolError, match="data center 9"):
        SavedAccount(auth_key=key, dc_id=9).address()


@given(data=st.data(), account=ACCOUNTS)
def test_damaged_string_is_refused_or_gives_a_valid_snapshot(data: st.DataObject, account: SavedAccount) -> None:
    form = data.draw(st.sampled_from(list(FORMATS.values())))
    characters = list(form.write(account))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, min(80, len(characters)) - 1))
        characters[at] = data.draw(st.sampled_from("AZaz09-_=+/ \n\0é"))
    text = "".join(characters)
    with contextlib.suppress(LocalProtocolError):
        taken = session_strings.read(text)
        Client(
            ClientConfig(connection_config=Config(api_id=1, test_mode=taken.test_mode)),
            snapshot=taken.to_snapshot(),
            entropy=SeededEntropy("x"),
            now=1.8e9,
        )


@pytest.mark.parametrize("text", [None, 5, b"1AAAA", [], "\ud800", "1\ud800", "1" + "é" * 351])
def test_session_string_of_another_type_or_with_invalid_characters_is_refused(text: Any) -> None:
    for read in (*(form.read for form in FORMATS.values()), session_strings.read):
        with pytest.raises(LocalProtocolError):
            read(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth_key": bytes(256)},
        {"dc_id": 0},
        {"dc_id": "2"},
        {"dc_id": 1001},
        {"host": None},
        {"host": "\ud800"},
        {"port": 0},
        {"port": "443"},
        {"user_id": -1},
        {"user_id": 1 << 63},
        {"api_id": "1"},
    ],
    ids=str,
)
def test_account_with_invalid_fields_is_refused(wrong: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"auth_key": AuthKey(SeededEntropy("k")(256)), "dc_id": 2, "api_id": 1, "user_id": 2}
    SavedAccount(**facts)
    with pytest.raises(LocalProtocolError):
        SavedAccount(**facts | wrong)


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, {"dc_id": 300}) for name in FORMATS] + [("pyrogram", {"api_id": -1})]
)
def test_number_that_a_format_cannot_store_is_refused(name: str, wrong: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"dc_id": 2, "api_id": 1, "user_id": 2, "host": "127.0.0.1"} | wrong
    with pytest.raises(LocalProtocolError, match="of this size"):
        FORMATS[name].write(SavedAccount(auth_key=AuthKey(SeededEntropy("k")(256)), **facts))


KEY = AuthKey(SeededEntropy("k")(256))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"auth_key": bytes(256)}, "invalid auth_key: found bytes, expected AuthKey"),
        ({"dc_id": True}, "invalid dc_id: expected 1 to 1000"),
        ({"dc_id": 1001}, "invalid dc_id: expected 1 to 1000"),
        ({"user_id": True}, "invalid user_id: expected a positive number of 63 bits"),
        ({"user_id": "7"}, "invalid user_id: expected a positive number of 63 bits"),
        ({"api_id": True}, "invalid api_id: found bool, expected int"),
    ],
    ids=str,
)
def test_error_of_an_invalid_account_describes_the_value(wrong: dict[str, Any], why: str) -> None:
    facts: dict[str, Any] = {"auth_key": KEY, "dc_id": 2} | wrong
    with pytest.raises(LocalProtocolError) as refused:
        SavedAccount(**facts)
    assert str(refused.value) == why


def test_account_with_values_at_their_bounds_is_accepted() -> None:
    least = SavedAccount(auth_key=KEY, dc_id=1, user_id=0, api_id=0)
    assert (least.host, least.port, least.test_mode, least.is_bot) == ("", 443, False, None)
    most = SavedAccount(auth_key=KEY, dc_id=1000, user_id=(1 << 63) - 1, port=65535)
    assert (most.user_id, most.api_id) == ((1 << 63) - 1, None)


@pytest.mark.parametrize("test_mode", [False, True])
def test_account_from_a_snapshot_has_every_field(*, test_mode: bool) -> None:
    account = SavedAccount(
        auth_key=KEY, dc_id=2, host="192.0.2.1", port=80, test_mode=test_mode, user_id=7, is_bot=True
    )
    snapshot = account.to_snapshot()
    assert SavedAccount.from_snapshot(snapshot) == account
    snapshot["endpoints"] = {}
    bare = SavedAccount.from_snapshot(snapshot)
    assert (bare.host, bare.port) == ("", 443)
    known = ("149.154.167.40", 443) if test_mode else ("149.154.167.51", 443)
    assert bare.address() == known
    for data_centers in ({}, {"4": snapshot["data_centers"]["2"]}):
        with pytest.raises(LocalProtocolError, match="no key of the home data center"):
            SavedAccount.from_snapshot(snapshot | {"data_centers": data_centers})


def test_pyrogram_user_id_0_is_read_as_unknown() -> None:
    text = FORMATS["pyrogram"].write(SavedAccount(auth_key=KEY, dc_id=2, user_id=0, api_id=1))
    assert session_strings.read(text).user_id is None


@pytest.mark.parametrize(
    ("name", "padded"), [("telethon", True), ("gramjs", True), ("pyrogram", False), ("mtcute", False)]
)
def test_each_format_uses_the_alphabet_and_padding_of_its_library(name: str, *, padded: bool) -> None:
    key = AuthKey(b"\xff\xfe" * 128)
    texts = {
        FORMATS[name].write(SavedAccount(auth_key=key, dc_id=2, host=host, user_id=user, api_id=1))
        for host in ("192.0.2.1", "2001:db8::1")
        for user in (7, 1 << 40)
    }
    assert any(text.endswith("=") for text in texts) is padded
    assert all(("-" in text or "_" in text) != ("+" in text or "/" in text) for text in texts)
    for text in texts:
        assert FORMATS[name].read(text.replace("-", "+").replace("_", "/")).auth_key == key
        assert FORMATS[name].read(f" {text.rstrip('=')}\n".lstrip() if name == "telethon" else text).auth_key == key


@pytest.mark.parametrize("host", ["dc.example.org"])
def test_telethon_string_with_a_host_name_is_refused(host: str) -> None:
    with pytest.raises(LocalProtocolError, match="IP addresses only, no host names"):
        FORMATS["telethon"].write(SavedAccount(auth_key=KEY, dc_id=2, host=host))


# --- mtcute and GramJS, byte by byte ----------------------------------------------------------------------------------

DATA_CENTER = b"\x02\x02\x00" + b"\x09192.0.2.1\0\0" + (443).to_bytes(4, "little")
TEST_DATA_CENTER = b"\x01\x03\x04" + b"\x09192.0.2.1\0\0" + (80).to_bytes(4, "little")
LONG_KEY = b"\xfe\x00\x01\x00" + KEY.key


def tl(data: bytes) -> bytes:
    return bytes([len(data)]) + data + bytes(-(1 + len(data)) % 4)


def text_of(flags: int, *rest: bytes, version: int = 3) -> str:
    return (
        base64.urlsafe_b64encode(bytes([version]) + flags.to_bytes(4, "little") + b"".join(rest)).decode().rstrip("=")
    )


def test_mtcute_string_has_the_expected_bytes_and_is_read_back() -> None:
    without_user = SavedAccount(auth_key=KEY, dc_id=2, host="192.0.2.1")
    assert FORMATS["mtcute"].write(without_user) == text_of(0, tl(DATA_CENTER), LONG_KEY)
    assert FORMATS["mtcute"].read(text_of(0, tl(DATA_CENTER), LONG_KEY)) == without_user
    user = (7).to_bytes(8, "little")
    for is_bot, mark in ((True, "b5757299"), (False, "379779bc")):
        with_user = dataclasses.replace(without_user, user_id=7, is_bot=is_bot)
        text = text_of(1, tl(DATA_CENTER), user, bytes.fromhex(mark), LONG_KEY)
        assert FORMATS["mtcute"].write(with_user) == text
        assert FORMATS["mtcute"].read(text) == with_user
        assert (
            FORMATS["mtcute"].read(text_of(5, tl(DATA_CENTER), tl(b"media"), user, bytes.fromhex(mark), LONG_KEY))
            == with_user
        )
    test = SavedAccount(auth_key=KEY, dc_id=3, host="192.0.2.1", port=80, test_mode=True)
    assert FORMATS["mtcute"].read(text_of(0, tl(TEST_DATA_CENTER), LONG_KEY)) == test
    assert FORMATS["mtcute"].read(text_of(2, tl(DATA_CENTER), LONG_KEY)).test_mode
    assert mtcute.write_data_center(dataclasses.replace(test, host="2001:db8::1"))[:3] == b"\x02\x03\x05"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "of mtcute of version 3"),
        (text_of(0, tl(DATA_CENTER), LONG_KEY, version=2), "of mtcute of version 3"),
        (text_of(0, tl(DATA_CENTER), tl(bytes(100))), "no key in it"),
        (text_of(0, tl(DATA_CENTER), LONG_KEY[:-1]), "it is cut short"),
        (text_of(0, tl(b"\x03" + DATA_CENTER[1:]), LONG_KEY), "no data center in it"),
        (text_of(0, tl(DATA_CENTER[:-1]), LONG_KEY), "a data center in it is cut short"),
        (text_of(0, tl(DATA_CENTER[:2]), LONG_KEY), "a data center in it is cut short"),
    ],
)
def test_invalid_mtcute_string_is_refused(text: str, why: str) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        FORMATS["mtcute"].read(text)


def test_user_record_of_an_mtcute_file_has_the_expected_bytes_and_is_read_back() -> None:
    account = SavedAccount(auth_key=KEY, dc_id=2)
    assert mtcute.write_user(account) == b""
    for is_bot in (True, False):
        data = mtcute.write_user(dataclasses.replace(account, user_id=1 << 40, is_bot=is_bot))
        assert data == b"\x01\0\0\0" + bytes([is_bot, 0, 0, 0]) + (1 << 40).to_bytes(8, "little")
        assert mtcute.read_user(data) == mtcute.read_user(data + b"names") == (1 << 40, is_bot)
        assert mtcute.read_user(data[:-1]) is None
        assert mtcute.read_user(b"\x02" + data[1:]) is None
    assert mtcute.read_user(b"\x01\0\0\0\x02\0\0\0" + bytes(8)) == (0, False)


def test_mtcute_byte_strings_of_every_length_are_written_and_read() -> None:
    for size in (0, 1, 3, 4, 252, 253, 254, 255, 256, 70_000):
        data = bytes(size)
        head = bytes([size]) if size < 254 else b"\xfe" + size.to_bytes(3, "little")
        whole = head + data + bytes(-(len(head) + size) % 4)
        assert mtcute.write_bytes_value(data) == whole
        assert mtcute.read_bytes_value(b"?" + whole, 1) == (data, 1 + len(whole))


def gramjs_text(host: bytes, key: bytes = KEY.key, port: int = 443) -> str:
    data = b"\x02" + len(host).to_bytes(2, "big") + host + port.to_bytes(2, "big") + key
    return "1" + base64.b64encode(data).decode()


def test_gramjs_string_has_the_expected_bytes_and_is_read_back() -> None:
    account = SavedAccount(auth_key=KEY, dc_id=2, host="dc.example", port=32767)
    assert FORMATS["gramjs"].write(account) == gramjs_text(b"dc.example", port=32767)
    assert FORMATS["gramjs"].read(gramjs_text(b"dc.example", port=32767)) == account
    longest = b".".join([b"a" * 49, b"b" * 50])
    assert FORMATS["gramjs"].read(gramjs_text(longest)).host == longest.decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2", "those begin with"),
        ("1", "not a session string of GramJS$"),
        (gramjs_text("é".encode()), "not a session string of GramJS$"),
        (gramjs_text(b".".join([b"a" * 50, b"b" * 50])), "no key of 256 bytes at its end"),
        (gramjs_text(b"dc.example", KEY.key + b"?"), "no key of 256 bytes at its end"),
    ],
)
def test_invalid_gramjs_string_is_refused(text: str, why: str) -> None:
    with pytest.raises(LocalProtocolError, match=why):
        FORMATS["gramjs"].read(text)
