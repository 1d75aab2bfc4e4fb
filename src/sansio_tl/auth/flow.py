"""The engine of every flow: a table of transitions, and the one thing to do next.

    flow = BotLogin(...)
    while (action := flow.next_action()) is not None:
        ...                                     # invoke or compute, then receive_result / receive_error / computed
    flow.state, flow.prompt                     # what somebody must do now; or flow.finished and flow.result

No I/O, no clock, no randomness: `now` (seconds since the Unix epoch) and `entropy` are arguments. A flow can be written
to JSON at any moment and taken up in another process.

Only two kinds of exception leave a flow. LocalProtocolError: a move that the state does not allow, or an answer that
nobody asked for; nothing has changed. RemoteProtocolError: AU1, the server's answer is none that the step allows, or
AU2, it leads the flow round in circles; the flow is back where somebody must move. A refusal of the server
is no exception: it is a row of the table, and what the person should know of it is in `error`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast

import msgspec

from sansio_tl.auth.actions import Action, Compute, Invoke
from sansio_tl.auth.challenges import challenge_of, with_proof
from sansio_tl.auth.entered import any_text, sendable
from sansio_tl.auth.prompts import ChallengePrompt, Prompt
from sansio_tl.auth.snapshot import Saved, from_jsonable, to_jsonable
from sansio_tl.auth.state_table import (
    AwaitInput,
    Computation,
    Final,
    Input,
    Request,
    RpcFailure,
    Running,
    State,
    Table,
    UserInput,
    states_of,
)
from sansio_tl.codec.index import LAYER
from sansio_tl.errors import MAIN_DC_MOVED, LocalProtocolError, ProtocolError, RemoteProtocolError, RpcError, parse
from sansio_tl.tl.objects import Function, TLObject

R = TypeVar("R")
Build: TypeAlias = Callable[[Any, Mapping[str, Any]], Function[Any]]

DONE = Final("done", "The purpose is fulfilled; `result` holds what the server gave.")
FAILED = Final("failed", "It cannot be had; `error` says why.")

MAX_REPEATS = 3
"""How often one refusal may be obeyed without asking anybody: AUTH_RESTART, SRP_ID_INVALID and the like come once."""

MAX_ROUNDS = 12
"""How often one answer may lead on before somebody moves (AU2). Obeying all refusals takes fewer."""

MAX_REDIRECTS = 5
"""How often the server may send one request to another data center: there are five."""


class FlowData(msgspec.Struct):
    """What a flow knows besides its state. Goes into the snapshot whole; shows in no repr."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class Flow(Generic[R]):
    """Base of all flows; a subclass gives its TABLE, makes its requests and understands its answers."""

    KIND: ClassVar[str]
    """The name in a snapshot."""
    TABLE: ClassVar[Table]
    FACTS: ClassVar[type[FlowData]]
    RESULT: ClassVar[tuple[type, ...]]
    """The classes that `result` may have."""
    REQUESTS: ClassVar[Mapping[State, Build]]
    """Every asking state -> what makes its request of the facts and the secrets."""
    WANTS: ClassVar[Mapping[State, Callable[[Any], Prompt | None]]]
    """Every waiting state -> what makes `prompt` of the facts."""

    _STATES: ClassVar[Mapping[str, State]]
    _REFUSALS: ClassVar[Mapping[tuple[State, str], RpcFailure]]

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "TABLE" in vars(cls):
            cls._STATES = {**states_of(cls.TABLE), DONE.value: DONE, FAILED.value: FAILED}
            cls._REFUSALS = {
                (state, name): given
                for state, given in cls.TABLE
                if isinstance(given, RpcFailure)
                for name in given.names
            }

    def __init__(self, facts: FlowData, state: State) -> None:
        """Subclasses take their own arguments; this is for them and for `restore`.

        Raises LocalProtocolError when the first request cannot be made of them.
        """
        self._check(state, facts, {})
        self._facts = facts
        self._state = state
        self._error: RpcError | None = None
        self._result: object = None
        self._dc: int | None = None
        self._redirects = 0
        self._repeats: Counter[str] = Counter()
        self._challenge: ChallengePrompt | None = None
        self._proof: tuple[ChallengePrompt, str] | None = None
        self._secrets: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._state}>"

    # --- what it is ---------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Where the flow is in its table."""
        return self._state

    @property
    def error(self) -> RpcError | None:
        """The server's last refusal that somebody should know of; forgotten at the next move."""
        return self._error

    @property
    def prompt(self) -> Prompt | None:
        """What somebody must do now, with all that a user interface needs for it; None while busy and at the end."""
        if self._challenge is not None:
            return self._challenge
        return self.WANTS[self._state](self._facts) if isinstance(self._state, AwaitInput) else None

    @property
    def allowed_inputs(self) -> tuple[UserInput, ...]:
        """What may be done now, in the order of the table."""
        return tuple(
            given
            for state, given in self.TABLE
            if state == self._state and isinstance(given, UserInput) and self._is_enabled(given)
        )

    @property
    def finished(self) -> bool:
        """Whether the flow is at an end: `DONE` or `FAILED`."""
        return isinstance(self._state, Final)

    @property
    def result(self) -> R:
        """What the server gave in the end. Raises LocalProtocolError before the flow is `DONE`."""
        if self._state != DONE:
            raise LocalProtocolError(f"there is no result in state {self._state}")
        return cast("R", self._result)

    # --- what it asks -------------------------------------------------------------------------------------------

    def next_action(self) -> Action | None:
        """The one thing to do now; the same until it is answered. None when somebody must move, or at the end."""
        if self._challenge is not None:
            return None
        if isinstance(self._state, Request):
            request = self.REQUESTS[self._state](self._facts, self._secrets)
            if self._proof is not None:
                request = with_proof(request, *self._proof)
            return Invoke(request, self._target(), self._moves_account())
        if isinstance(self._state, Computation):
            return Compute(self._job(self._state))
        return None

    def receive_result(self, result: object, *, now: float) -> None:
        """The request was answered. Raises RemoteProtocolError (AU1, AU2) when the answer does not belong here."""
        state = self._must_be(Request, "no request is under way")
        try:
            given = self._classify_result(state, result, now)
            if (state, given) not in self.TABLE or not self._is_enabled(given):
                raise RemoteProtocolError("AU1", f"{given} is no answer in state {state}")  # noqa: TRY301
            self._advance(state, given)
        except RemoteProtocolError:
            self._set_state(state.home)
            raise

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """The request was refused. An answer that could not be read (RemoteProtocolError) is raised again."""
        state = self._must_be(Request, "no request is under way")
        if isinstance(error, RemoteProtocolError):
            self._set_state(state.home)
            raise error
        if self._is_redirect(error) or self._is_challenge(error):
            return
        given = self._REFUSALS.get((state, error.name))
        self._error = error
        if given is not None and self._is_enabled(given):
            self._on_rpc_error(state, given, error, now)
            if isinstance(self.TABLE[state, given], Running) and self._repeats[f"{state}: {given}"] >= MAX_REPEATS:
                self._set_state(state.home)
            else:
                self._advance(state, given)
        else:
            self._set_state(FAILED if error.authorization_lost else state.home)
        if isinstance(self._state, Running):
            self._error = None

    def receive_computed(self, value: object) -> None:
        """The computation has this value. Raises RemoteProtocolError when it found the server's numbers unsafe."""
        state = self._must_be(Computation, "nothing is being computed")
        if isinstance(value, ProtocolError):
            self._set_state(state.home)
            raise value
        self._advance(state, self._on_computed(state, value))

    # --- what comes unasked -------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` is to be called, unless something else happens before; None: never."""
        return None

    def handle_deadline(self, *, now: float) -> None:
        """Time has passed. Does nothing before `next_deadline`."""

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """Some flows are told by an update how they go on; pass on all. True when it was for this flow."""
        del update, now
        return False

    # --- challenges ---------------------------------------------------------------------------------------------

    def answer_challenge(self, token: str) -> None:
        """Send the request that was challenged again, with the proof. The server wants it for this request only.

        Raises LocalProtocolError for a token that cannot be sent; the challenge is still pending then.
        """
        if self._challenge is None:
            raise LocalProtocolError("no challenge is pending")
        proof = (self._challenge, any_text(token, "the token"))
        request = self.REQUESTS[self._state](self._facts, self._secrets)
        sendable(with_proof(request, *proof))
        self._proof, self._challenge = proof, None

    def abandon_challenge(self) -> None:
        """Leave the challenge unanswered: the flow is back where the request was made."""
        if self._challenge is None:
            raise LocalProtocolError("no challenge is pending")
        self._set_state(cast("Running", self._state).home)

    # --- JSON ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything as JSON-able data: state, phone number, phone_code_hash and so on, and the result at the end.

        It holds no password, no code and no token that somebody entered: a flow that was just about to hand one in is
        stored as if it had not been entered yet. What it does hold lets its reader interfere with this log-in, so keep
        it like a session file.
        """
        state = self._state
        if isinstance(state, Running) and state.needs:
            state = state.home
        return {
            "flow": self.KIND,
            "version": 1,
            "layer": LAYER,
            "state": state.value,
            "facts": msgspec.to_builtins(self._facts),
            "dc": self._dc,
            "redirects": self._redirects,
            "repeats": dict(self._repeats) if isinstance(state, Running) else {},
            "challenge": msgspec.to_builtins(self._challenge) if isinstance(state, Running) else None,
            "error": self._error and {"code": self._error.code, "text": self._error.text, "of": self._error.request},
            "result": to_jsonable(self._result) if state == DONE else None,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> Self:
        """Take up a flow where `snapshot` left it. Raises LocalProtocolError when it is not one of this flow."""
        if not isinstance(snapshot, Mapping) or snapshot.get("flow") != cls.KIND or snapshot.get("version") != 1:
            raise LocalProtocolError(f"this is no snapshot of the flow {cls.KIND!r}")
        if snapshot.get("layer") != LAYER:
            raise LocalProtocolError(f"the snapshot was made with another layer than {LAYER}")
        flow = cls.__new__(cls)
        try:
            saved = msgspec.convert(dict(snapshot), Saved)
            state = cls._STATES[saved.state]
            if isinstance(state, Running) and state.needs:
                state = state.home  # what it needs is in no snapshot
            Flow.__init__(flow, msgspec.convert(saved.facts, cls.FACTS), state)
            flow._take_up(saved)  # noqa: SLF001 - ours, one line above
        except (KeyError, TypeError, ValueError, RecursionError, msgspec.ValidationError) as error:
            # Its text would show what the snapshot holds.
            raise LocalProtocolError(f"the snapshot is damaged: {type(error).__name__}") from None
        return flow

    def _take_up(self, saved: Saved) -> None:
        self._dc = saved.dc
        self._redirects = saved.redirects
        self._repeats.update(saved.repeats)
        if isinstance(self._state, Request):
            self._challenge = saved.challenge
        if saved.error is not None:
            self._error = parse(saved.error.code, saved.error.text, saved.error.of)
        result = from_jsonable(saved.result)
        if self._state == DONE:
            self._result = result
            if not isinstance(result, self.RESULT):
                raise LocalProtocolError(f"the snapshot holds a result that {self.KIND} does not have")

    # --- for subclasses -----------------------------------------------------------------------------------------

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        """Which answer `result` is; remember what it brought."""
        raise NotImplementedError

    def _job(self, state: Computation) -> Callable[[], object]:
        """The computation of this state; it returns a ProtocolError rather than raise it."""
        raise NotImplementedError

    def _on_computed(self, state: Computation, value: object) -> Input:
        """Which answer the computed value is; remember it."""
        raise NotImplementedError

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        """A refusal of the table is about to take effect: remember what it says."""

    def _is_enabled(self, given: Input) -> bool:
        """Whether the input exists at all for the purpose of this flow."""
        del given
        return True

    def _target(self) -> int | None:
        """The data center for the next request."""
        return self._dc

    def _moves_account(self) -> bool:
        return self._dc is not None

    def _move(self, move: UserInput, facts: FlowData | None = None, /, **secrets: object) -> None:
        """The user does something; `facts`, if given, replace those of the flow, and `secrets` are added.

        Raises LocalProtocolError, with nothing changed, when the state does not allow it or when the request that
        comes of it could not be sent.
        """
        if self._challenge is not None or move not in self.allowed_inputs:
            where = "while a challenge is pending" if self._challenge is not None else f"in state {self._state}"
            raise LocalProtocolError(f"cannot {move} {where}")
        target = self.TABLE[self._state, move]
        facts = self._facts if facts is None else facts
        self._check(target, facts, {**self._secrets, **secrets})
        self._facts = facts
        self._error = None
        self._repeats.clear()
        self._redirects = 0
        self._secrets.update(secrets)
        self._set_state(target)

    def _check(self, state: State, facts: FlowData, secrets: Mapping[str, Any]) -> None:
        """Raise LocalProtocolError when the request of `state`, if it has one, could not be sent."""
        if isinstance(state, Request) and state.needs <= secrets.keys():
            sendable(self.REQUESTS[state](facts, secrets))

    def _finish(self, result: object) -> None:
        self._result = result

    # --- within -------------------------------------------------------------------------------------------------

    def _must_be(self, kind: type[_Kind], otherwise: str) -> _Kind:
        if not isinstance(self._state, kind) or self._challenge is not None:
            raise LocalProtocolError(f"{otherwise} in state {self._state}")
        return self._state

    def _advance(self, state: Running, given: Input) -> None:
        """Follow the table. AU2: an answer that leads on by itself does so a few times only."""
        target = self.TABLE[state, given]
        if isinstance(target, Running):
            self._repeats[f"{state}: {given}"] += 1
            if self._repeats[f"{state}: {given}"] > MAX_ROUNDS:
                raise RemoteProtocolError("AU2", f"{given} in state {state} again and again")
        self._set_state(target)

    def _set_state(self, state: State) -> None:
        if isinstance(state, Running) and not state.needs <= self._secrets.keys():
            state = state.home
        if isinstance(state, AwaitInput):
            self._secrets = {name: value for name, value in self._secrets.items() if name in state.keeps}
        elif isinstance(state, Final):
            self._secrets = {}
        self._challenge = None
        self._proof = None
        self._state = state

    def _is_redirect(self, error: RpcError) -> bool:
        """303: the same request goes to another data center, a few times at most."""
        if not isinstance(error, MAIN_DC_MOVED) or self._redirects >= MAX_REDIRECTS:
            return False
        self._redirects += 1
        self._dc = error.dc  # type: ignore[attr-defined]  # each of MAIN_DC_MOVED carries it
        return True

    def _is_challenge(self, error: RpcError) -> bool:
        """403: the same request, but with a proof. A second demand after a proof is a refusal."""
        if self._proof is not None:
            return False
        self._challenge = challenge_of(error)
        return self._challenge is not None


_Kind = TypeVar("_Kind", bound=Running)
