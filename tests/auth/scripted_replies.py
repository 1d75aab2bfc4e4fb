"""A server for flows, scripted: it knows one code and one password and checks the proof of it."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from sansio_tl import errors, types
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.crypto import srp
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function
from tests.helpers.flow_samples import AUTHORIZED, NOW, SALT1, SALT2, SENT, VERIFIER, G, P, fresh_challenge


class Server:
    """Answers by method. `says` gives the answers of a method in turn, the last one forever; objects or errors."""

    def __init__(self, replies: Mapping[str, Sequence[object]] | None = None, *, code: str = "12345") -> None:
        self.replies = {method: list(answers) for method, answers in (replies or {}).items()}
        self.code = code
        self.asked: list[Function[Any]] = []
        self.offered: srp.SrpChallenge | None = None

    @property
    def methods(self) -> list[str]:
        """What it was asked, by name."""
        return [request.NAME for request in self.asked]

    def answer(self, request: Function[Any]) -> object:
        self.asked.append(request)
        scripted = self.replies.get(request.NAME)
        if scripted:
            return scripted.pop(0) if len(scripted) > 1 else scripted[0]
        return self._by_heart(request)

    def _by_heart(self, request: Function[Any]) -> object:
        if request.NAME == "account.getPassword":
            self.offered, password = fresh_challenge()
            return password
        if request.NAME == "auth.checkPassword":
            return self._check(request.password)  # type: ignore[attr-defined]
        if hasattr(request, "phone_code"):
            return AUTHORIZED if request.phone_code == self.code else errors.PhoneCodeInvalid()
        return SENT if hasattr(request, "settings") or request.NAME == "auth.resendCode" else True

    def _check(self, check: types.InputCheckPasswordSRP) -> object:
        """One try for each challenge, as the real one."""
        offered, self.offered = self.offered, None
        if offered is None or check.srp_id != 42:
            return errors.SrpIdInvalid()
        right = srp.is_proven(VERIFIER, offered, salt1=SALT1, salt2=SALT2, g=G, p=P, A=check.A, M1=check.M1)
        return AUTHORIZED if right else errors.PasswordHashInvalid()


def drive(flow: Flow[Any], server: Server, *, now: float = NOW) -> None:
    """Perform the flow's actions until it needs input, as every adapter does."""
    while (action := flow.next_action()) is not None:
        match action:
            case Invoke():
                answer = server.answer(action.function)
                if isinstance(answer, RpcError):
                    flow.receive_error(answer, now=now)
                else:
                    flow.receive_result(answer, now=now)
            case Compute():
                job = pickle.loads(pickle.dumps(action.job))  # it may run in another process
                flow.receive_computed(pickle.loads(pickle.dumps(job())))
