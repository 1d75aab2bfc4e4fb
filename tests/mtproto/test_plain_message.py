"""HS17: plain messages carry the handshake and nothing else."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto.plain_message import open_plain, seal_plain
from sansio_tl.role import Role


@given(body=st.binary(max_size=100), time=st.integers(0, 2**60))
def test_open_plain_inverts_seal_plain(body: bytes, time: int) -> None:
    assert open_plain(seal_plain(time * 4, body), Role.CLIENT) == body
    assert open_plain(seal_plain(time * 4 + 1, body), Role.SERVER) == body


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        bytes(19),
        pack("<qqi", 1, 1, 4) + b"body",
        pack("<qqi", 0, 1, 5) + b"body",
        pack("<qqi", 0, 1, 3) + b"body",
        pack("<qqi", 0, 1, -4),
    ],
    ids=["empty", "short", "encrypted", "length too large", "length too small", "negative length"],
)
def test_HS17_plain_message_with_a_wrong_key_id_or_length_is_refused(packet: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="HS17"):
        open_plain(packet, Role.SERVER)


@pytest.mark.parametrize(
    ("low_bits", "sender", "accepted"),
    [
        (0, Role.CLIENT, True),
        (1, Role.CLIENT, True),
        (2, Role.CLIENT, True),
        (3, Role.CLIENT, True),
        (0, Role.SERVER, False),
        (1, Role.SERVER, True),
        (2, Role.SERVER, False),
        (3, Role.SERVER, True),
    ],
)
def test_HS17_parity_of_the_message_id_is_checked_for_servers_only(
    low_bits: int, sender: Role, *, accepted: bool
) -> None:
    packet = seal_plain((1 << 62) + low_bits, b"body")
    if accepted:
        assert open_plain(packet, sender) == b"body"
    else:
        with pytest.raises(RemoteProtocolError, match="HS17"):
            open_plain(packet, sender)


def test_HS17_plain_message_with_id_1_of_tdlib_is_accepted() -> None:
    assert open_plain(seal_plain(1, b"body"), Role.CLIENT) == b"body"
