"""pyMTProto's framings. With the argument `cryptography` its AES-CTR is that of the library which we use."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from framing import Job, serve
from mtproto import ConnectionRole
from mtproto.transport import Connection, buffer, transports
from mtproto.transport.packets import MessagePacket
from mtproto.transport.transports import base_transport

FRAMINGS = {
    "abridged": (transports.AbridgedTransport, False),
    "intermediate": (transports.IntermediateTransport, False),
    "padded": (transports.PaddedIntermediateTransport, False),
    "full": (transports.FullTransport, False),
    "obfuscated abridged": (transports.AbridgedTransport, True),
    "obfuscated": (transports.IntermediateTransport, True),
    "obfuscated padded": (transports.PaddedIntermediateTransport, True),
    "http": (transports.HttpTransport, False),
}


class Streams:
    """AES-CTR of `cryptography` with the interface of tgcrypto: a stream continues if its state is the same object."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, bytearray]] = {}

    def __call__(self, data: bytes, key: bytes, iv: bytes, state: bytearray) -> bytes:
        found = self._known.get(id(state))
        if found is None:
            stream = Cipher(algorithms.AES(bytes(key)), modes.CTR(bytes(iv))).encryptor()
            found = self._known[id(state)] = stream, state  # the state is kept, so that its id stays its own
        written: bytes = found[0].update(data)
        return written


def client(framing: str) -> Any:
    transport, obfuscated = FRAMINGS[framing]
    return Connection(ConnectionRole.CLIENT, transport, obfuscated)


class Theirs:
    """Both ends."""

    def write(self, framing: str, payload: bytes, count: int) -> Job:
        connection = client(framing)
        packet = MessagePacket.parse(payload)
        connection.send(None)

        def job() -> int:
            for _ in range(count):
                connection.send(packet)
            return count

        return job

    def written(self, framing: str, payload: bytes, count: int) -> list[bytes]:
        connection = client(framing)
        packet = MessagePacket.parse(payload)
        return [bytes(connection.send(packet)) for _ in range(count)]

    def read(self, framing: str, pieces: list[bytes]) -> Job:
        del framing
        connection: Any = Connection(ConnectionRole.SERVER)

        def job() -> int:
            done = 0
            for piece in pieces:
                connection.data_received(piece)
                while isinstance(connection.next_event(), MessagePacket):
                    done += 1
            return done

        return job

    def exchange(self, framing: str, payload: bytes, count: int) -> Job:
        one, other = client(framing), Connection(ConnectionRole.SERVER)
        packet = MessagePacket.parse(payload)

        def job() -> int:
            done = 0
            for _ in range(count):
                other.data_received(one.send(packet))
                while isinstance(other.next_event(), MessagePacket):
                    one.data_received(other.send(packet))
                    while isinstance(one.next_event(), MessagePacket):
                        done += 1
            return done

        return job


if __name__ == "__main__":
    about = {"version": version("mtproto"), "layer": 0}
    if sys.argv[1:] == ["cryptography"]:
        streams = Streams()
        buffer.ctr256_encrypt = buffer.ctr256_decrypt = base_transport.ctr256_encrypt = streams
    serve(about, Theirs())
