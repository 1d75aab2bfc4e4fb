"""What `sansio-tl serve` prints: lines for a person, or with --json one object a line for a program."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol, TypeAlias, TypeGuard

from sansio_tl.errors import MethodInvalid, RpcError
from sansio_tl.testing import CodeSent, DataCenter, DataCenterEvent, LoggedIn, LoggedOut
from sansio_tl.testing.events import (
    AccountDeleted,
    AddressVerified,
    ConnectionEnded,
    DeletionRequested,
    DeletionStopped,
    MailSent,
    OtherLayer,
    PasswordChanged,
    PhoneNumberChanged,
    PhoneNumberVerified,
    RequestServed,
    SignedUp,
)
from sansio_tl.testing.handlers.registry import HANDLERS
from sansio_tl_transports._shared.acceptor import Server
from sansio_tl_transports._shared.escape_text import shortened, visible
from sansio_tl_transports.cli.next_steps import ADAPTERS, TITLES, address, login_command, program, sandbox_number


@dataclass(frozen=True, slots=True)
class Listening:
    """A data center that is served."""

    data_center: DataCenter
    server: Server

    @property
    def dc_id(self) -> int:
        """Its number."""
        return self.data_center.config.dc_id

    @property
    def fingerprint(self) -> str:
        """Of its key, in hexadecimal."""
        return f"{self.data_center.public_key.fingerprint & (1 << 64) - 1:016x}"


class ServeOutput(Protocol):
    """What is printed when."""

    def listening(self, listening: Listening) -> None:
        """One data center listens."""

    def ready(self, all_listening: Sequence[Listening], instructions: Instructions) -> None:
        """All of them listen."""

    def event(self, event: DataCenterEvent) -> None:
        """An event of one of them."""

    def closed(self) -> None:
        """All of them are closed."""


class TextOutput:
    """For a person."""

    def __init__(self, write: Callable[[str], None], *, verbose: bool = False) -> None:
        """`write` prints one line; `verbose` prints each request."""
        self._write = write
        self._verbose = verbose
        self._missing: set[str] = set()
        """Methods without a handler that were called."""

    @staticmethod
    def dropped(count: int) -> str:
        """The line about lines that were dropped."""
        return f"{count} lines were dropped, because nothing had read the output"

    def listening(self, listening: Listening) -> None:
        """Print number, key and addresses."""
        self._print(f"data center {listening.dc_id}, key {listening.fingerprint}")
        if listening.server.tls_address is not None:
            self._print(f"TLS on {address(listening.server.tls_address)}")
        self._print(f"listening on {address(listening.server.address)}")

    def ready(self, all_listening: Sequence[Listening], instructions: Instructions) -> None:
        """Print how to log in."""
        first = all_listening[0]
        for line in (*missing_framings(), *instructions.lines(first.server.address, first.dc_id)):
            self._print(line)

    def event(self, event: DataCenterEvent) -> None:
        """Print a line, if there is one for this event."""
        if (line := line_of(event, verbose=self._verbose)) is not None:
            self._print(line)
        if is_unimplemented(event) and event.method not in self._missing:
            self._missing.add(event.method)
            self._print(
                f"{event.method} is not implemented here, where only logins are. A test sets its answer:"
                f' data_center.answer("{event.method}", ...), with the pytest fixture data_center'
            )

    def closed(self) -> None:
        """Print that it ends."""
        self._print("closed")

    def _print(self, line: str) -> None:
        self._write(visible(shortened(line)))


class JsonOutput:
    """For a program: JSON objects, one a line, the first when all data centers listen."""

    def __init__(self, write: Callable[[str], None], *, verbose: bool = False) -> None:
        """`write` prints one line; `verbose` prints each request."""
        self._write = write
        self._verbose = verbose

    @staticmethod
    def dropped(count: int) -> str:
        """The line about lines that were dropped."""
        return json.dumps({"event": "dropped", "events": count})

    def listening(self, listening: Listening) -> None:
        """Print nothing yet."""

    def ready(self, all_listening: Sequence[Listening], instructions: Instructions) -> None:
        """Print addresses, key and process."""
        first = all_listening[0]
        number, code = instructions.login(first.dc_id)
        self._print(
            event="listening",
            pid=os.getpid(),
            address=address(first.server.address),
            dc_id=first.dc_id,
            public_key=first.data_center.public_key.to_pem(),
            key_file=str(instructions.public_key.absolute()),
            key_fingerprint=first.fingerprint,
            phone_number=number,
            code=code,
            data_centers=[
                {
                    "dc_id": each.dc_id,
                    "address": address(each.server.address),
                    "tls_address": None if each.server.tls_address is None else address(each.server.tls_address),
                }
                for each in all_listening
            ],
        )

    def event(self, event: DataCenterEvent) -> None:
        """Print an event with its fields."""
        if isinstance(event, ConnectionEnded) or (isinstance(event, RequestServed) and not self._verbose):
            return
        values = {each.name: _plain(getattr(event, each.name)) for each in dataclasses.fields(event)}
        values.pop("query", None)
        self._print(event=re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower(), **values)

    def closed(self) -> None:
        """Print that it ends."""
        self._print(event="closed")

    def _print(self, **values: object) -> None:
        self._write(json.dumps(values))


def _plain(value: object) -> object:
    """A field of an event as JSON has it; a long text is shortened, as in the lines for a person."""
    if isinstance(value, RpcError):
        return {"code": value.code, "text": shortened(value.text)}
    if isinstance(value, Enum):
        return value.name.lower()
    return value if isinstance(value, int | float) or value is None else shortened(str(value))


@dataclass(frozen=True, slots=True)
class Instructions:
    """How to log in at the first data center."""

    public_key: Path
    """The file with its key."""
    number: str | None = field(default=None, repr=False)
    """The number of the first option --account; None for a test number."""
    adapter: str = ADAPTERS[0]
    """The adapter of the program to print."""

    def lines(self, pair: tuple[str, int], dc_id: int) -> Iterator[str]:
        """The lines to print."""
        number, code = self.login(dc_id)
        key = self.public_key.absolute()
        yield f"log in: {login_command(pair, key, dc_id, number)}"
        if code is None:
            yield f"The codes of {number} are printed here."
        else:
            yield f"The code of {number} is {code}. Any other number works, too: its codes are printed here."
        others = " or ".join(f"--python {name}" for name in ADAPTERS if name != self.adapter)
        yield f"A program that logs in, with {TITLES[self.adapter]} ({others} prints another one):"
        yield ""
        yield from program(self.adapter, pair, key, dc_id).splitlines()  # not indented: it is copied into a file
        yield ""

    def login(self, dc_id: int) -> tuple[str, str | None]:
        """A number to log in with, and its code if it is always the same."""
        return sandbox_number(dc_id) if self.number is None else (self.number, None)


def missing_framings() -> Iterator[str]:
    """A line for each framing whose library is not installed: its clients are refused."""
    for framing, extra, library in (("HTTP", "http", "h11"), ("WebSocket", "websocket", "wsproto")):
        if importlib.util.find_spec(library) is None:
            yield f"Clients that use {framing} are refused: {library} is not installed (the extra {extra} brings it)."


_OfUser: TypeAlias = (
    SignedUp
    | LoggedIn
    | LoggedOut
    | PhoneNumberChanged
    | PhoneNumberVerified
    | AddressVerified
    | DeletionStopped
    | AccountDeleted
)
_OF_USERS: Mapping[type[_OfUser], str] = {
    SignedUp: "signed up",
    LoggedIn: "logged in",
    LoggedOut: "logged out",
    PhoneNumberChanged: "has another phone number",
    PhoneNumberVerified: "verified a phone number",
    AddressVerified: "verified an e-mail address",
    DeletionStopped: "stopped the deletion of the account",
    AccountDeleted: "is deleted",
}
"""What has happened to the user of an event."""


def line_of(event: DataCenterEvent, *, verbose: bool = False) -> str | None:
    """The line to print for an event; None for none."""
    if isinstance(event, _OfUser):
        return f"user {event.user_id} {_OF_USERS[type(event)]}"
    match event:
        case CodeSent():
            return f"code {event.code} for +{event.phone_number} by {event.via.name.lower().replace('_', ' ')}"
        case MailSent():
            return f"code {event.code} mailed to {event.address}"
        case PasswordChanged():
            return f"user {event.user_id} has {'a new' if event.is_set else 'no'} password"
        case DeletionRequested():
            return f"user {event.user_id} will be deleted; the hash that stops it is {event.hash}"
        case OtherLayer():
            return (
                f"a client of layer {event.layer} is served in layer {event.served}, the nearest one;"
                " --schema FILE serves it in its own"
            )
        case RequestServed() if verbose:
            return f"{event.method}: {'answered' if event.error is None else _shown(event.error)}"
    return None


def _shown(error: RpcError) -> str:
    """Its code and its text without an explanation."""
    return f"{error.code} {error.text.partition(': ')[0]}"


def is_unimplemented(event: DataCenterEvent) -> TypeGuard[RequestServed]:
    """Whether a request got METHOD_INVALID because the data center has neither a handler nor an answer for it."""
    return (
        isinstance(event, RequestServed)
        and isinstance(event.error, MethodInvalid)
        and type(event.query) not in HANDLERS
    )


def entry_of(event: RequestServed, at: float) -> str:
    """A request as a JSON object on one line; secrets are hidden as in its repr, and long texts are cut."""
    error = None if event.error is None else shortened(f"{event.error.code} {event.error.text}")
    query = shortened(repr(event.query))
    return json.dumps({"at": round(at, 3), "method": event.method, "query": query, "error": error})
