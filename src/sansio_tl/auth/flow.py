"""The engine of every flow: a table of transitions and the next action.

    flow = BotLogin(...)
    while (action := flow.next_action()) is not None:
        ...                                     # then receive_result, receive_error or receive_computed
    flow.state, flow.prompt                     # the input that the user must give; or flow.finished and flow.result

No I/O, no clock, no randomness: `now` (seconds since the Unix epoch) and `entropy` are arguments. A flow can be written
to JSON at any moment and continued in another process.

A flow raises two kinds of exceptions. LocalProtocolError: the input is not allowed in this state, or nothing was
requested; nothing has changed. RemoteProtocolError: AU1, the step does not allow the server's answer, or AU2, the
server's answers form a loop; the flow is back in the last state that awaits input. An RPC error is not an exception: it
is a row of the table, and `error` holds what the user should know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast
from weakref import ReferenceType, ref

import msgspec

from sansio_tl.auth.actions import Action, Invoke
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
from sansio_tl.auth.user_input import any_text, sendable
from sansio_tl.auth.verification_challenges import challenge_of, with_proof
from sansio_tl.codec.index import LAYER
from sansio_tl.computation import left_to_driver, require_value
from sansio_tl.errors import MAIN_DC_MOVED, LocalProtocolError, ProtocolError, RemoteProtocolError, RpcError, parse
from sansio_tl.reprs import rich_repr
from sansio_tl.tl.objects import Function, TLObject

R = TypeVar("R")
Build: TypeAlias = Callable[[Any, Mapping[str, Any]], Function[Any]]

DONE = Final("done", "The flow has succeeded; `result` holds the server's result.")
FAILED = Final("failed", "The flow has failed; `error` holds the reason.")

MAX_REPEATS = 3
"""How often one error is handled by a retry without user input: AUTH_RESTART, SRP_ID_INVALID and the like occur
once."""

MAX_ROUNDS = 12
"""Maximum number of transitions without user input (AU2). Handling all errors takes fewer."""

MAX_REDIRECTS = 2
"""How often the server may redirect requests to another data center without user input. `Client` follows redirects
itself before a flow learns of them, so that each of these stands for several."""


class FlowData(msgspec.Struct):
    """The data of a flow besides its state. The snapshot holds all of it; the repr shows none."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class Flow(Generic[R]):
    """Base of all flows; a subclass defines its TABLE, creates its requests and classifies the answers."""

    KIND: ClassVar[str]
    """The name in a snapshot."""
    TABLE: ClassVar[Table]
    DATA: ClassVar[type[FlowData]]
    RESULT: ClassVar[tuple[type, ...]]
    """The classes that `result` may have."""
    REQUESTS: ClassVar[Mapping[State, Build]]
    """For each request state: a function that creates the request from the data and the secrets."""
    PROMPTS: ClassVar[Mapping[State, Callable[[Any], Prompt | None]]]
    """For each state that awaits input: a function that creates `prompt` from the data."""

    COMPUTED: ClassVar[type] = object
    """The class of the values of its computations."""

    _STATES: ClassVar[Mapping[str, State]]
    _FAILURES: ClassVar[Mapping[tuple[State, str], RpcFailure]]

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "TABLE" in vars(cls):
            cls._STATES = {**states_of(cls.TABLE), DONE.value: DONE, FAILED.value: FAILED}
            cls._FAILURES = {
                (state, name): given
                for state, given in cls.TABLE
                if isinstance(given, RpcFailure)
                for name in given.names
            }

    def __init__(self, data: FlowData, state: State) -> None:
        """Subclasses have arguments of their own; this constructor serves them and `restore`.

        Raises LocalProtocolError if the first request cannot be created from the arguments.
        """
        self._check(state, data, {})
        self._data = data
        self._state = state
        self._error: RpcError | None = None
        self._result: object = None
        self._dc: int | None = None
        self._redirects = 0
        self._repeats: Counter[str] = Counter()
        self._challenge: ChallengePrompt | None = None
        self._proof: tuple[ChallengePrompt, str] | None = None
        self._secrets: dict[str, Any] = {}
        self._owner: ReferenceType[object] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._state}>"

    # --- state ----------------------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The current state of the table."""
        return self._state

    @property
    def error(self) -> RpcError | None:
        """The last error from the server that concerns the user; cleared by the next input."""
        return self._error

    @property
    def prompt(self) -> Prompt | None:
        """The input that the user must give, with everything a user interface needs for it; None while busy and at the
        end.
        """
        if self._challenge is not None:
            return self._challenge
        return self.PROMPTS[self._state](self._data) if isinstance(self._state, AwaitInput) else None

    @property
    def allowed_inputs(self) -> tuple[UserInput, ...]:
        """The inputs that are allowed now, in the order of the table."""
        return tuple(
            given
            for state, given in self.TABLE
            if state == self._state and isinstance(given, UserInput) and self._is_enabled(given)
        )

    @property
    def finished(self) -> bool:
        """Whether the flow has ended: `DONE` or `FAILED`."""
        return isinstance(self._state, Final)

    @property
    def result(self) -> R:
        """The server's final result. Raises LocalProtocolError before the flow is `DONE`."""
        if self._state != DONE:
            raise LocalProtocolError(f"there is no result in state {self._state}")
        return cast("R", self._result)

    # --- actions --------------------------------------------------------------------------------------------------

    def next_action(self) -> Action | None:
        """The next action, the same until it is answered. None when user input is needed, or at the end."""
        if self._challenge is not None:
            return None
        if isinstance(self._state, Request):
            request = self.REQUESTS[self._state](self._data, self._secrets)
            if self._proof is not None:
                request = with_proof(request, *self._proof)
            return Invoke(request, self._target(), self._moves_account())
        if isinstance(self._state, Computation):
            return left_to_driver(self._job(self._state))
        return None

    def receive_result(self, result: object, *, now: float) -> None:
        """The request has a result. Raises RemoteProtocolError (AU1, AU2) if the step does not allow it."""
        state = self._must_be(Request, "no request is pending")
        try:
            given = self._classify_result(state, result, now)
            if (state, given) not in self.TABLE or not self._is_enabled(given):
                raise RemoteProtocolError("AU1", f"unexpected answer in state {state}: {given}")  # noqa: TRY301
            self._advance(state, given)
        except RemoteProtocolError:
            self._set_state(state.home)
            raise

    def receive_error(self, error: RpcError | RemoteProtocolError, *, now: float) -> None:
        """The request failed with an error. A RemoteProtocolError (the answer could not be decoded) is raised again."""
        state = self._must_be(Request, "no request is pending")
        if isinstance(error, RemoteProtocolError):
            self._set_state(state.home)
            raise error
        if self._take_redirect(error) or self._take_challenge(error):
            return
        given = self._FAILURES.get((state, error.name))
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

    def require_computed(self, value: object) -> None:
        """Raises LocalProtocolError for what its computation cannot have returned."""
        require_value(value, self.COMPUTED)

    def set_owner(self, owner: object) -> None:
        """Only `owner` runs it from now on. Raises LocalProtocolError if another connection or client runs it."""
        if self._owner is not None and self._owner() not in (None, owner):
            raise LocalProtocolError(f"{self!r} is run by another connection or client: stop it there first")
        self._owner = ref(owner)

    def clear_owner(self) -> None:
        """Any connection or client may run it."""
        self._owner = None

    def receive_computed(self, value: object) -> None:
        """The computation has returned a value. Raises RemoteProtocolError if it found the server's numbers unsafe."""
        state = self._must_be(Computation, "no computation is pending")
        if isinstance(value, ProtocolError):
            self._set_state(state.home)
            raise value
        self._advance(state, self._on_computed(state, value))

    # --- timers and updates ---------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, unless something else happens before; None: never."""
        return None

    def handle_deadline(self, *, now: float) -> None:
        """Process the passing of time. Does nothing before `next_deadline`."""

    def receive_update(self, update: TLObject, *, now: float) -> bool:
        """Pass every update here: some flows continue after one. True if the update concerns this flow."""
        del update, now
        return False

    # --- challenges ---------------------------------------------------------------------------------------------

    def answer_challenge(self, token: str) -> None:
        """Send the challenged request again, with the proof, which is valid for this request only.

        Raises LocalProtocolError for a token that cannot be sent; the challenge is still pending then.
        """
        if self._challenge is None:
            raise LocalProtocolError("no challenge is pending")
        proof = (self._challenge, any_text(token, "the token"))
        request = self.REQUESTS[self._state](self._data, self._secrets)
        sendable(with_proof(request, *proof))
        self._proof, self._challenge = proof, None

    def abandon_challenge(self) -> None:
        """Leave the challenge unanswered: the flow returns to the state from which the request was made."""
        if self._challenge is None:
            raise LocalProtocolError("no challenge is pending")
        self._set_state(cast("Running", self._state).home)

    # --- JSON ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """The whole flow as JSON-able data: state, phone number, phone_code_hash and so on, and the result at the end.

        It holds no password, code or token that the user entered: a flow that was about to submit one is stored as if
        it had not been entered. Its content allows a reader to interfere with the login: store it like a session file.
        """
        state = self._state
        if isinstance(state, Running) and state.needs:
            state = state.home
        return {
            "flow": self.KIND,
            "version": 1,
            "layer": LAYER,
            "state": state.value,
            "data": msgspec.to_builtins(self._data),
            "dc": self._dc,
            "redirects": self._redirects,
            "repeats": dict(self._repeats) if isinstance(state, Running) else {},
            "challenge": msgspec.to_builtins(self._challenge) if isinstance(state, Running) else None,
            "error": self._error and {"code": self._error.code, "text": self._error.text, "of": self._error.request},
            "result": to_jsonable(self._result) if state == DONE else None,
        }

    @classmethod
    def restore(cls, snapshot: Mapping[str, Any]) -> Self:
        """Continue a flow from a `snapshot`. Raises LocalProtocolError if it is not a snapshot of this flow."""
        if not isinstance(snapshot, Mapping) or snapshot.get("flow") != cls.KIND or snapshot.get("version") != 1:
            raise LocalProtocolError(f"invalid flow snapshot: expected one of the flow {cls.KIND!r}")
        if snapshot.get("layer") != LAYER:
            raise LocalProtocolError(f"invalid flow snapshot: it has another layer than {LAYER}")
        flow = cls.__new__(cls)
        try:
            saved = msgspec.convert(dict(snapshot), Saved)
            state = cls._STATES[saved.state]
            if isinstance(state, Running) and state.needs:
                state = state.home  # no snapshot holds what it needs
            Flow.__init__(flow, msgspec.convert(saved.data, cls.DATA), state)
            flow._load(saved)  # noqa: SLF001 - ours, one line above
        except (KeyError, TypeError, ValueError, RecursionError, msgspec.ValidationError) as error:
            # Its text would show the content of the snapshot.
            raise LocalProtocolError(f"invalid flow snapshot: {type(error).__name__}") from None
        return flow

    def _load(self, saved: Saved) -> None:
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
                raise LocalProtocolError(f"invalid flow snapshot: {self.KIND} has no such result")

    # --- for subclasses -----------------------------------------------------------------------------------------

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        """Classify `result` as an input of the table, and store its content."""
        raise NotImplementedError

    def _job(self, state: Computation) -> Callable[[], object]:
        """The computation of this state, which may raise ProtocolError. It can be pickled."""
        raise NotImplementedError

    def _on_computed(self, state: Computation, value: object) -> Input:
        """Classify the computed value as an input of the table, and store it."""
        raise NotImplementedError

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        """Called before an error of the table takes effect: store its content."""

    def _is_enabled(self, given: Input) -> bool:
        """Whether the input exists for the purpose of this flow."""
        del given
        return True

    def _target(self) -> int | None:
        """The data center for the next request."""
        return self._dc

    def _moves_account(self) -> bool:
        return self._dc is not None

    def _apply_input(self, user_input: UserInput, data: FlowData | None = None, /, **secrets: object) -> None:
        """Process user input; `data`, if given, replaces the flow's data, and `secrets` are added.

        Raises LocalProtocolError, with nothing changed, if the state does not allow the input or if the request that
        follows could not be sent.
        """
        if self._challenge is not None or user_input not in self.allowed_inputs:
            where = "while a challenge is pending" if self._challenge is not None else f"in state {self._state}"
            raise LocalProtocolError(f"cannot {user_input} {where}")
        target = self.TABLE[self._state, user_input]
        data = self._data if data is None else data
        self._check(target, data, {**self._secrets, **secrets})
        self._data = data
        self._error = None
        self._repeats.clear()
        self._redirects = 0
        self._secrets.update(secrets)
        self._set_state(target)

    def _check(self, state: State, data: FlowData, secrets: Mapping[str, Any]) -> None:
        """Raise LocalProtocolError if the request of `state`, if any, could not be sent."""
        if isinstance(state, Request) and state.needs <= secrets.keys():
            sendable(self.REQUESTS[state](data, secrets))

    def _finish(self, result: object) -> None:
        self._result = result

    # --- internals ------------------------------------------------------------------------------------------------

    def _must_be(self, kind: type[_Kind], otherwise: str) -> _Kind:
        if not isinstance(self._state, kind) or self._challenge is not None:
            raise LocalProtocolError(f"{otherwise} in state {self._state}")
        return self._state

    def _advance(self, state: Running, given: Input) -> None:
        """Follow the table. AU2: the number of transitions without user input is limited."""
        target = self.TABLE[state, given]
        if isinstance(target, Running):
            self._repeats[f"{state}: {given}"] += 1
            if self._repeats[f"{state}: {given}"] > MAX_ROUNDS:
                raise RemoteProtocolError("AU2", f"too many repetitions of {given} in state {state}")
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

    def _take_redirect(self, error: RpcError) -> bool:
        """Error 303: send the same request to another data center, a few times at most."""
        if not isinstance(error, MAIN_DC_MOVED) or self._redirects >= MAX_REDIRECTS:
            return False
        self._redirects += 1
        self._dc = error.dc  # type: ignore[attr-defined]  # each of MAIN_DC_MOVED carries it
        return True

    def _take_challenge(self, error: RpcError) -> bool:
        """Error 403: send the same request with a proof. A second demand after a proof is treated as an error."""
        if self._proof is not None:
            return False
        self._challenge = challenge_of(error)
        return self._challenge is not None


_Kind = TypeVar("_Kind", bound=Running)
