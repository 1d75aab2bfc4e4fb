"""Our engine without sockets: the cost of a call for the client alone, and for the server alone.

Both ends are run together once, and the bytes that each receives are recorded. Then one end is run again by itself,
with the same entropy, times and received bytes. The same inputs give the same bytes, so only this end is timed.
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
"""Not an engine, but the part that none can avoid."""
NOW = 1_790_000_000.0
TICK = 0.001
"""Seconds between two calls, by the engines' clock."""
WARM_UP = 3
"""Calls before the measured ones: the handshake, and the first messages of a session."""
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

    def invoke(self, function: Function[Any], now: float) -> None: ...
    def data_to_send(self, now: float) -> bytes: ...
    def receive_data(self, data: bytes, now: float) -> int: ...


class ConnectionCaller:
    """A `Connection`, driven as an adapter drives it."""

    def __init__(self) -> None:
        self.engine = Connection(config(TARGET), entropy=Random("client").randbytes, now=NOW)

    def invoke(self, function: Function[Any], now: float) -> None:
        self.engine.invoke(function, now=now)

    def data_to_send(self, now: float) -> bytes:
        return self.engine.data_to_send(now=now)

    def receive_data(self, data: bytes, now: float) -> int:
        """Process data; returns the number of answers."""
        self.engine.receive_data(data, now=now)
        return _answers(self.engine)


class ClientCaller:
    """A `Client` with its connection."""

    def __init__(self) -> None:
        self.engine = Client(client_config(TARGET), entropy=Random("client").randbytes, now=NOW)
        self.connection_id = 0

    def invoke(self, function: Function[Any], now: float) -> None:
        self.engine.invoke(function, now=now)
        while (action := self.engine.next_action()) is not None:
            if isinstance(action, Connect):
                self.connection_id = action.connection_id
                self.engine.connection_made(self.connection_id, now=now)

    def data_to_send(self, now: float) -> bytes:
        return self.engine.data_to_send(self.connection_id, now=now)

    def receive_data(self, data: bytes, now: float) -> int:
        """Process data; returns the number of answers."""
        self.engine.receive_data(self.connection_id, data, now=now)
        return _answers(self.engine)


def _answers(engine: Connection | Client) -> int:
    """Process the events and query the deadline; returns the number of answers."""
    answers = 0
    while (event := engine.next_event()) is not None:
        answers += isinstance(event, ResultReceived)
    engine.next_deadline()
    return answers


class Server:
    """The server's end. It leaves requests that are not in ANSWERS unanswered."""

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


CALLERS: dict[str, Callable[[], Caller]] = {"Connection": ConnectionCaller, "Client": ClientCaller}


class CallPlan(NamedTuple):
    """What is functions_: `calls` calls, each after the answer to the one before, or all at once."""

    name: str
    calls: int
    after: int = 0
    """How many calls were made before, and answered."""
    beside: int = 0
    """How many calls stay unanswered meanwhile."""
    at_once: bool = False

    @property
    def before(self) -> list[list[Function[Any]]]:
        """The steps that are not measured."""
        make = MAKE[self.name]
        waiting: list[Function[Any]] = [functions.help.GetCdnConfig() for _ in range(self.beside)]
        return [*([make()] for _ in range(WARM_UP + self.after)), waiting]

    @property
    def counted(self) -> list[list[Function[Any]]]:
        """The steps that are measured."""
        calls = [MAKE[self.name]() for _ in range(self.calls)]
        return [calls] if self.at_once else [[function] for function in calls]


@dataclass(frozen=True, slots=True)
class Record:
    """What each end received at each step, turn by turn."""

    caller_received: list[list[bytes]]
    server_received: list[list[bytes]]


@cache
def run_both(kind: str, plan: CallPlan) -> Record:
    """Run both ends."""
    caller, server, record = CALLERS[kind](), Server(), Record([], [])
    now, answers = NOW, 0
    for step in (*plan.before, *plan.counted):
        now += TICK
        for function in step:
            caller.invoke(function, now)
        record.caller_received.append([])
        record.server_received.append([])
        while sent := caller.data_to_send(now):
            record.server_received[-1].append(sent)
            received = server.answer(sent, now)
            record.caller_received[-1].append(received)
            answers += caller.receive_data(received, now)
    if answers != WARM_UP + plan.after + plan.calls:
        raise AssertionError(f"{answers} answers arrived")
    return record


def cpu_seconds(job: Callable[[], object]) -> float:
    """CPU seconds of a job."""
    gc.collect()
    began = process_time()
    job()
    return process_time() - began


Measure = Callable[[Callable[[], object]], float]


def time_caller(kind: str, plan: CallPlan, measure: Measure = cpu_seconds) -> float:
    """CPU seconds of the client's end."""
    received = run_both(kind, plan).caller_received
    caller, before, counted = CALLERS[kind](), plan.before, plan.counted

    def run(steps: list[list[Function[Any]]], received: list[list[bytes]], now: float) -> float:
        for step, pieces in zip(steps, received, strict=True):
            now += TICK
            for function in step:
                caller.invoke(function, now)
            for piece in pieces:
                caller.data_to_send(now)
                caller.receive_data(piece, now)
            caller.data_to_send(now)
        return now

    now = run(before, received[: len(before)], NOW)
    return measure(lambda: run(counted, received[len(before) :], now))


def time_server(kind: str, plan: CallPlan) -> float:
    """CPU seconds of the data center's end."""
    received = run_both(kind, plan).server_received
    server, before = Server(), len(plan.before)

    def run(received: list[list[bytes]], now: float) -> float:
        for pieces in received:
            now += TICK
            for piece in pieces:
                server.answer(piece, now)
        return now

    now = run(received[:before], NOW)
    return cpu_seconds(lambda: run(received[before:], now))


def time_ciphers(plan: CallPlan) -> float:
    """CPU seconds of the hashes and the cipher for the bytes that a `Connection` sends and receives."""
    record, before = run_both("Connection", plan), len(plan.before)
    key = bytes(256)
    sent, received = (
        [bytes(len(piece) // 16 * 16) for pieces in received[before:] for piece in pieces]
        for received in (record.server_received, record.caller_received)
    )

    def run() -> None:
        for text in sent:
            msg_key = message_key_large(key, text, Role.CLIENT)[8:24]
            ige_encrypt(text, *aes_key_iv(key, msg_key, Role.CLIENT))
        for text in received:
            plain = ige_decrypt(text, *aes_key_iv(key, bytes(16), Role.SERVER))
            message_key_large(key, plain, Role.SERVER)

    return cpu_seconds(run)


def time(order: dict[str, Any]) -> dict[str, Any]:
    """`op` names the engine; the suffix `server` selects the server's end."""
    plan = CallPlan(order["name"], order["loops"])
    if order["op"] == LEAST:
        return {"seconds": time_ciphers(plan)}
    kind, _, end = order["op"].partition(" ")
    return {"seconds": (time_server if end == "server" else time_caller)(kind, plan)}


def grow(order: dict[str, Any]) -> dict[str, Any]:
    """Seconds for each call of any plan."""
    plan = CallPlan(**order["plan"])
    return {"seconds": time_caller(order["kind"], plan) / plan.calls}


if __name__ == "__main__":
    Orders({"version": sansio_tl.__version__}).run({"time": time, "grow": grow})
