"""The engine on plain sockets: dial, carry bytes, keep the timer.

    with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = link.invoke(functions.auth.SendCode(...))

One thread behind each `connect` or `serve` carries the bytes, so that a link stays alive while its owner thinks. Any
number of threads may invoke at once, and Ctrl-C while one waits leaves the link as good as it was.
"""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.connection import Config
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import RpcError
from sansio_tl.tl.objects import Function, TLObject
from transports._clock import Clock
from transports._driver import CONNECT_TIMEOUT, LINGER, READ_SIZE, ClientDriver, Driver, no_answer, no_link
from transports._serving import Centre, Reception

R = TypeVar("R")

_OVERLOADED = 0.1
"""Seconds to wait when the system has no more sockets to give: others may close theirs meanwhile."""


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
    deadline = _in(timeout)
    try:
        sock = socket.create_connection(address, timeout)
    except TimeoutError:
        raise TimeoutError(no_link(address, timeout)) from None
    with _Carriers() as carriers:
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
    with socket.create_server((host, port), family=family) as listener, _Carriers() as carriers:
        reception = Reception(centre, Clock(), report)
        carriers.listen(listener, lambda: reception.accept(carriers.wake))
        yield Server(listener.getsockname()[:2])


class _Carrier:
    """Carries bytes between one socket and its driver, without ever waiting."""

    def __init__(self, sock: socket.socket, driver: Driver) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.driver = driver
        self._unsent = memoryview(b"")
        self._heard_all = self._said_all = False
        self._patience = math.inf

    @property
    def interest(self) -> int:
        """What the socket must be ready for before there is more to do."""
        return (0 if self._heard_all else selectors.EVENT_READ) | (selectors.EVENT_WRITE if self._unsent else 0)

    @property
    def deadline(self) -> float:
        """When there is something to do even if the socket stays silent."""
        return self._patience if self.driver.closed else self.driver.deadline()

    @property
    def done(self) -> bool:
        """Whether the link is over and all is said, or there is no more time to say it."""
        return (self._heard_all and self._said_all) or time.monotonic() >= self._patience

    def receive(self) -> None:
        """The socket may have something for us."""
        with self._failing():
            data = self.sock.recv(READ_SIZE)
            self._heard_all = not data
            self.driver.receive(data)

    def send(self) -> None:
        """We may have something for the socket."""
        with self._failing():
            while self._unsent or (output := self.driver.output()):
                self._unsent = self._unsent or memoryview(output)
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
            if self.driver.closed and not self._said_all:
                self._said_all = True
                self.sock.shutdown(socket.SHUT_WR)
        if self.driver.closed:
            self._patience = min(self._patience, _in(LINGER))

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError:
            pass
        except OSError as error:
            self.driver.lost(error)
            self._heard_all = self._said_all = True


class _Carriers:
    """The thread behind a `connect` or a `serve`. Whoever touches a driver holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._carriers: list[_Carrier] = []
        self._leaving = False
        self._bug: Exception | None = None
        self._selector = selectors.DefaultSelector()
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, lambda: self._bell.recv(READ_SIZE))
        self._thread = threading.Thread(target=self._run, name="sansio_tl", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self._leaving = True
            for carrier in self._carriers:
                carrier.driver.close()
        self.wake()
        self._thread.join()
        if self._bug is not None:
            raise self._bug

    def add(self, sock: socket.socket, driver: Driver) -> None:
        """Carry the bytes of this socket."""
        with self.lock:
            carrier = _Carrier(sock, driver)
            self._carriers.append(carrier)
            self._selector.register(sock, carrier.interest, carrier.receive)
        self.wake()

    def listen(self, listener: socket.socket, welcome: Callable[[], Driver]) -> None:
        """Carry the bytes of everybody who dials."""

        def accept() -> None:
            if self._leaving:
                self._selector.unregister(listener)
                return
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, ConnectionError):
                pass  # hung up already
            except OSError:
                time.sleep(_OVERLOADED)
            else:
                self.add(sock, welcome())

        listener.setblocking(False)
        with self.lock:
            self._selector.register(listener, selectors.EVENT_READ, accept)
        self.wake()

    def wake(self) -> None:
        """There may be something to send, or another deadline."""
        if threading.current_thread() is not self._thread:
            with contextlib.suppress(OSError):  # it rings already, or nobody is there to hear it
                self._button.send(b"!")

    def _run(self) -> None:
        ready: list[Callable[[], object]] = []
        try:
            while True:
                with self.lock:
                    self._turn(ready)
                    if self._leaving and not self._carriers:
                        break
                    timeout = min((carrier.deadline for carrier in self._carriers), default=math.inf) - time.monotonic()
                found = self._selector.select(None if timeout == math.inf else max(0.0, timeout))
                ready = [key.data for key, mask in found if mask & selectors.EVENT_READ]
        except Exception as bug:  # noqa: BLE001  raised to who waits, and on leaving
            self._bug = bug
        finally:
            with self.lock:
                self._end()

    def _turn(self, ready: list[Callable[[], object]]) -> None:
        for receive in ready:
            receive()
        for carrier in self._carriers:
            carrier.driver.tick()
        for carrier in tuple(self._carriers):
            carrier.send()
            if carrier.done:
                self._carriers.remove(carrier)
                self._selector.unregister(carrier.sock)
                carrier.sock.close()
            else:
                self._selector.modify(carrier.sock, carrier.interest, carrier.receive)

    def _end(self) -> None:
        for carrier in self._carriers:  # none, unless a bug has brought us here
            carrier.sock.close()
            carrier.driver.fail(self._bug or RuntimeError("the thread has gone"))
        for thing in (self._selector, self._bell, self._button):
            thing.close()


def _in(seconds: float | None) -> float:
    """When that will be, by the monotonic clock; None is never."""
    return math.inf if seconds is None else time.monotonic() + seconds
