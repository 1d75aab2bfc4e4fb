"""The steps of a login scenario that every client performs, with right and wrong input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.interop.client import Answer, Client

PASSWORD = "geheim"
BOT = "7:embedded"


@dataclass(slots=True)
class UserNumbers:
    """The phone numbers of one client's user: unique, so that clients do not affect each other."""

    number: str
    """With an account and two-step verification."""
    other_number: str
    """Without an account: the account moves there."""
    new_number: str
    """Without an account: signs up."""
    flood_wait: int
    """The seconds of a number that answers FLOOD_WAIT_X, from its first use on."""
    code_for: Callable[[str], str] = field(repr=False)
    """The code that was sent to a number last."""
    scan: Callable[[bytes], str] = field(repr=False)
    """Accept a QR code as a logged-in user; returns the number."""


def refused(answer: Answer, name: str, code: int) -> None:
    """The client received this error, and its library knows it by name."""
    assert (answer.get("error"), answer.get("code")) == (name, code)


def makes_a_key(client: Client, layer: int, dc: int) -> None:
    assert client.do("connect") == {"layer": layer, "dc": dc}


def asks_for_a_code(client: Client, user: UserNumbers) -> None:
    assert client.do("send_code", phone=user.number) == {"by": "Sms", "length": 5, "next": "Call"}
    user.code_for(user.number)


def wrong_code(client: Client, user: UserNumbers) -> None:
    refused(client.do("sign_in", code="00"), "PHONE_CODE_INVALID", 400)


def resend(client: Client, user: UserNumbers) -> None:
    assert client.do("resend") == {"by": "Call", "length": 5, "next": None}
    client.code = user.code_for(user.number)
    refused(client.do("resend"), "SEND_CODE_UNAVAILABLE", 406)


def resend_once(client: Client, user: UserNumbers) -> None:
    """For a client that does not ask when there is no other way."""
    assert client.do("resend") == {"by": "Call", "length": 5, "next": None}
    client.code = user.code_for(user.number)


def right_code(client: Client, user: UserNumbers) -> None:
    refused(client.do("sign_in", code=client.code), "SESSION_PASSWORD_NEEDED", 401)


def wrong_password(client: Client, user: UserNumbers) -> None:
    refused(client.do("password", password="swordfish"), "PASSWORD_HASH_INVALID", 400)


def right_password(client: Client, user: UserNumbers) -> None:
    assert client.do("password", password=PASSWORD) == {"user": user.number}


def who_am_i(client: Client, user: UserNumbers) -> None:
    assert client.do("me") == {"user": user.number}


def change_of_number(client: Client, user: UserNumbers) -> None:
    sent = {"by": "Sms", "length": 5, "next": "Call"}
    assert client.do("ask_for_change", phone=user.other_number) == sent
    assert client.do("change", code=user.code_for(user.other_number)) == {"user": user.other_number}


def flood_wait(client: Client, user: UserNumbers) -> None:
    answer = client.do("ask_for_change", phone=f"99966220{user.flood_wait}")
    assert (answer["code"], answer["value"]) == (420, user.flood_wait)


def log_out(client: Client, user: UserNumbers) -> None:
    assert client.do("log_out") == {"logged_out": True}


def sign_up(client: Client, user: UserNumbers) -> None:
    client.do("send_code", phone=user.new_number)
    assert client.do("sign_in", code=user.code_for(user.new_number)) == {"sign_up": True}
    reported = client.do("sign_up", first_name="Ada", last_name="Lovelace")
    assert reported == {"user": user.new_number, "name": "Ada Lovelace"}
    log_out(client, user)


def set_password(client: Client, user: UserNumbers) -> None:
    for is_set in (False, True):
        client.do("send_code", phone=user.new_number)
        signed_in = client.do("sign_in", code=user.code_for(user.new_number))
        if not is_set:
            assert client.do("set_password", old="", new=PASSWORD) == {"set": True}
        else:
            refused(signed_in, "SESSION_PASSWORD_NEEDED", 401)
            assert client.do("password", password=PASSWORD) == {"user": user.new_number}
        log_out(client, user)


def bot(client: Client, user: UserNumbers) -> None:
    refused(client.do("bot", token="7:wrong"), "ACCESS_TOKEN_INVALID", 400)
    answer = client.do("bot", token=BOT)
    assert answer["bot"] is True
    log_out(client, user)


def qr_code(client: Client, user: UserNumbers) -> None:
    token = bytes.fromhex(client.do("show_qr")["token"])
    scanner = user.scan(token)
    assert client.do("show_qr") == {"user": scanner}
    log_out(client, user)


Step = Callable[[Client, UserNumbers], None]

STEPS: dict[str, Step] = {
    "code": asks_for_a_code,
    "wrong code": wrong_code,
    "resend": resend,
    "right code": right_code,
    "wrong password": wrong_password,
    "right password": right_password,
    "who am I": who_am_i,
    "change of number": change_of_number,
    "flood wait": flood_wait,
    "log-out": log_out,
    "sign-up": sign_up,
    "bot": bot,
    "QR code": qr_code,
}
"""In this order; each begins where the one before it ended."""
TDLIB_STEPS = STEPS | {"resend": resend_once, "password set and used": set_password}
"""Of a client that does everything by itself."""
KEY = "auth key"
"""The step before all others."""
MIGRATION = "PHONE_MIGRATE"
"""A login over several data centers."""
CONFIRMS = "confirms a QR code"
"""Likewise, by two clients."""
