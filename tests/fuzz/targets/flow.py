"""The login flows against a server that answers anything and a user who does anything at any time.

The first byte chooses the flow. Then come steps: a byte that says what happens, two bytes of length, and a payload.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sansio_tl
from sansio_tl import auth, errors
from sansio_tl.auth.actions import Compute, Invoke
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.tl.errors import DecodeError
from tests.fuzz.fixtures import NOW, Stream
from tests.fuzz.targets.input_steps import steps

FLOWS: tuple[Callable[[], Any], ...] = (
    lambda: auth.log_in("+9996621234", api_id=1, api_hash="hash"),
    lambda: auth.change_phone("+9996621234"),
    lambda: auth.verify_phone("+9996621234"),
    lambda: auth.confirm_phone("tg://confirmphone?phone=9996621234&hash=abc"),
    lambda: auth.QrLogin(api_id=1, api_hash="hash"),
    lambda: auth.BotLogin("1:token", api_id=1, api_hash="hash"),
    auth.PasswordSettings,
    auth.ResetPassword,
    auth.LogOut,
    auth.AccountTtl,
    lambda: auth.PasskeyLogin(api_id=1, api_hash="hash", dc=2, auth_key_id=5),
    lambda: auth.VerifyEmail(auth.EmailPurpose.PASSPORT),
)
MOVES: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("enter_code", lambda flow: flow.enter_code("12345")),
    ("resend", lambda flow: flow.resend(now=NOW + 1000)),
    ("cancel", lambda flow: flow.cancel()),
    ("send_code", lambda flow: flow.send_code()),
    ("sign_up", lambda flow: flow.sign_up("Ada", "L")),
    ("enter_password", lambda flow: flow.enter_password("word", entropy=Stream())),
    ("forgot_password", lambda flow: flow.forgot_password()),
    ("remembered_password", lambda flow: flow.remembered_password()),
    ("enter_recovery_code", lambda flow: flow.enter_recovery_code("123456")),
    ("enter_email", lambda flow: flow.enter_email("ada@example.org")),
    ("enter_email_code", lambda flow: flow.enter_email_code("123456")),
    ("enter_email_token", lambda flow: flow.enter_email_token(google="token")),
    ("resend_email_code", lambda flow: flow.resend_email_code()),
    ("reset_login_email", lambda flow: flow.reset_login_email()),
    ("check_payment", lambda flow: flow.check_payment(5)),
    ("check_shop", lambda flow: flow.check_shop()),
    ("request_firebase_sms", lambda flow: flow.request_firebase_sms(play_integrity_token="token")),
    ("report_missing_code", lambda flow: flow.report_missing_code("01")),
    ("renew", lambda flow: flow.renew()),
    ("begin", lambda flow: flow.begin()),
    ("answer_challenge", lambda flow: flow.answer_challenge("token")),
    ("give_up", lambda flow: flow.abandon_challenge()),
    ("handle_deadline", lambda flow: flow.handle_deadline(now=NOW + 10_000)),
)


def flow(data: bytes) -> None:
    """Whatever happens, a flow knows what it wants, and its snapshot leads to the same place."""
    subject = FLOWS[data[0] % len(FLOWS) if data else 0]()
    computations = 0
    for number, (kind, payload) in enumerate(steps(data[1:])):
        action = subject.next_action()
        if isinstance(action, Compute):
            computations += 1
            if computations > 2:  # each takes a tenth of a second, which is what passwords are for
                return
            with suppress(LocalProtocolError, RemoteProtocolError):
                subject.receive_computed(action.job())
        with suppress(LocalProtocolError, RemoteProtocolError):
            _turn(subject, kind, payload, NOW + number)
        _look(subject)
        if kind & 0x80:
            subject = _restored(subject)


def _turn(subject: Any, kind: int, payload: bytes, now: float) -> None:
    action = subject.next_action()
    match kind % 4:
        case 0 if isinstance(action, Invoke):
            try:
                answer = sansio_tl.decode_result(action.function, payload)
            except DecodeError as error:
                subject.receive_error(error, now=now)
            else:
                subject.receive_result(answer, now=now)
        case 1 if isinstance(action, Invoke) and payload:
            text = payload[1:].decode("utf-8", "replace")
            subject.receive_error(errors.parse(400 + payload[0] % 21, text, action.function.NAME), now=now)
        case 2:
            name, move = MOVES[(payload[0] if payload else 0) % len(MOVES)]
            if hasattr(subject, name):
                move(subject)
        case 3:
            subject.receive_update(sansio_tl.decode(payload), now=now)


def _look(subject: Any) -> None:
    """The queries of a user interface: exactly one of action, prompt and end is present."""
    repr(subject), repr(subject.prompt), subject.allowed_inputs, subject.next_deadline(), repr(subject.error)
    waiting = subject.prompt is not None
    if (subject.next_action() is not None) + waiting + subject.finished > 1:
        raise AssertionError(f"{subject!r} wants two things at once")


def _restored(subject: Any) -> Any:
    """The flow after a night on disk."""
    again = auth.restore(json.loads(json.dumps(subject.snapshot())))
    if again.snapshot() != subject.snapshot():
        raise AssertionError("a snapshot leads elsewhere")
    return again
