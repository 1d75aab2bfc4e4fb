"""What every loop does: a login with code and password, migration, and a call whose connection is broken."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sansio_tl import Client, ClientConfig, Config, Endpoint, RsaPublicKey, auth, functions, types
from sansio_tl.client import Action, ClientEvent, Disconnect, FetchConfig
from sansio_tl.events import FlowFailed, FlowFinished, InputRequired
from sansio_tl_transports import Clock

NUMBER, CODE, PASSWORD = "+99966 4 0101", "44444", "password"
CALL = functions.users.GetUsers([types.InputUserSelf()])
"""The call whose connection is broken before it is answered."""
clock = Clock()


def read_config(file: Path) -> ClientConfig:
    """The configuration for the data centers that the test has started."""
    given = json.loads(file.read_text())
    config = Config(api_id=1, dc_id=2, public_keys=tuple(RsaPublicKey.from_pem(pem) for pem in given["keys"]))
    endpoints = {int(dc_id): (Endpoint(*address),) for dc_id, address in given["addresses"].items()}
    return ClientConfig(connection_config=config, endpoints=endpoints, backoff_initial=0.2)


def show(users: object) -> None:
    """Print the answer to the call: the test reads it."""
    if not isinstance(users, list) or len(users) != 1 or not isinstance(users[0], types.User):
        raise TypeError(f"expected a list with one user, found {users}")
    print("answered", users[0].id, flush=True)


class Driver(Protocol):
    """What all drivers have in common."""

    def pump(self) -> None:
        """Perform all actions, and report all events."""

    def perform(self, action: Action) -> None:
        """Perform an action."""


class Login:
    """Logs in, with the events of a driver; `then` is called at the end."""

    def __init__(self, config: ClientConfig, then: Callable[[], object] = lambda: None) -> None:
        self.client = Client(config, entropy=os.urandom, now=clock())
        self.finished = False
        self.driver: Driver
        self._flow = auth.log_in(NUMBER, api_id=1, api_hash="hash")
        self._then = then

    def start(self, driver: Driver) -> None:
        """Begin. A driver that fetches nothing ignores a `FetchConfig`, and its `Disconnect`."""
        self.driver = driver
        driver.perform(FetchConfig(1 << 40, "https://resolver.example/"))
        driver.perform(Disconnect(1 << 40))
        self.client.run(self._flow, now=clock())
        driver.pump()

    def on_event(self, event: ClientEvent) -> None:
        """Enter what the flow needs."""
        match event:
            case InputRequired(prompt=auth.CodePrompt()):
                self._flow.enter_code(CODE)
                self.client.run(self._flow, now=clock())
                self.driver.pump()
            case InputRequired(prompt=auth.PasswordPrompt()):
                self._flow.enter_password(PASSWORD, entropy=os.urandom)
                self.client.run(self._flow, now=clock())
                self.driver.pump()
            case InputRequired(prompt=prompt):
                raise RuntimeError(f"unexpected prompt {prompt}: {self._flow.error}")
            case FlowFailed(error=error):
                raise error
            case FlowFinished():
                if self._flow.error is not None:
                    raise self._flow.error
                self.finished = True
                self._then()

    def close(self) -> None:
        """Close the client, and let the driver close its connections."""
        self.client.close(now=clock())
        self.driver.pump()
