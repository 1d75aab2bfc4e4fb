"""`sansio-tl login` by phone code, and `sansio-tl logout`. The session file keeps the state between two runs."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import structs

from sansio_tl import AuthKey, Config, Function, Limits, auth, errors, functions, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, TransportError
from sansio_tl_transports import ConnectError, sync
from sansio_tl_transports._shared.connect_options import describe_error
from sansio_tl_transports.cli import inputs
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, AnswerTimeout
from sansio_tl_transports.cli.dc_option import Target
from sansio_tl_transports.cli.messages import describe
from sansio_tl_transports.cli.notifications import ServiceNotifications
from sansio_tl_transports.cli.session_file import Session, SessionFileError, load, remove, save
from sansio_tl_transports.cli.terminal import Failure, InvalidInput, Terminal
from sansio_tl_transports.cli.web_probe import web_servers_named
from sansio_tl_transports.tracing.qlog import QlogTracer

TRIES = 3
"""Consecutive lost connections without progress after which the command fails."""

KEY_UNKNOWN = "the data center does not know the auth key, or an attacker on the network forged this error"
"""For -404, which is not authenticated (MS41)."""

R = TypeVar("R")

PhoneLoginFlow = auth.PhoneCodeFlow[types.auth.Authorization]

PHONE_NUMBER = "Phone number, with the country code"


def load_unused(path: Path) -> Session | None:
    """The session file of a login that is not complete. Raises Failure when a user is logged in with it."""
    session = load(path)
    if session is not None and session.user_id is not None:
        raise Failure(f"{path} already holds a login: use another file with --session, or sansio-tl logout first")
    return session


def interrupted_login(session: Session | None, target: Target) -> PhoneLoginFlow | None:
    """The interrupted login in a session file; None for none, or for one at another data center."""
    if session is None or session.login is None or not _is_at(session, target):
        return None
    try:
        return PhoneLoginFlow.restore(session.login)
    except LocalProtocolError:
        return None  # written by another version: start a new login


def interruption_text(path: Path) -> str:
    """What an interrupted `sansio-tl login` leaves behind, for the user."""
    with contextlib.suppress(SessionFileError):
        session = load(path)
        if session is not None and session.login is not None:
            return "interrupted; the same command continues the login"
    return "interrupted; no login was made"


def _is_at(session: Session, target: Target) -> bool:
    """Whether a session belongs to the data centers of the options."""
    if target.environment == "own":
        return (session.host, session.port, session.dc_id) == (target.host, target.port, target.dc_id)
    return session.environment == target.environment


class PhoneLoginCommand:
    """One login, over several connections if necessary."""

    def __init__(
        self,
        terminal: Terminal,
        target: Target,
        path: Path,
        *,
        api_id: int,
        api_hash: str,
        connect_options: Mapping[str, Any] = MappingProxyType({}),
        timeout: float = TIMEOUT,
    ) -> None:
        """`connect_options` are the framing, proxy and tracer arguments of `sync.connect`."""
        self._connect_options = connect_options
        self._connections = 0
        self._timeout = timeout
        self._terminal = terminal
        self.target = target
        self._path = path
        self._api_id = api_id
        self._api_hash = api_hash
        self.key: AuthKey | None = None
        self.logout_tokens: tuple[bytes, ...] = ()
        self._notifications = ServiceNotifications(terminal)
        self._described: auth.Prompt | None = None
        """The prompt that was described last; it is described again only when it has changed."""
        self._asked_again = False
        """Whether the user has just asked for the code to be sent again."""

    def run(self, phone_number: str | None) -> None:
        """Log in. Raises Failure, and the adapters' errors."""
        flow = self.restore(phone_number) or self._begin(phone_number or self._ask_number())
        lost = 0
        while not flow.finished:
            before = flow.state
            try:
                self.run_over_connection(flow)
            except ConnectionLostError as error:
                lost = lost + 1 if flow.state == before else 1
                if lost >= TRIES:
                    raise unreachable(AnswerTimeout.for_target(self.target, self._timeout).where, error) from error
                self._terminal.print("Connection lost; reconnecting.", "yellow")
            except TransportError as error:
                if error.code != -404 or self.key is None:
                    raise
                self._terminal.print(
                    "The data center does not know the auth key; starting again with a new one.", "yellow"
                )
                self.key = None
                flow = self._begin(flow.purpose.phone_number)
        if flow.state == auth.FAILED:
            self._save(None)
            raise Failure("the login has failed")
        self.logout_tokens = auth.remember_token(self.logout_tokens, flow.result.future_auth_token)
        self._save(None, user_id=flow.result.user.id)
        name = getattr(flow.result.user, "first_name", None) or "a user without a name"
        self._terminal.print(f"Logged in as {name}. The session is in {self._path}; keep it secret.", "green")

    def _begin(self, phone_number: str) -> PhoneLoginFlow:
        options = auth.CodeOptions(logout_tokens=self.logout_tokens)
        return auth.log_in(phone_number, api_id=self._api_id, api_hash=self._api_hash, options=options)

    def _ask_number(self) -> str:
        return self._terminal.ask_until_valid(PHONE_NUMBER, inputs.phone_number)

    def restore(self, phone_number: str | None = None) -> PhoneLoginFlow | None:
        """Read the session file: auth key, future auth tokens, and the flow of an interrupted login.

        A login with another number than `phone_number` is not continued.
        """
        session = load_unused(self._path)
        if session is None or not _is_at(session, self.target):
            return None
        flow = interrupted_login(session, self.target)
        if self.target.environment != "own":
            self.target = self.target.sibling(session.dc_id)
        self.logout_tokens = session.logout_tokens
        self.key = session.key if session.auth_key else None
        if flow is None:
            return None
        number = flow.purpose.phone_number
        if phone_number is not None and phone_number.lstrip("+") != number.lstrip("+"):
            self._terminal.print(f"The interrupted login of the number ending in {number[-2:]} is dropped.")
            return None
        self._terminal.print(f"Continuing the interrupted login of the number ending in {number[-2:]}.")
        return flow

    def run_over_connection(self, flow: PhoneLoginFlow) -> None:
        """Run the flow until it is finished or the connection is lost."""
        self._connections += 1
        options = dict(self._connect_options)
        if isinstance(tracer := options.get("tracer"), QlogTracer):
            options["tracer"] = tracer.part(f"DC {self.target.dc_id} ({self._connections})")
        with open_connection(
            self.target, self._api_id, self.key, self._notifications, self._timeout, **options
        ) as connection:
            if self.key is not None:
                connection.invoke(functions.help.GetNearestDc())  # fails before the user types if the key is unknown
            self.key = connection.auth_key
            self._save(flow)
            shown = flow.error
            while not flow.finished:
                if (dc_id := connection.run(flow)) is not None:
                    self._terminal.print(f"The account's home is data center {dc_id}; connecting to it.")
                    self.target, self.key = self._sibling(dc_id), None
                    return
                if flow.error is not None and flow.error is not shown:
                    shown = flow.error
                    explain = self._notifications.explain if flow.finished else self._notifications.explain_retry
                    self._terminal.print(explain(flow.error), "yellow")
                elif self._asked_again:
                    self._described = None
                self._asked_again = False
                self._save(flow)
                if not flow.finished:
                    self._answer_prompt(flow)

    def _sibling(self, dc_id: int) -> Target:
        try:
            return self.target.sibling(dc_id)
        except ValueError as error:
            raise Failure(str(error)) from None

    def _save(self, flow: PhoneLoginFlow | None, *, user_id: int | None = None) -> None:
        if self.key is not None:
            target = self.target
            session = Session(
                host=target.host,
                port=target.port,
                dc_id=target.dc_id,
                environment=target.environment,
                auth_key=self.key.key,
                user_id=user_id,
                is_bot=None if user_id is None else False,  # bots have no phone numbers
                api_id=self._api_id,
                login=None if flow is None else flow.snapshot(),
                logout_tokens=self.logout_tokens,
            )
            save(self._path, session)

    def _answer_prompt(self, flow: PhoneLoginFlow) -> None:
        """Prompt the user and pass the input to the flow."""
        try:
            self._ask(flow)
        except LocalProtocolError as error:
            self._terminal.print(f"Invalid input: {error}.", "yellow")

    def _ask(self, flow: PhoneLoginFlow) -> None:
        ask, ask_until_valid = self._terminal.ask, self._terminal.ask_until_valid
        prompt = flow.prompt
        self._describe(prompt)
        match prompt:
            case auth.NumberPrompt():
                flow.send_code(self._ask_number())
            case auth.CodePrompt():
                self._ask_code(flow, prompt)
            case auth.PasswordPrompt():
                password = ask_until_valid("Password", inputs.not_empty, hidden=True)
                flow.enter_password(password, entropy=os.urandom)
            case auth.SignUpPrompt():
                flow.sign_up(ask_until_valid("First name", inputs.not_empty), ask("Last name (optional)"))
            case auth.EmailPrompt():
                flow.enter_email(ask_until_valid("E-mail address", inputs.email))
            case auth.EmailCodePrompt():
                flow.enter_email_code(ask_until_valid("Code", inputs.not_empty))
            case auth.RecoveryCodePrompt():
                flow.enter_recovery_code(ask_until_valid("Recovery code", inputs.not_empty))
            case _:
                raise Failure("the server requires a step that a terminal cannot do; log in with an official app")

    def _describe(self, prompt: auth.Prompt | None) -> None:
        """Describe a prompt, but not again after a wrong input: that would read as if a new code had been sent."""
        if prompt is None:
            return
        without_tries = structs.replace(prompt, tries=0) if hasattr(prompt, "tries") else prompt
        if without_tries != self._described:
            for line in describe(prompt, time.time()):
                self._terminal.print(line)
        self._described = without_tries

    def _ask_code(self, flow: PhoneLoginFlow, prompt: auth.CodePrompt) -> None:
        """Ask for a code until one can be sent, or the user wants another one."""

        def send(typed: str) -> None:
            match typed.lower():
                case "resend" if prompt.next_via is not None:
                    if prompt.resend_at is not None and (wait := prompt.resend_at - time.time()) > 0:
                        raise InvalidInput(f"It can be sent again in {wait:.0f} s.")
                    flow.resend(now=time.time())
                    self._asked_again = True
                case "resend":
                    raise InvalidInput("It cannot be sent again.")
                case "cancel":
                    self._terminal.print("The code is cancelled. Enter another number, or end with Ctrl-C.")
                    flow.cancel()
                case _:
                    flow.enter_code(inputs.code(typed, prompt))

        choices = "cancel" if prompt.next_via is None else "resend, cancel"
        self._terminal.ask_until_valid(f"Code, or: {choices}", send)


