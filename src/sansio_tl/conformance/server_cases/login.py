"""Cases for servers: logging in with a code, and with a password. They need an account (--phone, --code-command)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, functions, types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.facts import LIMITS
from sansio_tl.conformance.faulty_client import Doing, EnterCode, FaultyClient, Script, not_reached
from sansio_tl.conformance.server_cases.probes import (
    ScriptMaker,
    begin,
    correct,
    server_case,
    violated,
    wait_results,
    wrapped,
)
from sansio_tl.crypto import srp
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.mtproto.container import unpack_gzip
from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.objects import Function

AUTHORIZATION = types.auth.Authorization.ID.to_bytes(4, "little")
RPC_ERROR = types.mtproto.RpcError.ID.to_bytes(4, "little")
PASSWORD_NEEDED = "SESSION_PASSWORD_NEEDED"  # noqa: S105
_GUESSES = 10
"""Wrong codes after which a code must not be accepted any more."""
_SIZE = 256
_CODE_RISK = "Who knows the phone number logs in without its code."
_PASSWORD_RISK = "Who has got hold of a code logs in without the password."  # noqa: S105


class _UnreachableError(Exception):
    """The case cannot be carried out."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A code that the server has sent."""

    phone_code_hash: str
    code: str = field(repr=False)


Login = Callable[[FaultyClient], "Doing[str | None]"]
"""A script after `begin`, which returns what is wrong, or None."""


def _needs_account(script: Login, *, password: bool = False) -> ScriptMaker:
    def whole(peer: FaultyClient) -> Script:
        if not peer.target.phone:
            return not_reached("no account is given: --phone and --code-command")
        if password and not peer.target.password:
            return not_reached("no account with two-step verification is given: --password")
        if not (yield from begin(peer)):
            return not_reached("the server does not answer a correct ping")
        try:
            wrong = yield from script(peer)
        except _UnreachableError as error:
            return not_reached(str(error))
        return correct("nothing wrong was found") if wrong is None else violated(wrong)

    return whole


def _call(peer: FaultyClient, query: Function[Any]) -> Doing[bytes]:
    """The answer to a call, encoded."""
    request = peer.message(wrapped(peer, query))
    yield from peer.send(request, type(query).NAME)
    results = yield from wait_results(peer, request.msg_id)
    if not results:
        raise _UnreachableError(f"no answer to {type(query).NAME}")
    try:
        return unpack_gzip(results[0], LIMITS)
    except RemoteProtocolError:
        return results[0]


def _error(answer: bytes) -> str:
    """The text of an error; empty for a result."""
    if answer[:4] != RPC_ERROR:
        return ""
    value = codec.decode(answer)
    return value.error_message if isinstance(value, types.mtproto.RpcError) else "rpc_error"


def _value(answer: bytes, kind: type[Any], method: str) -> Any:
    try:
        value = codec.decode(answer)
    except DecodeError as error:
        raise _UnreachableError(f"the answer to {method} cannot be decoded: {error}") from None
    if not isinstance(value, kind):
        raise _UnreachableError(f"{method} is answered with {_error(answer) or type(value).__name__}")
    return value


def _request_code(peer: FaultyClient) -> Doing[_Sent]:
    target = peer.target
    query = functions.auth.SendCode(target.phone, target.api_id, target.api_hash, types.CodeSettings())
    sent = _value((yield from _call(peer, query)), types.auth.SentCode, "auth.sendCode")
    got = yield EnterCode(target.phone, sent.phone_code_hash)
    peer.now = got.now
    if not got.data:
        raise _UnreachableError("the command for the code has printed none")
    return _Sent(sent.phone_code_hash, got.data.decode("utf-8", "replace").strip())


