"""Tracers through the adapters, and that nothing secret reaches them."""

from __future__ import annotations

import logging
import os
import re
import time
from base64 import b64decode, b64encode

import pytest

from sansio_tl import ClientConfig, Config, functions, trace
from sansio_tl.testing import CodeSent, DataCenter
from sansio_tl_transports.tracing import CombinedTracer, LoggingTracer
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.recorder import Recorder

PHONE = "+12025550187"
PASSWORD = "correct horse battery"
ASK = functions.help.GetNearestDc()


def login(adapter: Adapter, client: trace.Tracer, server: trace.Tracer) -> set[str]:
    """Log in with a code and a password, log out, and log in again with the token of that; returns the secrets."""
    secrets = {PHONE, PHONE.removeprefix("+"), PASSWORD, "hash-of-the-api", PASSWORD.encode().hex()}
    data_center = DataCenter(entropy=os.urandom, now=time.time(), tracer=server)
    data_center.add_account(PHONE, password=PASSWORD)
    codes: list[str] = []

    def on_event(event: object) -> None:
        if isinstance(event, CodeSent):
            codes.append(event.code)

    async def scenario() -> None:
        async with adapter.serve(data_center, on_event=on_event) as serving:
            host, port = serving.address
            data_center.announce(host, port)
            config = ClientConfig.for_server(host, port, public_key=data_center.public_key, api_id=1)
            async with adapter.open_client(config, tracer=client) as account:
                await account.login(PHONE, api_hash="hash-of-the-api", code=lambda _: codes[-1], password=PASSWORD)
                snapshot = account.snapshot()
                out = await account.invoke(functions.auth.LogOut())
                assert out.future_auth_token is not None
                secrets.update({out.future_auth_token.hex(), repr(out.future_auth_token)[2:-1]})
                await account.login(PHONE, api_hash="hash-of-the-api", code=lambda _: codes[-1], password=PASSWORD)
            for each in snapshot["data_centers"].values():
                key = b64decode(each["auth_key"])
                secrets.update(
                    {key.hex(), key[:16].hex(), key[-16:].hex(), b64encode(key).decode(), repr(key[:8])[2:-1]}
                )
                secrets.add(str(each["salt"]))

    adapter.run(scenario)
    return secrets | set(codes)


@pytest.mark.parametrize("wants_contents", [False, True])
@each_adapter
def test_no_secret_of_a_login_is_recorded_or_logged(
    adapter: Adapter, wants_contents: bool, caplog: pytest.LogCaptureFixture
) -> None:
    client, server = Recorder(wants_contents=wants_contents), Recorder(wants_contents=wants_contents)
    log = LoggingTracer(wants_contents=wants_contents)
    with caplog.at_level(logging.DEBUG, "sansio_tl"):
        secrets = login(adapter, CombinedTracer(client, log), CombinedTracer(server, log))
    assert len(secrets) > 10
    for recorder in (client, server):
        assert len(recorder.events) > 60
        recorded = "\n".join(map(repr, recorder.events))
        assert found(secrets, recorded) == []
    assert found(secrets, caplog.text) == []
    finished = [each.method for each in client.of(trace.RequestFinished)]
    assert {"auth.sendCode", "auth.signIn", "auth.checkPassword", "auth.logOut"} <= set(finished)


def found(secrets: set[str], text: str) -> list[str]:
    """The secrets that are in a text. Digits of a code may occur in a longer number."""
    return [secret for secret in secrets if re.search(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", text)]


@each_adapter
def test_connect_passes_a_tracer_on(adapter: Adapter) -> None:
    data_center = DataCenter(entropy=os.urandom, now=time.time())
    recorder = Recorder()

    async def scenario() -> None:
        async with adapter.serve(data_center) as serving:
            config = Config(api_id=1, public_keys=(data_center.public_key,))
            async with adapter.connect(serving.address, config, tracer=recorder) as connection:
                await connection.invoke(ASK)

    adapter.run(scenario)
    (finished,) = recorder.of(trace.RequestFinished)
    assert (finished.method, finished.outcome) == ("help.getNearestDc", "result")
    assert recorder.names[0] == "ConnectionOpened"
    assert recorder.names[-1] == "ConnectionTerminated"


@each_adapter
def test_a_tracer_that_raises_ends_the_client_with_its_exception(adapter: Adapter) -> None:
    class Broken:
        def record(self, event: trace.TraceEvent, now: float) -> None:
            if isinstance(event, trace.MessageSent):
                raise ZeroDivisionError

    data_center = DataCenter(entropy=os.urandom, now=time.time())

    async def scenario() -> None:
        async with adapter.serve(data_center) as serving:
            config = Config(api_id=1, public_keys=(data_center.public_key,))
            async with adapter.connect(serving.address, config, tracer=Broken()) as connection:
                await connection.invoke(ASK, timeout=10)

    with pytest.raises(ZeroDivisionError):
        adapter.run(scenario)