def log_out(terminal: Terminal, path: Path, connect_options: Mapping[str, Any], timeout: float = TIMEOUT) -> None:
    """Log out, and delete the session file or keep only its future auth tokens.

    `connect_options` are the framing and proxy arguments of `sync.connect`.

    Raises Failure when no user is logged in, and the adapters' errors.
    """
    session = load(path)
    if session is None:
        raise Failure(f"no session file {path}: name it with --session")
    if not session.auth_key:
        raise Failure(f"no user is logged in with {path}")
    tokens = session.logout_tokens
    target = Target(session.environment, session.dc_id, session.host, session.port, ())
    try:
        with open_connection(
            target, session.api_id or 1, session.key, ServiceNotifications(terminal), timeout, **connect_options
        ) as connection:
            tokens = auth.remember_token(tokens, connection.invoke(functions.auth.LogOut()).future_auth_token)
    except errors.Unauthorized:
        pass  # the login has ended already
    except TransportError as error:
        if error.code != -404:
            raise
        end = "If the login still exists, end it from another device"
        terminal.print(f"{KEY_UNKNOWN[0].upper()}{KEY_UNKNOWN[1:]}. {end}.", "yellow")
    if not tokens:
        remove(path)
        terminal.print(f"Logged out. {path} is deleted.", "green")
        return
    remaining = Session(
        host=session.host,
        port=session.port,
        dc_id=session.dc_id,
        environment=session.environment,
        auth_key=b"",
        logout_tokens=tokens,
    )
    save(path, remaining)
    terminal.print(
        f"Logged out. {path} keeps only the token for a login without a code; delete it to drop that.", "green"
    )


