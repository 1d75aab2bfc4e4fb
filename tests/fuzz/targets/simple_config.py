"""help.configSimple from a resolver, as text, or inside a valid block."""

from __future__ import annotations

import base64
from contextlib import suppress

from sansio_tl.client.simple_config import decode_simple_config, endpoints_for, join_txt_records
from sansio_tl.crypto.config_block import DATA_SIZE, make_config_block
from sansio_tl.errors import RemoteProtocolError
from tests.fuzz.fixtures import Stream, private_key


def simple_config(data: bytes) -> None:
    """The first byte chooses what the rest is taken for. Whatever is accepted has usable addresses."""
    if not data:
        return
    kind, rest = data[0] % 3, data[1:]
    if kind == 0:
        text = join_txt_records(rest)
    elif kind == 1:
        text = rest.decode("utf-8", "surrogateescape")
    else:
        block = make_config_block(rest[:DATA_SIZE].ljust(DATA_SIZE, b"\0"), private_key(), Stream(len(rest)))
        text = base64.b64encode(block).decode("ascii")
    with suppress(RemoteProtocolError):
        config = decode_simple_config(text, private_key().public_key)
        for dc_id, endpoints in endpoints_for(config, "79991234567").items():
            if dc_id < 1 or not endpoints or len(set(endpoints)) != len(endpoints):
                raise AssertionError("addresses that nothing can connect to")