def _sign_in(
    peer: FaultyClient,
    sent: _Sent,
    *,
    phone_number: str | None = None,
    phone_code_hash: str | None = None,
    phone_code: str | None = None,
) -> Doing[bytes]:
    """auth.signIn; what is not specified is right."""
    query = functions.auth.SignIn(
        peer.target.phone if phone_number is None else phone_number,
        sent.phone_code_hash if phone_code_hash is None else phone_code_hash,
        sent.code if phone_code is None else phone_code,
    )
    return (yield from _call(peer, query))


def _is_accepted(answer: bytes) -> bool:
    """Whether a server has accepted a code: it logs in, or asks for the password."""
    return not _error(answer) or _error(answer) == PASSWORD_NEEDED


def _finish(peer: FaultyClient, answer: bytes) -> Doing[str | None]:
    """After the right code: the password, if there is one, and the authorization."""
    if _error(answer) == PASSWORD_NEEDED and peer.target.password:
        offered = yield from _get_password(peer)
        answer = yield from _check_password(peer, offered.srp_id or 0, _proof(peer, offered))
    if answer[:4] == AUTHORIZATION:
        return None
    return f"the server does not log in with the right data: {_error(answer) or 'another answer'}"


def _get_password(peer: FaultyClient) -> Doing[types.account.Password]:
    answer = yield from _call(peer, functions.account.GetPassword())
    password: types.account.Password = _value(answer, types.account.Password, "account.getPassword")
    if password.srp_B is None or password.srp_id is None:
        raise _UnreachableError("account.getPassword offers no srp_B")
    return password


def _algorithm(offered: types.account.Password) -> Any:
    if isinstance(offered.current_algo, types.PasswordKdfAlgoUnknown) or offered.current_algo is None:
        raise _UnreachableError("account.getPassword has an algorithm that the suite does not know")
    return offered.current_algo


def _proof(peer: FaultyClient, offered: types.account.Password, password: str = "") -> srp.Proof:
    algo = _algorithm(offered)
    return srp.proof(
        password or peer.target.password,
        salt1=algo.salt1,
        salt2=algo.salt2,
        g=algo.g,
        p=algo.p,
        srp_B=offered.srp_B or b"",
        entropy=peer.entropy,
    )


def _check_password(peer: FaultyClient, srp_id: int, proof: srp.Proof) -> Doing[bytes]:
    check = types.InputCheckPasswordSRP(srp_id, proof.A, proof.M1)
    return (yield from _call(peer, functions.auth.CheckPassword(check)))


def _needs_password(peer: FaultyClient) -> Doing[types.account.Password]:
    sent = yield from _request_code(peer)
    error = _error((yield from _sign_in(peer, sent)))
    if error != PASSWORD_NEEDED:
        raise _UnreachableError(f"auth.signIn is answered with {error or 'a login'}, not {PASSWORD_NEEDED}")
    return (yield from _get_password(peer))


# -- codes --------------------------------------------------------------------------------------------------------


def _login(peer: FaultyClient) -> Doing[str | None]:
    sent = yield from _request_code(peer)
    return (yield from _finish(peer, (yield from _sign_in(peer, sent))))


def login_control() -> ScriptMaker:
    """The control of cases with an account: a correct login."""
    return _control


_control = _needs_account(_login)


def _with(**changes: Callable[[FaultyClient, _Sent], str]) -> Login:
    """auth.signIn with something wrong, and then as it should be."""

    def script(peer: FaultyClient) -> Doing[str | None]:
        sent = yield from _request_code(peer)
        wrong = yield from _sign_in(peer, sent, **{name: make(peer, sent) for name, make in changes.items()})
        if _is_accepted(wrong):
            return "the server accepted it"
        right = yield from _sign_in(peer, sent)
        if not _is_accepted(right):  # a server may drop the code after the first wrong attempt
            right = yield from _sign_in(peer, (yield from _request_code(peer)))
        return (yield from _finish(peer, right))

    return script


def _other_digit(text: str) -> str:
    return text[:-1] + chr((ord(text[-1]) - 48 + 1) % 10 + 48)


