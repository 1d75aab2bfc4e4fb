"""Session strings and session files that Telethon reads and writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.crypto import AuthKey as TheirAuthKey
from telethon.sessions import SQLiteSession, StringSession

from sansio_tl import session_strings
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError
from sansio_tl.session_strings import SavedAccount
from sansio_tl_transports import session_files
from tests.helpers.entropy import SeededEntropy

KEY = AuthKey(SeededEntropy("key")(256))
ACCOUNT = SavedAccount(auth_key=KEY, dc_id=4, host="149.154.167.91", port=443, user_id=77, is_bot=False, api_id=12345)
KEPT = ("auth_key", "dc_id", "host", "port")
"""What a session of Telethon holds."""
ACCOUNTS = st.builds(
    SavedAccount,
    auth_key=st.binary(min_size=256, max_size=256).filter(any).map(AuthKey),
    dc_id=st.integers(1, 5),
    host=st.sampled_from(["149.154.167.51", "2001:67c:4e8:f002::a"]),
    port=st.integers(1, 32767),
)


@given(account=ACCOUNTS)
def test_telethon_session_string_is_exchanged_in_both_directions(account: SavedAccount) -> None:
    theirs = StringSession(session_strings.FORMATS["telethon"].write(account))
    assert (theirs.dc_id, theirs.server_address, theirs.port) == (account.dc_id, account.host, account.port)
    assert theirs.auth_key is not None
    assert theirs.auth_key.key == account.auth_key.key
    made = StringSession()
    made.set_dc(account.dc_id, account.host, account.port)
    made.auth_key = TheirAuthKey(account.auth_key.key)
    read = session_strings.FORMATS["telethon"].read(made.save())
    assert [getattr(read, field) for field in KEPT] == [getattr(account, field) for field in KEPT]


def test_telethon_opens_a_written_session_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.session"
    session_files.FORMATS["telethon"](ACCOUNT, path, now=1.8e9)
    theirs = SQLiteSession(str(path))
    assert (theirs.dc_id, theirs.server_address, theirs.port) == (4, "149.154.167.91", 443)
    assert theirs.auth_key.key == KEY.key
    theirs.close()
    assert session_files.read(path).auth_key == KEY
    assert path.stat().st_mode & 0o777 == 0o600


def test_session_file_of_telethon_is_read(tmp_path: Path) -> None:
    theirs = SQLiteSession(str(tmp_path / "theirs"))
    theirs.set_dc(2, "149.154.167.51", 443)
    theirs.auth_key = TheirAuthKey(KEY.key)
    theirs.save()
    theirs.close()
    account = session_files.read(tmp_path / "theirs.session")
    assert (account.auth_key, account.dc_id, account.address()) == (KEY, 2, ("149.154.167.51", 443))


def test_telethon_session_file_without_a_login_is_refused(tmp_path: Path) -> None:
    theirs = SQLiteSession(str(tmp_path / "empty"))
    theirs.set_dc(2, "149.154.167.51", 443)
    theirs.save()
    theirs.close()
    with pytest.raises(LocalProtocolError, match="no user is logged in"):
        session_files.read(tmp_path / "empty.session")
