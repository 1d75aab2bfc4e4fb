"""A demo on loopback: ``python -m sansio_tl_transports.cli.demo``, or ``make demo``.

It starts a data center on a port of this machine. Through each of the three adapters a user logs in (a wrong code, the
right one, a wrong password, a second try too early, the right password), changes the phone number and logs out. The
first unexpected result ends the demo with exit status 1.

The script is written once, as a generator of steps, and each adapter executes the steps.
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

WRONG_PASSWORD = "swordfish"  # noqa: S105  for the demo only
PASSWORD = "correct horse battery staple"  # noqa: S105
FLOOD_WAIT = 1


class UnexpectedResult(Exception):
    """A step had another result than the script expects."""


# --- the steps ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunFlow:
    """Step: run a flow until it needs input."""

    flow: auth.Flow[Any]


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Step: one request. The script receives its result or the RpcError."""

    function: Function[Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """Step: wait."""

    seconds: float


Script: TypeAlias = "Generator[RunFlow | SendRequest | Pause, Any, None]"


class AsyncConnection(Protocol):
    """The common interface of the asyncio and trio connections."""

    async def invoke(self, function: Function[R]) -> R:
        """Send a request and wait for its result."""
        ...

    async def run(self, flow: auth.Flow[Any]) -> int | None:
        """Run a flow until it needs input."""
        ...


@dataclass
class Printer:
    """Prints the demo: in colour on a terminal, plain elsewhere."""

    colour: bool = field(default_factory=lambda: sys.stdout.isatty() and "NO_COLOR" not in os.environ)

    def title(self, text: str) -> None:
        """Print the title of a section."""
        print(f"\n{self._paint('1;36', text)}")

    def step(self, text: str) -> None:
        """Print a step of the user."""
        print(f"  {text}")

    def answer(self, text: str, *, good: bool = True) -> None:
        """Print an answer of the data center."""
        print(f"      {self._paint('32' if good else '33', text)}")

    def received(self, text: str) -> None:
        """Print a code that the user receives."""
        print(f"      {self._paint('35', text)}")

    def end(self, text: str) -> None:
        """Print the last line."""
        print(f"\n{self._paint('1', text)}")

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


@dataclass
class Demo:
    """The data center, the codes that it has sent, and the printer."""

    data_center: DataCenter
    printer: Printer
    codes: dict[str, str] = field(default_factory=dict, repr=False)
    answered: int = 0
    failed: int = 0

    def happened(self, event: DataCenterEvent) -> None:
        """Handle an event of the data center; it comes before the answer."""
        match event:
            case CodeSent():
                self.codes[event.phone_number] = event.code
                self.printer.received(f"{event.via.value} to +{event.phone_number}: {event.code} is your code")
            case RequestServed(error=None):
                self.answered += 1
            case RequestServed():
                self.failed += 1

    def code_for(self, number: str) -> str:
        """The code sent to a number."""
        code = self.codes.pop(number.removeprefix("+"), None)
        if code is None:
            raise UnexpectedResult(f"no code arrived at {number}")
        return code


@dataclass(frozen=True, slots=True)
class DemoUser:
    """The owner of an account."""

    name: str
    number: str
    next_number: str


# --- the script -------------------------------------------------------------------------------------------------------


def script_for(demo: Demo, owner: DemoUser) -> Script:
    """The whole script for one user."""
    flow = auth.log_in(owner.number, api_id=1, api_hash="demo")
    yield from enter_code(demo, owner, flow)
    yield from enter_password(demo, owner, flow)
    yield from change_number(demo, owner)
    yield from leave(demo, owner)


def enter_code(demo: Demo, owner: DemoUser, flow: auth.PhoneCodeFlow[Any]) -> Script:
    """Request a code, enter a wrong one, then the right one."""
    printer = demo.printer
    printer.step(f"{owner.name} asks for a code for {owner.number}.")
    yield RunFlow(flow)
    prompt = flow.prompt
    if not isinstance(prompt, auth.CodePrompt):
        raise UnexpectedResult(f"expected a code prompt, but the flow is at: {flow.state}")
    printer.answer(f"auth.sentCode: {prompt.length} digits by {prompt.via.value}")
    code = demo.code_for(owner.number)
    wrong = f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"
    printer.step(f"{owner.name} enters a wrong code: {wrong}.")
    flow.enter_code(wrong)
    yield RunFlow(flow)
    check_error(printer, flow.error, errors.PhoneCodeInvalid)
    printer.step(f"{owner.name} enters the right code: {code}.")
    flow.enter_code(code)
    yield RunFlow(flow)
    if not isinstance(flow.prompt, auth.PasswordPrompt):
        raise UnexpectedResult(f"expected a password prompt, but the flow is at: {flow.state}")
    printer.answer(f"the code is right; a password is required (hint: {flow.prompt.hint})")


def enter_password(demo: Demo, owner: DemoUser, flow: auth.PhoneCodeFlow[Any]) -> Script:
    """A wrong password, the right one too early, the right one after the flood wait."""
    printer = demo.printer
    printer.step(f"{owner.name} enters a wrong password.")
    flow.enter_password(WRONG_PASSWORD, entropy=os.urandom)
    yield RunFlow(flow)
    check_error(printer, flow.error, errors.PasswordHashInvalid)
    printer.step(f"{owner.name} enters the right password too early.")
    flow.enter_password(PASSWORD, entropy=os.urandom)
    yield RunFlow(flow)
    if isinstance(flow.error, errors.FloodWait):
        check_error(printer, flow.error, errors.FloodWait)
        began = time.monotonic()
        yield Pause(flow.error.seconds)
        printer.step(f"{owner.name} waits for {time.monotonic() - began:.1f} s and tries again.")
        flow.enter_password(PASSWORD, entropy=os.urandom)
        yield RunFlow(flow)
    elif flow.state == auth.DONE:
        printer.answer("not too early: this machine has taken longer than the pause")
    user = flow.result.user if flow.state == auth.DONE else None
    if not isinstance(user, types.User) or user.first_name != owner.name:
        raise UnexpectedResult(f"expected {owner.name} to be logged in, but the flow is at: {flow.state}")
    printer.answer(f"auth.authorization: welcome, {user.first_name}, user {user.id}")


def change_number(demo: Demo, owner: DemoUser) -> Script:
    """Change the phone number of the account."""
    printer = demo.printer
    printer.step(f"{owner.name} changes the number to {owner.next_number}.")
    flow = auth.change_phone(owner.next_number)
    yield RunFlow(flow)
    if not isinstance(flow.prompt, auth.CodePrompt):
        raise UnexpectedResult(f"expected a code prompt for the new number, but the flow is at: {flow.state}")
    flow.enter_code(demo.code_for(owner.next_number))
    yield RunFlow(flow)
    user = flow.result if flow.state == auth.DONE else None
    if not isinstance(user, types.User) or f"+{user.phone}" != owner.next_number:
        raise UnexpectedResult("expected the number to be changed")
    printer.answer(f"user {user.id} now has the number +{user.phone}")
    accounts = demo.data_center.accounts
    if accounts.with_number(owner.number) is not None or accounts.with_number(owner.next_number) is None:
        raise UnexpectedResult("expected the account to have its new number only")


def leave(demo: Demo, owner: DemoUser) -> Script:
    """Log out; the next request fails."""
    demo.printer.step(f"{owner.name} logs out.")
    answer = yield SendRequest(functions.auth.LogOut())
    if not isinstance(answer, types.auth.LoggedOut):
        raise UnexpectedResult(f"expected auth.loggedOut, not {answer!r}")
    demo.printer.answer("auth.loggedOut")
    demo.printer.step("The key is not authorized any more.")
    check_error(demo.printer, (yield SendRequest(functions.account.GetPassword())), errors.AuthKeyUnregistered)


def check_error(printer: Printer, error: object, expected: type[errors.RpcError]) -> None:
    """Print an expected error."""
    if not isinstance(error, expected):
        raise UnexpectedResult(f"expected {expected.__name__}, not {error!r}")
    printer.answer(f"{error.request}: {error.code} {error.text} ({error.message})", good=False)


# --- the three adapters -----------------------------------------------------------------------------------------------


def run_script(connection: sync.Connection, script: Script) -> None:
    """Execute the script with blocking calls."""
    result: object = None
    while (step := next_step(script, result)) is not None:
        result = None
        match step:
            case Pause(seconds=seconds):
                time.sleep(seconds)
            case RunFlow(flow=flow):
                connection.run(flow)
            case SendRequest(function=function):
                try:
                    result = connection.invoke(function)
                except errors.RpcError as error:
                    result = error


async def run_script_async(
    connection: AsyncConnection, script: Script, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Execute the script with `await`, for asyncio and trio; only `sleep` differs."""
    result: object = None
    while (step := next_step(script, result)) is not None:
        result = None
        match step:
            case Pause(seconds=seconds):
                await sleep(seconds)
            case RunFlow(flow=flow):
                await connection.run(flow)
            case SendRequest(function=function):
                try:
                    result = await connection.invoke(function)
                except errors.RpcError as error:
                    result = error


def next_step(script: Script, result: object) -> RunFlow | SendRequest | Pause | None:
    """The next step, given the result of the last one; None at the end."""
    try:
        return script.send(result)
    except StopIteration:
        return None


def with_sync(demo: Demo, address: tuple[str, int], config: Config, owner: DemoUser) -> None:
    """The section for blocking sockets."""
    with sync.connect(address, config) as connection:
        show_connected(demo, owner, connection.auth_key)
        run_script(connection, script_for(demo, owner))


def with_asyncio(demo: Demo, address: tuple[str, int], config: Config, owner: DemoUser) -> None:
    """The section for asyncio."""

    async def section() -> None:
        async with asyncio.connect(address, config) as connection:
            show_connected(demo, owner, connection.auth_key)
            await run_script_async(connection, script_for(demo, owner), stdlib_asyncio.sleep)

    stdlib_asyncio.run(section())


def with_trio(demo: Demo, address: tuple[str, int], config: Config, owner: DemoUser) -> None:
    """The section for trio."""
    import trio as the_library

    from sansio_tl_transports import trio

    async def section() -> None:
        async with trio.connect(address, config) as connection:
            show_connected(demo, owner, connection.auth_key)
            await run_script_async(connection, script_for(demo, owner), the_library.sleep)

    the_library.run(section)


SECTIONS = (
    ("sansio_tl_transports.sync: blocking sockets", with_sync, DemoUser("Ada", "+12025550101", "+12025550111")),
    ("sansio_tl_transports.asyncio", with_asyncio, DemoUser("Grace", "+12025550102", "+12025550112")),
    ("sansio_tl_transports.trio", with_trio, DemoUser("Emmy", "+12025550103", "+12025550113")),
)


def show_connected(demo: Demo, owner: DemoUser, key: AuthKey) -> None:
    """Print the id of the new auth key."""
    demo.printer.step(f"{owner.name} connects. The handshake makes an auth key: id {key.id.hex()}.")


def main() -> int:
    """Run the demo; 1 when a result was not as expected."""
    printer, began = Printer(), time.monotonic()
    try:
        run_demo(printer)
    except (
        UnexpectedResult,
        errors.RpcError,
        errors.ProtocolError,
        errors.TransportError,
        OSError,
        ImportError,
    ) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    printer.end(f"Done in {time.monotonic() - began:.1f} s.")
    print("Next: .venv/bin/sansio-tl serve --public-key dc.pem, then the command that it prints. See README.md.")
    return 0


def run_demo(printer: Printer) -> None:
    """Start a data center and run the script through each adapter."""
    config = DataCenterConfig(password_tries=1, password_flood_wait=FLOOD_WAIT)
    demo = Demo(DataCenter(config, entropy=os.urandom, now=time.time()), printer)
    for _, _, owner in SECTIONS:
        demo.data_center.add_account(owner.number, first_name=owner.name, password=PASSWORD, hint="four words")
    with sync.serve(demo.data_center, on_event=demo.happened) as server:
        key = demo.data_center.public_key
        printer.title(f"Data center on {server.address[0]} port {server.address[1]}")
        fingerprint = f"{key.fingerprint & (1 << 64) - 1:016x}"
        printer.step(f"It serves layer {LAYER} (the version of the API schema) and has the RSA key {fingerprint}.")
        for title, section, owner in SECTIONS:
            printer.title(title)
            section(demo, server.address, Config(api_id=1, public_keys=(key,)), owner)
    printer.title("The data center closes")
    printer.step(
        f"It answered {demo.answered} requests with results and {demo.failed} with errors, all of them expected."
    )


if __name__ == "__main__":
    sys.exit(main())
