"""Errands: the requests of a simulation, each with what it is to be answered and what has become of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from sansio_tl import functions, types
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function

_WORD = "errand"
_DEMAND = "demand"


class RequestStatus(Enum):
    """What has become of an errand, as the one who sent it knows."""

    WAITING = "waiting"
    ANSWERED = "answered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    """Whoever sent it is gone."""


class Arrival(NamedTuple):
    """A data center has seen an errand."""

    dc_id: int
    memory: int
    """How often the data center had lost its memory of sessions before."""
    msg_id: int


class Execution(NamedTuple):
    """A data center has done an errand."""

    at: float
    """True time."""
    dc_id: int
    key_id: bytes
    session_id: int
    memory: int
    """How often the data center had lost its memory of sessions before."""
    msg_id: int


@dataclass(eq=False, slots=True)
class SimRequest:
    """One request."""

    number: int
    who: str
    function: Function[Any]
    answer: object
    """What every data center that does it answers."""
    after: SimRequest | None = None
    """The errand that must be done before."""
    quick_ack: bool = False
    dc_id: int | None = None
    """Where it is asked; None for the main data center."""
    belongs_to: int | None = None
    """The only data center that does it; None for any."""
    refusals: list[RpcError] = field(default_factory=list)
    """What is answered before it is done, one after another."""
    takes: float = 0.0
    """How long a data center works on it, in seconds."""
    needs_login: bool = False
    state: RequestStatus = RequestStatus.WAITING
    executions: list[Execution] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    """Texts of the errors that data centers have answered."""
    odd_answers: list[object] = field(default_factory=list)
    """What a malicious data center has answered instead."""
    arrivals: list[Arrival] = field(default_factory=list)
    """Every time that a data center has seen it, answered it or not."""

    def __repr__(self) -> str:
        return f"errand {self.number} of {self.who}"

    @property
    def settled(self) -> bool:
        """Whether nobody waits for it."""
        return self.state is not RequestStatus.WAITING


def question(number: int, size: int) -> Function[Any]:
    """A request of about `size` bytes that says which errand it is."""
    return functions.help.GetDeepLinkInfo(path=f"{_WORD} {number} {'?' * size}")


def reply(number: int, token: int, size: int) -> types.help.DeepLinkInfo:
    """An answer of about `size` bytes that nobody can guess."""
    return types.help.DeepLinkInfo(message=f"{_WORD} {number} {token:x} {'!' * size}")


def question_of_config(number: int) -> Function[Any]:
    """help.getConfig, wrapped in something that says which errand it is."""
    numbered = types.MessageRange(min_id=number, max_id=0)
    return functions.InvokeWithMessagesRange(range=numbered, query=functions.help.GetConfig())


def demand(size: int) -> Function[Any]:
    """A request that is nobody's errand and has an answer of about `size` bytes."""
    return functions.help.GetDeepLinkInfo(path=f"{_DEMAND} {size} ")


def size_demanded(query: object) -> int | None:
    """How large the answer to a request is that is nobody's errand."""
    if isinstance(query, functions.help.GetDeepLinkInfo) and query.path.startswith(_DEMAND):
        return int(query.path.split(" ", 2)[1])
    return None


def number_of(query: object, wrappers: Iterable[object] = ()) -> int | None:
    """Which errand a request is; None for one that is not an errand."""
    for wrapper in wrappers:
        if isinstance(wrapper, functions.InvokeWithMessagesRange) and isinstance(wrapper.range, types.MessageRange):
            return wrapper.range.min_id
    if isinstance(query, functions.help.GetDeepLinkInfo):
        word, number, _ = query.path.split(" ", 2)
        return int(number) if word == _WORD else None
    if isinstance(query, functions.auth.ImportBotAuthorization):
        return int(query.bot_auth_token)
    return None
