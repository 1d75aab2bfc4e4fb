"""Cases for clients: kinds of codes, migration to another data center, floods, and errors during a login."""

from __future__ import annotations

from typing import Any

from sansio_tl import types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.faulty_server import ServerBehavior
from sansio_tl.conformance.login_behavior import CodeErrors, MigratesOnce, OtherCode, SignInErrors
from sansio_tl.role import Role

_A_DAY = 86_400


def _case(
    name: str,
    check: str,
    title: str,
    make: Any,
    *,
    expected: str,
    risk: str,
    section: str = sections.AUTH,
    level: Level = Level.SHOULD,
) -> Case:
    return Case(
        name=name, check=check, role=Role.CLIENT, title=title, expected=expected, risk=risk, section=section,
        level=level, tags=("login",), make=make, control=ServerBehavior,
    )  # fmt: skip


def _sent(name: str, sent_type: Any, level: Level = Level.MAY, **fields: Any) -> Case:
    return _case(
        f"sent-code-{name}", "AU1", f"auth.sentCode has the type auth.{type(sent_type).NAME.rpartition('.')[2]}.",
        lambda: OtherCode(sent_type, **fields), level=level,
        expected="The client signs in with the code." if level is Level.SHOULD
        else "The client signs in with the code, or reports that it does not support this kind.",
        risk="Users to whom the code is sent in this way cannot log in.",
    )  # fmt: skip


CASES = (
    _sent("app", types.auth.SentCodeTypeApp(length=5), Level.SHOULD),
    _sent("sms", types.auth.SentCodeTypeSms(length=5), Level.SHOULD),
    _sent("call", types.auth.SentCodeTypeCall(length=5), Level.SHOULD),
    _sent("no-timeout", types.auth.SentCodeTypeSms(length=5), Level.SHOULD, next_type=None, timeout=None),
    _sent("flash-call", types.auth.SentCodeTypeFlashCall(pattern="2222*")),
    _sent("missed-call", types.auth.SentCodeTypeMissedCall(prefix="888", length=5)),
    _sent("email", types.auth.SentCodeTypeEmailCode(email_pattern="t***t@example.org", length=5)),
    _sent("email-set-up", types.auth.SentCodeTypeSetUpEmailRequired()),
    _sent("fragment", types.auth.SentCodeTypeFragmentSms(url="https://fragment.com", length=5)),
    _sent("firebase", types.auth.SentCodeTypeFirebaseSms(length=5, nonce=bytes(16))),
    _sent("word", types.auth.SentCodeTypeSmsWord(beginning="2")),
    _sent("phrase", types.auth.SentCodeTypeSmsPhrase(beginning="2")),
    _case(
        "migrate-phone", "AU3", "auth.sendCode is answered with PHONE_MIGRATE_4; data center 4 is at the same address.",
        lambda: MigratesOnce(4),
        expected="The client makes a key for data center 4, repeats auth.sendCode there, and completes its program.",
        risk="Accounts of other data centers cannot log in.", section=sections.DATACENTERS,
    ),
    _case(
        "migrate-invalid", "AU3", "auth.sendCode is answered with PHONE_MIGRATE_0, which is no data center.",
        lambda: CodeErrors(lambda _: (303, "PHONE_MIGRATE_0")),
        expected="The client reports the error, and does not repeat the request again and again.",
        risk="A server stops the client, or makes it busy.", section=sections.DATACENTERS,
    ),
    _case(
        "migrate-endless", "AU2", "auth.sendCode is answered with PHONE_MIGRATE_4 and PHONE_MIGRATE_2 by turns.",
        lambda: CodeErrors(lambda number: (303, f"PHONE_MIGRATE_{2 if number % 2 else 4}")),
        expected="The client gives up after a few migrations.",
        risk="Two servers send a client to each other for ever.", section=sections.DATACENTERS,
    ),
    _case(
        "flood-wait", "AU4", "The first auth.sendCode is answered with FLOOD_WAIT_4.",
        lambda: CodeErrors(lambda number: None if number else (420, "FLOOD_WAIT_4"), may_repeat_after=4.0),
        expected="The client repeats it after 4 seconds, or reports the error.",
        risk="Requests during a flood make it longer, and get an application banned.", section=sections.ERRORS,
    ),
    _case(
        "flood-wait-day", "AU4", "Every auth.sendCode is answered with FLOOD_WAIT_86400.",
        lambda: CodeErrors(lambda _: (420, f"FLOOD_WAIT_{_A_DAY}"), may_repeat_after=_A_DAY),
        expected="The client reports the error, or waits for a day.",
        risk="Requests during a flood make it longer, and get an application banned.", section=sections.ERRORS,
    ),
    _case(
        "flood-wait-endless", "AU4", "Every auth.sendCode is answered with FLOOD_WAIT_1.",
        lambda: CodeErrors(lambda _: (420, "FLOOD_WAIT_1"), may_repeat_after=1.0),
        expected="The client reports the error after a few times.",
        risk="The program waits for ever, and its user does not know why.", section=sections.ERRORS,
    ),
    _case(
        "flood-without-number", "AU3", "Every auth.sendCode is answered with the error 420 FLOOD_WAIT_X.",
        lambda: CodeErrors(lambda _: (420, "FLOOD_WAIT_X")),
        expected="The client reports the error, and does not repeat the request again and again.",
        risk="A text without the number that is expected stops the client, or makes it busy.", section=sections.ERRORS,
    ),
    _case(
        "code-refused", "AU1", "Every auth.signIn is answered with PHONE_CODE_INVALID.",
        lambda: SignInErrors("PHONE_CODE_INVALID"),
        expected="The client asks for another code, or reports the error. It does not count as logged in.",
        risk="A client that repeats a wrong code by itself uses up the attempts of its user.", section=sections.SIGN_IN,
    ),
)  # fmt: skip
