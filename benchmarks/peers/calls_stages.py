"""A small call of our `Connection` on a plain socket, taken apart: the CPU time of each stage, where it happens.

Calls of four kinds are mixed:

- whole: nothing else is timed;
- steps: the clock is read between the steps of the loop that a user of the engine writes;
- parts: what the engine does within these steps is done once more just before each of them, part by part, on the same
  bytes. So it finds the caches as the engine does, after another process has run;
- least: the same with what no client can avoid, hashes and cipher.

What reading the clock costs is measured in each call, and subtracted.
"""

from __future__ import annotations

import gc
import os
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from random import Random
from typing import Any, Protocol

from calling import SMALL, Target
from loop import Orders
from ours import MAKE, config

import sansio_tl
from sansio_tl import Connection
from sansio_tl.codec import coder
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.events import ConnectionClosed, ResultReceived
from sansio_tl.framing import Packet
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.mtproto.client.message_filter import RPC_RESULT
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import Message
from sansio_tl.role import Role

READ_SIZE = 1 << 18
WARM_UP = 50
"""Calls before the measured ones, the handshake with them."""
_OUTER = 24
"""Bytes of an envelope before what is encrypted."""
_RESULT_AT = 12
"""Bytes of rpc_result before the result."""


class Stopwatch:
    """Adds up the times of stages, by a clock that is read once between two of them.

    What it reads is only noted and added up later: otherwise the addition would find the caches cold after each wait,
    and warm them for the stage that is timed next.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._noted: list[tuple[str, int]] = []
        self._spent: defaultdict[str, int] = defaultdict(int)
        self._times: defaultdict[str, int] = defaultdict(int)

    def start(self) -> None:
        """The next stage begins. One is timed that does nothing, for what timing costs when it was done just before."""
        self._noted.append(("not counted", self._clock()))
        self.mark("not counted")
        self.mark("nothing")

    def mark(self, stage: str) -> None:
        """The stage ends here, and the next one begins."""
        self._noted.append((stage, self._clock()))

    def add_up(self) -> None:
        """Add what was noted since."""
        for (_, began), (stage, ended) in pairwise(self._noted):
            self._spent[stage] += ended - began
            self._times[stage] += 1
        self._noted.clear()

    def spent(self, calls: int) -> dict[str, float]:
        """The time of each stage in each of so many calls, without the cost of timing it."""
        nothing = self._spent["nothing"] / max(1, self._times["nothing"])
        return {
            stage: (spent - nothing * self._times[stage]) / calls
            for stage, spent in self._spent.items()
            if stage not in ("nothing", "not counted")
        }


Mark = Callable[[str], None]


class Call(Protocol):
    """A call that can be taken apart. Each method that has `mark` calls it after each of its stages."""

    def send(self, mark: Mark | None = None) -> None:
        """Request, and write."""

    def read(self) -> bytes:
        """Wait for bytes."""

    def receive(self, data: bytes, mark: Mark | None = None) -> bool:
        """Process them; whether they had the answer."""

    def parts_of_sending(self, mark: Mark) -> None:
        """What the engine does in `send`, alone."""

    def parts_of_receiving(self, data: bytes, mark: Mark) -> None:
        """What it does in `receive` with these bytes, alone."""

    def least_of_sending(self, mark: Mark) -> None:
        """Hashes and cipher of `send`."""

    def least_of_receiving(self, data: bytes, mark: Mark) -> None:
        """Hashes and cipher of `receive`."""


def time_stages(call: Call, calls: int, clock: Callable[[], int]) -> dict[str, float]:
    """The time of each stage of a call, and of the whole call, by the clock; means of `calls` calls of each kind."""
    watch, draw = Stopwatch(clock), Random("stages")
    kinds: list[Callable[[], None]] = [
        lambda: _time_whole(call, watch),
        lambda: _time_steps(call, watch),
        lambda: _time_parts(call.parts_of_sending, call.parts_of_receiving, call, watch),
        lambda: _time_parts(call.least_of_sending, call.least_of_receiving, call, watch),
    ]
    for _ in range(calls):
        draw.shuffle(kinds)  # every so many calls have something of their own, acknowledgements for one
        for time_one in kinds:
            time_one()
            watch.add_up()
    return watch.spent(calls)


def _time_whole(call: Call, watch: Stopwatch) -> None:
    watch.start()
    call.send()
    while not call.receive(call.read()):
        pass
    watch.mark("whole")


def _time_steps(call: Call, watch: Stopwatch) -> None:
    watch.start()
    call.send(watch.mark)
    answered = False
    while not answered:
        data = call.read()
        watch.mark("read")
        answered = call.receive(data, watch.mark)


def _time_parts(
    sending: Callable[[Mark], None], receiving: Callable[[bytes, Mark], None], call: Call, watch: Stopwatch
) -> None:
    watch.start()
    sending(watch.mark)
    call.send()
    answered = False
    while not answered:
        data = call.read()
        watch.start()
        receiving(data, watch.mark)
        answered = call.receive(data)


class ConnectionCall:
    """help.getNearestDc by a `Connection`."""

    def __init__(self, target: Target) -> None:
        self._epoch = time.time() - time.monotonic()
        self._config = config(target)
        self._connection = Connection(self._config, entropy=os.urandom, now=self._now())
        self._socket = socket.create_connection((target.host, target.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._function = MAKE[SMALL]()
        self._framing = Intermediate(Role.CLIENT, tagged=False)
        """For the parts: it reads and writes packets as that of the connection does."""
        self._own = Intermediate(Role.SERVER, tagged=False)
        """Reads what was sent."""
        self._sent = b""
        for _ in range(WARM_UP):
            self.send()
            while not self.receive(self.read()):
                pass
        self._message, self._packet = self._last_sent()

    def _now(self) -> float:
        return self._epoch + time.monotonic()

    def send(self, mark: Mark | None = None) -> None:
        now = self._now()
        self._connection.invoke(self._function, now=now)
        self._write(now, mark)

    def _write(self, now: float, mark: Mark | None) -> None:
        self._sent = data = self._connection.data_to_send(now=now)
        if mark is not None:
            mark("request")
        if data:
            self._socket.sendall(data)
            if mark is not None:
                mark("write")

    def read(self) -> bytes:
        return self._socket.recv(READ_SIZE)

    def receive(self, data: bytes, mark: Mark | None = None) -> bool:
        now, connection, answered = self._now(), self._connection, False
        connection.receive_data(data, now=now)
        if mark is not None:
            mark("receive_data")
        while (event := connection.next_event()) is not None:
            if isinstance(event, ResultReceived):
                answered = True
            elif isinstance(event, ConnectionClosed):
                raise ConnectionError(f"the connection ended: {event.error}")
        deadline = connection.next_deadline()
        if deadline is not None and deadline <= now:
            connection.handle_deadline(now=now)
        if mark is not None:
            mark("next_event")
        if not answered:
            self._write(now, mark)  # a handshake goes on, or something was asked for
        return answered

    def parts_of_sending(self, mark: Mark) -> None:
        session = self._connection.session
        key = session.auth_key
        if key is None:
            raise ValueError("a connection without a key")
        coder.encode(self._function)
        mark("encode")
        encrypt_message(
            self._message,
            auth_key=key,
            salt=session.salts.current,
            session_id=session.session_id,
            sender=Role.CLIENT,
            entropy=os.urandom,
        )
        mark("encrypt")
        self._framing.send_packet(self._packet)
        self._framing.data_to_send()
        mark("write packet")

    def parts_of_receiving(self, data: bytes, mark: Mark) -> None:
        find_key = self._connection.session.find_key
        self._framing.receive_data(data)
        packets = []
        while (event := self._framing.next_event()) is not None:
            packets.append(event)
        mark("read packet")
        messages = [
            decrypt_message(packet.payload, find_key, Role.SERVER).message
            for packet in packets
            if isinstance(packet, Packet)
        ]
        mark("decrypt")
        results = [message.body for message in self._inner(messages) if message.constructor == RPC_RESULT]
        mark("not counted")
        for body in results:
            coder.decode_result(self._function, body, self._config.limits, start=_RESULT_AT)
        mark("decode")
        # What was sent is the next example. It is read now, so that the cipher is as cold when it is timed.
        if self._sent:
            self._message, self._packet = self._last_sent()

    def _inner(self, messages: list[Message]) -> list[Message]:
        return [
            inner
            for message in messages
            for inner in (split(message.body, self._config.limits) if message.constructor == CONTAINER else (message,))
        ]

    def _last_sent(self) -> tuple[Message, bytes]:
        """The message that was sent last, and its packet."""
        self._own.receive_data(self._sent)
        packet = self._own.next_event()
        while (later := self._own.next_event()) is not None:
            packet = later
        if not isinstance(packet, Packet):
            raise TypeError("no packet was sent")
        return decrypt_message(packet.payload, self._connection.session.find_key, Role.CLIENT).message, packet.payload

    def least_of_sending(self, mark: Mark) -> None:
        text = self._packet[_OUTER:]
        mark("not counted")
        digest = sha256(text).digest() + sha256(text[:52]).digest() + sha256(text[:52]).digest()
        ige_encrypt(text, digest[:32], digest[32:64])
        mark("hashes and cipher, sending")

    def least_of_receiving(self, data: bytes, mark: Mark) -> None:
        text = data[4 + _OUTER : 4 + _OUTER + (len(data) - 4 - _OUTER) // 16 * 16]
        mark("not counted")
        digest = sha256(text[:52]).digest() + sha256(text[:52]).digest()
        sha256(ige_decrypt(text, digest[:32], digest[32:64])).digest()
        mark("hashes and cipher, receiving")


def main() -> None:
    call = ConnectionCall(Target.from_arguments())

    def measure(order: dict[str, Any]) -> dict[str, Any]:
        gc.collect()
        spent = time_stages(call, order["calls"], time.thread_time_ns)
        return {"seconds": {stage: nanoseconds * 1e-9 for stage, nanoseconds in spent.items()}}

    Orders({"version": sansio_tl.__version__}).run({"stages": measure})


if __name__ == "__main__":
    main()
