"""Our engine without sockets: what a call costs the client alone, and what it costs the server.

Both ends are run together once, and what each hears is written down. Then one end is run again by itself, with the same
entropy and the same times. As the same inputs give the same bytes it cannot tell the difference, and nothing but it is
on the clock.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from time import process_time
from typing import Any, NamedTuple, Protocol

from calling import PART, Target
from loop import Orders
from ours import MAKE, client_config, config

import sansio_tl
from sansio_tl import Client, Connection, functions, types
from sansio_tl.client import Connect
from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection
from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.kdf import aes_key_iv, message_key_large
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.events import RequestReceived, ResultReceived
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function

LEAST = "hashes and cipher"
"""Not an engine, but what none can do without."""
NOW = 1_790_000_000.0
TICK = 0.001
"""Seconds between two calls, by the engines' clock."""
WARM_UP = 3
"""Calls before those that count: the handshake, and what a session says first."""
RSA = RsaPrivateKey.generate(Random("rsa").randbytes)
TARGET = Target("192.0.2.1", 443, RSA.public_key.to_pem())
PATIENT = Limits(max_unacked_responses=1 << 16)
"""A server remembers fewer requests by default than this measures."""
ANSWERS: dict[type, object] = {
    functions.help.GetNearestDc: types.NearestDc("NL", 2, 2),
    functions.upload.GetFile: types.upload.File(types.storage.FilePartial(), 1_700_000_000, PART),
    functions.upload.SaveFilePart: True,
}


class Caller(Protocol):
    """A client's end."""

    def ask(self, function: Function[Any], now: float) -> None: ...
    def say(self, now: float) -> bytes: ...
    def hear(self, data: bytes, now: float) -> int: ...


class Link:
    """A `Connection`, driven as an adapter drives it."""

    def __init__(self) -> None:
        self.engine = Connection(config(TARGET), entropy=Random("client").randbytes, now=NOW)

    def ask(self, function: Function[Any], now: float) -> None:
        self.engine.invoke(function, now=now)

    def say(self, now: float) -> bytes:
        return self.engine.data_to_send(now=now)

    def hear(self, data: bytes, now: float) -> int:
        """How many answers came."""
        self.engine.receive_data(data, now=now)
        return _answers(self.engine)


class Account:
    """A `Client` with its link."""

    def __init__(self) -> None:
        self.engine = Client(client_config(TARGET), entropy=Random("client").randbytes, now=NOW)
        self.link = 0

    def ask(self, function: Function[Any], now: float) -> None:
        self.engine.invoke(function, now=now)
        while (action := self.engine.next_action()) is not None:
            if isinstance(action, Connect):
                self.link = action.connection_id
                self.engine.connection_made(self.link, now=now)

    def say(self, now: float) -> bytes:
        return self.engine.data_to_send(self.link, now=now)

    def hear(self, data: bytes, now: float) -> int:
        """How many answers came."""
        self.engine.receive_data(self.link, data, now=now)
        return _answers(self.engine)


def _answers(engine: Connection | Client) -> int:
    """Take the events, and ask when to come back."""
    answers = 0
    while (event := engine.next_event()) is not None:
        answers += isinstance(event, ResultReceived)
    engine.next_deadline()
    return answers


class Answerer:
    """The data center's end. What it has no answer for it leaves unanswered."""

    def __init__(self) -> None:
        settings = ServerConfig(private_keys=(RSA,), limits=PATIENT)
        self.engine = ServerConnection(settings, KeyStore(), entropy=Random("server").randbytes, now=NOW)

    def answer(self, data: bytes, now: float) -> bytes:
        engine = self.engine
        engine.receive_data(data, now=now)
        while (event := engine.next_event()) is not None:
            if isinstance(event, RequestReceived):
                answer = ANSWERS.get(type(event.request.query))
                if answer is not None:
                    engine.send_result(event.request, answer, now=now)
        engine.next_deadline()
        return engine.data_to_send(now=now)


CALLERS: dict[str, Callable[[], Caller]] = {"Connection": Link, "Client": Account}


