"""The beginnings of the corpus for the targets with whole peers: sessions, accounts, servers with an attacker."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

from sansio_tl import LAYER, encode, functions, types
from sansio_tl.tl.objects import TLObject
from tests.fuzz.targets.account import snapshot_of_account


def turn(kind: int, payload: bytes = b"") -> bytes:
    """One step, as `targets.input_steps` reads it."""
    return struct.pack("<BH", kind, len(payload)) + payload


def peer_seeds() -> Iterator[tuple[str, bytes]]:
    """(target, input)."""
    yield from (("client_account", data) for data in _accounts())
    yield "client_snapshot", json.dumps(snapshot_of_account()).encode()
    yield from (("shared_key", data) for data in _attacks())
    for data in _questions():
        yield "data_center", data
        yield from (("old_layers", bytes([layer]) + data) for layer in range(3))


def _accounts() -> Iterator[bytes]:
    """An error with a parameter, right or odd, for either request; addresses; a code in the clear; a restart."""
    for text in (
        b"USER_MIGRATE_4",
        b"USER_MIGRATE_X",
        b"FILE_MIGRATE_4294967296",
        b"FLOOD_WAIT_3",
        b"AUTH_KEY_UNREGISTERED",
        b"CONNECTION_NOT_INITED",
    ):
        for code in (0, 2, 5):
            yield turn(0, bytes([code, 0]) + text) + turn(8, b"\x05") + turn(0, bytes([code, 1]) + text)
    addresses = struct.pack("<hi", 4, 443) + b"192.0.2.4\0\0" + struct.pack("<hi", 2, -5) + b"h"
    yield turn(9, b"\1") + turn(4, b"\2" + addresses)
    yield turn(5, b"\0" + struct.pack("<H", 404)) * 4 + turn(8, b"\xff\xff")
    replay = turn(6, b"\0\0")
    yield turn(2, b"\0" + encode(types.NearestDc("NL", 2, 2))) + replay + turn(8, b"\0\x10") + replay
    yield turn(9, b"\4") + turn(7, b"\0") + turn(8, b"\x40") + turn(10, b"\0") + turn(11)
    created = types.mtproto.NewSessionCreated(1, 2, 3)
    yield turn(3, b"\0" + encode(created)) + turn(3, b"\0" + encode(types.UpdatesTooLong()))


def _attacks() -> Iterator[bytes]:
    """Requests alone and together, and each packet again: at once, after minutes, after hours, on other connections."""
    asks = turn(0, b"\0\0") + turn(1, b"\3\0") + turn(0, b"\1\1")
    for delay in (b"\0", b"\x2c\x01", b"\x10\x0e"):
        again = b"".join(turn(2, bytes([packet, connection])) for packet in range(3) for connection in range(2))
        yield asks + turn(4, delay) + again
        yield again + asks + turn(4, delay) + turn(0, b"\0\2") * 3 + again


def _questions() -> Iterator[bytes]:
    """What clients ask: to log in, in every wrapper, packed, and what is no function in the place of one."""
    code = functions.auth.SendCode("+12025550100", 1, "hash", types.CodeSettings())
    init = functions.InitConnection(1, "d", "s", "1", "en", "", "en", code)
    whole: list[TLObject] = [
        functions.InvokeWithLayer(LAYER, init),
        functions.auth.SignIn("+12025550100", "hash", "12345"),
        functions.account.GetPassword(),
        functions.help.GetConfig(),
        functions.InvokeAfterMsgs([1, 2], functions.InvokeWithoutUpdates(code)),
        functions.users.GetUsers([types.InputUserSelf()]),
        functions.auth.ExportLoginToken(1, "hash", []),
    ]
    for head in (b"\0", b"\xff"):
        for kind in (0, 0x80):
            yield head + b"".join(turn(kind, encode(each)) for each in whole)
    wrapper = encode(functions.InvokeWithoutUpdates(functions.help.GetConfig()))[:-4]
    for odd in (b"\xb5\x75\x72\x99", b"\x37\x97\x79\xbc", b"\xcc\x0b\x73\x56", b"\x15\xc4\xb5\x1c\0\0\0\0", wrapper):
        yield b"\0" + turn(0, wrapper + odd) + turn(0x80, wrapper + odd) + turn(0, odd)
