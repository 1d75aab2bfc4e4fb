"""Login prompts: which callback is asked for what, when again, and the inputs of the flow."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import auth, types
from sansio_tl.errors import LocalProtocolError, PhoneCodeInvalid, RemoteProtocolError
from sansio_tl_transports import LoginInterrupted
from sansio_tl_transports._shared.login import Conversation, PromptAnswers, begin

PROMPTS: list[tuple[str, auth.Prompt, object, tuple[str, tuple[object, ...]]]] = [
    ("code", auth.CodePrompt(via=auth.CodeDelivery.SMS), "12345", ("enter_code", ("12345",))),
    ("password", auth.PasswordPrompt(), "secret", ("enter_password", ("secret",))),
    ("sign_up", auth.SignUpPrompt(), ("Ada", "L"), ("sign_up", ("Ada", "L"))),
    ("email", auth.EmailPrompt(), "a@b.c", ("enter_email", ("a@b.c",))),
    ("email_code", auth.EmailCodePrompt(pattern="a***@b.c"), "111", ("enter_email_code", ("111",))),
    ("show_qr", auth.ScanPrompt(link="tg://login?token=A", expires_at=1.0), None, ("", ())),
]


class FakeFlow:
    """Has a prompt, and records its inputs."""

    def __init__(self, expected: auth.Prompt | None = None) -> None:
        self.prompt, self.error, self.state = expected, None, auth.DONE
        self.result = types.auth.Authorization(user=types.User(id=7))
        self.inputs: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def method(*given: object, entropy: object = None) -> None:
            assert (entropy is not None) == (name == "enter_password")
            self.inputs.append((name, given))

        return method


def conversation(flow: FakeFlow, **answers: Any) -> Conversation:
    made: Any = flow
    return Conversation(made, PromptAnswers(**answers))


@pytest.mark.parametrize(("who", "expected", "given", "reported"), PROMPTS, ids=[each[0] for each in PROMPTS])
def test_each_callback_answers_its_prompt(who: str, expected: auth.Prompt, given: object, reported: Any) -> None:
    def answer(_: object) -> object:
        return given

    flow = FakeFlow(expected)
    talk = conversation(flow, **{who: answer})
    assert talk.question() == (answer, expected)
    talk.answer(expected, given)
    assert flow.inputs == ([reported] if reported[0] else [])
    with pytest.raises(LoginInterrupted, match=rf"\({type(expected).__name__}\): pass {who}=\.\.\.,") as stuck:
        conversation(flow, **{each: answer for each, *_ in PROMPTS if each != who}).question()
    assert stuck.value.flow is flow  # type: ignore[comparison-overlap]


def test_unanswerable_prompt_is_reported() -> None:
    with pytest.raises(LoginInterrupted, match="NumberPrompt"):
        conversation(FakeFlow(auth.NumberPrompt()), code=str).question()


def test_wrong_code_is_prompted_for_again_and_another_error_raised() -> None:
    flow = FakeFlow(auth.CodePrompt(via=auth.CodeDelivery.SMS))
    talk = conversation(flow, code=str)
    talk.question()
    rpc_error: Any = PhoneCodeInvalid()
    flow.error = rpc_error
    with pytest.raises(PhoneCodeInvalid):
        talk.question()  # no more tries than before: asking again is of no use
    flow.prompt = auth.CodePrompt(via=auth.CodeDelivery.SMS, tries=1)
    assert talk.question()[1] is flow.prompt
    with pytest.raises(PhoneCodeInvalid):
        talk.question()
    flow.prompt = auth.PasswordPrompt(tries=5)
    with pytest.raises(PhoneCodeInvalid):
        conversation(flow, password=lambda _: "x").question()  # nothing was asked yet


def test_fixed_password_is_used_once() -> None:
    flow = FakeFlow(auth.PasswordPrompt())
    talk = conversation(flow, password="secret")
    ask, expected = talk.question()
    assert ask(expected) == "secret"
    rpc_error: Any = PhoneCodeInvalid()
    flow.error, flow.prompt = rpc_error, auth.PasswordPrompt(tries=1)
    with pytest.raises(PhoneCodeInvalid):
        talk.question()
    asked = conversation(flow, password=lambda _: "x")
    flow.error, flow.prompt = None, auth.PasswordPrompt()
    asked.question()
    flow.error, flow.prompt = rpc_error, auth.PasswordPrompt(tries=1)
    asked.question()


def test_AU2_wrong_codes_of_a_callback_are_bounded() -> None:
    flow = FakeFlow(auth.CodePrompt(via=auth.CodeDelivery.SMS))
    talk = conversation(flow, code=str)
    talk.question()
    rpc_error: Any = PhoneCodeInvalid()
    flow.error = rpc_error
    for tries in range(1, 5):
        flow.prompt = auth.CodePrompt(via=auth.CodeDelivery.SMS, tries=tries)
        talk.question()
    flow.prompt = auth.CodePrompt(via=auth.CodeDelivery.SMS, tries=5)
    with pytest.raises(PhoneCodeInvalid):
        talk.question()


def test_AU2_restarts_of_a_login_are_bounded() -> None:
    talk = conversation(FakeFlow(auth.CodePrompt(via=auth.CodeDelivery.SMS)), code=str)
    for _ in range(4):
        talk.question()
    with pytest.raises(RemoteProtocolError, match="AU2: the server has restarted the login more than 3 times"):
        talk.question()


def test_qr_code_is_renewed_without_bound() -> None:
    talk = conversation(FakeFlow(auth.ScanPrompt(link="tg://login?token=A", expires_at=1.0)), show_qr=str)
    for _ in range(20):
        talk.question()


def test_AU1_login_without_a_user_is_an_error() -> None:
    flow = FakeFlow()
    flow.result = types.auth.Authorization(user=types.UserEmpty(id=0))
    with pytest.raises(RemoteProtocolError, match="userEmpty"):
        conversation(flow).end()


def test_login_returns_the_user_or_raises_the_error() -> None:
    flow = FakeFlow()
    assert conversation(flow).end() == types.User(id=7)
    flow.state = auth.FAILED
    with pytest.raises(LoginInterrupted, match="the login has failed"):
        conversation(flow).end()
    rpc_error: Any = PhoneCodeInvalid()
    flow.error = rpc_error
    with pytest.raises(PhoneCodeInvalid):
        conversation(flow).end()


@pytest.mark.parametrize(
    ("phone", "token", "qr", "kind"),
    [("+1", None, False, auth.PhoneCodeFlow), (None, "1:x", False, auth.BotLogin), (None, None, True, auth.QrLogin)],
)
def test_begin_creates_the_flow_of_exactly_one_login_method(
    phone: str | None, token: str | None, qr: bool, kind: type
) -> None:
    flow = begin(phone_number=phone, bot_token=token, qr=qr, api_id=5, api_hash="x", logout_tokens=(b"t",))
    assert type(flow) is kind
    if isinstance(flow, auth.PhoneCodeFlow):
        assert flow.purpose.options.logout_tokens == (b"t",)
    for other in ({"phone_number": "+2"}, {"bot_token": "2:y"}, {"qr": True}):
        inputs: dict[str, Any] = {"phone_number": phone, "bot_token": token, "qr": qr} | other
        if inputs != {"phone_number": phone and "+2", "bot_token": token and "2:y", "qr": qr}:
            with pytest.raises(LocalProtocolError, match="exactly one of"):
                begin(**inputs, api_id=5, api_hash="x")
    with pytest.raises(LocalProtocolError, match="exactly one of"):
        begin(phone_number=None, bot_token=None, qr=False, api_id=5, api_hash="x")
