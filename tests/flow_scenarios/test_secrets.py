"""Reprs and messages of a login can be logged: they have no code, password, key, phone number or token."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from sansio_tl import auth
from sansio_tl.auth import Flow
from sansio_tl.auth.state_table import UserInput
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing import CodeSent, MailSent
from sansio_tl.tl.objects import TLObject
from tests.flow_scenarios.scenarios import SCENARIOS, Scenario
from tests.flow_scenarios.simulated_environment import SimulatedEnvironment
from tests.helpers.flow_state import data_of, secrets_of

SHORTEST = 5
"""Characters. What is shorter is found anywhere by chance."""
NO_SECRETS = {"names", "reason"}
"""Further user input."""
A_WORD_TOO = "password"
"""The password of the sandbox, which stands in many sentences: only a repr of it is a leak."""


class Glass(SimulatedEnvironment):
    """An environment that collects every repr and every secret."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.shown: list[str] = []
        self.secrets: set[str] = set()

    async def run(self, flow: Flow[Any], device: str = "phone") -> Any:
        owner = self.device(device)
        self.look_at(flow)
        while (action := flow.next_action()) is not None:
            self.show(action)
            if isinstance(action, auth.Invoke):
                self.show(action.function)
                self.learn(action.function)
            owner.step(flow)
            self.learn(owner.answer)
            self.show(owner.answer)
            self.look_at(flow)
        self.show(owner.client, owner.client.config, *owner.events)
        for known in owner.client._connections.dc_states.values():
            self.show(known)
        for auth_key in owner.client.auth_keys.values():
            self.secrets |= texts(auth_key.key)
        return await super().run(flow, device)

    def look_at(self, flow: Flow[Any]) -> None:
        """The flow as it is now, and what it says when it is misused."""
        self.show(flow, flow.prompt, flow.error, data_of(flow))
        for name, value in secrets_of(flow).items():
            if name not in NO_SECRETS:
                self.learn(value)
        secret = "a secret that was typed too early"
        self.secrets.add(secret)
        if isinstance(flow.prompt, auth.ChallengePrompt):
            return
        misuses: tuple[Callable[[], None], ...] = (
            partial(flow.answer_challenge, secret),
            partial(flow._apply_input, UNKNOWN_INPUT, secret=secret),
        )
        for misuse in misuses:
            with pytest.raises(LocalProtocolError) as caught:
                misuse()
            self.shown.append("".join(traceback.format_exception(caught.value)))

    def show(self, *things: object) -> None:
        for thing in things:
            self.shown += (repr(thing), str(thing), f"{thing}")
            if isinstance(thing, BaseException):
                self.shown.append("".join(traceback.format_exception(thing)))

    def learn(self, value: object) -> None:
        self.secrets.update(secrets_in(value))

    def leaks(self) -> list[tuple[str, str]]:
        for data_center in self.cluster.data_centers.values():
            for event in iter(data_center.next_event, None):
                self.show(event)
                if isinstance(event, CodeSent | MailSent):
                    self.secrets.add(event.code)
        if A_WORD_TOO in self.secrets:
            self.secrets = self.secrets - {A_WORD_TOO} | {repr(A_WORD_TOO)}
        everything = "\n".join(self.shown)
        return [
            (secret, next(shown for shown in self.shown if secret in shown))
            for secret in self.secrets
            if len(secret) >= SHORTEST and secret in everything
        ]


UNKNOWN_INPUT = UserInput("a move of no flow")


def texts(value: object) -> set[str]:
    """How a secret would look in a text."""
    if isinstance(value, bytes):
        return {value.hex(), repr(value)[2:-1]} if len(value) >= SHORTEST else set()
    return {value} if isinstance(value, str) else set()


def secrets_in(value: object) -> Iterator[str]:
    """What must not be shown of a value: the secret fields of a TL object, and any text that the user typed."""
    if isinstance(value, TLObject):
        for name in type(value).__struct_fields__:
            field = getattr(value, name)
            if name in type(value).SECRET:
                yield from texts(field)
            elif isinstance(field, TLObject | list):
                yield from secrets_in(field)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from secrets_in(each)
    elif isinstance(value, msgspec.Struct):
        yield from secrets_in([getattr(value, name) for name in value.__struct_fields__])
    else:
        yield from texts(value)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario_shows_no_secret_in_reprs_logs_and_errors(scenario: Scenario) -> None:
    env = Glass(**scenario.settings)
    env.run_scenario(scenario)
    assert env.secrets
    assert not env.leaks()


def test_leak_in_the_recorded_texts_is_detected() -> None:
    env = Glass(**SCENARIOS[0].settings)
    env.run_scenario(SCENARIOS[0])
    env.shown.append("the code is 22222")
    assert env.leaks() == [("22222", "the code is 22222")]