def _guess(peer: FaultyClient) -> Doing[str | None]:
    sent = yield from _request_code(peer)
    code = sent.code
    for _ in range(_GUESSES):
        code = _other_digit(code[-1:] + code[:-1])
        if code != sent.code and _is_accepted((yield from _sign_in(peer, sent, phone_code=code))):
            return "the server accepted a wrong code"
    if _is_accepted((yield from _sign_in(peer, sent))):
        return f"the server accepts the code after {_GUESSES} wrong ones"
    return None


def _twice(peer: FaultyClient) -> Doing[str | None]:
    sent = yield from _request_code(peer)
    wrong = yield from _finish(peer, (yield from _sign_in(peer, sent)))
    if wrong is not None:
        raise _UnreachableError(wrong)
    if not (yield from begin(peer)):
        raise _UnreachableError("the server does not answer a correct ping with another key")
    again = yield from _sign_in(peer, sent)
    return "the server accepted the code a second time, with another key" if _is_accepted(again) else None


def _unauthorized(peer: FaultyClient) -> Doing[str | None]:
    if not (yield from begin(peer)):
        raise _UnreachableError("the server does not answer a correct ping")
    answer = yield from _call(peer, functions.account.GetAuthorizations())
    return None if _error(answer) else "the server answered account.getAuthorizations without a login"


def _before_login(peer: FaultyClient) -> Script:
    try:
        wrong = yield from _unauthorized(peer)
    except _UnreachableError as error:
        return not_reached(str(error))
    return correct("the server answered with an error") if wrong is None else violated(wrong)


# -- passwords ----------------------------------------------------------------------------------------------------


def _parameters(peer: FaultyClient) -> Doing[str | None]:
    offered = yield from _needs_password(peer)
    try:
        proof = _proof(peer, offered)
    except RemoteProtocolError as error:
        return f"the server offers {error}"
    answer = yield from _check_password(peer, offered.srp_id or 0, proof)
    return None if answer[:4] == AUTHORIZATION else f"the server does not log in: {_error(answer)}"


def _before_password(peer: FaultyClient) -> Doing[str | None]:
    yield from _needs_password(peer)
    answer = yield from _call(peer, functions.account.GetAuthorizations())
    return None if _error(answer) else "the server answered account.getAuthorizations before the password"


Forge = Callable[[FaultyClient, types.account.Password], tuple[int, srp.Proof]]


def _not_proven(forge: Forge) -> Login:
    """auth.checkPassword that proves nothing, and then one with the password."""

    def script(peer: FaultyClient) -> Doing[str | None]:
        offered = yield from _needs_password(peer)
        srp_id, proof = forge(peer, offered)
        answer = yield from _check_password(peer, srp_id, proof)
        if answer[:4] == AUTHORIZATION:
            return "the server logs in"
        offered = yield from _get_password(peer)
        answer = yield from _check_password(peer, offered.srp_id or 0, _proof(peer, offered))
        return None if answer[:4] == AUTHORIZATION else f"the right password does not work then: {_error(answer)}"

    return script


def _multiple(factor: int) -> Forge:
    """A is a multiple of p: then the shared number is 0, whatever the password is."""

    def forge(peer: FaultyClient, offered: types.account.Password) -> tuple[int, srp.Proof]:
        algo = _algorithm(offered)
        public = factor * int.from_bytes(algo.p, "big")
        return offered.srp_id or 0, srp.proof_of_shared(
            0, public, salt1=algo.salt1, salt2=algo.salt2, g=algo.g, p=algo.p, srp_B=offered.srp_B or b""
        )

    return forge


def _wrong_password(peer: FaultyClient, offered: types.account.Password) -> tuple[int, srp.Proof]:
    return offered.srp_id or 0, _proof(peer, offered, "not the password")


