"""The minimum cost of fetching 64 KiB: socket, hashes and cipher, without checks, matching, decoding or stored state.

An ordinary connection makes the key and opens the session. From then on each answer is read, decrypted and hashed, and
the part of the file is sliced from it.
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
"""Follows the headers of the envelope (32), of rpc_result (12), of upload.file (16) and of its bytes (4)."""
_ACKNOWLEDGED = 64
"""Number of answers in one acknowledgement."""


class MinimalClient:
    """A session that performs only the timed work."""

    def __init__(self, caller: Caller) -> None:
        """`caller` has made at least one call."""
        session = caller.connection.session
        if session.auth_key is None:
            raise ValueError("a connection without a key")
        self._key = session.auth_key
        self._salt, self._session_id = session.salts.current, session.session_id
        self._socket = caller.socket
        self._question = sansio_tl.encode(MAKE[ANSWER]())
        self._last_id = int(time.time() + 1) << 32
        self._content_related = 1_000
        self._received_ids: list[int] = []

    def call(self, calls: int, in_flight: int) -> None:
        """Make `calls` calls, `in_flight` of them at a time."""
        sent = min(calls, in_flight)
        for _ in range(sent):
            self._request()
        for _ in range(calls):
            while not self._receive_part():
                pass
            if sent < calls:
                sent += 1
                self._request()

    def _request(self) -> None:
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

    def _receive_part(self) -> bytes:
        """The part of a file; empty if the server sent another message."""
        packet = self._read(int.from_bytes(self._read(4), "little"))
        plain = ige_decrypt(packet[24:], *aes_key_iv(self._key.key, packet[8:24], Role.SERVER))
        if message_key_large(self._key.key, plain, Role.SERVER)[8:24] != packet[8:24]:
            raise ValueError("the msg_key does not match")
        if len(plain) < _PART.stop:
            return b""
        self._received_ids += _ID.unpack_from(plain)
        if len(self._received_ids) == _ACKNOWLEDGED:
            self._send(sansio_tl.encode(types.mtproto.MsgsAck(self._received_ids)), self._content_related * 2 + 2)
            self._received_ids.clear()
        return plain[_PART]

    def _read(self, size: int) -> bytes:
        return self._socket.recv(size, socket.MSG_WAITALL)


def main() -> None:
    caller = Caller(Target.from_arguments())
    caller.call(ANSWER, 1, 1)
    client = MinimalClient(caller)

    def measure(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        began = cpu()
        client.call(order["loops"], int(order["op"]))
        return {"seconds": cpu() - began}

    Orders({"version": sansio_tl.__version__}).run({"time": measure})


if __name__ == "__main__":
    main()
