"""Any sequence of inputs, results and errors: only our own exceptions, and a valid snapshot at every step."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sansio_tl import errors
from sansio_tl.auth import Compute, Flow, Invoke, PhoneCodeFlow
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.state_table import AwaitInput, Final, Running, states_of
from sansio_tl.errors import LocalProtocolError, ProtocolError, RemoteProtocolError, RpcError
from sansio_tl.types import UpdateSentPhoneCode, UserEmpty, account
from tests.helpers.flow_samples import (
    ANSWERS,
    FIREBASE,
    NOW,
    PURPOSES,
    USER_INPUTS,
    known_error,
    stored_state,
    through_json,
)

NAMES = sorted({name for _, given in at.TABLE for name in getattr(given, "names", ())})
RPC_ERRORS = [known_error(name) for name in NAMES] + [
    *(known_error(error.name) for error in errors.ANY_METHOD),
    errors.parse(400, "NOBODY_KNOWS_THIS"),
    errors.parse(777, "NOR_THIS_5"),
    errors.PhoneMigrate(dc=4),
    errors.RecaptchaCheck("signup", "6Lf"),
]
RESULTS = [
    *ANSWERS.values(),
    FIREBASE,
    UserEmpty(id=7),
    account.EmailVerifiedLogin(email="me@b.c", sent_code=FIREBASE),
    account.EmailVerified(email="me@b.c"),
    None,
    b"bytes",
]


class AnySequence(RuleBasedStateMachine):
    """Keeps the flow, and at each step compares it with one that went through JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.flow: Flow[Any]

    @initialize(purpose=st.sampled_from(PURPOSES))
    def begin(self, purpose: Any) -> None:
        self.flow = PhoneCodeFlow(purpose)

    def attempt(self, what: Any) -> None:
        """Do it to the flow and to its copy; both must answer alike when the copy is in the same state."""
        copy = through_json(self.flow)
        same = stored_state(self.flow) == self.flow.state
        before = self.flow.state
        raised = self.outcome(what, self.flow)
        if same:
            assert self.outcome(what, copy) == raised
            if not (isinstance(self.flow.state, Running) and self.flow.state != copy.state):
                assert copy.snapshot() == self.flow.snapshot()
        if raised is LocalProtocolError:
            assert self.flow.state == before

    def outcome(self, what: Any, flow: Any) -> type[ProtocolError] | None:
        try:
            what(flow)
        except ProtocolError as error:
            return type(error)
        return None

    @rule(move=st.sampled_from(sorted(USER_INPUTS, key=str)))
    def move(self, move: Any) -> None:
        allowed = move in self.flow.allowed_inputs and not (
            self.flow.prompt and "Challenge" in type(self.flow.prompt).__name__
        )
        state = self.flow.state
        self.attempt(USER_INPUTS[move])
        if not allowed:
            assert self.flow.state == state

    @rule(result=st.sampled_from(RESULTS))
    def result(self, result: object) -> None:
        self.attempt(lambda flow: flow.receive_result(result, now=NOW))

    @rule(error=st.sampled_from(RPC_ERRORS))
    def rpc_failure(self, error: RpcError) -> None:
        self.attempt(lambda flow: flow.receive_error(error, now=NOW))

    @rule()
    def right_answer(self) -> None:
        """Sequences of noise seldom go far; this lets them: whatever the state takes."""
        for given, result in ANSWERS.items():
            if (self.flow.state, given) in at.TABLE and isinstance(self.flow.next_action(), Invoke):
                self.attempt(lambda flow, result=result: flow.receive_result(result, now=NOW))
                return

    @rule(value=st.sampled_from([object(), RemoteProtocolError("HS20", "a bad group")]))
    def computed(self, value: object) -> None:
        self.attempt(lambda flow: flow.receive_computed(value))

    @rule(sent=st.sampled_from([ANSWERS[at.CODE_SENT], ANSWERS[at.EMAIL_CODE_SENT]]))
    def update(self, sent: Any) -> None:
        self.attempt(lambda flow: flow.receive_update(UpdateSentPhoneCode(sent_code=sent), now=NOW))

    @rule()
    def prove(self) -> None:
        self.attempt(lambda flow: flow.answer_challenge("token"))

    @rule()
    def give_up(self) -> None:
        self.attempt(lambda flow: flow.abandon_challenge())

    @invariant()
    def says_one_thing(self) -> None:
        """Busy, waiting or finished: exactly one of an action, something wanted, and an end."""
        if not hasattr(self, "flow"):
            return
        action = self.flow.next_action()
        assert action is None or isinstance(action, Invoke | Compute)
        assert [action is not None, self.flow.prompt is not None, self.flow.finished].count(True) == 1
        assert self.flow.state in states_of(at.TABLE).values()
        if isinstance(self.flow.state, AwaitInput):
            assert self.flow.allowed_inputs
        if isinstance(self.flow.state, Final):
            assert not self.flow.allowed_inputs


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