def _replayed(peer: FaultyClient) -> Doing[str | None]:
    offered = yield from _needs_password(peer)
    proof = _proof(peer, offered)
    answer = yield from _check_password(peer, offered.srp_id or 0, proof)
    if answer[:4] != AUTHORIZATION:
        raise _UnreachableError(f"the server does not log in: {_error(answer)}")
    if not (yield from begin(peer)):
        raise _UnreachableError("the server does not answer a correct ping with another key")
    offered = replace((yield from _needs_password(peer)), srp_id=offered.srp_id)
    answer = yield from _check_password(peer, offered.srp_id or 0, proof)
    return "the server logs in with a proof that was used" if answer[:4] == AUTHORIZATION else None


def _code_case(
    name: str, title: str, script: Login, *, level: Level = Level.MUST, expected: str = "", risk: str = _CODE_RISK
) -> Case:
    return server_case(
        f"server-{name}", "AU5", title, _needs_account(script),
        expected=expected or "The server answers with an error.", risk=risk, section=sections.SIGN_IN, level=level,
        tags=("login",), without_fault=login_control,
    )  # fmt: skip


def _password_case(name: str, title: str, script: Login, *, expected: str = "", risk: str = _PASSWORD_RISK) -> Case:
    return server_case(
        f"server-password-{name}", "HS20", title, _needs_account(script, password=True),
        expected=expected or "The server answers with an error.", risk=risk, section=sections.SRP, tags=("login",),
        without_fault=login_control,
    )  # fmt: skip


CASES: tuple[Case, ...] = (
    server_case(
        "server-call-before-login", "AU5", "account.getAuthorizations comes with a key that has not logged in.",
        _before_login, expected="The server answers with an error.",
        risk="What belongs to accounts is open to anyone.", section=sections.AUTH, tags=("login",),
    ),
    _code_case(
        "login", "auth.signIn has the code that was sent.", _login, level=Level.SHOULD,
        expected="The server answers with auth.authorization, if there is a password after it.",
        risk="Users cannot log in.",
    ),
    _code_case(
        "code-wrong", "One digit of phone_code is wrong.",
        _with(phone_code=lambda _, sent: _other_digit(sent.code)),
    ),
    _code_case("code-empty", "phone_code is empty.", _with(phone_code=lambda *_: "")),
    _code_case(
        "code-of-other-hash", "phone_code is right, and phone_code_hash is another one.",
        _with(phone_code_hash=lambda _, sent: sent.phone_code_hash[::-1] + "0"),
        risk="A code counts for any request, so one that was sent to an attacker's own number may count for another.",
    ),
    _code_case(
        "code-of-other-number", "phone_code and phone_code_hash are right, but were sent to another number.",
        _with(phone_number=lambda peer, _: _other_digit(peer.target.phone)),
        risk="The code that was sent to an attacker's own number opens the account of another.",
    ),
    _code_case(
        "code-twice", "A code that has logged in is used again, with another key.", _twice,
        risk="A code that was seen once, over a shoulder or in a log, opens the account again.",
    ),
    _code_case(
        "codes-guessed", f"{_GUESSES} wrong codes come, and then the right one.", _guess, level=Level.SHOULD,
        expected="The server accepts this code no more, or answers with FLOOD_WAIT.",
        risk="A program tries all codes of five digits.",
    ),
    _password_case(
        "parameters", "The account has two-step verification.", _parameters,
        expected="account.getPassword offers a safe prime, a generator and srp_B that clients accept.",
        risk="Clients that check them cannot log in; others reveal the password.",
    ),
    _password_case(
        "missing", "account.getAuthorizations comes after the code, but before the password.", _before_password
    ),
    _password_case("wrong", "The proof is made with another password.", _not_proven(_wrong_password)),
    _password_case("a-is-zero", "A of the proof is 0, and M1 is for the shared number 0.", _not_proven(_multiple(0))),
    _password_case("a-is-prime", "A of the proof is p, and M1 is for the shared number 0.", _not_proven(_multiple(1))),
    _password_case(
        "proof-repeated", "A proof that has logged in is used again, with another key.", _replayed,
        risk="Who has recorded a proof logs in with it.",
    ),
)  # fmt: skip
