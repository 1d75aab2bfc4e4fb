"""A story on loopback: ``python -m sansio_tl_transports.cli.demo``, or ``make demo``.

A data center opens on a port of this machine. Through each of the three adapters a person logs in (a wrong code, the
right one, a wrong password, too fast a second try, the right password), moves to another phone number and logs out.
What is printed is what happened; the first thing that does not happen as it must ends the demo with exit status 1.

The plot is written once, as a generator: it says what is to be done over a link, and each adapter does it in its way.
"""

from __future__ import annotations

import asyncio as stdlib_asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar

from sansio_tl import LAYER, AuthKey, Config, Function, auth, errors, functions, types
from sansio_tl.testing import CodeSent, DataCenter, DataCenterConfig, DataCenterEvent, RequestServed
from sansio_tl_transports import asyncio, sync

R = TypeVar("R")

WRONG_PASSWORD = "swordfish"  # noqa: S105  a story needs one
PASSWORD = "correct horse battery staple"  # noqa: S105
FLOOD_WAIT = 1


class NotAsTold(Exception):
    """Something went otherwise than the story says."""


# --- the stage ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunFlow:
    """To be done over the link: go on with a flow until somebody must act."""

    flow: auth.Flow[Any]


@dataclass(frozen=True, slots=True)
class SendRequest:
    """To be done over the link: one request. The plot is sent its result, or the RpcError."""

    function: Function[Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """To be done: wait."""

    seconds: float


Plot: TypeAlias = "Generator[RunFlow | SendRequest | Pause, Any, None]"


class AsyncLink(Protocol):
    """What the links of sansio_tl_transports.asyncio and sansio_tl_transports.trio have in common."""

    async def invoke(self, function: Function[R]) -> R:
        """Send a request and wait for its result."""
        ...

    async def run(self, flow: auth.Flow[Any]) -> int | None:
        """Do what the flow asks."""
        ...


@dataclass
class Printer:
    """What the story is printed on: in colour on a terminal, plain elsewhere."""

    colour: bool = field(default_factory=lambda: sys.stdout.isatty() and "NO_COLOR" not in os.environ)

    def title(self, text: str) -> None:
        """The head of a chapter."""
        print(f"\n{self._paint('1;36', text)}")

    def person(self, text: str) -> None:
        """What a person does."""
        print(f"  {text}")

    def answer(self, text: str, *, good: bool = True) -> None:
        """What the data center answers."""
        print(f"      {self._paint('32' if good else '33', text)}")

    def phone(self, text: str) -> None:
        """What a phone shows."""
        print(f"      {self._paint('35', text)}")

    def end(self, text: str) -> None:
        """The last line."""
        print(f"\n{self._paint('1', text)}")

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


@dataclass
class Stage:
    """The data center, the phones that it sends codes to, and the paper."""

    data_center: DataCenter
    paper: Printer
    codes: dict[str, str] = field(default_factory=dict, repr=False)
    answered: int = 0
    refused: int = 0

    def happened(self, event: DataCenterEvent) -> None:
        """The data center reports; it does so before its answer leaves."""
        match event:
            case CodeSent():
                self.codes[event.phone_number] = event.code
                self.paper.phone(f"{event.via.value} to +{event.phone_number}: {event.code} is your code")
            case RequestServed(error=None):
                self.answered += 1
            case RequestServed():
                self.refused += 1

    def code_for(self, number: str) -> str:
        """What the person reads from the phone."""
        code = self.codes.pop(number.removeprefix("+"), None)
        if code is None:
            raise NotAsTold(f"no code arrived at {number}")
        return code


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Who it is about."""

    name: str
    number: str
    next_number: str


# --- the plot -------------------------------------------------------------------------------------------------------


def day_of(stage: Stage, person: DemoUser) -> Plot:
    """One person's day."""
    flow = auth.log_in(person.number, api_id=1, api_hash="demo")
    yield from enter_code(stage, person, flow)
    yield from enter_password(stage, person, flow)
    yield from change_number(stage, person)
    yield from leave(stage, person)


def enter_code(stage: Stage, person: DemoUser, flow: auth.PhoneCodeFlow[Any]) -> Plot:
    """Ask for a code, mistype it, type it."""
    paper = stage.paper
    paper.person(f"{person.name} asks for a code for {person.number}.")
    yield RunFlow(flow)
    wanted = flow.prompt
    if not isinstance(wanted, auth.CodePrompt):
        raise NotAsTold(f"a code was to be sent, but the flow is at: {flow.state}")
    paper.answer(f"auth.sentCode: {wanted.length} digits by {wanted.via.value}")
    code = stage.code_for(person.number)
    wrong = f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
    paper.person(f"{person.name} mistypes it: {wrong}.")
    flow.enter_code(wrong)
    yield RunFlow(flow)
    show_refusal(paper, flow.error, errors.PhoneCodeInvalid)
    paper.person(f"{person.name} looks again and types {code}.")
    flow.enter_code(code)
    yield RunFlow(flow)
    if not isinstance(flow.prompt, auth.PasswordPrompt):
        raise NotAsTold(f"a password was to be wanted, but the flow is at: {flow.state}")
    paper.answer(f"the code is right; now the password, please (hint: {flow.prompt.hint})")


def enter_password(stage: Stage, person: DemoUser, flow: auth.PhoneCodeFlow[Any]) -> Plot:
    """A wrong password, the right one too early, the right one."""
    paper = stage.paper
    paper.person(f"{person.name} tries the password of another account.")
    flow.enter_password(WRONG_PASSWORD, entropy=os.urandom)
    yield RunFlow(flow)
    show_refusal(paper, flow.error, errors.PasswordHashInvalid)
    paper.person(f"{person.name} remembers, and is too fast.")
    flow.enter_password(PASSWORD, entropy=os.urandom)
    yield RunFlow(flow)
    show_refusal(paper, flow.error, errors.FloodWait)
    if isinstance(flow.error, errors.FloodWait):
        began = time.monotonic()
        yield Pause(flow.error.seconds)
        paper.person(f"{person.name} waits as told ({time.monotonic() - began:.1f} s) and tries again.")
    flow.enter_password(PASSWORD, entropy=os.urandom)
    yield RunFlow(flow)
    user = flow.result.user if flow.state == auth.DONE else None
    if not isinstance(user, types.User) or user.first_name != person.name:
        raise NotAsTold(f"{person.name} was to be logged in, but the flow is at: {flow.state}")
    paper.answer(f"auth.authorization: welcome, {user.first_name}, user {user.id}")


def change_number(stage: Stage, person: DemoUser) -> Plot:
    """A new number for the account."""
    paper = stage.paper
    paper.person(f"{person.name} has a new number, {person.next_number}, and moves the account there.")
    flow = auth.change_phone(person.next_number)
    yield RunFlow(flow)
    if not isinstance(flow.prompt, auth.CodePrompt):
        raise NotAsTold(f"a code was to be sent to the new number, but the flow is at: {flow.state}")
    flow.enter_code(stage.code_for(person.next_number))
    yield RunFlow(flow)
    user = flow.result if flow.state == auth.DONE else None
    if not isinstance(user, types.User) or f"+{user.phone}" != person.next_number:
        raise NotAsTold("the number was to be changed")
    paper.answer(f"user {user.id} now has the number +{user.phone}")
    accounts = stage.data_center.accounts
    if accounts.with_number(person.number) is not None or accounts.with_number(person.next_number) is None:
        raise NotAsTold("the data center was to know the account by its new number only")


def leave(stage: Stage, person: DemoUser) -> Plot:
    """Log out, and find the door closed."""
    stage.paper.person(f"{person.name} logs out.")
    answer = yield SendRequest(functions.auth.LogOut())
    if not isinstance(answer, types.auth.LoggedOut):
        raise NotAsTold(f"auth.loggedOut was to be answered, not {answer!r}")
    stage.paper.answer("auth.loggedOut")
    stage.paper.person("The key opens nothing any more.")
    show_refusal(stage.paper, (yield SendRequest(functions.account.GetPassword())), errors.AuthKeyUnregistered)


def show_refusal(paper: Printer, error: object, expected: type[errors.RpcError]) -> None:
    """A refusal that the story expects."""
    if not isinstance(error, expected):
        raise NotAsTold(f"{expected.__name__} was to be answered, not {error!r}")
    paper.answer(f"{error.request}: {error.code} {error.text} ({error.message})", good=False)


# --- the three adapters -----------------------------------------------------------------------------------------------


def play(link: sync.Connection, plot: Plot) -> None:
    """Do what the plot says, with blocking calls."""
    result: object = None
    while (step := next_step(plot, result)) is not None:
        result = None
        match step:
            case Pause(seconds=seconds):
                time.sleep(seconds)
            case RunFlow(flow=flow):
                link.run(flow)
            case SendRequest(function=function):
                try:
                    result = link.invoke(function)
                except errors.RpcError as error:
                    result = error


async def play_async(link: AsyncLink, plot: Plot, sleep: Callable[[float], Awaitable[None]]) -> None:
    """The same with `await`; asyncio and trio differ in nothing but where `sleep` comes from."""
    result: object = None
    while (step := next_step(plot, result)) is not None:
        result = None
        match step:
            case Pause(seconds=seconds):
                await sleep(seconds)
            case RunFlow(flow=flow):
                await link.run(flow)
            case SendRequest(function=function):
                try:
                    result = await link.invoke(function)
                except errors.RpcError as error:
                    result = error


def next_step(plot: Plot, result: object) -> RunFlow | SendRequest | Pause | None:
    """What the plot wants next, now that the last thing came to this; None at its end."""
    try:
        return plot.send(result)
    except StopIteration:
        return None


def with_sync(stage: Stage, address: tuple[str, int], config: Config, person: DemoUser) -> None:
    """The chapter of the blocking sockets."""
    with sync.connect(address, config) as link:
        greet(stage, person, link.auth_key)
        play(link, day_of(stage, person))


def with_asyncio(stage: Stage, address: tuple[str, int], config: Config, person: DemoUser) -> None:
    """The chapter of asyncio."""

    async def chapter() -> None:
        async with asyncio.connect(address, config) as link:
            greet(stage, person, link.auth_key)
            await play_async(link, day_of(stage, person), stdlib_asyncio.sleep)

    stdlib_asyncio.run(chapter())


def with_trio(stage: Stage, address: tuple[str, int], config: Config, person: DemoUser) -> None:
    """The chapter of trio."""
    import trio as the_library

    from sansio_tl_transports import trio

    async def chapter() -> None:
        async with trio.connect(address, config) as link:
            greet(stage, person, link.auth_key)
            await play_async(link, day_of(stage, person), the_library.sleep)

    the_library.run(chapter)


CHAPTERS = (
    ("sansio_tl_transports.sync: blocking sockets", with_sync, DemoUser("Ada", "+12025550101", "+12025550111")),
    ("sansio_tl_transports.asyncio", with_asyncio, DemoUser("Grace", "+12025550102", "+12025550112")),
    ("sansio_tl_transports.trio", with_trio, DemoUser("Emmy", "+12025550103", "+12025550113")),
)


def greet(stage: Stage, person: DemoUser, key: AuthKey) -> None:
    """A link is there, and a key on it."""
    stage.paper.person(f"{person.name} dials. The two agree on a key that nobody else can know: id {key.id.hex()}.")


def main() -> int:
    """Tell the story; 1 when it did not come to pass as told."""
    paper, began = Printer(), time.monotonic()
    try:
        tell(paper)
    except (NotAsTold, errors.RpcError, errors.ProtocolError, errors.TransportError, OSError, ImportError) as error:
        print(f"\nThis is not how the story goes: {error}", file=sys.stderr)
        return 1
    paper.end(f"The end, after {time.monotonic() - began:.1f} s.")
    return 0


def tell(paper: Printer) -> None:
    """Open a data center, and let everybody have their day."""
    config = DataCenterConfig(password_tries=1, password_flood_wait=FLOOD_WAIT)
    stage = Stage(DataCenter(config, entropy=os.urandom, now=time.time()), paper)
    for _, _, person in CHAPTERS:
        stage.data_center.add_account(
            person.number, first_name=person.name, password=PASSWORD, hint="four words, and one of them is a horse"
        )
    with sync.serve(stage.data_center, on_event=stage.happened) as server:
        key = stage.data_center.public_key
        paper.title(f"A data center opens on {server.address[0]} port {server.address[1]}")
        paper.person(
            f"It speaks layer {LAYER} and proves itself with the RSA key {key.fingerprint & (1 << 64) - 1:016x}."
        )
        for title, chapter, person in CHAPTERS:
            paper.title(title)
            chapter(stage, server.address, Config(api_id=1, public_keys=(key,)), person)
    paper.title("The data center closes")
    paper.person(f"It answered {stage.answered} requests and refused {stage.refused}.")


if __name__ == "__main__":
    sys.exit(main())
