"""No client: what fetching 64 KiB takes of a socket, hashes and cipher, with nothing judged, matched, decoded or kept.

An ordinary link makes the key and opens the session. From then on each answer is read, decrypted and hashed, and the
part of the file cut out of it.
"""

from __future__ import annotations

import gc
import os
import socket
import time
from struct import Struct
from typing import Any

from calling import ANSWER, PART, Target, cpu
from calls_plain import Caller
from loop import Orders
from ours import MAKE

import sansio_tl
from sansio_tl import types
from sansio_tl.crypto.aes import ige_decrypt
from sansio_tl.crypto.kdf import aes_key_iv, message_key_large
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role

_LENGTH = Struct("<I")
_ID = Struct("<16xq")
"""The message id, in the head of an envelope."""
_PART = slice(64, 64 + len(PART))
"""Behind the heads of the envelope (32), of rpc_result (12), of upload.file (16) and of its bytes (4)."""
_ACKNOWLEDGED = 64
"""How many answers one acknowledgement is for."""


class Floor:
    """A session of which only what is timed is done."""

    def __init__(self, caller: Caller) -> None:
        """`caller` has made at least one call."""
        session = caller.connection.session
        if session.auth_key is None:
            raise ValueError("a link without a key")
        self._key = session.auth_key
        self._salt, self._session_id = session.salts.present, session.session_id
        self._socket = caller.socket
        self._question = sansio_tl.encode(MAKE[ANSWER]())
        self._last_id = int(time.time() + 1) << 32
        self._content_related = 1_000
        self._heard: list[int] = []

    def call(self, calls: int, in_flight: int) -> None:
        """Make so many calls, and have so many of them in flight as long as there are more to make."""
        asked = min(calls, in_flight)
        for _ in range(asked):
            self._ask()
        for _ in range(calls):
            while not self._hear():
                pass
            if asked < calls:
                asked += 1
                self._ask()

    def _ask(self) -> None:
        self._content_related += 1
        self._send(self._question, self._content_related * 2 + 1)

    def _send(self, body: bytes, seqno: int) -> None:
        self._last_id += 4
        packet = encrypt_message(
            Message(self._last_id, seqno, body),
            auth_key=self._key,
            salt=self._salt,
            session_id=self._session_id,
            sender=Role.CLIENT,
            entropy=os.urandom,
        ).packet
        self._socket.sendall(_LENGTH.pack(len(packet)) + packet)

    def _hear(self) -> bytes:
        """The part of a file; nothing if the server said something else."""
        packet = self._read(int.from_bytes(self._read(4), "little"))
        plain = ige_decrypt(packet[24:], *aes_key_iv(self._key.key, packet[8:24], Role.SERVER))
        if message_key_large(self._key.key, plain, Role.SERVER)[8:24] != packet[8:24]:
            raise ValueError("not decrypted as it should be")
        if len(plain) < _PART.stop:
            return b""
        self._heard += _ID.unpack_from(plain)
        if len(self._heard) == _ACKNOWLEDGED:
            self._send(sansio_tl.encode(types.mtproto.MsgsAck(self._heard)), self._content_related * 2 + 2)
            self._heard.clear()
        return plain[_PART]

    def _read(self, size: int) -> bytes:
        return self._socket.recv(size, socket.MSG_WAITALL)


def main() -> None:
    caller = Caller(Target.from_arguments())
    caller.call(ANSWER, 1, 1)
    floor = Floor(caller)

    def measure(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        began = cpu()
        floor.call(order["loops"], int(order["op"]))
        return {"seconds": cpu() - began}

    Orders({"version": sansio_tl.__version__}).obey({"time": measure})


if __name__ == "__main__":
    main()
