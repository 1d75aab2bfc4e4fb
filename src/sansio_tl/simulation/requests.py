"""The requests of a simulation, each with its expected answer and its state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from sansio_tl import functions, types
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function

_WORD = "errand"
"""The first word of numbered queries and answers. It is part of the bytes on the wire: do not change it."""
_DEMAND = "demand"
"""The first word of queries outside the list of requests."""


class RequestStatus(Enum):
    """The state of a request, as its sender knows it."""

    WAITING = "waiting"
    ANSWERED = "answered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    """Its sender has ended."""


class Arrival(NamedTuple):
    """A data center has received a request."""

    dc_id: int
    memory: int
    """How often the data center had lost its sessions before."""
    msg_id: int


class Execution(NamedTuple):
    """A data center has executed a request."""

    at: float
    """True time."""
    dc_id: int
    key_id: bytes
    session_id: int
    memory: int
    """How often the data center had lost its sessions before."""
    msg_id: int


@dataclass(eq=False, slots=True)
class SimRequest:
    """One request."""

    number: int
    client_name: str
    function: Function[Any]
    answer: object
    """The answer of every data center that executes it."""
    after: SimRequest | None = None
    """The request that must be executed before."""
    quick_ack: bool = False
    dc_id: int | None = None
    """The data center to which it is sent; None for the home data center."""
    belongs_to: int | None = None
    """The only data center that executes it; None for any."""
    rpc_errors: list[RpcError] = field(default_factory=list)
    """The errors that are answered before it is executed, one after another."""
    takes: float = 0.0
    """Seconds for which a data center works on it."""
    needs_login: bool = False
    state: RequestStatus = RequestStatus.WAITING
    executions: list[Execution] = field(default_factory=list)
    client_event: set[str] = field(default_factory=set)
    """Texts of the errors that data centers have answered."""
    odd_answers: list[object] = field(default_factory=list)
    """The answers of a malicious data center."""
    arrivals: list[Arrival] = field(default_factory=list)
    """Every time that a data center has received it, answered or not."""

    def __repr__(self) -> str:
        return f"request {self.number} of {self.client_name}"

    @property
    def settled(self) -> bool:
        """Whether it has an outcome."""
        return self.state is not RequestStatus.WAITING


def question(number: int, size: int) -> Function[Any]:
    """A query of about `size` bytes that carries the number of its request."""
    return functions.help.GetDeepLinkInfo(path=f"{_WORD} {number} {'?' * size}")


def reply(number: int, token: int, size: int) -> types.help.DeepLinkInfo:
    """An answer of about `size` bytes that cannot be guessed."""
    return types.help.DeepLinkInfo(message=f"{_WORD} {number} {token:x} {'!' * size}")


def question_of_config(number: int) -> Function[Any]:
    """help.getConfig, wrapped in a query that carries the number of its request."""
    numbered = types.MessageRange(min_id=number, max_id=0)
    return functions.InvokeWithMessagesRange(range=numbered, query=functions.help.GetConfig())


def demand(size: int) -> Function[Any]:
    """A query outside the list of requests, with an answer of about `size` bytes."""
    return functions.help.GetDeepLinkInfo(path=f"{_DEMAND} {size} ")


def size_demanded(query: object) -> int | None:
    """The size of the answer to such a query."""
    if isinstance(query, functions.help.GetDeepLinkInfo) and query.path.startswith(_DEMAND):
        return int(query.path.split(" ", 2)[1])
    return None


def number_of(query: object, wrappers: Iterable[object] = ()) -> int | None:
    """The number in a query; None if it has none."""
    for wrapper in wrappers:
        if isinstance(wrapper, functions.InvokeWithMessagesRange) and isinstance(wrapper.range, types.MessageRange):
            return wrapper.range.min_id
    if isinstance(query, functions.help.GetDeepLinkInfo):
        word, number, _ = query.path.split(" ", 2)
        return int(number) if word == _WORD else None
    if isinstance(query, functions.auth.ImportBotAuthorization):
        return int(query.bot_auth_token)
    return None