class Story(NamedTuple):
    """What is asked: `calls` calls, each after the answer to the one before, or all at once."""

    name: str
    calls: int
    after: int = 0
    """How many calls were made before, and answered."""
    beside: int = 0
    """How many calls wait meanwhile for answers that do not come."""
    at_once: bool = False

    @property
    def before(self) -> list[list[Function[Any]]]:
        """The steps that do not count."""
        make = MAKE[self.name]
        waiting: list[Function[Any]] = [functions.help.GetCdnConfig() for _ in range(self.beside)]
        return [*([make()] for _ in range(WARM_UP + self.after)), waiting]

    @property
    def counted(self) -> list[list[Function[Any]]]:
        """The steps that do."""
        asked = [MAKE[self.name]() for _ in range(self.calls)]
        return [asked] if self.at_once else [[function] for function in asked]


@dataclass(frozen=True, slots=True)
class Record:
    """What each end heard at each step, turn by turn."""

    caller_heard: list[list[bytes]]
    answerer_heard: list[list[bytes]]


@cache
def rehearse(kind: str, story: Story) -> Record:
    """Run both ends."""
    caller, answerer, record = CALLERS[kind](), Answerer(), Record([], [])
    now, answers = NOW, 0
    for step in (*story.before, *story.counted):
        now += TICK
        for function in step:
            caller.ask(function, now)
        record.caller_heard.append([])
        record.answerer_heard.append([])
        while said := caller.say(now):
            record.answerer_heard[-1].append(said)
            heard = answerer.answer(said, now)
            record.caller_heard[-1].append(heard)
            answers += caller.hear(heard, now)
    if answers != WARM_UP + story.after + story.calls:
        raise AssertionError(f"{answers} answers came")
    return record


def cpu_seconds(job: Callable[[], object]) -> float:
    """What a job takes."""
    gc.collect()
    began = process_time()
    job()
    return process_time() - began


Measure = Callable[[Callable[[], object]], float]


def time_caller(kind: str, story: Story, measure: Measure = cpu_seconds) -> float:
    """What the client's end takes."""
    heard = rehearse(kind, story).caller_heard
    caller, before, counted = CALLERS[kind](), story.before, story.counted

    def run(steps: list[list[Function[Any]]], heard: list[list[bytes]], now: float) -> float:
        for step, pieces in zip(steps, heard, strict=True):
            now += TICK
            for function in step:
                caller.ask(function, now)
            for piece in pieces:
                caller.say(now)
                caller.hear(piece, now)
            caller.say(now)
        return now

    now = run(before, heard[: len(before)], NOW)
    return measure(lambda: run(counted, heard[len(before) :], now))


def time_answerer(kind: str, story: Story) -> float:
    """CPU seconds of the data center's end."""
    heard = rehearse(kind, story).answerer_heard
    answerer, before = Answerer(), len(story.before)

    def run(heard: list[list[bytes]], now: float) -> float:
        for pieces in heard:
            now += TICK
            for piece in pieces:
                answerer.answer(piece, now)
        return now

    now = run(heard[:before], NOW)
    return cpu_seconds(lambda: run(heard[before:], now))


def time_ciphers(story: Story) -> float:
    """CPU seconds of the hashes and the cipher for what a `Connection` says and hears, and of nothing else."""
    record, before = rehearse("Connection", story), len(story.before)
    key = bytes(256)
    said, heard = (
        [bytes(len(piece) // 16 * 16) for pieces in heard[before:] for piece in pieces]
        for heard in (record.answerer_heard, record.caller_heard)
    )

    def run() -> None:
        for text in said:
            msg_key = message_key_large(key, text, Role.CLIENT)[8:24]
            ige_encrypt(text, *aes_key_iv(key, msg_key, Role.CLIENT))
        for text in heard:
            plain = ige_decrypt(text, *aes_key_iv(key, bytes(16), Role.SERVER))
            message_key_large(key, plain, Role.SERVER)

    return cpu_seconds(run)


def time(order: dict[str, Any]) -> dict[str, Any]:
    """`op` says which engine, and `server` for the other end of it."""
    story = Story(order["name"], order["loops"])
    if order["op"] == LEAST:
        return {"seconds": time_ciphers(story)}
    kind, _, end = order["op"].partition(" ")
    return {"seconds": (time_answerer if end == "server" else time_caller)(kind, story)}


def grow(order: dict[str, Any]) -> dict[str, Any]:
    """Seconds for each call of any story."""
    story = Story(**order["story"])
    return {"seconds": time_caller(order["kind"], story) / story.calls}


if __name__ == "__main__":
    Orders({"version": sansio_tl.__version__}).obey({"time": time, "grow": grow})
