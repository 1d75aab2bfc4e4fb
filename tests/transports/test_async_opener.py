"""The handshakes after a socket is open, of asyncio and trio: with the proxy, and of TLS, in the order of the proxy."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from sansio_tl.proxy import ProxyError
from sansio_tl_transports import ConnectError
from sansio_tl_transports._shared.async_opener import Begun, begin

CARRIER: Any = object()


class Handshake:
    """Sends a text, and is done with an answer that ends with a dot; what comes after it is left over."""

    step = "a step"

    def __init__(self, *, after_tls: bool, carrier: Any = None) -> None:
        self.after_tls, self.carrier = after_tls, carrier
        self.done, self.leftover = False, b""
        self.received = b""

    def data_to_send(self) -> bytes:
        return b"ask"

    def receive_data(self, data: bytes) -> None:
        self.received, dot, self.leftover = (self.received + data).partition(b".")
        self.done = bool(dot)

    def receive_eof(self) -> None:
        raise ProxyError(self.step, "it has closed the connection")


class Attempt:
    """What `begin` needs of an attempt."""

    tls_host = "example.org"

    def __init__(self, handshake: Handshake | None = None, tls: object = None) -> None:
        self._handshake, self.tls = handshake, tls

    def proxy_handshake(self) -> Handshake | None:
        return self._handshake

    def handshake_failed(self, handshake: object, error: Exception) -> Exception:
        assert handshake is self._handshake
        return ProxyError("a step with the proxy", str(error))

    def tls_failed(self, error: Exception) -> Exception:
        return ConnectError("TLS", str(error))


class Wire:
    """Notes the calls, and has the answers."""

    def __init__(self, *answers: bytes, failure: Exception | None = None) -> None:
        self.calls: list[object] = []
        self._answers = list(answers)
        self._failure = failure

    async def send_all(self, data: bytes) -> None:
        self.calls.append(data)

    async def receive(self) -> bytes:
        return self._answers.pop(0)

    async def begin_tls(self, context: object, host: str | None = None) -> None:
        self.calls.append((context, host))
        if self._failure is not None:
            raise self._failure


def run(coroutine: Coroutine[Any, Any, Begun]) -> Begun:
    """Nothing suspends."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        found: Begun = end.value
        return found
    raise AssertionError


def begun(wire: Wire, attempt: Attempt) -> Begun:
    return run(begin(wire, attempt))  # type: ignore[arg-type]


def test_without_proxy_and_tls_nothing_is_sent() -> None:
    wire = Wire()
    assert begun(wire, Attempt()) == (b"", None)
    assert wire.calls == []


def test_proxy_is_asked_until_its_answer_is_complete_and_the_rest_is_kept() -> None:
    wire = Wire(b"o", b"k.early")
    assert begun(wire, Attempt(Handshake(after_tls=False))) == (b"early", None)
    assert wire.calls == [b"ask", b"ask"]


@pytest.mark.parametrize("after_tls", [False, True])
def test_tls_begins_before_or_after_the_proxy(after_tls: bool) -> None:
    wire, context = Wire(b"ok." + b"early" * after_tls), object()
    carrier = CARRIER if after_tls else None
    found = begun(wire, Attempt(Handshake(after_tls=after_tls, carrier=carrier), context))
    assert found == (b"early" * after_tls, carrier)
    calls = [b"ask", (context, "example.org")]
    assert wire.calls == (calls[::-1] if after_tls else calls)


def test_bytes_before_tls_are_an_error() -> None:
    wire = Wire(b"ok.early")
    with pytest.raises(ProxyError, match="TLS: the server sent data before the TLS handshake"):
        begun(wire, Attempt(Handshake(after_tls=False), object()))
    assert wire.calls == [b"ask"]


def test_errors_of_the_handshakes_are_those_of_the_attempt() -> None:
    for after_tls in (False, True):
        with pytest.raises(ProxyError, match="a step with the proxy: .*it has closed the connection") as caught:
            begun(Wire(b"o", b""), Attempt(Handshake(after_tls=after_tls), object() if after_tls else None))
        assert isinstance(caught.value.__cause__, ProxyError)
    for failure in (OSError("reset"), EOFError("reset")):
        with pytest.raises(ConnectError, match="TLS: reset") as of_tls:
            begun(Wire(failure=failure), Attempt(tls=object()))
        assert of_tls.value.__cause__ is failure
