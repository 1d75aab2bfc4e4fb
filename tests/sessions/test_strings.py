"""Session strings of other libraries."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.crypto import AuthKey as TheirAuthKey
from telethon.sessions import StringSession

from sansio_tl import sessions
from sansio_tl.client import Client, ClientConfig
from sansio_tl.config import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.sessions import FORMATS, SavedAccount
from tests.crypto.stream import Stream

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
def test_what_is_written_is_read_again_and_recognised(name: str, account: SavedAccount) -> None:
    text = FORMATS[name].write(account)
    assert kept(FORMATS[name].read(text), name) == kept(account, name)
    assert kept(sessions.read(text), name) == kept(account, name)


@given(account=ACCOUNTS)
def test_telethon_reads_what_we_write_and_the_other_way_round(account: SavedAccount) -> None:
    theirs = StringSession(FORMATS["telethon"].write(account))
    assert (theirs.dc_id, theirs.server_address, theirs.port) == (account.dc_id, account.host, account.port)
    assert theirs.auth_key is not None
    assert theirs.auth_key.key == account.auth_key.key
    made = StringSession()
    made.set_dc(account.dc_id, account.host, account.port)
    made.auth_key = TheirAuthKey(account.auth_key.key)
    assert kept(FORMATS["telethon"].read(made.save()), "telethon") == kept(account, "telethon")


@given(text=st.text(max_size=600) | st.binary(max_size=500).map(lambda data: data.hex()))
def test_anything_else_is_refused_without_being_shown(text: str) -> None:
    for form in FORMATS.values():
        try:
            form.read(text)
        except LocalProtocolError as error:
            assert len(text) < 9 or text not in str(error)


@given(account=ACCOUNTS, data=st.data())
def test_a_cut_string_is_refused(account: SavedAccount, data: st.DataObject) -> None:
    for form in FORMATS.values():
        text = form.write(account)
        lengths = st.integers(0, len(text) - 5)
        if form.read is FORMATS["pyrogram"].read:
            lengths = lengths.filter(lambda length: length not in {351, 356})  # those of older, shorter strings
        cut = text[: data.draw(lengths)]
        with pytest.raises(LocalProtocolError):
            form.read(cut)


@given(account=ACCOUNTS)
def test_nothing_secret_is_shown(account: SavedAccount) -> None:
    assert account.auth_key.key.hex() not in repr(account)
    assert repr(account.auth_key.key)[2:40] not in repr(account)


@pytest.mark.parametrize("missing", ["api_id", "user_id"])
def test_pyrogram_needs_more_than_a_key(missing: str) -> None:
    facts: dict[str, Any] = {"auth_key": AuthKey(Stream("k")(256)), "dc_id": 2, "api_id": 1, "user_id": 2}
    with pytest.raises(LocalProtocolError, match="api_id and which user"):
        FORMATS["pyrogram"].write(SavedAccount(**facts | {missing: None}))


def test_gramjs_reads_no_port_above_32767() -> None:
    account = SavedAccount(auth_key=AuthKey(Stream("k")(256)), dc_id=2, host="127.0.0.1", port=32768)
    with pytest.raises(LocalProtocolError, match="no port above 32767"):
        FORMATS["gramjs"].write(account)


@pytest.mark.parametrize("is_bot", [None, False, True])
def test_whether_it_is_a_bot_survives(is_bot: bool | None) -> None:
    account = SavedAccount(auth_key=AuthKey(Stream("k")(256)), dc_id=2, user_id=7, is_bot=is_bot)
    client = Client(
        ClientConfig(connection=Config(api_id=1)), snapshot=account.to_snapshot(), entropy=Stream("c"), now=1.8e9
    )
    again = SavedAccount.from_snapshot(client.snapshot(), api_id=5)
    assert (again.is_bot, again.api_id) == (is_bot, 5)


def test_an_account_becomes_a_snapshot_and_a_snapshot_an_account() -> None:
    account = SavedAccount(auth_key=AuthKey(Stream("k")(256)), dc_id=4, user_id=9)
    snapshot = json.loads(json.dumps(account.to_snapshot()))
    client = Client(ClientConfig(connection=Config(api_id=1)), snapshot=snapshot, entropy=Stream("c"), now=1.8e9)
    assert (client.main_dc, client.user_id) == (4, 9)
    again = SavedAccount.from_snapshot(client.snapshot())
    assert (again.auth_key, again.dc_id, again.user_id) == (account.auth_key, 4, 9)
    assert again.host == "149.154.167.91"


def test_an_address_is_telegrams_own_where_none_is_kept() -> None:
    key = AuthKey(Stream("k")(256))
    assert SavedAccount(auth_key=key, dc_id=1).address() == ("149.154.175.50", 443)
    with pytest.raises(LocalProtocolError, match="data centre 9"):
        SavedAccount(auth_key=key, dc_id=9).address()


@given(data=st.data(), account=ACCOUNTS)
def test_a_damaged_string_is_refused_or_makes_a_snapshot(data: st.DataObject, account: SavedAccount) -> None:
    form = data.draw(st.sampled_from(list(FORMATS.values())))
    characters = list(form.write(account))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, min(80, len(characters)) - 1))
        characters[at] = data.draw(st.sampled_from("AZaz09-_=+/ \n\0é"))
    text = "".join(characters)
    with contextlib.suppress(LocalProtocolError):
        taken = sessions.read(text)
        Client(
            ClientConfig(connection=Config(api_id=1, test_mode=taken.test_mode)),
            snapshot=taken.to_snapshot(),
            entropy=Stream("x"),
            now=1.8e9,
        )


@pytest.mark.parametrize("text", [None, 5, b"1AAAA", [], "\ud800", "1\ud800", "1" + "é" * 351])
def test_what_is_no_text_is_no_session_string(text: Any) -> None:
    for read in (*(form.read for form in FORMATS.values()), sessions.read):
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
def test_an_account_that_no_client_could_use_is_refused(wrong: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"auth_key": AuthKey(Stream("k")(256)), "dc_id": 2, "api_id": 1, "user_id": 2}
    SavedAccount(**facts)
    with pytest.raises(LocalProtocolError):
        SavedAccount(**facts | wrong)


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, {"dc_id": 300}) for name in FORMATS] + [("pyrogram", {"api_id": -1})]
)
def test_a_number_that_the_library_cannot_keep_is_refused(name: str, wrong: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"dc_id": 2, "api_id": 1, "user_id": 2, "host": "127.0.0.1"} | wrong
    with pytest.raises(LocalProtocolError, match="of this size"):
        FORMATS[name].write(SavedAccount(auth_key=AuthKey(Stream("k")(256)), **facts))
