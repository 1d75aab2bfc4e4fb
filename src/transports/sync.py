"""The engine on plain sockets: dial, carry bytes, keep the timer.

    with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = link.invoke(functions.auth.SendCode(...))

One thread behind each `connect` or `serve` carries the bytes, so that a link stays alive while its owner thinks. Any
number of threads may invoke at once, and Ctrl-C while one waits leaves the link as good as it was.
"""

from __future__ import annotations

import contextlib
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function, TLObject
from transports._carriers import Carriers
from transports._clock import Clock
from transports._driver import CONNECT_TIMEOUT, ClientDriver, no_answer, no_link
from transports._serving import Centre, Reception

R = TypeVar("R")


class Link:
    """A client's link to one data centre, made by `connect`."""

    def __init__(self, driver: ClientDriver[threading.Event], dc_id: int, lock: threading.RLock) -> None:
        self._driver = driver
        self._dc_id = dc_id
        self._lock = lock

    @property
    def auth_key(self) -> AuthKey:
        """The key of the link: save it, it is this device's identity and a secret."""
        return self._driver.auth_key

    def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError when the server refuses it, TimeoutError, ConnectionLostError when the link ends before the
        answer comes, RemoteProtocolError or TransportError when that is the server's doing, and EncodeError, before
        anything is sent, for a value that cannot be encoded.
        """
        with self._lock:
            handle, answer = self._driver.invoke(function)
        try:
            if not answer.event.wait(timeout):
                raise TimeoutError(no_answer(function, timeout))
        finally:
            with self._lock:
                self._driver.forget(handle)
        return answer.get()

    def updates(self) -> Iterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the link is closed from our side; raises what ended it otherwise.
        """
        while True:
            with self._lock:
                news = self._driver.news.event
                updates = self._driver.take_update()
                closed = self._driver.closed
            if updates is not None:
                yield updates
            elif closed:
                return
            else:
                news.wait()

    def run(self, flow: Flow[Any]) -> int | None:
        """Do what the flow asks until the user must act or it is finished; the link lives on while it computes.

        Returns None, or the number of the data centre that the flow wants to go on with: connect there and run it.
        """
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.computed(job())
                case Invoke(dc=int(dc)) if dc != self._dc_id:
                    return dc
                case Invoke(function=function):
                    try:
                        result = self.invoke(function)
                    except RpcError as error:
                        flow.receive_error(error, now=self._driver.now)
                    else:
                        flow.receive_result(result, now=self._driver.now)
        return None


@contextlib.contextmanager
def connect(
    address: tuple[str, int],
    config: Config,
    *,
    auth_key: AuthKey | None = None,
    timeout: float | None = CONNECT_TIMEOUT,
) -> Iterator[Link]:
    """Dial `(host, port)`, make an auth key unless one is given, and yield the `Link`; on leaving, close it.

    `timeout` seconds are for dialling and the handshake together. Raises OSError or TimeoutError when nobody answers,
    RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails, EncodeError for a setting that
    cannot be sent.
    """
    config.first_call_prefix()  # what cannot be sent shall not even be dialled with
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    try:
        sock = socket.create_connection(address, timeout)
    except TimeoutError:
        raise TimeoutError(no_link(address, timeout)) from None
    with Carriers() as carriers:
        driver = ClientDriver(config, auth_key, clock=Clock(), make_event=threading.Event, changed=carriers.wake)
        carriers.add(sock, driver)
        if not driver.ready.event.wait(None if timeout is None else deadline - time.monotonic()):
            raise TimeoutError(no_link(address, timeout))
        driver.ready.get()
        yield Link(driver, config.dc_id, carriers.lock)


class Server:
    """A data centre that is being served; `address` is where."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address


@contextlib.contextmanager
def serve(
    centre: Centre, host: str = "127.0.0.1", port: int = 0, *, report: Callable[[Any], object] | None = None
) -> Iterator[Server]:
    """Serve a data centre, as `sansio_tl.testing.DataCentre` is one; port 0 lets the system choose one.

    `report` is called with each of its events. On leaving, links are closed and flushed. Raises OSError when the
    address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener, Carriers() as carriers:
        reception = Reception(centre, Clock(), report)
        carriers.listen(listener, lambda: reception.accept(carriers.wake))
        yield Server(listener.getsockname()[:2])
