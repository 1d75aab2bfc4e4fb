"""`sansio-tl login` and `sansio-tl logout`: the flow asks, the person answers, the session file remembers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from sansio_tl import AuthKey, Config, Function, Limits, auth, errors, functions, types
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, TransportError
from sansio_tl_transports import sync
from sansio_tl_transports._shared.connect_options import ConnectError, describe_error
from sansio_tl_transports.cli.answer_timeout import TIMEOUT, AnswerTimeout
from sansio_tl_transports.cli.messages import describe
from sansio_tl_transports.cli.notifications import Notices
from sansio_tl_transports.cli.session_file import Session, load, remove, save
from sansio_tl_transports.cli.target import Target
from sansio_tl_transports.cli.terminal import Failure, Terminal

TRIES = 3
"""How often in a row a link may break before we give up."""

NOT_KNOWN = "the data center does not know this log-in, or somebody on the way says so in its name"
"""-404 comes in the clear (MS41)."""

R = TypeVar("R")

PhoneLoginFlow = auth.PhoneCodeFlow[types.auth.Authorization]


class PhoneLoginCommand:
    """One log-in, over as many links as it takes."""

    def __init__(
        self,
        terminal: Terminal,
        target: Target,
        path: Path,
        *,
        api_id: int,
        api_hash: str,
        way: Mapping[str, Any] = MappingProxyType({}),
        timeout: float = TIMEOUT,
    ) -> None:
        """`way` holds the framing and the proxy, as `sync.connect` takes them."""
        self._way = way
        self._timeout = timeout
        self._terminal = terminal
        self._target = target
        self._path = path
        self._api_id = api_id
        self._api_hash = api_hash
        self._key: AuthKey | None = None
        self._tokens: tuple[bytes, ...] = ()
        self._notices = Notices(terminal)

    def run(self, phone_number: str | None) -> None:
        """Log in. Raises Failure when that is impossible, and the adapters' errors."""
        flow = self._take_up() or self._begin(phone_number or self._terminal.ask("Phone number, with the country code"))
        lost = 0
        while not flow.finished:
            before = flow.state
            try:
                self._over_one_link(flow)
            except ConnectionLostError as error:
                lost = lost + 1 if flow.state == before else 1
                if lost >= TRIES:
                    raise unreachable(AnswerTimeout.with_(self._target, self._timeout).where, error) from error
                self._terminal.say("The connection is lost; dialling again.", "yellow")
            except TransportError as error:
                if error.code != -404 or self._key is None:
                    raise
                self._terminal.say("The data center has forgotten our key; we begin again with another one.", "yellow")
                self._key = None
                flow = self._begin(flow.purpose.phone_number)
        if flow.state == auth.FAILED:
            self._remember(None)
            raise Failure("the log-in has failed")
        self._tokens = auth.remember_token(self._tokens, flow.result.future_auth_token)
        self._remember(None, user_id=flow.result.user.id)
        name = getattr(flow.result.user, "first_name", None) or "somebody without a name"
        self._terminal.say(f"Logged in as {name}. The session is in {self._path}; keep it to yourself.", "green")

    def _begin(self, phone_number: str) -> PhoneLoginFlow:
        options = auth.CodeOptions(logout_tokens=self._tokens)
        return auth.log_in(phone_number, api_id=self._api_id, api_hash=self._api_hash, options=options)

    def _take_up(self) -> PhoneLoginFlow | None:
        """What the session file has: a key, tokens of earlier log-outs, a log-in that was left in the middle."""
        session = load(self._path)
        if session is None:
            return None
        if session.user_id is not None:
            raise Failure(
                f"{self._path} holds a log-in already: name another file with --session, or leave with sansio-tl logout"
            )
        ours = self._target
        if ours.environment == "own":
            if (session.host, session.port, session.dc_id) != (ours.host, ours.port, ours.dc_id):
                return None
        elif session.environment != ours.environment:
            return None
        else:
            self._target = ours.sibling(session.dc_id)
        self._tokens = session.logout_tokens
        self._key = session.key if session.auth_key else None
        if session.log_in is None:
            return None
        try:
            flow = PhoneLoginFlow.restore(session.log_in)
        except LocalProtocolError:
            return None  # another version wrote it; a new one costs a code
        self._terminal.say("Going on with the log-in that was left in the middle.")
        return flow

    def _over_one_link(self, flow: PhoneLoginFlow) -> None:
        """Go on with the flow until it is finished or the link is."""
        with dial(self._target, self._api_id, self._key, self._notices, self._timeout, **self._way) as link:
            if self._key is not None:
                link.invoke(functions.help.GetNearestDc())  # does the server still know the key? Before anybody types
            self._key = link.auth_key
            self._remember(flow)
            told = flow.error
            while not flow.finished:
                if (dc_id := link.run(flow)) is not None:
                    self._terminal.say(f"The account lives on data center {dc_id}; going there.")
                    self._target, self._key = self._sibling(dc_id), None
                    return
                if flow.error is not None and flow.error is not told:
                    told = flow.error
                    self._terminal.say(self._notices.explain(flow.error), "yellow")
                self._remember(flow)
                if not flow.finished:
                    self._move(flow)

    def _sibling(self, dc_id: int) -> Target:
        try:
            return self._target.sibling(dc_id)
        except ValueError as error:
            raise Failure(str(error)) from None

    def _remember(self, flow: PhoneLoginFlow | None, *, user_id: int | None = None) -> None:
        if self._key is not None:
            target = self._target
            session = Session(
                host=target.host,
                port=target.port,
                dc_id=target.dc_id,
                environment=target.environment,
                auth_key=self._key.key,
                user_id=user_id,
                is_bot=None if user_id is None else False,  # bots have no phone numbers
                api_id=self._api_id,
                log_in=None if flow is None else flow.snapshot(),
                logout_tokens=self._tokens,
            )
            save(self._path, session)

    def _move(self, flow: PhoneLoginFlow) -> None:
        """Let the person do what the flow wants."""
        try:
            self._ask(flow)
        except LocalProtocolError as error:
            self._terminal.say(f"That is not possible: {error}.", "yellow")

    def _ask(self, flow: PhoneLoginFlow) -> None:
        ask = self._terminal.ask
        wanted = flow.prompt
        if wanted is not None:
            for line in describe(wanted, time.time()):
                self._terminal.say(line)
        match wanted:
            case auth.NumberPrompt():
                flow.send_code(ask("Phone number, with the country code"))
            case auth.CodePrompt():
                self._take_code(flow, ask("Code, or: resend, cancel", hidden=True))
            case auth.PasswordPrompt():
                flow.enter_password(ask("Password", hidden=True), entropy=os.urandom)
            case auth.SignUpPrompt():
                flow.sign_up(ask("First name"), ask("Last name, or nothing"))
            case auth.EmailPrompt():
                flow.enter_email(ask("E-mail address"))
            case auth.EmailCodePrompt():
                flow.enter_email_code(ask("Code", hidden=True))
            case auth.RecoveryCodePrompt():
                flow.enter_recovery_code(ask("Recovery code", hidden=True))
            case _:
                raise Failure("The server wants something that a terminal cannot do; log in with an official app.")

    def _take_code(self, flow: PhoneLoginFlow, typed: str) -> None:
        match typed.lower():
            case "resend":
                flow.resend(now=time.time())
            case "cancel":
                flow.cancel()
            case _:
                flow.enter_code(typed)