class TimedConnection:
    """A connection whose calls time out after `--timeout` seconds."""

    def __init__(self, connection: sync.Connection, answer_timeout: AnswerTimeout) -> None:
        self._connection = connection
        self._answer_timeout = answer_timeout

    @property
    def auth_key(self) -> AuthKey:
        """As `sync.Connection.auth_key`."""
        return self._connection.auth_key

    def invoke(self, function: Function[R]) -> R:
        """As `sync.Connection.invoke`, with a Failure in place of the TimeoutError."""
        with self._answer_timeout.waiting():
            return self._connection.invoke(function, timeout=self._answer_timeout.seconds)

    def run(self, flow: auth.Flow[Any]) -> int | None:
        """As `sync.Connection.run`, with a Failure in place of the TimeoutError."""
        with self._answer_timeout.waiting():
            return self._connection.run(flow, timeout=self._answer_timeout.seconds)


@contextmanager
def open_connection(
    target: Target,
    api_id: int,
    key: AuthKey | None,
    notifications: ServiceNotifications,
    timeout: float = TIMEOUT,
    **connect_options: Any,
) -> Iterator[TimedConnection]:
    """A connection to the data center.

    Raises what `sync.connect` raises; Failure with the server's text for an error 406; and Failure with the address
    when there is no answer within `timeout` seconds, no connection, or a web server.
    """
    config = Config(
        api_id=api_id,
        dc_id=target.dc_id,
        test_mode=target.test_mode,
        public_keys=target.public_keys,
        limits=Limits(handshake_timeout=timeout),  # so that a silent server ends in a timeout
    )
    answer_timeout = AnswerTimeout.for_target(target, timeout)
    direct = connect_options.get("proxy") is None
    with web_servers_named(target, answer_timeout.where, direct=direct), notifications, ExitStack() as stack:
        with answer_timeout.waiting(), _named(answer_timeout.where):
            address = (target.host, target.port)
            connection = stack.enter_context(
                sync.connect(address, config, auth_key=key, timeout=timeout, **connect_options)
            )
        notifications.listen(connection.updates())
        with notifications.explained():
            yield TimedConnection(connection, answer_timeout)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Turn an OSError of connecting into a Failure with the address. A lost connection passes."""
    try:
        yield
    except (ConnectionLostError, TimeoutError):
        raise
    except OSError as error:
        raise unreachable(where, error) from error


def unreachable(where: str, error: OSError) -> Failure:
    """The Failure for a connection that could not be made."""
    reason = error if isinstance(error, ConnectError) else describe_error(error)
    return Failure(f"cannot connect to {where}: {reason}. Check the address and the network, and try again")
