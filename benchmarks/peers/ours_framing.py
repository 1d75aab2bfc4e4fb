"""sansio_tl's framings: a client's end writes, the server's end, which detects the framing, reads."""

from __future__ import annotations

import os
from random import Random

from framing import Job, serve
from ours_web_proxy import MODES, WebPath
from ours_web_proxy import SECRET as WEB_SECRET

import sansio_tl
from sansio_tl.framing import HELLO_PROFILES, AutoDetectFraming, Framing, Packet, ProxySecret, client_framing
from sansio_tl.limits import Limits
from sansio_tl.role import Role

NOW = 1_790_000_000.0
SECRET = ProxySecret.parse("ee" + "0123456789abcdef" * 2 + b"example.com".hex())

FAKE_TLS = {"fake TLS": HELLO_PROFILES["browser"], "fake TLS, short hello": HELLO_PROFILES["short"]}
"""The short hello has smaller records."""


def client(name: str) -> Framing:
    hello = FAKE_TLS.get(name)
    secret = None if hello is None else SECRET
    inside = name if hello is None else "obfuscated padded"
    make = client_framing(
        inside,
        entropy=os.urandom,
        now=NOW,
        host="localhost",
        secret=secret,
        tls_hello=hello or HELLO_PROFILES["browser"],
    )
    return make(Role.CLIENT, Limits())


def server(entropy: int = 0) -> Framing:
    return AutoDetectFraming(entropy=Random(entropy).randbytes, secrets=(SECRET,), now=NOW)


def opened(name: str) -> tuple[Framing, bytes]:
    """A client that may write packets, and what it has opening until then."""
    sender, other = client(name), server()
    opening = b""
    if name == "websocket" or name in FAKE_TLS:
        opening = sender.data_to_send()
        other.receive_data(opening)
        sender.receive_data(other.data_to_send())
    return sender, opening


class Ours:
    """Both ends."""

    def write(self, framing: str, payload: bytes, count: int) -> Job:
        sender, _ = opened(framing)

        def job() -> int:
            for _ in range(count):
                sender.send_packet(payload)
                sender.data_to_send()
            return count

        return job

    def written(self, framing: str, payload: bytes, count: int) -> list[bytes]:
        sender, opening = opened(framing)
        pieces = []
        for _ in range(count):
            sender.send_packet(payload)
            pieces.append(sender.data_to_send())
        return [opening + pieces[0], *pieces[1:]]

    def read(self, framing: str, pieces: list[bytes]) -> Job:
        receiver = server()

        def job() -> int:
            done = 0
            for piece in pieces:
                receiver.receive_data(piece)
                while receiver.next_event() is not None:
                    done += 1
            return done

        return job

    def _exchange_by_web_proxy(self, name: str, payload: bytes, count: int) -> Job:
        path = WebPath(name, NOW)
        make = client_framing("obfuscated", entropy=os.urandom, now=NOW, secret=WEB_SECRET)
        one, other = make(Role.CLIENT, Limits()), AutoDetectFraming(entropy=os.urandom, secrets=(WEB_SECRET,), now=NOW)

        def job() -> int:
            done = 0
            for _ in range(count):
                one.send_packet(payload)
                other.receive_data(path.to_server(one.data_to_send()))
                while isinstance(other.next_event(), Packet):
                    other.send_packet(payload)
                one.receive_data(path.to_client(other.data_to_send()))
                while isinstance(one.next_event(), Packet):
                    done += 1
            return done

        return job

    def exchange(self, framing: str, payload: bytes, count: int) -> Job:
        if framing in MODES:
            return self._exchange_by_web_proxy(framing, payload, count)
        one, _ = opened(framing)
        other = server()

        def job() -> int:
            done = 0
            for _ in range(count):
                one.send_packet(payload)
                other.receive_data(one.data_to_send())
                while isinstance(other.next_event(), Packet):
                    other.send_packet(payload)
                one.receive_data(other.data_to_send())
                while isinstance(one.next_event(), Packet):
                    done += 1
            return done

        return job


if __name__ == "__main__":
    serve({"version": sansio_tl.__version__, "layer": sansio_tl.LAYER}, Ours())