def log_out(terminal: Terminal, path: Path, timeout: float = TIMEOUT) -> None:
    """Log out and delete the session file, but for the tokens with which one logs in again without a code.

    Raises Failure when there is nothing to log out of, and the adapters' errors.
    """
    session = load(path)
    if session is None:
        raise Failure(f"there is no {path}: name the session file with --session")
    if not session.auth_key:
        raise Failure(f"nobody is logged in with {path}")
    tokens = session.logout_tokens
    target = Target(session.environment, session.dc_id, session.host, session.port, ())
    try:
        with dial(target, session.api_id or 1, session.key, Notices(terminal), timeout) as link:
            tokens = auth.remember_token(tokens, link.invoke(functions.auth.LogOut()).future_auth_token)
    except errors.Unauthorized:
        pass  # nobody was logged in with the key any more
    except TransportError as error:
        if error.code != -404:
            raise
        end = "If it does know it, end it from another device"
        terminal.say(f"{NOT_KNOWN[0].upper()}{NOT_KNOWN[1:]}. {end}.", "yellow")
    if not tokens:
        remove(path)
        terminal.say(f"Logged out. {path} is deleted.", "green")
        return
    left = Session(
        host=session.host,
        port=session.port,
        dc_id=session.dc_id,
        environment=session.environment,
        auth_key=b"",
        logout_tokens=tokens,
    )
    save(path, left)
    terminal.say(
        f"Logged out. {path} keeps only what spares the next log-in a code; delete it to forget that.", "green"
    )


class PatientLink:
    """A link whose answers are waited for as long as `--timeout` says."""

    def __init__(self, link: sync.Connection, patience: AnswerTimeout) -> None:
        self._link = link
        self._patience = patience

    @property
    def auth_key(self) -> AuthKey:
        """As `sync.Link.auth_key`."""
        return self._link.auth_key

    def invoke(self, function: Function[R]) -> R:
        """As `sync.Link.invoke`, with a Failure in place of the TimeoutError."""
        with self._patience.waiting():
            return self._link.invoke(function, timeout=self._patience.seconds)

    def run(self, flow: auth.Flow[Any]) -> int | None:
        """As `sync.Link.run`, with a Failure in place of the TimeoutError."""
        with self._patience.waiting():
            return self._link.run(flow, timeout=self._patience.seconds)


@contextmanager
def dial(
    target: Target, api_id: int, key: AuthKey | None, notices: Notices, timeout: float = TIMEOUT, **way: Any
) -> Iterator[PatientLink]:
    """A link to the data center. Raises what `sync.connect` does, and for a 406 a Failure in the server's words.

    And a Failure that says where nobody answers, within `timeout` seconds or at all.
    """
    config = Config(
        api_id=api_id,
        dc_id=target.dc_id,
        test_mode=target.test_mode,
        public_keys=target.public_keys,
        limits=Limits(handshake_timeout=timeout),  # so that silence is told as what it is, and no sooner
    )
    patience = AnswerTimeout.with_(target, timeout)
    with notices, ExitStack() as stack:
        with patience.waiting(), _named(patience.where):
            address = (target.host, target.port)
            link = stack.enter_context(sync.connect(address, config, auth_key=key, timeout=timeout, **way))
        notices.hear(link.updates())
        with notices.explained():
            yield PatientLink(link, patience)


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Let an OSError of dialling out as a Failure that says where. Who has been let in already may try again."""
    try:
        yield
    except (ConnectionLostError, TimeoutError):
        raise
    except OSError as error:
        raise unreachable(where, error) from error


def unreachable(where: str, error: OSError) -> Failure:
    """What to tell when there is no connection."""
    reason = error if isinstance(error, ConnectError) else describe_error(error)
    return Failure(f"no connection with {where}: {reason}. Check the address and the network, and try again")
